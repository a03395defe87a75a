"""Programs that post a body of any size, each with another HTTP client and as everybody writes that."""

import http.client
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import requests

_FOLDER = Path(__file__).parent
_TYPE = {"Content-Type": "application/json"}
_SECONDS = 60
#: What an upload that sees the service's refusal returns.
REFUSED = "413 application/problem+json"


def _http_client(url: str, n_bytes: int, *, chunked: bool = False) -> str:
    parts = urlsplit(url)
    client = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    body = bytes(n_bytes)
    try:
        client.request("POST", parts.path, [body] if chunked else body, _TYPE)
        answer = client.getresponse()
        return f"{answer.status} {answer.headers['content-type']}"
    except OSError as error:
        return type(error).__name__
    finally:
        client.close()


def _requests(url: str, n_bytes: int) -> str:
    try:
        answer = requests.post(url, data=bytes(n_bytes), headers=_TYPE, timeout=_SECONDS)
    except requests.RequestException as error:
        return type(error).__name__
    return f"{answer.status_code} {answer.headers['content-type']}"


def _httpx(url: str, n_bytes: int) -> str:
    try:
        answer = httpx.post(url, content=bytes(n_bytes), headers=_TYPE, timeout=_SECONDS, trust_env=False)
    except httpx.TransportError as error:
        return type(error).__name__
    return f"{answer.status_code} {answer.headers['content-type']}"


def _curl(url: str, n_bytes: int, *headers: str) -> str:
    more = [part for header in headers for part in ("-H", header)]
    command = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{content_type}", "--data-binary", "@-", url]
    return _run([*command, "-H", "Content-Type: application/json", *more], bytes(n_bytes))


def _script(program: str, name: str, url: str, n_bytes: int, *more: str) -> str:
    return _run([program, str(_FOLDER / name), url, str(n_bytes), *more])


def _run(command: list[str], given: bytes = b"") -> str:
    done = subprocess.run(command, input=given, capture_output=True, timeout=2 * _SECONDS, check=False)
    return (done.stdout or done.stderr).decode(errors="replace").strip()


#: By the name of the client: the program that it needs, if any, and the upload. An upload takes an address and a number
#: of bytes, and returns the status and the type of the answer, or what went wrong.
UPLOADS: dict[str, tuple[str | None, Callable[[str, int], str]]] = {
    "Python http.client": (None, _http_client),
    "Python http.client, chunked": (None, partial(_http_client, chunked=True)),
    "Python requests": (None, _requests),
    "Python httpx": (None, _httpx),
    "curl": ("curl", _curl),
    "curl, no Expect": ("curl", lambda url, n: _curl(url, n, "Expect:")),
    "curl, chunked": ("curl", lambda url, n: _curl(url, n, "Transfer-Encoding: chunked")),
    "PHP curl": ("php", partial(_script, "php", "curl.php")),
    "PHP file_get_contents": ("php", partial(_script, "php", "stream.php")),
    "Node fetch": ("node", partial(_script, "node", "fetch.mjs")),
    "Node fetch, chunked": ("node", lambda url, n: _script("node", "fetch.mjs", url, n, "chunked")),
    "Node http.request": ("node", partial(_script, "node", "request.mjs")),
}


def missing(client: str) -> str | None:
    """Return the program that a client needs and that this machine does not have, or None."""
    program = UPLOADS[client][0]
    return program if program and not shutil.which(program) else None
