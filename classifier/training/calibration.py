"""Margins to probabilities, and the thresholds that turn probabilities into decisions."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import beta

#: With fewer positives than this, a section borrows the calibration of all sections together.
MIN_POSITIVES_FOR_OWN_CALIBRATION = 10
#: A section's own threshold counts as much as the global one when it has this many positives.
SHRINKAGE_POSITIVES = 20
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Platt:
    """A margin's logit: ``slope * margin + offset``."""

    slope: float
    offset: float

    def probabilities(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each margin, an array of the same shape."""
        return np.asarray(expit(self.slope * margins + self.offset), dtype=np.float64)


@dataclass(frozen=True)
class SectionRule:
    """How one section's margins become decisions.

    ``suggest`` and ``apply`` are probabilities; ``apply`` is None for a section that always needs an editor.
    """

    platt: Platt
    suggest: float
    apply: float | None


def fit_platt(margins: NDArray[np.float64], labels: NDArray[np.bool_]) -> Platt:
    """Fit Platt scaling by Newton's method with backtracking.

    Platt (1999), with the regularised targets of that paper and the numerically sound iteration of Lin, Lin and Weng,
    "A note on Platt's probabilistic outputs for support vector machines" (2007).

    Parameters
    ----------
    margins : float64 array of shape (n,)
    labels : bool array of shape (n,)
    """
    positives = int(labels.sum())
    negatives = len(labels) - positives
    target = np.where(labels, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    slope, offset = 0.0, float(np.log((positives + 1) / (negatives + 1)))
    loss = _cross_entropy(margins, target, slope, offset)
    for _ in range(100):
        p = expit(slope * margins + offset)
        gradient = np.array([margins @ (p - target), (p - target).sum()])
        if np.abs(gradient).max() < 1e-7 * len(margins):
            break
        curvature = p * (1 - p)
        a = margins * curvature
        hessian = np.array([[margins @ a, a.sum()], [a.sum(), curvature.sum()]]) + 1e-12 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-10:
            new = _cross_entropy(margins, target, slope - size * step[0], offset - size * step[1])
            if new <= loss - 1e-4 * size * float(gradient @ step):
                break
            size /= 2
        else:
            break
        slope, offset, loss = slope - size * step[0], offset - size * step[1], new
    return Platt(float(slope), float(offset))


def _cross_entropy(margins: NDArray[np.float64], target: NDArray[np.float64], slope: float, offset: float) -> float:
    logits = slope * margins + offset
    return float((np.logaddexp(0, logits) - target * logits).sum())


def fit_rules(margins: NDArray[np.float64], labels: NDArray[np.bool_], target_precision: float) -> list[SectionRule]:
    """Calibrate every section and choose its thresholds.

    Parameters
    ----------
    margins : float64 array of shape (n_articles, n_sections)
        Out-of-fold: the model that gave a margin had not seen the article.
    labels : bool array of the same shape
    target_precision : float
        What the 95 % lower confidence bound of the precision of applied tags must reach.
    """
    pooled = fit_platt(margins.ravel(), labels.ravel())
    platts = [_section_platt(margins[:, s], labels[:, s], pooled) for s in range(labels.shape[1])]
    probabilities = np.column_stack([p.probabilities(margins[:, s]) for s, p in enumerate(platts)])
    overall = f1_threshold(probabilities.ravel(), labels.ravel())
    rules = []
    for s, platt in enumerate(platts):
        positives = int(labels[:, s].sum())
        own = f1_threshold(probabilities[:, s], labels[:, s])
        suggest = (positives * own + SHRINKAGE_POSITIVES * overall) / (positives + SHRINKAGE_POSITIVES)
        sure = precision_threshold(probabilities[:, s], labels[:, s], target_precision)
        rules.append(SectionRule(platt, suggest, None if sure is None else max(sure, suggest)))
    return rules


def _section_platt(margins: NDArray[np.float64], labels: NDArray[np.bool_], pooled: Platt) -> Platt:
    if labels.sum() < MIN_POSITIVES_FOR_OWN_CALIBRATION:
        return pooled
    own = fit_platt(margins, labels)
    # a slope that is not positive says that the margins rank nothing: a higher one must never mean a lower probability
    return own if own.slope > 0 else pooled


def f1_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Return the probability at which to cut for the best F1: half of that F1; 0.5 without positives.

    Where probabilities are calibrated that cut is the best one (Lipton, Elkan and Naryanaswamy, "Optimal thresholding
    of classifiers to maximize F1 measure", 2014). The best cut of the sample itself jumps from sample to sample.
    """
    return best_f1(probabilities, labels) / 2 if labels.any() else 0.5


def best_f1(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Return the F1 of the best cut through probabilities, both arrays of shape (n,); there is a positive."""
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + labels.sum())
    f1[:-1][ranked[:-1] == ranked[1:]] = 0.0  # a cut between equals cannot be made
    return float(f1.max())


def precision_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.bool_], target: float) -> float | None:
    """Return the lowest threshold whose precision is at least ``target`` with 95 % confidence, or None.

    The bound is that of Clopper and Pearson (1934), one-sided.
    """
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    hits = np.cumsum(labels[order])
    misses = np.arange(1, len(hits) + 1) - hits
    bound = np.where(hits > 0, beta.ppf(1 - CONFIDENCE, np.maximum(hits, 1), misses + 1), 0.0)
    bound[:-1][ranked[:-1] == ranked[1:]] = 0.0
    good = np.flatnonzero(bound >= target)
    return float(ranked[good[-1]]) if len(good) else None


def decide(probabilities: NDArray[np.float64], thresholds: Iterable[float | None]) -> NDArray[np.bool_]:
    """Return which probabilities, of shape (n_articles, n_sections), reach their section's threshold."""
    cuts = np.array([np.inf if threshold is None else threshold for threshold in thresholds])
    return probabilities >= cuts
