"""Many texts to the hashes of their terms, and features to fingerprints."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.text import kernel
from classifier.text.characters import character_table
from classifier.text.terms import PAIR_JOINT

_SAMPLE = "Łódź snake_case F-16 antidisestablishmentarianism नमस्ते 漢字 𝔘𝔫𝔦 2023"


@dataclass(frozen=True)
class HashedTexts:
    """The terms of texts, one text after the other.

    ``data`` is the texts as UTF-8 and ``bounds`` where each begins in it. ``hashes`` (uint64) and the first and last
    byte, excluded, of each term in ``data``, ``starts`` and ``ends`` (int32), are of shape (n_terms,); ``offsets``
    says where each text's terms begin. ``bounds`` and ``offsets`` are int64 of shape (n_texts + 1,).
    """

    data: bytes
    bounds: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    offsets: NDArray[np.int64]


def utf8(text: str) -> bytes:
    """Return the text as the kernel reads it."""
    return text.encode("utf-8", "surrogatepass")


def initial_state(seed: int) -> np.uint64:
    """Return what a hash starts from."""
    return np.uint64((seed + 1) * 0xD1B54A32D192ED03 % (1 << 64))


def hash_texts(texts: Sequence[str], seed: int = 0) -> HashedTexts:
    """Return the terms of texts as hashes."""
    table = character_table()
    encoded = [utf8(text) for text in texts]
    while True:
        data = b"".join(encoded)
        bounds = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(part) for part in encoded], out=bounds[1:])
        room = len(data) // 3 + len(encoded) + 1
        found = HashedTexts(
            data,
            bounds,
            np.empty(room, np.uint64),
            np.empty(room, np.int32),
            np.empty(room, np.int32),
            np.empty(len(encoded) + 1, np.int64),
        )
        state = initial_state(seed)
        unclear = kernel.terms_of_texts(
            data, bounds, state, table.block_of, table.blocks, found.hashes, found.starts, found.ends, found.offsets
        )
        if unclear < 0:
            n = found.offsets[-1]
            return HashedTexts(data, bounds, found.hashes[:n], found.starts[:n], found.ends[:n], found.offsets)
        encoded[unclear] = utf8(texts[unclear].lower())


def strings_at(hashed: HashedTexts, starts: NDArray[np.int32], ends: NDArray[np.int32]) -> list[str]:
    """Return the features that stand from each start to its end, both bytes of ``hashed.data``."""
    table = character_table()
    out = np.empty(2 * int((ends - starts).sum()) + len(starts), np.uint8)
    n = kernel.write_features(hashed.data, starts, ends, table.block_of, table.blocks, out)
    return out[:n].tobytes().decode("utf-8", "surrogatepass").split("\n")[:-1]


def fingerprints(features: Sequence[str], seed: int) -> NDArray[np.uint64]:
    """Return the fingerprint of each feature, a term or terms joined by single spaces.

    Raises
    ------
    ValueError
        If a feature is not that.
    """
    hashed = hash_texts(features, seed)
    first = hashed.offsets[:-1]
    lengths = np.diff(hashed.offsets)
    expected = np.fromiter((feature.count(PAIR_JOINT) + 1 for feature in features), np.int64, len(features))
    wrong = np.flatnonzero(lengths != expected)
    if len(wrong):
        raise ValueError(f"feature {wrong[0]} is not made of terms joined by single spaces")
    found: NDArray[np.uint64] = hashed.hashes[first]
    for position in range(1, int(lengths.max(initial=0))):
        longer = np.flatnonzero(lengths > position)
        joined = found[longer]
        kernel.join(joined, hashed.hashes[first[longer] + position], len(longer))
        found[longer] = joined
    return found


def sample() -> str:
    """Return a digest of the hashes of a fixed text: another one means that the kernel hashes otherwise."""
    return hashlib.sha256(hash_texts([_SAMPLE]).hashes.astype("<u8").tobytes()).hexdigest()[:16]
