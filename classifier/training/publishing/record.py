"""evaluation.json: every figure of a training run, each of them out-of-sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from classifier.training.fitting.trainer import TrainedModel
from classifier.training.measuring.assessment import Assessment, assess, rounded
from classifier.training.measuring.bydate import DatedAssessment, DateSplit, assess_by_date
from classifier.training.settings import TrainingSettings
from classifier.training.task import Task


@dataclass(frozen=True)
class Record:
    """Figures out-of-fold, and on the split by date where dates allow one."""

    outoffold: Assessment
    by_date: DatedAssessment | None

    def to_json(self, section_ids: Sequence[str]) -> dict[str, Any]:
        """Return all of it as plain JSON values, fractions to six decimals."""
        data = {
            "method": "out-of-fold; calibration and thresholds from the other folds; 95 % intervals over stories",
            "out_of_fold": self.outoffold.to_json(section_ids),
            "by_date": self.by_date.to_json(section_ids) if self.by_date else None,
        }
        return {name: rounded(value) for name, value in data.items()}


def make_record(
    task: Task,
    trained: TrainedModel,
    published: Sequence[date | None],
    split: DateSplit | None,
    settings: TrainingSettings,
) -> Record:
    """Measure a training run."""
    by_date = None
    if split and trained.older:
        by_date = assess_by_date(split, trained.older, trained.scored, task, published, settings)
    return Record(assess(trained.nested.scores, task.labels, task.stories, published, settings.seed), by_date)
