"""What the server does with bytes: requests in every form that HTTP/1.1 allows, and clients that are slow or rude."""

import http.client
import json
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from classifier.service.guard.keys import create
from classifier.service.process.connection import HEAD_SECONDS
from tests.driver.service import Service, wait_until
from tests.helpers import PAGE

BODY = json.dumps({"body": PAGE}).encode()
MEBIBYTE = 1 << 20


@pytest.fixture(scope="module")
def keyed(starter_models, tmp_path_factory):
    """A service that wants a key, and a key."""
    folder = tmp_path_factory.mktemp("keyed")
    _, key = create(folder / "keys.json", "cms", "tag")
    service = Service(starter_models, folder / "log", "--workers", "2", keys=str(folder / "keys.json"))
    service.http.headers["Authorization"] = f"Bearer {key}"
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


@pytest.fixture(scope="module")
def service(starter_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("open")
    service = Service(starter_models, folder / "log", keys=str(folder / "none"), body_seconds="1")
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def connect(service):
    return socket.create_connection(("127.0.0.1", service.port), timeout=30)


def answers_to(service, raw, n):
    """Send bytes, and return the status, the headers and the body of each of n answers."""
    with connect(service) as line, line.makefile("rb") as file:
        line.sendall(raw)
        return [answer_from(file) for _ in range(n)]


def answer_from(file, has_body=True):
    status = int(file.readline().split()[1])
    headers = http.client.parse_headers(file)
    return status, headers, file.read(int(headers["content-length"])) if has_body else b""


def post(*headers, path="/v1/tags", body=BODY, length=None):
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_requests_sent_in_one_piece_are_answered_in_their_order(service):
    large = json.dumps({"body": "Troops fought at the border. " * 2_000}).encode()  # for a thread, not the event loop
    raw = post(body=large) + HEALTH + post() + HEALTH
    found = answers_to(service, raw, 4)
    assert [status for status, _, _ in found] == [200] * 4
    assert ["tags" in json.loads(body) for _, _, body in found] == [True, False, True, False]


def test_of_many_requests_sent_at_once_each_is_answered_in_its_order(service):
    batch = b"".join(post(body=b'{"body": "Troops fought.", "id": "%d"}' % i) for i in range(300))
    found = answers_to(service, batch + HEALTH * 300 + post(), 601)
    assert [status for status, _, _ in found] == [200] * 601
    assert [json.loads(body)["id"] for _, _, body in found[:300]] == [str(i) for i in range(300)]


def test_many_requests_in_pieces_of_any_size_are_answered(service):
    with connect(service) as line, line.makefile("rb") as file:
        for raw in (HEALTH * 150 + HEALTH[:20], HEALTH[20:] + HEALTH * 150):
            line.sendall(raw)
            time.sleep(0.1)
        assert [answer_from(file)[0] for _ in range(301)] == [200] * 301


def test_what_follows_an_end_is_still_answered(service):
    with connect(service) as line, line.makefile("rb") as file:
        line.sendall(HEALTH * 100)
        line.shutdown(socket.SHUT_WR)
        assert [answer_from(file)[0] for _ in range(100)] == [200] * 100
        assert file.read() == b""


def test_a_request_in_single_bytes_is_answered(service):
    with connect(service) as line, line.makefile("rb") as file:
        for byte in post(body=b'{"body": "Troops fought."}'):
            line.sendall(bytes([byte]))
        assert answer_from(file)[0] == 200


def test_a_body_in_chunks_is_joined(service):
    half = len(BODY) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (BODY[:half], BODY[half:])) + b"0\r\n\r\n"
    head = b"POST /v1/tags HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += b"Transfer-Encoding: chunked\r\n\r\n"
    ((_, _, in_chunks), (_, _, whole)) = answers_to(service, head + chunks + post(), 2)
    assert in_chunks == whole


