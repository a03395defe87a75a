"""Reading a request: its flags, its body, and the article or batch in that."""

from typing import TypeVar

from flask import Request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from classifier.errors import FieldProblem, InvalidInputError, MalformedInputError, MediaTypeError, TooLargeError
from classifier.request import BatchRequest, TagRequest
from classifier.schema import parse_json, schema_error
from classifier.service.answers import NINJS
from classifier.service.guard.limits import MAX_BATCH
from classifier.service.present import this_app, this_request

TEXT_TYPES = ("text/plain", "text/html")
FORMAT = "format"
_FLAGS = ("explain", "all")
_JSON = "application/json"

_Schema = TypeVar("_Schema", bound=BaseModel)


def read_article() -> TagRequest:
    """Return the article of the request: a JSON object, or its text alone as text/plain or text/html.

    Raises
    ------
    MediaTypeError, MalformedInputError, InvalidInputError
    """
    call = this_request()
    if _kind(call) not in TEXT_TYPES:
        return _checked(TagRequest, parse_json(_json_body(call)))
    try:
        text = _body(call).decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedInputError(f"the text is not UTF-8 at byte {error.start}. Fix: send it as UTF-8") from None
    return TagRequest.read({"body": text})


def read_batch() -> BatchRequest:
    """Return the articles of the request.

    Raises
    ------
    MediaTypeError, MalformedInputError, InvalidInputError
    TooLargeError
        If they are more than the setting max_batch.
    """
    sent = parse_json(_json_body(this_request()))
    limit = this_app().config[MAX_BATCH]
    items = sent.get("articles") if isinstance(sent, dict) else None
    if isinstance(items, list) and len(items) > limit:
        raise TooLargeError(
            f"articles: {len(items):,} items, but at most {limit:,} are allowed in one batch. Fix: send several batches"
        )
    return _checked(BatchRequest, sent)


def read_json(schema: type[_Schema]) -> _Schema:
    """Return the JSON body of the request, read as a schema.

    Raises
    ------
    MediaTypeError, MalformedInputError, InvalidInputError
    """
    return _checked(schema, parse_json(_json_body(this_request())))


def read_flags(*others: str) -> dict[str, bool]:
    """Return the flags of the query. Parameters named in ``others`` are read elsewhere.

    Raises
    ------
    InvalidInputError
        If the query has another parameter, a flag twice, or a flag whose value is not true or false.
    """
    flags: dict[str, bool] = dict.fromkeys(_FLAGS, False)
    call = this_request()
    if not call.query_string:
        return flags
    for name, values in call.args.lists():
        if name in others:
            continue
        if name not in _FLAGS:
            known = " and ".join(f"“{known}”" for known in (*_FLAGS, *others))
            raise InvalidInputError([FieldProblem("query", f"unknown parameter. Fix: use only {known}")])
        if values not in (["true"], ["false"]):
            raise InvalidInputError([FieldProblem(name, "must be true or false. Fix: send it once, as true or false")])
        flags[name] = values == ["true"]
    return flags


def wants_ninjs() -> bool:
    """Return whether the query or the Accept header asks for ninjs. The query wins.

    Raises
    ------
    InvalidInputError
        If the query names another format, or several.
    """
    call = this_request()
    asked = call.args.getlist(FORMAT) if call.query_string else []
    if asked:
        if asked not in (["ninjs"], ["json"]):
            raise InvalidInputError(
                [FieldProblem(FORMAT, "must be json or ninjs. Fix: send it once, as json or ninjs")]
            )
        return asked == ["ninjs"]
    if (
        NINJS not in call.environ.get("HTTP_ACCEPT", "").lower()
    ):  # nearly always, so there is no need to parse the header
        return False
    return call.accept_mimetypes.best_match(["application/json", NINJS]) == NINJS


def read_bytes() -> bytes:
    """Return the body of the request as it arrived.

    Raises
    ------
    MalformedInputError
        If it does not arrive whole, or in time.
    """
    return _bytes(this_request())


def _bytes(call: Request) -> bytes:
    """Return the body past werkzeug's streams, which take ten times as long."""
    limit = this_app().config["MAX_CONTENT_LENGTH"]
    announced = call.environ.get("CONTENT_LENGTH", "")
    length = int(announced) if announced.isdecimal() and "HTTP_TRANSFER_ENCODING" not in call.environ else None
    if length is not None and length > limit:
        raise RequestEntityTooLarge
    data: bytes = call.environ["wsgi.input"].read(limit + 1 if length is None else length)
    if len(data) > limit:
        raise RequestEntityTooLarge
    if length is not None and len(data) < length:
        raise MalformedInputError(f"the request body ended after {len(data):,} of {length:,} bytes. Fix: send it again")
    return data


def _json_body(call: Request) -> bytes:
    kind = _kind(call)
    if kind != _JSON and not kind.endswith("+json"):
        given = "no Content-Type" if not kind else "a Content-Type that the service does not accept"
        raise MediaTypeError(f"the request has {given}. Fix: send JSON as application/json, or text as text/plain")
    return _body(call)


def _kind(call: Request) -> str:
    """Return the media type of the body, without its parameters."""
    sent = call.environ.get("CONTENT_TYPE", "")
    return _JSON if sent == _JSON else call.mimetype  # nearly every request: nothing to parse


def _body(call: Request) -> bytes:
    data = _bytes(call)
    if not data.strip():
        raise MalformedInputError(
            "the request has no body. Fix: send an article as a JSON object with a headline or a body"
        )
    return data


def _checked(schema: type[_Schema], sent: object) -> _Schema:
    try:
        return schema.model_validate(sent)
    except ValidationError as error:
        raise schema_error(error) from None
