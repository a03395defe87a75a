"""Small weights of models with many sections, left out: most weights are small, and all together they move little.

A weight is left out if it is small even for a text that consists of its feature alone, so a feature that most articles
have needs a larger weight than a rare one. The other weights are rounded, so that two bytes hold each of them without
loss. Fold models and the final model are pruned alike: calibration and thresholds fit what is served.

docs/decisions/0057-many-sections.md gives the figures.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from classifier.terms.compiler import compiled_when_called
from classifier.terms.weighing import MOST_STEPS


def prune(weights: NDArray[np.float32], factors: NDArray[np.floating], least: float) -> NDArray[np.float32]:
    """Set small weights to 0 and round the others to multiples of each section's power of two, in place; return them.

    Parameters
    ----------
    weights : float32 array of shape (n_features, n_sections)
    factors : float array of shape (n_features,)
        The inverse document frequency of each feature.
    least : float
        A weight is kept if its size times the factor of its feature is at least this.
    """
    largest = np.zeros(weights.shape[1])
    _measure_largest(weights, largest)
    steps = np.exp2(np.ceil(np.log2(np.maximum(largest, np.finfo(np.float32).tiny) / MOST_STEPS)))
    _prune(weights, factors.astype(np.float32), np.float32(least), steps.astype(np.float32))
    return weights


@compiled_when_called("void", "const float32[:,:]", "float64[:]")
def _measure_largest(weights: Any, largest: Any) -> None:
    for i in range(len(weights)):
        for s in range(weights.shape[1]):
            largest[s] = max(largest[s], np.float64(abs(weights[i, s])))


@compiled_when_called("void", "float32[:,:]", "const float32[:]", "float32", "const float32[:]")
def _prune(weights: Any, factors: Any, least: Any, steps: Any) -> None:
    for i in range(len(weights)):
        for s in range(weights.shape[1]):
            weight = weights[i, s]
            rounded = np.float32(np.rint(weight / steps[s]) * steps[s])  # without a branch: faster
            weights[i, s] = rounded if abs(weight) * factors[i] >= least else np.float32(0.0)


class PrunedColumns:
    """Collects the weights of sections as they are pruned, without a table of all features and sections."""

    def __init__(self, n_features: int, n_sections: int) -> None:
        nothing = np.empty(0, np.int32), np.empty(0, np.float32)
        self._shape = n_features, n_sections
        self._columns: list[tuple[NDArray[np.int32], NDArray[np.float32]]] = [nothing] * n_sections

    def keep(self, weights: NDArray[np.float32], columns: NDArray[np.int64]) -> None:
        """Keep the pruned weights of some sections; each is given once, on any thread."""
        for lane, column in enumerate(columns.tolist()):
            kept = np.flatnonzero(weights[:, lane]).astype(np.int32)
            self._columns[column] = kept, weights[kept, lane]

    def matrix(self) -> csc_matrix:
        """Return all weights as a float32 matrix of shape (n_features, n_sections)."""
        features, weights = zip(*self._columns, strict=True) if self._columns else ((), ())
        indptr = np.concatenate([[0], np.cumsum([len(kept) for kept in features])])
        parts = np.concatenate([np.empty(0, np.float32), *weights]), np.concatenate([np.empty(0, np.int32), *features])
        return csc_matrix((*parts, indptr), shape=self._shape)
