"""The documentation of an operation, written next to its route."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel

from classifier.service.problems import PROBLEM_TYPE

REF = "#/components/schemas/"
#: The app's extension that lists (rule, view) of documented POST routes that this service does not have.
ONLY_DOCUMENTED = "copydesk_only_documented"

#: The signature schemes of webhooks: the header of each, and its content.
SIGNATURES = {
    "standard_webhooks": (
        "webhook-signature",
        "Standard Webhooks, with `webhook-id` and `webhook-timestamp`. Svix's names (`svix-signature` ...) are read "
        "as well.",
    ),
    "hub": (
        "X-Hub-Signature-256",
        "`sha256=` and the HMAC of the body in hexadecimal. It has no timestamp. The file of sources may name another "
        "header, digest, encoding and prefix, or a header with a fixed token instead of a signature.",
    ),
    "ghost": ("X-Ghost-Signature", "`sha256=HEX, t=MILLISECONDS`, the HMAC of the body and the time."),
}
#: A delivery carries one signature, in the scheme of its source.
SIGNED: list[dict[str, list[Any]]] = [{name: []} for name in SIGNATURES]
KEY_NEEDED: list[dict[str, list[Any]]] = [{"key": []}]

_PROBLEMS = {
    400: "The body cannot be read: not JSON, not in its charset, incomplete, empty, or with a field given twice; or "
    "the request is not valid HTTP/1.1",
    401: "The API key is missing, unknown or revoked; for a webhook: the signature is missing or invalid",
    403: "The API key does not have the scope that this call needs; or the service has no keys, and a page of another "
    "site made the call",
    404: "Not found",
    408: "The headers or the body did not arrive in time",
    409: "The model cannot be loaded; the previous model stays live",
    413: "The body, unpacked, or the batch exceeds the limit",
    415: "The service does not read this Content-Type, charset or Content-Encoding here",
    421: "The service has no keys, and does not answer to this host name",
    422: "A field is missing, unknown, too long, of the wrong type, or names an unknown section",
    429: "Too many calls; retry after the number of seconds in `Retry-After`",
    431: "The headers exceed the limit",
    500: "An unexpected error; the service's log has the details",
    503: "No model is loaded, the keys or the webhook sources cannot be read, the feedback database does not answer, "
    "or too many large requests are arriving at once",
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {
        "WWW-Authenticate": {
            "description": "How to sign or authorize the call.",
            "schema": {"type": "string"},
            "example": 'Bearer realm="copydesk"',
        }
    },
    415: {
        "Accept-Encoding": {
            "description": "Set if the Content-Encoding was the reason.",
            "schema": {"type": "string"},
            "example": "gzip, zstd",
        }
    },
    429: {
        "Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}, "example": 17},
    },
    503: {
        "Retry-After": {
            "description": "Seconds; set if waiting helps: the feedback database does not answer, or too many large "
            "requests are arriving.",
            "schema": {"type": "integer", "minimum": 1},
            "example": 1,
        }
    },
}
#: The error statuses of every call with a body, of every call without one, and of the calls that everybody may make.
WITH_BODY = (400, 401, 403, 408, 413, 415, 421, 422, 429, 431, 500, 503)
WITHOUT_BODY = (400, 401, 408, 421, 429, 431, 500, 503)
OPEN = (400, 408, 431, 500)


def problems(*statuses: int) -> dict[str, Any]:
    """Return the documentation of these errors, for ``responses``."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": REF + "Problem"}}}
    return {
        str(s): {"description": _PROBLEMS[s], "content": content} | ({"headers": _HEADERS[s]} if s in _HEADERS else {})
        for s in sorted(statuses)
    }


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """Return the documentation of a body: JSON of a model of requests."""
    content = {"application/json": {"schema": {"$ref": REF + model.__name__}}}
    return {"requestBody": {"required": True, "content": content}}


def text_body() -> dict[str, Any]:
    """Return the documentation of a body that is a text."""
    content = {"text/plain": {"schema": {"type": "string", "description": _TEXT}, "example": _EXAMPLE_TEXT}}
    return {"requestBody": {"required": True, "content": content}}


