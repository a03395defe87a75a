"""How much an archive that nobody labelled writes about each section, period by period."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from classifier.training.quantifying.shares import LEVEL, Share

Period = Literal["month", "quarter", "year"]
#: The period of articles without a date.
UNDATED = "undated"
_COLUMNS = ("section", "period", "articles", "tagged", "tagged_share", "share", "low", "high")


@dataclass(frozen=True)
class PeriodShare:
    """The share of a section among the articles of a period; ``tagged`` counts the articles that got its tag."""

    period: str
    n_articles: int
    tagged: int
    share: Share

    @property
    def tagged_share(self) -> float:
        """The share of the articles that got the tag."""
        return self.tagged / self.n_articles if self.n_articles else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the share as plain JSON values."""
        return {
            "period": self.period,
            "articles": self.n_articles,
            "tagged": self.tagged,
            "tagged_share": self.tagged_share,
            "share": self.share.value,
            "low": self.share.low,
            "high": self.share.high,
        }


@dataclass(frozen=True)
class SectionCoverage:
    """The shares of a section: over the whole archive, and period by period, the earliest first."""

    id: str
    name: str
    total: PeriodShare
    periods: tuple[PeriodShare, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the shares as plain JSON values."""
        periods = [period.to_json() for period in self.periods]
        return {"section": self.id, "name": self.name, "total": self.total.to_json(), "periods": periods}


@dataclass(frozen=True)
class Coverage:
    """The shares of all sections in an archive.

    ``untrained`` are the sections that the model cannot give, by id. ``left_out`` counts the rows that are in no figure
    by kind, ``undated`` the articles whose date cannot be used, by kind. ``bad_rows`` have their place and fault.
    ``n_trained_on`` counts the articles that the model was trained on, None if the version does not record them.
    ``left_out_files`` are the paths of files of a kind that is not read, which ``left_out`` counts as well.
    """

    version: str
    by: Period
    n_articles: int
    n_trained_on: int | None
    sections: tuple[SectionCoverage, ...]
    untrained: tuple[str, ...]
    left_out: Mapping[str, int]
    undated: Mapping[str, int]
    bad_rows: tuple[str, ...]
    notes: tuple[str, ...]
    left_out_files: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "model": self.version,
            "level": LEVEL,
            "by": self.by,
            "articles": self.n_articles,
            "trained_on": self.n_trained_on,
            "undated": dict(self.undated),
            "left_out": {**self.left_out, "bad rows": len(self.bad_rows)},
            "left_out_files": list(self.left_out_files),
            "untrained": list(self.untrained),
            "sections": [section.to_json() for section in self.sections],
        }

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows of a table: a header, then one row for each section and period."""
        rows = [
            (section.id, *(round(value, 6) if isinstance(value, float) else value for value in p.to_json().values()))
            for section in self.sections
            for p in section.periods
        ]
        return [_COLUMNS, *rows]
