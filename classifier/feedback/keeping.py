"""How suggestions are kept: each revision once, and one open suggestion an article."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, TextClause, bindparam, insert, text, update

from classifier.feedback.database import Database
from classifier.feedback.outbox import enqueue
from classifier.feedback.suggestion import Kept, SuggestedTag, Suggestion, SuggestionDraft
from classifier.feedback.tables import suggestion_tags as tags
from classifier.feedback.tables import suggestions as table

_WRITING_LOCK = 0x6B656570  # number of an advisory lock: PostgreSQL lets one program at a time keep suggestions
_LOCK = text(f"SELECT pg_advisory_xact_lock({_WRITING_LOCK})")
_TEXTS = ("headline", "body", "url")
_FOUND = """\
SELECT (SELECT max(id) FROM copydesk_suggestions), s.id, s.source, s.article, s.revision, s.state
FROM {keys} LEFT JOIN copydesk_suggestions s
ON s.source = {source} AND s.article = {article} AND (s.state = 'open' OR s.revision = {revision})"""
#: A statement with one parameter is built once; a list of keys as parameters would be built anew for each batch.
_FOUND_BY_SQLITE = text(
    _FOUND.format(
        keys="json_each(:keys) k",
        source="json_extract(k.value, '$[0]')",
        article="json_extract(k.value, '$[1]')",
        revision="json_extract(k.value, '$[2]')",
    )
)
_FOUND_BY_POSTGRESQL = text(
    _FOUND.format(
        keys="json_array_elements(CAST(:keys AS json)) k",
        source="k.value ->> 0",
        article="k.value ->> 1",
        revision="k.value ->> 2",
    )
)
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

_Key = tuple[str, str]


def keep_drafts(connection: Connection, drafts: Sequence[SuggestionDraft], database: Database) -> list[Kept]:
    """Keep suggestions in an open transaction, as `SuggestionStore.keep` does in one of its own."""
    if not database.is_sqlite:  # a writing transaction on SQLite is alone already
        connection.execute(_LOCK)
    last, known, opened = _present(connection, drafts, _FOUND_BY_SQLITE if database.is_sqlite else _FOUND_BY_POSTGRESQL)
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
    if replaced:
        connection.execute(_SUPERSEDE, [{"number": number, "at": now} for number in replaced])
        connection.execute(_SUPERSEDE_TAGS, [{"number": number} for number in replaced])
    if rows:
        connection.execute(_KEEP, list(rows.values()))
    if of_tags := [
        {
            "suggestion": id_,
            "section": tag["section"],
            "state": row["state"],
            "probability": tag["probability"],
        }
        for id_, row in rows.items()
        for tag in row["tags"]
    ]:
        connection.execute(_KEEP_TAGS, of_tags)
    if database.called_back:
        told = [_suggestion(row) for row in rows.values() if row["source"] in database.called_back]
        enqueue(connection, "suggestion.made", told)
    return kept


def _suggestion(row: Mapping[str, Any]) -> Suggestion:
    """Return a suggestion as it is made; one that another of the same batch supersedes is open first."""
    undecided = {"state": "open", "decided_at": None, "decided_by": None, "feedback": None}
    return Suggestion(**{**row, **undecided, "tags": tuple(map(SuggestedTag.of, row["tags"]))})


def _present(
    connection: Connection, drafts: Sequence[SuggestionDraft], query: TextClause
) -> tuple[int, dict[tuple[str, str, str], int], dict[_Key, int]]:
    """Return the last id, and the ids of the suggestions for these articles: by revision, and of the open ones."""
    known: dict[tuple[str, str, str], int] = {}
    opened: dict[_Key, int] = {}
    last = 0
    keys = json.dumps([(draft.source, draft.article, draft.revision) for draft in drafts], allow_nan=False)
    for last_id, id_, source, article, revision, state in connection.execute(query, {"keys": keys}):
        last = last_id or 0
        if id_ is not None:
            known[source, article, revision] = id_
            if state == "open":
                opened[source, article] = id_
    return last, known, opened


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
