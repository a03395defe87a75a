"""Log lines: one JSON object a line, on standard output. No line contains article text, a key or a path as sent."""

import atexit
import json
import logging
import os
import sys
import threading
import time
import traceback
import weakref
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from types import TracebackType
from typing import Any

import structlog
from flask import has_request_context, request
from pydantic_core import to_json
from structlog.types import EventDict, Processor

#: The id of a request, in its WSGI environment.
REQUEST_ID = "copydesk.request_id"
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _json(event: EventDict, **_options: Any) -> str:
    return _encode(event)


def _place_only(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Keep the kind of an exception and its place, not its message, which may contain article text."""
    found = event.pop("exc_info", None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["places"] = _places(error.__traceback__)
    return event


def _places(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


def _who(_logger: object, _method: str, event: EventDict) -> EventDict:
    event["pid"] = os.getpid()
    if has_request_context() and (request_id := request.environ.get(REQUEST_ID)):
        event["request_id"] = request_id
    return event


_STAMPED: list[Processor] = [
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
]


def _formatter() -> structlog.stdlib.ProcessorFormatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_STAMPED, _who],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _place_only,
            structlog.processors.JSONRenderer(_json),
        ],
    )


class Repeats(logging.Filter):
    """Lets a warning through, then leaves out the same one for a minute, and logs how often it came.

    So a caller whose calls are refused cannot fill a disk. Errors with a traceback always pass.
    """

    _SECONDS = 60.0
    _MOST = 1_000  # different ones that are remembered; further ones pass
    _SUMMARY = "is_summary"

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._seen: dict[tuple[str, str], tuple[float, int, logging.LogRecord]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is to be written."""
        if record.levelno < logging.WARNING or record.exc_info or hasattr(record, self._SUMMARY):
            return True
        self.flush()
        key = record.name, record.getMessage()
        with self._lock:
            if key in self._seen:
                until, n, first = self._seen[key]
                self._seen[key] = until, n + 1, first
                return False
            if len(self._seen) < self._MOST:
                self._seen[key] = time.monotonic() + self._SECONDS, 0, record
        return True

    def flush(self) -> None:
        """Log the number of each warning that was left out, if its minute is over."""
        now = time.monotonic()
        with self._lock:
            over = [key for key, (until, _, _) in self._seen.items() if until <= now]
            done = [self._seen.pop(key) for key in over]
        for _, n, record in done:
            if n:
                times = "time" if n == 1 else "times"
                message = f"{record.getMessage()} (this warning came {n:,} more {times} within a minute)"
                facts = {"name": record.name, "levelno": record.levelno, "levelname": record.levelname, "msg": message}
                logging.getLogger(record.name).handle(logging.makeLogRecord(facts | {self._SUMMARY: True}))


REPEATS = Repeats()


class RequestLog:
    """The lines of requests, which are written several at a time, without a logging library.

    A line waits for at most `SECONDS`. Lines are also written before any other record of the log, so that the log keeps
    its order, and before the process forks or ends. A process that is killed loses the lines that wait.

    Parameters
    ----------
    on_loss : callable
        Takes the number of lines that could not be written.
    """

    SECONDS = 0.1
    _MOST = 500  # lines that wait; the request that adds one more writes them

    def __init__(self, on_loss: Callable[[int], None]) -> None:
        self._out = sys.stdout
        self._on_loss = on_loss
        self.start()
        _REQUEST_LOGS.add(self)

    def start(self) -> None:
        """Start empty, with a thread that writes the lines. It ends when nobody else holds this object any more."""
        self._waiting: deque[tuple[float, dict[str, Any]]] = deque()
        self._writing = threading.Lock()
        threading.Thread(target=_write_on, args=(weakref.ref(self),), name="copydesk-log", daemon=True).start()

    def add(self, facts: dict[str, Any]) -> None:
        """Take a line with these facts, which get the time of now."""
        self._waiting.append((time.time(), facts))
        if len(self._waiting) > self._MOST:
            self.flush()

    def flush(self) -> None:
        """Write the lines that wait. If that fails, they are lost and counted."""
        if not self._waiting:
            return
        with self._writing:
            waiting = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                pid = os.getpid()
                self._out.write(b"".join([_request_line(at, pid, facts) for at, facts in waiting]).decode())
                self._out.flush()
            except (OSError, ValueError, MemoryError):  # a full disk or a closed pipe must not fail a request
                self._on_loss(len(waiting))


_REQUEST_LOGS: "weakref.WeakSet[RequestLog]" = weakref.WeakSet()


def flush_requests() -> None:
    """Write the lines of all requests that have been answered."""
    for each in list(_REQUEST_LOGS):
        each.flush()


def _restart() -> None:
    """Start again in a forked process, which has none of the threads. The parent writes the lines that waited."""
    for each in list(_REQUEST_LOGS):
        each.start()


os.register_at_fork(before=flush_requests, after_in_child=_restart)
atexit.register(flush_requests)


def _write_on(log: "Callable[[], RequestLog | None]") -> None:
    while True:
        time.sleep(RequestLog.SECONDS)
        held = log()
        if held is None:
            return
        held.flush()
        del held


def _request_line(at: float, pid: int, facts: dict[str, Any]) -> bytes:
    seconds, fraction = divmod(int(at * 1e6), 1_000_000)
    stamp = f"{_to_the_second(seconds)}.{fraction:06}Z"
    return (
        to_json({"event": "request", "level": "info", "time": stamp, "pid": pid, **facts}, inf_nan_mode="null") + b"\n"
    )


@lru_cache(maxsize=1)
def _to_the_second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


class OrderedHandler(logging.StreamHandler[Any]):
    """Writes records to a stream, each after the requests that were answered before it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        flush_requests()
        super().emit(record)


#: The configuration of the standard library's logging, which the server and all modules use.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": _formatter}},
    "filters": {"repeats": {"()": lambda: REPEATS}},
    "handlers": {
        "out": {
            "()": OrderedHandler,
            "filters": ["repeats"],
            "formatter": "json",
            "stream": "ext://sys.stdout",
        }
    },
    "root": {"handlers": ["out"], "level": "INFO"},
}
