"""The chores of kept suggestions: deliver call-backs, delete what is too old. One worker at a time does them.

Each worker has the thread. The one that holds the lease in the database works; if it dies, another takes over: at once
if it ran on this machine, else when the lease has expired.
"""

import logging
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from classifier.errors import FeedbackError
from classifier.service.http.suggestions.posting import Poster, PostError
from classifier.service.http.suggestions.receivers import Receiver
from classifier.settings import Settings

if TYPE_CHECKING:
    from classifier.feedback.database import Database
    from classifier.feedback.outbox import Outbox, WaitingCall

LEASE = "chores"
LEASE_TIME = timedelta(seconds=60)
PRUNE_SECONDS = 3_600.0
IDLE_SECONDS = 0.5
MOST_AT_ONCE = 20
_FAILED_SECONDS = 5.0
_log = logging.getLogger(__name__)


class Chores:
    """Delivers call-backs and prunes, on a thread.

    Parameters
    ----------
    open_database : callable
        Returns a database for this thread alone.
    receivers : mapping of str to Receiver
        The sources that are called back, by name.
    settings : Settings
    count : callable
        Counts a call-back, by source and result: ``delivered`` or ``failed``.
    """

    def __init__(
        self,
        open_database: "Callable[[], Database]",
        receivers: Mapping[str, Receiver],
        settings: Settings,
        count: Callable[[str, str], None],
    ) -> None:
        self._open_database = open_database
        self._receivers = receivers
        self._suggestion_days = settings.suggestion_days if settings.keep_suggestions else 0
        self._text_days = settings.text_days
        self._count = count
        self._posters = {name: Poster(receiver) for name, receiver in receivers.items()}
        self._holder = f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(6)}"
        self._prune_at = 0.0
        self._database: Database | None = None

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._work, name="copydesk-chores", daemon=True).start()

    def close(self) -> None:
        """Close all connections. `work_once` opens new ones."""
        for poster in self._posters.values():
            poster.close()
        if self._database:
            self._database.close()

    def _work(self) -> None:
        while True:
            wait = _FAILED_SECONDS
            try:
                wait = self.work_once()
            except FeedbackError:  # the log has the reason
                pass
            except Exception as error:  # whatever it is, later it may work; its message may hold a text
                _log.error("old suggestions or call-backs could not be processed: unexpected %s", type(error).__name__)
            time.sleep(wait)

    def work_once(self) -> float:
        """Do what is due, and return the seconds to wait before the next look."""
        from classifier.feedback.outbox import Outbox

        database = self._database = self._database or self._open_database()
        outbox = Outbox(database)
        if not self._holds(outbox):
            return IDLE_SECONDS
        if time.monotonic() >= self._prune_at:
            self._prune(database)
            self._prune_at = time.monotonic() + PRUNE_SECONDS
        due = outbox.due(self._receivers, MOST_AT_ONCE) if self._receivers else []
        away: set[str] = set()
        for call in due:
            if call.source not in away and self._holds(outbox) and not self._deliver(outbox, call):
                away.add(call.source)
        return 0.0 if due else IDLE_SECONDS

    def _holds(self, outbox: "Outbox") -> bool:
        return outbox.hold(LEASE, self._holder, LEASE_TIME, is_dead=_is_dead)

    def _prune(self, database: "Database") -> None:
        from classifier.feedback.forgetting import prune

        erased = prune(database, self._suggestion_days, self._text_days)
        if erased.suggestions:
            _log.info(
                "%d suggestions older than %d days were deleted, %d of them open",
                erased.suggestions,
                self._suggestion_days,
                erased.open_suggestions,
            )
        if erased.texts:
            _log.info("%d texts older than %d days were erased", erased.texts, self._text_days)

    def _deliver(self, outbox: "Outbox", call: "WaitingCall") -> bool:
        """Deliver a call-back; return whether its source can take others."""
        receiver = self._receivers[call.source]
        try:
            self._posters[call.source].post(call.name, call.payload.encode())
        except PostError as error:
            self._count(call.source, "failed")
            asked = timedelta(seconds=error.retry_after)
            if error.is_away:
                failures = outbox.failures(call.source) + 1
                wait = max(_wait(receiver, failures), min(asked, receiver.longest_wait))
                outbox.pause(call.source, failures, wait)
            else:
                wait = _wait(receiver, call.attempts + 1)
            outbox.failed(call, str(error), wait)
            if call.attempts == 0:
                _log.warning("a call-back to source %s failed: %s; it will be tried again", call.source, error)
            return not error.is_away
        outbox.delivered(call)
        self._count(call.source, "delivered")
        return True


def _wait(receiver: Receiver, failures: int) -> timedelta:
    """Return the wait after a number of failures: twice as long each time, up to a limit, at random a bit shorter."""
    seconds = receiver.first_wait.total_seconds() * 2.0 ** min(failures - 1, 30)
    longest = min(receiver.longest_wait.total_seconds(), seconds)
    return timedelta(seconds=longest * random.uniform(0.75, 1.0))  # noqa: S311 - not a secret


def _is_dead(holder: str) -> bool:
    """Return whether the process that took a lease ran on this machine and has ended."""
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname()[:30] or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
