"""Headers on every answer: what browsers must not do with it, and which web origins may call."""

from urllib.parse import urlsplit

from flask import Flask, Response, request

from classifier.errors import SettingsError, shown
from classifier.settings import Settings

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_PREFLIGHT_SECONDS = 600


def set_headers(app: Flask, settings: Settings) -> None:
    """Have the app put security headers on every answer, and let the pages of the named origins call it.

    Raises
    ------
    SettingsError
        If an origin is not a scheme and a host, such as https://cms.example.org.
    """
    origins = frozenset(map(_origin, settings.origins.split()))

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        return response

    if not origins:
        return

    @app.before_request
    def preflight() -> Response | None:
        """Answer a browser that asks whether it may call: it sends no key with that."""
        asks = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        return Response(status=204) if asks and request.headers.get("Origin") in origins else None

    @app.after_request
    def allow(response: Response) -> Response:
        response.vary.add("Origin")
        origin = request.headers.get("Origin")
        if origin in origins:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = "GET, POST"
                response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                response.headers["Access-Control-Max-Age"] = str(_PREFLIGHT_SECONDS)
        return response


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc}" != text or not parts.netloc:
        raise SettingsError(f"origins holds {shown(text)}; an origin is written as https://cms.example.org")
    return text
