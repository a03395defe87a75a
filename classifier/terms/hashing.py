"""Many texts to the hashes of their terms, and features to fingerprints."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.terms import kernel
from classifier.terms.characters import character_table
from classifier.terms.compiler import compiled_when_called
from classifier.terms.definition import PAIR_JOINT, fold

_SAMPLE = "Łódź snake_case F-16 antidisestablishmentarianism नमस्ते 漢字 𝔘𝔫𝔦 2023"


@dataclass(frozen=True)
class HashedTexts:
    """The terms of texts, one text after the other.

    ``folded`` (uint8) is the texts as UTF-8, folded, with 0 for what belongs to no word, and ``texts`` says where each
    begins in it. ``hashes`` (uint64) and the first and last byte, excluded, of each term in it, ``starts`` and ``ends``
    (int32), are of shape (n_terms,); ``offsets`` says where each text's terms begin. ``texts`` and ``offsets`` are
    int64 of shape (n_texts + 1,). ``folded_first`` numbers the texts that Python had to fold: their bytes are others.
    """

    folded: NDArray[np.uint8]
    texts: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    offsets: NDArray[np.int64]
    folded_first: frozenset[int]


def utf8(text: str) -> bytes:
    """Return the text as the kernel reads it."""
    return text.encode("utf-8", "surrogatepass")


def initial_state(seed: int) -> np.uint64:
    """Return what a hash starts from."""
    return np.uint64((seed + 1) * 0xD1B54A32D192ED03 % (1 << 64))


def scratch(n_bytes: int) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Return what the kernel calls ``folded`` and ``bounds`` for a text of so many bytes."""
    return np.empty(n_bytes + 8, np.uint8), np.empty(n_bytes // 3 * 4 + 16, np.int32)


def hash_texts(texts: Sequence[str], seed: int = 0) -> HashedTexts:
    """Return the terms of texts as hashes."""
    table = character_table()
    encoded = [utf8(text) for text in texts]
    folded_first: set[int] = set()
    while True:
        data = b"".join(encoded)
        bounds = bounds_of(encoded)
        room = len(data) // 3 + len(encoded) + 1
        hashes, offsets = np.empty(room, np.uint64), np.empty(len(encoded) + 1, np.int64)
        starts, ends = np.empty(room, np.int32), np.empty(room, np.int32)
        folded, edges = scratch(len(data))[0], scratch(max(map(len, encoded), default=0))[1]
        state = initial_state(seed)
        unclear = kernel.terms_of_texts(
            data, bounds, state, table.block_of, table.blocks, folded, edges, hashes, starts, ends, offsets
        )
        if unclear < 0:
            n = offsets[-1]
            found = (hashes[:n], starts[:n], ends[:n])
            return HashedTexts(folded[: len(data)], bounds, *found, offsets, frozenset(folded_first))
        encoded[unclear] = utf8(fold(texts[unclear]))
        folded_first.add(unclear)


def bounds_of(encoded: Sequence[bytes]) -> NDArray[np.int64]:
    """Return where each of several texts begins when they stand one after the other and, last, the end."""
    bounds = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(part) for part in encoded], out=bounds[1:])
    return bounds


def lines_at(folded: NDArray[np.uint8], starts: NDArray[np.int32], ends: NDArray[np.int32]) -> bytes:
    """Return the features that stand from each start to its end, both bytes of `HashedTexts.folded`, a line each."""
    out = np.empty(int((ends - starts).sum()) + len(starts), np.uint8)
    n = _write_features(folded, starts, ends, out)
    return out[:n].tobytes()


def strings_of(lines: bytes) -> list[str]:
    """Return each line, without its line break, as a string: what `utf8` is the other way round."""
    return lines.decode("utf-8", "surrogatepass").split("\n")[:-1]


@compiled_when_called("int64", "const uint8[:]", "const int32[:]", "const int32[:]", "uint8[:]")
def _write_features(folded: Any, starts: Any, ends: Any, out: Any) -> int:
    """Write the feature that stands from each start to its end, terms joined by a space, a line each.

    ``out`` has room for the bytes of the features and one for each. Returns how many bytes were written.
    """
    at = 0
    for feature in range(len(starts)):
        begin, n_characters = at, 0
        for i in range(starts[feature], ends[feature]):
            if folded[i]:
                out[at] = folded[i]
                at += 1
                n_characters += (folded[i] & 0xC0) != 0x80
            elif n_characters:
                if n_characters > 1:
                    out[at] = ord(" ")
                    begin = at + 1
                at, n_characters = begin, 0  # a single character is no term
        out[at] = ord("\n")
        at += 1
    return at


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
