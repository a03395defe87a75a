"""Stories: groups of copies and near copies, which must never be on both sides of a split.

Near copies are found by MinHash signatures: how much of two texts is common to both, from 128 bytes a text.
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from classifier.corpus.signatures.minhash import N_MINIMA as N_MINIMA
from classifier.corpus.signatures.minhash import affine_hashes, lower_minima, mixed, write_runs
from classifier.terms import kernel
from classifier.terms.earlier_definition import fold_words
from classifier.terms.encoding import utf8
from classifier.terms.feature_text import FeatureKind
from classifier.terms.hashing import KIND_MASK, hash_texts

SHINGLE_TERMS = 4
#: The scheme of signatures, kept next to each stored one: signatures of different schemes have nothing in common.
SCHEME = "minhash-64x16-terms"
#: The scheme before it, of runs of words between spaces.
WORDS_SCHEME = "minhash-64x16-mixed"
#: The scheme of signatures that were stored without a name: the same, but the lowest 16 bits, not mixed.
EARLIER_SCHEME = "minhash-64x16-low"
SCHEMES = (SCHEME, WORDS_SCHEME, EARLIER_SCHEME)
#: The size of a word, in units.
_WORD = 2
_TEXTS_AT_ONCE = 512
NEAR_DUPLICATE_JACCARD = 0.5
#: The index: pairs that agree in all minima of a band are compared. docs/decisions/0016 has the figures.
N_BANDS, BAND_WIDTH = 21, 3
#: The estimate of 64 minima is too rough for a text of fewer runs than minima: the runs themselves decide.
FEW_SHINGLES = N_MINIMA
#: The runs of two texts are compared if this share of their minima agrees.
_WORTH_A_LOOK = 0.25
_PAIRS_AT_ONCE = 100_000
#: The runs of that many short texts are kept while pairs are compared.
_MOST_KEPT = 50_000

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


def sign(texts: Sequence[str], scheme: str = SCHEME, jobs: int = 1) -> NDArray[np.uint16]:
    """Return the MinHash signature of each text (Broder, 1997), made from its runs of four terms.

    Only 16 bits of each minimum are kept ("b-bit minwise hashing", Li and König, 2010). They are cut off after the bits
    of the minimum are mixed: the lowest bits of the minima of a text depend on each other, because each minimum is an
    odd multiple of a hash, plus a constant. Without mixing, one in 65,536 pairs of texts of a single run agrees in
    all minima.

    Parameters
    ----------
    texts : sequence of str
    scheme : str
        One of `SCHEMES`.
    jobs : int
        Number of threads.

    Returns
    -------
    uint16 array of shape (n_texts, 64)
    """
    signatures = np.empty((len(texts), N_MINIMA), np.uint16)

    def write(start: int) -> None:
        part = texts[start : start + _TEXTS_AT_ONCE]  # texts on disk are read here
        minima = np.full((len(part), N_MINIMA), np.iinfo(np.uint32).max, np.uint32)
        runs = _runs_of_terms(part) if scheme == SCHEME else map(_runs_of_words, part)
        for row, found in zip(minima, runs, strict=True):
            lower_minima(found, *affine_hashes(), row)
        whole = minima if scheme == EARLIER_SCHEME else mixed(minima)
        signatures[start : start + len(part)] = whole & np.uint32(0xFFFF)

    with ThreadPoolExecutor(max(1, jobs)) as threads:
        list(threads.map(write, range(0, len(texts), _TEXTS_AT_ONCE)))
    return signatures


def shingles(text: str) -> NDArray[np.uint32]:
    """Return a hash of each run of four words or eight units of a text, with repetitions; a shorter text is one run.

    A unit counts as half a word, so that a run is as rare in a script without spaces. A run begins at every term, and
    may end in the middle of a word. A text without terms is a run of its own.
    """
    (found,) = _runs_of_terms([text])
    return found


def _runs_of_terms(texts: Sequence[str]) -> Iterator[NDArray[np.uint32]]:
    hashed = hash_texts(texts)
    is_unit = hashed.places[:, kernel.KIND] & KIND_MASK == FeatureKind.UNIT
    unit_starts, unit_hashes = hashed.places[is_unit, kernel.PLACE], hashed.other_hashes[is_unit]
    word_starts, word_ends = hashed.words[:, 0], hashed.words[:, 2]
    # a Hangul syllable is a part of a word
    within_word = unit_starts < np.append(word_ends, 0)[np.searchsorted(word_starts, unit_starts, side="right") - 1]
    starts = np.concatenate([word_starts, unit_starts[~within_word]])
    order = np.argsort(starts, kind="stable")
    terms = np.concatenate([hashed.hashes, unit_hashes[~within_word]])[order]
    sizes = np.where(order < len(word_starts), _WORD, 1)
    bounds = np.searchsorted(starts[order], hashed.text_bounds).tolist()
    longest = max((end - begin for begin, end in pairwise(bounds)), default=0)
    parts, runs = np.empty(_WORD * longest, np.uint64), np.empty(longest, np.uint32)
    for text, (begin, end) in zip(texts, pairwise(bounds), strict=True):
        if end > begin:
            n = write_runs(terms[begin:end], sizes[begin:end], SHINGLE_TERMS * _WORD, parts, runs)
            yield runs[:n].copy()
        else:
            yield np.array([crc32(utf8(text))], np.uint32)


def _runs_of_words(text: str) -> NDArray[np.uint32]:
    """Return a hash of each run of four words between spaces: the runs of the schemes before this one."""
    words = fold_words(text).split()
    n_runs = max(1, len(words) - SHINGLE_TERMS + 1)
    runs = (" ".join(words[i : i + SHINGLE_TERMS]) for i in range(n_runs))
    return np.fromiter((crc32(run.encode()) for run in runs), np.uint32)


def group_stories(signatures: NDArray[np.uint16], texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the story of each text: near copies share a story, directly or through a chain of other texts.

    Two texts are near copies if at least half of their runs of four terms are common to both: as their signatures
    estimate it, or, if one of the two has fewer than `FEW_SHINGLES` runs, as their runs say.

    Parameters
    ----------
    signatures : uint16 array of shape (n_texts, 64)
        As `sign` returns them.
    texts : sequence of str
        The texts that were signed.

    Returns
    -------
    int64 array of shape (n_texts,)
        The index of the first text of each text's story.
    """
    stories = _equal_texts(signatures, texts)
    different = np.unique(stories)
    signed = signatures[different] if len(different) else np.empty((0, N_MINIMA), np.uint16)
    look = _Comparison(signed, texts, different)
    root = np.arange(len(different))
    for band in _bands(signed):
        for ones, others in _within(band):
            apart = root[ones] != root[others]
            near = look.near(ones[apart], others[apart])
            if near[0].size:
                root = _joined(root, near)
    return different[root][np.searchsorted(different, stories)]


