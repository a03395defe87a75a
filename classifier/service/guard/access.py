"""Access: which calls need an API key, and with which scope."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from flask import Flask
from werkzeug.exceptions import HTTPException

from classifier.errors import (
    CopydeskError,
    ForbiddenError,
    ForeignPageError,
    KeysError,
    OtherHostError,
    UnauthorizedError,
    afresh,
    shown,
)
from classifier.service.addresses import is_loopback, is_this_host, only_this_machine
from classifier.service.guard.doors import own_hosts, refuse_open_doors
from classifier.service.guard.keys import Key, Keys, Scope
from classifier.service.present import this_request
from classifier.service.process.gateway import NEEDS_BODY, REFUSAL
from classifier.settings import Settings

_log = logging.getLogger(__name__)
ACCESS = "copydesk_access"
#: The key of a request, in its WSGI environment.
KEY = "copydesk.key"
#: Set in the WSGI environment of a refused request.
REFUSED = "copydesk.refused"
_SCOPE = "copydesk_scope"
_EVERYBODY = "everybody"
_OPEN = "open"
_SIGNED = "signed"
_SHOWS_STORED = "copydesk_shows_stored"
_HAS_SIGNATURE = "copydesk_has_signature"
_LOOK_AGAIN_SECONDS = 1.0
_HAD_KEYS = "had-keys"
_CHANGES_NOTHING = frozenset({"GET", "HEAD", "OPTIONS"})

#: Headers that proxies add, as WSGI names them. A program of this machine that calls directly sends none of them.
FORWARDING = frozenset(
    f"HTTP_{name}"
    for name in (
        "FORWARDED",
        "VIA",
        "X_REAL_IP",
        "X_FORWARDED",
        "X_FORWARDED_BY",
        "X_FORWARDED_FOR",
        "X_FORWARDED_HOST",
        "X_FORWARDED_PORT",
        "X_FORWARDED_PREFIX",
        "X_FORWARDED_PROTO",
        "X_FORWARDED_SCHEME",
        "X_FORWARDED_SERVER",
        "X_FORWARDED_SSL",
        "X_FORWARDED_URI",
    )
)

_View = TypeVar("_View", bound=Callable[..., object])


def require(scope: Scope) -> Callable[[_View], _View]:
    """Mark a view as one that needs a key of this scope. A view that is not marked needs ``tag``."""

    def mark(view: _View) -> _View:
        setattr(view, _SCOPE, scope)
        return view

    return mark


def never_anonymous(view: _View) -> _View:
    """Mark a view as one that shows stored articles: ``allow_anonymous`` does not open it."""
    setattr(view, _SHOWS_STORED, True)
    return view


def everybody(view: _View) -> _View:
    """Mark a view as one that never needs a key."""
    setattr(view, _SCOPE, _EVERYBODY)
    return view


def needs_no_key(view: _View) -> _View:
    """Mark a view as one that needs no key, because it tells nothing secret. A key that is sent has to be a right one.

    Its calls count for the rate limit, and pages of other sites are refused as elsewhere.
    """
    setattr(view, _SCOPE, _OPEN)
    return view


def signed(has_signature: Callable[..., bool]) -> Callable[[_View], _View]:
    """Mark a view as one that verifies a signature instead of a key. Its calls count for the rate limit.

    Parameters
    ----------
    has_signature : callable
        Takes the app, the WSGI environment of a call without its body, and the values in the path of its route. It
        returns whether the body is worth reading. If it returns False, the view is called without a body, to refuse.
    """

    def mark(view: _View) -> _View:
        setattr(view, _SCOPE, _SIGNED)
        setattr(view, _HAS_SIGNATURE, has_signature)
        return view

    return mark


def answers_everybody(view: Callable[..., object] | None) -> bool:
    """Return whether a view is marked with `everybody`."""
    return getattr(view, _SCOPE, None) == _EVERYBODY


def is_forwarded(environ: Mapping[str, Any]) -> bool:
    """Return whether a request has passed through a proxy, by its headers."""
    return not environ.keys().isdisjoint(FORWARDING)


def comes_from_here(environ: Mapping[str, Any]) -> bool:
    """Return whether a program of this machine sent a request, without a proxy between."""
    return is_loopback(environ.get("REMOTE_ADDR") or "") and not is_forwarded(environ)


def caller() -> Key | None:
    """Return the key of the present call, or None if it has none."""
    key: Key | None = this_request().environ.get(KEY)
    return key


def guard(app: Flask, settings: Settings, service: Path | None = None) -> None:
    """Check the key of every call before anything else.

    Parameters
    ----------
    app : Flask
    settings : Settings
    service : Path, optional
        The folder that the workers of our own service share. The service itself refused open doors when it started. A
        worker that starts later, when the keys file is broken or gone, refuses every call, as the other workers do.

    Raises
    ------
    SettingsError, KeysError
        As `refuse_open_doors`, without ``service``.
    """
    if service is None:
        refuse_open_doors(settings)
    app.extensions[ACCESS] = access = Access(settings, service)

    @app.before_request
    def check() -> None:
        call = this_request()
        if REFUSAL in call.environ:  # by the server, which leaves the answer to the app
            raise call.environ[REFUSAL]
        view = app.view_functions.get(call.endpoint or "")
        scope: Any = getattr(view, _SCOPE, "tag")
        if scope not in (_EVERYBODY, _SIGNED):
            try:
                call.environ[KEY] = access.check(scope, call.environ, anonymous=not hasattr(view, _SHOWS_STORED))
            except (UnauthorizedError, ForbiddenError):
                call.environ[REFUSED] = True
                for count in access.on_refusal:
                    count()
                raise
        if scope != _EVERYBODY and not (access.is_local_free and comes_from_here(call.environ)):
            for count in access.on_call:
                count()

    def needs_body(environ: dict[str, Any]) -> bool:
        """Return whether the body of a call is worth reading, judged by its route and its key or signature."""
        try:
            endpoint, values = app.url_map.bind_to_environ(environ).match()
            view = app.view_functions[endpoint]
            scope: Any = getattr(view, _SCOPE, "tag")
            if scope == _SIGNED and not getattr(view, _HAS_SIGNATURE)(app, environ, **values):
                return False
            if scope not in (_EVERYBODY, _SIGNED):
                access.check(scope, environ)
        except (HTTPException, CopydeskError):  # the app answers with the same error
            return False
        return bool(environ["REQUEST_METHOD"] == "POST")

    app.extensions[NEEDS_BODY] = needs_body


class Access:
    """The keys in force. The file is looked at again every second, so that keys change without a restart.

    While there have never been keys every caller of this machine may do everything, if the service listens there only;
    with ``allow_anonymous`` a caller from elsewhere may do what ``tag`` allows, except read stored articles. A call
    that came through a proxy is not of this machine. Once there were keys they are needed until the service stops,
    whatever happens to the file. A file that cannot be used keeps everybody out while it is there. That there were keys
    is noted in the folder ``service``, for workers that start when they are gone.

    A call that needs no key because it is from this machine may come from a web page in a browser of this machine. Its
    headers Host and Origin show that, and `check` refuses pages of other sites.

    `guard` calls each of ``on_refusal`` for a call that is refused, and each of ``on_call`` for every other one that
    needs a key or a signature; they may raise another error. If ``is_local_free`` is true, calls from this machine are
    left out. ``session`` returns the key of a person who signed in at the desk, from the environment of a call.
    """

    def __init__(self, settings: Settings, service: Path | None = None) -> None:
        self._path: Path = settings.keys
        self._note = service / _HAD_KEYS if service else None
        self.on_refusal: list[Callable[[], None]] = []
        self.on_call: list[Callable[[], None]] = []
        self.is_local_free = False
        self.session: Callable[[Mapping[str, Any], Keys], Key | None] = lambda _environ, _keys: None
        self._only_this_machine = only_this_machine(settings)
        self._allow_anonymous = settings.allow_anonymous
        self._hosts, self._origins = own_hosts(settings), frozenset(settings.origins.split())
        self._lock = threading.Lock()
        self._keys: Keys | None = None
        self._seen: tuple[int, ...] | None = None
        self._error: KeysError | None = None
        self._look_at = 0.0
        self._look()

    def check(
        self, scope: Scope | Literal["open"], environ: Mapping[str, Any], *, anonymous: bool = True
    ) -> Key | None:
        """Return the key of a call, from its WSGI environment, or None if it needs none.

        Whatever is ``open`` needs no key. A key that is sent to it is checked. Without ``anonymous``, the setting
        ``allow_anonymous`` does not count.

        Raises
        ------
        UnauthorizedError
            If it has no key that counts, and needs one.
        ForbiddenError
            If its key has another scope.
        OtherHostError, ForeignPageError
            If it needs no key because it is from this machine, but a page of another web site may have made it.
        KeysError
            If the keys file has become unusable.
        """
        if time.monotonic() >= self._look_at:
            self._look()
        error = self._error  # another thread may clear it
        if error:
            raise afresh(error)
        given, keys = environ.get("HTTP_AUTHORIZATION"), self._keys
        if scope == "open" and (keys is None or given is None):
            if keys is None and self._only_this_machine and comes_from_here(environ):
                self._refuse_foreign_pages(environ)
            return None
        if anonymous and self._allow_anonymous and scope == "tag" and (keys is None or given is None):
            return None
        if keys is None:
            if not self._only_this_machine:
                raise UnauthorizedError(_NO_KEY)
            if comes_from_here(environ):
                self._refuse_foreign_pages(environ)
                return None
            raise UnauthorizedError(_PROXY if is_forwarded(environ) else _OTHER_MACHINE)
        if given is None:
            if scope == "desk" and (key := self.session(environ, keys)):
                return key
            raise UnauthorizedError(_NO_KEY)
        kind, _, text = given.partition(" ")
        key = keys.find(text.strip()) if kind.lower() == "bearer" else None
        if key is None:
            raise UnauthorizedError(f"this API key is unknown or has been revoked. {_HOW}")
        if scope != "open" and not key.allows(scope):
            raise ForbiddenError(
                f"the API key {key.id} has the scope {key.scope}, but this call needs {scope}. Fix: use a key "
                f"made with “copydesk keys create NAME --scope {scope}”"
            )
        return key

    @property
    def has_keys(self) -> bool:
        """Whether there are keys, so that callers need one."""
        return self._keys is not None

    def signed_in(self, environ: Mapping[str, Any]) -> Key | None:
        """Return the key of a person who signed in at the desk, or None."""
        keys = self._keys
        return self.session(environ, keys) if keys else None

    def _refuse_foreign_pages(self, environ: Mapping[str, Any]) -> None:
        """Refuse other host names, which an attacker's DNS may point here, and changes that other sites' pages make."""
        host = environ.get("HTTP_HOST")
        if host is not None and host not in self._hosts and not is_this_host(host, self._hosts):
            raise OtherHostError(f"the service has no keys, so it does not answer to the host {shown(host)}; {_HOST}")
        if environ["REQUEST_METHOD"] in _CHANGES_NOTHING:
            return
        origin = environ.get("HTTP_ORIGIN")
        if origin is None:
            if environ.get("HTTP_SEC_FETCH_SITE") == "cross-site":
                raise ForeignPageError(f"a page of another web site made this call; {_ORIGIN}")
        elif origin not in self._origins and origin.partition("://")[2] != host:
            raise ForeignPageError(f"a page of the web origin {shown(origin)} made this call; {_ORIGIN}")

    def _look(self) -> None:
        with self._lock:
            self._look_at = time.monotonic() + _LOOK_AGAIN_SECONDS
            try:
                state = self._path.stat()
                seen = (state.st_ino, state.st_mtime_ns, state.st_size, state.st_mode)
                if seen != self._seen or self._error:
                    self._keys, self._seen, self._error = Keys.load(self._path), seen, None
                    self._remember()
            except (FileNotFoundError, NotADirectoryError):
                gone = KeysError("the keys file is gone. Fix: restore it, or restart the service without one")
                had_keys = self._keys is not None or (self._note is not None and self._note.exists())
                self._error = gone if had_keys else None  # a file that never held keys closes no door
            except OSError as error:
                self._error = KeysError(
                    f"the keys file cannot be read: {error.strerror}. Fix: let the service's user read it"
                )
            except KeysError as error:
                self._error = afresh(error)

    def _remember(self) -> None:
        try:
            if self._note:
                self._note.touch()
        except OSError as error:
            _log.warning(
                "cannot write %s (%s). Without this file, a worker that starts while the keys file is missing does not "
                "know that keys were in use. Fix: make its folder writable for the service",
                self._note,
                error.strerror,
            )


_HOW = "Fix: send “Authorization: Bearer KEY” with a key from “copydesk keys create NAME”"
_NO_KEY = f"this call has no API key. {_HOW}"
_OTHER_MACHINE = f"this call is from another machine, so it needs an API key. {_HOW}"
_PROXY = (
    "this call came through a proxy, so it is not a call from this machine. Fix: set “proxies” to the number of "
    "proxies in front of the service (COPYDESK_PROXIES=1) and make a key with “copydesk keys create NAME”"
)
_HOST = (
    "another web site could use that name. Fix: call http://127.0.0.1 or http://localhost with the port, add the "
    "address (such as http://copydesk.example.org:8000) to “origins”, or make a key with “copydesk keys create NAME”"
)
_ORIGIN = (
    "without keys the service accepts changes only from its own pages. Fix: add the origin of the page to “origins” "
    "(such as https://cms.example.org), or make a key with “copydesk keys create NAME”"
)
