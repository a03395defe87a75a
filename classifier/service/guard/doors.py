"""Doors: what is open without a key, found out once at the start."""

from urllib.parse import urlsplit

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from classifier.errors import SettingsError
from classifier.service.addresses import only_this_machine
from classifier.service.guard.keys import Keys
from classifier.settings import Settings


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
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0)  # type: ignore[method-assign]


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
