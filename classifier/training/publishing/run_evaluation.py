"""evaluation.json: all figures of a training run, out-of-sample without exception."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from classifier.training.fitting.confirming import why_never
from classifier.training.fitting.trainer import TrainedModel
from classifier.training.measuring.assessment import Assessment, assess, rounded
from classifier.training.measuring.date_split import DatedAssessment, DateSplit, assess_by_date
from classifier.training.measuring.lengths.quality import LengthQuality, assess_lengths
from classifier.training.publishing.few_labels import LatentOutcome
from classifier.training.publishing.promise import ApplyPromise, promise_of
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

if TYPE_CHECKING:
    from classifier.training.publishing.teacher import TeacherOutcome


@dataclass(frozen=True)
class RunEvaluation:
    """The figures of a training run: out-of-fold and, if the dates allow it, on a split by date.

    ``promise`` is the promise of `apply`, and what came of it out-of-fold. ``by_length`` has the out-of-fold figures
    for each class of lengths.
    ``latent`` has those that decided about latent features of an archive, ``teacher`` those that decided about the
    weight of articles that a teacher labelled.
    """

    out_of_fold: Assessment
    by_date: DatedAssessment | None
    promise: ApplyPromise
    by_length: tuple[LengthQuality, ...] = ()
    latent: LatentOutcome | None = None
    teacher: "TeacherOutcome | None" = None

    def to_json(self, section_ids: Sequence[str]) -> dict[str, Any]:
        """Return all figures as plain JSON values, floats rounded to six decimals."""
        data = {
            "method": "out-of-fold; calibration and thresholds from the other folds; 95 % intervals over stories",
            "out_of_fold": self.out_of_fold.to_json(section_ids),
            "apply_promise": self.promise.to_json(),
            "by_length": [item.to_json(section_ids) for item in self.by_length],
            "by_date": self.by_date.to_json(section_ids) if self.by_date else None,
            **({"latent": self.latent.to_json()} if self.latent else {}),
            **({"teacher": self.teacher.to_json()} if self.teacher else {}),
        }
        return {name: rounded(value) for name, value in data.items()}


def evaluate_run(
    task: Task,
    trained: TrainedModel,
    published: Sequence[date | None],
    split: DateSplit | None,
    settings: TrainingSettings,
    languages: Sequence[str],
) -> RunEvaluation:
    """Measure the quality of a training run.

    Parameters
    ----------
    task : Task
    trained : TrainedModel
    published : sequence of date or None
        One for each article.
    split : DateSplit, optional
    settings : TrainingSettings
    languages : sequence of str
        The language of each article.
    """
    by_date = None
    if split and trained.older:
        by_date = assess_by_date(split, trained.older, trained.scored, task, published, settings)
    predictions = trained.nested.predictions
    out_of_fold = assess(predictions, task.all_labels, task.stories, published, settings.seed, languages)
    never = why_never(trained.rules, [section.id for section in trained.trained])
    cuts, nested = trained.scored.cuts, trained.nested.cuts
    by_length = assess_lengths(predictions, task.counted.n_words, task.all_labels, cuts, nested)
    return RunEvaluation(out_of_fold, by_date, promise_of(out_of_fold, settings.target_precision, never), by_length)
