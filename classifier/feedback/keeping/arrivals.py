"""Suggestions on SQLite arrive in one small row for each commit, and are sorted into their tables many at a time.

A suggestion changes a page of nearly every index, and a commit writes each page that it changes: with four suggestions
in a commit that is most of the work. Hundreds at a time share the pages.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite
from sqlite3 import SQLITE_BUSY, Cursor, OperationalError
from sqlite3 import Error as SqliteError

from pydantic_core import from_json, to_json
from sqlalchemy import Connection

from classifier.feedback.database import Database
from classifier.feedback.keeping import sqlite_rows
from classifier.feedback.keeping.planning import NewRow, keys_of, plan, row_of
from classifier.feedback.suggestion import SuggestionDraft

_ARRIVE = "INSERT INTO copydesk_arrivals (arrived, suggestions) VALUES (?, ?)"
_ARRIVED = "SELECT id, arrived, suggestions FROM copydesk_arrivals ORDER BY id LIMIT ?"
_REMOVE = "DELETE FROM copydesk_arrivals WHERE id <= ?"
_ANY = "SELECT EXISTS (SELECT 1 FROM copydesk_arrivals)"
_ROWS_AT_ONCE = 200
_READERS_WAIT = 500  # milliseconds


class ArrivalWriter:
    """Writes suggestions as they arrive, and never waits for another program, nor for the disk to be in step.

    Parameters
    ----------
    database : Database
        An SQLite file. The connection is opened here, and may then be used by another thread, alone.

    Raises
    ------
    FeedbackError
        If the database does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._connection = database.sqlite_connection()
        for pragma in ("synchronous=NORMAL", "busy_timeout=0", "wal_autocheckpoint=0"):
            self._connection.execute(f"PRAGMA {pragma}")

    def write(self, drafts: Sequence[SuggestionDraft]) -> bool:
        """Write and commit suggestions; return false if that failed, or another program writes.

        Raises
        ------
        ValueError
            As for `arrive`.
        """
        values = _values(drafts)
        try:
            self._connection.execute(_ARRIVE, values)
        except (SqliteError, MemoryError):
            return False
        return True


def arrive(database: Database, drafts: Sequence[SuggestionDraft]) -> None:
    """Write and commit suggestions as they arrive.

    Raises
    ------
    ValueError
        If a suggestion has two tags of a section, or a probability that is not a number: it could not be sorted in.
    FeedbackError
        If the database does not answer.
    """
    values = _values(drafts)
    with database.sqlite_cursor(durable=False) as cursor:
        cursor.execute(_ARRIVE, values)


def _values(drafts: Sequence[SuggestionDraft]) -> tuple[int, str]:
    rows = list(map(row_of, drafts))
    for row in rows:
        given = {tag["section"]: tag["probability"] for tag in row["tags"]}
        if len(given) < len(row["tags"]) or not all(map(isfinite, given.values())):
            raise ValueError("the tags of a suggestion have a section twice, or a probability that is not a number")
    return time.time_ns() // 1_000, to_json(rows, inf_nan_mode="null").decode()


def sort_in(cursor: Cursor) -> int:
    """Sort all that has arrived into the tables, in an open transaction that writes; return how many they are."""
    n = 0
    while found := cursor.execute(_ARRIVED, (_ROWS_AT_ONCE,)).fetchall():
        arrived: list[tuple[int, list[NewRow]]] = [(at, from_json(payload)) for _, at, payload in found]
        keys = [key for _, rows in arrived for key in keys_of(rows)]
        sqlite_rows.write(cursor, plan(arrived, *sqlite_rows.present(cursor, keys)))
        cursor.execute("PRAGMA secure_delete=ON")  # what is forgotten later must not be left here
        cursor.execute(_REMOVE, (found[-1][0],))
        n += len(keys)
    return n


def sort_in_before_writing(connection: Connection, database: Database) -> None:
    """Sort all that has arrived into the tables, in an open transaction that is about to change suggestions."""
    if database.is_sqlite:
        with cursor_of(connection) as cursor:
            sort_in(cursor)


def has_arrivals(connection: Connection, database: Database) -> bool:
    """Return whether anything has arrived that is not sorted in yet."""
    return database.is_sqlite and bool(connection.exec_driver_sql(_ANY).scalar())


def sort_in_before_reading(database: Database) -> None:
    """Sort all that has arrived into the tables, unless another program writes for more than half a second.

    Then what arrived last is missing in what is read.

    Raises
    ------
    FeedbackError
        If the database does not answer.
    """
    with database.sqlite_cursor(durable=False) as cursor:
        if _begin_soon(cursor):
            sort_in(cursor)
            cursor.execute("COMMIT")


def _begin_soon(cursor: Cursor) -> bool:
    """Begin a transaction that writes, unless another program does; return whether it has begun."""
    milliseconds = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
    cursor.execute(f"PRAGMA busy_timeout={_READERS_WAIT}")
    try:
        cursor.execute("BEGIN IMMEDIATE")
    except OperationalError as error:
        if error.sqlite_errorcode != SQLITE_BUSY:
            raise
        return False
    finally:
        cursor.execute(f"PRAGMA busy_timeout={milliseconds}")
    return True


@contextmanager
def cursor_of(connection: Connection) -> Iterator[Cursor]:
    """Return a cursor of SQLite's driver in the transaction of a connection."""
    cursor: Cursor = connection.connection.cursor()  # type: ignore[assignment]
    try:
        yield cursor
    finally:
        cursor.close()
