"""Feedback as a row: how it is appended once for each revision of an article."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count
from typing import Any

from sqlalchemy import Connection, select

from classifier.article import MAX_ID_LENGTH
from classifier.feedback.database import Database
from classifier.feedback.feedback import Feedback
from classifier.feedback.tables import feedback as table

TEXTS = ("headline", "body")
_LISTS = ("suggested", "kept", "added", "removed", "applied", "reviewed")
_PLAIN = ("article", "revision", "model", "published", "person")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of feedback that was sent.

    ``new``: the feedback was stored. Otherwise feedback on the same article and revision was already there; it stays,
    and ``differs`` is true if it differs from the feedback that was sent. ``decided``: it decided an open suggestion.
    ``number`` is that of the new entry; None if it is not new.
    """

    new: bool
    differs: bool = False
    decided: bool = False
    number: int | None = None


def add_entry(database: Database, connection: Connection, feedback: Feedback, *, keep_text: bool) -> Receipt:
    """Append feedback in an open transaction. No suggestion is decided by it here."""
    row: dict[str, Any] = {name: getattr(feedback, name) for name in (*_PLAIN, *_LISTS)}
    if keep_text:  # PostgreSQL refuses NUL, which means nothing in a text
        row |= {n: value.replace("\0", " ") for n in TEXTS if (value := getattr(feedback, n)) is not None}
    row |= {"source": feedback.source or "", "digest": feedback.digest(), "received": datetime.now(UTC)}
    insert = database.insert(table).values(row)
    insert = insert.on_conflict_do_nothing(index_elements=["source", "article", "revision"]).returning(table.c.id)
    number = connection.execute(insert).scalar()
    differs = False
    if number is None:
        same = (
            (table.c.source == row["source"])
            & (table.c.article == feedback.article)
            & (table.c.revision == feedback.revision)
        )
        differs = connection.execute(select(table.c.digest).where(same)).scalar_one() != row["digest"]
    return Receipt(number is not None, differs, number=number)


def free_revision(connection: Connection, feedback: Feedback) -> str:
    """Return the revision of feedback; if there is feedback on it already, one like it that has none."""
    of_article = (table.c.source == (feedback.source or "")) & (table.c.article == feedback.article)
    taken = set(connection.execute(select(table.c.revision).where(of_article)).scalars())
    others = (f"{feedback.revision[: MAX_ID_LENGTH - 10]} ({n})" for n in count(2))
    return next(name for name in chain([feedback.revision], others) if name not in taken)
