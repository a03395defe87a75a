"""A teacher on this machine, on both protocols, that knows the true labels and makes mistakes as asked."""

import hashlib
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What a fault does to a request: the status, the headers and the body of the answer; None to answer as usual.
Fault = tuple[int, Mapping[str, str], bytes] | None


def chance(*parts: str) -> float:
    """Return a number from 0 to 1 that depends on the parts alone."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


class StubTeacher(ThreadingHTTPServer):
    """Answers with the labels of the text.

    A true label is dropped with the chance ``error``, an absent section added with a tenth of that; ``blind`` is a
    section that is missed three times in ten.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, labels: Mapping[str, set[str]], error: float = 0.0, blind: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.labels, self.error, self.blind = labels, error, blind
        self.asked: Counter[str] = Counter()
        self.keys: list[str | None] = []
        self.bodies: list[dict[str, Any]] = []
        self.fault: Callable[[int], Fault] = lambda _: None
        self.delay = self.drip = 0.0  # seconds before an answer, and between its bytes
        self.lock = threading.Lock()
        self.n = 0

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write no traceback if a client gives up before its answer is there."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def probability(self, text: str, section: str) -> float:
        """Return the answer about a section; it is the same each time."""
        true = section in self.labels[text]
        drop = max(self.error, 0.3) if section == self.blind else self.error
        flips = chance(text, section) < (drop if true else self.error / 10)
        sure = 0.8 + 0.19 * chance(section, text)
        return sure if true != flips else 1 - sure


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: StubTeacher

    def log_message(self, *_: object) -> None:
        """Write no log."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        teacher = self.server
        with teacher.lock:
            teacher.n += 1
            number = teacher.n
            teacher.keys.append(self.headers["Authorization"])
            teacher.bodies.append(body)
        if fault := teacher.fault(number):
            self._send(*fault)
            return
        time.sleep(teacher.delay)
        text = body["state"] if self.path.endswith("/systemone") else body["input"]
        with teacher.lock:
            teacher.asked[text] += 1
        answers = self._answers(body, text)
        usage = {"input_tokens": len(json.dumps(body)) // 4, "output_tokens": 0}
        self._send(200, {}, json.dumps({"model": body["model"], "answers": answers, "usage": usage}).encode())

    def _answers(self, body: dict[str, Any], text: str) -> object:
        find = self.server.probability
        if self.path == "/v1/systemone":
            return {name: {"type": "noul", "noul": find(text, name)} for name in body["questions"]}
        names = [question["name"] for question in body["questions"]]
        return [{"type": "predicate", "name": name, "probability": find(text, name)} for name in names]

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not self.server.drip:
            self.wfile.write(body)
            return
        with suppress(OSError):  # the client had enough
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(self.server.drip)


@contextmanager
def teaching(labels: Mapping[str, set[str]], error: float = 0.0, blind: str = "") -> Iterator[StubTeacher]:
    """Run a stub teacher."""
    teacher = StubTeacher(labels, error, blind)
    thread = threading.Thread(target=teacher.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield teacher
    finally:
        teacher.shutdown()
        thread.join()
        teacher.server_close()
