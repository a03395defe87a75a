"""Log lines: one JSON object a line, on standard output. No line contains article text, a key or a path as sent."""

import json
import logging
import os
import sys
import threading
import time
import traceback
from types import TracebackType
from typing import Any

import structlog
from flask import has_request_context, request
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
                message = f"{record.getMessage()} (this warning came {n:,} more times within a minute)"
                facts = {"name": record.name, "levelno": record.levelno, "levelname": record.levelname, "msg": message}
                logging.getLogger(record.name).handle(logging.makeLogRecord(facts | {self._SUMMARY: True}))


REPEATS = Repeats()

#: The configuration of the standard library's logging, which the server and all modules use.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": _formatter}},
    "filters": {"repeats": {"()": lambda: REPEATS}},
    "handlers": {
        "out": {
            "class": "logging.StreamHandler",
            "filters": ["repeats"],
            "formatter": "json",
            "stream": "ext://sys.stdout",
        }
    },
    "root": {"handlers": ["out"], "level": "INFO"},
}
