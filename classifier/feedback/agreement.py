"""How often editors kept, removed and added each section, in total and month by month."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from classifier.feedback.store import FeedbackEntry


@dataclass
class Tally:
    """The number of articles for which a section was suggested, kept, removed and added.

    ``added`` counts articles that got the section although it was not suggested. A suggestion that was neither kept nor
    removed has not been reviewed yet.
    """

    suggested: int = 0
    kept: int = 0
    removed: int = 0
    added: int = 0

    @property
    def kept_share(self) -> float | None:
        """The kept share of the reviewed suggestions, 0 to 1. None if there are none."""
        reviewed = self.kept + self.removed
        return self.kept / reviewed if reviewed else None

    def to_json(self) -> dict[str, Any]:
        """Return the tally as plain JSON values."""
        return {
            "suggested": self.suggested,
            "kept": self.kept,
            "removed": self.removed,
            "added": self.added,
            "kept_share": self.kept_share,
        }


@dataclass
class Agreement:
    """The tally of each section by id, in total and by the month (``2026-11``, UTC) in which the feedback arrived."""

    n_articles: int = 0
    sections: dict[str, Tally] = field(default_factory=dict)
    months: dict[str, dict[str, Tally]] = field(default_factory=dict)
    models: Counter[str] = field(default_factory=Counter)

    def to_json(self) -> dict[str, Any]:
        """Return the agreement as plain JSON values."""
        return {
            "articles": self.n_articles,
            "models": dict(self.models.most_common()),
            "sections": [
                {
                    "section": section,
                    **tally.to_json(),
                    "months": {m: by[section].to_json() for m, by in self.months.items() if section in by},
                }
                for section, tally in self.sections.items()
            ],
        }


def agreement(latest: Iterable[FeedbackEntry]) -> Agreement:
    """Tally feedback, one entry for each article."""
    n, models = 0, Counter[str]()
    total: dict[str, Tally] = defaultdict(Tally)
    months: dict[str, dict[str, Tally]] = defaultdict(lambda: defaultdict(Tally))
    for entry in latest:
        n += 1
        if entry.feedback.model:
            models[entry.feedback.model] += 1
        for tallies in (total, months[f"{entry.received:%Y-%m}"]):
            for name in ("suggested", "kept", "removed", "added"):
                for section in set(getattr(entry.feedback, name)):
                    tally = tallies[section]
                    setattr(tally, name, getattr(tally, name) + 1)
    return Agreement(
        n,
        dict(sorted(total.items())),
        {month: dict(sorted(by.items())) for month, by in sorted(months.items())},
        models,
    )
