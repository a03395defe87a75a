"""The rows of a review file as kept suggestions, in the queue of the desk."""

import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from classifier.archive.asked import ArchiveError
from classifier.archive.results.review import ReviewRow, read_review
from classifier.errors import shown
from classifier.feedback.database import Database
from classifier.feedback.suggestion import SuggestionDraft
from classifier.feedback.suggestions import SuggestionStore

_AT_ONCE = 200
_MAX_LENGTH = 200
_VISIBLE = re.compile(r"[^\x00-\x1f\x7f/]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class QueuedRows:
    """How many rows of a review file are new in the queue, were there before, and have a verdict already."""

    new: int
    known: int
    decided: int


def queue_review(path: Path, source: str, address: str) -> QueuedRows:
    """Put the rows of a review file into the queue; a row that is there already is kept once.

    Parameters
    ----------
    path : Path
    source : str
        The source of the articles.
    address : str
        Of the feedback database.

    Raises
    ------
    ArchiveError
        If the file is not a review file, or the source cannot be used.
    FeedbackError
        If the database does not answer.
    """
    if len(source) > _MAX_LENGTH or not _VISIBLE.fullmatch(source):
        raise ArchiveError(
            f"--source is {shown(source)}, which cannot be a source. Fix: use up to {_MAX_LENGTH} characters, without "
            "“/” and control characters"
        )
    new = known = decided = 0
    database = Database(address)
    try:
        store = SuggestionStore(database)
        rows = read_review(path)
        while batch := list(islice(rows, _AT_ONCE)):
            drafts = [_draft(row, source) for row in batch if not row.verdict.strip()]
            decided += len(batch) - len(drafts)
            if drafts:
                kept = store.keep(drafts)
                fresh = sum(one.new for one in kept)
                new, known = new + fresh, known + len(kept) - fresh
    finally:
        database.close()
    return QueuedRows(new, known, decided)


def _draft(row: ReviewRow, source: str) -> SuggestionDraft:
    """Return the suggestion of a row; an article without an id is known by its file and line."""
    article = _CONTROL.sub(" ", row.id or f"{Path(row.file).name}:{row.line}")[:_MAX_LENGTH]
    return SuggestionDraft(
        source,
        article,
        row.revision,
        row.model,
        row.outcome,
        row.tags,
        set=row.set or None,
        language=row.language or None,
        headline=row.headline or None,
        url=row.url or None,
    )
