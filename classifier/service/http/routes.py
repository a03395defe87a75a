"""The routes: read a request, ask the tagger, write its answer."""

from typing import Any

from flask import Blueprint, Response
from pydantic_core import to_json

from classifier.answer import Answer
from classifier.errors import FieldProblem, InvalidInputError
from classifier.request import BatchRequest, TagRequest
from classifier.service.answers import NINJS, AliveAnswer, BatchAnswer, ReadyAnswer, SectionsAnswer
from classifier.service.contract import (
    KEY_NEEDED,
    WITH_BODY,
    WITHOUT_BODY,
    flags,
    json_body,
    operation,
    problems,
    tagged_answer,
)
from classifier.service.guard.access import everybody, require
from classifier.service.http.ninjs import ninjs
from classifier.service.http.reading import FORMAT, TEXT_TYPES, read_article, read_batch, read_flags, wants_ninjs
from classifier.service.present import this_app
from classifier.service.process.live import LiveModel
from classifier.service.watch.telemetry import answered
from classifier.tagger import Tagger

LIVE_MODEL = "copydesk_live_model"

routes = Blueprint("copydesk", __name__)


def live_tagger() -> Tagger:
    """Return the tagger of the model that the present app serves.

    Raises
    ------
    ModelError
        If there is none.
    """
    live: LiveModel = this_app().extensions[LIVE_MODEL]
    return live.current or live.tagger()


@routes.post("/v1/tags")
@operation(
    "tag",
    "tagging",
    {200: tagged_answer()},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=flags(ninjs=True) | json_body(TagRequest, text=TEXT_TYPES),
)
@require("tag")
def tag() -> Response:
    """Tag one article, sent as a JSON object or as plain text or HTML. The answer is JSON or ninjs."""
    flags = read_flags(FORMAT)
    if not wants_ninjs():
        return _json(answer_article(live_tagger(), read_article(), flags).to_json())
    if flags["explain"]:
        raise InvalidInputError(
            [
                FieldProblem(
                    "explain",
                    "the format ninjs has no place for evidence. Fix: leave out explain, or ask for the format json",
                )
            ]
        )
    tagger, article = live_tagger(), read_article()
    return _json(ninjs(article, answer_article(tagger, article, flags), tagger), NINJS)


@routes.post("/v1/tags/batch")
@operation(
    "tag_batch",
    "tagging",
    {200: BatchAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=flags() | json_body(BatchRequest),
)
@require("tag")
def tag_batch() -> Response:
    """Tag several articles. The results come in the order of the articles."""
    flags = read_flags()
    batch = read_batch()
    tagger = live_tagger()
    return _json({"results": [_tag_item(tagger, number, item, flags) for number, item in enumerate(batch.articles)]})


@routes.get("/v1/sections")
@operation(
    "sections",
    "tagging",
    {200: SectionsAnswer},
    problems(*WITHOUT_BODY),
    KEY_NEEDED,
)
@require("tag")
def sections() -> Response:
    """List the vocabulary: each section with its thresholds, support and out-of-fold quality."""
    tagger = live_tagger()
    return _json({"model": tagger.version, "language": tagger.manifest.language, "sections": tagger.vocabulary_json()})


@routes.get("/healthz")
@operation(
    "alive",
    "health",
    {200: AliveAnswer},
    problems(500),
)
@everybody
def healthz() -> Response:
    """Report that the process is alive, with or without a model."""
    return _json({"status": "alive"})


@routes.get("/readyz")
@operation(
    "ready",
    "health",
    {200: ReadyAnswer},
    problems(500, 503),
)
@everybody
def readyz() -> Response:
    """Report that a model is loaded and has scored a test text; otherwise 503 with the reason."""
    return _json({"status": "ready", "model": live_tagger().version})


def _tag_item(tagger: Tagger, number: int, item: TagRequest, flags: dict[str, bool]) -> dict[str, Any]:
    try:
        return answer_article(tagger, item, flags).to_json()
    except InvalidInputError as error:
        raise error.inside(f"articles.{number}") from None


def answer_article(tagger: Tagger, item: TagRequest, flags: dict[str, bool]) -> Answer:
    """Tag an article, and count it."""
    choice = item.choice(**flags)
    answer = tagger.tag(item, choice)
    answered(item, choice, answer)
    return answer


def _json(value: dict[str, Any], kind: str = "application/json") -> Response:
    return Response(to_json(value), content_type=kind)
