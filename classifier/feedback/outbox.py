"""Outbox: call-backs about suggestions that wait to be delivered, in the same transaction as what they tell."""

import hashlib
import json
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from classifier.feedback.database import Database
from classifier.feedback.listing import in_utc
from classifier.feedback.suggestion import Suggestion
from classifier.feedback.tables import calls as table
from classifier.feedback.tables import leases

CallEvent = Literal["suggestion.made", "suggestion.decided", "suggestion.reopened"]
_PAUSE = "pause:"
_LONGEST_NAME = 64  # of a lease, in the database
_PROBLEM_LENGTH = 200


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call-back that waits: its name, which the receiver knows it by, and its JSON. Times are UTC."""

    id: int
    name: str
    source: str
    article: str
    payload: str
    made_at: datetime
    attempts: int
    failed_at: datetime | None
    next_at: datetime
    problem: str | None


@dataclass(frozen=True, slots=True)
class SourceCalls:
    """The call-backs of a source that wait: how many, how many of these failed, the oldest, and the first failure."""

    waiting: int
    failing: int
    oldest_made_at: datetime
    first_failed_at: datetime | None


def enqueue(connection: Connection, event: CallEvent, told: Sequence[Suggestion]) -> None:
    """Add call-backs about suggestions to the outbox, in an open transaction. They hold no text of an article."""
    now = datetime.now(UTC)
    rows = [
        {
            "name": f"msg_{uuid.uuid4().hex}",
            "source": suggestion.source,
            "article": suggestion.article,
            "payload": json.dumps(_payload(event, suggestion, now), ensure_ascii=False, allow_nan=False),
            "made_at": now,
            "next_at": now,
        }
        for suggestion in told
    ]
    if rows:
        connection.execute(insert(table), rows)


def _payload(event: CallEvent, suggestion: Suggestion, now: datetime) -> dict[str, Any]:
    data = {name: value for name, value in suggestion.to_json().items() if name != "body"}
    return {"type": event, "timestamp": now.isoformat(), "data": data}


class Outbox:
    """The call-backs that wait in a database, and the leases of those who deliver them.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, sources: Collection[str], limit: int) -> list[WaitingCall]:
        """Return call-backs that may be delivered now: of each article the oldest one, those never tried first.

        Parameters
        ----------
        sources : collection of str
            The sources that can be called. Paused ones are left out.
        limit : int
        """
        now = datetime.now(UTC)
        earlier = table.alias()
        is_first = ~(
            select(earlier.c.id)
            .where(earlier.c.source == table.c.source, earlier.c.article == table.c.article, earlier.c.id < table.c.id)
            .exists()
        )
        paused = select(leases.c.name).where(leases.c.name.startswith(_PAUSE), leases.c.expires_at > now)
        with self._database.transaction(reading=True) as connection:
            names = set(connection.execute(paused).scalars())
            ready = {source for source in sources if _pause_of(source) not in names}
            if not ready:
                return []
            query = select(table).where(table.c.source.in_(ready), table.c.next_at <= now, is_first)
            rows = connection.execute(query.order_by(table.c.attempts, table.c.id).limit(limit)).mappings().all()
        return [_call(row) for row in rows]

    def delivered(self, call: WaitingCall) -> None:
        """Remove a call-back that was delivered, and end the pause of its source."""
        with self._database.transaction() as connection:
            connection.execute(delete(table).where(table.c.id == call.id))
            connection.execute(delete(leases).where(leases.c.name == _pause_of(call.source)))

    def failed(self, call: WaitingCall, problem: str, wait: timedelta) -> None:
        """Note that a call-back was not taken; it is not tried again before ``wait`` has passed."""
        now = datetime.now(UTC)
        values = {
            "attempts": table.c.attempts + 1,
            "failed_at": func.coalesce(table.c.failed_at, now),
            "next_at": now + wait,
            "problem": problem[:_PROBLEM_LENGTH],
        }
        with self._database.transaction() as connection:
            connection.execute(update(table).where(table.c.id == call.id).values(values))

    def failures(self, source: str) -> int:
        """Return how often in a row a source could not be reached, as `pause` noted it."""
        query = select(leases.c.holder).where(leases.c.name == _pause_of(source))
        with self._database.transaction(reading=True) as connection:
            return int(connection.execute(query).scalar() or 0)

    def pause(self, source: str, failures: int, wait: timedelta) -> None:
        """Call a source no more before ``wait`` has passed, because it cannot be reached."""
        self._set(_pause_of(source), str(failures), wait)

    def retry(self, source: str | None = None) -> int:
        """Have everything that waits tried at once, of one source or of all; return how many call-backs wait."""
        chosen = table.c.source == source if source is not None else table.c.id > 0
        pauses = leases.c.name.startswith(_PAUSE) if source is None else leases.c.name == _pause_of(source)
        with self._database.transaction() as connection:
            connection.execute(delete(leases).where(pauses))
            return connection.execute(update(table).where(chosen).values(next_at=datetime.now(UTC))).rowcount

    def waiting(self) -> dict[str, SourceCalls]:
        """Return what waits, by source."""
        query = select(
            table.c.source,
            func.count(),
            func.count(table.c.failed_at),
            func.min(table.c.made_at),
            func.min(table.c.failed_at),
        ).group_by(table.c.source)
        with self._database.transaction(reading=True) as connection:
            rows = connection.execute(query).all()
        return {row[0]: SourceCalls(row[1], row[2], _some(row[3]), in_utc(row[4])) for row in rows}

    def failing(self, before: Mapping[str, datetime], limit: int) -> list[WaitingCall]:
        """Return call-backs that failed first before a time, which is given for each source; the oldest first."""
        found: list[WaitingCall] = []
        with self._database.transaction(reading=True) as connection:
            for source, moment in before.items():
                query = select(table).where(table.c.source == source, table.c.failed_at < moment)
                found += map(_call, connection.execute(query.order_by(table.c.id).limit(limit)).mappings())
        return found[:limit]

    def hold(self, name: str, holder: str, time: timedelta, *, is_dead: Callable[[str], bool]) -> bool:
        """Take or renew the lease of some work, and return whether it is held.

        Parameters
        ----------
        name : str
        holder : str
            The name of the process that asks.
        time : timedelta
            How long it may work before it has to ask again.
        is_dead : callable
            Whether the process of this name is known to have ended, so that its lease has ended too.
        """
        now = datetime.now(UTC)
        query = select(leases.c.holder, leases.c.expires_at).where(leases.c.name == name)
        with self._database.transaction(reading=True) as connection:
            row = connection.execute(query).first()
        if row and row[0] == holder and _some(row[1]) > now + time / 2:
            return True
        if row and row[0] != holder and _some(row[1]) > now and not is_dead(row[0]):
            return False
        with self._database.transaction(durable=False) as connection:
            asked = self._database.insert(leases).values(name=name, holder=holder, expires_at=now + time)
            free = (leases.c.expires_at <= now) | (leases.c.holder == (row[0] if row else holder))
            asked = asked.on_conflict_do_update(
                index_elements=["name"], set_={"holder": holder, "expires_at": now + time}, where=free
            )
            return connection.execute(asked.returning(leases.c.name)).first() is not None

    def _set(self, name: str, holder: str, time: timedelta) -> None:
        values = {"holder": holder, "expires_at": datetime.now(UTC) + time}
        with self._database.transaction() as connection:
            asked = self._database.insert(leases).values(name=name, **values)
            connection.execute(asked.on_conflict_do_update(index_elements=["name"], set_=values))


def _pause_of(source: str) -> str:
    """Return the name of the lease that keeps a source from being called."""
    name = _PAUSE + source
    return name if len(name) <= _LONGEST_NAME else _PAUSE + hashlib.sha256(source.encode()).hexdigest()[:48]


def _call(row: RowMapping) -> WaitingCall:
    fields = {name: row[name] for name in WaitingCall.__dataclass_fields__}
    for name in ("made_at", "failed_at", "next_at"):
        fields[name] = in_utc(row[name])
    return WaitingCall(**fields)


def _some(moment: datetime) -> datetime:
    found = in_utc(moment)
    assert found is not None  # noqa: S101 - the column has no null
    return found
