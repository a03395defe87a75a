"""Choose the probabilities from which a tag is suggested, and from which it is applied without an editor.

docs/decisions/0005-settings-and-thresholds.md gives the reasons and the figures.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

CUT_CONFIDENCE = 0.98


def f1_threshold(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Return the threshold with the best F1, which is half of that F1; 0.5 if there are no positives.

    If probabilities are calibrated, this threshold is optimal (Lipton, Elkan and Naryanaswamy, "Optimal thresholding of
    classifiers to maximize F1 measure", 2014). The best threshold of the sample itself jumps from sample to sample.
    """
    return expected_f1(probabilities, labels) / 2 if labels.any() else 0.5


def expected_f1(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> float:
    """Return the F1 to expect of the best threshold; both arrays have the shape (n,), and one label is true.

    The best F1 of the sample is too optimistic, most of all with few positives: two that rank first by luck give 1.
    Therefore one more error is counted than there was.
    """
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    hits = np.cumsum(labels[order])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + labels.sum() + 1)
    f1[:-1][ranked[:-1] == ranked[1:]] = 0.0  # no threshold separates equal probabilities
    return float(f1.max())


def shrunk(
    own: NDArray[np.float64], overall: float, support: NDArray[np.int64], strength: float
) -> NDArray[np.float64]:
    """Return thresholds between each section's own and the overall one.

    With ``strength`` positives, a section's own threshold and the overall one count the same.

    Parameters
    ----------
    own : float64 array of shape (n_sections,)
    overall : float
    support : int64 array of shape (n_sections,)
        The positives of each section.
    strength : float
    """
    weight = support / (support + strength)
    return np.asarray(weight * own + (1 - weight) * overall)


def worst_of_each_story(
    probabilities: NDArray[np.float64], labels: NDArray[np.bool_], stories: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return one article of each story: the most probable one without the label, or else the most probable one.

    Copies of one story get nearly the same margins, so a hundred right ones prove no more than one.

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

    The bound is the one-sided Clopper-Pearson bound (1934) at 98 %. Every threshold is tested and the lowest passing
    one is taken, so luck has many chances. At 98 %, a section whose precision falls short of the target gets no
    threshold with 95 % confidence. Observations must be independent: see `worst_of_each_story`.

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
    last = np.r_[ranked[:-1] != ranked[1:], True]  # no threshold separates equal probabilities
    possible = np.flatnonzero(last & (hits > target * n))
    bound = beta.ppf(1 - CUT_CONFIDENCE, hits[possible], n[possible] - hits[possible] + 1)
    good = possible[bound >= target]
    return float(ranked[good[-1]]) if len(good) else None
