"""How often each feature occurs in each text of a corpus, counted on several threads."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.text import kernel
from classifier.text.fingerprints import FingerprintTable
from classifier.text.hashing import HashedTexts, hash_texts, strings_at, utf8
from classifier.text.prepare import PreparedText
from classifier.training import counting

_MAX_CHUNK = 1 << 21  # characters that a thread takes at once: what it needs beside its result is a few times that


@dataclass(frozen=True)
class Counting:
    """How to count: features of ``lowest`` to ``longest`` terms; how often a headline's count; on how many threads."""

    lowest: int = 1
    longest: int = 2
    headline_weight: float = 1.0
    jobs: int = 1


@dataclass(frozen=True)
class CountedTexts:
    """How often each feature occurs in each text.

    ``counts`` is of shape (n_texts, n_features), float64; ``terms`` names its columns, in code point order, and
    ``keys`` (uint64) are their fingerprints, with seed 0.
    """

    counts: csr_matrix
    terms: NDArray[np.object_]
    keys: NDArray[np.uint64]

    @cached_property
    def pairs(self) -> NDArray[np.bool_]:
        """Which columns are of more than one term, of shape (n_features,)."""
        return np.fromiter((" " in term for term in self.terms), np.bool_, len(self.terms))


@dataclass(frozen=True)
class _Chunk:
    """Counts of consecutive texts by hash, and where each counted feature first stands in them."""

    hashed: HashedTexts
    keys: NDArray[np.uint64]
    counts: NDArray[np.float64]
    firsts: NDArray[np.int32]
    lengths: NDArray[np.int32]
    indptr: NDArray[np.int64]


def count_texts(
    texts: Sequence[str | PreparedText], how: Counting | None = None, min_df: float = 2, max_df: float = np.inf
) -> CountedTexts:
    """Count the features that occur in ``min_df`` to ``max_df`` texts.

    By default those in a single text are left out: no fold could learn from them.
    """
    how = how or Counting()
    features = _Features()
    chunks: list[_Chunk] = []
    numbers: list[NDArray[np.int32]] = []
    for chunk in _count_chunks(texts, how):
        numbers.append(features.number(chunk.keys, len(chunks)))
        chunks.append(chunk)
    kept = np.flatnonzero((features.df[: features.n] >= min_df) & (features.df[: features.n] <= max_df))
    strings, keys = _first_seen(chunks, features.chunks[kept], features.places[kept])
    order = np.array(sorted(range(len(kept)), key=strings.__getitem__), np.int64)
    column_of = np.full(features.n, -1, np.int32)
    column_of[kept[order]] = np.arange(len(kept))
    terms = np.array([*strings, None], dtype=object)[order]  # without None, NumPy would look into the strings
    return CountedTexts(_matrix(chunks, numbers, column_of, len(kept), how.jobs), terms, keys[order])


def count_known(
    texts: Sequence[str | PreparedText], how: Counting, table: FingerprintTable, n_features: int
) -> csr_matrix:
    """Count the features of a table whose seed is 0."""
    column_of = np.arange(n_features, dtype=np.int32)
    chunks, numbers = [], []
    for chunk in _count_chunks(texts, how):
        found = np.empty(len(chunk.keys), np.int32)
        counting.look_up(chunk.keys, table.fingerprints, table.slots, found)
        chunks.append(chunk)
        numbers.append(found)
    return _matrix(chunks, numbers, column_of, n_features, how.jobs)


