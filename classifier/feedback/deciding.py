"""How feedback decides kept suggestions, in a transaction that is open already."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal_column, select, update

from classifier.feedback.feedback import Feedback
from classifier.feedback.tables import suggestion_tags as tags
from classifier.feedback.tables import suggestions as table

#: The state is a part of the SQL, not a value: SQLite uses the index of open suggestions only if it sees that.
_OPEN = select(table.c.id).where(table.c.state == literal_column("'open'"))


def decide_by_feedback(connection: Connection, feedback: Feedback) -> bool:
    """Decide the open suggestion for the article of feedback, in an open transaction; return whether there was one.

    Feedback without a source decides the open suggestion with the same article id if only one source has one; if none
    has, the one whose ``SOURCE/ID`` is the article of the feedback.
    """
    same: ColumnElement[bool] = table.c.article == feedback.article
    if feedback.source is not None:
        same &= table.c.source == feedback.source
    found = connection.execute(_OPEN.where(same).limit(2)).scalars().all()
    if not found and feedback.source is None and "/" in feedback.article:
        source, _, article = feedback.article.partition("/")
        found = connection.execute(_OPEN.where(table.c.source == source, table.c.article == article)).scalars().all()
    return len(found) == 1 and decide_open(connection, found, feedback)


def decide_open(connection: Connection, numbers: Sequence[int], feedback: Feedback) -> bool:
    """Decide open suggestions; return whether there was one that was still open."""
    decision = {name: list(getattr(feedback, name)) for name in ("kept", "added", "removed")}
    values = {
        "state": "decided",
        "decided_at": datetime.now(UTC),
        "decided_by": feedback.person,
        "feedback": {"revision": feedback.revision, **decision},
    }
    return set_state(connection, numbers, values, only_open=True) > 0


def set_state(
    connection: Connection, numbers: Sequence[int], values: Mapping[str, Any], *, only_open: bool = False
) -> int:
    """Change the state and other values of suggestions, in an open transaction; return how many were changed."""
    changed = update(table).where(table.c.id.in_(numbers)).values(values)
    if only_open:
        changed = changed.where(table.c.state == "open")
    n = connection.execute(changed).rowcount
    if n:
        connection.execute(update(tags).where(tags.c.suggestion.in_(numbers)).values(state=values["state"]))
    return n
