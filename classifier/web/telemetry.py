"""Around every request: its id, its time, its line in the log, what is counted of it."""

import os
import re
from time import perf_counter
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_openapi3.blueprint import APIBlueprint

from classifier.answer import Answer
from classifier.article import Article
from classifier.model.tagger import Choice
from classifier.web.access import caller, require
from classifier.web.logs import REQUEST_ID, access_logger
from classifier.web.metrics import CONTENT_TYPE, Metrics
from classifier.web.shadow import Shadow
from classifier.web.workers import Workers

_TELEMETRY = "copydesk_telemetry"
_START = "copydesk_start"
_ARTICLES = "copydesk_articles"
_MODEL = "copydesk_model"
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


figures = APIBlueprint("copydesk_figures", __name__)


class Telemetry:
    """What is told of requests.

    Parameters
    ----------
    metrics : Metrics
    workers : Workers
        Says when connections are to be closed.
    shadow : Shadow, optional
        Is offered every article.
    lines : bool
        Write a line for each request.
    """

    def __init__(self, metrics: Metrics, workers: Workers, shadow: Shadow | None, lines: bool) -> None:
        self.metrics = metrics
        self.workers = workers
        self.shadow = shadow
        self._logger: Any = access_logger() if lines else None

    def begin(self) -> None:
        """Note when a request came, and by which id it is known: the sender's own where it is sane."""
        given = request.environ.get("HTTP_X_REQUEST_ID", "")
        setattr(g, REQUEST_ID, given if _SANE_ID.fullmatch(given) else os.urandom(8).hex())
        setattr(g, _START, perf_counter())

    def end(self, response: Response) -> Response:
        """Count the request, write its line and complete the answer's headers."""
        seconds = perf_counter() - getattr(g, _START)
        route = request.url_rule.rule if request.url_rule else "none"  # never the path as it was sent
        method = request.method if request.method in _METHODS else "other"
        self.metrics.request(route, method, response.status_code, seconds)
        headers = response.headers
        request_id = getattr(g, REQUEST_ID)
        headers["X-Request-Id"] = request_id
        headers["Server-Timing"] = f"app;dur={seconds * 1e3:.3f}"
        if self.workers.draining:
            headers["Connection"] = "close"
        if self._logger:
            self._write(request_id, method, route, response.status_code, seconds)
        return response

    def _write(self, request_id: str, method: str, route: str, status: int, seconds: float) -> None:
        facts: dict[str, Any] = {"request_id": request_id, "method": method, "route": route, "status": status}
        facts["ms"] = round(seconds * 1e3, 3)
        if articles := g.get(_ARTICLES):
            facts["articles"] = articles
            facts["model"] = g.get(_MODEL)
        if key := caller():
            facts["key"] = key.id
        try:
            self._logger.info("request", **facts)
        except OSError:  # a full disk or a reader that has gone is no reason to fail a story
            self.metrics.lose_line()


def answered(article: Article, choice: Choice, answer: Answer) -> None:
    """Tell of an article that was tagged in this request."""
    telemetry: Telemetry = current_app.extensions[_TELEMETRY]
    telemetry.metrics.answer(answer)
    setattr(g, _ARTICLES, g.get(_ARTICLES, 0) + 1)
    setattr(g, _MODEL, answer.model)
    if telemetry.shadow:
        telemetry.shadow.offer(article, choice, answer)


@figures.get("/metrics")
@require("admin")
def metrics() -> Response:
    """Return the figures of all workers, in Prometheus's text format."""
    telemetry: Telemetry = current_app.extensions[_TELEMETRY]
    return Response(telemetry.metrics.page(telemetry.workers), content_type=CONTENT_TYPE)


def attend(app: Flask, telemetry: Telemetry) -> None:
    """Have every request of an app told of. To be called first: what comes later is inside."""
    app.extensions[_TELEMETRY] = telemetry
    app.before_request(telemetry.begin)
    app.after_request(telemetry.end)
