"""Sections with too few stories, and sections that no number of stories would help."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from classifier.corpus.stories import members
from classifier.progress import Progress
from classifier.training.diagnosing.proposals import Proposal
from classifier.training.fitting.outoffold import OutOfFoldMargins, fit_each, nested_predictions
from classifier.training.measuring.evaluation import Score, evaluate
from classifier.training.task import ON_EVERY_ARTICLE, Task
from classifier.training.training_settings import TrainingSettings

#: The F1 that a section should reach.
WANTED_F1 = 0.7
#: With that many stories, a section of low F1 is not short of stories.
ENOUGH_STORIES = 100
_HOPELESS_F1 = 0.2
_LEAST_GAIN = 0.02
_MOST_DOUBLINGS = 5.0


@dataclass(frozen=True)
class _Curve:
    """The F1 that twice as many stories add, and the F1 and base-2 logarithm of stories of an average section."""

    gain: float
    f1: float
    doublings: float

    def more_stories(self, n: int, f1: float | None) -> int | None:
        """Return how many stories a section lacks to reach `WANTED_F1`; None if it is far more than it has."""
        known = self.f1 + self.gain * (np.log2(max(n, 1)) - self.doublings) if f1 is None else f1
        doublings = (WANTED_F1 - known) / self.gain
        return None if doublings > _MOST_DOUBLINGS else max(1, round(max(n, 1) * (2**doublings - 1)))


def starved_and_hopeless(
    task: Task,
    scores: Mapping[str, Score],
    settings: TrainingSettings,
    jobs: int,
    progress: Progress,
) -> list[Proposal]:
    """Return proposals to retire sections, and to add stories to others.

    The learning curve has two points: all stories, and a random half of them. The gain is the mean over sections with
    fewer than `ENOUGH_STORIES` stories, because that of one small section is mostly chance.
    """
    found = []
    thin = {name: n for name, n in task.story_support.items() if name in task.why_untrained}
    low = [name for name, score in scores.items() if score.f1 < WANTED_F1]
    small = [name for name in low if task.story_support[name] < ENOUGH_STORIES]
    curve = _curve(task, scores, settings, jobs, progress) if small or any(thin.values()) else None
    for name, n in thin.items():
        if not n:
            found.append(Proposal("retire", (name,), "no article has it"))
        elif task.why_untrained[name] == ON_EVERY_ARTICLE:
            found.append(Proposal("retire", (name,), "every article has it, so it cannot be learned"))
        elif curve:
            needed = curve.more_stories(n, None)
            least = settings.min_support - n
            found.append(_starved(name, n, None, least if needed is None else max(least, needed)))
    for name in low:
        n, f1 = task.story_support[name], scores[name].f1
        if f1 < _HOPELESS_F1 and n >= ENOUGH_STORIES / 4:
            reason = f"its articles cannot be recognized: F1 {f1:.2f} with {n:,} stories"
            found.append(Proposal("retire", (name,), reason, before={name: f1}))
        elif curve and name in small:
            found.append(_starved(name, n, f1, curve.more_stories(n, f1)))
    return found


def _starved(name: str, n: int, f1: float | None, more: int | None) -> Proposal:
    has = "1 story" if n == 1 else f"{n:,} stories"
    reason = f"{has}, too few to be trained" if f1 is None else f"F1 {f1:.2f} with {has}"
    if more is None:
        reason = f"{reason}; even {2**_MOST_DOUBLINGS:.0f} times as many would hardly bring F1 {WANTED_F1:g}"
    else:
        stories = "1 more story" if more == 1 else f"{more:,} more stories"
        reason = f"{reason}; about {stories} would bring F1 {WANTED_F1:g}"
    before = {} if f1 is None else {name: f1}
    return Proposal("starved", (name,), reason, before=before, more_stories=more)


def _curve(
    task: Task, scores: Mapping[str, Score], settings: TrainingSettings, jobs: int, progress: Progress
) -> _Curve | None:
    """Fit on half of the stories, and compare F1 with that of all stories; None if every section has enough."""
    groups = members(task.stories)
    half = np.zeros(len(task.labels), dtype=bool)
    for group in np.random.default_rng(settings.seed).permutation(len(groups))[: len(groups) // 2].tolist():
        half[groups[group]] = True
    held_out = [task.folds == fold for fold in range(settings.n_folds)]
    progress.stage("fitting on half of the stories", settings.n_folds)
    margins = np.empty(task.labels.shape)
    for held, model in zip(
        held_out, fit_each([half & ~held for held in held_out], task, settings, jobs, progress), strict=True
    ):
        margins[held] = model.margins(task.counted.counts, np.flatnonzero(held))
    tags = nested_predictions(OutOfFoldMargins(margins, ()), task, settings).predictions.suggested
    halves = evaluate(tags, task.labels).sections
    rows = [
        (scores[section.id].f1 - before.f1, scores[section.id].f1, np.log2(task.story_support[section.id]))
        for section, before in zip(task.trained, halves, strict=True)
        if task.story_support[section.id] < ENOUGH_STORIES
    ]
    if not rows:
        return None
    gain, f1, doublings = np.mean(rows, axis=0).tolist()
    return _Curve(max(gain, _LEAST_GAIN), f1, doublings)
