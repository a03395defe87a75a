"""Counts of each feature in each text of a corpus, made on several threads."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.terms import kernel
from classifier.terms.encoding import lines_of, utf8
from classifier.terms.fingerprints import FingerprintTable, look_up, number_bits
from classifier.terms.hashing import feature_lines, hash_texts
from classifier.text.prepare import PreparedText
from classifier.training.counts import loops
from classifier.training.counts.ordering import order_of_lines

_MAX_CHUNK = 1 << 21  # characters for one thread at a time: its working memory is a few times that
_CHUNKS_AHEAD = 2  # finished chunks for each thread that may wait: each is several times as large as its text


@dataclass(frozen=True)
class CountOptions:
    """How to count: features of ``lowest`` to ``longest`` terms, the weight of headline terms, threads (``jobs``)."""

    lowest: int = 1
    longest: int = 2
    headline_weight: float = 1.0
    jobs: int = 1


@dataclass(frozen=True)
class CountedTexts:
    """The counts of each feature in each text.

    ``counts`` is float32, of shape (n_texts, n_features). ``terms`` names its columns, in code point order, and
    ``keys`` (uint64) holds their fingerprints with seed 0; both have the shape (n_features,).
    """

    counts: csr_matrix
    terms: NDArray[np.object_]
    keys: NDArray[np.uint64]

    @cached_property
    def pairs(self) -> NDArray[np.bool_]:
        """The columns with more than one term, a bool array of shape (n_features,)."""
        return np.fromiter((" " in term for term in self.terms), np.bool_, len(self.terms))


@dataclass(frozen=True)
class _Chunk:
    """Counts of consecutive texts by hash, and the bytes of each feature's first occurrence in its text."""

    folded: NDArray[np.uint8]
    keys: NDArray[np.uint64]
    counts: NDArray[np.float32]
    begins: NDArray[np.int32]
    stops: NDArray[np.int32]
    indptr: NDArray[np.int64]


@dataclass(frozen=True)
class _New:
    """The features that a chunk added, in the order of their numbers: hashes, and their places in its bytes."""

    folded: NDArray[np.uint8]
    keys: NDArray[np.uint64]
    begins: NDArray[np.int32]
    stops: NDArray[np.int32]


def count_texts(
    texts: Sequence[str | PreparedText], how: CountOptions | None = None, min_df: float = 2, max_df: float = np.inf
) -> CountedTexts:
    """Count the features that occur in ``min_df`` to ``max_df`` texts.

    By default, features in a single text are left out, because no fold can learn from them.
    """
    how = how or CountOptions()
    features = _Features()
    rows = _CountRows(texts, how)
    for chunk in _count_chunks(texts, how):
        rows.add(chunk, features.number(chunk))
    df = features.df[: features.n]
    kept = np.flatnonzero((df >= min_df) & (df <= max_df))
    lines, keys = features.named(kept)
    order = order_of_lines(lines)
    column_of = np.full(features.n, -1, np.int32)
    column_of[kept[order]] = np.arange(len(kept))
    del features
    terms = np.array([*lines_of(lines), None], dtype=object)[order]  # without None, NumPy would look into the strings
    return CountedTexts(rows.matrix(column_of, len(kept)), terms, keys[order])


def count_known(
    texts: Sequence[str | PreparedText], how: CountOptions, table: FingerprintTable, n_features: int
) -> csr_matrix:
    """Count the features of a table with seed 0; return a float32 matrix of shape (n_texts, ``n_features``)."""
    rows = _CountRows(texts, how)
    for chunk in _count_chunks(texts, how):
        found = np.empty(len(chunk.keys), np.int32)
        look_up(chunk.keys, table.entries, number_bits(n_features), found)
        rows.add(chunk, found)
    return rows.matrix(np.arange(n_features, dtype=np.int32), n_features)


