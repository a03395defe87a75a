"""The routes: read a request, ask the tagger, write its answer."""

from typing import Any

from flask import Blueprint, Response
from pydantic_core import to_json

from classifier.answer import Answer
from classifier.errors import FieldProblem, InvalidInputError
from classifier.request import BatchRequest, TagRequest
from classifier.service.answers import NINJS, AliveAnswer, ArticleAnswer, BatchAnswer, ReadyAnswer, SectionsAnswer
from classifier.service.contract import (
    KEY_NEEDED,
    OPEN,
    WITH_BODY,
    WITHOUT_BODY,
    json_body,
    kind_of_json,
    operation,
    problems,
    text_body,
    wishes,
)
from classifier.service.guard.access import everybody, require
from classifier.service.http.ninjs import NinjsAnswer, NinjsRequest, ninjs
from classifier.service.http.reading import (
    FORMAT,
    Wishes,
    read_article,
    read_batch,
    read_item,
    read_page,
    read_wishes,
    wants_ninjs,
)
from classifier.service.http.units import in_utf16
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
    {200: ArticleAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=wishes("explain", "all", "units") | json_body(TagRequest),
)
@require("tag")
def tag() -> Response:
    """Tag an article.

    Send an article as a JSON object. Give it a `headline`, a `body` or both; without either the answer is 422.
    """
    asked = read_wishes(FORMAT)
    if not wants_ninjs():
        return _json(answer_json(live_tagger(), read_article(), asked))
    if asked.explain:
        raise InvalidInputError(
            [
                FieldProblem(
                    "explain",
                    "the format ninjs has no place for evidence. Fix: leave out explain, or ask for the format json",
                )
            ]
        )
    tagger, article = live_tagger(), read_article()
    return _json(ninjs(article, tag_article(tagger, article, asked), tagger), NINJS)


@routes.post("/v1/tags/text")
@operation(
    "tag_text",
    "tagging",
    {200: ArticleAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=wishes("explain", "all", "units") | text_body(),
)
@require("tag")
def tag_text() -> Response:
    """Tag a text.

    Send the text of an article, or the HTML of its page as text/html. The Content-Type may name a charset; without one
    the text is UTF-8.
    """
    asked = read_wishes()
    return _json(answer_json(live_tagger(), read_page(), asked))


@routes.post("/v1/tags/ninjs")
@operation(
    "tag_ninjs",
    "tagging",
    {200: kind_of_json(NINJS, NinjsAnswer)},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=wishes("all") | json_body(NinjsRequest),
)
@require("tag")
def tag_ninjs() -> Response:
    """Tag a ninjs item.

    Send an item of ninjs 1, 2 or 3. The answer is an item of ninjs 3.1 with the same uri, and with the tags as its
    subjects. Fields that the service does not use may be sent, and are not in the answer.
    """
    asked = read_wishes()
    if asked.explain:
        raise InvalidInputError(
            [
                FieldProblem(
                    "explain",
                    "ninjs has no place for evidence. Fix: leave out explain, or send the article to POST /v1/tags",
                )
            ]
        )
    tagger, (article, uri) = live_tagger(), read_item()
    return _json(ninjs(article, tag_article(tagger, article, asked), tagger, uri), NINJS)


@routes.post("/v1/tags/batch")
@operation(
    "tag_batch",
    "tagging",
    {200: BatchAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=wishes("explain", "all", "units") | json_body(BatchRequest),
)
@require("tag")
def tag_batch() -> Response:
    """Tag several articles.

    The results come in the order of the articles. If one article is wrong, none is tagged, and the error names it.
    """
    asked = read_wishes()
    batch = read_batch()
    tagger = live_tagger()
    return _json({"results": [_tag_item(tagger, number, item, asked) for number, item in enumerate(batch.articles)]})


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
    """List the sections.

    Each section of the live model's vocabulary comes with its thresholds, its support and its out-of-fold quality.
    """
    tagger = live_tagger()
    return _json(
        {
            "model": tagger.version,
            "language": tagger.manifest.language,
            "languages": tagger.languages,
            "sections": tagger.vocabulary_json(),
        }
    )


@routes.get("/healthz")
@operation(
    "alive",
    "health",
    {200: AliveAnswer},
    problems(*OPEN),
)
@everybody
def healthz() -> Response:
    """Ask whether the process is alive.

    It may be alive without a model. Use this for a liveness probe.
    """
    return _json({"status": "alive"})


@routes.get("/readyz")
@operation(
    "ready",
    "health",
    {200: ReadyAnswer},
    problems(*OPEN, 503),
)
@everybody
def readyz() -> Response:
    """Ask whether the service can tag.

    It can if a model is loaded and has scored a test text. Otherwise the answer is 503 with the reason.
    """
    return _json({"status": "ready", "model": live_tagger().version})


def _tag_item(tagger: Tagger, number: int, item: TagRequest, asked: Wishes) -> dict[str, Any]:
    try:
        return answer_json(tagger, item, asked)
    except InvalidInputError as error:
        raise error.inside(f"articles.{number}") from None


def answer_json(tagger: Tagger, item: TagRequest, asked: Wishes) -> dict[str, Any]:
    """Tag an article, count it, and return the answer as JSON values."""
    answer = tag_article(tagger, item, asked)
    return (in_utf16(answer) if asked.utf16 else answer).to_json()


def tag_article(tagger: Tagger, item: TagRequest, asked: Wishes) -> Answer:
    """Tag an article, and count it."""
    choice = item.choice(explain=asked.explain, all=asked.all)
    answer = tagger.tag(item, choice)
    answered(item, choice, answer)
    return answer


def _json(value: dict[str, Any], kind: str = "application/json") -> Response:
    return Response(to_json(value), content_type=kind)
