"""The route of webhooks: signed deliveries in, tags out. A delivery that is not right is not told why."""

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from pydantic_core import to_json

from classifier.errors import CopydeskError, DecisionsError, SettingsError, SignatureError, SourcesError
from classifier.schema import parse_json
from classifier.service.answers import ArticleAnswer
from classifier.service.contract import SIGNED, WITH_BODY, operation, problems, webhook_request
from classifier.service.guard.access import signed
from classifier.service.guard.signatures import WINDOW_SECONDS, RefusedError, verify
from classifier.service.http.feedback import KEEPING, Keeping, keeping
from classifier.service.http.reading import read_bytes, read_flags
from classifier.service.http.routes import answer_article, live_model
from classifier.service.http.sources import Source, Sources
from classifier.settings import Settings

SOURCES = "copydesk_sources"
#: A delivery signed five minutes ahead counts for ten.
_REMEMBERED_SECONDS = 2 * WINDOW_SECONDS
_REFUSED = "the delivery is not signed as it must be"
_log = logging.getLogger(__name__)

webhooks = Blueprint("copydesk_webhooks", __name__)
#: In the place of a source that there is not, so that its name takes as long to refuse.
_NOBODY = Source("", "standard", (secrets.token_bytes(32),), {})


def take_webhooks(app: Flask, settings: Settings, *, verified: bool) -> None:
    """Have the app know the sources of webhooks, and open its database, for a sender may wait two seconds only.

    Parameters
    ----------
    app : Flask
    settings : Settings
    verified : bool
        The file could be used when the service started: if a worker comes later and it cannot, that is no reason not to
        tag. Webhooks are then answered 503 until it is mended.

    Raises
    ------
    SettingsError
        If the file of sources cannot be used, and was not verified.
    """
    app.extensions[SOURCES] = sources = Sources(Path(settings.webhooks) if settings.webhooks else None)
    try:
        sources.all()
    except SettingsError as error:
        if not verified:
            raise
        _log.error("webhooks are answered 503 until their file is mended: %s", error)
    if settings.webhooks:
        threading.Thread(target=_warm, args=(app.extensions[KEEPING],), name="copydesk-database", daemon=True).start()


@webhooks.post("/v1/webhooks/<name>", provide_automatic_options=False)  # that answer would need no signature
@operation(
    "webhook",
    "webhooks",
    {200: ArticleAnswer},
    problems(*(status for status in WITH_BODY if status != 415)),
    SIGNED,
    request=webhook_request(),
)
@signed
def webhook(name: str) -> Response:
    """Tag the article in a signed delivery of a source that the service was told of."""
    body = read_bytes()
    source = _sources().get(name, _NOBODY)
    try:
        digest = _take(source, body)
    except RefusedError as error:
        _log.warning("webhook of %s refused: %s", source.name or "an unknown source", error)
        raise SignatureError(_REFUSED) from None
    try:
        return _tags(source, body)
    except CopydeskError as error:
        if error.status >= 500:  # the sender will try again, perhaps with the very same bytes
            keeping().deliveries.forget(source.name, digest)
        raise


def _sources() -> Mapping[str, Source]:
    sources: Sources = current_app.extensions[SOURCES]
    try:
        return sources.all()
    except SettingsError:
        raise SourcesError("the service cannot read its file of sources; its log says why; try again later") from None


def _take(source: Source, body: bytes) -> str:
    """Return what the delivery is remembered by; it has not come before."""
    now = time.time()
    message = verify(source.scheme, request.headers, body, source.secrets, now)
    digest = hashlib.sha256(message).hexdigest()
    if not keeping().deliveries.take(source.name, digest, now, _REMEMBERED_SECONDS):
        raise RefusedError("it has come before")
    return digest


def _tags(source: Source, body: bytes) -> Response:
    wanted = read_flags()
    article = source.article(parse_json(body))
    answer: dict[str, Any] = answer_article(live_model().tagger(), article, wanted).to_json()
    return Response(to_json(answer), content_type="application/json")


def _warm(kept: Keeping) -> None:
    try:
        kept.store.count()
    except DecisionsError:
        _log.warning("webhooks are answered 503 until the database does")  # why it does not has been logged
