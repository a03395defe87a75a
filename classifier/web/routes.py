"""The routes: read a request, ask the tagger, write its answer."""

import json
from typing import Any, TypeVar

from flask import Response, current_app, request
from flask_openapi3 import APIBlueprint
from pydantic import BaseModel, ValidationError

from classifier.errors import (
    FieldProblem,
    InvalidInputError,
    MalformedInputError,
    MediaTypeError,
    TooLargeError,
)
from classifier.model.request import BatchRequest, TagRequest
from classifier.model.tagger import Tagger
from classifier.schema import schema_error
from classifier.web.access import everybody
from classifier.web.live import LiveModel
from classifier.web.telemetry import answered

LIVE_MODEL = "copydesk_live_model"
MAX_BATCH = "COPYDESK_MAX_BATCH"
_FLAGS = {"explain", "all"}
_TEXT_TYPES = ("text/plain", "text/html")

_Schema = TypeVar("_Schema", bound=BaseModel)

routes = APIBlueprint("copydesk", __name__)


def _live() -> LiveModel:
    live: LiveModel = current_app.extensions[LIVE_MODEL]
    return live


@routes.post("/v1/tags")
def tag() -> Response:
    """Tag one article: a JSON object, or its text alone as text/plain or text/html."""
    flags = _flags()
    article = _article()
    return _json(_answer(_live().tagger(), article, flags))


@routes.post("/v1/tags/batch")
def tag_batch() -> Response:
    """Tag several articles; the results are in the order of the articles."""
    flags = _flags()
    batch = _batch()
    tagger = _live().tagger()
    return _json({"results": [_tag_item(tagger, number, item, flags) for number, item in enumerate(batch.articles)]})


@routes.get("/v1/sections")
def sections() -> Response:
    """List the vocabulary with thresholds, support and out-of-fold quality of each section."""
    tagger = _live().tagger()
    return _json({"model": tagger.version, "language": tagger.manifest.language, "sections": tagger.vocabulary_json()})


@routes.get("/healthz")
@everybody
def healthz() -> Response:
    """Say that the process answers; a model is not needed for that."""
    return _json({"status": "alive"})


@routes.get("/readyz")
@everybody
def readyz() -> Response:
    """Say that a model is loaded and has scored a probe, or 503 with the reason."""
    return _json({"status": "ready", "model": _live().tagger().version})


def _tag_item(tagger: Tagger, number: int, item: TagRequest, flags: dict[str, bool]) -> dict[str, Any]:
    try:
        return _answer(tagger, item, flags)
    except InvalidInputError as error:
        raise error.inside(f"articles.{number}") from None


def _answer(tagger: Tagger, item: TagRequest, flags: dict[str, bool]) -> dict[str, Any]:
    choice = item.choice(**flags)
    answer = tagger.tag(item, choice)
    answered(item, choice, answer)
    return answer.to_json()


def _article() -> TagRequest:
    if request.mimetype not in _TEXT_TYPES:
        return _read(TagRequest, _json_body())
    try:
        return TagRequest.read({"body": _body().decode("utf-8")})
    except UnicodeDecodeError as error:
        raise MalformedInputError(f"not UTF-8 at byte {error.start}; send the text as UTF-8") from None


def _batch() -> BatchRequest:
    batch = _read(BatchRequest, _json_body())
    limit = current_app.config[MAX_BATCH]
    if len(batch.articles) > limit:
        raise TooLargeError(f"articles: {len(batch.articles):,} items; at most {limit:,} are allowed in one batch")
    return batch


def _json_body() -> bytes:
    kind = request.mimetype
    if kind != "application/json" and not kind.endswith("+json"):
        given = "no Content-Type" if not kind else "another Content-Type"
        raise MediaTypeError(f"the request has {given}; send an article as application/json, or its text as text/plain")
    return _body()


def _body() -> bytes:
    data = request.get_data(cache=False)
    if not data.strip():
        raise MalformedInputError("the request has no body; send an article as a JSON object with a body or a headline")
    return data


def _read(schema: type[_Schema], data: bytes) -> _Schema:
    try:
        return schema.model_validate_json(data)
    except ValidationError as error:
        raise schema_error(error) from None


def _flags() -> dict[str, bool]:
    flags: dict[str, bool] = dict.fromkeys(_FLAGS, False)
    for name, value in request.args.items():
        if name not in _FLAGS:
            raise InvalidInputError([FieldProblem("query", "unknown parameter; there are “explain” and “all”")])
        if value not in ("true", "false"):
            raise InvalidInputError([FieldProblem(name, "must be true or false")])
        flags[name] = value == "true"
    return flags


def _json(value: dict[str, Any]) -> Response:
    return Response(json.dumps(value, ensure_ascii=False, allow_nan=False), content_type="application/json")
