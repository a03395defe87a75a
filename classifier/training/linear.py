"""One linear classifier a section, on TF-IDF features of counted texts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.training.features import TfidfWeights
from classifier.training.settings import TrainingSettings
from classifier.training.solver import solve


@dataclass(frozen=True)
class LinearModel:
    """One linear classifier a section, on the features of ``tfidf``.

    ``weights`` is of shape (n_features, n_sections), ``intercepts`` of shape (n_sections,), both float64.
    """

    tfidf: TfidfWeights
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def margins(self, counts: csr_matrix, rows: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Return the margins of counted texts, or of some rows of them, of shape (n_texts, n_sections)."""
        return np.asarray(self.tfidf.transform(counts, rows=rows) @ self.weights + self.intercepts)


def fit(
    counts: csr_matrix,
    labels: NDArray[np.bool_],
    settings: TrainingSettings,
    jobs: int = 1,
    rows: NDArray[np.int64] | None = None,
) -> LinearModel:
    """Fit a linear SVM for each section, its positives weighted by the square root of negatives to positives.

    Parameters
    ----------
    counts : csr_matrix of float32, shape (n_articles, n_features)
    labels : bool array of shape (n_articles, n_sections)
        A column without positives gets weights of 0 and an intercept of -1; one of nothing else an intercept of 1.
    settings : TrainingSettings
    jobs : int
        Threads. The model does not depend on it.
    rows : int64 array, optional
        The articles to fit on, by default all.
    """
    if rows is not None:
        labels = labels[rows]
    tfidf = TfidfWeights.fit(counts, settings.min_df, settings.max_df, rows)
    features = tfidf.transform(counts, rows=rows)
    positives = labels.sum(axis=0)
    mixed = np.flatnonzero((positives > 0) & (positives < len(labels)))
    weights = np.zeros((features.shape[1], labels.shape[1]))
    intercepts = np.where(positives > 0, 1.0, -1.0)
    rarity = np.sqrt((len(labels) - positives[mixed]) / positives[mixed])
    costs = np.full(len(mixed), settings.c)
    solution = solve(features, labels[:, mixed], settings.c * rarity, costs, settings.seed, jobs)
    weights[:, mixed], intercepts[mixed] = solution.weights, solution.intercepts
    return LinearModel(tfidf, weights, intercepts)
