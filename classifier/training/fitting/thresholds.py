"""The probabilities at which a tag is suggested, and at which it goes without an editor.

docs/decisions/0005-settings-and-thresholds.md says why they are chosen so, with figures.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

CUT_CONFIDENCE = 0.98


def f1_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Return the probability at which to cut for the best F1: half of that F1; 0.5 without positives.

    Where probabilities are calibrated that cut is the best one (Lipton, Elkan and Naryanaswamy, "Optimal thresholding
    of classifiers to maximize F1 measure", 2014). The best cut of the sample itself jumps from sample to sample.
    """
    return expected_f1(probabilities, labels) / 2 if labels.any() else 0.5


def expected_f1(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Return the F1 to expect of the best cut through probabilities, both arrays of shape (n,); there is a positive.

    The sample's own best is too good to be true, the more the fewer positives there are: two that stand in front by
    luck give 1. One error more is counted than there was.
    """
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + labels.sum() + 1)
    f1[:-1][ranked[:-1] == ranked[1:]] = 0.0  # a cut between equals cannot be made
    return float(f1.max())


def shrunk(
    own: NDArray[np.float64], overall: float, support: NDArray[np.int64], strength: float
) -> NDArray[np.float64]:
    """Return thresholds between the sections' own and that of all: ``strength`` positives weigh as much as all do."""
    weight = support / (support + strength)
    return np.asarray(weight * own + (1 - weight) * overall)


def worst_of_each_story(
    probabilities: NDArray[np.float64], labels: NDArray[np.bool_], stories: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return one article of each story: of those without the label the most probable, or else of all.

    Copies of one story get nearly the same margins: a hundred of them that are right prove no more than one.

    Parameters
    ----------
    probabilities : float64 array of shape (n,)
    labels : bool array of shape (n,)
    stories : int64 array of shape (n,)

    Returns
    -------
    int64 array of shape (n_stories,), ascending
    """
    order = np.lexsort((-probabilities, labels, stories))
    first = np.append(True, np.diff(stories[order]) != 0)[: len(order)]
    return np.sort(order[first])


def precision_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.bool_], target: float) -> float | None:
    """Return the lowest threshold whose precision is at least ``target`` with confidence, or None.

    The bound is the one-sided one of Clopper and Pearson (1934), at 98 %: it is asked of every cut, and the lowest that
    passes is taken, which luck has many chances to be. So it is 95 % sure that a section whose precision falls short
    of the target gets no threshold. Observations must not depend on each other: see `worst_of_each_story`.

    Parameters
    ----------
    probabilities : float64 array of shape (n,)
    labels : bool array of shape (n,)
    target : float
    """
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    n = np.arange(1, len(ranked) + 1)
    hits = np.cumsum(labels[order])
    last = np.r_[ranked[:-1] != ranked[1:], True]  # a cut between equals cannot be made
    possible = np.flatnonzero(last & (hits > target * n))
    bound = beta.ppf(1 - CUT_CONFIDENCE, hits[possible], n[possible] - hits[possible] + 1)
    good = possible[bound >= target]
    return float(ranked[good[-1]]) if len(good) else None


def decide(probabilities: NDArray[np.float64], thresholds: Iterable[float | None]) -> NDArray[np.bool_]:
    """Return which probabilities, of shape (n_articles, n_sections), reach their section's threshold."""
    cuts = np.array([np.inf if threshold is None else threshold for threshold in thresholds])
    return np.asarray(probabilities >= cuts, dtype=np.bool_)


def limit(
    suggested: NDArray[np.bool_], probabilities: NDArray[np.float64], min_tags: int, max_tags: int | None
) -> NDArray[np.bool_]:
    """Return the tags that are left, or added, so that every article has ``min_tags`` to ``max_tags``.

    The most probable stay, and are added; of equals that whose column comes first. So does `Tagger`.

    Parameters
    ----------
    suggested : bool array of shape (n_articles, n_sections)
    probabilities : float64 array of the same shape
    min_tags : int
    max_tags : int, optional
    """
    if not min_tags and max_tags is None:
        return suggested
    order = np.lexsort((-probabilities, ~suggested), axis=1)  # suggested before others, each from the most probable on
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(order.shape[1])[None, :], axis=1)
    kept = suggested if max_tags is None else suggested & (place < max_tags)
    return np.asarray(kept | (place < min_tags), dtype=np.bool_)
