"""Subjects: the columns of labels as they would be after the merges that are proposed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.rules.parents import Parents, lineages
from classifier.training.task import Task


@dataclass(frozen=True)
class NamedArticles:
    """One or several sections that are the same, and their articles: a bool array of shape (n_articles,)."""

    ids: tuple[str, ...]
    labels: NDArray[np.bool_]

    @property
    def name(self) -> str:
        """The ids with “+” between them."""
        return "+".join(self.ids)


def ancestors_by_column(parents: Parents) -> list[frozenset[int]]:
    """Return the columns of the sections above each section."""
    return [frozenset(line) for line in lineages(parents)]


def subjects_after(task: Task, groups: Sequence[Sequence[int]]) -> list[NamedArticles]:
    """Return the subjects of a task after merging groups of its columns."""
    in_group = {column for group in groups for column in group}
    columns = [*groups, *((column,) for column in range(task.labels.shape[1]) if column not in in_group)]
    return [NamedArticles(tuple(task.trained[c].id for c in group), any_of(task.labels, group)) for group in columns]


def any_of(labels: NDArray[np.bool_], columns: Sequence[int]) -> NDArray[np.bool_]:
    """Return which articles have any of some columns, a bool array of shape (n_articles,)."""
    return np.asarray(labels[:, list(columns)].any(axis=1), dtype=np.bool_)
