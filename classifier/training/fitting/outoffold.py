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
from classifier.training.fitting.lengths.cut_margins import CutMargins, lengths_of_cuts, sample_of_stories, score_cuts
from classifier.training.fitting.lengths.length_fitter import WHOLE_SHARE, LengthFitter, fitter_for
from classifier.training.fitting.linear import LinearModel, fit
from classifier.training.fitting.rule_fitter import FittedRules, RuleFitter
from classifier.training.scheduling import local_threads
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings


@dataclass(frozen=True)
class OutOfFoldMargins:
    """The margins of every article, and the models that gave them, in the order of the folds.

    ``margins`` is a float64 array of shape (n_articles, n_sections). An article without a term that the model of its
    fold knows has a row of NaN. ``cuts`` has the margins of articles cut short, unless one rule is for all lengths.
    """

    margins: NDArray[np.float64]
    models: tuple[LinearModel, ...]
    cuts: CutMargins | None = None


@dataclass(frozen=True)
class NestedPredictions:
    """The tags that each fold's articles get from rules fitted on the other folds, and these rules, fold by fold.

    ``cuts`` has the tags of articles cut short: one `Predictions` a length of `CutMargins`.
    """

    predictions: Predictions
    rules: tuple[FittedRules, ...]
    cuts: tuple[Predictions, ...] = ()


def score_out_of_fold(task: Task, settings: TrainingSettings, jobs: int, progress: Progress) -> OutOfFoldMargins:
    """Score each fold with a model fitted on the other folds, on ``jobs`` threads."""
    held_out = [task.folds == fold for fold in range(settings.n_folds)]
    progress.stage("fitting folds", settings.n_folds)
    models = tuple(fit_each([~held for held in held_out], task, settings, jobs, progress))
    return margins_of_folds(models, task, settings, jobs)


def margins_of_folds(
    models: Sequence[LinearModel], task: Task, settings: TrainingSettings, jobs: int
) -> OutOfFoldMargins:
    """Score each fold with the model that has not seen it, whole articles and articles cut short."""
    held_out = [task.folds == fold for fold in range(settings.n_folds)]
    margins = np.empty(task.labels.shape)
    for held, model in zip(held_out, models, strict=True):
        margins[held] = model.margins(task.counted.counts, np.flatnonzero(held))
    cuts = None
    if settings.lengths == "on":
        lengths = lengths_of_cuts(float(np.quantile(task.counted.n_words, WHOLE_SHARE)))
        rows = sample_of_stories(task.stories, settings.seed)
        cuts = score_cuts(task, list(zip(models, held_out, strict=True)), lengths, rows, jobs)
    return OutOfFoldMargins(margins, tuple(models), cuts)


def fit_each(
    selections: Sequence[NDArray[np.bool_]], task: Task, settings: TrainingSettings, jobs: int, progress: Progress
) -> Iterable[LinearModel]:
    """Yield a model fitted on each selection of articles, in order, with its own TF-IDF weights."""
    n_threads = local_threads(jobs)
    pairs = task.counted.pairs  # computed here once, before the threads need it
    threads_per_fit = max(1, n_threads // len(selections))

    def run(selected: NDArray[np.bool_]) -> LinearModel:
        rows = np.flatnonzero(selected)
        weights, latent = task.article_weights, task.latent
        return fit(task.counted.counts, task.labels, settings, pairs, threads_per_fit, rows, weights, latent)

    # threads, because the solvers release the interpreter's lock; processes would copy the counts
    with ThreadPoolExecutor(n_threads) as threads:
        for model in threads.map(run, selections):
            progress.step()
            yield model


def nested_predictions(
    scored: OutOfFoldMargins,
    task: Task,
    settings: TrainingSettings,
    calibrate_on: NDArray[np.bool_] | None = None,
) -> NestedPredictions:
    """Return the tags that each fold's articles get from rules fitted on the other folds.

    Parameters
    ----------
    scored : OutOfFoldMargins
    task : Task
    settings : TrainingSettings
    calibrate_on : bool array of shape (n_articles,), optional
        The articles that rules may be fitted on, by default all.
    """
    fitter = fitter_for(scored.margins, scored.cuts, task, settings, calibrate_on)
    return predict_nested(fitter, scored, task, settings)


def predict_nested(
    fitter: RuleFitter | LengthFitter, scored: OutOfFoldMargins, task: Task, settings: TrainingSettings
) -> NestedPredictions:
    """Return the tags that each fold's articles get from the fitter's rules of the other folds."""
    rules = [fitter.fit(without=[fold]) for fold in range(settings.n_folds)]
    predictions = predict_each(rules, scored.margins, task.counted.n_words, task.folds)
    cuts = scored.cuts
    if cuts is None:
        return NestedPredictions(predictions, tuple(rules))
    of_cuts = (
        predict_each(rules, cuts.margins[k].astype(np.float64), cuts.n_words[k], task.folds[cuts.rows])
        for k in range(len(cuts.lengths))
    )
    return NestedPredictions(predictions, tuple(rules), tuple(of_cuts))


def predict_each(
    rules: Sequence[FittedRules], margins: NDArray[np.float64], n_words: NDArray[np.int64], folds: NDArray[np.int64]
) -> Predictions:
    """Return the tags of texts, each by the rules of its fold."""
    probabilities, (suggested, applied) = np.zeros(margins.shape), np.zeros((2, *margins.shape), np.bool_)
    for fold, of_fold in enumerate(rules):
        held = folds == fold
        found = of_fold.predict(margins[held], n_words[held])
        probabilities[held], suggested[held], applied[held] = found.probabilities, found.suggested, found.applied
    return Predictions(probabilities, suggested, applied)
