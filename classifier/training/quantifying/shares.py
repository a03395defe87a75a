"""The share of a section in articles without labels, from their probabilities, with an interval.

A model's probabilities are right on articles like those that it was trained on. In an archive a section may be rarer or
more frequent; then they are too high or too low, and so is the number of tags. The correction has two parts.

- Beta calibration (Kull, Silva Filho and Flach, 2017) of the out-of-fold probabilities: they must be right far from the
  thresholds as well, because most articles of an archive lie there. It is pulled towards no change.
- The change of prior (Saerens, Latinne and Decaestecker, 2002): the share at which the probabilities, rescaled to that
  share, have that share as their mean. It is right if the articles of a section, and the others, look as they did in
  training.

The interval has three parts: the calibration is known only as well as the training articles are many; the share is
estimated from a limited number of articles; and each of them may or may not have the section, whatever its
probability. docs/decisions/0037-coverage.md has the methods that were compared, and the figures.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.training.quantifying.reliability import BIN_LOGITS, ProbabilityCounts

LEVEL = 0.90
_DRAWS = 200
_STEPS = 25
_HALVINGS = 30
_MAX_NEWTON_STEPS = 50
#: The calibration that changes nothing, and how strongly a calibration is pulled towards it.
_UNCHANGED = np.array([1.0, 1.0, 0.0])
_PULL = np.array([2.0, 2.0, 0.5])
_LEAST_SLOPE = 0.05
#: The training articles say as much about an archive's calibration as that fraction of articles of the archive would:
#: news changes. Subset on parts of the starter corpus by date.
_RELEVANCE = 1 / 4
_LOG_P = -np.logaddexp(0.0, -BIN_LOGITS)
_LOG_REST = -np.logaddexp(0.0, BIN_LOGITS)
_INPUTS = np.column_stack([_LOG_P, -_LOG_REST, np.ones(len(BIN_LOGITS))])


@dataclass(frozen=True)
class Share:
    """The estimated share of a section in some articles, with the bounds of its 90 % interval."""

    value: float
    low: float
    high: float


class ShareEstimator:
    """Estimates the share of one section.

    Parameters
    ----------
    counts : ProbabilityCounts
        Of the section.
    seed : int
    """

    def __init__(self, counts: ProbabilityCounts, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        all_ = counts.labelled + counts.others
        best, covariance = _beta_calibration(counts.labelled.astype(np.float64), all_.astype(np.float64))
        drawn = self._rng.multivariate_normal(best, covariance / _RELEVANCE, size=_DRAWS, method="cholesky")
        drawn[:, :2] = np.maximum(drawn[:, :2], _LEAST_SLOPE)
        logits = drawn @ _INPUTS.T
        # without training articles, any share is as good a start: the calibration is then no more than its pull
        prior = _logistic(logits) @ all_ / int(all_.sum()) if all_.any() else np.full(_DRAWS, 0.5)
        # how many times as likely a bin is for an article with the section as for another one, in each draw
        self._ratios = np.exp(np.clip(logits, -50, 50)) * ((1 - prior) / prior)[:, None]

    def share(self, articles: NDArray[np.int64]) -> Share:
        """Return the share of the section in articles, which are counted by bin: int64, of shape (`N_BINS`,)."""
        occupied = np.flatnonzero(articles)
        n, counts = int(articles.sum()), articles[occupied]
        if not n:
            return Share(0.0, 0.0, 1.0)
        found = self._draw(self._ratios[:, occupied], counts, n) / n
        low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        value = float(found.mean())  # in a small period it may lie between two numbers of articles
        return Share(value, min(float(low), value), max(float(high), value))

    def _draw(self, ratios: NDArray[np.float64], counts: NDArray[np.int64], n: int) -> NDArray[np.float64]:
        """Draw how many of the articles have the section, once for each calibration: float64 of shape (n_draws,).

        Gibbs sampling in turn of this number and of the share behind it; it begins at the most likely share.
        """
        share = _most_likely(ratios, counts, n)
        for _ in range(_STEPS):
            p = _posterior(ratios, share)
            # the sum of many rare events, as a normal number: only the last draw below is reported
            spread = np.sqrt((p * (1 - p)) @ counts)
            number = np.clip(self._rng.normal(p @ counts, spread), 0, n)
            share = np.clip(self._rng.beta(number + 0.5, n - number + 0.5), 1e-9, 1 - 1e-9)
        drawn = self._rng.binomial(counts, _posterior(ratios, share))
        return np.asarray(drawn.sum(axis=1), dtype=np.float64)


def _posterior(ratios: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the probability of each bin at a share, one row a draw."""
    odds = ratios * (share / (1 - share))[:, None]
    return np.asarray(odds / (1 + odds))


def _most_likely(ratios: NDArray[np.float64], counts: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Return the share that equals its own mean probability, one a draw, by halving the range that holds it."""
    low, high = np.full((2, len(ratios)), [[1e-9], [1 - 1e-9]])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_higher = (_posterior(ratios, middle) @ counts + 0.5) / (n + 1) > middle
        low, high = np.where(is_higher, middle, low), np.where(is_higher, high, middle)
    return np.asarray((low + high) / 2)


def _logistic(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -50, 50))))


def _beta_calibration(
    labelled: NDArray[np.float64], all_: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the parameters of a section's beta calibration and their covariance, by Newton's method."""
    parameters = _UNCHANGED.copy()
    for _ in range(_MAX_NEWTON_STEPS):
        p = _logistic(_INPUTS @ parameters)
        gradient = _INPUTS.T @ (all_ * p - labelled) + _PULL * (parameters - _UNCHANGED)
        hessian = (_INPUTS * (all_ * p * (1 - p))[:, None]).T @ _INPUTS + np.diag(_PULL)
        step = np.linalg.solve(hessian, gradient)
        parameters = parameters - step * min(1.0, 2 / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    p = _logistic(_INPUTS @ parameters)
    hessian = (_INPUTS * (all_ * p * (1 - p))[:, None]).T @ _INPUTS + np.diag(_PULL)
    covariance = np.linalg.inv(hessian)
    return parameters, (covariance + covariance.T) / 2
