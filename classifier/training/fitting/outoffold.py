"""Out-of-fold margins and tags: each article is scored by a model that has not seen it.

Every figure of quality rests on these.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.progress import Progress
from classifier.rules.tagging import Predictions
from classifier.training.fitting.linear import LinearModel, fit
from classifier.training.fitting.rule_fitter import FittedRules, RuleFitter
from classifier.training.scheduling import local_threads
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings


@dataclass(frozen=True)
class OutOfFoldMargins:
    """The margins of every article, and the models that gave them, in the order of the folds.

    ``margins`` is a float64 array of shape (n_articles, n_sections). An article without a term that the model of its
    fold knows has a row of NaN.
    """

    margins: NDArray[np.float64]
    models: tuple[LinearModel, ...]


@dataclass(frozen=True)
class NestedPredictions:
    """The tags that each fold's articles get from rules fitted on the other folds, and these rules, fold by fold."""

    predictions: Predictions
    rules: tuple[FittedRules, ...]


def score_out_of_fold(task: Task, settings: TrainingSettings, jobs: int, progress: Progress) -> OutOfFoldMargins:
    """Score each fold with a model fitted on the other folds, on ``jobs`` threads."""
    held_out = [task.folds == fold for fold in range(settings.n_folds)]
    progress.stage("fitting folds", settings.n_folds)
    models = tuple(fit_each([~held for held in held_out], task, settings, jobs, progress))
    margins = np.empty(task.labels.shape)
    for held, model in zip(held_out, models, strict=True):
        margins[held] = model.margins(task.counted.counts, np.flatnonzero(held))
    return OutOfFoldMargins(margins, models)


def fit_each(
    selections: Sequence[NDArray[np.bool_]], task: Task, settings: TrainingSettings, jobs: int, progress: Progress
) -> Iterable[LinearModel]:
    """Yield a model fitted on each selection of articles, in order, with its own TF-IDF weights."""
    n_threads = local_threads(jobs)
    pairs = task.counted.pairs  # computed here once, before the threads need it
    threads_per_fit = max(1, n_threads // len(selections))

    def run(selected: NDArray[np.bool_]) -> LinearModel:
        return fit(task.counted.counts, task.labels, settings, pairs, threads_per_fit, np.flatnonzero(selected))

    # threads, because the solvers release the interpreter's lock; processes would copy the counts
    with ThreadPoolExecutor(n_threads) as threads:
        for model in threads.map(run, selections):
            progress.step()
            yield model


def nested_predictions(
    margins: NDArray[np.float64],
    task: Task,
    settings: TrainingSettings,
    calibrate_on: NDArray[np.bool_] | None = None,
) -> NestedPredictions:
    """Return the tags that each fold's articles get from rules fitted on the other folds.

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
    fitter = RuleFitter(
        margins[used], task.labels[used], task.folds[used], task.stories[used], settings, task.parents, task.needs
    )
    return predict_nested(fitter, margins, task, settings)


def predict_nested(
    fitter: RuleFitter, margins: NDArray[np.float64], task: Task, settings: TrainingSettings
) -> NestedPredictions:
    """Return the tags that each fold's articles get from the fitter's rules of the other folds."""
    rules = []
    probabilities = np.zeros(task.labels.shape)
    suggested, applied = np.zeros_like(task.labels), np.zeros_like(task.labels)
    for fold in range(settings.n_folds):
        held = task.folds == fold
        rules.append(fitter.fit(without=[fold]))
        found = rules[-1].predict(margins[held], task.counted.n_words[held])
        probabilities[held], suggested[held], applied[held] = found.probabilities, found.suggested, found.applied
    return NestedPredictions(Predictions(probabilities, suggested, applied), tuple(rules))
