"""Every error becomes application/problem+json (RFC 9457) here. No message contains the text that was sent."""

import json
import logging
import traceback
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from classifier.errors import (
    NO_MEMORY,
    BusyError,
    CodingError,
    CopydeskError,
    FeedbackError,
    FieldProblem,
    InvalidInputError,
    SignatureError,
    TooManyError,
    UnauthorizedError,
)

PROBLEM_TYPE = "application/problem+json"
MAX_LISTED = 20
_log = logging.getLogger(__name__)


def problem(status: int, slug: str, title: str, detail: str, fields: tuple[FieldProblem, ...] = ()) -> Response:
    """Build the answer for an error: type, title, status, detail, and errors if fields are at fault."""
    body: dict[str, Any] = {
        "type": f"urn:copydesk:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if fields:
        body["errors"] = [{"field": item.field, "detail": item.detail} for item in fields[:MAX_LISTED]]
    return Response(json.dumps(body, ensure_ascii=False, allow_nan=False), status, content_type=PROBLEM_TYPE)


def handle_problems(app: Flask) -> None:
    """Register the handlers that turn every error of an app into a problem."""
    app.register_error_handler(CopydeskError, _own)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(MemoryError, _out_of_memory)
    app.register_error_handler(Exception, _unexpected)


def _own(error: CopydeskError) -> Response:
    fields = error.problems if isinstance(error, InvalidInputError) else ()
    detail = "; ".join(map(str, fields[:MAX_LISTED])) if fields else error.detail
    if len(fields) > MAX_LISTED:
        detail += f"; and {len(fields) - MAX_LISTED:,} more"
    answer = problem(error.status, error.slug, error.title, detail, fields)
    if isinstance(error, UnauthorizedError):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="copydesk"'
    if isinstance(error, SignatureError):
        answer.headers["WWW-Authenticate"] = 'Signature realm="copydesk"'
    if isinstance(error, CodingError):
        answer.headers["Accept-Encoding"] = "gzip"
    if isinstance(error, BusyError | FeedbackError | TooManyError):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    match error:
        case RequestEntityTooLarge():
            detail = (
                "the request body exceeds the limit of the service (setting max_request_bytes). Fix: send less at once"
            )
            return problem(status, "too-large", "The request is too large", detail)
        case MethodNotAllowed(valid_methods=methods):
            allowed = ", ".join(sorted(set(methods or ()) - {"HEAD", "OPTIONS"}))
            answer = problem(status, "method", "The method is not allowed here", f"Fix: use {allowed}")
            answer.headers["Allow"] = ", ".join(sorted(methods or ()))
            return answer
        case _ if status == 404:
            detail = (
                "no route has this address. Fix: use POST /v1/tags, POST /v1/tags/batch or GET /v1/sections; "
                "/docs lists all routes"
            )
            return problem(status, "not-found", "Not found", detail)
        case _:
            return problem(status, "http", error.name, error.description or error.name)


def _out_of_memory(_error: MemoryError) -> Response:
    _log.error("a request was refused, because %s", NO_MEMORY)
    return _own(BusyError("the service ran out of memory for this request. Fix: send less at once, or try again later"))


def log_unexpected(error: Exception) -> None:
    """Log the kind and the place of an unknown exception. Its message may contain article text."""
    place = "".join(traceback.format_tb(error.__traceback__))
    _log.error("unexpected %s\n%s", type(error).__name__, place)


def _unexpected(error: Exception) -> Response:
    log_unexpected(error)
    return problem(
        500,
        "internal",
        "Something went wrong",
        "an unexpected error. Fix: see the log of the service, which has its kind and place",
    )
