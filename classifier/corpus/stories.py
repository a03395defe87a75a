"""Stories: articles that are copies or near copies of each other, which must never be on both sides of a split."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from zlib import crc32

import numpy as np
from datasketch import MinHash, MinHashLSH
from numpy.typing import NDArray

from classifier.text.terms import fold

SHINGLE_TERMS = 4
NEAR_DUPLICATE_JACCARD = 0.5
_PERMUTATIONS = 64


def group_stories(texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the story of each text: near-duplicates share one, directly or through a chain of others.

    Two texts are near-duplicates when MinHash (Broder, 1997) estimates that at least half of their runs of four words
    are common to both.

    Returns
    -------
    int64 array of shape (n_texts,)
        The index of the first text of each text's story.
    """
    index = MinHashLSH(threshold=NEAR_DUPLICATE_JACCARD, num_perm=_PERMUTATIONS)
    signatures = [_signature(text) for text in texts]
    parent = list(range(len(texts)))
    for number, signature in enumerate(signatures):
        for other in sorted(index.query(signature)):
            if signature.jaccard(signatures[other]) >= NEAR_DUPLICATE_JACCARD:
                _join(parent, number, other)
        index.insert(number, signature)
    return np.array([_first(parent, number) for number in range(len(texts))], dtype=np.int64)


def _signature(text: str) -> MinHash:
    signature = _empty_signature().copy()
    signature.update_batch(_shingles(fold(text).split()))
    return signature


@cache
def _empty_signature() -> MinHash:
    """Return the signature of no shingles, to be copied: to draw its permutations takes as long as to use them."""
    return MinHash(num_perm=_PERMUTATIONS, seed=1, hashfunc=crc32)


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
    """Return the indices of the articles of each story, in the order of each story's first article."""
    if not len(stories):
        return []
    order = np.argsort(stories, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(stories[order]) != 0])
    return [order[a:b] for a, b in pairwise([*starts, len(order)])]