def have_near_copies(signatures: NDArray[np.uint16], others: NDArray[np.uint16]) -> NDArray[np.bool_]:
    """Return which texts have a near copy among ``others``; both are given by signatures of the same scheme.

    Returns
    -------
    bool array of shape (n_texts,)
    """
    found = np.zeros(len(signatures), dtype=bool)
    for band, other_band in zip(_bands(signatures), _bands(others), strict=True):
        for number, other in _between(band, other_band):
            open_ = ~found[number]
            near = _agreement(signatures[number[open_]], others[other[open_]]) >= NEAR_DUPLICATE_JACCARD
            found[number[open_][near]] = True
    return found


def _equal_texts(signatures: NDArray[np.uint16], texts: Sequence[str]) -> NDArray[np.int64]:
    """Return for each text the index of the first text that equals it; only texts with equal signatures are read."""
    stories = np.arange(len(texts))
    if not len(texts):
        return stories
    rows = np.ascontiguousarray(signatures).view(np.dtype((np.void, signatures.shape[1] * 2))).ravel()
    _, kinds, sizes = np.unique(rows, return_inverse=True, return_counts=True)
    first_with: dict[tuple[int, bytes], int] = {}
    for n in np.flatnonzero(sizes[kinds] > 1).tolist():
        digest = hashlib.sha256(utf8(texts[n])).digest()
        stories[n] = first_with.setdefault((int(kinds[n]), digest), n)
    return stories


