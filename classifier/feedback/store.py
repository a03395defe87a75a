"""FeedbackStore: append feedback, read the newest of each article."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, Select, func, select

from classifier.errors import FeedbackError
from classifier.feedback.adding import TEXTS, Receipt, add_entry
from classifier.feedback.database import Database
from classifier.feedback.deciding import decide_by_feedback
from classifier.feedback.feedback import Feedback
from classifier.feedback.keeping.arrivals import sort_in_before_writing
from classifier.feedback.tables import feedback as table

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class FeedbackEntry:
    """Feedback as it is stored: its number in the order of arrival, and the time of arrival (UTC)."""

    number: int
    received: datetime
    feedback: Feedback


class FeedbackStore:
    """The feedback in a database. Entries are never changed; only `forget` deletes some.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    @contextmanager
    def existing(cls, address: str) -> Iterator["FeedbackStore"]:
        """Open the store at an address for reading, and close its connections at the end.

        Raises
        ------
        FeedbackError
            If the address is a file that does not exist. Reading never creates a file.
        """
        database = Database(address)
        if database.is_sqlite and not Path(database.name).is_file():
            raise FeedbackError(
                f"{database.name} does not exist, so no service has stored feedback there. Fix: give the database "
                "of the service with --feedback"
            )
        try:
            yield cls(database)
        finally:
            database.close()

    @property
    def database(self) -> Database:
        """The database that it is in."""
        return self._database

    @property
    def name(self) -> str:
        """The address of the database, without a password."""
        return self._database.name

    def close(self) -> None:
        """Close all connections. The next use opens new ones."""
        self._database.close()

    def add(self, feedback: Feedback, *, keep_text: bool) -> Receipt:
        """Append feedback, unless there is some on the same article and revision. It is on disk when this returns.

        It decides the open suggestion for the article, if one is kept.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        with self._database.transaction() as connection:
            sort_in_before_writing(connection, self._database)
            receipt = add_entry(self._database, connection, feedback, keep_text=keep_text)
            called_back = self._database.called_back
            return replace(receipt, decided=decide_by_feedback(connection, feedback, called_back, receipt.number))

    def count(self) -> int:
        """Return the number of stored entries."""
        with self._database.transaction(reading=True) as connection:
            return connection.execute(select(func.count()).select_from(table)).scalar_one()

    def latest(self, *, texts: bool = False) -> Iterator[FeedbackEntry]:
        """Yield the last entry of each article in the order of arrival, with its texts if ``texts`` is true.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        last = select(func.max(table.c.id)).group_by(table.c.source, table.c.article)
        yield from self._read(_query(texts).where(table.c.id.in_(last)).order_by(table.c.id))

    def history(self) -> Iterator[FeedbackEntry]:
        """Yield every entry without its texts: article by article, each in the order of arrival.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        return self._read(_query(texts=False).order_by(table.c.source, table.c.article, table.c.id))

    def _read(self, query: Select[Any]) -> Iterator[FeedbackEntry]:
        with self._database.transaction(reading=True) as connection:
            found = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)
            for row in found.mappings():
                yield _entry(row)


def _query(texts: bool) -> Select[Any]:
    return select(*(column for column in table.c if column.name != "digest" and (texts or column.name not in TEXTS)))


def _entry(row: RowMapping) -> FeedbackEntry:
    received: datetime = row["received"]
    if received.tzinfo is None:  # SQLite stores no time zone
        received = received.replace(tzinfo=UTC)
    fields = {name: value for name, value in row.items() if name not in ("id", "received")}
    fields["source"] = row["source"] or None
    return FeedbackEntry(row["id"], received.astimezone(UTC), Feedback.model_validate(fields))
