"""The split by date: train on the older stories, test on the newest fifth. A newsroom uses a model that way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.stories import members
from classifier.rules.tagging import Predictions
from classifier.training.fitting.lengths.cut_margins import most_cut, sample_of_stories, score_cuts
from classifier.training.fitting.lengths.proof import proven_rules
from classifier.training.fitting.linear import LinearModel
from classifier.training.fitting.outoffold import OutOfFoldMargins
from classifier.training.fitting.rule_fitter import FittedRules
from classifier.training.measuring.assessment import Assessment, assess
from classifier.training.measuring.lengths.quality import LengthQuality, assess_lengths
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

NEWEST_SHARE = 0.2
#: With fewer test stories or a smaller share of dated stories, a split by date shows little.
MIN_TEST_STORIES = 20
MIN_DATED_SHARE = 0.5


@dataclass(frozen=True)
class DateSplit:
    """The ``older`` and the ``newest`` articles, bool arrays of shape (n_articles,); ``since`` is the first newest day.

    Articles without a date are in neither, because they may be newer than the test articles.
    """

    older: NDArray[np.bool_]
    newest: NDArray[np.bool_]
    since: date


@dataclass(frozen=True)
class DatedAssessment:
    """The quality of a model trained on the older stories, on those published on ``since`` or later.

    ``by_length`` has the figures for each class of lengths.
    """

    assessment: Assessment
    since: date
    n_older: int
    by_length: tuple[LengthQuality, ...] = ()

    def to_json(self, section_ids: Sequence[str]) -> dict[str, Any]:
        """Return all of it as plain JSON values."""
        return {
            "trained_on": self.n_older,
            "tested_since": self.since.isoformat(),
            **self.assessment.to_json(section_ids),
            "by_length": [item.to_json(section_ids) for item in self.by_length],
        }


def split_by_date(published: Sequence[date | None], stories: NDArray[np.int64]) -> DateSplit | None:
    """Split off the newest fifth of the dated stories; return None if the dates do not allow it.

    A story is as old as its latest article. All stories of one day are on the same side.
    """
    groups = members(stories)
    latest = [max((day for i in group if (day := published[i])), default=None) for group in groups]
    days = sorted(day for day in latest if day)
    if len(days) < MIN_DATED_SHARE * len(groups) or len(days) * NEWEST_SHARE < MIN_TEST_STORIES:
        return None
    since = days[-int(len(days) * NEWEST_SHARE)]
    if since == days[0]:
        return None
    older, newest = np.zeros(len(stories), dtype=bool), np.zeros(len(stories), dtype=bool)
    for group, day in zip(groups, latest, strict=True):
        if day:
            (newest if day >= since else older)[group] = True
    return DateSplit(older, newest, since)


def assess_by_date(
    split: DateSplit,
    model: LinearModel,
    scored: OutOfFoldMargins,
    task: Task,
    published: Sequence[date | None],
    settings: TrainingSettings,
) -> DatedAssessment:
    """Score the newest stories with a model fitted on the older ones.

    Calibration and thresholds are fitted on the out-of-fold margins of the older articles only.
    """
    older = split.older
    rules, _ = proven_rules(scored, task, settings, older)
    margins = model.margins(task.counted.counts, np.flatnonzero(split.newest))
    predictions = rules.predict(margins, task.counted.n_words[split.newest])
    days = [published[i] for i in np.flatnonzero(split.newest).tolist()]
    assessment = assess(predictions, task.all_labels[split.newest], task.stories[split.newest], days, settings.seed)
    by_length = _assess_lengths(split, model, rules, predictions, scored, task, settings.seed)
    return DatedAssessment(assessment, split.since, int(split.older.sum()), by_length)


def _assess_lengths(
    split: DateSplit,
    model: LinearModel,
    rules: FittedRules,
    predictions: Predictions,
    scored: OutOfFoldMargins,
    task: Task,
    seed: int,
) -> tuple[LengthQuality, ...]:
    """Measure the newest articles by length, and a sample of them cut short if articles were cut for the rules."""
    rows = np.flatnonzero(split.newest)
    n_words, labels = task.counted.n_words[rows], task.all_labels[rows]
    if scored.cuts is None:
        return assess_lengths(predictions, n_words, labels)
    sample = sample_of_stories(task.stories[rows], seed, most_cut(task.labels.shape[1]))
    cuts = score_cuts(task, [(model, split.newest)], scored.cuts.lengths, rows[sample], jobs=1)
    of_cuts = [
        rules.predict(margins.astype(np.float64), of_cut)
        for margins, of_cut in zip(cuts.margins, cuts.n_words, strict=True)
    ]
    return assess_lengths(predictions, n_words, labels, replace(cuts, rows=sample), of_cuts)
