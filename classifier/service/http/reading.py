"""Reading a request: its flags, its body, and the article in that."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from classifier.article import MAX_ID_LENGTH
from classifier.errors import FieldProblem, InvalidInputError, MalformedInputError, MediaTypeError
from classifier.ninjs_item import article_fields
from classifier.request import TagRequest
from classifier.schema import repaired_json, valid_json
from classifier.service.answers import NINJS
from classifier.service.http.coding import decoded, described, is_object, unpack
from classifier.service.http.query.parameters import check_names
from classifier.service.present import this_app, this_request

JSON = "application/json"
TEXT_TYPES = ("text/plain", "text/html")
_IS_JSON = "the body is JSON"
FORMAT = "format"
UNITS = "units"
SET = "set"
_FLAGS = ("explain", "all")
#: The fields of an article that are read from a ninjs item.
_FROM_NINJS = ("headline", "body", "language")
MAX_URI_LENGTH = 2_000

_NOT_NINJS = frozenset({"body", "content", "html", "text", "title"})
_NO_TEXT = (
    "the item has no headline and no body with text. Fix: send headlines or bodies (ninjs 2 and 3), or headline, "
    "body_xhtml, body_html or body_text (ninjs 1)"
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a call asks for besides the tags: evidence, the sections below their threshold, spans in units of UTF-16.

    ``set`` is the set of models for articles that name none.
    """

    explain: bool = False
    all: bool = False
    utf16: bool = False
    set: str | None = None


NO_WISHES = Wishes()


def read_article() -> TagRequest:
    """Return the article of the request: a JSON object, or its text alone as text/plain or text/html, or ninjs.

    Raises
    ------
    MediaTypeError, MalformedInputError, InvalidInputError
    """
    call = this_request()
    kind = media_type(call)
    if kind in TEXT_TYPES:
        return TagRequest.read({"body": read_text(call)})
    if kind == NINJS:
        return read_item()[0]
    return TagRequest.of(read_object(call, ", or a text as text/plain"))


def read_page() -> TagRequest:
    """Return the article whose text is the body of the request, plain or HTML.

    Raises
    ------
    MediaTypeError, MalformedInputError, InvalidInputError
    """
    return TagRequest.read({"body": read_text(this_request())})


def read_item() -> tuple[TagRequest, str]:
    """Return the article in the ninjs item that is the body of the request, and the item's uri or an empty text.

    Raises
    ------
    MediaTypeError, MalformedInputError, InvalidInputError
    """
    item = read_object(this_request())
    if not isinstance(item, dict):
        raise InvalidInputError(
            [FieldProblem("", "must be a JSON object with the fields of a ninjs item. Fix: send one item")]
        )
    if foreign := sorted(item.keys() & _NOT_NINJS):
        detail = "not a field of ninjs. Fix: send an article with this field to POST /v1/tags as application/json"
        raise InvalidInputError([FieldProblem(name, detail) for name in foreign])
    fields = article_fields(item)
    uri = fields.pop("id", "")
    if not fields.keys() & {"headline", "body"}:
        raise InvalidInputError([FieldProblem("", _NO_TEXT)])
    article: dict[str, Any] = {name: fields[name] for name in _FROM_NINJS if name in fields}
    if len(uri) > MAX_URI_LENGTH:
        raise InvalidInputError(
            [FieldProblem("uri", f"longer than the {MAX_URI_LENGTH:,} characters allowed. Fix: shorten it")]
        )
    return TagRequest.read(article | ({"id": uri} if 0 < len(uri) <= MAX_ID_LENGTH else {})), uri


def read_wishes(*others: str) -> Wishes:
    """Return the wishes in the query. Parameters named in ``others`` are read elsewhere.

    Raises
    ------
    InvalidInputError
        If the query has another parameter, one twice, a flag that is not true or false, or an unknown unit.
        Whether there is a set of the name in ``set`` is not checked here.
    """
    call = this_request()
    if not call.query_string:
        return NO_WISHES
    wishes: dict[str, Any] = {}
    for name, values in call.args.lists():
        if name in others:
            continue
        if name == SET:
            wishes[SET] = read_set()
            continue
        if name not in (*_FLAGS, UNITS):
            check_names(*_FLAGS, UNITS, SET, *others)
        if name == UNITS:
            if values not in (["utf16"], ["codepoints"]):
                detail = "must be codepoints or utf16. Fix: send it once, as codepoints or utf16"
                raise InvalidInputError([FieldProblem(name, detail)])
            wishes["utf16"] = values == ["utf16"]
            continue
        if values not in (["true"], ["false"]):
            raise InvalidInputError([FieldProblem(name, "must be true or false. Fix: send it once, as true or false")])
        wishes[name] = values == ["true"]
    return Wishes(**wishes)


