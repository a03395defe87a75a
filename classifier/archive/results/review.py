"""The table of articles that an editor has to look at: written by a run, and read again for the desk's queue."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.answer import Answer, Tag
from classifier.archive.asked import ArchiveError, encodable
from classifier.archive.changes import TagChange
from classifier.article import Article
from classifier.corpus.readers.rows import Place
from classifier.corpus.readers.sheets import read_sheet
from classifier.corpus.verdicts import SUSPECT_COLUMNS
from classifier.feedback.suggestion import SuggestedTag
from classifier.terms.encoding import utf8

#: After the columns of a table of suspects, so that training can read verdicts in it: the suggestion, for the desk.
REVIEW_COLUMNS = [*SUSPECT_COLUMNS, "outcome", "model", "set", "language", "revision", "url", "tags"]
_FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A row of the table: what an article is, and the suggestion for it; ``verdict`` is what an editor wrote."""

    file: str
    line: str
    id: str
    headline: str
    verdict: str
    outcome: str
    model: str
    set: str
    language: str
    revision: str
    url: str
    tags: tuple[SuggestedTag, ...]


def review_line(
    place: Place,
    article: Article,
    url: str,
    answer: Answer,
    tags: Sequence[SuggestedTag],
    change: TagChange | None,
) -> str:
    """Return the row of an article as a line of CSV."""
    added: Sequence[Tag] = change.added if change else answer.tags
    cells = [
        encodable(str(place.file)),
        str(place.line),
        article.id or "",
        article.headline,
        "|".join(change.labels) if change else "",
        "|".join(f"{tag.section} {tag.probability:.2f}" for tag in added),
        "|".join(f"{section} {p:.2f}" for section, p in change.removed) if change else "",
        "; ".join(f"{tag.section}: {', '.join(tag.terms)}" for tag in tags if tag.terms),
        "",
        answer.outcome,
        answer.model,
        answer.set or "",
        article.language or "",
        hashlib.sha256(utf8(article.headline) + b"\0" + utf8(article.body)).hexdigest(),
        url,
        json.dumps([tag.to_json() for tag in tags], ensure_ascii=False, allow_nan=False),
    ]
    out = io.StringIO(newline="")
    csv.writer(out).writerow([_without_formula(cell) for cell in cells])
    return out.getvalue()


def review_header() -> str:
    """Return the first line of the table. The byte order mark makes Excel read UTF-8."""
    return "\ufeff" + ",".join(REVIEW_COLUMNS) + "\r\n"


def _without_formula(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def read_review(path: Path) -> Iterator[ReviewRow]:
    """Yield the rows of a table, one after the other.

    Raises
    ------
    ArchiveError
        If the file cannot be read, or is not such a table. The message names the row.
    """
    rows = read_sheet(path, ArchiveError)
    if next(rows, None) != REVIEW_COLUMNS:
        raise ArchiveError(
            f"{path} is not a review file: its first row is not {', '.join(REVIEW_COLUMNS)}. Fix: name the "
            "review.csv that “copydesk archive --review” wrote"
        )
    for number, row in enumerate(rows, start=2):
        if row:
            yield _read(path, number, row)


def _read(path: Path, number: int, row: Sequence[str]) -> ReviewRow:
    where = f"{path}, row {number:,}"
    if len(row) != len(REVIEW_COLUMNS):
        raise ArchiveError(
            f"{where}: {len(row)} cells, but a review file has {len(REVIEW_COLUMNS)}. Fix: restore or delete the row"
        )
    cells = {name: cell.removeprefix("'") for name, cell in zip(REVIEW_COLUMNS, row, strict=True)}
    try:
        tags = tuple(map(SuggestedTag.of, json.loads(cells["tags"])))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise ArchiveError(
            f"{where}: the cell “tags” was changed, so the suggestion cannot be read. Fix: restore or delete the row"
        ) from None
    kept: dict[str, Any] = {name: cell for name, cell in cells.items() if name in ReviewRow.__slots__}
    return ReviewRow(**{**kept, "tags": tags})
