"""Every error as application/problem+json (RFC 9457), from one place. No message holds what was sent."""

import json
import logging
import traceback
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from classifier.errors import (
    CopydeskError,
    DecisionsError,
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
    """Build the one shape that every error has: type, title, status, detail, and errors where fields are at fault."""
    body: dict[str, Any] = {
        "type": f"urn:copydesk:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if fields:
        body["errors"] = [{"field": item.field, "detail": item.detail} for item in fields[:MAX_LISTED]]
    return Response(json.dumps(body, ensure_ascii=False), status, content_type=PROBLEM_TYPE)


def handle_problems(app: Flask) -> None:
    """Have the app answer every error as a problem."""
    app.register_error_handler(CopydeskError, _own)
    app.register_error_handler(HTTPException, _http)
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
    if isinstance(error, DecisionsError | TooManyError):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    match error:
        case RequestEntityTooLarge():
            detail = (
                "the request body is over the limit of the service (the setting max_request_bytes); send less at once"
            )
            return problem(status, "too-large", "The request is too large", detail)
        case MethodNotAllowed(valid_methods=methods):
            allowed = ", ".join(sorted(set(methods or ()) - {"HEAD", "OPTIONS"}))
            answer = problem(status, "method", "The method is not allowed here", f"use {allowed}")
            answer.headers["Allow"] = ", ".join(sorted(methods or ()))
            return answer
        case _ if status == 404:
            detail = (
                "there is nothing at this address; the service has POST /v1/tags, POST /v1/tags/batch, GET /v1/sections"
            )
            return problem(status, "not-found", "There is nothing here", detail)
        case _:
            return problem(status, "http", error.name, error.description or error.name)


def _unexpected(error: Exception) -> Response:
    # the message of an unknown exception may hold article text, so only its kind and place are logged
    place = "".join(traceback.format_tb(error.__traceback__))
    _log.error("unexpected %s\n%s", type(error).__name__, place)
    return problem(
        500,
        "internal",
        "Something went wrong",
        "the service met an error that it did not expect; it is in the log",
    )
