"""A gate in front of the real service: records requests, wants a key, and fails in the ways that services fail."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from pydantic import AwareDatetime, BaseModel, Field

KEY = "a-key-of-the-tests"
FEEDBACK = "/v1/feedback"
HANG_SECONDS = 20.0
SLOW_SECONDS = 1.5
HUGE_BYTES = 12 * 2**20


class Feedback(BaseModel, extra="forbid", strict=False):
    """The body that the plugin sends to POST /v1/feedback, with every field that it must have."""

    article: str = Field(pattern=r"^[^/]+(/.+)?/\d+$")
    revision: str = Field(min_length=1)
    model: str | None
    suggested: list[str]
    kept: list[str]
    added: list[str]
    removed: list[str]
    applied: list[str]
    reviewed: list[str] = []
    published: AwareDatetime
    headline: str | None = None
    body: str | None = None


class Front:
    """Forwards to ``service``.

    ``mode`` is up, slow, hang, error (500), html, redirect or huge; `down` closes the port. ``instead`` gets the path
    and the JSON of each good answer, and returns the JSON that is sent in its place.
    """

    def __init__(self, service: str) -> None:
        self.mode = "up"
        self.feedback_status = 200
        self.lose_answers = False
        self.unknown_field = ""
        self.instead: Callable[[str, Any], Any] | None = None
        self.asked: list[tuple[str, Any]] = []
        self.feedback: dict[tuple[str, str], Feedback] = {}
        self._service = httpx.Client(base_url=service, timeout=30)
        self._port = 0
        self._listen()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _listen(self) -> None:
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self):
                front._answer(self)

            do_POST = do_GET  # noqa: N815 - the server's name for it

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 50

        self._server = Server(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End for good."""
        self._stop()
        self._service.close()

    def _stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections for a while."""
        self._stop()
        try:
            yield
        finally:
            self._listen()

    @contextmanager
    def failing(self, mode: str) -> Iterator[None]:
        if mode == "down":
            with self.down():
                yield
            return
        self.mode = mode
        try:
            yield
        finally:
            self.mode = "up"

    def ask(self, body: dict[str, Any], path: str = "/v1/tags") -> dict[str, Any]:
        """Ask the service itself, past the gate."""
        return self._service.post(path, json=body).raise_for_status().json()

    def articles_asked(self) -> list[str]:
        """Return the id of every article that was asked about, repeats included."""
        found = []
        for path, body in self.asked:
            if path == "/v1/tags":
                found.append(body["id"])
            elif path == "/v1/tags/batch":
                found.extend(article["id"] for article in body["articles"])
        return found

    def asked_about(self, post: int) -> list[dict[str, Any]]:
        """Return what was asked about one post, in order."""
        single = [body for path, body in self.asked if path == "/v1/tags"]
        batch = [article for path, body in self.asked if path == "/v1/tags/batch" for article in body["articles"]]
        return [body for body in [*single, *batch] if body["id"].endswith(f"/{post}")]

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        data = request.rfile.read(int(request.headers.get("content-length") or 0))
        path = request.path.split("?")[0]
        self.asked.append((path, json.loads(data) if data else None))
        if self.mode == "hang":
            time.sleep(HANG_SECONDS)
            return
        if self.mode == "slow":
            time.sleep(SLOW_SECONDS)
        status, kind, body = self._failure() or self._forward(request, path, data)
        if path == FEEDBACK and self.lose_answers:
            return
        request.send_response(status)
        request.send_header("Content-Type", kind)
        if self.mode == "redirect":
            request.send_header("Location", "http://127.0.0.1:9/v1/tags")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _failure(self) -> tuple[int, str, bytes] | None:
        if self.mode == "error":
            return _problem(500, "the service met an error that it did not expect; it is in the log")
        if self.mode == "html":
            return 200, "text/html", b"<html><body>It works!</body></html>"
        if self.mode == "redirect":
            return 302, "text/html", b""
        if self.mode == "huge":
            return 200, "application/json", b'{"model": "' + b"x" * HUGE_BYTES + b'"}'
        return None

    def _forward(self, request: BaseHTTPRequestHandler, path: str, data: bytes) -> tuple[int, str, bytes]:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _problem(401, "the key is not known")
        if path == FEEDBACK and self.feedback_status != 200:
            return _problem(self.feedback_status, "feedback cannot be stored now")
        if path == FEEDBACK and self.unknown_field in json.loads(data):
            return _problem(422, "there is no such field", self.unknown_field)
        headers = {"content-type": request.headers.get("content-type") or "application/json"}
        answer = self._service.request(request.command, request.path, content=data, headers=headers)
        if path == FEEDBACK and answer.is_success:
            feedback = Feedback.model_validate_json(data)
            self.feedback.setdefault((feedback.article, feedback.revision), feedback)
        if self.instead and answer.is_success:
            replaced = json.dumps(self.instead(path, answer.json())).encode()
            return answer.status_code, answer.headers["content-type"], replaced
        return answer.status_code, answer.headers["content-type"], answer.content


def _problem(status: int, detail: str, field: str = "") -> tuple[int, str, bytes]:
    body = {"type": "urn:copydesk:problem:test", "title": "Failure", "status": status, "detail": detail}
    body |= {"errors": [{"field": field, "detail": detail}]} if field else {}
    return status, "application/problem+json", json.dumps(body).encode()
