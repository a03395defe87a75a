"""From texts to a TF-IDF matrix: `TfidfWeights` for each fold of texts counted once, `TfidfFeatures` in one step."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from classifier.terms.analyzer import Analyzer
from classifier.terms.definition import Subwords
from classifier.terms.fingerprints import make_table
from classifier.terms.weighing import inverse_document_frequency
from classifier.text.prepare import PreparedText
from classifier.training.counts import loops
from classifier.training.counts.assembling import CountOptions
from classifier.training.counts.corpus import CountedTexts, count_known, count_texts
from classifier.training.counts.pairs import WordPairs


@dataclass(frozen=True)
class TfidfWeights:
    """The features that a set of articles keeps, as columns of the counts, and their inverse document frequency.

    ``columns`` is an int64 array and ``idf`` a float64 array, both of shape (n_kept,). The ``idf`` of pairs of words
    includes their weight, so serving knows nothing of it.
    """

    columns: NDArray[np.int64]
    idf: NDArray[np.float64]

    @classmethod
    def fit(
        cls,
        counts: csr_matrix,
        min_df: int | NDArray[np.int64],
        max_df: float,
        pairs: WordPairs | None = None,
        pair_weight: float = 1.0,
        rows: NDArray[np.int64] | None = None,
        phrase_weight: float = 1.0,
    ) -> "TfidfWeights":
        """Keep the features found in at least ``min_df`` articles and in at most the share ``max_df`` of them.

        ``min_df`` may also be an array with a number for each feature, of shape (n_features,).
        Only the articles ``rows`` count, by default all. The ``idf`` of ``pairs`` is multiplied by ``pair_weight``;
        with 0 they are dropped. That of pairs that are phrases in these articles is also multiplied by
        ``phrase_weight``.
        """
        rows = np.arange(counts.shape[0]) if rows is None else rows
        indptr, indices, _ = parts_of(counts)
        frequency = np.zeros(counts.shape[1], np.int64)
        loops.add_document_frequency(rows, indptr, indices, frequency)
        weight = np.ones(counts.shape[1])
        if pairs is not None:
            weight[pairs.marks] = pair_weight
            weight[pairs.phrases(frequency)] *= phrase_weight
        kept = np.flatnonzero((frequency >= min_df) & (frequency <= max_df * len(rows)) & (weight > 0))
        return cls(kept, weight[kept] * inverse_document_frequency(frequency[kept], len(rows)))

    def transform(
        self, counts: csr_matrix, sublinear: bool = True, rows: NDArray[np.int64] | None = None
    ) -> csr_matrix:
        """Return the float64 TF-IDF matrix of shape (n_texts, n_kept), each row of unit length.

        With ``rows``, only the rows of these articles are returned, in the given order; their counts are not copied.
        """
        rows = np.arange(counts.shape[0]) if rows is None else rows
        column_of = np.full(counts.shape[1], -1, np.int32)
        column_of[self.columns] = np.arange(len(self.columns))
        indptr, indices, values = parts_of(counts)
        room = int((indptr[rows + 1] - indptr[rows]).sum())
        kept, columns, weights = np.empty(len(rows) + 1, np.int64), np.empty(room, np.int32), np.empty(room)
        n = loops.weigh_rows[values.dtype](
            rows, indptr, indices, values, column_of, self.idf, sublinear, kept, columns, weights
        )
        return csr_matrix((weights[:n], columns[:n], kept), shape=(len(rows), len(self.columns)))


def parts_of(counts: csr_matrix) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:
    """Return the arrays of a matrix of counts, in the types that compiled code takes; copied only if needed."""
    data = counts.data if counts.data.dtype == np.uint16 else counts.data.astype(np.float32, copy=False)
    return (
        counts.indptr.astype(np.int64, copy=False),
        counts.indices.astype(np.int32, copy=False),
        data,
    )


class TfidfFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TF-IDF of terms and pairs: the matrix of scikit-learn's TfidfVectorizer, computed many times as fast.

    With the defaults it is the matrix of ``TfidfVectorizer(analyzer=features, sublinear_tf=True)``, with `features` of
    `classifier.terms.definition`. Columns are in code point order of the terms.

    Parameters
    ----------
    min_df, max_df : int or float
        Keep features found in at least and at most this number of texts (int), or this share of them (float).
    max_features : int, optional
        Keep only this number of features: the ones that occur most often.
    ngram_range : tuple of (int, int)
        The minimum and maximum number of words of a feature. Units of scripts without spaces, and subwords, are
        features if the minimum is 1.
    subwords : {"off", "non-latin", "on"}
        The words whose parts of 2 to 4 letters are features too.
    sublinear_tf : bool
        Replace the count by ``1 + ln(count)``.
    headline_weight : float
        The weight of a term in the headline. Plain strings have no headline.
    n_jobs : int, optional
        Number of threads; -1 for one for each core, None for one.

    Attributes
    ----------
    terms_ : object array of shape (n_features,)
    idf_ : float64 array of shape (n_features,)

    Examples
    --------
    >>> texts = ["Troops at the border", "The border is quiet", "A quiet day"]
    >>> features = TfidfFeatures(min_df=2).fit(texts)
    >>> features.get_feature_names_out().tolist()
    ['border', 'quiet', 'the', 'the border']
    >>> features.transform(["A quiet border"]).toarray().round(2).tolist()
    [[0.71, 0.71, 0.0, 0.0]]
    """

    def __init__(
        self,
        *,
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        ngram_range: tuple[int, int] = (1, 2),
        subwords: str = "off",
        sublinear_tf: bool = True,
        headline_weight: float = 1.0,
        n_jobs: int | None = None,
    ) -> None:
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.ngram_range = ngram_range
        self.subwords = subwords
        self.sublinear_tf = sublinear_tf
        self.headline_weight = headline_weight
        self.n_jobs = n_jobs

    def fit(self, X: Iterable[str | PreparedText], y: object = None) -> Self:  # noqa: ARG002, N803
        """Learn the features and their inverse document frequency.

        Parameters
        ----------
        X : iterable of str or PreparedText
        y : ignored

        Raises
        ------
        ValueError
            If a parameter is invalid, or no feature is left.
        """
        self._fit(X)
        return self

    def fit_transform(self, X: Iterable[str | PreparedText], y: object = None) -> csr_matrix:  # noqa: ARG002, N803
        """Return the result of `fit` and `transform`, counting only once."""
        counted = self._fit(X)
        return self._weights().transform(counted.counts, self.sublinear_tf)

    def transform(self, X: Iterable[str | PreparedText]) -> csr_matrix:  # noqa: N803
        """Return the float64 TF-IDF matrix of shape (n_texts, n_features), each row of unit length or empty."""
        check_is_fitted(self)
        counts = count_known(_listed(X), self._counting(), self._table, len(self.terms_))
        return self._weights().transform(counts, self.sublinear_tf)

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return the terms, column by column."""
        check_is_fitted(self)
        return self.terms_

    def _fit(self, X: Iterable[str | PreparedText]) -> CountedTexts:  # noqa: N803
        self._check_parameters()
        texts = _listed(X)
        bounds = [bound if isinstance(bound, Integral) else bound * len(texts) for bound in (self.min_df, self.max_df)]
        if bounds[1] < bounds[0]:
            raise ValueError("max_df corresponds to fewer texts than min_df. Fix: raise max_df or lower min_df")
        counted = count_texts(texts, self._counting(), *bounds)
        if self.max_features is not None and self.max_features < len(counted.terms):
            totals = np.asarray(counted.counts.sum(axis=0, dtype=np.float64)).ravel()
            kept = np.sort(np.argsort(-totals, kind="stable")[: self.max_features])
            counted = replace(
                counted, counts=counted.counts[:, kept], terms=counted.terms[kept], keys=counted.keys[kept]
            )
        if not len(counted.terms):
            raise ValueError("no features are left. Fix: lower min_df, raise max_df, or pass texts with terms")
        self.terms_ = counted.terms
        self._table = make_table(0, counted.keys)
        self.idf_ = inverse_document_frequency(np.bincount(counted.counts.indices), len(texts))
        return counted

    def _weights(self) -> TfidfWeights:
        return TfidfWeights(np.arange(len(self.terms_)), self.idf_)

    def _counting(self) -> CountOptions:
        jobs = (os.cpu_count() or 1) if self.n_jobs == -1 else self.n_jobs or 1
        analyzer = Analyzer(subwords=Subwords(self.subwords))
        return CountOptions(*self.ngram_range, float(self.headline_weight), jobs, analyzer)

    def _check_parameters(self) -> None:
        for name in ("min_df", "max_df"):
            value = getattr(self, name)
            is_share = _is_real(value) and not isinstance(value, Integral) and 0 <= value <= 1
            if not is_share and not _is_whole(value, 1):
                raise ValueError(f"{name} must be a whole number from 1, or a share from 0.0 to 1.0; it is {value!r}")
        if self.max_features is not None and not _is_whole(self.max_features, 1):
            raise ValueError(f"max_features must be None or a whole number from 1; it is {self.max_features!r}")
        n_terms = self.ngram_range
        if not (isinstance(n_terms, tuple) and len(n_terms) == 2 and all(_is_whole(n, 1) for n in n_terms)):
            raise ValueError(f"ngram_range must be a tuple of two whole numbers from 1; it is {n_terms!r}")
        if self.subwords not in list(Subwords):
            raise ValueError(f"subwords must be one of {', '.join(Subwords)}; it is {self.subwords!r}")
        if n_terms[0] > n_terms[1]:
            raise ValueError(f"ngram_range must not start with the larger number; it is {n_terms!r}")
        if not (_is_real(self.headline_weight) and 0 < self.headline_weight < np.inf):
            raise ValueError(f"headline_weight must be a number above 0; it is {self.headline_weight!r}")
        if self.n_jobs not in (None, -1) and not _is_whole(self.n_jobs, 1):
            raise ValueError(f"n_jobs must be None, -1 or a whole number from 1; it is {self.n_jobs!r}")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_whole(value: object, least: int) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least


def _listed(texts: Iterable[str | PreparedText]) -> list[str | PreparedText]:
    if isinstance(texts, str):
        raise ValueError("expected a list or another iterable of texts, but got a single string. Fix: pass [text]")  # noqa: TRY004 - as in scikit-learn
    listed = list(texts)
    for number, text in enumerate(listed):
        if not isinstance(text, str | PreparedText):
            raise ValueError(f"text {number} is a {type(text).__name__}. Fix: pass strings")  # noqa: TRY004
    return listed
