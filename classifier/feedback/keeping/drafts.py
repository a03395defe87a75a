"""How suggestions are kept in an open transaction, on both databases."""

import json
import time
from collections.abc import Mapping, Sequence
from sqlite3 import Cursor
from typing import Any

from sqlalchemy import Connection, bindparam, insert, text, update

from classifier.feedback.database import Database
from classifier.feedback.keeping import sqlite_rows
from classifier.feedback.keeping.arrivals import cursor_of, sort_in
from classifier.feedback.keeping.planning import KeepingPlan, PresentRow, keys_of, plan, row_of
from classifier.feedback.outbox import enqueue
from classifier.feedback.suggestion import Kept, SuggestedTag, Suggestion, SuggestionDraft
from classifier.feedback.tables import suggestion_tags as tags
from classifier.feedback.tables import suggestions as table

_WRITING_LOCK = 0x6B656570  # number of an advisory lock: PostgreSQL lets one program at a time keep suggestions
_LOCK = text(f"SELECT pg_advisory_xact_lock({_WRITING_LOCK})")
_FOUND = text("""\
SELECT (SELECT max(id) FROM copydesk_suggestions), s.source, s.article, s.revision, s.id, s.state
FROM json_array_elements(CAST(:keys AS json)) k LEFT JOIN copydesk_suggestions s
ON s.source = k.value ->> 0 AND s.article = k.value ->> 1 AND (s.state = 'open' OR s.revision = k.value ->> 2)""")
_KEEP = insert(table)
_KEEP_TAGS = insert(tags)
_SUPERSEDE = (
    update(table)
    .where(table.c.id == bindparam("number"), table.c.state == "open")  # feedback may have decided it meanwhile
    .values(state="superseded", decided_at=bindparam("at"))
)
_SUPERSEDE_TAGS = (
    update(tags).where(tags.c.suggestion == bindparam("number"), tags.c.state == "open").values(state="superseded")
)


def keep_drafts(connection: Connection, drafts: Sequence[SuggestionDraft], database: Database) -> list[Kept]:
    """Keep suggestions in an open transaction, as `SuggestionStore.keep` does in one of its own."""
    if database.is_sqlite:
        with cursor_of(connection) as cursor:
            planned = _keep_in_sqlite(cursor, drafts)
    else:
        connection.execute(_LOCK)
        rows = list(map(row_of, drafts))
        planned = plan([(_now(), rows)], *_present(connection, keys_of(rows)))
        _write(connection, planned)
    if database.called_back:
        told = [_suggestion(row) for row in planned.rows if row["source"] in database.called_back]
        enqueue(connection, "suggestion.made", told)
    return planned.kept


def keep_without_calls(cursor: Cursor, drafts: Sequence[SuggestionDraft]) -> list[Kept]:
    """Keep suggestions in an open transaction of SQLite's driver, as `keep_drafts`, but nobody is called back."""
    return _keep_in_sqlite(cursor, drafts).kept


def _keep_in_sqlite(cursor: Cursor, drafts: Sequence[SuggestionDraft]) -> KeepingPlan:
    """Keep suggestions after all that arrived before. A writing transaction of SQLite is alone already."""
    sort_in(cursor)
    rows = list(map(row_of, drafts))
    planned = plan([(_now(), rows)], *sqlite_rows.present(cursor, keys_of(rows)))
    sqlite_rows.write(cursor, planned)
    return planned


def _now() -> int:
    return time.time_ns() // 1_000


def _write(connection: Connection, planned: KeepingPlan) -> None:
    if planned.replaced:
        connection.execute(_SUPERSEDE, [{"number": number, "at": at} for number, at in planned.replaced.items()])
        connection.execute(_SUPERSEDE_TAGS, [{"number": number} for number in planned.replaced])
    if planned.rows:
        connection.execute(_KEEP, planned.rows)
    if of_tags := [
        {
            "suggestion": row["id"],
            "section": tag["section"],
            "state": row["state"],
            "probability": tag["probability"],
            "source": row["source"],
        }
        for row in planned.rows
        for tag in row["tags"]
    ]:
        connection.execute(_KEEP_TAGS, of_tags)


def _suggestion(row: Mapping[str, Any]) -> Suggestion:
    """Return a suggestion as it is made; one that another of the same batch supersedes is open first."""
    fields: dict[str, Any] = {name: row.get(name) for name in Suggestion.__dataclass_fields__}
    fields |= {"state": "open", "decided_at": None, "tags": tuple(map(SuggestedTag.of, row["tags"]))}
    return Suggestion(**fields)


def _present(connection: Connection, keys: Sequence[tuple[str, str, str]]) -> tuple[int, list[PresentRow]]:
    """Return the last id, and what is kept for these articles, as `sqlite_rows.present` does."""
    found = connection.execute(_FOUND, {"keys": json.dumps(keys, allow_nan=False)}).all()
    present: list[PresentRow] = [(row[1], row[2], row[3], row[4], row[5]) for row in found if row[4] is not None]
    return max((row[0] or 0 for row in found), default=0), present
