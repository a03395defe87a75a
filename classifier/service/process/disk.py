"""A thread for calls on a disk that may not respond: whoever waits for one gives up after a time."""

import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from classifier.errors import DiskError

#: Once a call has taken this long, others are refused at once instead of after their own time.
STUCK_SECONDS = 5.0
_Result = TypeVar("_Result")


@dataclass
class _Call:
    function: Callable[[], Any]
    result: Future[Any] = field(default_factory=Future)


class _Queue(SimpleQueue["_Call | None"]):
    """The calls that wait, and since when the present one runs (monotonic seconds)."""

    busy_since: float | None = None


class DiskThread:
    """Makes calls that use a folder, one after the other, in a thread of its own.

    Nothing can interrupt a call on a dead disk. The thread stays with it, and only the thread: others get an error in
    time. When the disk responds again, the thread goes on.

    Parameters
    ----------
    folder : Path
        Named in errors.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._queue = _Queue()
        Thread(target=_work, args=(self._queue,), name="copydesk-disk", daemon=True).start()
        weakref.finalize(self, self._queue.put, None)  # the thread ends with whoever asks it

    def call(self, function: Callable[[], _Result], seconds: float) -> _Result:
        """Return what a function returns, or raise what it raises.

        Parameters
        ----------
        function : callable
        seconds : float
            How long to wait.

        Raises
        ------
        DiskError
            If it does not return in time. It may still take effect later if it has begun.
        """
        since = self._queue.busy_since
        if since is not None and time.monotonic() - since > STUCK_SECONDS:
            raise self._error(time.monotonic() - since)
        call = _Call(function)
        self._queue.put(call)
        if not wait([call.result], max(seconds, 0.0)).done:
            has_begun = not call.result.cancel()
            raise self._error(seconds, has_begun=has_begun)
        result: _Result = call.result.result()
        return result

    def _error(self, seconds: float, *, has_begun: bool = False) -> DiskError:
        return DiskError(
            f"the folder {self._folder} has not responded for {seconds:.0f} s. Fix: check that its disk is mounted and "
            "responds, then try again",
            has_begun=has_begun,
        )


def _work(queue: _Queue) -> None:
    while (call := queue.get()) is not None:
        if call.result.set_running_or_notify_cancel():
            queue.busy_since = time.monotonic()
            try:
                result = call.function()
            except BaseException as error:  # it is the caller's
                call.result.set_exception(error)
            else:
                call.result.set_result(result)
                del result
            queue.busy_since = None
        del call  # nothing of it outlives the caller's wait
