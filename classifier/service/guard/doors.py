"""Doors: what is open without a key, found out once at the start."""

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from classifier.errors import SettingsError
from classifier.service.addresses import only_this_machine
from classifier.service.guard.keys import Keys
from classifier.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_log = logging.getLogger(__name__)


def refuse_open_doors(settings: Settings) -> None:
    """Refuse to serve callers on other machines without keys, unless the operator allowed it.

    Raises
    ------
    SettingsError
        If there are no keys, and ``host`` can be reached from other machines or a proxy is in front. Our own service
        sets ``host`` to the address of its sockets first.
    KeysError
        If the keys file cannot be used.
    """
    if settings.keys.exists():
        Keys.load(settings.keys)
    elif not settings.allow_anonymous and not only_this_machine(settings):
        where = f"listens on {settings.host}" if not settings.proxies else "has a proxy in front"
        raise SettingsError(
            f"the service {where} and there are no keys ({settings.keys}): anybody could call it. Fix: make a key with "
            "“copydesk keys create NAME”, listen on 127.0.0.1 without a proxy, or pass --allow-anonymous"
        )


def believe_proxies(app: Flask, settings: Settings) -> None:
    """Take the address of a caller from the headers of the proxies in front."""
    if settings.proxies:
        fixed = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)
        app.wsgi_app = _AddressCount(fixed, settings.proxies)  # type: ignore[method-assign]


class _AddressCount:
    """Logs once that X-Forwarded-For has fewer addresses than there should be proxies.

    With a number that is too high, a caller that sends the header itself chooses its address. A call without the header
    comes from a program next to the service, such as a health check.
    """

    def __init__(self, app: "WSGIApplication", proxies: int) -> None:
        self._app = app
        self._proxies = proxies
        self._has_logged = False

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        given = environ.get("HTTP_X_FORWARDED_FOR", "")
        n = given.count(",") + 1
        if given and n < self._proxies and not self._has_logged:
            self._has_logged = True
            _log.warning(
                "proxies is %d, but a call came with %d %s in X-Forwarded-For. If all proxies passed that call on, the "
                "number is too high, and callers can choose the address under which they are counted. Fix: set proxies "
                "to the number of proxies in front of the service, and let each add to X-Forwarded-For",
                self._proxies,
                n,
                "address" if n == 1 else "addresses",
            )
        return self._app(environ, start_response)


def own_hosts(settings: Settings) -> frozenset[str]:
    """Return the usual values of the header Host, in lower case, in calls that are meant for this service.

    They are the names of this machine, the setting ``host`` and the hosts of ``origins``, each without a port and with
    the setting ``port``; an origin with a port also as it is written.
    """
    host = settings.host.lower()
    parts = [urlsplit(origin.lower()) for origin in settings.origins.split()]
    origins = {f"[{part.hostname}]" if ":" in part.hostname else part.hostname for part in parts if part.hostname}
    names = {"localhost", "127.0.0.1", "[::1]", f"[{host}]" if ":" in host else host} | origins
    return frozenset(names | {f"{name}:{settings.port}" for name in names})
