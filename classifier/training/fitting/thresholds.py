"""Choose the probabilities from which a tag is suggested, and from which it is applied without an editor.

docs/decisions/0005-settings-and-thresholds.md gives the reasons and the figures.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaincc
from scipy.stats import beta

from classifier.training.fitting.evidence import WrongTags

#: The probabilities of a section's tags, and whether they are right.
ProbableTags: TypeAlias = tuple[NDArray[np.float64], NDArray[np.bool_]]
CUT_CONFIDENCE = 0.98
#: The evidence of the other sections counts as much as this many wrong tags of the section's own.
WEIGHT_OF_OTHERS = 2.0
#: Articles are ranked from the first of these probabilities on; from the next one if a lower threshold may be better.
_LEVELS = (0.1, 0.01, *[0.0] * 32)
#: A larger multiple of the present stories is no advice.
MOST_TIMES = 20.0


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
    n, n_positive = len(labels), int(labels.sum())
    best, n_ranked = 0.0, n_positive
    for level in _LEVELS:
        least = level
        if level == 0.0:  # more articles than before, but far from all
            n_ranked = min(n, 4 * n_ranked)
            least = np.partition(probabilities, n - n_ranked)[n - n_ranked]
        highest = np.flatnonzero(probabilities >= least)
        if not len(highest):
            continue
        n_ranked = max(n_ranked, len(highest))
        order = highest[np.argsort(-probabilities[highest])]
        ranked, hits = probabilities[order], np.cumsum(labels[order])
        f1 = 2 * hits / (np.arange(1, len(hits) + 1) + n_positive + 1)
        f1[:-1][ranked[:-1] == ranked[1:]] = 0.0  # no threshold separates equal probabilities
        best = float(f1.max())
        # most articles rank too low for a threshold among them to be the best, even if it had all positives
        if len(highest) == n or best >= 2 * n_positive / (len(highest) + n_positive + 2):
            break
    return best


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


def precision_threshold(
    probabilities: NDArray[np.float64], labels: NDArray[np.bool_], target: float, least: float = 0.0
) -> float | None:
    """Return the threshold that `precision_thresholds` gives to one section if there are no others."""
    (found,) = precision_thresholds([(probabilities, labels)], target, [least])
    return found


def precision_thresholds(
    columns: Sequence[ProbableTags], target: float, least: Sequence[float], others: WrongTags | None = None
) -> list[float | None]:
    """Return for each section the lowest threshold whose precision is at least ``target`` with confidence, or None.

    One of two bounds must reach the target. One is that of the section's own tags: the one-sided Clopper-Pearson bound
    (1934) at 98 %. Every threshold is tested and the lowest passing one is taken, so luck has many chances. At 98 %, a
    section whose precision falls short of the target gets no threshold with 95 % confidence. The other one starts from
    the probabilities: a section has as many more wrong tags than its probabilities let expect as the other sections,
    until its own tags show otherwise (a gamma prior on that ratio, and Poisson counts). Observations must be
    independent: see `worst_of_each_story`.

    Parameters
    ----------
    columns : sequence of (float64 array, bool array)
        The probabilities and labels of each section, both of shape (n,).
    target : float
    least : sequence of float
        No lower threshold of each section is tested, so that the bound holds for the tags that are really applied. If
        it holds for all that reach ``least``, that is the threshold.
    others : WrongTags, optional
        The tags of all these sections.
    """
    cuts, starts = _all_cuts(columns, least)
    ratios = np.full(len(cuts), np.inf) if others is None else others.ratios(cuts[:, 0], starts)
    possible = np.flatnonzero(cuts[:, 2] > target * cuts[:, 1])
    good = possible[_is_proven(cuts[possible], target, ratios[possible])]
    places = np.searchsorted(good, starts)
    found: list[float | None] = []
    for low, first, last, end in zip(least, places, places[1:], starts[1:], strict=False):
        if first == last:
            found.append(None)
        else:  # nothing lies between ``low`` and the lowest of the probabilities above it
            found.append(low if low > 0 and good[last - 1] == end - 1 else float(cuts[good[last - 1], 0]))
    return found


class PrecisionEvidence(NamedTuple):
    """The evidence at one threshold: the stories that reach it, and how many of them are right.

    ``factor`` is the multiple of these stories that would prove the precision; infinite if no multiple would.
    """

    n_stories: int
    n_right: int
    factor: float


def closest_evidence(columns: Sequence[ProbableTags], target: float, least: Sequence[float]) -> list[PrecisionEvidence]:
    """Return for each section the evidence at the threshold that comes closest to proving a precision of ``target``.

    That is the threshold that needs the smallest multiple of the present stories; if no multiple would do, the one with
    the highest lower bound. Parameters as in `precision_thresholds`. Without a story above ``least``, it is empty.
    """
    cuts, starts = _all_cuts(columns, least)
    n, right = cuts[:, 1], cuts[:, 2]
    factors, bounds = stories_factors(n, right, target), _bound(right, n)
    found = []
    for start, end in pairwise(starts.tolist()):
        if start == end:
            found.append(PrecisionEvidence(0, 0, math.inf))
            continue
        best = start + int(np.lexsort((-n[start:end], -bounds[start:end], factors[start:end]))[0])
        found.append(PrecisionEvidence(int(n[best]), int(right[best]), float(factors[best])))
    return found


def stories_factors(n: NDArray[np.float64], n_right: NDArray[np.float64], target: float) -> NDArray[np.float64]:
    """Return how many times as many stories of the same precision would prove a precision of ``target``.

    The precision to expect is Jeffreys' mean, which is below 1 even if all stories were right. A factor
    is infinite if that precision is not above ``target``, or if it were more than twenty.

    Parameters
    ----------
    n, n_right : float64 arrays of one shape
        The stories at some thresholds, and how many of them are right.
    target : float
    """
    precision = (n_right + 0.5) / (n + 1)
    low, high = np.zeros(n.shape), np.full(n.shape, math.log(MOST_TIMES))
    possible = (precision > target) & (_bound(precision * n * MOST_TIMES, n * MOST_TIMES) >= target)
    for _ in range(12):  # to a thousandth
        middle = (low + high) / 2
        more = n * np.exp(middle)
        proven = _bound(precision * more, more) >= target
        low, high = np.where(proven, low, middle), np.where(proven, middle, high)
    return np.where(possible, np.exp(high), math.inf)


def least_stories(target: float) -> int:
    """Return how many stories prove a precision of ``target`` if all of them are right."""
    return math.ceil(math.log(1 - CUT_CONFIDENCE) / math.log(target))


def _all_cuts(columns: Sequence[ProbableTags], least: Sequence[float]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return what `_cuts` returns for each section, one after the other, and where those of each section begin."""
    cuts = [_cuts(p, labels, low) for (p, labels), low in zip(columns, least, strict=True)]
    starts = np.cumsum([0, *map(len, cuts)])
    return np.concatenate([np.zeros((0, 4)), *cuts]), starts


