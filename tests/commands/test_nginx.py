"""The configuration of nginx in docs/operations/serving.md, in front of a service whose worker dies."""

import re
import shutil
import subprocess
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest

from tests.driver.processes import free_port
from tests.driver.service import wait_until
from tests.helpers import ROOT

NGINX = shutil.which("nginx")
_FRAME = """
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {documented}
}}
"""


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
    if NGINX is None:
        pytest.skip("no nginx on this machine: apt-get install nginx")
    _asked.clear()
    worker = ThreadingHTTPServer(("127.0.0.1", 0), _Worker)
    Thread(target=worker.serve_forever, daemon=True).start()
    page = (ROOT / "docs" / "operations" / "serving.md").read_text()
    documented = re.search(r"```nginx\n(.*?)```", page, re.DOTALL)[1]
    port = free_port()
    documented = documented.replace("127.0.0.1:8000", f"127.0.0.1:{worker.server_port}")
    documented = documented.replace("listen 8080", f"listen 127.0.0.1:{port}")
    path = tmp_path / "nginx.conf"
    path.write_text(_FRAME.format(folder=tmp_path, documented=documented))
    command = [NGINX, "-p", str(tmp_path), "-c", str(path), "-g", "daemon off; master_process off;"]
    with (tmp_path / "output").open("w") as output:
        nginx = subprocess.Popen(command, stdout=output, stderr=output)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _listens(url), 10, tmp_path / "output")
        yield url
    finally:
        nginx.terminate()
        nginx.wait(10)
        worker.shutdown()
        worker.server_close()


def _listens(url):
    try:
        httpx.get(url)
    except httpx.TransportError:
        return False
    return True


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
