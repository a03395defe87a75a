"""From a request to the app and back: WSGI (PEP 3333) on one side, the bytes of HTTP/1.1 on the other."""

import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from classifier.errors import CopydeskError, HeadTooLargeError, MalformedInputError

#: Key in a WSGI environment: the error with which the app is to answer a request that the server refuses.
REFUSAL = "copydesk.refusal"
#: Key among an app's extensions: the paths that never wait for anything, so that the event loop can answer them.
QUICK = "copydesk_quick"
#: Key in the WSGI environment of a quick request: the app may put a `Later` there. The answer is then sent later.
LATER = "copydesk.later"
#: Key among an app's extensions: returns of a WSGI environment without a body whether the app will need the body.
NEEDS_BODY = "copydesk_needs_body"
_OWN_NAMES = ("CONTENT_TYPE", "CONTENT_LENGTH")

NOT_HTTP = "this is not a valid HTTP/1.1 request. Fix: call with http://, and with a standard HTTP client"
MAX_HEAD_BYTES = 1 << 16
MAX_HEADERS = 100
HEAD_LIMIT = (
    f"at most {MAX_HEADERS} headers are allowed, and {MAX_HEAD_BYTES:,} bytes with the address. Fix: send fewer or "
    "shorter ones"
)

Environ = dict[str, Any]
Answer = tuple[str, list[tuple[str, str]], bytes]
Finish = Callable[[Sequence[tuple[Any, Any]]], None]


class Later(NamedTuple):
    """What an answer waits for, and how its body follows from that.

    ``begin`` is called with a function and a token. Whoever does the work calls the function once it is done, from any
    thread, with pairs of a token and a result: one call for all that were done together. ``body`` takes the result.
    """

    begin: Callable[[Finish, Any], None]
    body: Callable[[Any], bytes]


class Request:
    """A request, as far as it has arrived. If it has an error ``refusal``, that is the answer."""

    def __init__(self) -> None:
        self.target = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.head_bytes = 0
        self.has_head = self.is_admitted = self.keep_alive = False
        self.method = "NONE"
        self.version = "1.1"
        self.body: list[bytes] = []
        self.body_bytes = 0  # of those received, the bytes in ``body``
        self.received_bytes = 0
        self.length = 0
        self.refusal: Exception | None = None

    @property
    def missing_bytes(self) -> int:
        """Bytes of the body that are still to come, if its length is known."""
        return max(0, self.length - self.received_bytes)


def head_problem(request: Request) -> CopydeskError | None:
    """Return what is wrong with the head of a request, if anything is."""
    if request.version not in ("1.0", "1.1"):
        return MalformedInputError("the service does not support the HTTP version of this request. Fix: use HTTP/1.1")
    n_bytes = len(request.target) + sum(len(name) + len(value) for name, value in request.headers)
    if len(request.headers) > MAX_HEADERS or n_bytes > MAX_HEAD_BYTES:
        return HeadTooLargeError(HEAD_LIMIT)
    hosts = sum(name.lower() == b"host" for name, _ in request.headers)
    if hosts != 1 and (hosts or request.version == "1.1"):
        return MalformedInputError("an HTTP/1.1 request must have exactly one Host header. Fix: send one")
    return None


class Gateway:
    """Calls a WSGI app.

    Parameters
    ----------
    app : callable
    address : tuple of str and int
        Host and port of the service.
    """

    def __init__(self, app: Any, address: tuple[str, int]) -> None:
        self._app = app
        self._basis: Environ = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": address[0],
            "SERVER_PORT": str(address[1]),
            "wsgi.errors": sys.stderr,
            "wsgi.input_terminated": True,
            "wsgi.multiprocess": True,
            "wsgi.multithread": True,
            "wsgi.run_once": False,
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
        }

    def environ(self, request: Request, peer: str) -> Environ:
        """Return the WSGI environment of a request from an address.

        A header with an underscore in its name is left out, because WSGI cannot tell it from one with a hyphen.
        """
        target = request.target
        if not target.startswith(b"/") and b"://" in target:  # the form that clients send to a proxy
            target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
        path, _, query = target.partition(b"?")
        environ = self._basis | {
            "REQUEST_METHOD": request.method,
            "PATH_INFO": (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1"),
            "QUERY_STRING": query.decode("latin-1"),
            "SERVER_PROTOCOL": f"HTTP/{request.version}",
            "REMOTE_ADDR": peer,
            "wsgi.input": BytesIO(b"".join(request.body)),
        }
        for name, value in request.headers:
            variable = _variable(name)
            if variable in environ:
                environ[variable] += "," + value.decode("latin-1")
            elif variable:
                environ[variable] = value.decode("latin-1")
        if environ.pop("HTTP_TRANSFER_ENCODING", None):  # the chunks of the body have been joined
            environ["CONTENT_LENGTH"] = str(request.body_bytes)
        if request.refusal:
            environ[REFUSAL] = request.refusal
        return environ

    def call(self, environ: Environ) -> Answer:
        """Return the status, the headers and the body of the app's answer."""
        begun: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            begun[:] = status, headers

        pieces = self._app(environ, start_response)
        try:
            body = b"".join(pieces)
        finally:
            if close := getattr(pieces, "close", None):
                close()
        return begun[0], begun[1], body


def encode(answer: Answer, date: str, connection: str) -> bytes:
    """Return the bytes of an answer; ``connection`` is the value of that header, or empty for none."""
    status, headers, body = answer
    lines = [f"HTTP/1.1 {status}", *[f"{name}: {value}" for name, value in headers], f"date: {date}"]
    if connection:
        lines.append(f"connection: {connection}")
    if status[:3] not in ("204", "304") and not any(name.lower() == "content-length" for name, _ in headers):
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


@lru_cache(1_024)
def _variable(name: bytes) -> str:
    if b"_" in name:
        return ""
    variable = name.decode("latin-1").upper().replace("-", "_")
    return variable if variable in _OWN_NAMES else f"HTTP_{variable}"
