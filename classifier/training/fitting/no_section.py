"""Stories without a section: how many of them may get a tag that is applied without an editor, and how many do."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from classifier.errors import number_of

#: With fewer stories without a section, their share shows little: no threshold is raised for it, and nothing is proven.
MIN_STORIES = 20
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class AppliedWithoutSection:
    """The number of stories without a section, and of those among them that would get something applied."""

    n_stories: int
    n_applied: int

    @property
    def share(self) -> float:
        """The share of these stories that would get something applied; 0 if there are none."""
        return self.n_applied / self.n_stories if self.n_stories else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share, of Clopper and Pearson (1934); (0, 1) if there are no such stories."""
        n, k, tail = self.n_stories, self.n_applied, (1 - _CONFIDENCE) / 2
        low = float(beta.ppf(tail, k, n - k + 1)) if k else 0.0
        high = float(beta.ppf(1 - tail, k + 1, n - k)) if k < n else 1.0
        return low, high

    @property
    def words(self) -> str:
        """The figures in words, without a verb."""
        low, high = self.interval
        shown = f" ({percent(self.share)}; 95 % interval {percent(low)} to {percent(high)})" if self.n_stories else ""
        return f"{self.n_applied:,} of {number_of(self.n_stories, 'story', 'stories')} without a section{shown}"

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values; without such stories, share and interval are None, with a reason."""
        counts: dict[str, Any] = {"stories": self.n_stories, "applied": self.n_applied}
        if not self.n_stories:
            why = "every story has a section"
            return {**counts, "share": None, "interval": None, "undefined": {"share": why, "interval": why}}
        return {**counts, "share": self.share, "interval": list(self.interval)}


def percent(share: float) -> str:
    """Return a share in whole percent, such as “8 %”."""
    return f"{100 * share:.0f} %"


def applied_without_section(
    applied: NDArray[np.bool_], labels: NDArray[np.bool_], stories: NDArray[np.int64]
) -> AppliedWithoutSection:
    """Count the stories without a section, and those of them of which an article gets something applied.

    Parameters
    ----------
    applied, labels : bool arrays of shape (n_articles, n_sections)
    stories : int64 array of shape (n_articles,)
    """
    without = ~labels.any(axis=1)
    hit = without & applied.any(axis=1)
    return AppliedWithoutSection(len(np.unique(stories[without])), len(np.unique(stories[hit])))


def allowed_share(target_precision: float) -> float:
    """Return the largest share of the stories without a section that may get something applied: that of wrong tags."""
    return 1.0 - target_precision


def floor_without_section(
    probabilities: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    stories: NDArray[np.int64],
    allowed: float,
) -> float:
    """Return the lowest floor under all thresholds with which at most an allowed share of stories gets a tag.

    Parameters
    ----------
    probabilities : float64 array of shape (n_articles, n_sections)
        Of articles without a section; 0 if the need of a section is not met.
    thresholds : float64 array of shape (n_sections,)
        From which a tag is applied; infinite for never.
    stories : int64 array of shape (n_articles,)
    allowed : float

    Returns
    -------
    float
        0 if the thresholds are high enough, or if there are fewer than 20 stories.
    """
    of_article = np.where(probabilities >= thresholds, probabilities, 0.0).max(axis=1, initial=0.0)
    numbers, at = np.unique(stories, return_inverse=True)
    if len(numbers) < MIN_STORIES:
        return 0.0
    highest = np.zeros(len(numbers))
    np.maximum.at(highest, at, of_article)
    ranked = np.sort(highest)[::-1]
    n_allowed = int(allowed * len(numbers) + 1e-9)
    if n_allowed >= len(numbers) or ranked[n_allowed] == 0.0:
        return 0.0
    above = ranked[n_allowed - 1] if n_allowed else 1.0
    return float(max((ranked[n_allowed] + above) / 2, np.nextafter(ranked[n_allowed], 2.0)))
