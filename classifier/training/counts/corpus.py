"""Counts of each feature in each text of a corpus, made on several threads."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.terms import kernel
from classifier.terms.analyzer import DEFAULT_ANALYZER, Analyzer
from classifier.terms.encoding import lines_of, utf8
from classifier.terms.fingerprints import FingerprintTable, look_up, number_bits
from classifier.terms.hashing import HashedTexts, feature_lines, hash_texts
from classifier.text.prepare import PreparedText
from classifier.training.counts import loops
from classifier.training.counts.ordering import order_of_lines
from classifier.training.counts.pairs import WordPairs

_MAX_CHUNK = 1 << 19  # characters for one thread at a time: its working memory is up to a hundred times that
_MOST_COUNTED = np.iinfo(np.uint16).max
_CHUNKS_AHEAD = 2  # finished chunks for each thread that may wait: each is several times as large as its text


@dataclass(frozen=True)
class CountOptions:
    """How to count: features of ``lowest`` to ``longest`` words, the weight of headline terms, threads (``jobs``).

    Units and subwords are counted if ``lowest`` is 1.
    """

    lowest: int = 1
    longest: int = 2
    headline_weight: float = 1.0
    jobs: int = 1
    analyzer: Analyzer = DEFAULT_ANALYZER

    @property
    def count_type(self) -> np.dtype[Any]:
        """The type of the counts: uint16, or float32 if the weight of headlines makes fractions."""
        return np.dtype(np.uint16 if float(self.headline_weight).is_integer() else np.float32)


@dataclass(frozen=True)
class CountedTexts:
    """The counts of each feature in each text.

    ``counts`` is uint16, of shape (n_texts, n_features); counts above 65,535 are 65,535. It is float32 if headlines
    have a weight that is no whole number. ``terms`` names its columns, in code point order, and ``keys`` (uint64) holds their fingerprints with seed 0; both have the shape (n_features,). ``n_words`` (int64) has
    the length of each text in words, of shape (n_texts,). ``analyzer`` found them. With ``has_singles``, features that
    only one text has were counted too.
    """

    counts: csr_matrix
    terms: NDArray[np.object_]
    keys: NDArray[np.uint64]
    n_words: NDArray[np.int64]
    analyzer: Analyzer = DEFAULT_ANALYZER
    has_singles: bool = False

    @cached_property
    def pairs(self) -> WordPairs:
        """The columns of pairs of words."""
        return WordPairs.of(self.terms)

    def without_single_pairs(self) -> "CountedTexts":
        """Return the counts without the pairs of words that only one text has."""
        df = np.bincount(self.counts.indices, minlength=self.counts.shape[1])
        kept = np.flatnonzero(~self.pairs.marks | (df > 1))
        return replace(self, counts=self.counts[:, kept], terms=self.terms[kept], keys=self.keys[kept])


@dataclass(frozen=True)
class _Tokens:
    """What names features: folded bytes, and the bytes of words and units in them."""

    folded: NDArray[np.uint8]
    words: NDArray[np.int32]
    units: NDArray[np.int32]


@dataclass(frozen=True)
class _Chunk:
    """Counts of consecutive texts by hash, and a reference to each feature's first occurrence in its text."""

    tokens: _Tokens
    keys: NDArray[np.uint64]
    counts: NDArray[np.float32]
    references: NDArray[np.int32]
    indptr: NDArray[np.int64]
    n_words: NDArray[np.int64]


@dataclass(frozen=True)
class _New:
    """The features that a chunk added, in the order of their numbers: their hashes, and their names, one a line."""

    keys: NDArray[np.uint64]
    lines: bytes

    def names_of(self, kept: NDArray[np.bool_]) -> bytes:
        """Return the names of some of the features, one a line."""
        data = np.frombuffer(self.lines, np.uint8)
        lengths = np.diff(np.flatnonzero(data == ord("\n")), prepend=-1)
        return data[np.repeat(kept, lengths)].tobytes()


def count_texts(
    texts: Sequence[str | PreparedText], how: CountOptions | None = None, min_df: float = 2, max_df: float = np.inf
) -> CountedTexts:
    """Count the features that occur in ``min_df`` to ``max_df`` texts.

    By default, features in a single text are left out.
    """
    how = how or CountOptions()
    features = _Features()
    rows = _CountRows(how)
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
    matrix = rows.matrix(column_of, len(kept))
    return CountedTexts(matrix, terms, keys[order], rows.n_words, how.analyzer, min_df <= 1)


