"""Labelled articles to a model: stories, folds, out-of-fold scores, thresholds, final fit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.svm import LinearSVC

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.splits import assign_folds
from classifier.corpus.stories import group_stories
from classifier.errors import CorpusError
from classifier.sections import Section, Sections
from classifier.training.calibration import SectionRule, decide, fit_rules
from classifier.training.evaluation import Evaluation, evaluate
from classifier.training.features import CountedTexts, TfidfWeights, count_texts


@dataclass(frozen=True)
class TrainingSettings:
    """What a training run depends on besides the data.

    ``min_df`` and ``max_df`` bound the articles that a feature occurs in (a count; a share); ``c`` is the SVM's
    inverse regularisation; a section with fewer than ``min_support`` positives is not trained.
    """

    seed: int = 0
    n_folds: int = 5
    min_support: int = 5
    min_df: int = 2
    max_df: float = 0.5
    c: float = 1.0
    target_precision: float = 0.90


class Progress(Protocol):
    """What a training run tells whoever watches it."""

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage of so many steps."""

    def step(self) -> None:
        """One step of the stage is done."""


@dataclass(frozen=True)
class TrainedModel:
    """The outcome of a training run.

    ``weights`` is of shape (n_terms, n_trained) and ``intercepts`` of shape (n_trained,), float64; the columns are
    those of ``trained``. ``support`` counts the positives of every active section by id, trained or not.
    ``evaluation`` is out-of-fold, with calibration and thresholds that had not seen the fold either; ``applied`` is
    the same for the tags that would go without an editor.
    """

    terms: tuple[str, ...]
    idf: NDArray[np.float64]
    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    trained: tuple[Section, ...]
    rules: tuple[SectionRule, ...]
    support: dict[str, int]
    evaluation: Evaluation
    applied: Evaluation
    n_articles: int
    n_stories: int


@dataclass(frozen=True)
class LinearModel:
    """One linear classifier a section: ``weights`` (n_features, n_sections) and ``intercepts`` (n_sections,)."""

    weights: NDArray[np.float64]
    intercepts: NDArray[np.float64]


def train(
    articles: Sequence[LabelledArticle],
    sections: Sections,
    settings: TrainingSettings,
    jobs: int,
    progress: Progress,
) -> TrainedModel:
    """Train on labelled articles.

    Raises
    ------
    CorpusError
        If no section has ``min_support`` articles in that many stories, or there are fewer stories than folds.
    """
    progress.stage("grouping articles into stories", 1)
    texts = [article.prepared.text for article in articles]
    stories = group_stories(texts)
    progress.step()

    support, trained, labels = _labels(articles, stories, sections, settings)
    n_stories = len(np.unique(stories))
    if n_stories < settings.n_folds:
        raise CorpusError(f"{n_stories} stories are too few for {settings.n_folds} folds; add articles")
    folds = assign_folds(labels, stories, settings.n_folds, settings.seed)

    progress.stage("counting terms", 1)
    counted = count_texts(texts)
    progress.step()

    margins, final = _fit_all(counted, labels, folds, settings, jobs, progress)
    progress.stage("choosing thresholds", 1)
    rules = fit_rules(margins, labels, settings.target_precision)
    suggested, applied = _nested_decisions(margins, labels, folds, settings)
    progress.step()
    weights, model = final
    return TrainedModel(
        terms=tuple(counted.terms[weights.columns].tolist()),
        idf=weights.idf,
        weights=model.weights,
        intercepts=model.intercepts,
        trained=trained,
        rules=tuple(rules),
        support=support,
        evaluation=evaluate(suggested, labels),
        applied=evaluate(applied, labels),
        n_articles=len(articles),
        n_stories=n_stories,
    )


