"""The routes: read a request, ask the tagger, write its answer."""

from typing import Any

from flask import Blueprint, Response
from pydantic_core import to_json

from classifier.answer import Answer
from classifier.errors import FieldProblem, InvalidInputError, TooLargeError
from classifier.request import CHOICE_FIELDS, NO_CHOICE, BatchRequest, TagRequest
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
from classifier.service.http.query.sections import PARAMETERS, SectionQuery
from classifier.service.http.reading import (
    FORMAT,
    NO_WISHES,
    Wishes,
    read_article,
    read_item,
    read_page,
    read_set,
    read_wishes,
    wants_ninjs,
)
from classifier.service.http.schemas import read_batch
from classifier.service.http.units import in_utf16
from classifier.service.lean import BytesResponse
from classifier.service.present import this_app
from classifier.service.process.sets import LIVE_SETS, LiveSets
from classifier.service.watch.telemetry import answered
from classifier.tagger import Tagger

routes = Blueprint("copydesk", __name__)
#: The most tags in the answer of a batch, and the most that have an explanation: some 50 MB of JSON.
MOST_TAGS, MOST_EXPLAINED = 500_000, 50_000


def live_sets() -> LiveSets:
    """Return the sets of models that the present app serves.

    Raises
    ------
    ModelError
        If none of them has a model.
    """
    sets: LiveSets = this_app().extensions[LIVE_SETS]
    only = sets.only
    if not (only and only.current):
        sets.check()
    return sets


