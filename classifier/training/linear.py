"""One linear classifier a section, on TF-IDF features of counted texts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from classifier.training.features import TfidfWeights
from classifier.training.settings import TrainingSettings


@dataclass(frozen=True)
class LinearModel:
    """One linear classifier a section, on the features of ``tfidf``.

    ``weights`` is of shape (n_features, n_sections), ``intercepts`` of shape (n_sections,), both float64.
    """

    tfidf: TfidfWeights
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def margins(self, counts: csr_matrix) -> NDArray[np.float64]:
        """Return the margins of counted texts, of shape (n_texts, n_sections)."""
        return np.asarray(self.tfidf.transform(counts) @ self.weights + self.intercepts)


def fit(counts: csr_matrix, labels: NDArray[np.bool_], settings: TrainingSettings) -> LinearModel:
    """Fit a linear SVM for each section, its positives weighted by the square root of negatives to positives.

    Parameters
    ----------
    counts : csr_matrix of int64, shape (n_articles, n_features)
    labels : bool array of shape (n_articles, n_sections)
        A column without positives gets weights of 0 and an intercept of -1.
    """
    tfidf = TfidfWeights.fit(counts, settings.min_df, settings.max_df)
    features = tfidf.transform(counts)
    weights = np.zeros((features.shape[1], labels.shape[1]))
    intercepts = np.full(labels.shape[1], -1.0)
    for s in range(labels.shape[1]):
        positives = labels[:, s].sum()
        if not positives:
            continue
        rarity = float(np.sqrt((len(labels) - positives) / positives))
        svm = LinearSVC(
            C=settings.c, class_weight={True: rarity, False: 1.0}, random_state=settings.seed, max_iter=10_000
        )
        svm.fit(features, labels[:, s])
        weights[:, s], intercepts[s] = svm.coef_[0], svm.intercept_[0]
    return LinearModel(tfidf, weights, intercepts)
