"""Sections that are parts of others: the probability of a parent is never below that of its children."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

#: The column of each section's parent; None for a section without one. Empty if no section has one.
Parents: TypeAlias = Sequence[int | None]


def lineages(parents: Parents) -> tuple[tuple[int, ...], ...]:
    """Return for each section the columns of the sections above it, its parent first."""
    found = []
    for parent in parents:
        above: list[int] = []
        step = parent
        while step is not None:
            above.append(step)
            step = parents[step]
        found.append(tuple(above))
    return tuple(found)


def with_parents_raised(probabilities: NDArray[np.float64], parents: Parents) -> NDArray[np.float64]:
    """Return probabilities in which each parent has at least the largest of the sections below it.

    Parameters
    ----------
    probabilities : float64 array of shape (n_articles, n_sections)
    parents : sequence of int or None

    Returns
    -------
    float64 array of the same shape
        The given one if no section has a parent.
    """
    if all(parent is None for parent in parents):
        return probabilities
    raised = probabilities.copy()
    for s, above in enumerate(lineages(parents)):
        for ancestor in above:
            np.maximum(raised[:, ancestor], probabilities[:, s], out=raised[:, ancestor])
    return raised
