"""Callers without a key, or with a wrong one, at the real service: what they may not do, byte by byte."""

import json
import re
import socket
from contextlib import suppress

import pytest

from classifier.service.guard.keys import create
from tests.driver.service import Service
from tests.helpers import PAGE

SECRET = "s3cret-of-the-newsroom-with-32-letters"
SOURCES = """
[source.cms]
scheme = "hub"
secret = "DOOR_SECRET"
body = "/body"
"""
BODY = json.dumps({"body": PAGE}).encode()


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    path = tmp_path_factory.mktemp("door") / "keys.json"
    return path, create(path, "cms", "tag")[1]


@pytest.fixture(scope="module")
def service(starter_models, keys, tmp_path_factory):
    folder = tmp_path_factory.mktemp("door")
    (folder / "webhooks.toml").write_text(SOURCES)
    settings = {"keys": str(keys[0]), "webhooks": str(folder / "webhooks.toml"), "access_log": "false"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOOR_SECRET", SECRET)
        service = Service(starter_models, folder / "log", "--workers", "1", **settings)
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def exchange(service, raw):
    """Send bytes, and return the statuses of all answers until the service closes or falls silent."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
        found = b""
        with suppress(TimeoutError, BrokenPipeError, ConnectionResetError):
            line.sendall(raw)
            line.settimeout(5)
            while data := line.recv(65_536):
                found += data
                line.settimeout(0.3)
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3})", found)]


def request(*headers, method="POST", target="/v1/tags", body=b"", length=True):
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *headers]
    lines += [f"Content-Length: {len(body)}"] if length else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


HIDDEN = request(method="GET", target="/healthz")
JSON = "Content-Type: application/json"


def key_of(keys):
    return f"Authorization: Bearer {keys[1]}"


@pytest.mark.parametrize(("n", "status"), [(90, 200), (101, 431)])
def test_a_hundred_headers_are_allowed(service, n, status):
    assert exchange(service, request(*[f"X-{i}: y" for i in range(n)], method="GET", target="/healthz")) == [status]


@pytest.mark.parametrize(
    ("method", "target", "statuses"),
    [
        ("GET", "/healthz?" + "x" * 60_000, {200, 422}),
        ("GET", "/healthz?" + "x" * 70_000, {414, 431}),
        ("X" * 10_000, "/healthz", {400, 405}),
        ("POST", "/v1/tags?" + "&".join(f"p{i}=1" for i in range(8_000)), {422, 431}),
    ],
    ids=["60 kB", "70 kB", "method", "parameters"],
)
def test_long_addresses_methods_and_queries_are_refused(service, keys, method, target, statuses):
    found = exchange(service, request(key_of(keys), JSON, method=method, target=target, body=BODY))
    assert len(found) == 1
    assert found[0] in statuses
    assert exchange(service, HIDDEN) == [200]


@pytest.mark.parametrize(
    "header",
    [
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding:\tchunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: gzip, chunked",
        "Content-Length: 18446744073709551617",
        "Content-Length: ",
        "Content-Length: -1",
        "Content-Length: 5, 6",
        "X: a\rb\r\nContent-Length: 5",
    ],
)
@pytest.mark.parametrize("has_key", [True, False])
def test_no_framing_makes_a_body_the_next_request(service, keys, header, has_key):
    """The hidden request is in the body, whether its length is that of the chunk or of the header."""
    headers = [header, JSON, *([key_of(keys)] if has_key else [])]
    raw = request(*headers, length=False) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)
    assert len(exchange(service, raw)) <= 1


@pytest.mark.parametrize(
    "chunks",
    [
        b"ffffffffffffffffff\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        b"5;" + b"x" * 20_000 + b"\r\nhello\r\n",
        b"-5\r\nhello\r\n",
        b"5\nhello\n0\n\n",
    ],
    ids=["overflow", "0x", "bare LF", "long extension", "negative", "LF alone"],
)
def test_chunks_that_are_malformed_are_refused(service, keys, chunks):
    found = exchange(service, request(key_of(keys), JSON, "Transfer-Encoding: chunked", length=False) + chunks + HIDDEN)
    assert found in ([400], [422], [413])


@pytest.mark.slow
@pytest.mark.parametrize(
    "raw",
    [
        b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v1/sections\r\n",
        b"GET /v1/sections HTTP/1.2\r\nHost: localhost\r\n\r\n",
        b"GET http://elsewhere.example/v1/sections HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /v1/sections HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    ],
    ids=["OPTIONS *", "HTTP/0.9", "HTTP/1.2", "absolute", "HTTP/2", "websocket"],
)
def test_other_forms_of_a_request_need_a_key_too(service, raw):
    found = exchange(service, raw)
    assert len(found) <= 1
    assert set(found) <= {400, 401, 404, 505}


@pytest.mark.parametrize(
    ("headers", "target", "status"),
    [
        ((), "/v1/tags", 401),
        ((), "/nowhere", 401),
        (("key",), "/nowhere", 404),
        (("key", "Content-Type: image/png"), "/v1/tags", 415),
        (("Authorization: Bearer wrong",), "/v1/tags", 401),
    ],
)
def test_an_unread_body_is_not_the_next_request(service, keys, headers, target, status):
    given = [key_of(keys) if header == "key" else header for header in headers]
    assert exchange(service, request(*given, target=target, body=HIDDEN)) == [status]


def test_a_body_of_a_get_is_not_the_next_request(service):
    assert exchange(service, request(method="GET", target="/healthz", body=HIDDEN)) == [200]


def test_a_key_counts_once_and_in_its_header_only(service, keys):
    key = key_of(keys)
    get = {"method": "GET", "target": "/v1/sections"}
    assert exchange(service, request(key, **get)) == [200]
    assert exchange(service, request(key.replace("Bearer", "bearer"), **get)) == [200]
    assert exchange(service, request(key, "Authorization: Bearer wrong", **get)) == [401]
    assert exchange(service, request("Authorization: Bearer wrong", key, **get)) == [401]
    assert exchange(service, request(key.replace("Authorization", "Proxy-Authorization"), **get)) == [401]
    assert exchange(service, request(method="GET", target=f"/v1/sections?authorization=Bearer%20{keys[1]}")) == [401]


def test_sql_in_the_names_of_an_article_is_stored_as_text(service, keys):
    sql = "'; DROP TABLE copydesk_feedback; --"
    body = json.dumps({"article": sql, "revision": sql, "added": ["conflicts"]}).encode()
    for status in (201, 200):  # 200: it is there
        assert exchange(service, request(key_of(keys), JSON, target="/v1/feedback", body=body)) == [status]


def test_deliveries_that_are_refused_fill_no_log(service):
    for name, header in (("cms", f"X-Hub-Signature-256: sha256={'0' * 64}"), ("nobody", "X: y")):
        raw = request(JSON, header, target=f"/v1/webhooks/{name}", body=BODY)
        for _ in range(200):
            assert exchange_one(service, raw) == 401
    lines = [line for line in service.log.read_text().splitlines() if "was refused" in line]
    assert len(lines) == 2, lines
    assert "source cms" in lines[0]


def exchange_one(service, raw):
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as line:
        line.sendall(raw)
        return int(line.recv(12)[9:])
