"""From labelled articles to a model: out-of-fold margins, rules, and the final fit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.progress import Progress
from classifier.sections import Section
from classifier.training.fitting.lengths.proof import proven_rules
from classifier.training.fitting.linear import LinearModel
from classifier.training.fitting.outoffold import (
    NestedPredictions,
    OutOfFoldMargins,
    fit_each,
    score_out_of_fold,
)
from classifier.training.fitting.rule_fitter import FittedRules
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings


@dataclass(frozen=True)
class TrainedModel:
    """The fitted parts of a training run.

    ``model`` is fitted on all articles; its features are ``terms`` and its columns are the sections ``trained``.
    ``untrained`` are the other sections that articles are labelled with, and ``why_untrained`` gives a reason for every
    section of the vocabulary that is not trained, by id.
    ``support`` and ``story_support`` count the articles and the stories of every active section by id, trained or not.
    ``scored`` holds the out-of-fold margins, ``nested`` the tags that rules fitted on the other folds make of them.
    ``older`` is the fit on the older articles of a split by date, if there is one.
    """

    terms: tuple[str, ...]
    model: LinearModel
    trained: tuple[Section, ...]
    untrained: tuple[Section, ...]
    why_untrained: dict[str, str]
    rules: FittedRules
    support: dict[str, int]
    story_support: dict[str, int]
    n_articles: int
    n_stories: int
    scored: OutOfFoldMargins
    nested: NestedPredictions
    older: LinearModel | None

    @property
    def section_ids(self) -> list[str]:
        """The trained sections, then the untrained ones: the order of the figures."""
        return [section.id for section in (*self.trained, *self.untrained)]


def train(
    task: Task,
    settings: TrainingSettings,
    jobs: int,
    progress: Progress,
    older: NDArray[np.bool_] | None = None,
    rules_on: NDArray[np.bool_] | None = None,
) -> TrainedModel:
    """Score articles out-of-fold, fit rules on their margins, and fit the final model on all articles.

    Parameters
    ----------
    task : Task
    settings : TrainingSettings
    jobs : int
        Number of threads.
    progress : Progress
    older : bool array of shape (n_articles,), optional
        The older articles of a split by date: one more model is fitted on these alone.
    rules_on : bool array of shape (n_articles,), optional
        The articles that calibration and thresholds are fitted on, by default all.
    """
    scored = score_out_of_fold(task, settings, jobs, progress)
    progress.stage("calibrating, choosing thresholds", 1)
    rules, nested = proven_rules(scored, task, settings, rules_on)
    progress.step()
    everything = np.ones(len(task.labels), dtype=np.bool_)
    selections = [everything] + ([older] if older is not None else [])
    progress.stage("fitting the final model", len(selections))
    model, *rest = fit_each(selections, task, settings, jobs, progress)
    return TrainedModel(
        terms=tuple(task.counted.terms[model.tfidf.columns].tolist()),
        model=model,
        trained=task.trained,
        untrained=task.untrained,
        why_untrained=task.why_untrained,
        rules=rules,
        support=task.support,
        story_support=task.story_support,
        n_articles=len(task.labels),
        n_stories=task.n_stories,
        scored=scored,
        nested=nested,
        older=rest[0] if rest else None,
    )
