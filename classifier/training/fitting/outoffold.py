"""Out-of-fold scores: what models that had not seen an article make of it. Every number on quality rests on these."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.progress import Progress
from classifier.rules.scores import Scores
from classifier.training.fitting.linear import LinearModel, fit
from classifier.training.fitting.rules import RuleFitter, Rules
from classifier.training.scheduling import local_threads
from classifier.training.settings import TrainingSettings
from classifier.training.task import Task


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