def kind_of_json(kind: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return the documentation of an answer in a media type of its own."""
    return {"description": "OK", "content": {kind: {"schema": {"$ref": REF + model.__name__}}}}


def webhook_request() -> dict[str, Any]:
    """Return the documentation of a webhook: the name of its source, the wishes, and a body of any shape."""
    name = {
        "name": "name",
        "in": "path",
        "required": True,
        "description": "The name of the source, as in the file of webhook sources.",
        "schema": {"type": "string"},
        "example": "ghost",
    }
    schema = {
        "type": "object",
        "additionalProperties": True,
        "description": "The payload of the source. The file of webhook sources names the place of the article in it.",
    }
    example = {"post": {"current": {"id": "6f", "title": "Border clash", "html": f"<p>{_EXAMPLE_TEXT}</p>"}}}
    body = {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}
    return {"parameters": [name, *wishes("explain", "all", "units", "set")["parameters"]], "requestBody": body}


def wishes(*names: str) -> dict[str, Any]:
    """Return the documentation of the parameters that a call may have in its query."""
    return {"parameters": [{"name": name, "in": "query", **_WISHES[name]} for name in names]}


#: Schemas that are no models: generators make one class of each.
SCHEMAS: dict[str, dict[str, Any]] = {
    "Units": {
        "type": "string",
        "enum": ["codepoints", "utf16"],
        "description": "Units of places in a text: `codepoints` (Python), or `utf16` (JavaScript, Java, C#), where an "
        "emoji is two units.",
        "examples": ["utf16"],
    }
}
_FLAG = {"type": "boolean", "default": False}
_WISHES: dict[str, dict[str, Any]] = {
    "explain": {
        "description": "Add the terms for and against each tag, and the cleaned text in which they were found.",
        "schema": _FLAG,
        "example": True,
    },
    "all": {
        "description": "Add the sections below their threshold, marked `below`.",
        "schema": _FLAG,
        "example": False,
    },
    "units": {
        "description": "The units in which `spans` count. Without it they are code points.",
        "schema": {"$ref": REF + "Units"},
        "example": "utf16",
    },
    "set": {
        "description": "The set of models, if the service has several. Without it the language of an article chooses.",
        "schema": {"type": "string", "maxLength": 40},
        "example": "default",
    },
}
_TEXT = "The text of an article, plain or HTML. It must hold more than white space. HTML is sent as text/html."
_EXAMPLE_TEXT = "Indian and Chinese soldiers fought on a ridge above the disputed border in Ladakh."


@dataclass(frozen=True)
class Operation:
    """An operation as the contract documents it; ``models`` are the answers whose schemas it refers to."""

    tag: str
    fields: Mapping[str, Any]
    models: tuple[type[BaseModel], ...]


_View = TypeVar("_View", bound=Callable[..., Any])
_OPERATION = "copydesk_operation"


def operation(
    operation_id: str,
    tag: str,
    answers: Mapping[int, type[BaseModel] | dict[str, Any]],
    failures: Mapping[str, Any],
    security: list[dict[str, list[Any]]] | None = None,
    request: Mapping[str, Any] | None = None,
) -> Callable[[_View], _View]:
    """Document a view: the first line of its docstring is the summary, the rest the description.

    Parameters
    ----------
    operation_id, tag : str
    answers : mapping of int to model or dict
        Each successful status with the model of its JSON, or with its documentation as it stands.
    failures : mapping of str to dict
        As `problems` returns it.
    security : list, optional
        The security requirement, if a key or a signature is needed.
    request : mapping, optional
        ``parameters`` and ``requestBody``, if there are any, and further fields such as ``description``.
    """

    def document(view: _View) -> _View:
        responses = {str(status): _answer(status, model) for status, model in answers.items()} | dict(failures)
        summary, _, rest = inspect.cleandoc(view.__doc__ or "").partition("\n")
        fields: dict[str, Any] = {"tags": [tag], "summary": summary.rstrip("."), "operationId": operation_id}
        fields |= {"description": " ".join(rest.split())} | dict(request or {})
        fields["responses"] = responses
        if security:
            fields["security"] = security
        models = tuple(model for model in answers.values() if isinstance(model, type))
        setattr(view, _OPERATION, Operation(tag, fields, models))
        return view

    return document


def operation_of(view: Callable[..., Any]) -> Operation | None:
    """Return what documents a view, or None if it is not part of the contract."""
    return getattr(view, _OPERATION, None)


def _answer(status: int, model: type[BaseModel] | dict[str, Any]) -> dict[str, Any]:
    if isinstance(model, dict):
        return model
    content = {"application/json": {"schema": {"$ref": REF + model.__name__}}}
    return {"description": HTTPStatus(status).phrase, "content": content}