def _cuts(probabilities: NDArray[np.float64], labels: NDArray[np.bool_], least: float) -> NDArray[np.float64]:
    """Return threshold, articles, right ones and expected wrong ones for each threshold from ``least`` on.

    The highest threshold is the first.
    """
    possible = np.flatnonzero(probabilities >= least)
    order = possible[np.argsort(-probabilities[possible])]
    ranked = probabilities[order]
    last = np.r_[ranked[:-1] != ranked[1:], True][: len(ranked)]  # no threshold separates equal probabilities
    cuts = np.column_stack([ranked, np.arange(1, len(ranked) + 1), np.cumsum(labels[order]), np.cumsum(1.0 - ranked)])
    return np.asarray(cuts[last])


def _is_proven(cuts: NDArray[np.float64], target: float, ratios: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return at which thresholds the precision is proven: by the section's own tags, or by those of others too.

    ``ratios`` are those of `WrongTags`, one for each threshold.
    """
    _, n, right, expected = cuts.T
    expected = np.maximum(expected, 1e-12)
    most = (1.0 - target) * n / expected  # that many times as many wrong tags as expected are allowed
    wrong, rate = WEIGHT_OF_OTHERS + n - right, WEIGHT_OF_OTHERS / ratios + expected
    return np.asarray((_bound(right, n) >= target) | (gammaincc(wrong, rate * most) <= 1 - CUT_CONFIDENCE))


def _bound(n_right: ArrayLike, n: ArrayLike) -> NDArray[np.float64]:
    """Return the lower bound of a precision."""
    n_right, n = np.asarray(n_right, dtype=np.float64), np.asarray(n, dtype=np.float64)
    bound = beta.ppf(1 - CUT_CONFIDENCE, np.maximum(n_right, 1e-9), n - n_right + 1)
    return np.asarray(np.where(n_right > 0, bound, 0.0))
