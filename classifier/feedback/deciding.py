"""How feedback decides kept suggestions, in a transaction that is open already."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal_column, select, update

from classifier.feedback.feedback import Feedback
from classifier.feedback.listing import ENTRY, suggestion_of
from classifier.feedback.outbox import CallEvent, enqueue
from classifier.feedback.tables import suggestion_tags as tags
from classifier.feedback.tables import suggestions as table

#: The state is a part of the SQL, not a value: SQLite uses the index of open suggestions only if it sees that.
_OPEN = select(table.c.id).where(table.c.state == literal_column("'open'"))


def decide_by_feedback(
    connection: Connection, feedback: Feedback, called_back: Collection[str], entry: int | None
) -> bool:
    """Decide the open suggestion for the article of feedback, in an open transaction; return whether there was one.

    Feedback without a source decides the open suggestion with the same article id if only one source has one; if none
    has, the one whose ``SOURCE/ID`` is the article of the feedback. Feedback that was there before (``entry`` is None),
    such as a delivery that is repeated, decides a suggestion for its own revision alone.
    """
    candidates = _OPEN if entry is not None else _OPEN.where(table.c.revision == feedback.revision)
    same: ColumnElement[bool] = table.c.article == feedback.article
    if feedback.source is not None:
        same &= table.c.source == feedback.source
    found = connection.execute(candidates.where(same).limit(2)).scalars().all()
    if not found and feedback.source is None and "/" in feedback.article:
        source, _, article = feedback.article.partition("/")
        same = (table.c.source == source) & (table.c.article == article)
        found = connection.execute(candidates.where(same)).scalars().all()
    return len(found) == 1 and decide_open(connection, found[0], feedback, called_back, entry)


def decide_open(
    connection: Connection, number: int, feedback: Feedback, called_back: Collection[str], entry: int | None
) -> bool:
    """Decide a suggestion in an open transaction; return whether it was still open.

    Parameters
    ----------
    connection : Connection
    number : int
        Its id.
    feedback : Feedback
    called_back : collection of str
        The sources whose decisions go to the outbox.
    entry : int, optional
        The number of the feedback as it is stored now; None if it was there before. Undoing deletes this alone.
    """
    decision = {name: list(getattr(feedback, name)) for name in ("kept", "added", "removed")}
    values = {
        "state": "decided",
        "decided_at": datetime.now(UTC),
        "decided_by": feedback.person,
        "feedback": {"revision": feedback.revision, **decision, ENTRY: entry},
    }
    if not set_state(connection, [number], values, only_open=True):
        return False
    call_back(connection, "suggestion.decided", number, called_back)
    return True


def call_back(connection: Connection, event: CallEvent, number: int, called_back: Collection[str]) -> None:
    """Add a call-back about a suggestion to the outbox, if its source is called back."""
    if called_back:
        found = suggestion_of(connection.execute(select(table).where(table.c.id == number)).mappings().one())
        enqueue(connection, event, [found] if found.source in called_back else [])


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
