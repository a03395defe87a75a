"""Sections that share articles, and sections that are confused with each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_SECTIONS = 20
MAX_PAIRS = 12


@dataclass(frozen=True)
class Cell:
    """A pair of sections: the number of articles, and their share of the row's articles."""

    n: int
    share: float


@dataclass(frozen=True)
class Matrix:
    """Pairs of the most frequent sections, by number: ``cells[row][column]`` is None on the diagonal."""

    sections: tuple[int, ...]
    cells: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True)
class ConfusedPair:
    """``n`` articles of section ``right`` got the section ``given`` instead; both are numbers."""

    right: int
    given: int
    n: int


def co_occurrence(labels: NDArray[np.bool_]) -> Matrix:
    """Count the articles of the row's section that also have the column's."""
    counts = labels.astype(np.int64)
    return _matrix(counts.T @ counts, labels.sum(axis=0))


def confusion(suggested: NDArray[np.bool_], labels: NDArray[np.bool_]) -> tuple[Matrix, list[ConfusedPair]]:
    """Count the articles that should have the row's section and wrongly got the column's instead.

    Articles with several sections have no confusion matrix in the usual sense; this one counts swaps.
    """
    missed, wrong = (labels & ~suggested).astype(np.int64), (suggested & ~labels).astype(np.int64)
    swaps = missed.T @ wrong
    order = np.argsort(-swaps, axis=None, kind="stable")[:MAX_PAIRS]
    pairs = [
        ConfusedPair(int(k // len(swaps)), int(k % len(swaps)), int(swaps.flat[k])) for k in order if swaps.flat[k] > 0
    ]
    return _matrix(swaps, labels.sum(axis=0)), pairs


def _matrix(counts: NDArray[np.int64], support: NDArray[np.int64]) -> Matrix:
    chosen = sorted(int(s) for s in np.argsort(-support, kind="stable")[:MAX_SECTIONS])
    return Matrix(
        tuple(chosen),
        tuple(
            tuple(
                None if row == column else Cell(int(counts[row, column]), _share(counts[row, column], support[row]))
                for column in chosen
            )
            for row in chosen
        ),
    )


def _share(n: np.int64, support: np.int64) -> float:
    """Return the share of a section's articles; 0 for a section without articles."""
    return float(n / support) if support else 0.0
