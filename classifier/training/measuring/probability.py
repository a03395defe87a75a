"""The quality of probabilities: average precision, Brier score, calibration error, and the curves behind them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CALIBRATION_BINS = 15
#: Pairs of article and section below this are left out: almost all pairs are, and they would hide the others.
LEAST_PROBABILITY = 0.01


@dataclass(frozen=True)
class Bin:
    """Pairs of similar probability: their number, their mean probability and the share of them that are right."""

    n: int
    probability: float
    observed: float


def reliability(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> list[Bin]:
    """Return up to 15 bins of equal size of the probabilities above 0.01, lowest first; arrays of any equal shape."""
    p, y = probabilities.ravel(), labels.ravel()
    chosen = p > LEAST_PROBABILITY
    p, y = p[chosen], y[chosen]
    order = np.argsort(p, kind="stable")
    parts = np.array_split(order, CALIBRATION_BINS)
    return [Bin(len(part), float(p[part].mean()), float(y[part].mean())) for part in parts if len(part)]


def expected_calibration_error(bins: list[Bin]) -> float | None:
    """Return the mean distance between probability and observed share over bins, weighted by size; None without bins.

    Naeini, Cooper and Hauskrecht (2015), with bins of equal size. With few pairs, a bin's share is mostly chance and
    the error is overstated.
    """
    n = sum(b.n for b in bins)
    return sum(b.n * abs(b.probability - b.observed) for b in bins) / n if n else None


def brier(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> float | None:
    """Return the mean squared distance between probabilities and labels (Brier, 1950); None if there are none.

    Both arrays have the same shape, which may be any.
    """
    return float(np.mean((probabilities - labels) ** 2)) if probabilities.size else None


def precision_recall(
    probabilities: NDArray[np.float64], labels: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return precision and recall at each distinct probability, the highest first, of shape (n_distinct,)."""
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    last = np.flatnonzero(np.r_[ranked[1:] != ranked[:-1], True]) if len(ranked) else np.zeros(0, dtype=np.int64)
    hits = np.cumsum(labels[order])[last]
    return hits / (last + 1), hits / max(int(labels.sum()), 1)


def average_precision(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> float | None:
    """Return the mean of precision over recall steps, as scikit-learn does; None if there are no labels."""
    if not labels.any():
        return None
    precision, recall = precision_recall(probabilities, labels)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))
