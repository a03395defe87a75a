"""Sections that are the same thing: a model that knows both cannot say which of the two an article has."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from classifier.training.diagnosing.subjects import ancestors_by_column
from classifier.training.task import Task

#: The area under the curve below which two sections count as the same: 0.5 is pure chance. Between two different
#: sections of the starter corpus it is at least 0.75.
MOST_AUC = 0.68
_MOST_LIKELY_AUC = 0.85
_NEAREST = 5
_LEAST = 5
_SAME_ARTICLES = 0.8


@dataclass(frozen=True)
class SamePair:
    """Two columns that seem to be the same section, and how well a model distinguishes their articles (AUC)."""

    first: int
    second: int
    auc: float


def same_sections(task: Task, margins: NDArray[np.float64]) -> list[SamePair]:
    """Return the pairs of trained sections that a model cannot distinguish.

    Parameters
    ----------
    task : Task
    margins : float64 array of shape (n_articles, n_sections)
        Out-of-fold.
    """
    known = ~np.isnan(margins).any(axis=1)
    labels, margins = task.labels[known], margins[known]
    above = ancestors_by_column(task.parents)
    found = []
    for a, b in _near_pairs(labels, margins):
        if a in above[b] or b in above[a]:
            continue
        auc = _auc(labels[:, a], labels[:, b], margins[:, a] - margins[:, b])
        if auc is not None and auc < MOST_AUC:
            found.append(SamePair(a, b, auc))
    return sorted(found, key=lambda pair: pair.auc)


def _near_pairs(labels: NDArray[np.bool_], margins: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return for each section the others whose margins are highest on its articles: all pairs may be too many."""
    pairs = set()
    usual = margins.mean(axis=0)
    for a in range(labels.shape[1]):
        if not labels[:, a].any():
            continue
        excess = margins[labels[:, a]].mean(axis=0) - usual
        excess[a] = -np.inf
        pairs |= {(min(a, b), max(a, b)) for b in np.argsort(-excess)[:_NEAREST].tolist() if b != a}
    return sorted(pairs)


def _auc(one: NDArray[np.bool_], other: NDArray[np.bool_], difference: NDArray[np.float64]) -> float | None:
    """Return how well a difference of margins tells two sections apart, None if too few articles show it."""
    only_one, only_other = one & ~other, other & ~one
    if (one & other).sum() >= _SAME_ARTICLES * (one | other).sum():
        return 0.5  # on the same articles
    n_one, n_other = int(only_one.sum()), int(only_other.sum())
    if min(n_one, n_other) < _LEAST:
        return None
    chosen = only_one | only_other
    auc = float(roc_auc_score(only_one[chosen], difference[chosen]))
    error = np.sqrt((n_one + n_other + 1) / (12 * n_one * n_other))  # of the area if nothing tells them apart
    return auc if auc + 1.64 * error < _MOST_LIKELY_AUC else None


def merged_groups(pairs: Sequence[SamePair]) -> list[tuple[int, ...]]:
    """Return groups of columns that are the same, directly or through another column."""
    groups: list[set[int]] = []
    for pair in pairs:
        joined = {pair.first, pair.second}
        apart = [group for group in groups if not group & joined]
        groups = [*apart, joined.union(*(group for group in groups if group & joined))]
    return sorted(tuple(sorted(group)) for group in groups)
