"""Stories: groups of copies and near copies, which must never be on both sides of a split."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from datasketch import LeanMinHash, MinHash, MinHashLSH
from numpy.typing import NDArray

from classifier.terms.definition import fold

SHINGLE_TERMS = 4
NEAR_DUPLICATE_JACCARD = 0.5
N_MINIMA = 64
_SEED = 1


def sign(texts: Sequence[str]) -> NDArray[np.uint16]:
    """Return the MinHash signature of each text (Broder, 1997), made from its runs of four words.

    Only the lowest 16 bits of each minimum are kept ("b-bit minwise hashing", Li and König, 2010). One in 65,536
    different minima then looks the same.

    Returns
    -------
    uint16 array of shape (n_texts, 64)
    """
    signatures = np.empty((len(texts), N_MINIMA), np.uint16)
    for row, text in zip(signatures, texts, strict=True):
        minima = _empty_signature().copy()
        minima.update_batch(_shingles(fold(text).split()))
        row[:] = minima.hashvalues & 0xFFFF
    return signatures


def group_stories(signatures: NDArray[np.uint16]) -> NDArray[np.int64]:
    """Return the story of each text: near copies share a story, directly or through a chain of other texts.

    Two texts are near copies if at least half of their runs of four words are common to both, as their signatures
    estimate it.

    Parameters
    ----------
    signatures : uint16 array of shape (n_texts, 64)
        As `sign` returns them.

    Returns
    -------
    int64 array of shape (n_texts,)
        The index of the first text of each text's story.
    """
    index = _empty_index()
    parent = list(range(len(signatures)))
    for number, signature in enumerate(map(_as_indexed, signatures)):
        for other in sorted(index.query(signature)):
            if _are_near(signatures[number], signatures[other]):
                _join(parent, number, other)
        index.insert(number, signature)
    return np.array([_first(parent, number) for number in range(len(signatures))], dtype=np.int64)


def have_near_copies(signatures: NDArray[np.uint16], others: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return which texts have a near copy among ``others``; both are given by their signatures.

    Returns
    -------
    bool array of shape (n_texts,)
    """
    index, found = _empty_index(), np.zeros(len(signatures), dtype=bool)
    for number, signature in enumerate(map(_as_indexed, signatures)):
        index.insert(number, signature)
    for other in others if len(signatures) else ():
        for number in index.query(_as_indexed(other)):
            found[number] |= _are_near(signatures[number], other)
    return found


def _empty_index() -> MinHashLSH:
    return MinHashLSH(threshold=NEAR_DUPLICATE_JACCARD, num_perm=N_MINIMA)


def _as_indexed(signature: NDArray[np.uint16]) -> LeanMinHash:
    return LeanMinHash(seed=_SEED, hashvalues=signature, scheme=_empty_signature().scheme)


def _are_near(one: NDArray[np.uint16], other: NDArray[np.uint16]) -> bool:
    return int(np.count_nonzero(one == other)) >= NEAR_DUPLICATE_JACCARD * N_MINIMA


@cache
def _empty_signature() -> MinHash:
    """Return the signature of an empty text, to be copied: drawing its permutations takes as long as using them."""
    return MinHash(num_perm=N_MINIMA, seed=_SEED, hashfunc=crc32)


def _shingles(words: Sequence[str]) -> Iterable[bytes]:
    if len(words) < SHINGLE_TERMS:
        return [" ".join(words).encode()]
    return [" ".join(words[i : i + SHINGLE_TERMS]).encode() for i in range(len(words) - SHINGLE_TERMS + 1)]


def _first(parent: list[int], number: int) -> int:
    while parent[number] != number:
        parent[number] = parent[parent[number]]
        number = parent[number]
    return number


def _join(parent: list[int], one: int, other: int) -> None:
    first, second = sorted((_first(parent, one), _first(parent, other)))
    parent[second] = first


def members(stories: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the indices of each story's articles; the stories are in the order of their first articles."""
    if not len(stories):
        return []
    order = np.argsort(stories, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(stories[order]) != 0])
    return [order[a:b] for a, b in pairwise([*starts, len(order)])]
