"""Headers on every answer: security headers for browsers, and the web origins that may call (CORS)."""

from urllib.parse import urlsplit

from flask import Flask, Response, request
from flask_cors import CORS

from classifier.errors import SettingsError, shown
from classifier.settings import Settings

#: On every answer that does not set them itself.
ALWAYS = tuple(
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


def allow_origins(app: Flask, settings: Settings) -> None:
    """Let pages of the origins that the settings name call an app (CORS).

    Raises
    ------
    SettingsError
        If an origin is not a scheme and a host, such as https://cms.example.org.
    """
    origins = [_origin(text) for text in settings.origins.split()]
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
        raise SettingsError(
            f"“origins” contains {shown(text)}, which is not a valid origin. Fix: give the scheme and host only, with "
            "no path or trailing slash, such as https://cms.example.org"
        )
    return text
