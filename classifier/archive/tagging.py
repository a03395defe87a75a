"""One partition tagged: its Parquet file, its rejects, its rows for review and its counts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from classifier.answer import Answer
from classifier.archive.asked import TaggingOptions, encodable
from classifier.archive.changes import LabelComparison, TagChange
from classifier.archive.cutting.partitions import RowSource
from classifier.archive.results.columns import TagColumns
from classifier.archive.results.counts import UNDATED, ArchiveCounts
from classifier.archive.results.review import review_line
from classifier.corpus.readers.columns.dates import read_date
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.row_text import cells_as_json
from classifier.corpus.readers.rows import WITHOUT, Found, LeftOut, Note, Place, Reject, Row, UnreadRows
from classifier.corpus.unlabelled import Unlabelled, Untaggable, tag_each, to_tag
from classifier.errors import InvalidInputError
from classifier.feedback.suggestion import MOST_TERMS, SuggestedTag
from classifier.request import NO_CHOICE, Choice
from classifier.routing.set_tagger import SetTagger

_BATCH = 256
_MONTH = 7  # characters of 2023-11


@dataclass(frozen=True, slots=True)
class TaggedPartition:
    """All that is written of a partition.

    ``parquet`` is its file. ``rejects`` are lines of JSON, and ``review`` lines of CSV, both with their line breaks.
    """

    parquet: bytes
    rejects: str
    review: str
    counts: ArchiveCounts


class PartitionTagger:
    """Tags one partition after the other.

    Parameters
    ----------
    tagger : SetTagger
    options : TaggingOptions
    """

    def __init__(self, tagger: SetTagger, options: TaggingOptions) -> None:
        self.context = Context(tagger.sections, options.reading, around_damage=True)
        self._tagger = tagger
        self._options = options
        self._comparison = LabelComparison(tagger.sections, tagger.trained) if options.changed else None
        self._choice = Choice(explain=options.explain, all=True) if options.changed else NO_CHOICE
        if options.explain and not options.changed:
            self._choice = Choice(explain=True)

    def tag(self, source: RowSource) -> TaggedPartition:
        """Tag the articles of a partition.

        Raises
        ------
        InputChangedError
            If a file is not as it was when the run began.
        CorpusError
            If a file cannot be read any more.
        """
        return _Tagging(self._tagger, self._options, self._choice, self._comparison).tag(source.rows(self.context))


class _Tagging:
    """Tags one partition."""

    def __init__(
        self, tagger: SetTagger, options: TaggingOptions, choice: Choice, comparison: LabelComparison | None
    ) -> None:
        self._tagger, self._options, self._choice, self._comparison = tagger, options, choice, comparison
        self._columns = TagColumns(options)
        self._counts = ArchiveCounts()
        self._rejects: list[str] = []
        self._review: list[str] = []

    def tag(self, rows: Iterator[Found]) -> TaggedPartition:
        articles = self._articles(rows)
        while batch := list(islice(articles, _BATCH)):
            answers = tag_each(self._tagger, [item.article for _, item in batch], self._choice)
            for (row, item), answer in zip(batch, answers, strict=True):
                if isinstance(answer, InvalidInputError):
                    self._reject(row.place, (str(answer),), _raw(row))
                else:
                    self._take(row, item, answer)
        return TaggedPartition(self._columns.to_bytes(), "".join(self._rejects), "".join(self._review), self._counts)

    def _articles(self, rows: Iterator[Found]) -> Iterator[tuple[Row, Unlabelled]]:
        for row in rows:
            for item in to_tag(row):
                match item:
                    case Unlabelled() if isinstance(row, Row):
                        yield row, item
                    case Untaggable():
                        raw = row.raw if isinstance(row, Reject) else _raw(row) if isinstance(row, Row) else ""
                        self._reject(item.place, (item.detail,), raw, damaged=isinstance(row, UnreadRows))
                    case LeftOut():
                        self._counts.left_out[item.what] += 1
                    case Note():
                        self._counts.note(encodable(f"{item.place}: {item.message}"))

    def _reject(self, place: Place, reasons: tuple[str, ...], raw: str, *, damaged: bool = False) -> None:
        self._counts.rejects += 1
        found: dict[str, Any] = {
            "file": encodable(str(place.file)),  # DuckDB refuses a file with one half of a character
            "line": place.line,
            "reasons": [encodable(reason) for reason in reasons],
            "raw": encodable(raw),
        }
        if place.item:
            found["item"] = encodable(place.item)
        if damaged:
            found["damaged"] = True
            self._counts.count_damaged(encodable(f"{place}: {'; '.join(reasons)}"))
        self._rejects.append(json.dumps(found, allow_nan=False) + "\n")

    def _take(self, row: Row, item: Unlabelled, answer: Answer) -> None:
        counts = self._counts
        counts.articles += 1
        for name in item.without:
            counts.without[WITHOUT.format(name)] += 1
        counts.outcomes[answer.outcome] += 1
        day = read_date(row.fields.get("published"), self._options.reading.date_format)
        if isinstance(day, str):
            counts.undated[day] += 1
            day = None
        month = day.isoformat()[:_MONTH] if day else UNDATED
        counts.count_month(month, 0)
        needs_review = False
        for section, _, _, decision, _, _ in answer.tags:
            if decision == "apply":
                counts.count_tag(month, section, 0)
            elif decision == "review":
                counts.count_tag(month, section, 1)
                needs_review = True
        if answer.outcome == "tagged":
            counts.count_month(month, 1)
        change = None
        if self._comparison:
            counts.unlabelled += not item.has_labels
            change = self._comparison.change(row.fields.get("sections"), answer)
            counts.unknown_labels += len(change.unknown)
            if not (change.added or change.removed):
                return
            self._count_change(month, change)
        self._columns.add(row.place, answer, day, item.article.language, change)
        if self._options.review and (change or needs_review):
            self._add_to_review(row, item, answer, change)

    def _count_change(self, month: str, change: TagChange) -> None:
        self._counts.count_month(month, 2)
        for tag in change.added:
            self._counts.count_tag(month, tag.section, 2)
        for section, _ in change.removed:
            self._counts.count_tag(month, section, 3)

    def _add_to_review(self, row: Row, item: Unlabelled, answer: Answer, change: TagChange | None) -> None:
        given = [tag for tag in answer.tags if tag.decision != "below"]
        words = self._tagger.words_for(item.article, [tag.section for tag in given], MOST_TERMS)
        tags = [
            SuggestedTag(tag.section, tag.name, tag.probability, tag.decision, terms)
            for tag, terms in zip(given, words, strict=True)
        ]
        url = row.fields.get("url")
        line = review_line(row.place, item.article, url if isinstance(url, str) else "", answer, tags, change)
        self._counts.review += 1
        self._review.append(line)


def _raw(row: Row) -> str:
    """Return the text of a row; of one that was read before, its fields."""
    return row.raw or cells_as_json(row.fields)