@routes.post("/v1/tags")
@operation(
    "tag",
    "tagging",
    {200: ArticleAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=wishes("explain", "all", "units", "set") | json_body(TagRequest),
)
@require("tag")
def tag() -> Response:
    """Tag an article.

    Send an article as a JSON object. Give it a `headline`, a `body` or both; without either the answer is 422.
    """
    asked = read_wishes(FORMAT)
    if not wants_ninjs():
        return _json(answer_json(live_sets(), read_article(), asked))
    if asked.explain:
        raise InvalidInputError(
            [
                FieldProblem(
                    "explain",
                    "the format ninjs has no place for evidence. Fix: leave out explain, or ask for the format json",
                )
            ]
        )
    sets, article = live_sets(), read_article()
    answer, tagger = tag_article(sets, article, asked)
    return _json(ninjs(article, answer, tagger), NINJS)


@routes.post("/v1/tags/text")
@operation(
    "tag_text",
    "tagging",
    {200: ArticleAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=wishes("explain", "all", "units", "set") | text_body(),
)
@require("tag")
def tag_text() -> Response:
    """Tag a text.

    Send the text of an article, or the HTML of its page as text/html. The Content-Type may name a charset; without one
    the text is UTF-8.
    """
    asked = read_wishes()
    return _json(answer_json(live_sets(), read_page(), asked))


@routes.post("/v1/tags/ninjs")
@operation(
    "tag_ninjs",
    "tagging",
    {200: kind_of_json(NINJS, NinjsAnswer)},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=wishes("all", "set") | json_body(NinjsRequest),
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
    sets, (article, uri) = live_sets(), read_item()
    answer, tagger = tag_article(sets, article, asked)
    return _json(ninjs(article, answer, tagger, uri), NINJS)


@routes.post("/v1/tags/batch")
@operation(
    "tag_batch",
    "tagging",
    {200: BatchAnswer},
    problems(*WITH_BODY),
    KEY_NEEDED,
    request=wishes("explain", "all", "units", "set") | json_body(BatchRequest),
)
@require("tag")
def tag_batch() -> Response:
    """Tag several articles.

    The results come in the order of the articles. If one article is wrong, none is tagged, and the error names it. The
    answer holds up to 500,000 tags, or 50,000 with explanations.
    """
    asked = read_wishes()
    batch = read_batch()
    sets = live_sets()
    results, n_tags, most = [], 0, MOST_EXPLAINED if asked.explain else MOST_TAGS
    for number, item in enumerate(batch.articles):
        results.append(_tag_item(sets, number, item, asked))
        n_tags += len(results[-1]["tags"])
        if n_tags > most:
            raise TooLargeError(_too_many_tags(number + 1, len(batch.articles), n_tags, most, asked))
    return _json({"results": results})


def _too_many_tags(n: int, n_sent: int, n_tags: int, most: int, asked: Wishes) -> str:
    """Return why the answer of a batch is too long: its articles are few, but each of them has very many tags."""
    kind = "tags with explanations" if asked.explain else "tags"
    without = " or leave out “all”," if asked.all else " or leave out “explain”,"
    return (
        f"the answer would hold more than {most:,} {kind}: {n_tags:,} for the first {n:,} of {n_sent:,} articles. "
        f"Fix: send fewer articles in a batch,{without} or name the sections in “only”"
    )


@routes.get("/v1/sections")
@operation(
    "sections",
    "tagging",
    {200: SectionsAnswer},
    problems(*WITHOUT_BODY, 422),
    KEY_NEEDED,
    request={"parameters": [*wishes("set")["parameters"], *PARAMETERS]},
)
@require("tag")
def sections() -> Response:
    """List the sections.

    Each section of the live model's vocabulary comes with its thresholds, its support and its out-of-fold quality. A
    page has up to 1,000 sections. If there are more, `next` is the cursor of the next page.
    """
    query = SectionQuery.read()
    tagger, name = live_sets().named(read_set())
    answer = {
        "model": tagger.version,
        "language": tagger.manifest.language,
        "languages": tagger.languages,
        **query.page_of(tagger),
    }
    return _json(answer if name is None else {"set": name, **answer})


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

    It can if a model is loaded and has scored a test text. Otherwise the answer is 503 with the reason. With several
    sets of models, it can if any of them has a model; `sets` shows which.
    """
    sets = live_sets()
    if only := sets.only:
        return _json({"status": "ready", "model": only.tagger().version})
    states = [{"set": name, "model": live.state.model} for name, live in sets.by_name.items()]
    versions = [state["model"] for state in states if state["model"]]
    status = "ready" if len(versions) == len(states) else "partly_ready"
    return _json({"status": status, "model": versions[0], "sets": states})


def _tag_item(sets: LiveSets, number: int, item: TagRequest, asked: Wishes) -> dict[str, Any]:
    try:
        return answer_json(sets, item, asked)
    except InvalidInputError as error:
        raise error.inside(f"articles.{number}") from None


def answer_json(sets: LiveSets, item: TagRequest, asked: Wishes) -> dict[str, Any]:
    """Tag an article with its set of models, count it, and return the answer as JSON values."""
    answer, _ = tag_article(sets, item, asked)
    return (in_utf16(answer) if asked.utf16 else answer).to_json()


def tag_article(sets: LiveSets, item: TagRequest, asked: Wishes) -> tuple[Answer, Tagger]:
    """Tag an article with its set of models, and count it; return the tagger too."""
    wanted, name = asked.set if item.set is None else item.set, None
    only = sets.only  # it may be None in the next moment, when a set is added
    tagger = only.current if only and wanted is None else None  # the usual case: nothing to choose
    if tagger is None:
        tagger, name = sets.choose(item, wanted)
    choice = NO_CHOICE
    if asked is not NO_WISHES or not CHOICE_FIELDS.isdisjoint(item.model_fields_set):
        choice = item.choice(explain=asked.explain, all=asked.all)
    answer = tagger.tag(item, choice)
    if name is not None:
        answer = answer._replace(set=name)
    answered(item, choice, answer, tagger)
    return answer, tagger


def _json(value: dict[str, Any], kind: str = "application/json") -> Response:
    return BytesResponse(to_json(value, inf_nan_mode="null"), content_type=kind)
