"""One linear classifier for each section, on TF-IDF features of counted texts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix, csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from classifier.terms.weighing import SparseRows
from classifier.training.counts.archive import LatentFeatures
from classifier.training.counts.pairs import WordPairs
from classifier.training.fitting.features import TfidfWeights
from classifier.training.fitting.latent import augmented, directions, widened
from classifier.training.fitting.pruning import PrunedColumns, prune
from classifier.training.fitting.solving.lanes import LANES
from classifier.training.fitting.solving.prior import prior_scales
from classifier.training.fitting.solving.rows import TfidfRows
from classifier.training.fitting.solving.solver import Block, solve, solve_blocks
from classifier.training.training_settings import LEAST_OF_A_PAIR, TrainingSettings

#: liblinear stops at this tolerance: margins are then within a thousandth of the exact solution.
_TOLERANCE = 1e-2
_MAX_ITERATIONS = 10_000


@dataclass(frozen=True)
class LinearModel:
    """One linear classifier for each section, on the features of ``tfidf``.

    ``weights`` is float32, of shape (n_features, n_sections), and sparse if small weights were left out. ``intercepts``
    is float64, of shape (n_sections,).
    """

    tfidf: TfidfWeights
    weights: NDArray[np.float32] | csc_matrix
    intercepts: NDArray[np.float64]

    def of_section(self, column: int) -> NDArray[np.float32]:
        """Return the weights of a section, of shape (n_features,)."""
        if isinstance(self.weights, csc_matrix):
            return np.asarray(self.weights[:, [column]].toarray()[:, 0])
        return self.weights[:, column]

    def kept(self, column: int) -> tuple[NDArray[np.integer] | slice, NDArray[np.float32]]:
        """Return the features that a section has weights for, and these weights; a slice stands for all features."""
        if isinstance(self.weights, csc_matrix):
            some = slice(*self.weights.indptr[column : column + 2])
            return self.weights.indices[some], self.weights.data[some]
        return slice(None), self.weights[:, column]

    def rows(self) -> NDArray[np.float32] | SparseRows:
        """Return the weights as a model is stored: row by row."""
        if not isinstance(self.weights, csc_matrix):
            return self.weights
        return SparseRows.of_columns(
            self.weights.indptr, self.weights.indices, self.weights.data, self.weights.shape[0]
        )

    def margins(self, counts: csr_matrix, rows: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Return the margins of counted texts, or of some of their rows: float64, of shape (n_texts, n_sections).

        The margins of a text without a known term are NaN. Otherwise every such text would get the same tags, from the
        intercepts alone. `Tagger` gives it no tags.
        """
        places = np.zeros(counts.shape[1], np.int32)
        places[self.tfidf.columns] = np.arange(len(self.tfidf.columns))
        articles = TfidfRows.of_counts(counts, self.tfidf, rows)
        if not isinstance(self.weights, csc_matrix):
            return articles.margins(self.weights, self.intercepts, places)
        margins = np.empty((len(articles.rows), self.weights.shape[1]))
        for begin in range(0, self.weights.shape[1], LANES):
            some = slice(begin, begin + LANES)
            dense = np.ascontiguousarray(self.weights[:, some].toarray())
            margins[:, some] = articles.margins(dense, self.intercepts[some], places)
        return margins


def fit(
    counts: csr_matrix,
    labels: NDArray[np.bool_],
    settings: TrainingSettings,
    pairs: WordPairs,
    jobs: int = 1,
    rows: NDArray[np.int64] | None = None,
    article_weights: NDArray[np.float64] | None = None,
    latent: LatentFeatures | None = None,
) -> LinearModel:
    """Fit a linear classifier for each section; rarer positives get a larger weight.

    Parameters
    ----------
    counts : csr_matrix of whole numbers, shape (n_articles, n_features)
    labels : bool array of shape (n_articles, n_sections)
        A column without positives gets weights of 0 and an intercept of -1; a column of positives only, an intercept
        of 1.
    settings : TrainingSettings
    pairs : WordPairs
        The features that are pairs of words.
    jobs : int
        Number of threads. The model does not depend on it.
    rows : int64 array, optional
        The articles to fit on, by default all.
    article_weights : float64 array of shape (n_articles,), optional
        By how much the loss of each article counts, by default 1. Nothing else in the fit depends on it.
    latent : LatentFeatures, optional
        Latent features to fit on as well. Their weights are folded into those of the words.
    """
    if rows is not None:
        labels = labels[rows]
        article_weights = None if article_weights is None else article_weights[rows]
    tfidf = fit_weights(counts, settings, pairs, rows)
    if latent is None and settings.loss == "squared_hinge":
        return _fit_in_place(counts, labels, settings, tfidf, jobs, rows, article_weights)
    if latent is None:
        features = tfidf.transform(counts, rows=rows)
        return _pruned(LinearModel(tfidf, *_hyperplanes(features, labels, settings, jobs, article_weights)), settings)
    tfidf = widened(tfidf, latent)
    to_latent = directions(tfidf, latent)
    features = augmented(tfidf.transform(counts, rows=rows), to_latent)
    weights, intercepts = _hyperplanes(features, labels, settings, jobs, article_weights, to_latent.shape[1])
    n_features = len(tfidf.columns)
    folded = weights[:n_features] + to_latent @ weights[n_features:]
    return _pruned(LinearModel(tfidf, folded.astype(np.float32), intercepts), settings)


