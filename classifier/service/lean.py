"""Flask without work that no request of this service needs: sessions, a new look at known addresses, copies of headers.

Everything here overrides what Flask and werkzeug document as made to be overridden. Answers are the same without it.
"""

from collections.abc import Iterable
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, Rule

MOST_ADAPTERS = 256  # that are kept: a caller can choose the header Host

_Key = tuple[str, str, str, str]


class LeanFlask(Flask):
    """A Flask app that has no sessions, and remembers the routes of addresses without parameters."""

    def __init__(self, import_name: str) -> None:
        super().__init__(import_name, static_folder=None)
        self.session_interface = _NoSessions()
        self._adapters: dict[_Key, _Matched] = {}

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Return what matches a request with its route: one that was kept, if the same address was asked for before."""
        key = _key(request.environ) if request else None
        if key and (kept := self._adapters.get(key)):
            return kept
        made = super().create_url_adapter(request)
        if key and made:
            try:
                rule, values = made.match(return_rule=True)
            except HTTPException:  # the same error comes where the request is matched
                return made
            if not values:
                if len(self._adapters) >= MOST_ADAPTERS:
                    self._adapters.clear()
                self._adapters[key] = _Matched(made, rule)
        return made


class BytesResponse(Response):
    """A response of bytes with few headers, which need no second look before they are sent."""

    def get_wsgi_response(self, environ: dict[str, Any]) -> tuple[Iterable[bytes], str, list[tuple[str, str]]]:
        """Return the body, the status and the headers."""
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().get_wsgi_response(environ)
        body: Iterable[bytes] = self.response  # type: ignore[assignment]
        return body, self.status, self.headers.to_wsgi_list()


class _Matched(MapAdapter):
    """An adapter that knows the rule of its own address."""

    def __init__(self, made: MapAdapter, rule: Rule) -> None:
        super().__init__(
            made.map,
            made.server_name,
            made.script_name,
            made.subdomain,
            made.url_scheme,
            made.path_info,
            made.default_method,
            made.query_args,
        )
        self._rule = rule

    def match(self, *args: Any, **options: Any) -> Any:
        """Return the rule, if that is asked for; else as any other adapter."""
        return (self._rule, {}) if not args and options == {"return_rule": True} else super().match(*args, **options)


class _NoSessions(SessionInterface):
    """No sessions, as in a Flask app without a secret key."""

    def __init__(self) -> None:
        self._session = NullSession()

    def open_session(self, _app: Flask, _request: Request) -> NullSession:
        return self._session

    def save_session(self, _app: Flask, _session: Any, _response: Response) -> None:
        pass


def _key(environ: dict[str, Any]) -> _Key | None:
    """Return what decides on the route of a request, or None if that is more than usual."""
    host = environ.get("HTTP_HOST")
    if not host or environ.get("QUERY_STRING") or environ.get("SCRIPT_NAME") or "HTTP_UPGRADE" in environ:
        return None
    return host, environ["wsgi.url_scheme"], environ["REQUEST_METHOD"], environ["PATH_INFO"]
