"""Bad input against the real server: each gets its 4xx or a clean close, the next request its answer."""

import http.client
import socket
import time
from pathlib import Path

import pytest

from tests.driver.service import Service
from tests.faults.bad_requests import SECRET, bad_requests, post

GOOD = post(b'{"body": "Troops fought at the disputed border in Ladakh."}')
BODY_SECONDS = 1.0
THREADS = 4


@pytest.fixture(scope="module")
def service(starter_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    service = Service(
        starter_models, folder / "log", keys=str(folder / "none"), body_seconds=str(BODY_SECONDS), threads=str(THREADS)
    )
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()
    assert SECRET not in service.log.read_text()


class Line:
    """A connection to the service, byte by byte."""

    def __init__(self, service):
        self.socket = socket.create_connection(("127.0.0.1", service.port), timeout=20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, raw):
        """Send; a server that has refused already may have closed."""
        try:
            self.socket.sendall(raw)
        except (BrokenPipeError, ConnectionResetError):
            return

    def answer(self):
        """Return status, headers and body; None where the server closed without a word."""
        response = http.client.HTTPResponse(self.socket)
        try:
            response.begin()
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return None
        return response.status, response.headers, response.read()


def ask(service, raw):
    with Line(service) as line:
        line.send(raw)
        return line.answer()


def answers(service):
    answered = ask(service, GOOD)
    return answered is not None and answered[0] == 200


def memory(service):
    """Proportional memory of the workers, in bytes: what they share counts once."""
    total = 0
    for pid in service.workers():
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1_024
    return total


def test_there_are_enough_of_them():
    cases = bad_requests()
    assert len(cases) >= 200
    assert len({case.raw for case in cases}) == len(cases)


def test_bad_requests_are_refused_and_the_next_one_is_answered(service):
    cases = bad_requests()
    wrong = []
    for case in cases:
        answered = ask(service, case.raw)
        if answered is not None:
            status, headers, body = answered
            if status not in case.statuses or SECRET.encode() in body:
                wrong.append((case.name, status, body[:200]))
            elif body and status != 308 and headers["content-type"] != "application/problem+json":
                wrong.append((case.name, status, headers["content-type"]))
        elif not _the_servers_own(case.statuses):
            wrong.append((case.name, "closed without an answer"))
        if not answers(service):
            wrong.append((case.name, "the next request was not answered"))
    assert wrong == []


def _the_servers_own(statuses):
    """Whether the server itself may refuse it, by closing: what is no HTTP, or too large to be read to its end."""
    return 400 in statuses or 413 in statuses or 431 in statuses


@pytest.mark.parametrize(
    "raw",
    [
        post(b'{"body": "' + b"a" * 999_000 + b'"}'),
        post(b"a" * 1_000_000, "text/plain"),
        post(b"<div>" * 50_000 + b"border" + b"</div>" * 50_000, "text/html"),
        post(b"<b><i>" * 50_000 + b"border", "text/html"),
        post(b"\x00" * 1_000_000, "text/plain"),
        post(b'{"body": "' + "\U0001f9d1\u200d\U0001f680".encode() * 50_000 + b'"}'),
        post(b'{"body": "' + b"\\u0000" * 100_000 + b'"}'),
        post(("e" + "\u0301" * 100_000).encode(), "text/plain"),
        post(b"a " * 500_000, "text/plain"),
    ],
    ids=[
        "a letter",
        "a letter as text",
        "50,000 tags",
        "tags left open",
        "NUL",
        "joined signs",
        "escaped NUL",
        "accents",
        "words",
    ],
)
def test_what_is_only_strange_is_answered(service, raw):
    assert ask(service, raw)[0] == 200


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
@pytest.mark.parametrize("trickle", [b"", b"z"], ids=["silent", "byte by byte"])
def test_a_slow_body_is_cut_off(service, kind, trickle):
    with Line(service) as line:
        line.send(post(b'{"body": "zebra' + b"a" * 100, kind)[:-50])
        start = time.monotonic()
        line.socket.settimeout(0.2)
        while time.monotonic() - start < 6 * BODY_SECONDS:
            try:
                line.socket.recv(1, socket.MSG_PEEK)
                break
            except TimeoutError:
                line.send(trickle)
        assert BODY_SECONDS / 2 <= time.monotonic() - start < 5 * BODY_SECONDS
        line.socket.settimeout(5)
        answered = line.answer()
        assert answered is None or answered[0] == 408
        assert line.socket.recv(1) == b""
    assert answers(service)


def test_slow_bodies_hold_it_for_no_longer_than_it_takes_to_cut_them_off_in_turn(service):
    """Each takes a thread for as long as a body may take: whoever has a key can do that, and a proxy prevents it."""
    turns = 3
    lines = [Line(service) for _ in range(turns * THREADS)]
    try:
        for line in lines:
            line.send(post(b'{"body": "zebra' + b"a" * 100)[:-50])
        time.sleep(BODY_SECONDS / 2)  # all of them are there before the request that has to wait for them
        start = time.monotonic()
        assert answers(service)
        assert time.monotonic() - start < 4 * turns * BODY_SECONDS
    finally:
        for line in lines:
            line.socket.close()
    assert answers(service)


@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_a_body_that_ends_early_is_not_taken_for_the_article(service, kind):
    with Line(service) as line:
        line.send(post(b'{"body": "border Ladakh zebra"}' + b" " * 50, kind)[:-50])
        line.socket.shutdown(socket.SHUT_WR)
        answered = line.answer()
    assert answered is None or answered[0] in (400, 408)
    assert answers(service)


def test_clients_that_go_away_leave_nothing_behind(service):
    for cut in (1, 20, len(GOOD) - 10, len(GOOD)):
        for _ in range(10):
            with Line(service) as line:
                line.send(GOOD[:cut])
    assert answers(service)


@pytest.mark.slow
def test_memory_returns_to_where_it_was(starter_models, tmp_path):
    """A service that has only had work of every day, then all of the bad input, then some of every day again."""
    service = Service(
        starter_models, tmp_path / "log", keys=str(tmp_path / "none"), body_seconds=str(BODY_SECONDS), threads="4"
    )
    page = b"<p>Troops fought at the disputed border in Ladakh.</p>" * 100
    daily = [GOOD, post(page, "text/html"), post(b'{"articles": [{"body": "Two rivers rose over their banks."}]}')]
    daily[2] = daily[2].replace(b"/v1/tags", b"/v1/tags/batch")
    large = [post(b"word " * 190_000, "text/plain"), post(b"<p>a</p>" * 100_000, "text/html")]

    def work():
        for raw in daily * 100:
            assert ask(service, raw)[0] == 200
        return memory(service)

    try:
        before = work()
        for raw in [case.raw for case in bad_requests()] + large * 5:
            ask(service, raw)
        after = work()
    finally:
        assert service.stop() == 0
    assert after < before * 1.1, (before, after)
