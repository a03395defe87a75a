"""Every error becomes application/problem+json (RFC 9457) here. No message contains the text that was sent."""

import json
import logging
import traceback
from typing import Any

from flask import Flask, Response, has_request_context
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
from classifier.service.present import this_app, this_request

PROBLEM_TYPE = "application/problem+json"
MAX_LISTED = 20
_SERVER_ERROR = 500
_PROTOCOLS = ("/systemone", "/decisions")
#: The types of errors as OpenAI's API names them.
_ERROR_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_LONGEST_RETRY = (
    2  # seconds that clients of the decision protocols are asked to wait: some wait as long as they are told
)
_log = logging.getLogger(__name__)


def problem(status: int, slug: str, title: str, detail: str, fields: tuple[FieldProblem, ...] = ()) -> Response:
    """Build the answer for an error: type, title, status, detail, and errors if fields are at fault."""
    body: dict[str, Any] = {
        "type": f"urn:copydesk:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if _is_protocol():
        body["error"] = {
            "message": detail,
            "type": _ERROR_TYPES.get(status, "server_error" if status >= _SERVER_ERROR else "invalid_request_error"),
            "param": next((item.field for item in fields if item.field), None),
            "code": slug,
        }
    if fields:
        body["errors"] = [{"field": item.field, "detail": item.detail} for item in fields[:MAX_LISTED]]
    return Response(json.dumps(body, ensure_ascii=False, allow_nan=False), status, content_type=PROBLEM_TYPE)


def _is_protocol() -> bool:
    """Return whether the present call is one of a decision protocol, whose clients look for the member ``error``."""
    return has_request_context() and this_request().path.rstrip("/").endswith(_PROTOCOLS)


def handle_problems(app: Flask) -> None:
    """Register the handlers that turn every error of an app into a problem."""
    app.register_error_handler(CopydeskError, _own)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(MemoryError, _out_of_memory)
    app.register_error_handler(Exception, _unexpected)


def body_limit() -> str:
    """Return the limit of a request body, as messages name it."""
    return f"the limit of {this_app().config['MAX_CONTENT_LENGTH']:,} bytes (setting max_request_bytes)"


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
        answer.headers["Accept-Encoding"] = "gzip, zstd"
    if isinstance(error, BusyError | FeedbackError | TooManyError):
        seconds = min(error.retry_after, _LONGEST_RETRY) if _is_protocol() else error.retry_after
        answer.headers["Retry-After"] = str(seconds)
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    match error:
        case RequestEntityTooLarge():
            detail = f"the request body, unpacked, exceeds {body_limit()}. Fix: send less at once"
            return problem(status, "too-large", "The request is too large", detail)
        case MethodNotAllowed(valid_methods=methods):
            allowed = ", ".join(sorted(set(methods or ()) - {"HEAD", "OPTIONS"}))
            answer = problem(status, "method", "The method is not allowed here", f"Fix: use {allowed}")
            answer.headers["Allow"] = ", ".join(sorted(methods or ()))
            return answer
        case _ if status == 404:
            detail = "no route has this address. Fix: use " + (
                "POST /v1/systemone or POST /v1/decisions: the client's base address has a /v1 too many or too few, or "
                "the address ends in a slash"
                if _is_protocol()
                else "POST /v1/tags, POST /v1/tags/batch or GET /v1/sections; /docs lists all routes"
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
