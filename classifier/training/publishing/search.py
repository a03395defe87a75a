"""The choice of settings, on out-of-fold scores of training articles alone.

One setting after the other is tried at a few values, everything else at the best so far; the features are counted once,
for every value of every setting weighs or drops columns of the same counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from classifier.corpus.splits import assign_folds
from classifier.progress import Progress
from classifier.training.counts.corpus import CountedTexts
from classifier.training.fitting.linear import fit
from classifier.training.fitting.rules import RuleFitter
from classifier.training.settings import TrainingSettings
from classifier.training.task import Task

TRIALS_FILE = "trials.tsv"
Change = Mapping[str, Any]

#: What is tried, the settings that matter most first. A loss comes with the C that suits the size of its margins.
STEPS: tuple[tuple[Change, ...], ...] = (
    ({"pair_weight": 0.0}, {"pair_weight": 0.15}, {"pair_weight": 0.3}, {"pair_weight": 0.5}, {"pair_weight": 1.0}),
    ({"c": 0.5}, {"c": 1.0}, {"c": 2.0}, {"c": 4.0}),
    ({"loss": "squared_hinge"}, {"loss": "hinge"}, {"loss": "logistic", "c": 30.0}),
    ({"rarity": 0.0}, {"rarity": 0.25}, {"rarity": 0.5}, {"rarity": 0.75}),
    ({"max_df": 0.25}, {"max_df": 0.5}, {"max_df": 1.0}),
    ({"min_df": 2}, {"min_df": 3}),
)
SEARCHED = ("pair_weight", "c", "loss", "rarity", "max_df", "min_df")
MAX_TRIALS = 1 + sum(len(step) for step in STEPS)
_SMALLEST_GAIN = 1e-6


@dataclass(frozen=True)
class Trial:
    """Settings, and what they were worth out-of-fold."""

    settings: TrainingSettings
    micro_f1: float
    macro_f1: float

    @property
    def worth(self) -> float:
        """What is chosen by."""
        return self.micro_f1 + self.macro_f1


@dataclass(frozen=True)
class Search:
    """Every trial in the order in which it was made, and the best."""

    trials: tuple[Trial, ...]
    best: Trial

    def to_tsv(self) -> str:
        """Return the trials as a table, one line each, the one that was chosen marked."""
        head = [*SEARCHED, "micro_f1", "macro_f1", "chosen"]
        rows = [
            [
                *(str(getattr(trial.settings, name)) for name in SEARCHED),
                f"{trial.micro_f1:.6f}",
                f"{trial.macro_f1:.6f}",
                "yes" if trial is self.best else "",
            ]
            for trial in self.trials
        ]
        return "".join("\t".join(row) + "\n" for row in [head, *rows])


def search(task: Task, start: TrainingSettings, most: int, jobs: int, progress: Progress) -> Search:
    """Choose settings by micro-F1 plus macro-F1, out-of-fold, calibration and thresholds nested.

    The folds are others than those of the run that follows: its figures must not be those that chose.

    Parameters
    ----------
    task : Task
    start : TrainingSettings
        The first trial; what is not searched stays as it is.
    most : int
        Trials at most.
    jobs : int
        Of joblib, with the backend that is in force.
    progress : Progress
    """
    folds = assign_folds(task.labels, task.stories, start.n_folds, start.seed + 1)
    task = replace(task, folds=folds)
    made: dict[TrainingSettings, Trial] = {}
    progress.stage("searching settings", MAX_TRIALS * start.n_folds)
    with Parallel(n_jobs=jobs, return_as="generator", max_nbytes=None) as parallel:
        (best,) = _try([start], task, made, parallel, progress)
        for step in STEPS:
            candidates = [replace(best.settings, **change) for change in step]
            new = [settings for settings in candidates if settings not in made][: most - len(made)]
            for _ in range((len(candidates) - len(new)) * start.n_folds):
                progress.step()
            for trial in _try(new, task, made, parallel, progress):
                if trial.worth > best.worth + _SMALLEST_GAIN:
                    best = trial
    return Search(tuple(made.values()), best)


def _try(
    settings: Sequence[TrainingSettings],
    task: Task,
    made: dict[TrainingSettings, Trial],
    parallel: Parallel,
    progress: Progress,
) -> Iterable[Trial]:
    """Make a trial of each of the settings, their folds side by side."""
    if not settings:
        return []
    n_folds = settings[0].n_folds
    runs = parallel(
        delayed(_held_out_margins)(task.counted, task.labels, task.folds == fold, chosen)
        for chosen in settings
        for fold in range(n_folds)
    )
    trials = []
    for chosen in settings:
        margins = np.empty(task.labels.shape)
        for fold in range(n_folds):
            margins[task.folds == fold] = next(runs)
            progress.step()
        found = RuleFitter(margins, task.labels, task.folds, task.stories, chosen).choose()
        made[chosen] = Trial(chosen, found.micro_f1, found.macro_f1)
        trials.append(made[chosen])
    return trials


def _held_out_margins(
    counted: CountedTexts, labels: NDArray[np.bool_], held: NDArray[np.bool_], settings: TrainingSettings
) -> NDArray[np.float64]:
    model = fit(counted.counts[~held], labels[~held], settings, counted.pairs)
    return model.margins(counted.counts[held])
