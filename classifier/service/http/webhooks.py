"""The route of webhooks: a signed delivery in, tags out. A refused delivery is not told the reason.

Nothing is remembered: the tags depend on the delivery alone, so one that comes again is answered as the first time. A
sender that got no answer, because a worker died or an error was met, sends the same bytes again and gets its tags.
"""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Response, current_app, request
from flask_openapi3 import APIBlueprint, OpenAPI, Tag
from pydantic_core import to_json

from classifier.errors import SettingsError, SignatureError, SourcesError
from classifier.schema import parse_json
from classifier.service.answers import ArticleAnswer
from classifier.service.contract import SIGNED, WITH_BODY, problems, webhook_request
from classifier.service.guard.access import signed
from classifier.service.guard.signatures import RefusedError, read_signature
from classifier.service.http.reading import read_bytes, read_flags
from classifier.service.http.routes import answer_article, live_model
from classifier.service.http.sources import Source, Sources
from classifier.settings import Settings

_SOURCES = "copydesk_sources"
_log = logging.getLogger(__name__)

webhooks = APIBlueprint("copydesk_webhooks", __name__)


def set_up_webhooks(app: OpenAPI, settings: Settings, *, verified: bool) -> None:
    """Give the app its sources of webhooks and their route. Without sources only the contract has that route.

    Parameters
    ----------
    app : OpenAPI
    settings : Settings
    verified : bool
        The file of sources could be used when the service started. If it is broken when a worker starts later, the
        worker tags all the same, and answers webhooks 503 until the file is fixed.

    Raises
    ------
    SettingsError
        If the file of sources cannot be used, and was not verified.
    """
    if not settings.webhooks:
        app.tags += webhooks.tags
        app.paths.update(webhooks.paths)
        app.components_schemas.update(webhooks.components_schemas)
        return
    app.extensions[_SOURCES] = sources = Sources(Path(settings.webhooks))
    try:
        sources.all()
    except SettingsError as error:
        if not verified:
            raise
        _log.error("webhooks are answered 503 until their file is fixed: %s", error)
    app.register_api(webhooks)


@webhooks.post(
    "/v1/webhooks/<name>",
    operation_id="webhook",
    summary="Tag the article in a signed delivery of a configured source",
    description="The same delivery, sent again, gets the same answer. Only a service with the setting `webhooks` has "
    "this route.",
    tags=[Tag(name="webhooks")],
    security=SIGNED,
    responses={200: ArticleAnswer} | problems(404, *(status for status in WITH_BODY if status != 415)),
    openapi_extensions=webhook_request(),
    provide_automatic_options=False,  # an automatic answer would not ask for a signature
)
@signed
def webhook() -> Response:
    """Tag the article in a signed delivery. Its body is read only if its source and its headers are in order."""
    sources, name = _sources(), (request.view_args or {})["name"]
    try:
        source, body = _verified(sources.get(name))
    except RefusedError as error:
        origin = f"source {name}" if name in sources else "an unknown source"  # whose name may be anything
        _log.warning("a delivery of %s was refused: %s", origin, error)
        raise SignatureError("the webhook signature is missing or not valid") from None
    flags, article = read_flags(), source.article(parse_json(body))
    answer: dict[str, Any] = answer_article(live_model().tagger(), article, flags).to_json()
    return Response(to_json(answer), content_type="application/json")


def _verified(source: Source | None) -> tuple[Source, bytes]:
    if source is None:
        raise RefusedError("the file of sources does not have it")
    signature = read_signature(source.scheme, request.headers, time.time())
    body = read_bytes()
    signature.verify(body, source.secrets)
    return source, body


def _sources() -> Mapping[str, Source]:
    sources: Sources = current_app.extensions[_SOURCES]
    try:
        return sources.all()
    except SettingsError:
        raise SourcesError("the service cannot use its file of sources, and its log says why. Retry later") from None
