"""Deliveries of webhooks that were seen, in a table that all workers share, so that none is taken twice."""

import time

from sqlalchemy import delete

from classifier.feedback.database import Database
from classifier.feedback.tables import deliveries

_PRUNE_SECONDS = 60.0


class Deliveries:
    """Remembers what was delivered, for as long as it could be delivered again.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._prune_at = 0.0

    def take(self, source: str, digest: str, now: float, seconds: float) -> bool:
        """Note a delivery for so many seconds; return False if it is noted already.

        Raises
        ------
        DecisionsError
            If the database does not answer.
        """
        row = {"source": source, "digest": digest, "expires": int(now + seconds)}
        insert = self._database.insert(deliveries).values(row)
        insert = insert.on_conflict_do_update(
            index_elements=["source", "digest"],
            set_={"expires": insert.excluded.expires},
            where=deliveries.c.expires < int(now),  # noted once, and forgotten but for its row
        ).returning(deliveries.c.expires)
        with self._database.transaction() as connection:
            fresh = connection.execute(insert).scalar() is not None
            if fresh and time.monotonic() >= self._prune_at:
                self._prune_at = time.monotonic() + _PRUNE_SECONDS
                connection.execute(delete(deliveries).where(deliveries.c.expires < int(now)))
        return fresh

    def forget(self, source: str, digest: str) -> None:
        """Let a delivery be made again, for what it asked could not be done.

        Raises
        ------
        DecisionsError
            If the database does not answer.
        """
        same = (deliveries.c.source == source) & (deliveries.c.digest == digest)
        with self._database.transaction() as connection:
            connection.execute(delete(deliveries).where(same))
