"""The configuration of nginx, in front of a service whose worker dies."""

from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from tests.driver.proxies import INSTALL, found, proxying

_asked = Counter()


class _Worker(BaseHTTPRequestHandler):
    """Answers the first request of a connection, and dies of the second."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    answered = 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        _asked[self.path] += 1
        self.answered += 1
        if self.answered > 1:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def front(tmp_path):
    """The address of an nginx as documented, in front of a worker of ours."""
    if found("nginx") is None:
        pytest.skip(f"no nginx on this machine: {INSTALL['nginx']}")
    worker = ThreadingHTTPServer(("127.0.0.1", 0), _Worker)
    Thread(target=worker.serve_forever, daemon=True).start()
    try:
        with proxying("nginx", worker.server_port, tmp_path, processes=1) as port:
            _asked.clear()
            yield f"http://127.0.0.1:{port}"
    finally:
        worker.shutdown()
        worker.server_close()


@pytest.mark.parametrize(
    ("path", "statuses", "times"),
    [
        ("/v1/tags", [200, 200], 3),
        ("/v1/feedback", [200, 200], 3),
        ("/v1/decisions", [200, 200], 3),
        ("/v1/webhooks/cms", [200, 200], 3),
    ],
)
def test_what_may_be_sent_twice_is_repeated_when_a_worker_dies(front, path, statuses, times):
    assert [httpx.post(f"{front}{path}", json={}).status_code for _ in statuses] == statuses
    assert _asked[path] == times