class _Features:
    """Hashes numbered as they first occur, with the number of texts that have them."""

    def __init__(self) -> None:
        self.n = 0
        self._keys = np.zeros(1 << 16, np.uint64)
        self._numbers = np.zeros(1 << 16, np.int32)
        self.df, self.chunks, self.places = (np.zeros(1 << 15, np.int32) for _ in range(3))

    def number(self, keys: NDArray[np.uint64], chunk: int) -> NDArray[np.int32]:
        most = self.n + len(keys)
        if 2 * most > len(self._keys):
            self._grow(1 << (2 * most).bit_length())
        numbers = np.empty(len(keys), np.int32)
        known = (self._keys, self._numbers)
        self.n = counting.number_features(keys, chunk, *known, self.n, self.df, self.chunks, self.places, numbers)
        return numbers

    def _grow(self, n_slots: int) -> None:
        old = (self._keys, self._numbers)
        self._keys, self._numbers = np.zeros(n_slots, np.uint64), np.zeros(n_slots, np.int32)
        counting.move_map(*old, self._keys, self._numbers)
        self.df, self.chunks, self.places = (
            np.concatenate([a[: self.n], np.zeros(n_slots // 2 - self.n, np.int32)])
            for a in (self.df, self.chunks, self.places)
        )


def _count_chunks(texts: Sequence[str | PreparedText], how: Counting) -> Iterator[_Chunk]:
    """Count texts in order, a few chunks ahead of whoever takes them."""
    shares = list(_shares(texts, how.jobs))
    if how.jobs <= 1 or len(shares) <= 1:
        yield from (_count_chunk(share, how) for share in shares)
        return
    with ThreadPoolExecutor(how.jobs) as threads:
        yield from threads.map(lambda share: _count_chunk(share, how), shares)


def _shares(texts: Sequence[str | PreparedText], jobs: int) -> Iterator[Sequence[str | PreparedText]]:
    lengths = [len(text) if isinstance(text, str) else len(text.text) for text in texts]
    most = min(_MAX_CHUNK, sum(lengths) // (4 * jobs) + 1)
    begin = size = 0
    for end, length in enumerate(lengths, 1):
        size += length
        if size >= most:
            yield texts[begin:end]
            begin, size = end, 0
    if begin < len(texts):
        yield texts[begin:]


def _count_chunk(texts: Sequence[str | PreparedText], how: Counting) -> _Chunk:
    hashed = hash_texts([text if isinstance(text, str) else text.text for text in texts])
    headlines = [0 if isinstance(text, str) else len(utf8(text.text[: text.headline_length])) for text in texts]
    headline_ends = hashed.bounds[:-1] + np.array(headlines, np.int64)
    n = len(hashed.hashes)
    levels = np.zeros((how.longest, n), np.uint64)
    levels[0] = hashed.hashes
    for level in range(1, min(how.longest, n)):
        levels[level, : n - level] = levels[level - 1, : n - level]
        kernel.join(levels[level], hashed.hashes[level:], n - level)
    most = int(np.diff(hashed.offsets).max(initial=0)) * how.longest
    map_keys = np.zeros(1 << max(4, (2 * most).bit_length()), np.uint64)
    map_places = np.zeros(len(map_keys), np.int32)
    room = n * (how.longest - how.lowest + 1)
    keys, counts = np.empty(room, np.uint64), np.empty(room)
    firsts, lengths = np.empty(room, np.int32), np.empty(room, np.int32)
    indptr = np.empty(len(texts) + 1, np.int64)
    found = counting.count_rows(
        levels,
        how.lowest,
        hashed.offsets,
        hashed.ends,
        headline_ends,
        how.headline_weight,
        map_keys,
        map_places,
        keys,
        counts,
        firsts,
        lengths,
        indptr,
    )
    # copies: what is left of the room goes back
    return _Chunk(
        hashed, keys[:found].copy(), counts[:found].copy(), firsts[:found].copy(), lengths[:found].copy(), indptr
    )


def _first_seen(
    chunks: Sequence[_Chunk], chunk_of: NDArray[np.int32], places: NDArray[np.int32]
) -> tuple[list[str], NDArray[np.uint64]]:
    """Return the features that first stand at these places, and their hashes; the numbers of the chunks ascend."""
    strings: list[str] = []
    keys = [np.empty(0, np.uint64)]
    bounds = np.searchsorted(chunk_of, np.arange(len(chunks) + 1))
    for chunk, begin, end in zip(chunks, bounds[:-1], bounds[1:], strict=True):
        found = places[begin:end]
        first = chunk.firsts[found]
        last = first + chunk.lengths[found] - 1
        strings += strings_at(chunk.hashed, chunk.hashed.starts[first], chunk.hashed.ends[last])
        keys.append(chunk.keys[found])
    return strings, np.concatenate(keys)


def _matrix(
    chunks: Sequence[_Chunk],
    numbers: Sequence[NDArray[np.int32]],
    column_of: NDArray[np.int32],
    n_columns: int,
    jobs: int,
) -> csr_matrix:
    """Return the counts of all chunks as one matrix, rows sorted by column."""

    def rows(
        chunk: _Chunk, numbers: NDArray[np.int32]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]:
        columns, values = np.empty(len(numbers), np.int32), np.empty(len(numbers))
        indptr = np.empty_like(chunk.indptr)
        n = counting.sorted_rows(numbers, chunk.counts, chunk.indptr, column_of, columns, values, indptr)
        return values[:n], columns[:n], indptr

    with ThreadPoolExecutor(max(1, jobs)) as threads:
        parts = list(threads.map(rows, chunks, numbers))
    n_before = np.concatenate([[0], np.cumsum([len(values) for values, _, _ in parts])])
    indptr = np.concatenate([[0], *(p[1:] + n for (_, _, p), n in zip(parts, n_before[:-1], strict=True))])
    values = np.concatenate([np.empty(0), *(part[0] for part in parts)])
    columns = np.concatenate([np.empty(0, np.int32), *(part[1] for part in parts)])
    matrix = csr_matrix((values, columns, indptr), shape=(len(indptr) - 1, n_columns))
    matrix.has_sorted_indices = True
    return matrix
