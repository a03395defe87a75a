"""Out-of-fold margins and tags: each article is scored by a model that has not seen it.

Every figure of quality rests on these.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from classifier.progress import Progress
from classifier.rules.tagging import Predictions
from classifier.training.fitting.lengths.cut_margins import (
    CountedCuts,
    CutMargins,
    count_cuts,
    lengths_of_cuts,
    most_cut,
    sample_of_stories,
)
from classifier.training.fitting.lengths.length_fitter import WHOLE_SHARE, LengthFitter, fitter_for
from classifier.training.fitting.linear import LinearModel, ScoredTexts, fit, fit_and_score
from classifier.training.fitting.rule_fitter import FittedRules, RuleFitter
from classifier.training.scheduling import local_threads
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

#: The models of all folds are kept for explanations if they have no more weights than this, 4 bytes each: those of 13
#: sections and 2,000,000 features do. Others are fitted again, one after the other.
MOST_WEIGHTS_KEPT = 150_000_000
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class OutOfFoldMargins:
    """The margins of every article, and the models that gave them, in the order of the folds.

    ``margins`` is a float64 array of shape (n_articles, n_sections). An article without a term that the model of its
    fold knows has a row of NaN. ``models`` is empty if they would take too much memory; ``fit_again`` then fits the
    model of a fold again with some sections. ``cuts`` has the margins of articles cut short, unless one rule is for all
    lengths.
    """

    margins: NDArray[np.float64]
    models: tuple[LinearModel, ...]
    cuts: CutMargins | None = None
    fit_again: Callable[[int, NDArray[np.int64]], LinearModel] | None = None

    def model_of(self, fold: int, sections: NDArray[np.int64]) -> tuple[LinearModel, NDArray[np.int64]]:
        """Return the model that scored the articles of a fold, and the columns in which it has some sections.

        Their weights have the same bytes whether the model was kept or is fitted again, with these sections alone.

        Parameters
        ----------
        fold : int
        sections : int64 array of shape (n_chosen,)
            The columns of the margins.
        """
        if self.fit_again:
            return self.fit_again(fold, sections), np.arange(len(sections))
        return self.models[fold], sections


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
    if settings.n_folds * task.counted.counts.shape[1] * task.labels.shape[1] <= MOST_WEIGHTS_KEPT:
        models = tuple(fit_each([~held for held in held_out], task, settings, jobs, progress))
        return margins_of_folds(models, task, settings, jobs)
    margins, counts = np.empty(task.labels.shape), task.counted.counts
    cuts = _cuts(task, settings, jobs)

    def score(selected: NDArray[np.bool_], n_threads: int) -> None:
        rows = np.flatnonzero(~selected)
        texts = [ScoredTexts(counts, rows, margins, rows), *(cuts.of(~selected) if cuts else ())]
        given = counts, task.labels, settings, task.counted.pairs, texts, n_threads
        fit_and_score(*given, np.flatnonzero(selected), task.article_weights, task.latent)

    for _ in _on_threads(score, [~held for held in held_out], task, jobs, progress):
        pass

    def fit_again(fold: int, sections: NDArray[np.int64]) -> LinearModel:
        given = task.labels[:, sections], settings, task.counted.pairs, local_threads(jobs)
        return fit(counts, *given, np.flatnonzero(~held_out[fold]), task.article_weights, task.latent)

    return OutOfFoldMargins(margins, (), cuts.cuts if cuts else None, fit_again)


def _cuts(task: Task, settings: TrainingSettings, jobs: int) -> CountedCuts | None:
    """Return a sample of the articles cut short, unless one rule is for all lengths."""
    if settings.lengths != "on":
        return None
    lengths = lengths_of_cuts(float(np.quantile(task.counted.n_words, WHOLE_SHARE)))
    rows = sample_of_stories(task.stories, settings.seed, most_cut(task.labels.shape[1]))
    return count_cuts(task, lengths, rows, jobs)


def margins_of_folds(
    models: Sequence[LinearModel], task: Task, settings: TrainingSettings, jobs: int
) -> OutOfFoldMargins:
    """Score each fold with the model that has not seen it, whole articles and articles cut short."""
    held_out = [task.folds == fold for fold in range(settings.n_folds)]
    margins = np.empty(task.labels.shape)
    for held, model in zip(held_out, models, strict=True):
        margins[held] = model.margins(task.counted.counts, np.flatnonzero(held))
    cuts = _cuts(task, settings, jobs)
    for held, model in zip(held_out, models, strict=True):
        for texts in cuts.of(held) if cuts else ():
            texts.margins[texts.places] = model.margins(texts.counts, texts.rows)
    return OutOfFoldMargins(margins, tuple(models), cuts.cuts if cuts else None)


def fit_each(
    selections: Sequence[NDArray[np.bool_]], task: Task, settings: TrainingSettings, jobs: int, progress: Progress
) -> Iterable[LinearModel]:
    """Yield a model fitted on each selection of articles, in order, with its own TF-IDF weights."""

    def run(selected: NDArray[np.bool_], n_threads: int) -> LinearModel:
        given = task.counted.counts, task.labels, settings, task.counted.pairs, n_threads
        return fit(*given, np.flatnonzero(selected), task.article_weights, task.latent)

    yield from _on_threads(run, selections, task, jobs, progress)


def _on_threads(
    run: Callable[[NDArray[np.bool_], int], _Result],
    selections: Sequence[NDArray[np.bool_]],
    task: Task,
    jobs: int,
    progress: Progress,
) -> Iterable[_Result]:
    """Yield what ``run`` returns for each selection of articles and the threads that it may use, in order."""
    n_threads = local_threads(jobs)
    _ = task.counted.pairs  # computed here once, before the threads need it
    threads_per_fit = max(1, n_threads // len(selections))

    # threads, because the solvers release the interpreter's lock; processes would copy the counts
    with ThreadPoolExecutor(n_threads) as threads:
        for result in threads.map(lambda selected: run(selected, threads_per_fit), selections):
            progress.step()
            yield result


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
