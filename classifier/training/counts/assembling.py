"""What counting assembles, chunk by chunk: numbers of features, and rows of counts."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.terms.analyzer import DEFAULT_ANALYZER, Analyzer
from classifier.terms.hashing import feature_lines
from classifier.training.counts import loops

_MOST_COUNTED = np.iinfo(np.uint16).max
_SHARE_OF_ROOM = 32  # by this share the arrays of counts grow
_AHEAD = 2  # finished pieces of work for each thread that may wait: each takes several times the memory of its text
_Given = TypeVar("_Given")
_Found = TypeVar("_Found")


@dataclass(frozen=True)
class CountOptions:
    """How to count: features of ``lowest`` to ``longest`` words, the weight of headline terms, threads (``jobs``).

    Units and subwords are counted if ``lowest`` is 1. With ``by_frequency``, the features that most texts have come
    first: a pass over the counts then finds most of what it needs to know of a feature in the processor's cache. If
    there are more than ``most_features``, those of the fewest texts are left out.
    """

    lowest: int = 1
    longest: int = 2
    headline_weight: float = 1.0
    jobs: int = 1
    analyzer: Analyzer = DEFAULT_ANALYZER
    by_frequency: bool = False
    most_features: int | None = None

    @property
    def count_type(self) -> np.dtype[Any]:
        """The type of the counts: uint16, or float32 if the weight of headlines makes fractions."""
        return np.dtype(np.uint16 if float(self.headline_weight).is_integer() else np.float32)


@dataclass(frozen=True)
class Tokens:
    """What names features: folded bytes, and the bytes of words and units in them."""

    folded: NDArray[np.uint8]
    words: NDArray[np.int32]
    units: NDArray[np.int32]


@dataclass(frozen=True)
class CountedChunk:
    """Counts of consecutive texts by hash, and a reference to each feature's first occurrence in its text."""

    tokens: Tokens
    keys: NDArray[np.uint64]
    counts: NDArray[np.float32]
    references: NDArray[np.int32]
    indptr: NDArray[np.int64]
    n_words: NDArray[np.int64]


@dataclass(frozen=True)
class _NewFeatures:
    """The features that a chunk added, in the order of their numbers: their hashes, and their names, one a line."""

    keys: NDArray[np.uint64]
    lines: bytes

    def names_of(self, kept: NDArray[np.bool_]) -> bytes:
        """Return the names of some of the features, one a line."""
        data = np.frombuffer(self.lines, np.uint8)
        lengths = np.diff(np.flatnonzero(data == ord("\n")), prepend=-1)
        return data[np.repeat(kept, lengths)].tobytes()


