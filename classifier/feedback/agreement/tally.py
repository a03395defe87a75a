"""Tally: how many suggestions came to which end, and the shares that follow, with their intervals."""

import math
from dataclasses import dataclass
from typing import Any

from classifier.feedback.agreement.standing import Outcome

_Z = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class CountedShare:
    """A share ``n`` of ``of``, with Wilson's 95 % interval (1927), which treats the tags as independent."""

    n: int
    of: int

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return self.n / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """The ends of the interval, 0 to 1."""
        square = _Z * _Z / self.of
        middle = (self.value + square / 2) / (1 + square)
        half = _Z / (1 + square) * math.sqrt(self.value * (1 - self.value) / self.of + square / (4 * self.of))
        return max(0.0, middle - half), min(1.0, middle + half)

    def to_json(self) -> dict[str, Any]:
        """Return the share as plain JSON values."""
        low, high = self.interval
        return {"n": self.n, "of": self.of, "value": self.value, "low": low, "high": high}


@dataclass(slots=True)
class Tally:
    """The number of tags by what became of them. `classifier.feedback.agreement.standing` defines each word."""

    untouched: int = 0
    kept: int = 0
    removed: int = 0
    corrected: int = 0
    added: int = 0
    open: int = 0

    def count(self, outcome: Outcome) -> None:
        """Count one more tag."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    @property
    def suggested(self) -> int:
        """The number of tags that were suggested or applied."""
        return self.untouched + self.kept + self.removed + self.corrected + self.open

    @property
    def decided(self) -> int:
        """The number of suggestions that a person is known to have decided on: kept, removed or corrected later."""
        return self.kept + self.removed + self.corrected

    @property
    def kept_share(self) -> CountedShare | None:
        """The share of the decided suggestions that were kept; None if nobody has decided on any."""
        return CountedShare(self.kept, self.decided) if self.decided else None

    @property
    def decided_share(self) -> CountedShare | None:
        """The share of the suggestions that a person is known to have decided on; None without suggestions."""
        return CountedShare(self.decided, self.suggested) if self.suggested else None

    def to_json(self) -> dict[str, Any]:
        """Return the tally as plain JSON values. A share is null if there is nothing to divide by."""
        return {
            "suggested": self.suggested,
            "untouched": self.untouched,
            "kept": self.kept,
            "removed": self.removed,
            "corrected": self.corrected,
            "added": self.added,
            "open": self.open,
            "kept_share": self.kept_share and self.kept_share.to_json(),
            "decided_share": self.decided_share and self.decided_share.to_json(),
        }
