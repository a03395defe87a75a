"""A thread that writes suggestions: all that came meanwhile go into one transaction, and their answers wait for it."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from classifier.errors import FeedbackError
from classifier.service.http.suggestions.drafts import Tagged
from classifier.service.process.gateway import Finish

if TYPE_CHECKING:
    from classifier.feedback.database import Database
    from classifier.feedback.suggestion import SuggestionDraft
    from classifier.feedback.suggestions import SuggestionStore

MOST_AT_ONCE = 200
#: In which those may come back whose answers have just been sent: a transaction takes as long as several articles.
_GATHER_SECONDS = 0.0015
#: After this time without any to keep, those that were received are sorted in.
_IDLE_SECONDS = 0.1
_log = logging.getLogger(__name__)


class _Job(NamedTuple):
    drafts: "Sequence[SuggestionDraft]"
    durable: bool
    finish: Finish
    token: Any


class Keeper:
    """Keeps suggestions in the background.

    Parameters
    ----------
    open_database : callable
        Returns a database for this thread alone. It is called on the thread.
    count : callable
        Counts suggestions: takes how many, and whether they were kept.
    keep_text : bool
        Whether the texts of the articles are kept too.
    """

    def __init__(
        self, open_database: "Callable[[], Database]", count: Callable[[int, bool], None], *, keep_text: bool
    ) -> None:
        self._open_database = open_database
        self._count = count
        self._keep_text = keep_text
        self._store: SuggestionStore | None = None
        self._n_received = 0  # suggestions that are not sorted in yet
        self._waiting: deque[_Job] = deque()
        self._wanted = 1  # jobs for which the thread waits
        self._has_wanted = threading.Lock()  # released to wake the thread: an Event takes ten times as long
        self._has_wanted.acquire()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def keep(self, tagged: Sequence[Tagged], *, durable: bool) -> bool:
        """Keep the suggestions for articles; return true once they are committed, or false if that failed.

        Parameters
        ----------
        tagged : sequence of Tagged
        durable : bool
            They must not be lost even if the machine loses power.
        """
        future: Future[bool] = Future()
        self.keep_later(tagged, _set_results, future, durable=durable)
        return future.result()

    def keep_later(self, tagged: Sequence[Tagged], finish: Finish, token: Any, *, durable: bool) -> None:
        """Keep the suggestions for articles, and then call ``finish`` with the token and what `keep` returns.

        It is called once for all that were committed together, as a rule on the thread that writes.
        """
        try:  # here, where the articles were tagged: what that needed is still in the processor's cache
            drafts = [one.draft(keep_text=self._keep_text) for one in tagged]
        except Exception as error:  # the answer is sent all the same; the message may hold a text
            _log_unexpected(error)
            self._count(len(tagged), False)
            finish([(token, False)])
            return
        self._waiting.append(_Job(drafts, durable, finish, token))
        if len(self._waiting) >= self._wanted:
            with suppress(RuntimeError):  # it has been released
                self._has_wanted.release()
        if self._thread is None:
            self.start()

    def start(self) -> None:
        """Start the thread, if it does not run."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="copydesk-keep", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        n_last = 0
        while True:
            jobs = self._next_jobs(n_last)
            n_last = len(jobs)
            is_kept = self._write(jobs)
            self._count(sum(len(job.drafts) for job in jobs), is_kept)
            by_finish: dict[Finish, list[tuple[Any, bool]]] = {}
            for job in jobs:
                by_finish.setdefault(job.finish, []).append((job.token, is_kept))
            for finish, done in by_finish.items():
                finish(done)
            if self._n_received >= MOST_AT_ONCE:
                self._sort_in()

    def _next_jobs(self, n_last: int) -> list[_Job]:
        """Return what waits, after a moment in which the senders of the last jobs may have sent again."""
        if not (n_last and self._wait_for(n_last + len(self._waiting), _GATHER_SECONDS)):
            if self._n_received and not self._wait_for(1, _IDLE_SECONDS):
                self._sort_in()
            while not self._wait_for(1):
                pass
        jobs: list[_Job] = []
        n = 0
        while self._waiting and n < MOST_AT_ONCE:
            jobs.append(self._waiting.popleft())
            n += len(jobs[-1].drafts)
        return jobs

    def _wait_for(self, n: int, seconds: float = -1) -> bool:
        """Wait for a number of jobs, for a time at most; return whether there are any."""
        self._wanted = n
        self._has_wanted.acquire(blocking=False)
        if len(self._waiting) < n:
            self._has_wanted.acquire(timeout=seconds)
        return bool(self._waiting)

    def _sort_in(self) -> None:
        self._n_received = 0  # also if it fails: whatever reads or changes suggestions sorts them in too
        try:
            if self._store:
                self._store.sort_in()
        except FeedbackError:  # the log has the reason
            pass
        except Exception as error:  # its message may hold a text
            _log.error("suggestions that have arrived could not be sorted in: unexpected %s", type(error).__name__)

    def _write(self, jobs: Sequence[_Job]) -> bool:
        try:
            if self._store is None:
                from classifier.feedback.suggestions import SuggestionStore

                self._store = SuggestionStore(self._open_database())
            drafts = [draft for job in jobs for draft in job.drafts]
            if any(job.durable for job in jobs):
                self._store.keep(drafts)
            else:
                self._store.receive(drafts)
                self._n_received += len(drafts)
        except FeedbackError:  # the log has the reason
            return False
        except Exception as error:  # whatever it is, the next ones may be kept; its message may hold a text
            _log_unexpected(error)
            return False
        return True


def _log_unexpected(error: Exception) -> None:
    _log.error("suggestions could not be kept: unexpected %s", type(error).__name__)


def _set_results(done: "Sequence[tuple[Future[bool], bool]]") -> None:
    for future, is_kept in done:
        future.set_result(is_kept)
