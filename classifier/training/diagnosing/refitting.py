"""The F1 that changes would bring: out-of-fold, by models of the changed labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.progress import Progress
from classifier.sections import Section
from classifier.training.fitting.outoffold import OutOfFoldMargins, nested_predictions, score_out_of_fold
from classifier.training.measuring.evaluation import Score, evaluate
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings


@dataclass(frozen=True)
class RefitScores:
    """Out-of-fold scores of the sections as they are, and of changed ones, by name."""

    sections: Mapping[str, Score]
    changed: Mapping[str, Score]

    @property
    def micro_f1(self) -> float:
        """The micro-F1 of the sections as they are."""
        return _micro(self.sections.values())

    def micro_f1_with(self, without: tuple[str, ...], added: tuple[str, ...]) -> float:
        """Return the micro-F1 with some sections replaced by changed ones."""
        kept = [score for name, score in self.sections.items() if name not in without]
        return _micro([*kept, *(self.changed[name] for name in added)])


def _micro(scores: Iterable[Score]) -> float:
    support, predicted, correct = np.sum([(s.support, s.predicted, s.correct) for s in scores], axis=0).tolist()
    return Score(support, predicted, correct).f1


def refit(
    task: Task,
    margins: NDArray[np.float64],
    changed: Mapping[str, NDArray[np.bool_]],
    settings: TrainingSettings,
    jobs: int,
    progress: Progress,
) -> RefitScores:
    """Score changed sections out-of-fold.

    Sections are fitted one at a time, so only the changed ones are fitted; thresholds are chosen for all together.

    Parameters
    ----------
    task : Task
    margins : float64 array of shape (n_articles, n_sections)
        Out-of-fold, of the sections as they are.
    changed : mapping of str to bool array of shape (n_articles,)
        The labels of each changed section.
    settings : TrainingSettings
    jobs : int
        Number of threads.
    progress : Progress
    """
    n = task.labels.shape[1]
    stacked = task
    if changed:
        labels = np.column_stack(list(changed.values()))
        sections = tuple(Section(id=f"changed-{k}", name=f"changed {k}") for k in range(len(changed)))
        new = replace(
            task, labels=labels, trained=sections, parents=(None,) * len(sections), needs=(None,) * len(sections)
        )
        margins = np.column_stack([margins, score_out_of_fold(new, settings, jobs, progress).margins])
        stacked = replace(
            task,
            labels=np.column_stack([task.labels, labels]),
            trained=(*task.trained, *sections),
            parents=(*task.parents, *new.parents),
            needs=(*task.needs, *new.needs),
        )
    one_at_a_time = replace(settings, min_tags=0, max_tags=None)
    tags = nested_predictions(OutOfFoldMargins(margins, ()), stacked, one_at_a_time).predictions.suggested
    scores = evaluate(tags, stacked.labels).sections
    names = [section.id for section in task.trained]
    return RefitScores(dict(zip(names, scores, strict=False)), dict(zip(changed, scores[n:], strict=True)))
