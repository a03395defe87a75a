"""The promise of `apply`, and whether the figures of a run keep it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from classifier.errors import number_of
from classifier.training.fitting.applying import NeverApplied
from classifier.training.fitting.no_section import MIN_STORIES, AppliedWithoutSection, allowed_share
from classifier.training.measuring.assessment import Assessment
from classifier.training.measuring.evaluation import Score
from classifier.training.publishing.gate import Verdict

_ADD = "Fix: add articles that belong to no section, with empty labels"


@dataclass(frozen=True)
class ApplyPromise:
    """What `apply` promises, and what came of it out-of-fold.

    Of the tags that are applied without an editor, the share ``target`` is right; and of the stories without a section,
    at most the share ``1 - target`` gets anything applied. ``never`` gives the reasons of sections that are never
    applied, by id.
    """

    target: float
    applied: Score
    without_section: AppliedWithoutSection
    never: Mapping[str, NeverApplied]

    @property
    def is_tested_without_section(self) -> bool:
        """Whether there are enough stories without a section to show anything."""
        return self.without_section.n_stories >= MIN_STORIES

    @property
    def most_without_section(self) -> float:
        """The largest share of the stories without a section that may get anything applied."""
        return allowed_share(self.target)

    @property
    def _most(self) -> str:
        return f"{100 * self.most_without_section:.3g} %"

    @property
    def broken(self) -> str:
        """How the promise does not hold, in words; empty if it holds."""
        found = []
        if self.applied.predicted and self.applied.precision < self.target:
            found.append(f"{self.applied.precision:.3f} of the applied tags are right, less than {self.target:g}")
        if self.is_tested_without_section and self.without_section.share > self.most_without_section + 1e-9:
            found.append(f"{self.without_section.words} would get a tag applied, more than {self._most}")
        return " and ".join(found)

    @property
    def sentences(self) -> list[str]:
        """What to say about the promise, one full sentence each; empty if the model applies nothing."""
        if not self.applied.predicted:
            return []
        found = []
        if self.broken:
            found.append(
                f"The promise of “apply” does not hold: {self.broken}. Fix: correct labels and train again, or train "
                "with --review-only"
            )
        elif self.is_tested_without_section:
            found.append(f"{self.without_section.words} would get a tag applied; the promise is at most {self._most}")
        if not self.is_tested_without_section:
            n = self.without_section.n_stories
            have = f"there {'is' if n == 1 else 'are'} only {number_of(n, 'such story', 'such stories')}"
            found.append(
                "It is not proven that stories without a section get nothing applied, because "
                f"{have if n else 'every story has a section'}. {_ADD}"
            )
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the promise as plain JSON values; ``holds`` is None if the model applies nothing."""
        return {
            "target_precision": self.target,
            "most_without_section": self.most_without_section,
            "holds": not self.broken if self.applied.predicted else None,
            "tested_without_section": self.is_tested_without_section,
            "sentences": self.sentences,
            "never_applied": {name: reason.to_json() for name, reason in self.never.items()},
        }


def with_promise(verdict: Verdict, promise: ApplyPromise) -> Verdict:
    """Return a verdict whose reason, which the history keeps, reports a promise that does not hold."""
    if not promise.broken:
        return verdict
    return replace(verdict, reason=f"{verdict.reason}; the promise of “apply” does not hold: {promise.broken}")


def promise_of(assessment: Assessment, target: float, never: Mapping[str, NeverApplied]) -> ApplyPromise:
    """Return the promise of `apply` next to what came of it.

    Parameters
    ----------
    assessment : Assessment
        The quality of the run, out-of-fold.
    target : float
    never : mapping
        Why sections are never applied, by id.
    """
    return ApplyPromise(target, assessment.micro.applied, assessment.without_section, never)