def count_known(
    texts: Sequence[str | PreparedText], how: CountOptions, table: FingerprintTable, n_features: int
) -> csr_matrix:
    """Count the features of a table with seed 0; return a matrix of shape (n_texts, ``n_features``)."""
    rows = _CountRows(how)
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
        tokens = chunk.tokens
        lines = feature_lines(tokens.folded, tokens.words, tokens.units, chunk.references[first])
        self._new.append(_New(chunk.keys[first], lines))
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


class _CountRows:
    """Counts of texts by feature number, assembled chunk by chunk."""

    def __init__(self, how: CountOptions) -> None:
        self._numbers: list[NDArray[np.int32]] = []
        self._counts: list[NDArray[Any]] = []
        self._indptr: list[NDArray[np.int64]] = []
        self._n_words: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        self._jobs, self._type = max(1, how.jobs), how.count_type

    def add(self, chunk: _Chunk, numbers: NDArray[np.int32]) -> None:
        """Add the texts of a chunk with the numbers of its keys; keys with the number -1 are left out."""
        self._numbers.append(numbers)
        whole = self._type == np.uint16
        self._counts.append(np.minimum(chunk.counts, _MOST_COUNTED).astype(np.uint16) if whole else chunk.counts)
        self._indptr.append(chunk.indptr)
        self._n_words.append(chunk.n_words)

    @property
    def n_words(self) -> NDArray[np.int64]:
        """The length of each text in words, an int64 array of shape (n_texts,)."""
        return np.concatenate(self._n_words)

    def matrix(self, column_of: NDArray[np.int32], n_columns: int) -> csr_matrix:
        """Return the counts as a matrix, each row sorted by column; numbers with column -1 are left out."""
        known = np.append(column_of >= 0, False)  # the number -1 refers to the last place

        def write(part: int, begin: int, end: int) -> NDArray[np.int64]:
            found = np.empty_like(self._indptr[part])
            counts = (self._numbers[part], self._counts[part])
            places = np.zeros(n_columns + 1, np.int32)
            out = (columns[begin:end], values[begin:end], found)
            loops.sorted_rows[self._type](*counts, self._indptr[part], column_of, places, *out)
            self._numbers[part], self._counts[part] = self._numbers[part][:0].copy(), self._counts[part][:0].copy()
            return found[1:] + begin

        with ThreadPoolExecutor(self._jobs) as threads:
            sizes = threads.map(lambda numbers: int(np.count_nonzero(known[numbers])), self._numbers)
            bounds = np.cumsum([0, *sizes])
            columns, values = np.empty(bounds[-1], np.int32), np.empty(bounds[-1], self._type)
            indptr = np.concatenate([[0], *threads.map(write, range(len(self._numbers)), bounds, bounds[1:])])
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
    hashed = hash_texts([text if isinstance(text, str) else text.text for text in texts], analyzer=how.analyzer)
    n = len(hashed.hashes)
    levels = np.zeros((how.longest, n), np.uint64)
    levels[0] = hashed.hashes
    for level in range(1, min(how.longest, n)):
        levels[level, : n - level] = levels[level - 1, : n - level]
        kernel.join_hashes(levels[level], hashed.hashes[level:], n - level)
    n_words, n_others, _, _ = np.diff(hashed.offsets, axis=0).T
    most = int((n_words * how.longest + n_others).max(initial=0))
    map_keys = np.zeros(1 << max(4, (2 * most).bit_length()), np.uint64)
    map_places = np.zeros(len(map_keys), np.int32)
    room = n * (how.longest - how.lowest + 1) + len(hashed.other_hashes)
    keys, counts = np.empty(room, np.uint64), np.empty(room, np.float32)
    references = np.empty((room, 2), np.int32)
    indptr = np.empty(len(texts) + 1, np.int64)
    found = loops.count_rows(
        levels,
        how.lowest,
        hashed.offsets,
        hashed.words,
        hashed.other_hashes,
        hashed.places,
        _headline_ends(texts, hashed, how),
        how.headline_weight,
        map_keys,
        map_places,
        keys,
        counts,
        references,
        indptr,
    )
    # copies, so that the rest of the room is freed
    tokens = _Tokens(hashed.folded, hashed.words[:, :2].copy(), hashed.units.copy())
    kept = (keys[:found].copy(), counts[:found].copy(), references[:found].copy())
    return _Chunk(tokens, *kept, indptr, hashed.lengths)


def _headline_ends(texts: Sequence[str | PreparedText], hashed: HashedTexts, how: CountOptions) -> NDArray[np.int64]:
    """Return the end of each headline, in the bytes of the hashed texts; a plain string has no headline."""
    ends = hashed.text_bounds[:-1].copy()
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            headline = text.text[: text.headline_length]
            ends[number] += len(utf8(how.analyzer.fold(headline) if number in hashed.folded_by_python else headline))
    return ends
