"""Headers on every answer: security headers for browsers, and the web origins that may call (CORS)."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_cors import CORS

from classifier.errors import SettingsError, shown
from classifier.settings import Settings

_ALWAYS = tuple(
    {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    }.items()
)
_PREFLIGHT_SECONDS = 600


def set_headers(app: Flask, settings: Settings) -> None:
    """Add security headers to every answer of an app, and let pages of the named origins call it.

    Raises
    ------
    SettingsError
        If an origin is not a scheme and a host, such as https://cms.example.org.
    """
    origins = [_origin(text) for text in settings.origins.split()]

    inner: Any = app.wsgi_app

    def protect(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Add the headers that an answer does not have: as a layer of WSGI, for as many through Flask cost 20 µs."""

        def respond(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            there = {name for name, _ in headers}
            headers.extend(item for item in _ALWAYS if item[0] not in there)
            return start_response(status, headers, exc_info)

        answer: Iterable[bytes] = inner(environ, respond)
        return answer

    app.wsgi_app = protect  # type: ignore[method-assign]
    if origins:
        CORS(
            app,
            origins=origins,
            methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After"],
            max_age=_PREFLIGHT_SECONDS,
        )

        @app.before_request
        def preflight() -> Response | None:
            """Answer a browser that asks whether it may call: it sends no key with that."""
            asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
            return Response(status=204) if asks else None


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc}" != text or not parts.netloc:
        raise SettingsError(f"origins contains {shown(text)}. Fix: write an origin as https://cms.example.org")
    return text
