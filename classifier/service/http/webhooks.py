"""The route of webhooks: a signed delivery in, tags out. A refused delivery is not told the reason.

Nothing is remembered: the tags depend on the delivery alone, so one that comes again is answered as the first time. A
sender that got no answer, because a worker died or an error was met, sends the same bytes again and gets its tags.
"""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from pydantic_core import to_json
from werkzeug.datastructures import EnvironHeaders

from classifier.errors import SettingsError, SignatureError, SourcesError
from classifier.request import TagRequest
from classifier.schema import parse_json
from classifier.service.answers import ArticleAnswer
from classifier.service.contract import ONLY_DOCUMENTED, SIGNED, WITH_BODY, operation, problems, webhook_request
from classifier.service.guard.access import signed
from classifier.service.guard.signatures import RefusedError, read_signature
from classifier.service.http.reading import body_bytes, read_wishes, unpacked
from classifier.service.http.routes import answer_json, live_sets
from classifier.service.http.sources import Source, Sources
from classifier.service.watch.telemetry import without_body
from classifier.settings import Settings

_SOURCES = "copydesk_sources"
_RULE = "/v1/webhooks/<name>"
_ABOUT = (
    "Send the payload of a configured source, signed. The same delivery, sent again, gets the same answer. Only a "
    "service with the setting `webhooks` has this route; its file of sources sets the name."
)
_log = logging.getLogger(__name__)

webhooks = Blueprint("copydesk_webhooks", __name__)


def set_up_webhooks(app: Flask, settings: Settings, *, verified: bool) -> None:
    """Give the app its sources of webhooks and their route. Without sources only the contract has that route.

    Parameters
    ----------
    app : Flask
    settings : Settings
    verified : bool
        The file of sources could be used when the service started. If it is broken when a worker starts later, the
        worker still tags, and answers webhooks 503 until the file is fixed.

    Raises
    ------
    SettingsError
        If the file of sources cannot be used, and was not verified.
    """
    if not settings.webhooks:
        app.extensions[ONLY_DOCUMENTED] = [(_RULE, webhook)]
        return
    app.extensions[_SOURCES] = sources = Sources(Path(settings.webhooks))
    try:
        sources.all()
    except SettingsError as error:
        if not verified:
            raise
        _log.error("webhooks are answered 503 until their file is fixed: %s", error)
    app.register_blueprint(webhooks)


def _has_signature(app: Flask, environ: dict[str, Any], name: str) -> bool:
    """Return whether a delivery has a configured source, a well-formed signature and, if signed, a fresh timestamp."""
    sources: Sources = app.extensions[_SOURCES]
    try:
        source = sources.all().get(name)
        if source is None:
            return False
        read_signature(source.signing, source.secrets, EnvironHeaders(environ), time.time())
    except (RefusedError, SettingsError):
        return False
    return True


@webhooks.post(_RULE, provide_automatic_options=False)  # an automatic answer would not ask for a signature
@operation(
    "webhook",
    "webhooks",
    {200: ArticleAnswer},
    problems(404, *(status for status in WITH_BODY if status not in (403, 415, 421))),
    SIGNED,
    request={"description": _ABOUT} | webhook_request(),
)
@signed(_has_signature)
def webhook(name: str) -> Response:
    """Tag the article in a webhook's delivery."""
    sources = _sources()
    try:
        source, body = _verified(sources.get(name))
    except RefusedError as error:
        origin = f"source {name}" if name in sources else "an unknown source"  # whose name may be anything
        _log.warning("a webhook delivery from %s was refused: %s", origin, error)
        raise SignatureError(
            "the webhook signature is missing or not valid. Fix: see the log of the service, which has the reason"
        ) from None
    asked, article = read_wishes(), _article(source, parse_json(body))
    return Response(
        to_json(answer_json(live_sets(), article, asked), inf_nan_mode="null"), content_type="application/json"
    )


def _article(source: Source, payload: object) -> TagRequest:
    """Return the article of a payload. A body that is not where the source says is logged and counted."""
    if "body" in source.pointers and "body" not in source.fields(payload):
        without_body(source.name)
        _log.warning(
            "a webhook delivery from source %s has no text at %s, so its headline alone counts. Fix: correct the "
            "pointer in the file of webhook sources, or what the sender sends",
            source.name,
            source.places("body"),
        )
    return source.article(payload)


def _verified(source: Source | None) -> tuple[Source, bytes]:
    """Return the source and the body, which is read only if the source and the headers are in order."""
    if source is None:
        raise RefusedError("the file of webhook sources does not list it")
    signature = read_signature(source.signing, source.secrets, request.headers, time.time())
    body = body_bytes(request)
    signature.verify(body, source.secrets)
    return source, unpacked(request, body)


def _sources() -> Mapping[str, Source]:
    sources: Sources = current_app.extensions[_SOURCES]
    try:
        return sources.all()
    except SettingsError:
        raise SourcesError(
            "the service cannot use its file of webhook sources. Fix: see the log of the service, which has the reason"
        ) from None