def _labels(
    articles: Sequence[LabelledArticle],
    stories: NDArray[np.int64],
    sections: Sections,
    settings: TrainingSettings,
) -> tuple[dict[str, int], tuple[Section, ...], NDArray[np.bool_]]:
    """Return the support of every active section, those with enough of it, and the label matrix of those."""
    matrix = np.array(
        [[section.id in article.sections for section in sections.active] for article in articles], dtype=bool
    )
    matrix = matrix.reshape(len(articles), len(sections.active))
    support = {section.id: int(matrix[:, s].sum()) for s, section in enumerate(sections.active)}
    # copies of one article are no support: positives must stand in several stories for folds to have some each
    enough = [s for s in range(matrix.shape[1]) if len(np.unique(stories[matrix[:, s]])) >= settings.min_support]
    if not enough:
        raise CorpusError(
            f"no section has {settings.min_support} articles among the {len(articles):,} that can be used; add some"
        )
    everywhere = [sections.active[s].id for s in enough if matrix[:, s].all()]
    if everywhere:
        raise CorpusError(f"every article has the section {everywhere[0]}; add articles without it")
    return support, tuple(sections.active[s] for s in enough), matrix[:, enough]


def _fit_all(
    counted: CountedTexts,
    labels: NDArray[np.bool_],
    folds: NDArray[np.int64],
    settings: TrainingSettings,
    jobs: int,
    progress: Progress,
) -> tuple[NDArray[np.float64], tuple[TfidfWeights, LinearModel]]:
    """Return the out-of-fold margins, of the shape of ``labels``, and the fit on everything."""
    held_out: list[NDArray[np.bool_]] = [folds == fold for fold in range(settings.n_folds)]
    everything = np.zeros(len(labels), dtype=bool)
    progress.stage("fitting folds and the final model", settings.n_folds + 1)
    # max_nbytes=None: arrays that joblib maps into workers are read-only, which some of liblinear's solvers refuse
    runs: Iterable[tuple[TfidfWeights, LinearModel]] = Parallel(n_jobs=jobs, return_as="generator", max_nbytes=None)(
        delayed(_fit_without)(counted.counts, labels, held, settings) for held in [*held_out, everything]
    )
    fitted = []
    for run in runs:
        fitted.append(run)
        progress.step()
    margins = np.empty(labels.shape)
    for held, (weights, model) in zip(held_out, fitted, strict=False):
        margins[held] = weights.transform(counted.counts[held]) @ model.weights + model.intercepts
    return margins, fitted[-1]


def _fit_without(
    counts: csr_matrix, labels: NDArray[np.bool_], held_out: NDArray[np.bool_], settings: TrainingSettings
) -> tuple[TfidfWeights, LinearModel]:
    seen = counts[~held_out]
    weights = TfidfWeights.fit(seen, settings.min_df, settings.max_df)
    return weights, fit_one_vs_rest(weights.transform(seen), labels[~held_out], settings.c, settings.seed)


def fit_one_vs_rest(features: csr_matrix, labels: NDArray[np.bool_], c: float, seed: int) -> LinearModel:
    """Fit a linear SVM for each section, its positives weighted by the square root of negatives to positives.

    Parameters
    ----------
    features : csr_matrix of float64, shape (n_articles, n_features)
    labels : bool array of shape (n_articles, n_sections)
        Each column holds both values.
    """
    weights = np.empty((features.shape[1], labels.shape[1]))
    intercepts = np.empty(labels.shape[1])
    for s in range(labels.shape[1]):
        positives = labels[:, s].sum()
        rarity = float(np.sqrt((len(labels) - positives) / positives))
        svm = LinearSVC(C=c, class_weight={True: rarity, False: 1.0}, random_state=seed, max_iter=10_000)
        svm.fit(features, labels[:, s])
        weights[:, s], intercepts[s] = svm.coef_[0], svm.intercept_[0]
    return LinearModel(weights, intercepts)


def _nested_decisions(
    margins: NDArray[np.float64],
    labels: NDArray[np.bool_],
    folds: NDArray[np.int64],
    settings: TrainingSettings,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return what each fold's articles would be suggested, and have applied, by rules fitted on the other folds."""
    suggested, applied = np.zeros_like(labels), np.zeros_like(labels)
    for fold in range(settings.n_folds):
        held = folds == fold
        rules = fit_rules(margins[~held], labels[~held], settings.target_precision)
        probabilities = np.column_stack([rule.platt.probabilities(margins[held, s]) for s, rule in enumerate(rules)])
        suggested[held] = decide(probabilities, [rule.suggest for rule in rules])
        applied[held] = decide(probabilities, [rule.apply for rule in rules])
    return suggested, applied
