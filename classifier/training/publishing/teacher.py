"""Articles that a teacher labelled: how much they weigh, and figures from articles that people labelled alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.splits import assign_folds
from classifier.corpus.stored.subset import Subset
from classifier.errors import number_of
from classifier.progress import Progress
from classifier.rules.tagging import Predictions
from classifier.training.fitting.lengths.cut_margins import CutMargins
from classifier.training.fitting.outoffold import NestedPredictions, OutOfFoldMargins, fit_each, nested_predictions
from classifier.training.fitting.trainer import TrainedModel
from classifier.training.measuring.bootstrap import f1_gains
from classifier.training.measuring.evaluation import evaluate
from classifier.training.publishing.gate import Verdict
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

#: By how much the errors of an article that a teacher labelled may count, next to 1 for an article of a person.
WEIGHTS = (0.1, 0.3, 1.0)
#: The weight that is taken, with rules from all articles, unless another trial is better beyond chance. A few people's
#: articles cannot tell trials apart, and rules that are fitted on them alone follow chance.
USUAL_WEIGHT = 0.3
#: In how many of the redraws of people's stories a trial must be better than the usual one.
_SURE = 0.95
#: With fewer stories that people labelled, nothing is known about the teacher: no model goes live.
LEAST_STORIES = 20


@dataclass(frozen=True)
class WeightTrial:
    """Out-of-fold figures on the articles of people, with a weight for those of the teacher.

    ``by_people`` is whether calibration and thresholds were fitted on the articles of people alone.
    """

    weight: float
    by_people: bool
    micro_f1: float
    macro_f1: float

    def to_json(self) -> dict[str, Any]:
        """Return the trial as plain JSON values."""
        return {
            "weight": self.weight,
            "rules_from": "people" if self.by_people else "all",
            "micro_f1": self.micro_f1,
            "macro_f1": self.macro_f1,
        }


@dataclass(frozen=True)
class TeacherOutcome:
    """What became of the articles that a teacher labelled.

    ``chosen`` is None if too few stories have labels of people: then all articles count the same, all figures only show
    how well the model repeats the teacher, and it does not go live.
    """

    n_taught: int
    n_people: int
    n_stories: int
    trials: tuple[WeightTrial, ...] = ()
    chosen: WeightTrial | None = None

    @property
    def is_usual(self) -> bool:
        """Whether the usual weight and rules were chosen."""
        return self.chosen is not None and (self.chosen.weight, self.chosen.by_people) == (USUAL_WEIGHT, False)

    @property
    def words(self) -> str:
        """A sentence for people."""
        taught = number_of(self.n_taught, "article was labelled", "articles were labelled")
        if self.chosen is None:
            stories = number_of(self.n_stories, "story was", "stories were")
            return (
                f"{taught} by a teacher, and {stories} labelled by people: all figures show how well the model repeats "
                "the teacher, not how good it is"
            )
        rules = "people's articles alone" if self.chosen.by_people else "all articles"
        tried = "ways that were tried out-of-fold"
        why = f"the best of {len(self.trials)} {tried}, and better than the usual one beyond chance"
        if self.is_usual:
            why = f"none of {len(self.trials) - 1} other {tried} was better beyond chance"
        return (
            f"{taught} by a teacher, and count {self.chosen.weight:g} times as much as the {self.n_people:,} of people "
            f"({why}); probabilities and thresholds are from {rules}; all figures are from people's articles alone, "
            "and there are none by date"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as plain JSON values."""
        return {
            "articles": self.n_taught,
            "articles_of_people": self.n_people,
            "stories_of_people": self.n_stories,
            "trials": [trial.to_json() for trial in self.trials],
            "chosen": self.chosen.to_json() if self.chosen else None,
        }

    def judged(self, verdict: Verdict) -> Verdict:
        """Return the verdict of the gate; nothing goes live that no person has checked."""
        if self.chosen is not None:
            return verdict
        reason = (
            f"only {number_of(self.n_stories, 'story has', 'stories have')} labels of people, and {LEAST_STORIES} are "
            "needed to show how good the teacher's labels are"
        )
        fix = "draw articles with “copydesk sample”, label them, and train on them too"
        return replace(verdict, allowed=False, reason=reason, fix=fix)

    @staticmethod
    def of_people(
        articles: Sequence[LabelledArticle], task: Task, trained: TrainedModel, languages: Sequence[str]
    ) -> tuple[Sequence[LabelledArticle], Task, TrainedModel, tuple[str, ...]]:
        """Return the articles that people labelled, their task, the model's answers, and their languages."""
        rows = np.flatnonzero(~_taught(task))
        chosen = rows.tolist()
        counted = replace(task.counted, counts=task.counted.counts[rows], n_words=task.counted.n_words[rows])
        arrays = {
            name: getattr(task, name)[rows] for name in ("labels", "all_labels", "signatures", "stories", "folds")
        }
        part = replace(
            task,
            counted=counted,
            texts=Subset(task.texts, chosen),
            headlines=task.headlines[rows],
            article_weights=None,
            taught=None,
            **arrays,
        )
        cuts, kept = _cuts(trained.scored.cuts, rows)
        scored = replace(trained.scored, margins=trained.scored.margins[rows], cuts=cuts)
        of_cuts = tuple(_predictions(found, kept) for found in trained.nested.cuts)
        nested = NestedPredictions(_predictions(trained.nested.predictions, rows), trained.nested.rules, of_cuts)
        answers = replace(trained, scored=scored, nested=nested)
        return Subset(articles, chosen), part, answers, tuple(languages[i] for i in chosen)


