"""One call-back over HTTP: signed by Standard Webhooks, no redirects, a limit of time."""

import base64
import hmac
import http.client
import ssl
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

from classifier.service.http.suggestions.receivers import Receiver

_MOST_READ = 1 << 16  # bytes of an answer that are read, so that its connection can be used again
_OK = range(200, 300)
_REDIRECTS = range(300, 400)
#: Statuses that say nothing about the call-back: the receiver, or what is in front of it, cannot take any now.
_AWAY = frozenset({408, 425, 429, *range(500, 600)})


class PostError(Exception):
    """A call-back that was not taken.

    Parameters
    ----------
    problem : str
        What went wrong.
    is_away : bool
        The receiver cannot take any call-back now, whatever it tells.
    retry_after : float
        Seconds that the receiver asks to wait.
    """

    def __init__(self, problem: str, *, is_away: bool, retry_after: float = 0.0) -> None:
        super().__init__(problem)
        self.is_away = is_away
        self.retry_after = retry_after


def sign(name: str, timestamp: int, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """Return the headers of Standard Webhooks for a delivery: its name, its time in seconds, and its signatures."""
    message = f"{name}.{timestamp}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(secret, message, "sha256")).decode() for secret in secrets]
    return {
        "webhook-id": name,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


class Poster:
    """Posts to a receiver, on one connection as long as that lasts."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        parts = urlsplit(receiver.url)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._connection: http.client.HTTPConnection
        if parts.scheme == "https":
            self._connection = http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=receiver.timeout, context=ssl.create_default_context()
            )
        else:
            self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=receiver.timeout)

    def post(self, name: str, body: bytes) -> None:
        """Deliver a call-back.

        Raises
        ------
        PostError
            If it is not answered with 2xx.
        """
        headers = {"Content-Type": "application/json", "User-Agent": "Copydesk"}
        headers |= sign(name, int(time.time()), body, self._receiver.secrets)
        try:
            status, retry_after = self._exchange(body, headers)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()  # the next call opens a new one
            raise PostError(_reason(error), is_away=True) from None
        if status in _OK:
            return
        if status in _REDIRECTS:
            raise PostError(f"answered {status}, a redirect. Fix: set the address that it leads to", is_away=False)
        wait = float(retry_after) if retry_after.isdecimal() and len(retry_after) < 7 else 0.0
        raise PostError(f"answered {status}", is_away=status in _AWAY, retry_after=wait)

    def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """Send a request, and return the status and Retry-After; once more if an idle connection had been closed."""
        is_used = self._connection.sock is not None
        try:
            self._connection.request("POST", self._target, body, headers)
            answer = self._connection.getresponse()
        except (ConnectionError, http.client.BadStatusLine):
            self._connection.close()
            if not is_used:
                raise
            return self._exchange(body, headers)
        if len(answer.read(_MOST_READ)) == _MOST_READ:
            self._connection.close()
        return answer.status, answer.getheader("Retry-After", "")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
