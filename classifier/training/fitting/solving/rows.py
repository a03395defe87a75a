"""Articles as rows of TF-IDF that are worked out where they are read: from counts that all fits share."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.terms.compiler import compiled_when_called
from classifier.training.fitting.features import TfidfWeights, parts_of


@dataclass(frozen=True)
class TfidfRows:
    """Articles as rows of TF-IDF.

    The value of a feature of article ``i`` is ``levels[count] * factors[column] * lengths[i]``, or that of ``values``.

    Parameters
    ----------
    rows : int64 array of shape (n_articles,)
        The rows of the sparse matrix that the articles have.
    indptr, indices, counts : int64, int32 and uint16 arrays
        Of a sparse matrix of counts, which is not copied.
    values : float32 array
        Values that were worked out before, instead of counts; otherwise empty.
    levels : float32 array
        The value of each count before it is multiplied.
    factors : float32 array of shape (n_columns,)
        The inverse document frequency of each column, 0 if it is left out.
    lengths : float32 array of shape (n_articles,)
        The inverse of each article's length, so that its row is of unit length; 0 if it has no feature.
    """

    rows: NDArray[np.int64]
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    counts: NDArray[np.uint16]
    values: NDArray[np.float32]
    levels: NDArray[np.float32]
    factors: NDArray[np.float32]
    lengths: NDArray[np.float32]

    @classmethod
    def of_counts(cls, counts: csr_matrix, tfidf: TfidfWeights, rows: NDArray[np.int64] | None = None) -> "TfidfRows":
        """Return rows of counts, by default all, with TF-IDF as `TfidfWeights.transform` has it.

        Raises
        ------
        ValueError
            If a count is not a whole number up to 65,535.
        """
        rows = np.arange(counts.shape[0]) if rows is None else rows
        indptr, indices, data = parts_of(counts)
        whole = data.astype(np.uint16, copy=False)
        if whole is not data and not (whole == data).all():
            raise ValueError("counts must be whole numbers up to 65,535")
        levels = np.append(0.0, 1.0 + np.log(np.arange(1, int(data.max(initial=1)) + 1))).astype(np.float32)
        factors = np.zeros(counts.shape[1], np.float32)
        factors[tfidf.columns] = tfidf.idf
        lengths = np.zeros(len(rows), np.float32)
        parts = rows, indptr, indices, whole, np.empty(0, np.float32), levels, factors
        _measure(*parts, lengths)
        return cls(*parts, lengths)

    @classmethod
    def of_values(cls, features: csr_matrix) -> "TfidfRows":
        """Return the rows of a matrix as they are."""
        n, n_columns = features.shape
        indptr, indices = features.indptr.astype(np.int64), features.indices.astype(np.int32, copy=False)
        own = np.empty(0, np.uint16), features.data.astype(np.float32), np.empty(0, np.float32)
        return cls(np.arange(n), indptr, indices, *own, np.ones(n_columns, np.float32), np.ones(n, np.float32))

    @property
    def parts(self) -> tuple[Any, Any, Any, Any, Any, Any, Any, Any]:
        """The arrays as compiled code takes them."""
        shared = self.rows, self.indptr, self.indices, self.counts, self.values
        return *shared, self.levels, self.factors, self.lengths

    def sums(
        self, labels: NDArray[np.bool_], total: NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the sum of each feature over the articles with each section, and over all articles.

        Parameters
        ----------
        labels : bool array of shape (n_articles, n_sections)
        total : float64 array of shape (n_columns,), optional
            The sums over all articles, if they are known: then only articles with a section are read.

        Returns
        -------
        float64 arrays of shape (n_columns, n_sections) and (n_columns,)
        """
        inside, added = np.zeros((len(self.factors), labels.shape[1])), np.zeros(len(self.factors))
        rest = np.ascontiguousarray(labels), inside, added, total is None
        _add_sums(*self.parts, *rest)
        return inside, added if total is None else total

    def margins(
        self, weights: NDArray[np.float32], intercepts: NDArray[np.float64], places: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """Return the margins of the articles, of shape (n_articles, n_sections); NaN for those without a feature.

        Parameters
        ----------
        weights : float32 array of shape (n_features, n_sections)
        intercepts : float64 array of shape (n_sections,)
        places : int32 array of shape (n_columns,)
            The row of the weights that each column has; any number for columns that are left out.
        """
        margins = np.empty((len(self.rows), weights.shape[1]))
        rest = places, weights, intercepts, margins
        _write_margins(*self.parts, *rest)
        return margins


_COUNTS = "const int64[:]", "const int64[:]", "const int32[:]", "const uint16[:]", "const float32[:]"
_ROWS = *_COUNTS, "const float32[:]", "const float32[:]"


@compiled_when_called("void", *_ROWS, "float32[:]")
def _measure(
    rows: Any,
    indptr: Any,
    indices: Any,
    counts: Any,
    values: Any,  # noqa: ARG001
    levels: Any,
    factors: Any,
    lengths: Any,
) -> None:
    """Write the inverse length of each article."""
    for i, row in enumerate(rows):
        squares = 0.0
        for j in range(indptr[row], indptr[row + 1]):
            value = np.float64(levels[counts[j]] * factors[np.uint32(indices[j])])
            squares += value * value
        if squares > 0.0:
            lengths[i] = 1.0 / np.sqrt(squares)


@compiled_when_called("void", *_ROWS, "const float32[:]", "const bool_[:,:]", "float64[:,:]", "float64[:]", "bool_")
def _add_sums(
    rows: Any,
    indptr: Any,
    indices: Any,
    counts: Any,
    values: Any,
    levels: Any,
    factors: Any,
    lengths: Any,
    labels: Any,
    inside: Any,
    total: Any,
    with_total: bool,
) -> None:
    """Add each feature's values to ``total`` if asked to, and to ``inside`` for the sections of the article."""
    n_sections = labels.shape[1]
    found = np.empty(n_sections, np.int64)
    for i, row in enumerate(rows):
        n_found = 0
        for s in range(n_sections):
            if labels[i, s]:
                found[n_found] = s
                n_found += 1
        if not n_found and not with_total:
            continue
        for j in range(indptr[row], indptr[row + 1]):
            column = np.uint32(indices[j])  # signed, numba would look for negative places
            value = values[j] if len(values) else levels[counts[j]] * factors[column] * lengths[i]
            if with_total:
                total[column] += value
            for k in range(n_found):
                inside[column, found[k]] += value


@compiled_when_called(
    "void", *_ROWS, "const float32[:]", "const int32[:]", "const float32[:,:]", "const float64[:]", "float64[:,:]"
)
def _write_margins(
    rows: Any,
    indptr: Any,
    indices: Any,
    counts: Any,
    values: Any,
    levels: Any,
    factors: Any,
    lengths: Any,
    places: Any,
    weights: Any,
    intercepts: Any,
    margins: Any,
) -> None:
    """Write the margins of the articles."""
    n_sections = weights.shape[1]
    for i, row in enumerate(rows):
        margin, known = margins[i], False
        margin[:] = intercepts
        for j in range(indptr[row], indptr[row + 1]):
            column = np.uint32(indices[j])  # signed, numba would look for negative places
            if factors[column] == np.float32(0.0):
                continue
            known = True
            value = values[j] if len(values) else levels[counts[j]] * factors[column] * lengths[i]
            place = np.uint32(places[column])
            for s in range(n_sections):
                margin[s] += np.float64(value * weights[place, s])
        if not known:
            margin[:] = np.nan
