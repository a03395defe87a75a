"""Counts of each feature in each text of a corpus, made on several threads."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.corpus.stored.texts import StoredTexts
from classifier.terms import kernel
from classifier.terms.analyzer import DEFAULT_ANALYZER, Analyzer
from classifier.terms.encoding import lines_of, utf8
from classifier.terms.fingerprints import FingerprintTable, look_up, number_bits
from classifier.terms.hashing import HashedTexts, hash_texts
from classifier.text.prepare import PreparedText
from classifier.training.counts import loops
from classifier.training.counts.assembling import (
    CountedChunk,
    CountOptions,
    CountRows,
    FeatureNumbers,
    Tokens,
    in_order,
)
from classifier.training.counts.ordering import order_of_lines
from classifier.training.counts.pairs import WordPairs
from classifier.training.counts.repeated import MANY_CHARACTERS, RepeatedFeatures

_MAX_CHUNK = 1 << 19  # characters for one thread at a time: its working memory is up to a hundred times that


@dataclass(frozen=True)
class CountedTexts:
    """The counts of each feature in each text.

    ``counts`` is uint16, of shape (n_texts, n_features); counts above 65,535 are 65,535. It is float32 if headlines
    have a weight that is not a whole number. ``terms`` names its columns, in code point order, and ``keys`` (uint64)
    holds their fingerprints with seed 0; both have the shape (n_features,). ``n_words`` (int64) has the length of each
    text in words, of shape (n_texts,). ``analyzer`` found them. With ``has_singles``, features that only one text has
    were counted too. With ``by_frequency``, columns are in descending order of the number of texts that have them, and
    in code point order where these are equal. ``raised`` is the least number of texts that a feature must be in if that
    had to be raised to keep the number of features down; else None.
    """

    counts: csr_matrix
    terms: NDArray[np.object_]
    keys: NDArray[np.uint64]
    n_words: NDArray[np.int64]
    analyzer: Analyzer = DEFAULT_ANALYZER
    has_singles: bool = False
    by_frequency: bool = False
    raised: int | None = None

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
    for chunk in _chunks_to_number(texts, how, min_df):
        rows.add(chunk, features.number(chunk))
    df = features.df[: features.n]
    raised = None if how.most_features is None else _raised(df, min_df, how.most_features)
    kept = np.flatnonzero((df >= (raised or min_df)) & (df <= max_df))
    lines, keys = features.named(kept)
    order = order_of_lines(lines)
    if how.by_frequency:
        order = order[np.argsort(-df[kept[order]], kind="stable")]
    column_of = np.full(features.n, -1, np.int32)
    column_of[kept[order]] = np.arange(len(kept))
    del features
    terms = np.array([*lines_of(lines), None], dtype=object)[order]  # without None, NumPy would look into the strings
    matrix = rows.matrix(column_of, len(kept))
    has_singles = min_df <= 1 and raised is None
    return CountedTexts(matrix, terms, keys[order], rows.n_words, how.analyzer, has_singles, how.by_frequency, raised)


def _raised(df: NDArray[np.int32], min_df: float, most: int) -> int | None:
    """Return the least number of texts with which at most ``most`` features are left, if ``min_df`` leaves more."""
    if int(np.count_nonzero(df >= min_df)) <= most:
        return None
    n_with = np.bincount(df)[::-1].cumsum()[::-1]  # features in that many texts or more
    few_enough = np.flatnonzero((n_with <= most) & (n_with > 0))
    return int(few_enough[0]) if len(few_enough) else None


def _chunks_to_number(texts: Sequence[str | PreparedText], how: CountOptions, min_df: float) -> Iterator[CountedChunk]:
    """Count texts; those of a large corpus twice, to leave out at once what a single text has."""
    n_characters = sum(_lengths(texts))
    if min_df < 2 or n_characters < MANY_CHARACTERS:
        return _count_chunks(texts, how)
    repeated = RepeatedFeatures(_count_chunks(texts, how), n_characters)
    return _count_chunks(texts, how, repeated.of)


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


def _count_chunks(
    texts: Sequence[str | PreparedText], how: CountOptions, then: Callable[[CountedChunk], CountedChunk] | None = None
) -> Iterator[CountedChunk]:
    """Count texts in order, a few chunks ahead of the caller; ``then`` changes each chunk on its thread."""

    def count(share: tuple[int, int]) -> CountedChunk:
        chunk = _count_chunk(texts[slice(*share)], how)  # texts on disk are read here, on several threads
        return then(chunk) if then else chunk

    yield from in_order(count, list(_shares(texts, how.jobs)), how.jobs)


def _shares(texts: Sequence[str | PreparedText], jobs: int) -> Iterator[tuple[int, int]]:
    """Yield the bounds of shares of about the same size."""
    lengths = _lengths(texts)
    most = min(_MAX_CHUNK, sum(lengths) // (4 * jobs) + 1)
    begin = size = 0
    for end, length in enumerate(lengths, 1):
        size += length
        if size >= most:
            yield begin, end
            begin, size = end, 0
    if begin < len(texts):
        yield begin, len(texts)


def _lengths(texts: Sequence[str | PreparedText]) -> Sequence[int]:
    return texts.lengths if isinstance(texts, StoredTexts) else list(map(_length, texts))


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
