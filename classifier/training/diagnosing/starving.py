"""Sections with too few stories, and sections that no number of stories would help.

The F1 of a small section is mostly chance, so it has an interval, and only a section whose whole interval lies below
`WANTED_F1` is called starved. The other small ones are named as too early to judge.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from classifier.corpus.stories import members
from classifier.progress import Progress
from classifier.training.diagnosing.proposals import MoreStories, Proposal, Unjudged
from classifier.training.fitting.outoffold import OutOfFoldMargins, fit_each, nested_predictions
from classifier.training.measuring.evaluation import Score, evaluate
from classifier.training.task import DEPRECATED, ON_EVERY_ARTICLE, Task
from classifier.training.training_settings import TrainingSettings

#: The F1 that a section should reach.
WANTED_F1 = 0.7
#: With that many stories, a section of low F1 is not short of stories.
ENOUGH_STORIES = 100
#: With fewer stories, an F1 shows nothing.
LEAST_STORIES = 6
_LEVEL = 0.90
_HOPELESS_F1 = 0.2
_LEAST_GAIN = 0.02
_MOST_DOUBLINGS = 5.0
_KNOWN_DOUBLINGS = 3.0


@dataclass(frozen=True)
class LearningSlope:
    """The F1 that twice as many stories add, and the F1 and base-2 logarithm of stories of an average section."""

    gain: float
    f1: float
    doublings: float

    @property
    def usual_stories(self) -> int | None:
        """The stories with which an average section reaches `WANTED_F1`; None if that is far from what is known."""
        more = (WANTED_F1 - self.f1) / self.gain
        return None if abs(more) > _KNOWN_DOUBLINGS else max(LEAST_STORIES, round(2 ** (self.doublings + more)))

    def more_stories(self, n: int, f1: float) -> int | None:
        """Return how many stories a section lacks to reach `WANTED_F1`; None if it is far more than it has."""
        doublings = (WANTED_F1 - f1) / self.gain
        return None if doublings > _MOST_DOUBLINGS else max(1, round(n * (2 ** max(doublings, 0.0) - 1)))


def f1_interval(score: Score) -> tuple[float, float]:
    """Return the 90 % interval of an F1.

    Of the articles that have the section or got it as a tag, a share has both: a binomial share, with Jeffreys's prior.
    F1 is a function of that share.
    """
    both, one = score.correct, score.support + score.predicted - 2 * score.correct
    shares = beta.ppf([(1 - _LEVEL) / 2, (1 + _LEVEL) / 2], both + 0.5, one + 0.5)
    low, high = (2 * shares / (1 + shares)).tolist()
    return low, high


@dataclass(frozen=True)
class SmallSections:
    """What is known about sections that are rarely recognized: proposals, and those that cannot be judged yet."""

    retired: tuple[Proposal, ...]
    starved: tuple[Proposal, ...]
    unjudged: tuple[Unjudged, ...]


def small_sections(
    task: Task,
    scores: Mapping[str, Score],
    settings: TrainingSettings,
    jobs: int,
    progress: Progress,
) -> SmallSections:
    """Return the sections to retire, and the sections that need stories: the one that needs the fewest first.

    The learning curve has two points: all stories, and a random half of them. The gain is the mean over sections with
    fewer than `ENOUGH_STORIES` stories, because that of one small section is mostly chance.
    """
    support = task.story_support
    retired = list(_unlearnable(task))
    tiny = [name for name, n in support.items() if _is_tiny(task, name, n, scores)]
    low = [name for name, score in scores.items() if score.f1 < WANTED_F1 and name not in tiny]
    for name in low:
        if scores[name].f1 < _HOPELESS_F1 and support[name] >= ENOUGH_STORIES / 4:
            reason = f"its articles cannot be recognized: F1 {scores[name].f1:.2f} with {support[name]:,} stories"
            retired.append(Proposal("retire", (name,), reason, before={name: scores[name].f1}))
    named = {name for proposal in retired for name in proposal.sections}
    small = [name for name in low if support[name] < ENOUGH_STORIES and name not in named]
    slope = _slope(task, scores, settings, jobs, progress) if small or tiny else None
    clear = [name for name in small if f1_interval(scores[name])[1] < WANTED_F1]
    starved = [_starved(name, support[name], scores[name], slope) for name in clear] if slope else []
    doubtful = [name for name in small if name not in clear or not slope]
    return SmallSections(
        retired=tuple(retired),
        starved=tuple(sorted(starved, key=_stories_needed)),
        unjudged=tuple(_unjudged(task, tiny, doubtful, slope, settings.min_support)),
    )


def _unlearnable(task: Task) -> Iterable[Proposal]:
    for name, why in task.why_untrained.items():
        if why == DEPRECATED:
            continue
        if not task.story_support[name]:
            yield Proposal("retire", (name,), "no article has it")
        elif why == ON_EVERY_ARTICLE:
            yield Proposal("retire", (name,), "every article has it, so it cannot be learned")


def _is_tiny(task: Task, name: str, n: int, scores: Mapping[str, Score]) -> bool:
    """Return whether a section has too few stories to be trained, or for its F1 to show anything."""
    is_learnable = n > 0 and task.why_untrained.get(name) not in (ON_EVERY_ARTICLE, DEPRECATED)
    return is_learnable and (name not in scores or n < LEAST_STORIES)


def _starved(name: str, n: int, score: Score, slope: LearningSlope) -> Proposal:
    low, high = f1_interval(score)
    about, fewest, most = (slope.more_stories(n, f1) for f1 in (score.f1, high, low))
    reason = f"F1 {score.f1:.2f} ({low:.2f} to {high:.2f}) with {n:,} stories"
    if fewest is None:
        times = f"{2**_MOST_DOUBLINGS:.0f} times as many"
        reason = f"{reason}; even {times} would hardly bring F1 {WANTED_F1:g}, so look at its definition first"
        return Proposal("starved", (name,), reason, before={name: score.f1})
    found = MoreStories(about, fewest, most)
    reason = f"{reason}; {found.words} would bring F1 {WANTED_F1:g}, if it gains what small sections gain on average"
    return Proposal("starved", (name,), reason, before={name: score.f1}, more_stories=found)


def _stories_needed(proposal: Proposal) -> tuple[float, float]:
    more = proposal.more_stories
    return (np.inf, np.inf) if more is None else (np.inf if more.about is None else more.about, more.least)


def _unjudged(
    task: Task, tiny: Iterable[str], doubtful: Iterable[str], slope: LearningSlope | None, min_support: int
) -> Iterable[Unjudged]:
    usual = slope.usual_stories if slope else None
    hint = f". On average, sections here reach F1 {WANTED_F1:g} with about {usual:,} stories" if usual else ""
    least = max(LEAST_STORIES, min_support)
    reasons = {
        f"fewer than {least:,} stories, too few to measure F1{hint}. Fix: add stories, and run doctor again": tiny,
        f"F1 below {WANTED_F1:g}, but with so few stories that this may be chance": doubtful,
    }
    for reason, names in reasons.items():
        if stories := {name: task.story_support[name] for name in names}:
            yield Unjudged(reason, dict(sorted(stories.items(), key=lambda item: (-item[1], item[0]))))


def _slope(
    task: Task, scores: Mapping[str, Score], settings: TrainingSettings, jobs: int, progress: Progress
) -> LearningSlope | None:
    """Fit on half of the stories, and compare F1 with that of all stories; None if no section shows it."""
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
        if LEAST_STORIES <= task.story_support[section.id] < ENOUGH_STORIES
    ]
    if not rows:
        return None
    gain, f1, doublings = np.mean(rows, axis=0).tolist()
    return LearningSlope(max(gain, _LEAST_GAIN), f1, doublings)
