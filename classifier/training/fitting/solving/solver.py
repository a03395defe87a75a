"""Linear support vector machines for many sections at once, compiled.

The method is dual coordinate descent (Hsieh, Chang, Lin, Keerthi and Sundararajan, "A dual coordinate descent method
for large-scale linear SVM", 2008). LIBLINEAR and therefore scikit-learn's LinearSVC use the same method, shrinking and
stopping rule. Only the order of the loops differs: an article is read once for sixteen sections, whose weights for a
feature share one line of the processor's cache.
"""

import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning

from classifier.training.fitting.solving.descent import descend
from classifier.training.fitting.solving.lanes import LANES
from classifier.training.fitting.solving.prior import squared_scales
from classifier.training.fitting.solving.rows import TfidfRows

#: A section is solved when the projected gradients of its articles lie within this range. Its margins are then within
#: about a fifth of this of the exact solution.
TOLERANCE = 3e-2
MAX_EPOCHS = 10_000


@dataclass(frozen=True)
class Solution:
    """The hyperplanes of sections, and the number of passes over the articles that each section took (``epochs``).

    ``weights`` has the shape (n_features, n_sections), ``intercepts`` and ``epochs`` the shape (n_sections,).
    """

    weights: NDArray[np.float32]
    intercepts: NDArray[np.float64]
    epochs: NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """The hyperplanes of up to sixteen sections, the ``columns`` (int64) of the labels.

    ``weights`` has the shape (n_columns, 16), ``intercepts`` and ``epochs`` the shape (16,); the last ones stand for
    none if there are fewer sections.
    """

    columns: NDArray[np.int64]
    weights: NDArray[np.float32]
    intercepts: NDArray[np.float64]
    epochs: NDArray[np.int64]


def solve(
    features: csr_matrix,
    labels: NDArray[np.bool_],
    positive_costs: NDArray[np.float64],
    negative_costs: NDArray[np.float64],
    seed: int,
    jobs: int = 1,
    tolerance: float = TOLERANCE,
    prior: float = 0.0,
    article_weights: NDArray[np.float64] | None = None,
    n_free: int = 0,
) -> Solution:
    """Minimise ``(v.v + b*b)/2 + sum of weight * cost * max(0, 1 - y * (w.x + b))**2`` for each section.

    ``v`` are the weights ``w``, each divided by its feature's scale in the section: see
    `classifier.training.fitting.solving.prior`. Without a prior each scale is 1.

    As in LinearSVC, the intercept is the weight of a feature that is always 1. The solution of a section depends on the
    features, its own labels and costs, and the seed. It does not depend on other sections, nor on ``jobs``.

    Parameters
    ----------
    features : csr_matrix of float64, shape (n_articles, n_features)
    labels : bool array of shape (n_articles, n_sections)
    positive_costs, negative_costs : float64 arrays of shape (n_sections,)
        The cost of the squared error of an article with the section, and of one without.
    seed : int
        The random seed of the orders in which articles are visited.
    jobs : int
        Number of threads; each solves for sixteen sections at a time.
    tolerance : float
        As in LinearSVC.
    prior : float
        The strength of the prior on the weights, from 0 for none to 1.
    article_weights : float64 array of shape (n_articles,), optional
        The weight of each article's error, by default 1. The prior does not depend on it.
    n_free : int
        How many of the last features the prior leaves alone: their scale is 1. Their values may be negative.

    Warns
    -----
    ConvergenceWarning
        If a section is not solved to ``tolerance`` after `MAX_EPOCHS`.
    """
    n_features, n_sections = features.shape[1], labels.shape[1]
    weights, intercepts = np.empty((n_features, n_sections), np.float32), np.empty(n_sections)
    epochs = np.empty(n_sections, np.int64)

    def keep(block: Block) -> None:
        columns, width = block.columns, len(block.columns)
        weights[:, columns] = block.weights[:, :width]
        intercepts[columns], epochs[columns] = block.intercepts[:width], block.epochs[:width]

    rows, costs = TfidfRows.of_values(features), (positive_costs, negative_costs)
    is_scaled = np.arange(n_features) < n_features - n_free
    solve_blocks(rows, labels, *costs, seed, keep, jobs, tolerance, prior, article_weights, is_scaled)
    return Solution(weights, intercepts, epochs)