def _pruned(model: LinearModel, settings: TrainingSettings) -> LinearModel:
    """Return a model without its small weights, if these are left out."""
    if not settings.least_weight:
        return model
    kept = PrunedColumns(*model.weights.shape)
    kept.keep(prune(model.weights, model.tfidf.idf, settings.least_weight), np.arange(model.weights.shape[1]))
    return replace(model, weights=kept.matrix())


def _fit_in_place(
    counts: csr_matrix,
    labels: NDArray[np.bool_],
    settings: TrainingSettings,
    tfidf: TfidfWeights,
    jobs: int,
    rows: NDArray[np.int64] | None,
    article_weights: NDArray[np.float64] | None,
) -> LinearModel:
    """Fit on the counts as they are: no matrix of TF-IDF is made."""
    mixed, intercepts = _mixed(labels)
    shape, least = (len(tfidf.columns), labels.shape[1]), settings.least_weight
    weights = np.zeros((0, 0) if least else shape, np.float32)
    pruned = PrunedColumns(*shape)

    def keep(block: Block) -> None:
        columns, width = mixed[block.columns], len(block.columns)
        found = block.weights[tfidf.columns, :width]
        if least:
            pruned.keep(prune(np.ascontiguousarray(found), tfidf.idf, least), columns)
        else:
            weights[:, columns] = found
        intercepts[columns] = block.intercepts[:width]

    articles = TfidfRows.of_counts(counts, tfidf, rows)
    _solve_mixed(articles, labels[:, mixed], settings, keep, jobs, article_weights)
    return LinearModel(tfidf, pruned.matrix() if least else weights, intercepts)


