"""The learning curve: quality with fewer articles, and whether more articles are likely to help."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.findings import first_few
from classifier.corpus.stories import members
from classifier.errors import CorpusError
from classifier.progress import Progress
from classifier.training.fitting.outoffold import fit_each, margins_of_folds, nested_predictions
from classifier.training.measuring.bootstrap import Interval, f1_intervals
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
WORTHWHILE_GAIN = 0.01
_FEWEST_POINTS = 2
_MAX_NAMED = 12


@dataclass(frozen=True)
class CurvePoint:
    """Out-of-fold quality when trained on a share of the stories, with 95 % intervals over stories."""

    share: float
    n_articles: int
    micro_f1: Interval
    macro_f1: Interval

    def to_json(self) -> dict[str, Any]:
        """Return the point as plain JSON values."""
        return {
            "share": self.share,
            "articles": self.n_articles,
            "micro_f1": self.micro_f1.to_json(),
            "macro_f1": self.macro_f1.to_json(),
        }


@dataclass(frozen=True)
class LearningCurve:
    """Points from few stories to all stories.

    ``gain_by_doubling`` is the micro-F1 to expect from twice as many articles. ``left_out`` lists the shares of the
    stories that are too few to train on. ``untrained`` are the sections that are not trained, by id; their labels,
    ``n_labels_untrained``, count as missed.
    """

    points: tuple[CurvePoint, ...]
    gain_by_doubling: float
    left_out: tuple[float, ...] = ()
    untrained: tuple[str, ...] = ()
    n_labels_untrained: int = 0

    @property
    def verdict(self) -> str:
        """A sentence on whether more articles are likely to help."""
        gain = self.gain_by_doubling
        if gain >= WORTHWHILE_GAIN:
            return f"More articles are likely to help: twice as many would add about {gain:.3f} to micro-F1."
        return f"More articles of the same kind are unlikely to help: twice as many would add {gain:+.3f} to micro-F1."

    @property
    def note(self) -> str:
        """Sentences on shares that were left out and labels that cannot be given; empty if there are none."""
        notes = []
        if self.left_out:
            shares = " and ".join(f"{share:.0%}" for share in self.left_out)
            notes.append(f"Left out: {shares} of the stories, which are too few to train on.")
        if self.untrained:
            named = first_few(self.untrained, _MAX_NAMED)
            n = self.n_labels_untrained
            notes.append(f"{n:,} labels count as missed, because their sections are not trained: {named}.")
        return " ".join(notes)

    def to_json(self) -> dict[str, Any]:
        """Return the curve as plain JSON values."""
        return {
            "points": [point.to_json() for point in self.points],
            "left_out": list(self.left_out),
            "untrained": {"labels": self.n_labels_untrained, "sections": list(self.untrained)},
            "gain_by_doubling": self.gain_by_doubling,
            "verdict": self.verdict,
        }


def learning_curve(task: Task, settings: TrainingSettings, jobs: int, progress: Progress) -> LearningCurve:
    """Fit on growing shares of the stories, and score every fold in full each time.

    Each share contains the articles of the smaller shares. Calibration and thresholds see no more articles than the fit
    does. Shares with too few stories are left out.

    Raises
    ------
    CorpusError
        If too few shares remain for a curve, or all articles together are too few to train on.
    """
    settings = task.decided(settings)
    ranks = _story_ranks(task, settings.seed)
    progress.stage("learning curve", len(SHARES) * settings.n_folds)
    points, left_out = [], []
    for share in SHARES:
        try:
            points.append(_point(share, ranks < share, task, settings, jobs, progress))
        except CorpusError:
            if share == SHARES[-1]:  # these are all articles: no model can be trained either
                raise
            left_out.append(share)
    if len(points) < _FEWEST_POINTS:
        raise CorpusError(f"{task.n_stories:,} stories are too few for a learning curve. Fix: add articles")
    untrained = tuple(section.id for section in task.untrained)
    n_missed = int(task.all_labels[:, task.labels.shape[1] :].sum())
    return LearningCurve(tuple(points), _gain_by_doubling(points), tuple(left_out), untrained, n_missed)


def _story_ranks(task: Task, seed: int) -> NDArray[np.float64]:
    """Give each article its story's place in a random order, from 0 to below 1."""
    groups = members(task.stories)
    order = np.random.default_rng(seed).permutation(len(groups))
    ranks = np.empty(len(task.labels))
    for place, group in zip(order, groups, strict=True):
        ranks[group] = place / len(groups)
    return ranks


def _point(
    share: float, chosen: NDArray[np.bool_], task: Task, settings: TrainingSettings, jobs: int, progress: Progress
) -> CurvePoint:
    """Return a point of the curve.

    Raises
    ------
    CorpusError
        If the chosen articles are too few to fit rules on.
    """
    held_out = [task.folds == fold for fold in range(settings.n_folds)]
    models = tuple(fit_each([chosen & ~held for held in held_out], task, settings, jobs, progress))
    scored = margins_of_folds(models, task, settings, jobs)
    predictions = nested_predictions(scored, task, settings, calibrate_on=chosen).predictions
    micro, macro = f1_intervals(predictions.suggested, task.all_labels, task.stories, settings.seed)
    return CurvePoint(share, int(chosen.sum()), micro, macro)


def _gain_by_doubling(points: Sequence[CurvePoint]) -> float:
    """Return the slope of micro-F1 over the base-2 logarithm of the articles, through the last three points."""
    last = points[-3:]
    if len({point.n_articles for point in last}) == 1:
        return 0.0
    slope = np.polyfit(np.log2([point.n_articles for point in last]), [point.micro_f1.value for point in last], 1)[0]
    return float(slope)
