"""Reading a request: its flags, its body, and the article or batch in that."""

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from classifier.article import MAX_ID_LENGTH
from classifier.errors import FieldProblem, InvalidInputError, TooLargeError
from classifier.ninjs_item import article_fields
from classifier.request import BatchRequest, TagRequest
from classifier.schema import schema_error
from classifier.service.answers import NINJS
from classifier.service.guard.limits import MAX_BATCH
from classifier.service.http.bodies import TEXT_TYPES, media_type, read_object, read_text
from classifier.service.present import this_app, this_request

FORMAT = "format"
UNITS = "units"
_FLAGS = ("explain", "all")
#: The fields of an article that are read from a ninjs item.
_FROM_NINJS = ("headline", "body", "language")
MAX_URI_LENGTH = 2_000

_NOT_NINJS = frozenset({"body", "content", "html", "text", "title"})
_NO_TEXT = (
    "the item has no headline and no body with text. Fix: send headlines or bodies (ninjs 2 and 3), or headline, "
    "body_xhtml, body_html or body_text (ninjs 1)"
)

_Schema = TypeVar("_Schema", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a call asks for besides the tags: evidence, the sections below their threshold, spans in units of UTF-16."""

    explain: bool = False
    all: bool = False
    utf16: bool = False


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
        raise InvalidInputError([FieldProblem("", "must be a JSON object with the fields of a ninjs item")])
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


def read_batch() -> BatchRequest:
    """Return the articles of the request.

    Raises
    ------
    MediaTypeError, MalformedInputError, InvalidInputError
    TooLargeError
        If they are more than the setting max_batch.
    """
    sent = read_object(this_request())
    limit = this_app().config[MAX_BATCH]
    items = sent.get("articles") if isinstance(sent, dict) else None
    if isinstance(items, list) and len(items) > limit:
        raise TooLargeError(
            f"articles: {len(items):,} items, but at most {limit:,} are allowed in one batch. Fix: send several batches"
        )
    return BatchRequest.read(sent)


def read_json(schema: type[_Schema]) -> _Schema:
    """Return the JSON body of the request, read as a schema.

    Raises
    ------
    MediaTypeError, MalformedInputError, InvalidInputError
    """
    sent = read_object(this_request())
    try:
        return schema.model_validate(sent)
    except ValidationError as error:
        raise schema_error(error) from None


def read_wishes(*others: str) -> Wishes:
    """Return the wishes in the query. Parameters named in ``others`` are read elsewhere.

    Raises
    ------
    InvalidInputError
        If the query has another parameter, one twice, a flag that is not true or false, or an unknown unit.
    """
    call = this_request()
    if not call.query_string:
        return NO_WISHES
    wishes: dict[str, bool] = {}
    for name, values in call.args.lists():
        if name in others:
            continue
        if name not in (*_FLAGS, UNITS):
            known = " and ".join(f"“{known}”" for known in (*_FLAGS, UNITS, *others))
            raise InvalidInputError([FieldProblem("query", f"unknown parameter. Fix: use only {known}")])
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
