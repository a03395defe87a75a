"""The search for settings, on out-of-fold scores of the training articles only.

Each setting in turn is tried at a few values, with all other settings at the best so far. Terms are counted again for
each value of ``subwords``; every other setting only weighs or drops columns of the same counts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

from classifier.corpus.splits import assign_folds
from classifier.errors import SearchError
from classifier.progress import Progress
from classifier.training.counts.corpus import CountedTexts
from classifier.training.fitting.linear import fit
from classifier.training.fitting.rule_fitter import RuleFitter
from classifier.training.publishing.kept_trials import KeptTrials, SearchTrial
from classifier.training.scheduling import is_cluster_lost
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

TRIALS_FILE = "trials.tsv"
Change = Mapping[str, Any]

#: The values to try, the settings that matter most first. A loss comes with the C that suits the size of its margins.
STEPS: tuple[tuple[Change, ...], ...] = (
    ({"subwords": "off"}, {"subwords": "non-latin"}, {"subwords": "on"}),
    ({"pair_weight": 0.0}, {"pair_weight": 0.15}, {"pair_weight": 0.3}, {"pair_weight": 0.5}, {"pair_weight": 1.0}),
    ({"phrase_weight": 1.0}, {"phrase_weight": 2.0}, {"phrase_weight": 3.0}),
    ({"c": 0.5}, {"c": 1.0}, {"c": 2.0}, {"c": 4.0}),
    ({"loss": "squared_hinge"}, {"loss": "hinge"}, {"loss": "logistic", "c": 30.0}),
    ({"prior": 0.0}, {"prior": 0.15}, {"prior": 0.3}),
    ({"rarity": 0.0}, {"rarity": 0.25}, {"rarity": 0.5}, {"rarity": 0.75}),
    ({"max_df": 0.25}, {"max_df": 0.5}, {"max_df": 1.0}),
    ({"min_df": 1}, {"min_df": 2}, {"min_df": 3}),
)
SEARCHED = ("subwords", "pair_weight", "phrase_weight", "c", "loss", "prior", "rarity", "max_df", "min_df")
MAX_TRIALS = 1 + sum(len(step) for step in STEPS)
_SMALLEST_GAIN = 1e-6


@dataclass(frozen=True)
class SearchResult:
    """All trials, in the order in which they were made, and the best one.

    ``n_kept`` counts the trials that an interrupted search had made.
    """

    trials: tuple[SearchTrial, ...]
    best: SearchTrial
    n_kept: int = 0

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


def search(
    task: Task,
    start: TrainingSettings,
    most: int,
    jobs: int,
    progress: Progress,
    kept: KeptTrials | None = None,
) -> SearchResult:
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
    kept : KeptTrials, optional
        The trials of this search before it was interrupted; they are not made again.

    Raises
    ------
    SearchError
        If the cluster that makes the trials is lost. The trials so far are in the file of ``kept``.
    """
    folds = assign_folds(task.labels, task.stories, start.n_folds, start.seed + 1)
    task = replace(task, folds=folds)
    made: dict[TrainingSettings, SearchTrial] = {}
    before = kept.read() if kept else {}
    progress.stage("searching settings", MAX_TRIALS * start.n_folds)
    try:
        with Parallel(n_jobs=jobs, return_as="generator", max_nbytes=None) as parallel:
            trials = _Trials(task, before, made, parallel, progress, jobs)
            (best,) = trials.make([start])
            for step in STEPS:
                candidates = [replace(best.settings, **change) for change in step]
                new = [settings for settings in candidates if settings not in made][: most - len(made)]
                for _ in range((len(candidates) - len(new)) * start.n_folds):
                    progress.step()
                for trial in trials.make(new):
                    if trial.value > best.value + _SMALLEST_GAIN:
                        best = trial
    except Exception as error:
        if kept is None or not is_cluster_lost(error):
            raise
        raise _lost(error, before | made, kept) from error
    return SearchResult(tuple(made.values()), best, len(before.keys() & made.keys()))


def _lost(error: Exception, done: Mapping[TrainingSettings, SearchTrial], kept: KeptTrials) -> SearchError:
    """Keep the trials of a search that lost its cluster, and return the error."""
    problem = f"the Dask scheduler, or all of its workers, stopped responding ({type(error).__name__})"
    if not done:
        return SearchError(f"{problem} before the first trial was complete. Fix: start them again, then search again")
    kept.write(done.values())
    return SearchError(
        f"{problem}. {len(done)} complete trials are kept in {kept.path}. Fix: start them again, then run the same "
        "command: it continues from these trials"
    )


class _Trials:
    """Makes trials, each once."""

    def __init__(
        self,
        task: Task,
        before: Mapping[TrainingSettings, SearchTrial],
        made: dict[TrainingSettings, SearchTrial],
        parallel: Parallel,
        progress: Progress,
        jobs: int,
    ) -> None:
        self._task = task
        self._jobs = jobs
        self._before = before
        self._made = made
        self._parallel = parallel
        self._progress = progress

    def make(self, settings: Sequence[TrainingSettings]) -> list[SearchTrial]:
        """Make a trial of each of the settings; their folds run in parallel."""
        runs = self._runs([chosen for chosen in settings if chosen not in self._before])
        for chosen in settings:
            kept = self._before.get(chosen)
            self._made[chosen] = self._kept(kept) if kept else self._trial(chosen, runs)
        return [self._made[chosen] for chosen in settings]

    def _runs(self, settings: Sequence[TrainingSettings]) -> Iterator[NDArray[np.float64]]:
        if not settings:
            return iter(())
        task = self._task
        runs: Iterator[NDArray[np.float64]] = self._parallel(
            delayed(_held_out_margins)(counted, task.labels, task.folds == fold, chosen, task.article_weights)
            for chosen, counted in self._counted(settings)
            for fold in range(chosen.n_folds)
        )
        return runs

    def _counted(self, settings: Sequence[TrainingSettings]) -> Iterator[tuple[TrainingSettings, CountedTexts]]:
        """Yield settings with the counts that they need; the counts of the last ones are kept."""
        for chosen in settings:
            self._task = self._task.with_terms_of(chosen, self._jobs)
            yield chosen, self._task.counted

    def _kept(self, trial: SearchTrial) -> SearchTrial:
        for _ in range(trial.settings.n_folds):
            self._progress.step()
        return trial

    def _trial(self, chosen: TrainingSettings, runs: Iterator[NDArray[np.float64]]) -> SearchTrial:
        task = self._task
        margins = np.empty(task.labels.shape)
        for fold in range(chosen.n_folds):
            margins[task.folds == fold] = next(runs)
            self._progress.step()
        found = RuleFitter(
            margins, task.labels, task.folds, task.stories, chosen, task.parents, task.needs
        ).choose_strength()
        return SearchTrial(chosen, found.micro_f1, found.macro_f1)


def _held_out_margins(
    counted: CountedTexts,
    labels: NDArray[np.bool_],
    held: NDArray[np.bool_],
    settings: TrainingSettings,
    weights: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    weights = None if weights is None else weights[~held]
    model = fit(counted.counts[~held], labels[~held], settings, counted.pairs, article_weights=weights)
    return model.margins(counted.counts[held])