class FeatureNumbers:
    """Hashes numbered in the order of their first occurrence, with document frequencies and a place to read each."""

    def __init__(self) -> None:
        self.n = 0
        self._keys = np.zeros(1 << 16, np.uint64)
        self._numbers = np.zeros(1 << 16, np.int32)
        self.df, self._places = np.zeros(1 << 15, np.int32), np.zeros(1 << 15, np.int32)
        self._new: list[_NewFeatures] = []

    def number(self, chunk: CountedChunk) -> NDArray[np.int32]:
        """Return the number of each of a chunk's keys."""
        most = self.n + len(chunk.keys)
        if 2 * most > len(self._keys):
            self._grow(1 << (2 * most).bit_length())
        numbers = np.empty(len(chunk.keys), np.int32)
        before = self.n
        self.n = loops.number_features(chunk.keys, self._keys, self._numbers, before, self.df, self._places, numbers)
        first = self._places[before : self.n]
        tokens = chunk.tokens
        lines = feature_lines(tokens.folded, tokens.words, tokens.units, chunk.references[first])
        self._new.append(_NewFeatures(chunk.keys[first], lines))
        return numbers

    def named(self, numbers: NDArray[np.int64]) -> tuple[bytes, NDArray[np.uint64]]:
        """Return the features with these numbers, in ascending order, one a line, and their hashes."""
        kept = np.zeros(self.n, np.bool_)
        kept[numbers] = True
        ends = np.cumsum([len(new.keys) for new in self._new])
        lines = [new.names_of(kept[end - len(new.keys) : end]) for new, end in zip(self._new, ends, strict=True)]
        keys = np.concatenate([np.empty(0, np.uint64), *(new.keys for new in self._new)])
        return b"".join(lines), keys[kept]

    def _grow(self, n_slots: int) -> None:
        old = (self._keys, self._numbers)
        self._keys, self._numbers = np.zeros(n_slots, np.uint64), np.zeros(n_slots, np.int32)
        loops.move_map(*old, self._keys, self._numbers)
        self.df, self._places = (
            np.concatenate([a[: self.n], np.zeros(n_slots // 2 - self.n, np.int32)]) for a in (self.df, self._places)
        )


class CountRows:
    """Counts of texts by feature number, assembled chunk by chunk in one pair of arrays that grow.

    The matrix is written over them, part by part, so that no second copy of all counts is ever in memory.
    """

    def __init__(self, how: CountOptions) -> None:
        self._type = how.count_type
        self._numbers, self._counts = np.empty(0, np.int32), np.empty(0, self._type)
        self._ends = [0]
        self._indptr: list[NDArray[np.int64]] = []
        self._n_words: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        self._jobs = max(1, how.jobs)

    def add(self, chunk: CountedChunk, numbers: NDArray[np.int32]) -> None:
        """Add the texts of a chunk with the numbers of its keys; keys with the number -1 are left out."""
        begin = self._ends[-1]
        end = begin + len(numbers)
        if end > len(self._numbers):
            room = end + end // _SHARE_OF_ROOM
            self._numbers.resize(room, refcheck=False)  # of a large array, the system only moves the pages
            self._counts.resize(room, refcheck=False)
        self._numbers[begin:end] = numbers
        is_whole = self._type == np.uint16
        self._counts[begin:end] = np.minimum(chunk.counts, _MOST_COUNTED) if is_whole else chunk.counts
        self._ends.append(end)
        self._indptr.append(chunk.indptr)
        self._n_words.append(chunk.n_words)

    @property
    def n_words(self) -> NDArray[np.int64]:
        """The length of each text in words, an int64 array of shape (n_texts,)."""
        return np.concatenate(self._n_words)

    def matrix(self, column_of: NDArray[np.int32], n_columns: int) -> csr_matrix:
        """Return the counts as a matrix, each row sorted by column; numbers with column -1 are left out.

        It replaces the counts that were added, so that this can be called only once.
        """
        columns, values = self._numbers, self._counts
        self._numbers, self._counts = np.empty(0, np.int32), np.empty(0, self._type)
        known = np.append(column_of >= 0, False)  # the number -1 refers to the last place

        def assemble(part: tuple[int, int]) -> tuple[NDArray[np.int32], NDArray[Any], NDArray[np.int64]]:
            first, last = part
            begin, end = self._ends[first], self._ends[last]
            numbers = columns[begin:end]
            starts = [self._indptr[k][:-1] + (self._ends[k] - begin) for k in range(first, last)]
            indptr = np.concatenate([*starts, [end - begin]])
            n = int(np.count_nonzero(known[numbers]))
            out = np.empty(n, np.int32), np.empty(n, self._type), np.empty_like(indptr)
            places = np.zeros(n_columns + 1, np.int32)
            loops.sorted_rows[self._type](numbers, values[begin:end], indptr, column_of, places, *out)
            return out

        at, rows = 0, [np.zeros(1, np.int64)]
        for found_columns, found_values, found_indptr in in_order(assemble, self._parts(n_columns), self._jobs):
            end = at + len(found_columns)  # never beyond the part that was read, so that later parts are untouched
            columns[at:end], values[at:end] = found_columns, found_values
            rows.append(found_indptr[1:] + at)
            at = end
        columns.resize(at, refcheck=False)
        values.resize(at, refcheck=False)
        indptr = np.concatenate(rows)
        matrix = csr_matrix((values, columns, indptr), shape=(len(indptr) - 1, n_columns))
        matrix.has_sorted_indices = True
        return matrix

    def _parts(self, n_columns: int) -> Iterator[tuple[int, int]]:
        """Yield the bounds of parts to sort at once: of many values, because each part takes time for all columns."""
        first = 0
        for last in range(1, len(self._ends)):
            if self._ends[last] - self._ends[first] >= n_columns or last == len(self._ends) - 1:
                yield first, last
                first = last


def in_order(work: Callable[[_Given], _Found], items: Iterable[_Given], jobs: int) -> Iterator[_Found]:
    """Yield what ``work`` returns for each item, in order, worked out on threads a few items ahead of the caller."""
    if jobs <= 1:
        yield from map(work, items)
        return
    waiting: deque[Future[_Found]] = deque()
    with ThreadPoolExecutor(jobs) as threads:
        for item in items:
            waiting.append(threads.submit(work, item))
            if len(waiting) > _AHEAD * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
