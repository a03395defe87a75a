"""The probabilities from which tags are applied without an editor, and why a section has none.

docs/decisions/0035-apply.md gives the reasons and the figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from classifier.training.fitting.evidence import WrongTags
from classifier.training.fitting.no_section import allowed_share, floor_without_section
from classifier.training.fitting.thresholds import (
    MOST_TIMES,
    PrecisionEvidence,
    ProbableTags,
    closest_evidence,
    least_stories,
    precision_thresholds,
    worst_of_each_story,
)

#: A tag that is more likely wrong than right is never applied, however right the tags above it are.
LEAST_PROBABILITY = 0.5
#: Fewer other sections with sure tags do not show by how much sections differ, so they are no evidence.
LEAST_OTHERS = 5
_RARELY_MET = "the sections that it needs are hardly ever probable together with it"
Cause = Literal["review_only", "needs", "few_stories", "imprecise", "no_section", "not_confirmed"]


@dataclass(frozen=True)
class NeverApplied:
    """Why a section is never applied without an editor.

    ``n_right`` of ``n_tags`` tags were right: of the surest stories, or for ``not_confirmed`` of the tags that were
    applied. The section has ``n_stories`` stories. ``more_stories`` is an estimate of how many more stories with the
    section would do; None if no number of stories like the present ones is likely to do.
    """

    cause: Cause
    target: float
    n_tags: int = 0
    n_right: int = 0
    n_stories: int = 0
    more_stories: int | None = None
    detail: str = ""

    @property
    def words(self) -> str:
        """The reason in a sentence without a full stop."""
        right = f"{self.n_right:,} of {self.n_tags:,}"
        match self.cause:
            case "review_only":
                return "the model was trained with --review-only"
            case "needs":
                return self.detail
            case "no_section":
                return "a threshold that spares stories without a section leaves too few stories to prove its precision"
            case "not_confirmed":
                return (
                    f"of the tags that would be applied to articles that its thresholds had not seen, {right} were "
                    f"right, less than {100 * self.target:g} %"
                )
            case "imprecise":
                if not self.n_tags:
                    return "no article is likely enough to have it"
                return f"even of its surest stories only {right} are right, too few for {100 * self.target:g} %"
            case "few_stories":
                if not self.n_tags:
                    return f"no article is likely enough to have it, because it has few stories ({self.n_stories:,})"
                return f"{right} of its surest stories are right, but that is too few to prove {100 * self.target:g} %"

    @property
    def advice(self) -> str:
        """What it would take, in a sentence without a full stop; empty if nothing is to be done."""
        match self.cause:
            case "review_only":
                return ""
            case "needs":
                return "Fix: add articles to one of the sections that it needs, or remove needs"
            case _ if self.more_stories is not None:
                if not self.n_tags:
                    return f"It takes at least {self.more_stories:,} more stories with the section"
                return (
                    f"About {self.more_stories:,} more stories with the section would be enough, if they are like the "
                    "present ones"
                )
            case "few_stories":
                return f"It would take more than {MOST_TIMES:.0f} times as many stories like the present ones"
            case "not_confirmed":
                return "More stories may help, because its threshold rests on few. Fix: check the labels of the section"
            case _:
                return (
                    "More stories like the present ones are unlikely to help. Fix: check the labels and the definition "
                    "of the section"
                )

    def to_json(self) -> dict[str, Any]:
        """Return the reason as plain JSON values."""
        return {"cause": self.cause, "reason": self.words, "advice": self.advice, "more_stories": self.more_stories}


@dataclass(frozen=True)
class ApplyChoice:
    """The probability from which a section is applied, or why it never is if that was asked."""

    threshold: float | None
    never: NeverApplied | None


def choose_apply(
    probabilities: NDArray[np.float64],
    labels: NDArray[np.bool_],
    stories: NDArray[np.int64],
    suggest: Sequence[float],
    met: NDArray[np.bool_],
    target: float,
    *,
    with_reasons: bool = True,
) -> list[ApplyChoice]:
    """Choose the probabilities from which sections are applied.

    Each is the lowest one at or above the section's threshold to suggest at which the precision over all stories, those
    without a section too, reaches the target with confidence; the tags of the other sections are evidence too. If more
    of the stories without a section than allowed get something applied, all thresholds are raised to a common floor.

    Parameters
    ----------
    probabilities : float64 array of shape (n_articles, n_sections)
        Best by a calibration that has not seen the article: else all sections look honest.
    labels : bool array of the same shape
    stories : int64 array of shape (n_articles,)
    suggest : sequence of float
        The threshold from which each section is suggested.
    met : bool array of the same shape as ``probabilities``
        Where what a section needs to be applied is probable enough.
    target : float
        The precision.
    with_reasons : bool
        Find out why a section has no threshold, which takes longer than all the rest.
    """
    possible = np.where(met, probabilities, 0.0)
    lowest = min(LEAST_PROBABILITY, target)  # no tag below it is ever applied
    least = np.maximum(suggest, lowest)
    columns = _columns(possible, labels, stories)
    sure = [(p[p >= lowest], y[p >= lowest]) for p, y in columns]
    others = WrongTags(sure, LEAST_OTHERS)
    found = precision_thresholds(columns, target, least.tolist(), others)
    without = ~labels.any(axis=1)
    thresholds = np.array([np.inf if threshold is None else threshold for threshold in found])
    floor = floor_without_section(possible[without], thresholds, stories[without], allowed_share(target))
    raised = found
    if floor > least.min():
        again = np.where(np.isinf(thresholds), np.inf, np.maximum(least, floor))
        raised = precision_thresholds(columns, target, again.tolist(), others)
    if not with_reasons:
        return [ApplyChoice(threshold, None) for threshold in raised]
    low = [float(low) if threshold is None else math.inf for low, threshold in zip(least, raised, strict=True)]
    evidence = closest_evidence(columns, target, low)
    return [
        ApplyChoice(threshold, None)
        if threshold is not None
        else ApplyChoice(
            None,
            _why_never(
                evidence[s],
                int(columns[s][1].sum()),
                target,
                is_likely_alone=bool((probabilities[:, s] >= least[s]).any()),
                is_raised=found[s] is not None,
            ),
        )
        for s, threshold in enumerate(raised)
    ]


def _columns(
    probabilities: NDArray[np.float64], labels: NDArray[np.bool_], stories: NDArray[np.int64]
) -> list[ProbableTags]:
    """Return the probabilities and labels of each section, of one article of each story."""
    _, of_article, sizes = np.unique(stories, return_inverse=True, return_counts=True)
    is_alone = sizes[of_article] == 1
    copies = np.flatnonzero(~is_alone)
    columns = zip(np.ascontiguousarray(probabilities.T), np.ascontiguousarray(labels.T), strict=True)
    if not len(copies):
        return list(columns)
    counted = []
    for p, y in columns:
        one = is_alone.copy()
        one[copies[worst_of_each_story(p[copies], y[copies], stories[copies])]] = True
        counted.append((p[one], y[one]))
    return counted


def _why_never(
    evidence: PrecisionEvidence, n_stories: int, target: float, *, is_likely_alone: bool, is_raised: bool
) -> NeverApplied:
    """Return why a section with some stories has no threshold.

    ``is_likely_alone`` is true if some article is likely enough to have it without regard to needs.
    """
    if not evidence.n_stories and is_likely_alone:
        return NeverApplied("needs", target, detail=_RARELY_MET)
    counts = (evidence.n_stories, evidence.n_right, n_stories)
    if is_raised:
        return NeverApplied("no_section", target, *counts)
    if math.isfinite(evidence.factor):
        return NeverApplied("few_stories", target, *counts, _rounded((evidence.factor - 1.0) * n_stories))
    missing = least_stories(target) - n_stories
    if missing > 0 and not evidence.n_stories:
        return NeverApplied("few_stories", target, *counts, _rounded(missing))
    is_right = evidence.n_stories and evidence.n_right >= target * evidence.n_stories
    return NeverApplied("few_stories" if is_right else "imprecise", target, *counts)


def _rounded(n: float) -> int:
    """Return an estimate rounded up to one digit below 100 and to two above, and at least 1."""
    step = 10 ** max(0, len(str(int(n))) - (2 if n >= 100 else 1))
    return max(1, int(-(-n // step) * step))
