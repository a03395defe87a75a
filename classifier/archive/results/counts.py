"""What a run counted: rows, tags by section and month, and what was left out. The counts of partitions are added."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: The month of articles without a date.
UNDATED = ""
#: The columns of a count: of a section the tags applied, to review, added and removed.
TAG_COLUMNS = ("applied", "review", "added", "removed")
#: Of a month its articles, those with a tag, and those whose tags differ from their labels.
MONTH_COLUMNS = ("articles", "tagged", "changed")
SUMMARY_COLUMNS = ("month", "section", "articles", *TAG_COLUMNS)

#: Notes on files, and damaged places of files, that are kept; the others are only counted.
MOST_NOTES = 20
_NUMBERS = ("articles", "rejects", "n_damaged", "review", "unlabelled", "unknown_labels", "n_notes")
_LINES = ("notes", "damaged")
_COUNTERS = ("outcomes", "left_out", "without", "undated")

_Table = dict[str, dict[str, list[int]]]


@dataclass
class ArchiveCounts:
    """The counts of a part of an archive.

    ``rejects`` are the rows that could not be tagged and the ``n_damaged`` places where files are damaged; ``damaged``
    names the first of these places. ``sections`` holds the counts of `TAG_COLUMNS` by month and section, ``months``
    those of `MONTH_COLUMNS` by month. A month is written as 2023-11.
    """

    articles: int = 0
    rejects: int = 0
    n_damaged: int = 0
    review: int = 0
    unlabelled: int = 0
    unknown_labels: int = 0
    n_notes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    without: Counter[str] = field(default_factory=Counter)
    undated: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    sections: _Table = field(default_factory=dict)
    months: dict[str, list[int]] = field(default_factory=dict)

    def note(self, line: str) -> None:
        """Keep a note on a file, or count it."""
        self.n_notes += 1
        if len(self.notes) < MOST_NOTES:
            self.notes.append(line)

    def count_damaged(self, line: str) -> None:
        """Count a place where a file is damaged, and keep the first ones."""
        self.n_damaged += 1
        if len(self.damaged) < MOST_NOTES:
            self.damaged.append(line)

    def count_month(self, month: str, column: int, n: int = 1) -> None:
        """Count articles of a month in one of `MONTH_COLUMNS`."""
        row = self.months.get(month)
        if row is None:
            row = self.months[month] = [0] * len(MONTH_COLUMNS)
        row[column] += n

    def count_tag(self, month: str, section: str, column: int, n: int = 1) -> None:
        """Count tags of a section in one of `TAG_COLUMNS`."""
        rows = self.sections.get(month)
        if rows is None:
            rows = self.sections[month] = {}
        row = rows.get(section)
        if row is None:
            row = rows[section] = [0] * len(TAG_COLUMNS)
        row[column] += n

    def add(self, other: "ArchiveCounts") -> None:
        """Add the counts of another part."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        for name in _LINES:
            setattr(self, name, (getattr(self, name) + getattr(other, name))[:MOST_NOTES])
        for month, row in other.months.items():
            for column, n in enumerate(row):
                self.count_month(month, column, n)
        for month, rows in other.sections.items():
            for section, row in rows.items():
                for column, n in enumerate(row):
                    self.count_tag(month, section, column, n)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON values, in an order that depends on the articles alone."""
        return {
            **{name: getattr(self, name) for name in _NUMBERS},
            **{name: _sorted(getattr(self, name)) for name in _COUNTERS},
            **{name: getattr(self, name) for name in _LINES},
            "sections": {month: _sorted(rows) for month, rows in sorted(self.sections.items())},
            "months": _sorted(self.months),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "ArchiveCounts":
        """Return the counts in JSON values, as `to_json` writes them."""
        counters: dict[str, Any] = {name: Counter(stored.get(name, {})) for name in _COUNTERS}
        return cls(**{**stored, **counters})

    def of_sections(self) -> dict[str, list[int]]:
        """Return the counts of each section over all months, in the order of the ids."""
        found: dict[str, list[int]] = {}
        for rows in self.sections.values():
            for section, row in rows.items():
                before = found.get(section, [0] * len(TAG_COLUMNS))
                found[section] = [a + b for a, b in zip(before, row, strict=True)]
        return _sorted(found)

    def summary(self) -> Iterator[tuple[str | int, ...]]:
        """Yield the rows of the summary: each month as a whole, with an empty section, then each of its sections."""
        yield SUMMARY_COLUMNS
        for month in sorted(self.months):
            n_articles = self.months[month][0]
            rows = _sorted(self.sections.get(month, {}))
            yield month, "", n_articles, *_sums(rows.values())
            for section, row in rows.items():
                yield month, section, n_articles, *row


def _sorted(found: Mapping[str, Any]) -> dict[str, Any]:
    return dict(sorted(found.items()))


def _sums(rows: Iterable[list[int]]) -> list[int]:
    return [sum(column) for column in zip(*rows, strict=True)] or [0] * len(TAG_COLUMNS)
