"""The routes of kept suggestions: a list, the suggestions for an article, and how many are open."""

from typing import Any

from flask import Blueprint, Flask, Response
from pydantic_core import to_json

from classifier.errors import NoSuggestionError
from classifier.service.contract import KEY_NEEDED, WITHOUT_BODY, operation, problems
from classifier.service.guard.access import never_anonymous, require
from classifier.service.http.feedback import FeedbackDatabase
from classifier.service.http.query.parameters import check_names
from classifier.service.http.suggestions.answers import SuggestionHistory, SuggestionList, SuggestionNumbers
from classifier.service.http.suggestions.query import PARAMETERS, SuggestionQuery
from classifier.service.present import this_app
from classifier.settings import Settings

_DATABASE = "copydesk_kept_suggestions"
_MOST_EARLIER = 50
_OFF = "this service keeps no suggestions. Fix: set keep_suggestions = true and start it again"

suggestions = Blueprint("copydesk_suggestions", __name__)


def set_up_routes(app: Flask, settings: Settings, database: FeedbackDatabase) -> None:
    """Give the app the routes. Without the setting ``keep_suggestions`` they answer 404, and open no database."""
    app.extensions[_DATABASE] = database if settings.keep_suggestions else None
    app.register_blueprint(suggestions)


@suggestions.get("/v1/suggestions")
@operation(
    "list_suggestions",
    "suggestions",
    {200: SuggestionList},
    problems(*WITHOUT_BODY, 404, 422),
    KEY_NEEDED,
    request={"parameters": PARAMETERS},
)
@require("tag")
@never_anonymous
def list_suggestions() -> Response:
    """List kept suggestions.

    They come in pages. If one is decided or arrives between two calls, no other is skipped or repeated.
    """
    database = _database()
    query = SuggestionQuery.read()
    page = database.suggestions().page(query.wanted(), order=query.order, cursor=query.cursor, limit=query.limit)
    return _json({"suggestions": [found.to_json() for found in page.suggestions], "next": page.next})


@suggestions.get("/v1/suggestions/counts")
@operation(
    "count_suggestions",
    "suggestions",
    {200: SuggestionNumbers},
    problems(*WITHOUT_BODY, 404, 422),
    KEY_NEEDED,
)
@require("tag")
@never_anonymous
def count_suggestions() -> Response:
    """Count the open suggestions.

    The answer has the number in all, by section and by source.
    """
    check_names()
    counts = _database().suggestions().counts()
    return _json({"open": counts.open, "sections": counts.sections, "sources": counts.sources})


@suggestions.get("/v1/suggestions/<source>/<path:id>", merge_slashes=False)
@operation(
    "suggestions_for_article",
    "suggestions",
    {200: SuggestionHistory},
    problems(*WITHOUT_BODY, 404, 422),
    KEY_NEEDED,
    request={
        "parameters": [
            {
                "name": name,
                "in": "path",
                "required": True,
                "description": about,
                "schema": {"type": "string"},
                "example": example,
            }
            for name, about, example in (
                ("source", "The source of the article.", "cms"),
                ("id", "The article's id; it may contain slashes.", "17"),
            )
        ]
    },
)
@require("tag")
@never_anonymous
def suggestions_for_article(source: str, id: str) -> Response:  # noqa: A002 - the name in the contract
    """Get the suggestions for an article.

    The newest comes first: it is open or decided. Those for earlier revisions follow.
    """
    check_names()
    found = _database().suggestions().history(source, id, limit=_MOST_EARLIER + 1)
    if not found:
        raise NoSuggestionError(
            "no suggestion is kept for an article of this source and id. Fix: check both; suggestions are deleted "
            "after the days of the setting suggestion_days"
        )
    newest, *earlier = [each.to_json() for each in found]
    return _json({"suggestion": newest, "earlier": earlier})


def _database() -> FeedbackDatabase:
    database: FeedbackDatabase | None = this_app().extensions[_DATABASE]
    if database is None:
        raise NoSuggestionError(_OFF)
    return database


def _json(value: dict[str, Any]) -> Response:
    return Response(to_json(value, inf_nan_mode="null"), content_type="application/json")