class _Features:
    """Hashes numbered in the order of their first occurrence, with document frequencies and a place to read each."""

    def __init__(self) -> None:
        self.n = 0
        self._keys = np.zeros(1 << 16, np.uint64)
        self._numbers = np.zeros(1 << 16, np.int32)
        self.df, self._places = np.zeros(1 << 15, np.int32), np.zeros(1 << 15, np.int32)
        self._new: list[_New] = []

    def number(self, chunk: _Chunk) -> NDArray[np.int32]:
        """Return the number of each of a chunk's keys."""
        most = self.n + len(chunk.keys)
        if 2 * most > len(self._keys):
            self._grow(1 << (2 * most).bit_length())
        numbers = np.empty(len(chunk.keys), np.int32)
        before = self.n
        self.n = loops.number_features(chunk.keys, self._keys, self._numbers, before, self.df, self._places, numbers)
        first = self._places[before : self.n]
        self._new.append(_New(chunk.folded, chunk.keys[first], chunk.begins[first], chunk.stops[first]))
        return numbers

    def named(self, numbers: NDArray[np.int64]) -> tuple[bytes, NDArray[np.uint64]]:
        """Return the features with these numbers, in ascending order, one a line, and their hashes."""
        lines: list[bytes] = []
        bounds = np.cumsum([0, *(len(new.keys) for new in self._new)])
        ends = np.searchsorted(numbers, bounds)
        for new, bound, begin, end in zip(self._new, bounds, ends, ends[1:], strict=False):
            at = numbers[begin:end] - bound
            lines.append(feature_lines(new.folded, new.begins[at], new.stops[at]))
        keys = np.concatenate([np.empty(0, np.uint64), *(new.keys for new in self._new)])
        return b"".join(lines), keys[numbers]

    def _grow(self, n_slots: int) -> None:
        old = (self._keys, self._numbers)
        self._keys, self._numbers = np.zeros(n_slots, np.uint64), np.zeros(n_slots, np.int32)
        loops.move_map(*old, self._keys, self._numbers)
        self.df, self._places = (
            np.concatenate([a[: self.n], np.zeros(n_slots // 2 - self.n, np.int32)]) for a in (self.df, self._places)
        )


class _CountRows:
    """Counts of texts by feature number, assembled chunk by chunk."""

    def __init__(self, texts: Sequence[str | PreparedText], how: CountOptions) -> None:
        n_levels = how.longest - how.lowest + 1
        # room for the largest possible number of features, of two characters each; unwritten memory is never allocated
        room = sum(_length(text) // 2 * n_levels for text in texts)
        self._numbers, self._counts = np.empty(room, np.int32), np.empty(room, np.float32)
        self._indptr = [np.zeros(1, np.int64)]
        self._jobs = max(1, how.jobs)

    def add(self, chunk: _Chunk, numbers: NDArray[np.int32]) -> None:
        """Add the texts of a chunk with the numbers of its keys; keys with the number -1 are left out."""
        begin = int(self._indptr[-1][-1])
        end = begin + len(numbers)
        self._numbers[begin:end], self._counts[begin:end] = numbers, chunk.counts
        self._indptr.append(chunk.indptr[1:] + begin)

    def matrix(self, column_of: NDArray[np.int32], n_columns: int) -> csr_matrix:
        """Return the counts as a matrix, each row sorted by column; numbers with column -1 are left out."""
        known = np.append(column_of >= 0, False)  # the number -1 refers to the last place
        starts = [int(part[-1]) for part in self._indptr]
        parts = [slice(begin, end) for begin, end in pairwise(starts)]

        def write(part: slice, ends: NDArray[np.int64], begin: int, end: int) -> NDArray[np.int64]:
            indptr = np.append(0, ends - part.start)
            found = np.empty_like(indptr)
            counts = (self._numbers[part], self._counts[part])
            places = np.zeros(n_columns + 1, np.int32)
            loops.sorted_rows(*counts, indptr, column_of, places, columns[begin:end], values[begin:end], found)
            return found[1:] + begin

        with ThreadPoolExecutor(self._jobs) as threads:
            sizes = threads.map(lambda part: int(np.count_nonzero(known[self._numbers[part]])), parts)
            bounds = np.cumsum([0, *sizes])
            columns, values = np.empty(bounds[-1], np.int32), np.empty(bounds[-1], np.float32)
            indptr = np.concatenate([[0], *threads.map(write, parts, self._indptr[1:], bounds, bounds[1:])])
        matrix = csr_matrix((values, columns, indptr), shape=(len(indptr) - 1, n_columns))
        matrix.has_sorted_indices = True
        return matrix


def _count_chunks(texts: Sequence[str | PreparedText], how: CountOptions) -> Iterator[_Chunk]:
    """Count texts in order, a few chunks ahead of the caller."""
    shares = list(_shares(texts, how.jobs))
    if how.jobs <= 1 or len(shares) <= 1:
        yield from (_count_chunk(share, how) for share in shares)
        return
    waiting: deque[Future[_Chunk]] = deque()
    with ThreadPoolExecutor(how.jobs) as threads:
        for share in shares:
            waiting.append(threads.submit(_count_chunk, share, how))
            if len(waiting) > _CHUNKS_AHEAD * how.jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _shares(texts: Sequence[str | PreparedText], jobs: int) -> Iterator[Sequence[str | PreparedText]]:
    lengths = list(map(_length, texts))
    most = min(_MAX_CHUNK, sum(lengths) // (4 * jobs) + 1)
    begin = size = 0
    for end, length in enumerate(lengths, 1):
        size += length
        if size >= most:
            yield texts[begin:end]
            begin, size = end, 0
    if begin < len(texts):
        yield texts[begin:]


def _length(text: str | PreparedText) -> int:
    return len(text) if isinstance(text, str) else len(text.text)


def _count_chunk(texts: Sequence[str | PreparedText], how: CountOptions) -> _Chunk:
    hashed = hash_texts([text if isinstance(text, str) else text.text for text in texts])
    headlines = [0 if isinstance(text, str) else len(utf8(text.text[: text.headline_length])) for text in texts]
    headline_ends = hashed.text_bounds[:-1] + np.array(headlines, np.int64)
    n = len(hashed.hashes)
    levels = np.zeros((how.longest, n), np.uint64)
    levels[0] = hashed.hashes
    for level in range(1, min(how.longest, n)):
        levels[level, : n - level] = levels[level - 1, : n - level]
        kernel.join_hashes(levels[level], hashed.hashes[level:], n - level)
    most = int(np.diff(hashed.offsets).max(initial=0)) * how.longest
    map_keys = np.zeros(1 << max(4, (2 * most).bit_length()), np.uint64)
    map_places = np.zeros(len(map_keys), np.int32)
    room = n * (how.longest - how.lowest + 1)
    keys, counts = np.empty(room, np.uint64), np.empty(room, np.float32)
    begins, stops = np.empty(room, np.int32), np.empty(room, np.int32)
    indptr = np.empty(len(texts) + 1, np.int64)
    found = loops.count_rows(
        levels,
        how.lowest,
        hashed.offsets,
        hashed.starts,
        hashed.ends,
        headline_ends,
        how.headline_weight,
        map_keys,
        map_places,
        keys,
        counts,
        begins,
        stops,
        indptr,
    )
    # copies, so that the rest of the room is freed
    return _Chunk(
        hashed.folded, keys[:found].copy(), counts[:found].copy(), begins[:found].copy(), stops[:found].copy(), indptr
    )