def read_set() -> str | None:
    """Return the set of models that the query names, or None.

    Raises
    ------
    InvalidInputError
        If the query names several.
    """
    call = this_request()
    names = call.args.getlist(SET) if call.query_string else []
    if len(names) > 1:
        raise InvalidInputError([FieldProblem(SET, "sent more than once. Fix: send it once")])
    return names[0] if names else None


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


def media_type(call: Request) -> str:
    """Return the media type of the body, without its parameters."""
    sent = call.environ.get("CONTENT_TYPE", "")
    return JSON if sent == JSON else call.mimetype  # nearly every request: nothing to parse


def is_json(kind: str) -> bool:
    """Return whether a media type is JSON or a kind of it, such as ``application/ld+json``."""
    return kind == JSON or kind.endswith("+json")


def read_object(call: Request, instead: str = "", parse: Callable[[bytes], Any] = valid_json) -> Any:
    """Return the JSON in the body.

    Parameters
    ----------
    call : Request
    instead : str
        What else the caller may do if the body is not JSON, as the end of the error's message.
    parse : callable, optional
        Parses valid JSON, and raises ValueError otherwise. Then the repaired JSON is returned.

    Raises
    ------
    MediaTypeError
        If the Content-Type is not JSON.
    CodingError, MalformedInputError
        If the body cannot be read.
    """
    kind = media_type(call)
    if not is_json(kind):
        given = f"has {described(kind)}"
        if is_object(_body_of(call)):
            raise MediaTypeError(f"{_IS_JSON}, but the request {given}. Fix: send it as application/json")
        raise MediaTypeError(
            f"the request {given}, and the service reads JSON here. Fix: send JSON as application/json{instead}"
        )
    data = _body_of(call)
    try:
        return parse(data)
    except ValueError as error:
        return repaired_json(data, error)


def read_text(call: Request) -> str:
    """Return the text in the body, decoded from the charset that the Content-Type names; otherwise it is UTF-8.

    Raises
    ------
    MediaTypeError
        If the Content-Type is neither text/plain nor text/html, the charset is unknown, or the text is a JSON object or
        a list of these.
    CodingError, MalformedInputError
        If the body cannot be read.
    """
    kind = media_type(call)
    if kind not in TEXT_TYPES:
        given = described(kind)
        raise MediaTypeError(
            f"the request has {given}, and the service reads texts here. Fix: send text/plain or text/html, or send an "
            "article as JSON to POST /v1/tags"
        )
    text = decoded(_body_of(call), call.mimetype_params.get("charset", "")).removeprefix("\ufeff")
    if re.match(r"\s*[{\[]", text) and is_object(text.encode("utf-8", "surrogatepass")):
        raise MediaTypeError(
            f"{_IS_JSON}, but the request has the Content-Type {kind}. Fix: send it as application/json"
        )
    return text


def body_bytes(call: Request) -> bytes:
    """Return the body as it arrived, past werkzeug's streams, which take ten times as long.

    Raises
    ------
    MalformedInputError
        If it did not arrive whole, or in time.
    """
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


def unpacked(call: Request, data: bytes) -> bytes:
    """Return the body without its Content-Encoding; see `classifier.service.http.coding.unpack`."""
    coding = call.environ.get("HTTP_CONTENT_ENCODING")
    return data if coding is None else unpack(data, coding, this_app().config["MAX_CONTENT_LENGTH"])


def _body_of(call: Request) -> bytes:
    data = unpacked(call, body_bytes(call))
    if not data.strip():
        raise MalformedInputError(
            "the request has no body. Fix: send JSON, such as an article with a headline or a body; see /docs"
        )
    return data
