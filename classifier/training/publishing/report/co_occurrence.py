"""Sections that share articles, and sections that are confused with each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

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
    chosen = _most_frequent(labels)
    among = csr_matrix(labels[:, chosen], dtype=np.int64)
    return _matrix((among.T @ among).toarray(), chosen, labels.sum(axis=0))


def confusion(suggested: NDArray[np.bool_], labels: NDArray[np.bool_]) -> tuple[Matrix, list[ConfusedPair]]:
    """Count the articles that should have the row's section and wrongly got the column's instead.

    Articles with several sections have no confusion matrix in the usual sense; this one counts swaps.
    """
    missed, wrong = (csr_matrix(pairs, dtype=np.int64) for pairs in (labels & ~suggested, suggested & ~labels))
    swaps = (missed.T @ wrong).tocoo()  # sparse: most pairs of many sections are never confused
    order = np.lexsort((swaps.col, swaps.row, -swaps.data))[:MAX_PAIRS]
    pairs = [ConfusedPair(int(swaps.row[k]), int(swaps.col[k]), int(swaps.data[k])) for k in order]
    chosen = _most_frequent(labels)
    among = swaps.tocsr()[chosen][:, chosen].toarray()
    return _matrix(among, chosen, labels.sum(axis=0)), pairs


def _most_frequent(labels: NDArray[np.bool_]) -> list[int]:
    return sorted(np.argsort(-labels.sum(axis=0), kind="stable")[:MAX_SECTIONS].tolist())


def _matrix(counts: NDArray[np.int64], chosen: list[int], support: NDArray[np.int64]) -> Matrix:
    """Return the cells of ``counts``, which has a row and a column for each of the chosen sections."""
    rows = tuple(
        tuple(None if i == j else Cell(int(n), _share(n, support[row])) for j, n in enumerate(counts[i]))
        for i, row in enumerate(chosen)
    )
    return Matrix(tuple(chosen), rows)


def _share(n: np.int64, support: np.int64) -> float:
    """Return the share of a section's articles; 0 for a section without articles."""
    return float(n / support) if support else 0.0
