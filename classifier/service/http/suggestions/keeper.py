"""Commits suggestions, several at a time; their answers wait for it. The event loop does it, or a thread."""

import asyncio
import logging
import threading
import time
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
    from classifier.feedback.keeping.arrivals import ArrivalWriter
    from classifier.feedback.suggestion import SuggestionDraft
    from classifier.feedback.suggestions import SuggestionStore

MOST_AT_ONCE = 200
#: In which those may come back whose answers have just been sent: a transaction takes as long as several articles.
_GATHER_SECONDS = 0.0015
#: After this time without any to keep, those that were received are sorted in.
_IDLE_SECONDS = 0.1
#: As many are sorted in together at the latest: the more they are, the less work each is.
_MOST_RECEIVED = 1_500
#: If a commit on the event loop takes this long, the disk is slow, and the thread commits for a while.
_SLOW_SECONDS, _PAUSE_SECONDS = 0.02, 10.0
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
        self._writer: ArrivalWriter | None = None  # of the event loop; the thread opens it
        self._soon: list[_Job] = []  # of this round of the event loop
        self._slow_until = 0.0
        self._is_writing = False  # the thread has jobs in hand
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
        if job := self._job(tagged, _set_results, future, durable=durable):
            self._enqueue(job)
        return future.result()

    def keep_soon(self, tagged: Sequence[Tagged], finish: Finish, token: Any) -> None:
        """Keep the suggestions for articles, and then call ``finish`` with the token and what `keep` returns.

        Only the event loop calls it. All that comes in one round of the loop is committed together: by the loop itself
        if nothing is in the way, else by the thread. ``finish`` is called once for all that were committed together.
        """
        if job := self._job(tagged, finish, token, durable=False):
            self._soon.append(job)
            if len(self._soon) == 1:
                asyncio.get_running_loop().call_soon(self._commit_soon)

    def _commit_soon(self) -> None:
        jobs, self._soon = self._soon, []
        if self._commit_here(jobs):
            self._finish(jobs, True)
        else:
            for job in jobs:
                self._enqueue(job)

    def _commit_here(self, jobs: Sequence[_Job]) -> bool:
        """Commit jobs on the event loop, unless another program or the thread writes, or the disk is slow."""
        began = time.monotonic()
        if self._writer is None or self._is_writing or self._waiting or began < self._slow_until:
            return False
        drafts = [draft for job in jobs for draft in job.drafts]
        try:
            is_kept = self._writer.write(drafts)
        except ValueError:  # the thread reports it
            return False
        if time.monotonic() - began > _SLOW_SECONDS:
            self._slow_until = time.monotonic() + _PAUSE_SECONDS
        if is_kept:
            had_none, self._n_received = not self._n_received, self._n_received + len(drafts)
            if had_none or self._n_received >= _MOST_RECEIVED:
                self._wake()
        return is_kept

    def _job(self, tagged: Sequence[Tagged], finish: Finish, token: Any, *, durable: bool) -> _Job | None:
        try:  # here, where the articles were tagged: what that needed is still in the processor's cache
            return _Job([one.draft(keep_text=self._keep_text) for one in tagged], durable, finish, token)
        except Exception as error:  # the answer is sent all the same; the message may hold a text
            _log_unexpected(error)
            self._count(len(tagged), False)
            finish([(token, False)])
            return None

    def _enqueue(self, job: _Job) -> None:
        self._waiting.append(job)
        if len(self._waiting) >= self._wanted:
            self._wake()
        if self._thread is None:
            self.start()

    def _wake(self) -> None:
        with suppress(RuntimeError):  # it has been released
            self._has_wanted.release()

    def start(self) -> None:
        """Start the thread, if it does not run."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="copydesk-keep", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        n_last = 0
        while True:
            self._is_writing = False
            self._gather(n_last)
            self._is_writing = True  # before any job is taken: the loop must not overtake it
            jobs: list[_Job] = []
            n = 0
            while self._waiting and n < MOST_AT_ONCE:
                jobs.append(self._waiting.popleft())
                n += len(jobs[-1].drafts)
            n_last = len(jobs)
            self._finish(jobs, self._write(jobs))
            if self._n_received >= _MOST_RECEIVED:
                self._sort_in()

    def _finish(self, jobs: Sequence[_Job], is_kept: bool) -> None:
        self._count(sum(len(job.drafts) for job in jobs), is_kept)
        by_finish: dict[Finish, list[tuple[Any, bool]]] = {}
        for job in jobs:
            by_finish.setdefault(job.finish, []).append((job.token, is_kept))
        for finish, done in by_finish.items():
            finish(done)

    def _gather(self, n_last: int) -> None:
        """Wait for jobs; for a moment, for as many as last time: their senders may send again.

        What was received meanwhile is sorted in once it is much, or once no more comes.
        """
        if n_last and self._wait_for(n_last + len(self._waiting), _GATHER_SECONDS):
            return
        while not self._wait_for(1, 0):
            before = self._n_received  # whatever comes from here on wakes the thread
            self._has_wanted.acquire(timeout=_IDLE_SECONDS if before else -1)
            if before and (self._n_received == before or self._n_received >= _MOST_RECEIVED):
                self._sort_in()

    def _wait_for(self, n: int, seconds: float) -> bool:
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
            _log.error("new suggestions could not be put into the queue: unexpected %s", type(error).__name__)

    def _write(self, jobs: Sequence[_Job]) -> bool:
        try:
            if self._store is None:
                from classifier.feedback.suggestions import SuggestionStore

                self._store = SuggestionStore(self._open_database())
            self._writer = self._writer or self._store.writer()
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
