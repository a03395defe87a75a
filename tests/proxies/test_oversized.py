"""A body that is too large: clients of every kind see the answer 413, directly and through each proxy."""

import http.client
import socket

import pytest

from tests.driver.proxies import INSTALL, found, proxying
from tests.driver.service import Service
from tests.driver.uploads import REFUSED, UPLOADS, missing

BYTES = 5_000_000
LIMIT = 100_000


@pytest.fixture(scope="module", params=["direct", *INSTALL])
def url(request, starter_models, tmp_path_factory):
    """The address of a service, or of a proxy in front of one."""
    folder, kind = tmp_path_factory.mktemp(request.param), request.param
    if kind != "direct" and found(kind) is None:
        pytest.skip(f"no {kind} on this machine: {INSTALL[kind]}")
    proxies = "0" if kind == "direct" else "1"
    args = ["--workers", "1", "--keys", str(folder / "none"), "--allow-anonymous"]
    service = Service(starter_models, folder / "log", *args, proxies=proxies)
    if kind == "direct":
        yield service.url
    else:
        with proxying(kind, service.port, folder) as port:
            yield f"http://127.0.0.1:{port}"
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize("client", UPLOADS)
def test_every_client_sees_the_413(url, client):
    if program := missing(client):
        pytest.skip(f"no {program} on this machine")
    assert UPLOADS[client][1](f"{url}/v1/tags", BYTES) == REFUSED


@pytest.fixture(scope="module")
def behind(starter_models, tmp_path_factory):
    """A service with a small limit that has a proxy in front of it."""
    folder = tmp_path_factory.mktemp("behind")
    args = ["--workers", "1", "--keys", str(folder / "none"), "--allow-anonymous"]
    service = Service(starter_models, folder / "log", *args, proxies="1", max_request_bytes=str(LIMIT))
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def head(*headers):
    lines = ["POST /v1/tags HTTP/1.1", "Host: localhost", "Content-Type: application/json", *headers, "", ""]
    return "\r\n".join(lines).encode()


def status_of(line):
    answer = http.client.HTTPResponse(line)
    answer.begin()
    answer.read()
    return answer.status


def test_behind_a_proxy_a_body_that_is_too_large_is_read_before_it_is_refused(behind):
    """Else a proxy that does not wait for its client closes the connection while that is still sending."""
    with socket.create_connection(("127.0.0.1", behind.port), timeout=10) as line:
        for _ in range(2):  # the connection stays
            line.sendall(head(f"Content-Length: {2 * LIMIT}") + bytes(2 * LIMIT - 1))
            line.settimeout(0.3)
            with pytest.raises(TimeoutError):
                line.recv(1, socket.MSG_PEEK)
            line.settimeout(10)
            line.sendall(b"\0")
            assert status_of(line) == 413
        line.sendall(head("Transfer-Encoding: chunked") + b"%x\r\n%s\r\n" % (2 * LIMIT, bytes(2 * LIMIT)))
        line.settimeout(0.3)
        with pytest.raises(TimeoutError):
            line.recv(1, socket.MSG_PEEK)
        line.settimeout(10)
        line.sendall(b"0\r\n\r\n")
        assert status_of(line) == 413
        line.sendall(head("Content-Length: 22") + b'{"body": "A cyclone."}')
        assert status_of(line) == 200


@pytest.mark.parametrize(
    "sent",
    [
        head(f"Content-Length: {5 * LIMIT}"),
        head("Transfer-Encoding: chunked") + b"%x\r\n%s" % (5 * LIMIT, bytes(4 * LIMIT + 1)),
    ],
    ids=["announced", "chunked"],
)
def test_behind_a_proxy_a_body_that_is_far_too_large_is_refused_at_once(behind, sent):
    with socket.create_connection(("127.0.0.1", behind.port), timeout=10) as line:
        line.sendall(sent)
        assert status_of(line) == 413


def test_behind_a_proxy_a_body_that_is_too_large_is_asked_for(behind):
    """The proxy waits for the word to go on, and passes it to its client."""
    with socket.create_connection(("127.0.0.1", behind.port), timeout=10) as line:
        line.sendall(head(f"Content-Length: {2 * LIMIT}", "Expect: 100-continue"))
        assert line.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(bytes(2 * LIMIT))
        assert status_of(line) == 413
