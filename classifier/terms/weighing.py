"""What the margins of a text are made of: TF-IDF values, computed alike by training and serving, and weights.

TF-IDF is sublinear term frequency times smooth inverse document frequency, scaled to unit length, as in scikit-learn's
TfidfTransformer with ``sublinear_tf=True`` and the other parameters at their defaults. Weights are a table of features
and sections, or, of many sections, `SparseRows`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.terms.kernel import find_weights

#: A weight is a whole number of steps up to this, so that two bytes hold it.
MOST_STEPS = 32_767
#: The number of a section has two bytes as well.
MOST_SECTIONS = 1 << 16
#: A weight in a file; compiled code reads both numbers as one of four bytes.
ENTRY = np.dtype([("section", "<u2"), ("steps", "<i2")])


def inverse_document_frequency(document_frequency: NDArray[np.int64], n_documents: int) -> NDArray[np.float64]:
    """Return ``ln((1 + n) / (1 + df)) + 1`` for each feature."""
    return np.asarray(np.log((1.0 + n_documents) / (1.0 + document_frequency)) + 1.0)


def tfidf(counts: NDArray[np.int64], idf: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit-length TF-IDF values of one text's features.

    Parameters
    ----------
    counts : int64 array of shape (n_known,)
        How often each known feature occurs; at least 1.
    idf : float64 array of shape (n_known,)
        The inverse document frequency of the same features.

    Returns
    -------
    float64 array of shape (n_known,)
    """
    values = (1.0 + np.log(counts)) * idf
    length = np.sqrt(values @ values)
    return values / length if length else values


@dataclass(frozen=True)
class SparseRows:
    """The weights of each feature that are not 0, in the order of the sections.

    Parameters
    ----------
    starts : int64 array of shape (n_features + 1,)
        Where the entries of each feature begin and, last, the end.
    entries : array of `ENTRY`, of shape (n_entries,)
        The section of a weight, and how many steps it is.
    scales : float64 array of shape (n_sections,)
        The step of each section: a power of two.
    """

    starts: NDArray[np.int64]
    entries: NDArray[Any]
    scales: NDArray[np.float64]

    @classmethod
    def of_columns(
        cls, indptr: NDArray[np.integer], features: NDArray[np.integer], weights: NDArray[np.float32], n_features: int
    ) -> "SparseRows":
        """Return weights that are given section by section.

        Parameters
        ----------
        indptr : integer array of shape (n_sections + 1,)
            Where the weights of each section begin and, last, the end.
        features, weights : arrays of shape (n_entries,)
            Each weight that is not 0, and its feature, ascending in each section.
        n_features : int

        Raises
        ------
        ValueError
            If there are more than 65,536 sections, or a weight is not a whole number of steps.
        """
        n_sections = len(indptr) - 1
        if n_sections > MOST_SECTIONS:
            raise ValueError(f"{n_sections:,} sections are too many: the most are {MOST_SECTIONS:,}")
        sections = np.repeat(np.arange(n_sections), np.diff(indptr))
        largest = np.zeros(n_sections, weights.dtype)
        np.maximum.at(largest, sections, np.abs(weights))
        scales = np.exp2(np.ceil(np.log2(np.where(largest > 0, largest, 1).astype(np.float64) / MOST_STEPS)))
        steps = weights / scales[sections]
        if not np.array_equal(steps, np.rint(steps)):
            raise ValueError("a weight is not a whole number of steps")
        order = np.argsort(features, kind="stable")
        entries = np.empty(len(order), ENTRY)
        entries["section"], entries["steps"] = sections[order], steps[order]
        starts = np.concatenate([[0], np.cumsum(np.bincount(features, minlength=n_features))])
        return cls(starts.astype(np.int64), entries, scales)

    @property
    def shape(self) -> tuple[int, int]:
        """The numbers of features and of sections."""
        return len(self.starts) - 1, len(self.scales)

    @property
    def parts(self) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.float64]]:
        """The arrays as compiled code takes them."""
        return np.asarray(self.starts), np.asarray(self.entries).view(np.uint32), np.asarray(self.scales)

    def of(self, numbers: NDArray[np.int32], section: int) -> NDArray[np.float64]:
        """Return the weights of some features in a section, of the shape of ``numbers``."""
        found = np.empty(len(numbers))
        find_weights(*self.parts, numbers, section, found)
        return found

    def in_order(self, order: NDArray[np.integer]) -> "SparseRows":
        """Return the rows of the features in this order."""
        lengths = np.diff(self.starts)[order]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        places = np.repeat(self.starts[order] - starts[:-1], lengths) + np.arange(starts[-1])
        return SparseRows(starts, self.entries[places], self.scales)

    def heaviest(self) -> NDArray[np.float64]:
        """Return an upper bound of the weights of each section, without regard to their sign."""
        return np.asarray(self.scales * (MOST_STEPS + 1))

    def problem(self) -> str | None:
        """Return why the arrays cannot be used, or None: compiled code trusts the numbers in them."""
        arrays = self.starts, self.entries, self.scales
        if [a.ndim for a in arrays] != [1, 1, 1] or [a.dtype for a in arrays] != [np.int64, ENTRY, np.float64]:
            return "the arrays have other shapes or types than those of sparse weights"
        n_features, n_sections = self.shape
        if n_features < 0 or self.starts[0] != 0 or self.starts[-1] != len(self.entries):
            return "the rows do not begin and end where the weights do"
        if n_features and int(np.diff(self.starts).min()) < 0:
            return "the rows are not in ascending order"
        if len(self.entries) and int(self.entries["section"].max()) >= n_sections:
            return "a weight belongs to a section that does not exist"
        if n_sections and not float(self.scales.min()) > 0:
            return "a section has no step above 0"
        return None


def of_features(weights: NDArray[np.float32] | SparseRows, numbers: NDArray[np.int32], section: int) -> NDArray[Any]:
    """Return the weights of some features in a section, from rows of either kind."""
    return weights.of(numbers, section) if isinstance(weights, SparseRows) else weights[numbers, section]
