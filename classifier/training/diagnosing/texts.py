"""Articles as points for the doctor: TF-IDF, its main directions, and the words that set a group apart."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.utils.extmath import randomized_svd

from classifier.training.fitting.features import TfidfWeights
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

_DIRECTIONS = 100
_N_WORDS = 6
#: A word of one article shows no likeness.
_LEAST_ARTICLES = 2


@dataclass(frozen=True)
class ArticlePoints:
    """The TF-IDF of articles: ``tfidf``, of shape (n_articles, n_features), with rows of unit length."""

    tfidf: csr_matrix
    terms: NDArray[np.object_]
    pairs: NDArray[np.bool_]
    seed: int

    @classmethod
    def of(cls, task: Task, settings: TrainingSettings) -> "ArticlePoints":
        """Weigh the counted terms of a task."""
        counted = task.counted
        weights = TfidfWeights.fit(
            counted.counts, _LEAST_ARTICLES, settings.max_df, counted.pairs, settings.pair_weight
        )
        kept = weights.columns
        return cls(weights.transform(counted.counts), counted.terms[kept], counted.pairs.marks[kept], settings.seed)

    @cached_property
    def directions(self) -> NDArray[np.float64]:
        """The articles in the main directions of their TF-IDF (latent semantic analysis): float64, (n_articles, k)."""
        n = min(_DIRECTIONS, min(self.tfidf.shape) - 1)
        left, sizes, _ = randomized_svd(self.tfidf, n, n_iter=2, random_state=self.seed)
        points = left * sizes
        return np.asarray(points - points.mean(axis=0))

    def unexplained(self, labels: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the directions without what labels explain: the residuals of a linear regression on them."""
        known = np.column_stack([np.ones(len(labels)), labels.astype(np.float64)])
        return np.asarray(self.directions - known @ np.linalg.lstsq(known, self.directions, rcond=None)[0])

    def mean(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the mean TF-IDF of articles, a float64 array of shape (n_features,)."""
        return np.asarray(self.tfidf[chosen].mean(axis=0)).ravel() if chosen.any() else np.zeros(self.tfidf.shape[1])

    def words(self, chosen: NDArray[np.bool_], others: NDArray[np.bool_]) -> tuple[str, ...]:
        """Return the words that set some articles apart from others, the strongest first."""
        difference = np.where(self.pairs, 0.0, self.mean(chosen) - self.mean(others))
        best = np.argsort(-difference, kind="stable")[:_N_WORDS]
        return tuple(str(self.terms[k]) for k in best if difference[k] > 0)

    def typical(self, chosen: NDArray[np.bool_], n: int) -> list[int]:
        """Return the articles that are nearest to the mean of some articles."""
        rows = np.flatnonzero(chosen)
        nearness = np.asarray(self.tfidf[rows] @ self.mean(chosen)).ravel()
        nearest: list[int] = rows[np.argsort(-nearness, kind="stable")[:n]].tolist()
        return nearest

    def contrast(self, chosen: NDArray[np.bool_]) -> float:
        """Return how much more alike some articles are than they are like all others: a difference of mean cosines."""
        rows, n = self.tfidf[chosen], int(chosen.sum())
        if n < 2 or n == len(chosen):
            return 0.0
        total = np.asarray(rows.sum(axis=0)).ravel()
        within = (total @ total - rows.multiply(rows).sum()) / (n * (n - 1))
        return float(within - total @ self.mean(~chosen) / n)
