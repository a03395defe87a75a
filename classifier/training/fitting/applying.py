"""The probabilities from which tags are applied without an editor, and why a section has none.

docs/decisions/0035-apply.md gives the reasons and the figures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from classifier.training.fitting.no_section import allowed_share, floor_without_section
from classifier.training.fitting.thresholds import (
    MOST_TIMES,
    NO_OTHERS,
    WrongTags,
    closest_evidence,
    least_stories,
    precision_threshold,
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
    least = np.maximum(suggest, min(LEAST_PROBABILITY, target))
    columns = _columns(possible, labels, stories, target)
    found = [column.threshold(low) for column, low in zip(columns, least, strict=True)]
    without = ~labels.any(axis=1)
    thresholds = np.array([np.inf if threshold is None else threshold for threshold in found])
    floor = floor_without_section(possible[without], thresholds, stories[without], allowed_share(target))
    raised = [
        column.threshold(max(low, floor)) if before is not None else None
        for column, low, before in zip(columns, least, found, strict=True)
    ]
    return [
        ApplyChoice(threshold, None)
        if threshold is not None or not with_reasons
        else ApplyChoice(
            None, columns[s].why_never(least[s], alone=probabilities[:, s], is_raised=found[s] is not None)
        )
        for s, threshold in enumerate(raised)
    ]


def _columns(
    probabilities: NDArray[np.float64], labels: NDArray[np.bool_], stories: NDArray[np.int64], target: float
) -> "list[_Column]":
    """Return the sections, each with the wrong tags of the others."""
    _, of_article, sizes = np.unique(stories, return_inverse=True, return_counts=True)
    is_alone = sizes[of_article] == 1
    copies = np.flatnonzero(~is_alone)
    counted = []
    for p, y in zip(np.ascontiguousarray(probabilities.T), np.ascontiguousarray(labels.T), strict=True):
        one = is_alone.copy()
        one[copies[worst_of_each_story(p[copies], y[copies], stories[copies])]] = True
        counted.append((p[one], y[one]))
    least = min(LEAST_PROBABILITY, target)  # no tag below it is ever applied
    sure = [(p[p >= least], y[p >= least]) for p, y in counted]
    n_sure = sum(len(p) > 0 for p, _ in sure)
    found = []
    for (p, y), (of_section, _), others in zip(counted, sure, WrongTags.of_others(sure), strict=True):
        is_enough = n_sure - (len(of_section) > 0) >= LEAST_OTHERS
        found.append(_Column(p, y, target, others if is_enough else NO_OTHERS))
    return found


class _Column:
    """One section: each story counts once."""

    def __init__(
        self, probabilities: NDArray[np.float64], labels: NDArray[np.bool_], target: float, others: WrongTags
    ) -> None:
        self._probabilities, self._labels, self._target, self._others = probabilities, labels, target, others

    def threshold(self, least: float) -> float | None:
        return precision_threshold(self._probabilities, self._labels, self._target, least, self._others)

    def why_never(self, least: float, *, alone: NDArray[np.float64], is_raised: bool) -> NeverApplied:
        """Return why there is no threshold; ``alone`` are the probabilities without regard to needs."""
        evidence = closest_evidence(self._probabilities, self._labels, self._target, least)
        if not evidence.n_stories and (alone >= least).any():
            return NeverApplied("needs", self._target, detail=_RARELY_MET)
        of_section = int(self._labels.sum())
        counts = (evidence.n_stories, evidence.n_right, of_section)
        if is_raised:
            return NeverApplied("no_section", self._target, *counts)
        if math.isfinite(evidence.factor):
            return NeverApplied("few_stories", self._target, *counts, _rounded((evidence.factor - 1.0) * of_section))
        missing = least_stories(self._target) - of_section
        if missing > 0 and not evidence.n_stories:
            return NeverApplied("few_stories", self._target, *counts, _rounded(missing))
        is_right = evidence.n_stories and evidence.n_right >= self._target * evidence.n_stories
        return NeverApplied("few_stories" if is_right else "imprecise", self._target, *counts)


def _rounded(n: float) -> int:
    """Return an estimate rounded up to one digit below 100 and to two above, and at least 1."""
    step = 10 ** max(0, len(str(int(n))) - (2 if n >= 100 else 1))
    return max(1, int(-(-n // step) * step))
