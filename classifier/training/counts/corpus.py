"""Counts of each feature in each text of a corpus, made on several threads."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.terms import kernel
from classifier.terms.analyzer import DEFAULT_ANALYZER, Analyzer
from classifier.terms.encoding import lines_of, utf8
from classifier.terms.fingerprints import FingerprintTable, look_up, number_bits
from classifier.terms.hashing import HashedTexts, hash_texts
from classifier.text.prepare import PreparedText
from classifier.training.counts import loops
from classifier.training.counts.assembling import CountedChunk, CountOptions, CountRows, FeatureNumbers, Tokens
from classifier.training.counts.ordering import order_of_lines
from classifier.training.counts.pairs import WordPairs

_MAX_CHUNK = 1 << 19  # characters for one thread at a time: its working memory is up to a hundred times that
_CHUNKS_AHEAD = 2  # finished chunks for each thread that may wait: each is several times as large as its text


@dataclass(frozen=True)
class CountedTexts:
    """The counts of each feature in each text.

    ``counts`` is uint16, of shape (n_texts, n_features); counts above 65,535 are 65,535. It is float32 if headlines
    have a fractional weight. ``terms`` names its columns, in code point order, and ``keys`` (uint64) holds
    their fingerprints with seed 0; both have the shape (n_features,). ``n_words`` (int64) has the length of each text
    in words, of shape (n_texts,). ``analyzer`` found them. With ``has_singles``, features that only one text has were
    counted too. With ``by_frequency``, columns are in descending order of the number of texts
    that have them, and in code point order where these are equal.
    """

    counts: csr_matrix
    terms: NDArray[np.object_]
    keys: NDArray[np.uint64]
    n_words: NDArray[np.int64]
    analyzer: Analyzer = DEFAULT_ANALYZER
    has_singles: bool = False
    by_frequency: bool = False

    @cached_property
    def pairs(self) -> WordPairs:
        """The columns of pairs of words."""
        return WordPairs.of(self.terms)

    def without_single_pairs(self) -> "CountedTexts":
        """Return the counts without the pairs of words that only one text has."""
        df = np.bincount(self.counts.indices, minlength=self.counts.shape[1])
        kept = np.flatnonzero(~self.pairs.marks | (df > 1))
        return replace(self, counts=self.counts[:, kept], terms=self.terms[kept], keys=self.keys[kept])


def count_texts(
    texts: Sequence[str | PreparedText], how: CountOptions | None = None, min_df: float = 2, max_df: float = np.inf
) -> CountedTexts:
    """Count the features that occur in ``min_df`` to ``max_df`` texts.

    By default, features in a single text are left out.
    """
    how = how or CountOptions()
    features = FeatureNumbers()
    rows = CountRows(how)
    for chunk in _count_chunks(texts, how):
        rows.add(chunk, features.number(chunk))
    df = features.df[: features.n]
    kept = np.flatnonzero((df >= min_df) & (df <= max_df))
    lines, keys = features.named(kept)
    order = order_of_lines(lines)
    if how.by_frequency:
        order = order[np.argsort(-df[kept[order]], kind="stable")]
    column_of = np.full(features.n, -1, np.int32)
    column_of[kept[order]] = np.arange(len(kept))
    del features
    terms = np.array([*lines_of(lines), None], dtype=object)[order]  # without None, NumPy would look into the strings
    matrix = rows.matrix(column_of, len(kept))
    return CountedTexts(matrix, terms, keys[order], rows.n_words, how.analyzer, min_df <= 1, how.by_frequency)


def count_known(
    texts: Sequence[str | PreparedText], how: CountOptions, table: FingerprintTable, n_features: int
) -> csr_matrix:
    """Count the features of a table with seed 0; return a matrix of shape (n_texts, ``n_features``)."""
    rows = CountRows(how)
    for chunk in _count_chunks(texts, how):
        found = np.empty(len(chunk.keys), np.int32)
        look_up(chunk.keys, table.entries, number_bits(n_features), found)
        rows.add(chunk, found)
    return rows.matrix(np.arange(n_features, dtype=np.int32), n_features)


def _count_chunks(texts: Sequence[str | PreparedText], how: CountOptions) -> Iterator[CountedChunk]:
    """Count texts in order, a few chunks ahead of the caller."""
    shares = list(_shares(texts, how.jobs))
    if how.jobs <= 1 or len(shares) <= 1:
        yield from (_count_chunk(share, how) for share in shares)
        return
    waiting: deque[Future[CountedChunk]] = deque()
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


def _count_chunk(texts: Sequence[str | PreparedText], how: CountOptions) -> CountedChunk:
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
    tokens = Tokens(hashed.folded, hashed.words[:, :2].copy(), hashed.units.copy())
    kept = (keys[:found].copy(), counts[:found].copy(), references[:found].copy())
    return CountedChunk(tokens, *kept, indptr, hashed.lengths)


def _headline_ends(texts: Sequence[str | PreparedText], hashed: HashedTexts, how: CountOptions) -> NDArray[np.int64]:
    """Return the end of each headline, in the bytes of the hashed texts; a plain string has no headline."""
    ends = hashed.text_bounds[:-1].copy()
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            headline = text.text[: text.headline_length]
            ends[number] += len(utf8(how.analyzer.fold(headline) if number in hashed.folded_by_python else headline))
    return ends
