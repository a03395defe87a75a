"""One linear classifier a section, on TF-IDF features of counted texts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from classifier.training.features import TfidfWeights
from classifier.training.settings import TrainingSettings

#: liblinear stops here: margins are within a thousandth of where they would end.
_TOLERANCE = 1e-2
_MAX_ITERATIONS = 10_000


@dataclass(frozen=True)
class LinearModel:
    """One linear classifier a section, on the features of ``tfidf``.

    ``weights`` is of shape (n_features, n_sections), ``intercepts`` of shape (n_sections,), both float64.
    """

    tfidf: TfidfWeights
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]

    def margins(self, counts: csr_matrix) -> NDArray[np.float64]:
        """Return the margins of counted texts, of shape (n_texts, n_sections); NaN for a text without a known term.

        Such a text would get the intercepts alone, the same tags whatever it says; `Tagger` gives it none.
        """
        features = self.tfidf.transform(counts)
        margins = np.asarray(features @ self.weights + self.intercepts)
        margins[np.diff(features.indptr) == 0] = np.nan
        return margins


def fit(
    counts: csr_matrix, labels: NDArray[np.bool_], settings: TrainingSettings, pairs: NDArray[np.bool_]
) -> LinearModel:
    """Fit a linear classifier for each section, its positives weighted by how rare they are.

    Parameters
    ----------
    counts : csr_matrix of float64, shape (n_articles, n_features)
    labels : bool array of shape (n_articles, n_sections)
        A column without positives gets weights of 0 and an intercept of -1.
    settings : TrainingSettings
    pairs : bool array of shape (n_features,)
        Which features are pairs of words.
    """
    tfidf = TfidfWeights.fit(counts, settings.min_df, settings.max_df, pairs, settings.pair_weight)
    features = tfidf.transform(counts)
    weights = np.zeros((features.shape[1], labels.shape[1]))
    intercepts = np.full(labels.shape[1], -1.0)
    for s in range(labels.shape[1]):
        if labels[:, s].any():
            fitted = _classifier(labels[:, s], settings).fit(features, labels[:, s])
            weights[:, s], intercepts[s] = fitted.coef_[0], fitted.intercept_[0]
    return LinearModel(tfidf, weights, intercepts)


def _classifier(labels: NDArray[np.bool_], settings: TrainingSettings) -> LinearSVC | LogisticRegression:
    positives = labels.sum()
    weight = {True: float(((len(labels) - positives) / positives) ** settings.rarity), False: 1.0}
    shared = {"C": settings.c, "class_weight": weight, "random_state": settings.seed, "tol": _TOLERANCE}
    if settings.loss == "logistic":
        return LogisticRegression(solver="liblinear", max_iter=_MAX_ITERATIONS, **shared)
    return LinearSVC(loss=settings.loss, dual=True, max_iter=_MAX_ITERATIONS, **shared)
