"""Few labelled stories: whether to learn from latent features of an archive, chosen by out-of-fold figures."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.archive import Archive, ArchiveRequest, read_archive
from classifier.corpus.splits import assign_folds
from classifier.progress import Progress
from classifier.training.fitting.latent import with_archive
from classifier.training.fitting.outoffold import OutOfFoldMargins, fit_each, nested_predictions
from classifier.training.measuring.bootstrap import f1_gains
from classifier.training.measuring.evaluation import evaluate
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

#: From that many labelled stories on, latent features are not tried.
FEW_STORIES = 400
#: Latent features are kept if the gain is at least that many times its standard error.
LEAST_ERRORS = 1.0
_REPEATS = 3


@dataclass(frozen=True)
class LatentTrial:
    """The figures without and with latent features, out-of-fold: micro-F1 and macro-F1.

    ``gain`` is that of micro-F1 plus macro-F1, and ``error`` its standard error over stories.
    """

    without: tuple[float, float]
    with_latent: tuple[float, float]
    gain: float
    error: float

    @property
    def helps(self) -> bool:
        """Whether the gain is more than luck."""
        return self.gain > 0 and self.gain >= LEAST_ERRORS * self.error

    def to_json(self) -> dict[str, Any]:
        """Return the trial as plain JSON values."""
        without, with_latent = (
            dict(zip(("micro_f1", "macro_f1"), found, strict=True)) for found in (self.without, self.with_latent)
        )
        return {"without": without, "with": with_latent, "gain": self.gain, "standard_error": self.error}


@dataclass(frozen=True)
class LatentOutcome:
    """Whether a run learned from latent features of its archive, and why.

    ``archive`` is None if it was not read, ``trial`` if nothing was tried: latent features were asked for, or labelled
    stories are not few.
    """

    used: bool
    n_stories: int
    archive: Archive | None = None
    n_dims: int = 0
    trial: LatentTrial | None = None

    @property
    def words(self) -> str:
        """A sentence for people."""
        if self.archive is None:
            return (
                f"the archive was not read: from {FEW_STORIES} labelled stories on it adds little, and there are "
                f"{self.n_stories:,}. Fix: to use it anyway, train with --latent on"
            )
        of = f"latent features of {len(self.archive.texts):,} archive articles"
        if self.trial is None:
            return f"{of} are used, because --latent on asks for them"
        (micro, macro), (new_micro, new_macro) = self.trial.without, self.trial.with_latent
        figures = (
            f"micro-F1 {micro:.3f} without them and {new_micro:.3f} with them, macro-F1 {macro:.3f} and "
            f"{new_macro:.3f}, out-of-fold"
        )
        if self.used:
            return f"{of} are used, because they help: {figures}"
        return f"{of} were tried and are not used, because their gain may be luck: {figures}"

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as plain JSON values."""
        return {
            "used": self.used,
            "stories": self.n_stories,
            "archive": self._archive(),
            "trial": self.trial.to_json() if self.trial else None,
        }

    def _archive(self) -> dict[str, Any] | None:
        if self.archive is None:
            return None
        return {
            "articles": len(self.archive.texts),
            "found": self.archive.n_found,
            "left_out": {what: count for what, count in self.archive.left_out.items() if count},
            "digest": self.archive.digest,
            "dimensions": self.n_dims,
        }


def choose_latent(
    task: Task, settings: TrainingSettings, asked: ArchiveRequest, jobs: int, progress: Progress
) -> tuple[Task, TrainingSettings, LatentOutcome | None]:
    """Return the task, with latent features if they are used, settings that record the choice, and the outcome.

    Without an archive, or if they are off, nothing is read, and there is no outcome.

    Raises
    ------
    CorpusError
        If the archive cannot be read or has too few articles.
    """
    off = replace(settings, latent="off")
    if not asked.sources or settings.latent == "off":
        return task, off, None
    if settings.latent == "auto" and task.n_stories >= FEW_STORIES:
        return task, off, LatentOutcome(used=False, n_stories=task.n_stories)
    archive = read_archive(asked, task.signatures, progress)
    progress.stage("finding the latent features of the archive", 1)
    wider = with_archive(task, archive.texts, settings, jobs)
    progress.step()
    trial = try_latent(task, wider, settings, jobs, progress) if settings.latent == "auto" else None
    used = trial is None or trial.helps
    n_dims = wider.latent.vectors.shape[1] if wider.latent else 0
    outcome = LatentOutcome(used, task.n_stories, archive, n_dims, trial)
    return (wider, replace(settings, latent="on"), outcome) if used else (task, off, outcome)


def try_latent(task: Task, wider: Task, settings: TrainingSettings, jobs: int, progress: Progress) -> LatentTrial:
    """Compare a task with the same task with latent features, out-of-fold.

    The articles are split into folds several times, never as for the figures of the run: those must not be the ones
    that chose.
    """
    progress.stage("trying latent features", 2 * _REPEATS * settings.n_folds)
    plain, latent, labels = [], [], []
    for repeat in range(1, _REPEATS + 1):
        folds = assign_folds(task.labels, task.stories, settings.n_folds, settings.seed + repeat)
        plain.append(_suggested(replace(task, folds=folds), settings, jobs, progress))
        latent.append(_suggested(replace(wider, folds=folds), settings, jobs, progress))
        labels.append(task.labels)
    stories = np.tile(task.stories, _REPEATS)
    without, with_latent, truth = np.concatenate(plain), np.concatenate(latent), np.concatenate(labels)
    gains = f1_gains(without, with_latent, truth, stories, settings.seed)
    return LatentTrial(_figures(without, truth), _figures(with_latent, truth), float(gains[0]), float(gains[1:].std()))


def _suggested(task: Task, settings: TrainingSettings, jobs: int, progress: Progress) -> NDArray[np.bool_]:
    held_out = [task.folds == fold for fold in range(settings.n_folds)]
    margins = np.empty(task.labels.shape)
    models = fit_each([~held for held in held_out], task, settings, jobs, progress)
    for held, model in zip(held_out, models, strict=True):
        margins[held] = model.margins(task.counted.counts, np.flatnonzero(held))
    return nested_predictions(OutOfFoldMargins(margins, ()), task, settings).predictions.suggested


def _figures(tags: NDArray[np.bool_], labels: NDArray[np.bool_]) -> tuple[float, float]:
    found = evaluate(tags, labels)
    return found.micro.f1, found.macro_f1
