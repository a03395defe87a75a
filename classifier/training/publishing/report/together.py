"""Which sections stand together, and which are taken for one another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_SECTIONS = 20
MAX_PAIRS = 12


@dataclass(frozen=True)
class Cell:
    """A pair of sections: the number of articles, and their share of the row's."""

    n: int
    share: float


@dataclass(frozen=True)
class Matrix:
    """Pairs of the most frequent sections, by their numbers: ``cells[row][column]``, None on the diagonal."""

    sections: tuple[int, ...]
    cells: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True)
class Pair:
    """``n`` articles of section ``right`` that were given ``given`` instead, both by number."""

    right: int
    given: int
    n: int


def co_occurrence(labels: NDArray[np.bool_]) -> Matrix:
    """Return how many articles of the row's section also have the column's."""
    counts = labels.astype(np.int64)
    return _matrix(counts.T @ counts, labels.sum(axis=0))


def confusion(suggested: NDArray[np.bool_], labels: NDArray[np.bool_]) -> tuple[Matrix, list[Pair]]:
    """Return how many articles lack the row's section, which is theirs, and were given the column's, which is not.

    With several sections an article there is no single confusion matrix; this one holds the swaps.
    """
    missed, wrong = (labels & ~suggested).astype(np.int64), (suggested & ~labels).astype(np.int64)
    swaps = missed.T @ wrong
    order = np.argsort(-swaps, axis=None, kind="stable")[:MAX_PAIRS]
    pairs = [Pair(int(k // len(swaps)), int(k % len(swaps)), int(swaps.flat[k])) for k in order if swaps.flat[k] > 0]
    return _matrix(swaps, labels.sum(axis=0)), pairs


def _matrix(counts: NDArray[np.int64], support: NDArray[np.int64]) -> Matrix:
    chosen = sorted(int(s) for s in np.argsort(-support, kind="stable")[:MAX_SECTIONS])
    return Matrix(
        tuple(chosen),
        tuple(
            tuple(
                None if row == column else Cell(int(counts[row, column]), float(counts[row, column] / support[row]))
                for column in chosen
            )
            for row in chosen
        ),
    )