def solve_blocks(
    rows: TfidfRows,
    labels: NDArray[np.bool_],
    positive_costs: NDArray[np.float64],
    negative_costs: NDArray[np.float64],
    seed: int,
    take: Callable[[Block], None],
    jobs: int = 1,
    tolerance: float = TOLERANCE,
    prior: float = 0.0,
    article_weights: NDArray[np.float64] | None = None,
    is_scaled: NDArray[np.bool_] | None = None,
) -> None:
    """Solve as `solve` does, and hand on the sections a few at a time, so that not all weights are in memory at once.

    Parameters
    ----------
    rows : TfidfRows
    take : callable
        Called with each block as it is solved, on several threads if ``jobs`` is more than 1. It must not keep the
        weights of the block.
    is_scaled : bool array of shape (n_columns,), optional
        The features that the prior is for, by default all.
    labels, positive_costs, negative_costs, seed, jobs, tolerance, prior, article_weights : as in `solve`

    Warns
    -----
    ConvergenceWarning
        As `solve` does.
    """
    n_sections = labels.shape[1]
    is_scaled = np.ones(len(rows.factors), np.bool_) if is_scaled is None else is_scaled
    epochs = np.empty(n_sections, np.int64)
    slacks = np.ones(len(labels)) if article_weights is None else 1 / article_weights

    # sections of similar support together: an article is skipped if none of the sixteen has to visit it
    order = np.argsort(labels.sum(axis=0), kind="stable")
    total = rows.sums(labels[:, :0])[1] if prior and n_sections > LANES else None

    def block(begin: int) -> None:
        columns = order[begin : begin + LANES]
        costs = positive_costs[columns], negative_costs[columns]
        found = _solve_block(rows, is_scaled, total, labels[:, columns], *costs, slacks, seed, tolerance, prior)
        epochs[columns] = found[2][: len(columns)]
        take(Block(columns, *found))

    with ThreadPoolExecutor(max(1, jobs)) as threads:
        list(threads.map(block, range(0, n_sections, LANES)))
    if n_unsolved := int((epochs >= MAX_EPOCHS).sum()):
        warnings.warn(
            f"{n_unsolved} of {n_sections} sections did not reach the tolerance of {tolerance} in {MAX_EPOCHS:,} "
            "epochs, so their weights are less exact. Fix: check the evaluation before you use the model",
            ConvergenceWarning,
            stacklevel=2,
        )


def _solve_block(
    rows: TfidfRows,
    is_scaled: NDArray[np.bool_],
    total: NDArray[np.float64] | None,
    labels: NDArray[np.bool_],
    positive_costs: NDArray[np.float64],
    negative_costs: NDArray[np.float64],
    slacks: NDArray[np.float64],
    seed: int,
    tolerance: float,
    prior: float,
) -> tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.int64]]:
    """Return weights, intercepts and epochs of up to sixteen sections, in sixteen columns."""
    (n, width), n_features = labels.shape, len(rows.factors)
    positive = np.zeros(n, np.uint16)
    ridges = np.ones((2, LANES))
    for lane in range(width):
        positive |= labels[:, lane].astype(np.uint16) << lane
    ridges[0, :width], ridges[1, :width] = 0.5 / negative_costs, 0.5 / positive_costs
    scales = np.empty((0, LANES), np.uint16)
    if prior:
        scales = squared_scales(*rows.sums(labels, total), is_scaled, prior, LANES)
    weights, intercepts = np.zeros((n_features, LANES), np.float32), np.zeros(LANES)
    epochs = np.zeros(LANES, np.int64)
    outcome = weights, intercepts, epochs
    rest = slacks, scales, width, np.uint64(seed), tolerance, MAX_EPOCHS
    descend(*rows.parts, positive, ridges, *rest, *outcome)
    return outcome
