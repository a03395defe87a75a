"""How suggestions are kept: each revision once, and one open suggestion an article."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from sqlite3 import Cursor
from typing import Any

from sqlalchemy import Connection, bindparam, insert, text, update

from classifier.feedback import sqlite_rows
from classifier.feedback.database import Database
from classifier.feedback.outbox import enqueue
from classifier.feedback.suggestion import Kept, SuggestedTag, Suggestion, SuggestionDraft
from classifier.feedback.tables import suggestion_tags as tags
from classifier.feedback.tables import suggestions as table

_WRITING_LOCK = 0x6B656570  # number of an advisory lock: PostgreSQL lets one program at a time keep suggestions
_LOCK = text(f"SELECT pg_advisory_xact_lock({_WRITING_LOCK})")
_TEXTS = ("headline", "body", "url")
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

_Present = tuple[str, str, str, int, str]  # source, article, revision, id and state


def keep_drafts(connection: Connection, drafts: Sequence[SuggestionDraft], database: Database) -> list[Kept]:
    """Keep suggestions in an open transaction, as `SuggestionStore.keep` does in one of its own."""
    if database.is_sqlite:
        cursor: Cursor = connection.connection.cursor()  # type: ignore[assignment]
        kept, rows = _keep_in_sqlite(cursor, drafts)
        cursor.close()
    else:
        connection.execute(_LOCK)
        kept, rows, replaced, now = _planned(drafts, *_present(connection, _keys(drafts)))
        _write(connection, rows, replaced, now)
    if database.called_back:
        told = [_suggestion(row) for row in rows if row["source"] in database.called_back]
        enqueue(connection, "suggestion.made", told)
    return kept


def keep_without_calls(cursor: Cursor, drafts: Sequence[SuggestionDraft]) -> list[Kept]:
    """Keep suggestions in an open transaction of SQLite's driver, as `keep_drafts`, but nobody is called back."""
    return _keep_in_sqlite(cursor, drafts)[0]


def _keep_in_sqlite(cursor: Cursor, drafts: Sequence[SuggestionDraft]) -> tuple[list[Kept], list[dict[str, Any]]]:
    """Keep suggestions; return what became of each draft, and the new rows. A writing transaction is alone already."""
    kept, rows, replaced, now = _planned(drafts, *sqlite_rows.present(cursor, _keys(drafts)))
    if replaced:
        sqlite_rows.supersede(cursor, replaced, now)
    if rows:
        sqlite_rows.write(cursor, rows)
    return kept, rows


def _keys(drafts: Sequence[SuggestionDraft]) -> list[tuple[str, str, str]]:
    return [(draft.source, draft.article, draft.revision) for draft in drafts]


def _planned(
    drafts: Sequence[SuggestionDraft], last: int, present: Iterable[_Present]
) -> tuple[list[Kept], list[dict[str, Any]], list[int], datetime]:
    """Return what becomes of each draft, the rows to write, the ids of those that they supersede, and the time."""
    known: dict[tuple[str, str, str], int] = {}
    opened: dict[tuple[str, str], int] = {}
    for source, article, revision, id_, state in present:
        known[source, article, revision] = id_
        if state == "open":
            opened[source, article] = id_
    now = datetime.now(UTC)
    next_id = max(last + 1, time.time_ns() // 1_000)
    kept: list[Kept] = []
    rows: dict[int, dict[str, Any]] = {}
    replaced: list[int] = []
    for draft in drafts:
        key = (draft.source, draft.article)
        if (same := known.get((*key, draft.revision))) is not None:
            kept.append(Kept(same, new=False))
            continue
        if (before := opened.get(key)) is not None:
            if before in rows:
                rows[before] |= {"state": "superseded", "decided_at": now}
            else:
                replaced.append(before)
        rows[next_id] = _row(draft, next_id, now)
        known[*key, draft.revision] = opened[key] = next_id
        kept.append(Kept(next_id, new=True))
        next_id += 1
    return kept, list(rows.values()), replaced, now


def _write(connection: Connection, rows: Sequence[Mapping[str, Any]], replaced: Sequence[int], now: datetime) -> None:
    if replaced:
        connection.execute(_SUPERSEDE, [{"number": number, "at": now} for number in replaced])
        connection.execute(_SUPERSEDE_TAGS, [{"number": number} for number in replaced])
    if rows:
        connection.execute(_KEEP, rows)
    if of_tags := [
        {
            "suggestion": row["id"],
            "section": tag["section"],
            "state": row["state"],
            "probability": tag["probability"],
        }
        for row in rows
        for tag in row["tags"]
    ]:
        connection.execute(_KEEP_TAGS, of_tags)


def _suggestion(row: Mapping[str, Any]) -> Suggestion:
    """Return a suggestion as it is made; one that another of the same batch supersedes is open first."""
    undecided = {"state": "open", "decided_at": None, "decided_by": None, "feedback": None}
    return Suggestion(**{**row, **undecided, "tags": tuple(map(SuggestedTag.of, row["tags"]))})


def _present(connection: Connection, keys: Sequence[tuple[str, str, str]]) -> tuple[int, list[_Present]]:
    """Return the last id, and what is kept for these articles, as `sqlite_rows.present` does."""
    found = connection.execute(_FOUND, {"keys": json.dumps(keys, allow_nan=False)}).all()
    present: list[_Present] = [(row[1], row[2], row[3], row[4], row[5]) for row in found if row[4] is not None]
    return max((row[0] or 0 for row in found), default=0), present


def _row(draft: SuggestionDraft, id_: int, now: datetime) -> dict[str, Any]:
    row = {
        "id": id_,
        "source": draft.source,
        "article": draft.article,
        "revision": draft.revision,
        "state": "open",
        "model": draft.model,
        "set": draft.set,
        "language": draft.language,
        "outcome": draft.outcome,
        "probability": draft.probability,
        "tags": [tag.to_json() for tag in draft.tags],
        "made_at": now,
        "decided_at": None,
    }
    for name in _TEXTS:  # PostgreSQL refuses NUL, which means nothing in a text
        value: str | None = getattr(draft, name)
        row[name] = value.replace("\0", " ") if value else None
    return row