def test_an_old_client_is_told_whether_its_connection_stays(service):
    ((_, kept, _),) = answers_to(service, b"GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 1)
    ((_, closed, _),) = answers_to(service, b"GET /healthz HTTP/1.0\r\n\r\n", 1)
    assert (kept["connection"], closed["connection"]) == ("keep-alive", "close")


def test_a_head_request_gets_headers_alone(service):
    with connect(service) as line, line.makefile("rb") as file:
        line.sendall(HEALTH.replace(b"GET", b"HEAD") + HEALTH)
        status, headers, _ = answer_from(file, has_body=False)
        assert (status, headers["content-length"]) == (200, "18")
        assert answer_from(file)[2] == b'{"status":"alive"}'


def test_an_offer_of_another_protocol_is_answered_in_this_one(service):
    upgrade = "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"
    found = answers_to(service, post(*upgrade) + HEALTH, 2)
    assert [status for status, _, _ in found] == [200, 200]
    assert json.loads(found[0][2])["tags"]
    for rest in (b"", b"x" * 10_000):
        assert answers_to(service, b"CONNECT a:80 HTTP/1.1\r\nHost: localhost\r\n\r\n" + rest, 1)[0][0] == 404


@pytest.mark.parametrize("target", [b"http://a/healthz", b"/healthz?x=1", b"/%68ealthz"])
def test_other_spellings_of_an_address_are_understood(service, target):
    assert answers_to(service, HEALTH.replace(b"/healthz", target), 1)[0][0] == 200


@pytest.mark.parametrize("hosts", [b"", b"Host: localhost\r\nHost: b\r\n"])
def test_a_request_has_exactly_one_host(service, hosts):
    ((status, headers, body),) = answers_to(service, b"GET /healthz HTTP/1.1\r\n" + hosts + b"\r\n", 1)
    assert (status, headers["content-type"]) == (400, "application/problem+json")
    assert b"Host" in body


def test_a_header_with_an_underscore_cannot_stand_for_one_with_a_hyphen(service):
    """Else a caller could write a header that a proxy in front sets, past the proxy."""
    ((plain, _, _), (underscore, _, _)) = answers_to(
        service, post("X-Forwarded-For: 203.0.113.9") + post("X_Forwarded_For: 203.0.113.9"), 2
    )
    assert (plain, underscore) == (401, 200)


def test_what_is_no_request_is_told_so(service):
    ((status, headers, body),) = answers_to(service, b"hello\r\n\r\n", 1)
    assert (status, headers["content-type"], headers["connection"]) == (400, "application/problem+json", "close")
    assert json.loads(body)["type"] == "urn:copydesk:problem:malformed-input"


def test_headers_without_an_end_are_cut_off_at_their_limit(service):
    with connect(service) as line, line.makefile("rb") as file:
        line.sendall(b"GET /healthz HTTP/1.1\r\nX: " + b"x" * 100_000)
        assert answer_from(file)[0] == 431


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\n"], ids=["nothing", "half of the headers"])
@pytest.mark.slow
def test_headers_that_do_not_arrive_are_waited_for_a_few_seconds(service, sent):
    with connect(service) as line:
        line.sendall(sent)
        start = time.monotonic()
        answer = line.recv(65_536)
        assert HEAD_SECONDS - 1 < time.monotonic() - start < HEAD_SECONDS + 5
    assert answer.startswith(b"HTTP/1.1 408") if sent else answer == b""


@pytest.mark.parametrize("write", ["whole", "chunked"])
def test_a_client_that_writes_all_of_a_body_that_is_too_large_sees_the_answer(service, write):
    for _ in range(10):
        client = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
        body = b"x" * 5 * MEBIBYTE
        client.request("POST", "/v1/tags", [body] if write == "chunked" else body, {"Content-Type": "application/json"})
        answer = client.getresponse()
        assert (answer.status, answer.headers["content-type"]) == (413, "application/problem+json")
        assert "limit" in json.load(answer)["detail"]
        client.close()


def test_a_refused_client_that_never_stops_sending_is_cut_off(service):
    with connect(service) as line:
        line.sendall(post(body=b"", length=1 << 40))
        with pytest.raises(OSError, match=r"reset|pipe"):
            line.sendall(b"x" * 200 * MEBIBYTE)


def test_a_body_is_not_asked_for_before_the_key_is_known(keyed):
    head = post("Expect: 100-continue", body=b"", length=len(BODY))
    ((status, headers, _),) = answers_to(keyed, head, 1)
    assert (status, headers["connection"]) == (401, "close")
    key = keyed.http.headers["Authorization"]
    with connect(keyed) as line, line.makefile("rb") as file:
        line.sendall(head.replace(b"Expect", f"Authorization: {key}\r\nExpect".encode()))
        assert file.readline() == b"HTTP/1.1 100 Continue\r\n"
        file.readline()
        line.sendall(BODY)
        assert answer_from(file)[0] == 200


def test_a_body_of_nobody_is_not_waited_for(keyed):
    start = time.monotonic()
    assert answers_to(keyed, post(length=MEBIBYTE), 1)[0][0] == 401
    assert time.monotonic() - start < 5


def test_silent_and_slow_callers_hold_nobody_up(keyed):
    """The seconds are those of a busy machine; python -m benchmarks door measures."""
    lines = [connect(keyed) for _ in range(1_100)]
    try:
        for line in lines[:50]:
            line.sendall(post(path="/v1/webhooks/nobody", length=MEBIBYTE))
        for line in lines[50:600]:
            line.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
        slowest = {"/v1/tags": 0.0, "/healthz": 0.0}
        for _ in range(20):
            for path in slowest:
                start = time.monotonic()
                answer = keyed.http.post(path, content=BODY) if path == "/v1/tags" else keyed.http.get(path)
                slowest[path] = max(slowest[path], time.monotonic() - start)
                assert answer.status_code in (200, 415)
        assert max(slowest.values()) < 2, slowest
    finally:
        for line in lines:
            line.close()


def test_health_is_answered_while_every_thread_is_busy(service):
    batch = post(path="/v1/tags/batch", body=json.dumps({"articles": [{"body": "<b><i>" * 9_000}] * 60}).encode())
    with ThreadPoolExecutor(4) as threads:
        busy = [threads.submit(answers_to, service, batch, 1) for _ in range(4)]
        time.sleep(0.3)
        while not all(each.done() for each in busy):
            start = time.monotonic()
            assert service.http.get("/healthz").status_code == 200
            assert time.monotonic() - start < 2
        assert [each.result()[0][0] for each in busy] == [200] * 4


def test_connections_that_stay_open_are_shared_between_the_workers(keyed):
    wait_until(lambda: keyed.log.read_text().count("is live") == 2, 20)
    clients = []

    def answering():
        return [line["pid"] for line in keyed.events() if line.get("route") == "/healthz"]

    try:
        before = len(answering())
        for _ in range(8):
            clients.append(http.client.HTTPConnection("127.0.0.1", keyed.port, timeout=20))
            clients[-1].request("GET", "/healthz")
            clients[-1].getresponse().read()
        wait_until(lambda: len(answering()) >= before + 8, 20)
        seen = answering()[-8:]
        assert all(seen.count(pid) >= 2 for pid in keyed.workers()), seen
    finally:
        for client in clients:
            client.close()


@pytest.mark.parametrize(
    "head",
    [
        "Content-Length: 6\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 6",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: \x0bchunked",
        "Content-Length: 6\r\nContent-Length: 7",
        "Content-Length: +6",
        "Content-Length: 0x6",
        "Content-Length: 6, 6",
        "Content-Length: 6\nX: y",
        "X: y\n\nGET /metrics HTTP/1.1",
    ],
)
def test_a_body_of_unclear_length_hides_no_second_request(service, head):
    raw = f"POST /v1/tags HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n0\r\n\r\n"
    raw += "XGET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connect(service) as line:
        line.sendall(raw.encode("latin-1"))
        found = b"".join(iter(lambda: line.recv(65_536), b""))
    assert found.startswith(b"HTTP/1.1 400")
    assert len(re.findall(rb"HTTP/1.1 \d", found)) == 1


def test_a_client_that_wants_its_connection_closed_gets_that(service):
    with connect(service) as line:
        line.sendall(HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + HEALTH)
        found = b"".join(iter(lambda: line.recv(65_536), b""))
    assert len(re.findall(rb"HTTP/1.1 \d", found)) == 1
    assert b"connection: close" in found


def test_callers_that_send_many_requests_at_once_and_read_no_answer_hold_nobody_up(keyed):
    """The seconds are those of a busy machine; before, each call took ten.

    It is the last test of this service: calls without a key from its address are refused for a minute afterwards.
    """
    stop, raw = threading.Event(), b"GET /v1/sections HTTP/1.1\r\nHost: localhost\r\n\r\n" * 2_000

    def send():
        while not stop.is_set():
            with connect(keyed) as line:
                line.settimeout(0.2)
                try:
                    while not stop.is_set():
                        line.sendall(raw)
                except OSError:
                    continue

    with ThreadPoolExecutor(20) as threads:
        for _ in range(20):
            threads.submit(send)
        try:
            time.sleep(0.5)
            for _ in range(5):
                start = time.monotonic()
                assert keyed.http.get("/healthz", headers={"Connection": "close"}).status_code == 200
                assert time.monotonic() - start < 2
        finally:
            stop.set()
