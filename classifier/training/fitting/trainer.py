"""Labelled articles to a model: out-of-fold scores, thresholds, final fit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.sections import Section
from classifier.training.measuring.bydate import DateSplit
from classifier.training.measuring.evaluation import Evaluation, evaluate
from classifier.training.fitting.linear import LinearModel
from classifier.training.fitting.outoffold import (
    NestedScores,
    OutOfFold,
    Progress,
    Task,
    apply_nested,
    fit_each,
    score_out_of_fold,
)
from classifier.training.fitting.rules import RuleFitter, Rules
from classifier.training.settings import TrainingSettings


@dataclass(frozen=True)
class TrainedModel:
    """The outcome of a training run.

    ``model`` is the fit on everything, on the features ``terms``; its columns are the sections ``trained``.
    ``support`` counts the positives of every active section by id, trained or not. ``evaluation`` is out-of-fold,
    with calibration and thresholds that had not seen the fold either; ``applied`` is the same for the tags that would
    go without an editor. ``scored`` and ``nested`` are what they were counted from; ``older`` is the fit on the older
    articles of a split by date, if there is one.
    """

    terms: tuple[str, ...]
    model: LinearModel
    trained: tuple[Section, ...]
    rules: Rules
    support: dict[str, int]
    story_support: dict[str, int]
    evaluation: Evaluation
    applied: Evaluation
    n_articles: int
    n_stories: int
    scored: OutOfFold
    nested: NestedScores
    older: LinearModel | None


def train(
    task: Task, settings: TrainingSettings, jobs: int, progress: Progress, split: DateSplit | None = None
) -> TrainedModel:
    """Score out-of-fold, choose thresholds on that, and fit on everything."""
    scored = score_out_of_fold(task, settings, jobs, progress)
    progress.stage("calibrating, choosing thresholds", 1)
    fitter = RuleFitter(scored.margins, task.labels, task.folds, task.stories, settings)
    rules, nested = fitter.fit(), apply_nested(fitter, scored.margins, task, settings)
    progress.step()
    selections = [_everything(task)] + ([split.older] if split else [])
    progress.stage("fitting the final model", len(selections))
    model, *older = fit_each(selections, task, settings, jobs if split else 1, progress)
    return TrainedModel(
        terms=tuple(task.counted.terms[model.tfidf.columns].tolist()),
        model=model,
        trained=task.trained,
        rules=rules,
        support=task.support,
        story_support=task.story_support,
        evaluation=evaluate(nested.scores.suggested, task.labels),
        applied=evaluate(nested.scores.applied, task.labels),
        n_articles=len(task.labels),
        n_stories=task.n_stories,
        scored=scored,
        nested=nested,
        older=older[0] if older else None,
    )


def _everything(task: Task) -> NDArray[np.bool_]:
    return np.ones(len(task.labels), dtype=np.bool_)
