"""How suggestions are kept: each revision once, and one open suggestion an article."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from classifier.feedback.deciding import set_state
from classifier.feedback.suggestion import Kept, SuggestionDraft
from classifier.feedback.tables import suggestion_tags as tags
from classifier.feedback.tables import suggestions as table

_WRITING_LOCK = 0x6B656570  # number of an advisory lock: PostgreSQL lets one program at a time keep suggestions
_TEXTS = ("headline", "body", "url")

_Key = tuple[str, str]


def keep_drafts(connection: Connection, drafts: Sequence[SuggestionDraft], *, is_sqlite: bool) -> list[Kept]:
    """Keep suggestions in an open transaction, as `SuggestionStore.keep` does in one of its own."""
    if not is_sqlite:  # a writing transaction on SQLite is alone already
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _WRITING_LOCK})
    known, opened = _present(connection, drafts)
    now = datetime.now(UTC)
    last = connection.execute(select(func.max(table.c.id))).scalar() or 0
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
        set_state(connection, replaced, {"state": "superseded", "decided_at": now})
    if rows:
        connection.execute(insert(table), list(rows.values()))
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
        connection.execute(insert(tags), of_tags)
    return kept


def _present(
    connection: Connection, drafts: Sequence[SuggestionDraft]
) -> tuple[dict[tuple[str, str, str], int], dict[_Key, int]]:
    """Return the ids of the suggestions for the articles of drafts: by revision, and of those that are open."""
    known: dict[tuple[str, str, str], int] = {}
    opened: dict[_Key, int] = {}
    by_source: dict[str, list[SuggestionDraft]] = {}
    for draft in drafts:
        by_source.setdefault(draft.source, []).append(draft)
    for source, of_source in by_source.items():
        articles = {draft.article for draft in of_source}
        revisions = {draft.revision for draft in of_source}
        query = select(table.c.id, table.c.article, table.c.revision, table.c.state).where(
            table.c.source == source,
            table.c.article.in_(articles),
            (table.c.state == "open") | table.c.revision.in_(revisions),
        )
        for id_, article, revision, state in connection.execute(query):
            known[source, article, revision] = id_
            if state == "open":
                opened[source, article] = id_
    return known, opened


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
