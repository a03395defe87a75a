"""Labelled articles to a model: out-of-fold scores, thresholds, final fit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.progress import Progress
from classifier.sections import Section
from classifier.training.fitting.linear import LinearModel
from classifier.training.fitting.outoffold import NestedScores, OutOfFold, apply_nested, fit_each, score_out_of_fold
from classifier.training.fitting.rules import RuleFitter, Rules
from classifier.training.settings import TrainingSettings
from classifier.training.task import Task


@dataclass(frozen=True)
class TrainedModel:
    """The outcome of a training run.

    ``model`` is the fit on everything, on the features ``terms``; its columns are the sections ``trained``.
    ``support`` counts the positives of every active section by id, trained or not. ``scored`` are the out-of-fold
    margins, ``nested`` the tags that rules fitted on the other folds make of them. ``older`` is the fit on the older
    articles of a split by date, if there is one.
    """

    terms: tuple[str, ...]
    model: LinearModel
    trained: tuple[Section, ...]
    rules: Rules
    support: dict[str, int]
    story_support: dict[str, int]
    n_articles: int
    n_stories: int
    scored: OutOfFold
    nested: NestedScores
    older: LinearModel | None


def train(
    task: Task, settings: TrainingSettings, jobs: int, progress: Progress, older: NDArray[np.bool_] | None = None
) -> TrainedModel:
    """Score out-of-fold, choose thresholds on that, and fit on everything.

    Parameters
    ----------
    task : Task
    settings : TrainingSettings
    jobs : int
        Number of threads.
    progress : Progress
    older : bool array of shape (n_articles,), optional
        The older articles of a split by date: one more model is fitted on these alone.
    """
    scored = score_out_of_fold(task, settings, jobs, progress)
    progress.stage("calibrating, choosing thresholds", 1)
    fitter = RuleFitter(scored.margins, task.labels, task.folds, task.stories, settings)
    rules, nested = fitter.fit(), apply_nested(fitter, scored.margins, task, settings)
    progress.step()
    selections = [_everything(task)] + ([older] if older is not None else [])
    progress.stage("fitting the final model", len(selections))
    model, *rest = fit_each(selections, task, settings, jobs if len(selections) > 1 else 1, progress)
    return TrainedModel(
        terms=tuple(task.counted.terms[model.tfidf.columns].tolist()),
        model=model,
        trained=task.trained,
        rules=rules,
        support=task.support,
        story_support=task.story_support,
        n_articles=len(task.labels),
        n_stories=task.n_stories,
        scored=scored,
        nested=nested,
        older=rest[0] if rest else None,
    )


def _everything(task: Task) -> NDArray[np.bool_]:
    return np.ones(len(task.labels), dtype=np.bool_)
