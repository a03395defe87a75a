"""Disputed labels: a live model and a new one were trained on the same article with different labels.

Neither side is known to be right, so disputed labels are not judged. Too many of them, and nothing is left to judge:
class ids that moved by one, or two sections that were swapped. docs/decisions/0016 gives the rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.training.measuring.earlier.moves import MAX_SHARE, MIN_MOVED

#: Fewer disputed labels than this refuse nothing. Labels are too disputed if more than `MAX_SHARE` of all differ, or if
#: a section lost more than this share of its own.
MIN_DISPUTED = MIN_MOVED
_MAX_NAMED = 3


@dataclass(frozen=True)
class Disputes:
    """The labels that differ between two training sets, on the articles that both contain.

    ``disputed`` is a bool array of shape (n_articles, n_sections). ``n_labels`` counts the labels that at least one of
    the two sets has. ``lost`` gives for each section how many articles that had it do not have it any more, how many
    had it, and the section that most of them have instead, if any: the most disputed section first.
    """

    disputed: NDArray[np.bool_]
    n_labels: int
    lost: tuple[tuple[str, int, int, str | None], ...]

    @property
    def n_disputed(self) -> int:
        """The number of labels that differ."""
        return int(self.disputed.sum())

    @property
    def objection(self) -> str:
        """Why these labels cannot be compared, and where to look; empty if they can be."""
        swapped = [item for item in self.lost if item[1] >= MIN_DISPUTED and item[1] > MAX_SHARE * item[2]]
        too_many = self.n_disputed >= MIN_DISPUTED and self.n_disputed > MAX_SHARE * self.n_labels
        if not swapped and not too_many:
            return ""
        places = ", ".join(_place(*item) for item in (swapped or self.lost)[:_MAX_NAMED])
        return (
            f"{self.n_disputed:,} of {self.n_labels:,} labels differ from those that the live model was trained on"
            + (f"; look at {places}" if places else "")
        )


def find_disputes(
    labels: NDArray[np.bool_], before: NDArray[np.bool_], known: NDArray[np.bool_], section_ids: Sequence[str]
) -> Disputes:
    """Compare the labels of two training sets.

    Parameters
    ----------
    labels, before : bool arrays of shape (n_articles, n_sections)
        The new labels and the earlier ones.
    known : bool array of shape (n_articles,)
        The articles that both sets contain.
    section_ids : sequence of str
        The columns.
    """
    now, then = labels & known[:, None], before & known[:, None]
    gone, come = then & ~now, now & ~then
    moves = gone.T.astype(np.int64) @ come.astype(np.int64)
    n_lost, n_before = gone.sum(axis=0), then.sum(axis=0)
    order = sorted(np.flatnonzero(n_lost).tolist(), key=lambda s: (-n_lost[s] / n_before[s], -n_lost[s], s))
    instead = [section_ids[int(row.argmax())] if row.any() else None for row in moves]
    lost = tuple((section_ids[s], int(n_lost[s]), int(n_before[s]), instead[s]) for s in order)
    return Disputes(now != then, int((now | then).sum()), lost)


def _place(name: str, n_lost: int, n_before: int, instead: str | None) -> str:
    most = f", most now have {instead}" if instead else ""
    return f"{name} ({n_lost:,} of its {n_before:,} articles lost it{most})"
