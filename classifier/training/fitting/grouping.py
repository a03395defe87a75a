"""Margins in narrow groups: what calibration needs of the articles without a section, in a few hundred numbers.

docs/decisions/0057-many-sections.md gives the reasons and the figures.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.terms.compiler import compiled_when_called

#: The groups of a section: its margins without the label, from the lowest to the highest, at equal distances.
N_GROUPS = 256


def grouped(
    margins: NDArray[np.float64], labels: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Group the margins of the articles without each section; those with it stay as they are.

    A group is as wide as a 256th of the range of a section's margins, and stands for its articles with their mean.

    Parameters
    ----------
    margins : float64 array of shape (n_sections, n_articles)
    labels : bool array of the same shape

    Returns
    -------
    points : float64 array of shape (n_points,)
        Of each section in turn: the means of its groups, then the margins of the articles that have it.
    counts : float64 array of shape (n_points,)
        The number of articles of each point; 0 for each article that has the section.
    starts : int64 array of shape (n_sections + 1,)
        Where the points of each section begin.
    """
    n_most = int(labels.sum()) + N_GROUPS * len(margins)
    points, counts = np.empty(n_most), np.empty(n_most)
    starts = np.zeros(len(margins) + 1, np.int64)
    _group(margins, labels, points, counts, starts, np.empty((2, N_GROUPS)))
    return points[: starts[-1]].copy(), counts[: starts[-1]].copy(), starts


@compiled_when_called(
    "void", "const float64[:,:]", "const boolean[:,:]", "float64[:]", "float64[:]", "int64[:]", "float64[:,:]"
)
def _group(margins: Any, labels: Any, points: Any, counts: Any, starts: Any, group: Any) -> None:
    at = 0
    n_groups = group.shape[1]
    for s in range(margins.shape[0]):
        low, high = np.inf, -np.inf
        for i in range(margins.shape[1]):
            if not labels[s, i]:
                low, high = min(low, margins[s, i]), max(high, margins[s, i])
        per_margin = (n_groups - 1) / (high - low) if high > low else 0.0
        group[:] = 0.0
        for i in range(margins.shape[1]):
            if not labels[s, i]:
                k = np.uint64((margins[s, i] - low) * per_margin)
                group[0, k] += 1.0
                group[1, k] += margins[s, i] - low
        for j in range(n_groups):
            if group[0, j] > 0.0:
                points[at], counts[at] = low + group[1, j] / group[0, j], group[0, j]
                at += 1
        for i in range(margins.shape[1]):
            if labels[s, i]:
                points[at], counts[at] = margins[s, i], 0.0
                at += 1
        starts[s + 1] = at


def grouped_sums(
    points: NDArray[np.float64],
    counts: NDArray[np.float64],
    starts: NDArray[np.int64],
    factors: NDArray[np.float64],
    platts: NDArray[np.float64],
    which: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return what `classifier.training.fitting.calibration` adds up, from grouped margins.

    Parameters
    ----------
    points, counts, starts
        As `grouped` returns them.
    factors : float64 array of shape (n_sections,)
        What the margins of each section are multiplied by.
    platts : float64 array of shape (n_chosen, 2)
    which : int64 array of shape (n_chosen,)

    Returns
    -------
    float64 array of shape (n_chosen, 6)
    """
    out = np.zeros((len(which), 6))
    _add_up(points, counts, starts, factors, np.ascontiguousarray(platts), which, out)
    return out


@compiled_when_called(
    "void",
    "const float64[:]",
    "const float64[:]",
    "const int64[:]",
    "const float64[:]",
    "const float64[:,:]",
    "const int64[:]",
    "float64[:,:]",
)
def _add_up(points: Any, counts: Any, starts: Any, factors: Any, platts: Any, which: Any, out: Any) -> None:
    for k in range(len(which)):
        slope, offset, factor = platts[k, 0], platts[k, 1], factors[which[k]]
        errors = ga = gb = haa = hab = hbb = 0.0
        for i in range(starts[which[k]], starts[which[k] + 1]):
            margin, n, right = points[i] * factor, counts[i], 0.0
            if n == 0.0:
                n, right = 1.0, 1.0
            probability = 1.0 / (1.0 + np.exp(-(slope * margin + offset)))
            error = probability - right
            change = probability * (1.0 - probability)
            errors += n * error * error
            ga += n * error * change * margin
            gb += n * error * change
            haa += n * change * change * margin * margin
            hab += n * change * change * margin
            hbb += n * change * change
        out[k, 0], out[k, 1], out[k, 2] = errors, ga, gb
        out[k, 3], out[k, 4], out[k, 5] = haa, hab, hbb
