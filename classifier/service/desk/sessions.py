"""Sessions of the desk: a signed cookie that names the key a person signed in with, and holds a token for forms.

The cookie holds no key. It counts for some hours, and only while the key that it names is valid.
"""

import hmac
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Response
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.http import parse_cookie

from classifier.errors import CopydeskError
from classifier.service.guard.keys import Key, Keys

COOKIE = "copydesk_desk"
#: The cookie goes to these pages only, never to the API.
COOKIE_PATH = "/desk"
_SECRET_FILE = "desk-secret"  # noqa: S105 - the name of a file
_SECRET_BYTES = 32
_SALT = "copydesk-desk-session-1"


class DeskUnavailableError(CopydeskError):
    """Sessions that cannot be signed at present."""

    title = "The desk is not available"
    slug = "desk-unavailable"
    status = 503


@dataclass(frozen=True)
class Session:
    """What a cookie says: the id of the key that somebody signed in with, or empty; and the token of their forms."""

    key: str
    token: str

    @classmethod
    def start(cls, key: str = "") -> "Session":
        """Return a new session with a new token."""
        return cls(key, secrets.token_urlsafe(_SECRET_BYTES))

    def has_token(self, sent: str) -> bool:
        """Return whether a form that was sent came from a page of this session."""
        return hmac.compare_digest(sent.encode(), self.token.encode())


class Sessions:
    """Signs the sessions of a service, and reads them.

    Parameters
    ----------
    secret : callable
        Returns the secret that signs sessions, the same one in all workers. It is asked for when somebody comes to the
        desk: a worker whose folder cannot be written to tags as before.
    hours : float
        How long a session lasts.
    """

    def __init__(self, secret: Callable[[], bytes], hours: float) -> None:
        self._secret = secret
        self._made: URLSafeTimedSerializer | None = None
        self._seconds = max(1, int(hours * 3600))

    @property
    def _signer(self) -> URLSafeTimedSerializer:
        if self._made is None:
            try:
                self._made = URLSafeTimedSerializer(self._secret(), salt=_SALT)
            except OSError as error:
                raise DeskUnavailableError(
                    "the folder of the service cannot be written to, so nobody can sign in. Fix: free space on the "
                    "disk of the folder for temporary files, or give the service access to it"
                ) from error
        return self._made

    def read(self, environ: Mapping[str, Any]) -> Session | None:
        """Return the session of a request, from its WSGI environment; None if it has none, or it has ended."""
        text = parse_cookie(environ.get("HTTP_COOKIE")).get(COOKIE)
        if not text:
            return None
        try:
            key, token = self._signer.loads(text, max_age=self._seconds)
        except (BadData, ValueError, TypeError):
            return None
        return Session(str(key), str(token))

    def key(self, environ: Mapping[str, Any], keys: Keys) -> Key | None:
        """Return the key that somebody signed in with, if it still counts for the desk."""
        session = self.read(environ)
        key = keys.valid(session.key) if session and session.key else None
        return key if key and key.allows("desk") else None

    def write(self, response: Response, session: Session, *, secure: bool) -> None:
        """Give a browser a session. With ``secure`` it sends it back over TLS only."""
        response.set_cookie(
            COOKIE,
            self._signer.dumps([session.key, session.token]),
            max_age=self._seconds,
            path=COOKIE_PATH,
            secure=secure,
            httponly=True,
            samesite="Lax",
        )

    def end(self, response: Response, *, secure: bool) -> None:
        """Have a browser forget its session."""
        response.delete_cookie(COOKIE, path=COOKIE_PATH, secure=secure, httponly=True, samesite="Lax")


def shared_secret(folder: Path | None) -> bytes:
    """Return the secret that signs sessions: the one of the service's private folder, made by its first worker.

    Without such a folder, under another WSGI server, each process has a secret of its own.
    """
    made = secrets.token_bytes(_SECRET_BYTES)
    if folder is None:
        return made
    path = folder / _SECRET_FILE
    descriptor, beside = tempfile.mkstemp(dir=folder)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(made)
        os.link(beside, path)  # whole, or not at all
    except FileExistsError:
        return path.read_bytes()
    finally:
        Path(beside).unlink()
    return made
