"""Feedback at the real service: what it acknowledged is stored once, whatever is killed; tagging needs no database."""

import json
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from classifier.feedback.database import Database
from classifier.feedback.store import FeedbackStore
from tests.driver.service import Service, wait_until

ARTICLE = {"body": "Indian and Chinese troops fought at the disputed border in Ladakh."}
SENDERS = 8


def feedback(number):
    return {
        "article": f"site.example/{number}",
        "revision": "r1",
        "model": "m",
        "suggested": ["south-asia", "conflicts"],
        "kept": ["south-asia"],
        "removed": ["conflicts"],
        "added": [f"section-{number % 7}"],
    }


def send(url, number):
    """Send feedback until it is answered, as a CMS does, and return the status."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            answer = _client().post(f"{url}/v1/feedback", json=feedback(number))
        except httpx.TransportError:
            time.sleep(0.05)
            continue
        if answer.status_code in (200, 201):
            return answer.status_code
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) >= 1
        time.sleep(0.2)
    raise AssertionError("not stored within two minutes")


_mine = threading.local()


_clients = []


@pytest.fixture(autouse=True)
def close_clients():
    yield
    while _clients:
        _clients.pop().close()


def _client():
    if not hasattr(_mine, "client") or _mine.client.is_closed:
        _mine.client = httpx.Client(timeout=10)
        _clients.append(_mine.client)
    return _mine.client


def kill_all(service):
    """Kill what answers and what watches, at once."""
    service.http.close()
    for pid in (service.process.pid, *service.workers()):
        os.kill(pid, signal.SIGKILL)
    service.process.wait()


def prove(models, folder, address, n):
    """Send n pieces of feedback, every third one twice, while the service is killed twice; then read the database."""
    settings = {"feedback": address, "access_log": "false"}
    service = Service(models, folder / "log", "--workers", "2", **settings)
    url, port = service.url, service.port
    numbers = [m for number in range(n) for m in ([number, number] if number % 3 == 0 else [number])]
    done = []
    with ThreadPoolExecutor(SENDERS) as threads:
        futures = [threads.submit(send, url, number) for number in numbers]
        for future in futures:
            future.add_done_callback(done.append)
        for part in (1, 2):
            wait_until(lambda part=part: len(done) >= part * len(numbers) // 3, 300)
            assert len(done) < len(numbers), "nothing was being sent any more"
            kill_all(service)
            service = Service(models, folder / f"log{part}", "--workers", "2", port=port, **settings)
        statuses = [future.result() for future in futures]
    assert service.stop() == 0
    database = Database(address)
    stored = [item.feedback for item in FeedbackStore(database).latest()]
    count = FeedbackStore(database).count()
    database.close()
    assert count == n
    assert {d.article: (d.revision, d.kept, d.removed, d.added) for d in stored} == {
        f"site.example/{i}": ("r1", ("south-asia",), ("conflicts",), (f"section-{i % 7}",)) for i in range(n)
    }
    assert n - 2 * SENDERS <= statuses.count(201) <= n  # an answer may have died with the service


@pytest.mark.slow
def test_what_is_answered_is_stored_once_though_the_service_is_killed(starter_models, tmp_path, address):
    prove(starter_models, tmp_path, address, 300)


@pytest.mark.feedback
def test_ten_thousand_pieces_of_feedback_are_stored_once_though_the_service_is_killed(
    starter_models, tmp_path, address
):
    prove(starter_models, tmp_path, address, 10_000)


@pytest.mark.slow
def test_a_database_that_is_away_is_a_503_and_tagging_goes_on(starter_models, tmp_path, postgres):
    postgres.query("create database away")
    service = Service(starter_models, tmp_path / "log", feedback=postgres.address.replace("/postgres?", "/away?"))
    try:
        assert service.http.post("/v1/feedback", json=feedback(1)).status_code == 201
        postgres.stop()
        try:
            answer = service.http.post("/v1/feedback", json=feedback(2) | {"body": "zebra"})
            assert answer.status_code == 503
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.headers["Retry-After"] == "5"
            assert answer.json()["type"] == "urn:copydesk:problem:feedback"
            assert service.http.post("/v1/tags", json=ARTICLE).json()["outcome"] == "tagged"
            assert service.http.get("/readyz").status_code == 200
        finally:
            postgres.start()
        time.sleep(1.1)
        assert service.http.post("/v1/feedback", json=feedback(2)).status_code == 201
        assert service.http.post("/v1/feedback", json=feedback(1)).status_code == 200
    finally:
        assert service.stop() == 0
    assert "zebra" not in service.log.read_text()


@pytest.mark.feedback
def test_a_database_that_hangs_does_not_hold_up_tagging(starter_models, tmp_path, postgres):
    """A stopped server accepts nothing and refuses nothing: the kernel takes connections, and nobody answers."""
    postgres.query("create database hangs")
    service = Service(starter_models, tmp_path / "log", feedback=postgres.address.replace("/postgres?", "/hangs?"))
    try:
        assert service.http.post("/v1/feedback", json=feedback(1)).status_code == 201
        pids = [postgres._process.pid, *map(int, _children(postgres._process.pid))]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            with ThreadPoolExecutor(16) as threads:
                sent = [
                    threads.submit(httpx.post, f"{service.url}/v1/feedback", json=feedback(i), timeout=30)
                    for i in range(16)
                ]
                time.sleep(0.3)
                assert service.http.post("/v1/tags", json=ARTICLE, timeout=2).status_code == 200
                assert {future.result().status_code for future in sent} == {503}
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
    finally:
        assert service.stop() == 0


def _children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_the_start_of_the_service_does_not_wait_for_the_database(starter_models, tmp_path):
    code = (
        "import json, sys\n"
        "from classifier.service.app import create_app\n"
        "create_app()\n"
        "print(json.dumps(sorted({m.partition('.')[0] for m in sys.modules})))"
    )
    from tests.helpers import environment, run_python

    done = run_python("-c", code, env=environment(COPYDESK_MODELS=str(starter_models)))
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert not {"sqlalchemy", "alembic", "psycopg", "jsonpointer"} & set(loaded)