def choose_weight(
    task: Task, settings: TrainingSettings, jobs: int, progress: Progress
) -> tuple[Task, NDArray[np.bool_] | None, TeacherOutcome]:
    """Choose the weight of the articles that a teacher labelled, by out-of-fold figures on the articles of people.

    It is the usual one unless another is better beyond chance, by redraws of the stories that people labelled. The
    folds differ from the folds of the run that follows, because its figures must not be the ones that chose.

    Returns
    -------
    task : Task
        With that weight.
    rules_on : bool array of shape (n_articles,), or None
        The articles that rules are to be fitted on; None for all.
    outcome : TeacherOutcome
    """
    taught = _taught(task)
    people = ~taught
    n_stories = len(np.unique(task.stories[people]))
    outcome = TeacherOutcome(int(taught.sum()), int(people.sum()), n_stories)
    if n_stories < LEAST_STORIES:
        return task, None, outcome
    progress.stage("choosing the weight of the teacher's labels", len(WEIGHTS) * settings.n_folds)
    folds = assign_folds(task.labels, task.stories, settings.n_folds, settings.seed + 1)
    tags = {
        trial: suggested
        for weight in WEIGHTS
        for trial, suggested in _trials(
            replace(_weighted(task, weight), folds=folds), weight, people, settings, jobs, progress
        )
    }
    best = _best(tags, task.labels[people], task.stories[people], settings.seed)
    outcome = replace(outcome, trials=tuple(tags), chosen=best)
    return _weighted(task, best.weight), people if best.by_people else None, outcome


def _best(
    tags: Mapping[WeightTrial, NDArray[np.bool_]], labels: NDArray[np.bool_], stories: NDArray[np.int64], seed: int
) -> WeightTrial:
    """Return the usual trial, or the best trial that is better in nearly all redraws of stories."""
    usual = next(trial for trial in tags if (trial.weight, trial.by_people) == (USUAL_WEIGHT, False))
    better = [
        trial
        for trial, suggested in tags.items()
        if np.quantile(f1_gains(tags[usual], suggested, labels, stories, seed)[1:], 1 - _SURE) > 0
    ]
    return max(better, key=lambda trial: trial.micro_f1 + trial.macro_f1, default=usual)


def _taught(task: Task) -> NDArray[np.bool_]:
    return np.zeros(len(task.labels), np.bool_) if task.taught is None else task.taught


def _weighted(task: Task, weight: float) -> Task:
    given = np.ones(len(task.labels)) if task.article_weights is None else task.article_weights
    return replace(task, article_weights=np.where(_taught(task), weight, 1.0) * given)


def _trials(
    task: Task, weight: float, people: NDArray[np.bool_], settings: TrainingSettings, jobs: int, progress: Progress
) -> list[tuple[WeightTrial, NDArray[np.bool_]]]:
    """Return the trials with a weight, each with its tags of people's articles."""
    held_out = [task.folds == fold for fold in range(settings.n_folds)]
    margins = np.empty(task.labels.shape)
    for held, model in zip(
        held_out, fit_each([~held for held in held_out], task, settings, jobs, progress), strict=True
    ):
        margins[held] = model.margins(task.counted.counts, np.flatnonzero(held))
    scored, found = OutOfFoldMargins(margins, ()), []
    for by_people in (False, True):
        nested = nested_predictions(scored, task, settings, people if by_people else None)
        suggested = nested.predictions.suggested[people]
        figures = evaluate(suggested, task.all_labels[people])
        found.append((WeightTrial(weight, by_people, figures.micro.f1, figures.macro_f1), suggested))
    return found


def _cuts(cuts: CutMargins | None, rows: NDArray[np.int64]) -> tuple[CutMargins | None, NDArray[np.int64]]:
    """Return the cuts of some articles, and their places among all cuts."""
    if cuts is None:
        return None, np.zeros(0, np.int64)
    kept = np.flatnonzero(np.isin(cuts.rows, rows))
    renumbered = np.searchsorted(rows, cuts.rows[kept])
    return replace(cuts, rows=renumbered, margins=cuts.margins[:, kept], n_words=cuts.n_words[:, kept]), kept


def _predictions(found: Predictions, rows: NDArray[np.int64]) -> Predictions:
    return Predictions(found.probabilities[rows], found.suggested[rows], found.applied[rows])
