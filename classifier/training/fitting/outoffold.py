"""Out-of-fold scores: what models that had not seen an article make of it. Every number on quality rests on these."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.splits import assign_folds
from classifier.corpus.stories import group_stories, sign
from classifier.errors import CorpusError
from classifier.sections import Section, Sections
from classifier.training.measuring.evaluation import Scores
from classifier.training.fitting.features import CountedTexts, Counting, count_texts
from classifier.training.fitting.linear import LinearModel, fit
from classifier.training.fitting.rules import RuleFitter, Rules
from classifier.training.scheduling import local_threads
from classifier.training.settings import TrainingSettings


class Progress(Protocol):
    """What a run tells whoever watches it."""

    def stage(self, name: str, steps: int) -> None:
        """Begin a stage of so many steps."""

    def step(self) -> None:
        """One step of the stage is done."""


@dataclass(frozen=True)
class Task:
    """Labelled articles as numbers.

    ``trained`` are the sections with enough stories, the columns of ``labels``, a bool array of shape (n_articles,
    n_sections); ``support`` counts the articles of every active section by id, ``story_support`` their stories;
    ``signatures`` are those of `classifier.corpus.stories`; ``stories`` and ``folds`` number each article's story and
    fold.
    """

    counted: CountedTexts
    trained: tuple[Section, ...]
    labels: NDArray[np.bool_]
    support: dict[str, int]
    story_support: dict[str, int]
    signatures: NDArray[np.uint16]
    stories: NDArray[np.int64]
    folds: NDArray[np.int64]

    @property
    def n_stories(self) -> int:
        """The number of stories."""
        return len(np.unique(self.stories))


@dataclass(frozen=True)
class OutOfFold:
    """The margins of every article from the model of its fold, and those models, in the order of the folds.

    An article without a term that the model of its fold knows has a row of NaN.
    """

    margins: NDArray[np.float64]
    models: tuple[LinearModel, ...]


@dataclass(frozen=True)
class NestedScores:
    """What each fold's articles would be given by rules fitted on the other folds, and those rules, fold by fold."""

    scores: Scores
    rules: tuple[Rules, ...]


def make_task(
    articles: Sequence[LabelledArticle],
    sections: Sections,
    settings: TrainingSettings,
    progress: Progress,
    jobs: int = 1,
) -> Task:
    """Group articles into stories, count their terms, on so many threads, and assign folds.

    Raises
    ------
    CorpusError
        If no section has ``min_support`` stories, or there are fewer stories than folds.
    """
    texts = [article.prepared.text for article in articles]
    progress.stage("grouping articles into stories", 1)
    signatures = sign(texts)
    stories = group_stories(signatures)
    progress.step()
    active = sections.active
    matrix = np.array([[section.id in article.sections for section in active] for article in articles], dtype=bool)
    matrix = matrix.reshape(len(articles), len(active))
    # copies of one article are no support: positives must stand in several stories for folds to have some each
    n_stories = [len(np.unique(stories[column])) for column in matrix.T]
    learned = _learned(matrix, stories, n_stories, sections, settings)
    labels = matrix[:, learned]
    folds = assign_folds(labels, stories, settings.n_folds, settings.seed)
    progress.stage("counting terms", 1)
    counted = count_texts(texts, Counting(jobs=local_threads(jobs)))
    progress.step()
    return Task(
        counted,
        trained=tuple(active[s] for s in learned),
        labels=labels,
        support={section.id: int(column.sum()) for section, column in zip(active, matrix.T, strict=True)},
        story_support={section.id: n for section, n in zip(active, n_stories, strict=True)},
        signatures=signatures,
        stories=stories,
        folds=folds,
    )


def _learned(
    matrix: NDArray[np.bool_],
    stories: NDArray[np.int64],
    n_stories: Sequence[int],
    sections: Sections,
    settings: TrainingSettings,
) -> list[int]:
    """Return the columns of the labels of active sections, ``matrix``, that have enough stories to be learned."""
    learned = [s for s, n in enumerate(n_stories) if n >= settings.min_support]
    in_all = len(np.unique(stories))
    counts = f"{len(matrix):,} articles that can be used make {in_all:,} stories, for near copies of one count once"
    if not learned:
        raise CorpusError(f"no section has {settings.min_support} stories: the {counts}; add articles of other stories")
    everywhere = [sections.active[s].id for s in learned if matrix[:, s].all()]
    if everywhere:
        raise CorpusError(f"every article has the section {everywhere[0]}; add articles without it")
    if in_all < settings.n_folds:
        raise CorpusError(f"there are fewer stories than {settings.n_folds} folds: the {counts}; add some of others")
    return learned


def score_out_of_fold(task: Task, settings: TrainingSettings, jobs: int, progress: Progress) -> OutOfFold:
    """Score each fold with a model fitted on the others."""
    held_out = [task.folds == fold for fold in range(settings.n_folds)]
    progress.stage("fitting folds", settings.n_folds)
    models = tuple(fit_each([~held for held in held_out], task, settings, jobs, progress))
    margins = np.empty(task.labels.shape)
    for held, model in zip(held_out, models, strict=True):
        margins[held] = model.margins(task.counted.counts, np.flatnonzero(held))
    return OutOfFold(margins, models)


def fit_each(
    selections: Sequence[NDArray[np.bool_]], task: Task, settings: TrainingSettings, jobs: int, progress: Progress
) -> Iterable[LinearModel]:
    """Yield a model fitted on each selection of articles, in order, TF-IDF weights included."""
    n_threads = local_threads(jobs)
    pairs = task.counted.pairs  # made once, before the threads want it
    within = max(1, n_threads // len(selections))

    def run(selected: NDArray[np.bool_]) -> LinearModel:
        return fit(task.counted.counts, task.labels, settings, pairs, within, np.flatnonzero(selected))

    # threads, for solvers let go of the interpreter's lock: processes would copy the counts
    with ThreadPoolExecutor(n_threads) as threads:
        for model in threads.map(run, selections):
            progress.step()
            yield model


def nested_scores(
    margins: NDArray[np.float64],
    task: Task,
    settings: TrainingSettings,
    calibrate_on: NDArray[np.bool_] | None = None,
) -> NestedScores:
    """Return what rules fitted on the other folds make of each fold's articles.

    Parameters
    ----------
    margins : float64 array of shape (n_articles, n_sections)
        Out-of-fold.
    task : Task
    settings : TrainingSettings
    calibrate_on : bool array of shape (n_articles,), optional
        The articles that rules may be fitted on, by default all.
    """
    used = np.ones(len(margins), dtype=bool) if calibrate_on is None else calibrate_on
    fitter = RuleFitter(margins[used], task.labels[used], task.folds[used], task.stories[used], settings)
    return apply_nested(fitter, margins, task, settings)


def apply_nested(
    fitter: RuleFitter, margins: NDArray[np.float64], task: Task, settings: TrainingSettings
) -> NestedScores:
    """Return what the rules of a fitter make of each fold's articles without having seen them."""
    rules = []
    probabilities = np.zeros(task.labels.shape)
    suggested, applied = np.zeros_like(task.labels), np.zeros_like(task.labels)
    for fold in range(settings.n_folds):
        held = task.folds == fold
        rules.append(fitter.fit(without=[fold]))
        scores = rules[-1].scores(margins[held])
        probabilities[held], suggested[held], applied[held] = scores.probabilities, scores.suggested, scores.applied
    return NestedScores(Scores(probabilities, suggested, applied), tuple(rules))