def _mixed(labels: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the sections that some articles have and some do not, and the intercepts that the others get."""
    positives = labels.sum(axis=0)
    return np.flatnonzero((positives > 0) & (positives < len(labels))), np.where(positives > 0, 1.0, -1.0)


def _costs(labels: NDArray[np.bool_], settings: TrainingSettings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the cost of an error at an article with each section, and at one without."""
    return settings.c * _rarity(labels, settings), np.full(labels.shape[1], settings.c)


def _hyperplanes(
    features: csr_matrix,
    labels: NDArray[np.bool_],
    settings: TrainingSettings,
    jobs: int,
    article_weights: NDArray[np.float64] | None,
    n_free: int = 0,
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return weights and intercepts of all sections; the prior leaves the last ``n_free`` features alone."""
    mixed, intercepts = _mixed(labels)
    weights = np.zeros((features.shape[1], labels.shape[1]), np.float32)
    if settings.loss == "squared_hinge":
        costs = _costs(labels[:, mixed], settings)
        given = features, labels[:, mixed], *costs, settings.seed, jobs
        solution = solve(*given, prior=settings.prior, article_weights=article_weights, n_free=n_free)
        weights[:, mixed], intercepts[mixed] = solution.weights, solution.intercepts
    else:
        for s in mixed.tolist():
            scales = _scales(features, labels[:, [s]], settings, n_free)
            scaled = features.multiply(scales).tocsr() if settings.prior else features
            fitted = _classifier(labels[:, s], settings).fit(scaled, labels[:, s], article_weights)
            weights[:, s], intercepts[s] = fitted.coef_[0] * scales, fitted.intercept_[0]
    return weights, intercepts


@dataclass(frozen=True)
class ScoredTexts:
    """Texts whose margins are wanted: the ``rows`` of ``counts``, to be written to the ``places`` of ``margins``.

    ``rows`` and ``places`` are int64 arrays of the same length, ``margins`` has a column for each section.
    """

    counts: csr_matrix
    rows: NDArray[np.int64]
    margins: NDArray[np.floating]
    places: NDArray[np.int64]


def fit_and_score(
    counts: csr_matrix,
    labels: NDArray[np.bool_],
    settings: TrainingSettings,
    pairs: WordPairs,
    scored: Sequence[ScoredTexts],
    jobs: int = 1,
    rows: NDArray[np.int64] | None = None,
    article_weights: NDArray[np.float64] | None = None,
    latent: LatentFeatures | None = None,
) -> None:
    """Fit as `fit` does, and write the margins of texts as sections are solved, so that no weights are kept.

    The margins are those of `LinearModel.margins`, to the byte.
    """
    if latent is not None or settings.loss != "squared_hinge":
        model = fit(counts, labels, settings, pairs, jobs, rows, article_weights, latent)
        for texts in scored:
            texts.margins[texts.places] = model.margins(texts.counts, texts.rows)
        return
    if rows is not None:
        labels = labels[rows]
        article_weights = None if article_weights is None else article_weights[rows]
    tfidf = fit_weights(counts, settings, pairs, rows)
    mixed, intercepts = _mixed(labels)
    same = np.arange(counts.shape[1], dtype=np.int32)
    readers = [TfidfRows.of_counts(texts.counts, tfidf, texts.rows) for texts in scored]
    for texts, reader in zip(scored, readers, strict=True):
        texts.margins[texts.places] = np.where(reader.lengths[:, None] > 0, intercepts, np.nan)

    factors = np.zeros(counts.shape[1], np.float32)
    factors[tfidf.columns] = tfidf.idf

    def score(block: Block) -> None:
        width = len(block.columns)
        if settings.least_weight:
            prune(block.weights, factors, settings.least_weight)
        for texts, reader in zip(scored, readers, strict=True):
            found = reader.margins(block.weights, block.intercepts, same)
            texts.margins[texts.places[:, None], mixed[block.columns]] = found[:, :width]

    articles = TfidfRows.of_counts(counts, tfidf, rows)
    _solve_mixed(articles, labels[:, mixed], settings, score, jobs, article_weights)


def _solve_mixed(
    articles: TfidfRows,
    labels: NDArray[np.bool_],
    settings: TrainingSettings,
    take: Callable[[Block], None],
    jobs: int,
    article_weights: NDArray[np.float64] | None,
) -> None:
    costs, prior = _costs(labels, settings), settings.prior
    solve_blocks(articles, labels, *costs, settings.seed, take, jobs, prior=prior, article_weights=article_weights)


def fit_weights(
    counts: csr_matrix,
    settings: TrainingSettings,
    pairs: WordPairs,
    rows: NDArray[np.int64] | None = None,
) -> TfidfWeights:
    """Return the features that the settings keep, with their weights; the parameters are those of `fit`."""
    least = settings.least_articles
    min_df = np.where(pairs.marks, max(least, LEAST_OF_A_PAIR), least)
    weights = settings.pair_weight, rows, settings.phrase_weight
    return TfidfWeights.fit(counts, min_df, settings.max_df, pairs, *weights)


def _scales(
    features: csr_matrix, labels: NDArray[np.bool_], settings: TrainingSettings, n_free: int
) -> NDArray[np.float64]:
    """Return the scale of each feature in one section, of shape (n_features,)."""
    indptr, indices = features.indptr.astype(np.int64), features.indices.astype(np.uint32)
    data = features.data.astype(np.float64, copy=False)
    is_scaled = np.arange(features.shape[1]) < features.shape[1] - n_free
    return prior_scales(indptr, indices, data, labels, is_scaled, settings.prior)[:, 0]


def _rarity(labels: NDArray[np.bool_], settings: TrainingSettings) -> NDArray[np.float64]:
    """Return the weight of a positive of each column, relative to a negative."""
    positives = labels.sum(axis=0)
    return np.asarray(((len(labels) - positives) / positives) ** settings.rarity)


def _classifier(labels: NDArray[np.bool_], settings: TrainingSettings) -> LinearSVC | LogisticRegression:
    weight = {True: float(_rarity(labels, settings)), False: 1.0}
    shared = {"C": settings.c, "class_weight": weight, "random_state": settings.seed, "tol": _TOLERANCE}
    if settings.loss == "logistic":
        return LogisticRegression(solver="liblinear", max_iter=_MAX_ITERATIONS, **shared)
    return LinearSVC(loss=settings.loss, dual=True, max_iter=_MAX_ITERATIONS, **shared)
