"""Decisions: append one, read the latest of each article."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, func, select

from classifier.errors import DecisionsError
from classifier.feedback.database import Database
from classifier.feedback.record import EditorDecision
from classifier.feedback.tables import decisions

_AT_ONCE = 500
_LISTS = ("suggested", "kept", "added", "removed", "applied")
_PLAIN = ("article", "revision", "model", "published")
_TEXTS = ("headline", "body")


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a decision that was sent: whether it is ``new``, or stood there already and ``differs``."""

    new: bool
    differs: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A decision as it is stored: its number in the order of arrival, when it arrived (UTC), what it says."""

    number: int
    received: datetime
    decision: EditorDecision


class DecisionStore:
    """The decisions of a database. Nothing is ever changed or deleted.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    @contextmanager
    def existing(cls, address: str) -> Iterator["DecisionStore"]:
        """Give the store at an address, for reading; at the end its connections are closed.

        Raises
        ------
        DecisionsError
            If it is a file that does not exist: reading makes none.
        """
        database = Database(address)
        if database.is_sqlite and not Path(database.name).is_file():
            raise DecisionsError(f"{database.name} does not exist: no service has stored a decision there")
        try:
            yield cls(database)
        finally:
            database.close()

    @property
    def name(self) -> str:
        """Where they are, without a password."""
        return self._database.name

    def add(self, decision: EditorDecision, *, keep_text: bool) -> Stored:
        """Append a decision, on disk when this returns, unless there is one of the same article and revision.

        Raises
        ------
        DecisionsError
            If the database does not answer.
        """
        row: dict[str, Any] = {name: getattr(decision, name) for name in (*_PLAIN, *_LISTS)}
        if keep_text:  # PostgreSQL takes no NUL, and it means nothing in a text
            row |= {n: value.replace("\0", " ") for n in _TEXTS if (value := getattr(decision, n)) is not None}
        row |= {"digest": decision.digest(), "received": datetime.now(UTC)}
        insert = self._database.insert(decisions).values(row)
        insert = insert.on_conflict_do_nothing(index_elements=["article", "revision"]).returning(decisions.c.id)
        same = (decisions.c.article == decision.article) & (decisions.c.revision == decision.revision)
        with self._database.transaction() as connection:
            if connection.execute(insert).scalar() is not None:
                return Stored(new=True)
            digest = connection.execute(select(decisions.c.digest).where(same)).scalar_one()
            return Stored(new=False, differs=digest != row["digest"])

    def count(self) -> int:
        """Return how many decisions are stored."""
        with self._database.transaction(reading=True) as connection:
            return connection.execute(select(func.count()).select_from(decisions)).scalar_one()

    def latest(self, *, texts: bool = False) -> Iterator[Kept]:
        """Yield the last decision on each article, in the order of their arrival; ``texts``: with its text.

        Raises
        ------
        DecisionsError
            If the database does not answer.
        """
        columns = [column for column in decisions.c if column.name != "digest" and (texts or column.name not in _TEXTS)]
        last = select(func.max(decisions.c.id)).group_by(decisions.c.article)
        query = select(*columns).where(decisions.c.id.in_(last)).order_by(decisions.c.id)
        with self._database.transaction(reading=True) as connection:
            found = connection.execution_options(yield_per=_AT_ONCE).execute(query)
            for row in found.mappings():
                yield _kept(row)


def _kept(row: RowMapping) -> Kept:
    received: datetime = row["received"]
    if received.tzinfo is None:  # SQLite keeps no time zone
        received = received.replace(tzinfo=UTC)
    fields = {name: value for name, value in row.items() if name not in ("id", "received")}
    return Kept(row["id"], received.astimezone(UTC), EditorDecision.model_validate(fields))
