"""Suggestions as rows of SQLite, written by its driver: SQLAlchemy takes several times as long for the same rows.

All rows of a batch go in one statement, because the driver releases the GIL for each step, and waits to get it back
from the thread that tags.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from sqlite3 import Cursor
from typing import Any

from pydantic_core import to_json

from classifier.feedback.keeping.planning import KeepingPlan, NewRow, PresentRow

_COLUMNS = (
    "id",
    "source",
    "article",
    "revision",
    "state",
    "model",
    '"set"',
    "language",
    "outcome",
    "probability",
    "tags",
    "headline",
    "body",
    "url",
    "made_at",
    "decided_at",
    "searched",
)
_FIELDS = tuple(column.strip('"') for column in _COLUMNS)
_TAGS, _MADE_AT, _DECIDED_AT = map(_FIELDS.index, ("tags", "made_at", "decided_at"))
_COLUMNS_OF_TAGS = "suggestion", "section", "state", "probability", "source"
_MOST_ROWS = 32  # of a statement: each number of rows is a statement of its own, which the driver keeps
#: One row, whatever was kept: the last id, and a JSON list of the suggestions for some articles.
_FOUND = """\
SELECT (SELECT max(id) FROM copydesk_suggestions), json_group_array(json_array(
    s.source, s.article, s.revision, s.id, s.state
)) FROM json_each(?) k CROSS JOIN copydesk_suggestions s
WHERE s.source = json_extract(k.value, '$[0]') AND s.article = json_extract(k.value, '$[1]')
AND (s.state = 'open' OR s.revision = json_extract(k.value, '$[2]'))"""
_SUPERSEDE = "UPDATE copydesk_suggestions SET state = 'superseded', decided_at = ? WHERE id = ?"
_SUPERSEDE_TAGS = """\
UPDATE copydesk_suggestion_tags SET state = 'superseded' WHERE suggestion IN (SELECT value FROM json_each(?))"""


def present(cursor: Cursor, keys: Sequence[tuple[str, str, str]]) -> tuple[int, Iterable[PresentRow]]:
    """Return the last id, and what is kept for some articles: source, article, revision, id and state of each.

    Parameters
    ----------
    cursor : sqlite3.Cursor
        In an open transaction.
    keys : sequence of tuple
        Source, article and revision of each. Only suggestions that are open, or for that revision, are found.
    """
    last, found = cursor.execute(_FOUND, (json.dumps(keys, allow_nan=False),)).fetchone()
    return last or 0, json.loads(found)


def write(cursor: Cursor, planned: KeepingPlan) -> None:
    """Write suggestions and their tags, and supersede others, in an open transaction."""
    rows, replaced = planned.rows, planned.replaced
    if replaced:
        cursor.executemany(_SUPERSEDE, [(_time(at), number) for number, at in replaced.items()])
        cursor.execute(_SUPERSEDE_TAGS, (json.dumps(list(replaced), allow_nan=False),))
    _insert(cursor, "copydesk_suggestions", _COLUMNS, list(map(_values, rows)))
    of_tags = [
        (row["id"], tag["section"], row["state"], tag["probability"], row["source"])
        for row in rows
        for tag in row["tags"]
    ]
    _insert(cursor, "copydesk_suggestion_tags", _COLUMNS_OF_TAGS, of_tags)


def _values(row: NewRow) -> list[Any]:
    """Return the values of a row in the order of the columns, as SQLAlchemy stores them."""
    values = [row[name] for name in _FIELDS]
    values[_TAGS] = to_json(values[_TAGS], inf_nan_mode="null").decode()
    values[_MADE_AT] = _time(values[_MADE_AT])
    if values[_DECIDED_AT]:
        values[_DECIDED_AT] = _time(values[_DECIDED_AT])
    return values


def _insert(cursor: Cursor, table: str, columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    for start in range(0, len(rows), _MOST_ROWS):
        some = rows[start : start + _MOST_ROWS]
        cursor.execute(_statement(table, columns, len(some)), [value for row in some for value in row])


@lru_cache(2 * _MOST_ROWS)
def _statement(table: str, columns: tuple[str, ...], n: int) -> str:
    row = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * n)}"  # noqa: S608 - no value


@lru_cache(4)
def _time(moment: datetime) -> str:
    """Return a time (UTC) as SQLAlchemy stores it."""
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")
