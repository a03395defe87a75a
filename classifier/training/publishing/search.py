"""The search for settings, on out-of-fold scores of the training articles only.

Each setting in turn is tried at a few values, with all other settings at the best so far. Terms are counted once,
because every setting only weighs or drops columns of the same counts.
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
from classifier.training.fitting.rule_fitter import RuleFitter
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

TRIALS_FILE = "trials.tsv"
Change = Mapping[str, Any]

#: The values to try, the settings that matter most first. A loss comes with the C that suits the size of its margins.
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
class SearchTrial:
    """Settings, and their quality out-of-fold."""

    settings: TrainingSettings
    micro_f1: float
    macro_f1: float

    @property
    def value(self) -> float:
        """The figure that the search maximises."""
        return self.micro_f1 + self.macro_f1


@dataclass(frozen=True)
class SearchResult:
    """All trials, in the order in which they were made, and the best one."""

    trials: tuple[SearchTrial, ...]
    best: SearchTrial

    def to_tsv(self) -> str:
        """Return the trials as tab-separated lines below a header; the chosen one is marked."""
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


def search(task: Task, start: TrainingSettings, most: int, jobs: int, progress: Progress) -> SearchResult:
    """Choose settings by micro-F1 plus macro-F1, out-of-fold, with nested calibration and thresholds.

    The folds differ from the folds of the run that follows, because its figures must not be the ones that chose.

    Parameters
    ----------
    task : Task
    start : TrainingSettings
        The first trial. Settings that are not searched stay as they are.
    most : int
        Maximum number of trials.
    jobs : int
        Number of joblib jobs, on the active backend.
    progress : Progress
    """
    folds = assign_folds(task.labels, task.stories, start.n_folds, start.seed + 1)
    task = replace(task, folds=folds)
    made: dict[TrainingSettings, SearchTrial] = {}
    progress.stage("searching settings", MAX_TRIALS * start.n_folds)
    with Parallel(n_jobs=jobs, return_as="generator", max_nbytes=None) as parallel:
        (best,) = _try([start], task, made, parallel, progress)
        for step in STEPS:
            candidates = [replace(best.settings, **change) for change in step]
            new = [settings for settings in candidates if settings not in made][: most - len(made)]
            for _ in range((len(candidates) - len(new)) * start.n_folds):
                progress.step()
            for trial in _try(new, task, made, parallel, progress):
                if trial.value > best.value + _SMALLEST_GAIN:
                    best = trial
    return SearchResult(tuple(made.values()), best)


def _try(
    settings: Sequence[TrainingSettings],
    task: Task,
    made: dict[TrainingSettings, SearchTrial],
    parallel: Parallel,
    progress: Progress,
) -> Iterable[SearchTrial]:
    """Make a trial of each of the settings; their folds run in parallel."""
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
        found = RuleFitter(margins, task.labels, task.folds, task.stories, chosen).choose_strength()
        made[chosen] = SearchTrial(chosen, found.micro_f1, found.macro_f1)
        trials.append(made[chosen])
    return trials


def _held_out_margins(
    counted: CountedTexts, labels: NDArray[np.bool_], held: NDArray[np.bool_], settings: TrainingSettings
) -> NDArray[np.float64]:
    model = fit(counted.counts[~held], labels[~held], settings, counted.pairs)
    return model.margins(counted.counts[held])
