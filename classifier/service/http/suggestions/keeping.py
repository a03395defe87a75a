"""Which articles are kept, and how the answers to them wait until that is done.

Without the setting ``keep_suggestions`` nothing of this is loaded, and the views of the routes stay as they are.
"""

import logging
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from flask import Flask, Response

from classifier.answer import Answer
from classifier.errors import FeedbackError
from classifier.request import TagRequest
from classifier.service.http.feedback import FeedbackDatabase
from classifier.service.http.suggestions.drafts import Tagged
from classifier.service.http.suggestions.keeper import Keeper
from classifier.service.present import this_request
from classifier.service.process.gateway import LATER, Later
from classifier.service.watch.telemetry import TELEMETRY, Telemetry
from classifier.settings import Settings
from classifier.tagger import Tagger
from classifier.terms.vocabulary import ScoredText

_NOTED = "copydesk.tagged"
_ONE, _BATCH, _WEBHOOK = "copydesk.tag", "copydesk.tag_batch", "copydesk_webhooks.webhook"
_JSON = "application/json"

_log = logging.getLogger(__name__)

_View = Callable[..., Any]
_Noted = list[tuple[TagRequest, Answer, Tagger, tuple[bytes, ScoredText] | None]]


def keep_suggestions(app: Flask, settings: Settings, database: FeedbackDatabase) -> None:
    """Have the app keep a suggestion for each article that comes with source and id, or by webhook.

    Parameters
    ----------
    app : Flask
        With all its routes.
    settings : Settings
    database : FeedbackDatabase
    """
    telemetry: Telemetry = app.extensions[TELEMETRY]
    telemetry.on_article = _note
    keeper = Keeper(database.own_database, telemetry.metrics.count_kept, keep_text=settings.keep_texts)
    keeper.start()
    for endpoint in (_ONE, _BATCH, _WEBHOOK):
        if view := app.view_functions.get(endpoint):
            app.view_functions[endpoint] = _keeping(view, keeper, endpoint)


def _note(environ: dict[str, Any], article: TagRequest, answer: Answer, tagger: Tagger) -> None:
    """Remember an article that was tagged, until its request is about to be answered."""
    if article.id:
        scored = tagger.scored_last() if answer.tags else None  # this thread has just tagged it
        environ.setdefault(_NOTED, []).append((article, answer, tagger, scored))


def _keeping(view: _View, keeper: Keeper, endpoint: str) -> _View:
    """Return a view whose answers wait until the suggestions for their articles are kept."""

    @wraps(view)
    def answer(**values: str) -> Response:
        response: Response = view(**values)
        environ = this_request().environ
        noted: _Noted = environ.pop(_NOTED, [])
        source = values.get("name")  # of a webhook
        tagged = [
            Tagged(source or article.source, article, answer, tagger, scored)
            for article, answer, tagger, scored in noted
            if source or article.source
        ]
        if not tagged:
            return _without_id(response, source) if endpoint == _WEBHOOK else response
        for one in tagged:
            one.check()
        n, body = len(tagged), response.get_data()

        def said(is_kept: bool) -> bytes:
            if response.mimetype != _JSON:  # ninjs has no place to say it
                return body
            return _with_kept(body, _said(endpoint, n, is_kept))

        if LATER in environ and endpoint != _WEBHOOK:
            environ[LATER] = Later(partial(keeper.keep_soon, tagged), said)
            response.headers.pop("Content-Length", None)  # the server sets that of the later body
            return response
        is_kept = keeper.keep(tagged, durable=endpoint == _WEBHOOK)
        if endpoint == _WEBHOOK and not is_kept:
            raise FeedbackError(
                "the suggestion could not be kept; the log of the service has the reason. Fix: send the delivery again"
            )
        response.set_data(said(is_kept))
        return response

    return answer


def _without_id(response: Response, source: str | None) -> Response:
    _log.warning(
        "a webhook delivery from source %s has no id, so its suggestion is not kept. Fix: give the source a pointer "
        "“id” to it in the file of webhook sources",
        source,
    )
    response.set_data(_with_kept(response.get_data(), b"false"))
    return response


def _said(endpoint: str, n: int, is_kept: bool) -> bytes:
    if endpoint == _BATCH:
        return b"%d" % (n if is_kept else 0)
    return b"true" if is_kept else b"false"


def _with_kept(body: bytes, value: bytes) -> bytes:
    """Return a JSON object with one more field at its end."""
    return b'%s,"kept":%s}' % (body[:-1], value)
