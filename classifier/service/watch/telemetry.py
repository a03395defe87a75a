"""Telemetry of every request: its id, its time, its log line, its metrics."""

import re
from collections.abc import Callable, Iterable
from random import getrandbits
from time import perf_counter
from typing import Any

from flask import Blueprint, Flask, Response

from classifier.answer import Answer
from classifier.request import Choice, TagRequest
from classifier.service.contract import KEY_NEEDED, WITHOUT_BODY, operation, problems
from classifier.service.guard.access import KEY, require
from classifier.service.guard.headers import ALWAYS
from classifier.service.logs import REQUEST_ID, RequestLog
from classifier.service.present import this_app, this_request
from classifier.service.process.workers import Workers
from classifier.service.watch.metrics import CONTENT_TYPE, Metrics
from classifier.service.watch.shadow import Shadows
from classifier.tagger import Tagger

#: Key of the `Telemetry` among an app's extensions.
TELEMETRY = "copydesk_telemetry"
_ARTICLES = "copydesk.articles"
_MODEL = "copydesk.model"
_SETS = "copydesk.sets"
_EXAMPLE = 'copydesk_articles_total{outcome="tagged"} 17.0\n'
_ALWAYS = frozenset(name for name, _ in ALWAYS)
_SERVER_ERROR = 500
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})

_Environ = dict[str, Any]
_Headers = list[tuple[str, str]]
OnArticle = Callable[[_Environ, TagRequest, Answer, Tagger], None]
_Wsgi = Callable[[_Environ, Callable[..., Any]], Iterable[bytes]]

figures = Blueprint("copydesk_figures", __name__)


class Telemetry:
    """A WSGI layer that records every request, at a third of the cost of Flask's hooks.

    Parameters
    ----------
    app : callable
        What answers.
    metrics : Metrics
    workers : Workers
        They know when connections are to be closed.
    shadow : Shadows, optional
        Second models that are offered every article.
    lines : bool
        Write a line for each request.
    """

    def __init__(self, app: _Wsgi, metrics: Metrics, workers: Workers, shadow: Shadows | None, lines: bool) -> None:
        self.metrics = metrics
        self.workers = workers
        self.shadow = shadow
        #: Called with the environment of a request and each article that was tagged for it, if set.
        self.on_article: OnArticle | None = None
        self._app = app
        self._log = RequestLog(metrics.lose_lines) if lines else None

    def __call__(self, environ: _Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request. It keeps the id of its sender if that is a plain one."""
        start = perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID")
        environ[REQUEST_ID] = given if given and _SANE_ID.fullmatch(given) else f"{getrandbits(64):016x}"

        def respond(status: str, headers: _Headers, exc_info: Any = None) -> Any:
            self._end(environ, int(status[:3]), headers, perf_counter() - start)
            return start_response(status, headers, exc_info)

        return self._app(environ, respond)

    def answered(self, environ: _Environ, article: TagRequest, choice: Choice, answer: Answer, tagger: Tagger) -> None:
        """Count an article that was tagged for a request."""
        metrics = self.metrics if answer.set is None else self.metrics.of(answer.set)
        metrics.count_article(answer)
        environ[_ARTICLES] = environ.get(_ARTICLES, 0) + 1
        environ[_MODEL] = answer.model
        if answer.set is not None:
            environ.setdefault(_SETS, {})[answer.set] = answer.model
        if self.shadow:
            self.shadow.offer(article, choice, answer)
        if self.on_article:
            self.on_article(environ, article, answer, tagger)

    def _end(self, environ: _Environ, status: int, headers: _Headers, seconds: float) -> None:
        rule = environ["werkzeug.request"].url_rule
        route = rule.rule if rule else "none"  # never the path as it was sent
        method = environ["REQUEST_METHOD"]
        if method not in _METHODS:
            method = "other"
        self.metrics.count_request(route, method, status, seconds)
        given = {name for name, _ in headers}
        headers += ALWAYS if given.isdisjoint(_ALWAYS) else [item for item in ALWAYS if item[0] not in given]
        headers.append(("X-Request-Id", environ[REQUEST_ID]))
        headers.append(("Server-Timing", f"app;dur={seconds * 1e3:.3f}"))
        if self._log:
            self._log.add(_facts(environ, method, route, status, seconds))
            if status >= _SERVER_ERROR:
                self._log.flush()


def _facts(environ: _Environ, method: str, route: str, status: int, seconds: float) -> dict[str, Any]:
    facts: dict[str, Any] = {"request_id": environ[REQUEST_ID], "method": method, "route": route, "status": status}
    facts["ms"] = round(seconds * 1e3, 3)
    if _ARTICLES in environ:
        facts["articles"] = environ[_ARTICLES]
        facts["model"] = environ[_MODEL]
    if sets := environ.get(_SETS):  # of a batch, each set with its model
        facts["set"], facts["model"] = " ".join(sets), " ".join(sets.values())
    if key := environ.get(KEY):
        facts["key"] = key.id
    return facts


def answered(article: TagRequest, choice: Choice, answer: Answer, tagger: Tagger) -> None:
    """Record an article that was tagged in this request."""
    telemetry: Telemetry = this_app().extensions[TELEMETRY]
    telemetry.answered(this_request().environ, article, choice, answer, tagger)


def without_body(source: str) -> None:
    """Count a delivery of a webhook in which the pointers of its source found no body."""
    telemetry: Telemetry = this_app().extensions[TELEMETRY]
    telemetry.metrics.without_body[(source,)].inc()


def metrics_page() -> bytes:
    """Return all metrics in the text format of Prometheus, summed over the workers of the present app."""
    telemetry: Telemetry = this_app().extensions[TELEMETRY]
    return telemetry.metrics.page(telemetry.workers)


@figures.get("/metrics")
@operation(
    "metrics",
    "health",
    {200: {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}, "example": _EXAMPLE}}}},
    problems(*WITHOUT_BODY, 403),
    KEY_NEEDED,
)
@require("admin")
def metrics() -> Response:
    """Read the metrics.

    They are the sums over all workers, in the text format of Prometheus.
    """
    return Response(metrics_page(), content_type=CONTENT_TYPE)


def attend(app: Flask, metrics: Metrics, workers: Workers, shadow: Shadows | None, lines: bool) -> None:
    """Record every request of an app."""
    telemetry = Telemetry(app.wsgi_app, metrics, workers, shadow, lines)
    app.extensions[TELEMETRY] = telemetry
    app.wsgi_app = telemetry  # type: ignore[method-assign]
