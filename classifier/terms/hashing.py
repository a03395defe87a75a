"""Texts to the hashes of their terms, and features to their fingerprints."""

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
from classifier.terms.encoding import bounds_of, utf8

_DIGESTED_TEXT = "Łódź snake_case F-16 antidisestablishmentarianism नमस्ते 漢字 𝔘𝔫𝔦 2023"


@dataclass(frozen=True)
class HashedTexts:
    """The terms of several texts, one text after the other.

    Parameters
    ----------
    folded : uint8 array of shape (n_bytes,)
        The folded texts as UTF-8; 0 stands for each byte that belongs to no word.
    text_bounds : int64 array of shape (n_texts + 1,)
        Where each text begins in ``folded`` and, last, the end.
    hashes : uint64 array of shape (n_terms,)
    starts, ends : int32 arrays of shape (n_terms,)
        The bytes of ``folded`` that hold each term; the end is excluded.
    offsets : int64 array of shape (n_texts + 1,)
        Where the terms of each text begin in ``hashes`` and, last, the end.
    folded_by_python : frozenset of int
        The texts that the kernel could not fold. Their bytes in ``folded`` differ from the bytes of the text given.
    """

    folded: NDArray[np.uint8]
    text_bounds: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    offsets: NDArray[np.int64]
    folded_by_python: frozenset[int]


def initial_state(seed: int) -> np.uint64:
    """Return the state that every hash starts from."""
    return np.uint64((seed + 1) * 0xD1B54A32D192ED03 % (1 << 64))


def scratch_arrays(n_bytes: int) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Return the kernel's scratch arrays ``folded`` and ``bounds`` for a text of ``n_bytes``."""
    return np.empty(n_bytes + 8, np.uint8), np.empty(n_bytes // 3 * 4 + 16, np.int32)


def hash_texts(texts: Sequence[str], seed: int = 0) -> HashedTexts:
    """Return the terms of texts as hashes."""
    table = character_table()
    encoded = [utf8(text) for text in texts]
    folded_by_python: set[int] = set()
    while True:
        data = b"".join(encoded)
        text_bounds = bounds_of(encoded)
        room = len(data) // 3 + len(encoded) + 1
        hashes, offsets = np.empty(room, np.uint64), np.empty(len(encoded) + 1, np.int64)
        starts, ends = np.empty(room, np.int32), np.empty(room, np.int32)
        folded, word_bounds = scratch_arrays(len(data))[0], scratch_arrays(max(map(len, encoded), default=0))[1]
        state = initial_state(seed)
        unclear = kernel.terms_of_texts(
            data, text_bounds, state, table.block_of, table.blocks, folded, word_bounds, hashes, starts, ends, offsets
        )
        if unclear < 0:
            n = offsets[-1]
            found = (hashes[:n], starts[:n], ends[:n])
            return HashedTexts(folded[: len(data)], text_bounds, *found, offsets, frozenset(folded_by_python))
        encoded[unclear] = utf8(fold(texts[unclear]))
        folded_by_python.add(unclear)


def feature_lines(folded: NDArray[np.uint8], starts: NDArray[np.int32], ends: NDArray[np.int32]) -> bytes:
    """Return the features between these bytes of `HashedTexts.folded` as UTF-8, one per line."""
    out = np.empty(int((ends - starts).sum()) + len(starts), np.uint8)
    n = _write_features(folded, starts, ends, out)
    return out[:n].tobytes()


@compiled_when_called("int64", "const uint8[:]", "const int32[:]", "const int32[:]", "uint8[:]")
def _write_features(folded: Any, starts: Any, ends: Any, out: Any) -> int:
    """Write the feature between each start and its end, terms joined by a space, one per line.

    ``out`` has room for all bytes between starts and ends, and one more for each line. Returns how many bytes were
    written.
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
    """Return the fingerprint of each feature.

    Parameters
    ----------
    features : sequence of str
        Terms, or terms joined by single spaces.
    seed : int

    Returns
    -------
    uint64 array of shape (n_features,)

    Raises
    ------
    ValueError
        If a feature is neither a term nor terms joined by single spaces.
    """
    hashed = hash_texts(features, seed)
    first = hashed.offsets[:-1]
    lengths = np.diff(hashed.offsets)
    expected = np.fromiter((feature.count(PAIR_JOINT) + 1 for feature in features), np.int64, len(features))
    wrong = np.flatnonzero(lengths != expected)
    if len(wrong):
        raise ValueError(f"feature {wrong[0]} does not consist of terms joined by single spaces")
    found: NDArray[np.uint64] = hashed.hashes[first]
    for position in range(1, int(lengths.max(initial=0))):
        longer = np.flatnonzero(lengths > position)
        joined = found[longer]
        kernel.join_hashes(joined, hashed.hashes[first[longer] + position], len(longer))
        found[longer] = joined
    return found


def hash_digest() -> str:
    """Return a digest of the hashes of a fixed text. If it differs from a model's, the hash function has changed."""
    return hashlib.sha256(hash_texts([_DIGESTED_TEXT]).hashes.astype("<u8").tobytes()).hexdigest()[:16]
