"""Log lines: one JSON object a line, on standard output. No line contains article text, a key or a path as sent."""

import json
import os
import sys
import traceback
from datetime import UTC, datetime
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


#: The configuration of the standard library's logging, which the server and all modules use.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": _formatter}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
    "root": {"handlers": ["out"], "level": "INFO"},
}


class RequestLog:
    """Request lines, written without a logging library, which would take longer than the line itself."""

    def __init__(self) -> None:
        self._out = sys.stdout
        self._pid = os.getpid()

    def write(self, facts: dict[str, Any]) -> None:
        """Write a line with these facts.

        Raises
        ------
        OSError, ValueError
            If the line cannot be written.
        """
        time = datetime.now(UTC).isoformat()[:-6] + "Z"  # without +00:00
        line = to_json({"event": "request", "level": "info", "time": time, "pid": self._pid, **facts})
        self._out.write(line.decode() + "\n")
        self._out.flush()