class _Comparison:
    """Decides which pairs of texts are near copies."""

    def __init__(self, signatures: NDArray[np.uint16], texts: Sequence[str], numbers: NDArray[np.int64]) -> None:
        self._signatures = signatures
        self._texts, self._numbers = texts, numbers
        #: The runs of the texts that were looked at, None if they are too many to keep.
        self._few: dict[int, frozenset[int] | None] = {}

    def near(self, ones: NDArray[np.int64], others: NDArray[np.int64]) -> Pairs:
        """Return the pairs that are near copies."""
        agreement = _agreement(self._signatures[ones], self._signatures[others])
        near = agreement >= NEAR_DUPLICATE_JACCARD
        for k in np.flatnonzero(agreement >= _WORTH_A_LOOK).tolist():
            few = [self._few_of(int(ones[k])), self._few_of(int(others[k]))]
            if few[0] is not None or few[1] is not None:
                one, other = (
                    self._runs_of(int(number)) if known is None else known
                    for known, number in zip(few, (ones[k], others[k]), strict=True)
                )
                near[k] = len(one & other) >= NEAR_DUPLICATE_JACCARD * len(one | other)
        return ones[near], others[near]

    def _few_of(self, number: int) -> frozenset[int] | None:
        if number not in self._few:
            if len(self._few) >= _MOST_KEPT:
                self._few.clear()
            found = self._runs_of(number)
            self._few[number] = found if len(found) < FEW_SHINGLES else None
        return self._few[number]

    def _runs_of(self, number: int) -> frozenset[int]:
        return frozenset(shingles(self._texts[int(self._numbers[number])]).tolist())


def _agreement(ones: NDArray[np.uint16], others: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Return the share of minima in which two signatures agree, row by row."""
    return np.asarray((ones == others).mean(axis=1), np.float64)


def _bands(signatures: NDArray[np.uint16]) -> Iterator[NDArray[np.uint64]]:
    """Yield a key of each text for each band; texts with equal keys agree in all minima of the band."""
    for start in range(0, N_BANDS * BAND_WIDTH, BAND_WIDTH):
        key = np.zeros(len(signatures), np.uint64)
        for column in range(start, start + BAND_WIDTH):
            key = (key << np.uint64(16)) | signatures[:, column].astype(np.uint64)
        yield key


def _within(keys: NDArray[np.uint64]) -> Iterator[Pairs]:
    """Yield all pairs of texts with equal keys, each pair once."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    ends = np.searchsorted(ordered, ordered, side="right")
    for left, right in _ranges(np.arange(1, len(keys) + 1), ends):
        yield order[left], order[right]


def _between(keys: NDArray[np.uint64], other_keys: NDArray[np.uint64]) -> Iterator[Pairs]:
    """Yield all pairs of a text and another text with equal keys."""
    order = np.argsort(other_keys, kind="stable")
    ordered = other_keys[order]
    starts, ends = (np.searchsorted(ordered, keys, side=side) for side in ("left", "right"))
    for left, right in _ranges(starts, ends):
        yield left, order[right]


def _ranges(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Iterator[Pairs]:
    """Yield the pairs of each index k with all numbers from ``starts[k]`` to below ``ends[k]``, a part at a time."""
    sizes = ends - starts
    total = np.cumsum(sizes)
    begin = 0
    while begin < len(sizes):
        done = int(total[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(total, done + _PAIRS_AT_ONCE, side="right")))
        part = sizes[begin:end]
        left = np.repeat(np.arange(begin, end), part)
        right = np.arange(len(left)) - np.repeat(total[begin:end] - part - done, part) + starts[left]
        if len(left):
            yield left, right
        begin = end


def _joined(root: NDArray[np.int64], pairs: Pairs) -> NDArray[np.int64]:
    """Return the root of each text after the texts of each pair are joined; a root is the first text of its group."""
    n = len(root)
    ones, others = root[pairs[0]], root[pairs[1]]
    graph = coo_matrix((np.ones(len(ones), np.int8), (ones, others)), shape=(n, n))
    _, component = connected_components(graph, directed=False)
    first = np.full(n, n)
    np.minimum.at(first, component, np.arange(n))
    return np.asarray(first[component][root], np.int64)


def members(stories: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the indices of each story's articles; the stories are in the order of their first articles."""
    if not len(stories):
        return []
    order = np.argsort(stories, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(stories[order]) != 0])
    return [order[a:b] for a, b in pairwise([*starts, len(order)])]
