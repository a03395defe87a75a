"""The documentation of an operation, written next to its route."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from pydantic import BaseModel

from classifier.service.answers import NINJS, ArticleAnswer, NinjsAnswer
from classifier.service.problems import PROBLEM_TYPE

REF = "#/components/schemas/"
#: The app's extension that lists (rule, view) of documented POST routes that this service does not have.
ONLY_DOCUMENTED = "copydesk_only_documented"

#: The signature schemes of webhooks: the header of each, and its content.
SIGNATURES = {
    "standard_webhooks": ("webhook-signature", "Standard Webhooks, with `webhook-id` and `webhook-timestamp`."),
    "hub": ("X-Hub-Signature-256", "`sha256=` and the HMAC of the body in hexadecimal. It has no timestamp."),
    "ghost": ("X-Ghost-Signature", "`sha256=HEX, t=MILLISECONDS`, the HMAC of the body and the time."),
}
#: A delivery carries one signature, in the scheme of its source.
SIGNED: list[dict[str, list[Any]]] = [{name: []} for name in SIGNATURES]
KEY_NEEDED: list[dict[str, list[Any]]] = [{"key": []}]

_PROBLEMS = {
    400: "The body cannot be read: not JSON, not UTF-8, empty, or a field given twice",
    401: "The API key is missing, unknown or revoked; for a webhook: the signature is missing or invalid",
    403: "The API key does not have the scope that this call needs; or, without keys, the page of another site calls",
    404: "Not found",
    408: "The request body did not arrive in time",
    409: "The model cannot be loaded; the previous model stays live",
    413: "The body or the batch exceeds the limit",
    415: "The service does not read this media type",
    421: "The service has no keys, and does not answer to this host name",
    422: "A field is missing, unknown, too long, of the wrong type, or names an unknown section",
    429: "Too many calls; retry after the number of seconds in `Retry-After`",
    500: "An unexpected error; the service's log has the details",
    503: "No model is loaded, the keys or the webhook sources cannot be read, or the feedback database does not answer",
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}},
    503: {
        "Retry-After": {
            "description": "Seconds; set if the feedback database does not answer.",
            "schema": {"type": "integer", "minimum": 1},
        }
    },
}
#: The error statuses of every call with a body, and of every call without one.
WITH_BODY = (400, 401, 403, 408, 413, 415, 421, 422, 429, 500, 503)
WITHOUT_BODY = (401, 421, 429, 500, 503)


def problems(*statuses: int) -> dict[str, Any]:
    """Return the documentation of these errors, for ``responses``."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": REF + "Problem"}}}
    return {
        str(s): {"description": _PROBLEMS[s], "content": content} | ({"headers": _HEADERS[s]} if s in _HEADERS else {})
        for s in statuses
    }


def json_body(model: type[BaseModel], text: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the documentation of a body: JSON of a model of requests, or plain text of these kinds."""
    plain = {"schema": {"type": "string", "pattern": r"\S", "description": "The text of the article, in UTF-8."}}
    content = {"application/json": {"schema": {"$ref": REF + model.__name__}}}
    return {"requestBody": {"required": True, "content": content | dict.fromkeys(text, plain)}}


def tagged_answer() -> dict[str, Any]:
    """Return the documentation of the answer of POST /v1/tags: our own JSON, or ninjs."""
    kinds: dict[str, type[BaseModel]] = {"application/json": ArticleAnswer, NINJS: NinjsAnswer}
    content = {kind: {"schema": {"$ref": REF + model.__name__}} for kind, model in kinds.items()}
    return {"description": "OK", "content": content}


def webhook_request() -> dict[str, Any]:
    """Return the documentation of a webhook: the name of its source, the flags, and a body of any shape."""
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}
    name["description"] = "The name of the source, as in the file of webhook sources."
    schema = {
        "description": "The payload of the source. The file of webhook sources names the place of the article in it."
    }
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"parameters": [name, *flags()["parameters"]], "requestBody": body}


def flags(*, ninjs: bool = False) -> dict[str, Any]:
    """Return the documentation of the flags of a call, and of ``format`` where the answer may be ninjs."""
    meanings = {
        "explain": "Add the terms for and against each tag, and the cleaned text in which they were found.",
        "all": "Add the sections below their threshold, marked `below`.",
    }
    schema = {"type": "boolean", "default": False}
    listed = [{"name": n, "in": "query", "description": text, "schema": schema} for n, text in meanings.items()]
    if ninjs:
        meaning = f"`ninjs` (as `Accept: {NINJS}`) returns an item of ninjs 3.1. It cannot be combined with `explain`."
        formats = {"type": "string", "enum": ["json", "ninjs"], "default": "json"}
        listed.append({"name": "format", "in": "query", "description": meaning, "schema": formats})
    return {"parameters": listed}


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
    """Document a view: the first line of its docstring is the summary.

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
        summary = (view.__doc__ or "").partition("\n")[0]
        fields = {"tags": [tag], "summary": summary, "operationId": operation_id, **(request or {})}
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
