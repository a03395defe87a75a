"""A thread that writes suggestions: all that came meanwhile go into one transaction, and their answers wait for it."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from classifier.errors import FeedbackError
from classifier.service.http.suggestions.drafts import Tagged

if TYPE_CHECKING:
    from classifier.feedback.database import Database
    from classifier.feedback.suggestions import SuggestionStore

MOST_AT_ONCE = 200
_GATHER_SECONDS = 0.0005  # in which others may join the first: a transaction takes as long as several articles
_log = logging.getLogger(__name__)

_Job = tuple[Sequence[Tagged], bool, "Future[bool]"]


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
        self._waiting: SimpleQueue[_Job] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def keep(self, tagged: Sequence[Tagged], *, durable: bool) -> "Future[bool]":
        """Return a future: true once the suggestions for these articles are committed, false if that failed.

        Parameters
        ----------
        tagged : sequence of Tagged
        durable : bool
            They must not be lost even if the machine loses power.
        """
        future: Future[bool] = Future()
        self._waiting.put((tagged, durable, future))
        if self._thread is None:
            self.start()
        return future

    def start(self) -> None:
        """Start the thread, if it does not run."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="copydesk-keep", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        while True:
            jobs = self._next_jobs()
            is_kept = self._write(jobs)
            self._count(sum(len(tagged) for tagged, _, _ in jobs), is_kept)
            for _, _, future in jobs:
                future.set_result(is_kept)

    def _next_jobs(self) -> list[_Job]:
        jobs = [self._waiting.get()]
        n = len(jobs[0][0])
        time.sleep(_GATHER_SECONDS)
        try:
            while n < MOST_AT_ONCE:
                jobs.append(self._waiting.get_nowait())
                n += len(jobs[-1][0])
        except Empty:
            pass
        return jobs

    def _write(self, jobs: Sequence[_Job]) -> bool:
        try:
            if self._store is None:
                from classifier.feedback.suggestions import SuggestionStore

                self._store = SuggestionStore(self._open_database())
            drafts = [one.draft(keep_text=self._keep_text) for tagged, _, _ in jobs for one in tagged]
            self._store.keep(drafts, durable=any(durable for _, durable, _ in jobs))
        except FeedbackError:  # the log has the reason
            return False
        except Exception as error:  # whatever it is, the next ones may be kept; its message may hold a text
            _log.error("suggestions could not be kept: unexpected %s", type(error).__name__)
            return False
        return True
