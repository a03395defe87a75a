"""Workers that take the place of one that died: what was changed since the start of the service does not end it."""

import json
import os
import re
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from classifier.service.guard.keys import create
from classifier.service.process.supervisor import PAUSE_SECONDS
from tests.driver.processes import connections_of
from tests.driver.service import Service, kill, wait_until
from tests.helpers import PAGE
from tests.service.process.moody import FOLDER

BODY = json.dumps({"body": PAGE}).encode()
MOODY = ("-m", "tests.service.process.moody")
TOML = """
[source.hub]
scheme = "hub"
secret = "HUB"
body = "/body"
"""


@pytest.fixture
def start(starter_models, tmp_path):
    services = []

    def started(*args, **options):
        services.append(Service(starter_models, tmp_path / "log", *args, **options))
        return services[-1]

    yield started
    for service in services:
        service.http.close()
        if service.process.poll() is None:
            assert service.stop() == 0


@pytest.fixture
def hang_up():
    """Let what is started hear SIGHUP, also if nohup started the tests."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.fixture
def moody(start, tmp_path, monkeypatch):
    """A service of two workers, and the folder of the files that tell its workers how to start."""
    monkeypatch.setenv(FOLDER, str(tmp_path))
    service = start("--workers", "2", program=MOODY)
    wait_until(lambda: len(ready(service)) == 2, 10, service.log)
    return service, tmp_path


def ready(service):
    return [worker["pid"] for worker in service.http.get("/v1/models").json()["workers"]]


def replace_workers(service):
    """Kill each worker, and wait until others answer in their place."""
    before = service.workers()
    for pid in before:
        kill(pid)
    wait_until(lambda: not set(before) & set(service.workers()) and len(service.workers()) == len(before), 10)
    wait_until(lambda: sorted(ready(service)) == sorted(service.workers()), 20, service.log)


@pytest.mark.slow
def test_a_settings_file_that_is_being_edited_keeps_no_worker_from_being_replaced(start, tmp_path):
    folder = tmp_path / "working"
    folder.mkdir()
    (folder / "copydesk.toml").write_text("max_batch = 2\n")
    service = start("--workers", "2", folder=folder)
    (folder / "copydesk.toml").write_text("max_batch = \n")
    replace_workers(service)
    batch = service.http.post("/v1/tags/batch", json={"articles": [{"body": PAGE}] * 3})
    assert (batch.status_code, "2" in batch.json()["detail"]) == (413, True)  # what the file said at the start


@pytest.mark.slow
def test_a_file_of_sources_that_breaks_leaves_a_new_worker_tagging_and_webhooks_503(start, tmp_path, monkeypatch):
    monkeypatch.setenv("HUB", "a secret that the hub shares")
    path = tmp_path / "webhooks.toml"
    path.write_text(TOML)
    service = start(webhooks=str(path))
    assert service.http.post("/v1/webhooks/hub", json={"body": PAGE}).status_code == 401
    path.write_text(TOML.replace('"hub"', '"md5"'))
    replace_workers(service)
    assert service.http.post("/v1/tags", json={"body": PAGE}).status_code == 200
    for source in ("hub", "unknown"):
        refused = service.http.post(f"/v1/webhooks/{source}", json={"body": PAGE})
        assert refused.status_code == 503
        assert str(path) not in refused.text
    assert f"{path}, source" in service.log.read_text()
    path.write_text(TOML)
    assert service.http.post("/v1/webhooks/hub", json={"body": PAGE}).status_code == 401


@pytest.mark.slow
@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.chmod(0o644)], ids=["gone", "readable by others"])
def test_keys_that_are_spoilt_leave_a_new_worker_keeping_everybody_out_until_they_are_back(start, tmp_path, spoil):
    keys = tmp_path / "keys.json"
    _, key = create(keys, "cms", "tag")
    service = start(keys=str(keys))
    with_key = {"Authorization": f"Bearer {key}"}
    assert service.http.post("/v1/tags", json={"body": PAGE}, headers=with_key).status_code == 200
    content, (before,) = keys.read_bytes(), service.workers()
    spoil(keys)
    kill(before)
    wait_until(lambda: before not in service.workers() and service.workers() and _is_up(service), 20, service.log)
    for headers in ({}, with_key):
        assert service.http.post("/v1/tags", json={"body": PAGE}, headers=headers).status_code == 503
    keys.unlink(missing_ok=True)
    keys.touch(0o600)
    keys.write_bytes(content)
    wait_until(lambda: service.http.post("/v1/tags", json={"body": PAGE}, headers=with_key).status_code == 200, 5)
    assert service.http.post("/v1/tags", json={"body": PAGE}).status_code == 401


def _is_up(service):
    try:
        return service.http.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.slow
def test_while_another_worker_answers_a_new_one_is_tried_until_it_starts(moody):
    service, folder = moody
    (folder / "die").touch()
    victim, other = service.workers()
    kill(victim)
    wait_until(lambda: "the next try is in" in service.log.read_text(), 10, service.log)
    assert ready(service) == [other]
    for _ in range(20):  # a connection each: none waits for the worker that there is not
        service.once(BODY)
    (folder / "die").unlink()
    wait_until(lambda: len(ready(service)) == 2, PAUSE_SECONDS + 10, service.log)
    wait_until(lambda: all(_is_reached(pid, service) for pid in service.workers()), 10, service.log)


def _is_reached(pid, service):
    """Whether any of some new connections goes to a worker."""
    clients = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(8)]
    try:
        time.sleep(0.1)
        return connections_of(pid, service.port) > 0
    finally:
        for client in clients:
            client.close()


def test_when_the_last_worker_dies_too_and_none_starts_the_service_ends(moody):
    service, folder = moody
    (folder / "die").touch()
    for pid in service.workers():
        kill(pid)
    assert service.process.wait(timeout=20) == 3
    assert "the service stops" in service.log.read_text()


def test_the_log_names_the_worker_that_died_and_how(moody):
    service, folder = moody
    killed, broken_off = service.workers()
    kill(killed)
    os.kill(broken_off, signal.SIGABRT)
    wait_until(lambda: len(re.findall(r"worker \d \(pid", service.log.read_text())) == 2, 10, service.log)
    log = service.log.read_text()
    assert re.search(rf"worker \d \(pid {killed}\) has ended after [0-9.]+ s: killed by SIGKILL, .*out of memory", log)
    assert re.search(rf"worker \d \(pid {broken_off}\) has ended after [0-9.]+ s: killed by SIGABRT\b(?!.*memory)", log)
    wait_until(lambda: _is_up(service) and len(ready(service)) == 2, 10, service.log)
    (folder / "die").touch()
    kill(service.workers()[0])
    wait_until(lambda: re.search(r"has ended after [0-9.]+ s: exit code \d", service.log.read_text()), 10, service.log)


def test_a_stop_during_a_pause_is_one_in_good_order(moody):
    service, folder = moody
    (folder / "die").touch()
    kill(service.workers()[0])
    wait_until(lambda: "the next try is in" in service.log.read_text(), 10, service.log)
    assert service.stop() == 0


def starting(service, folder):
    """Kill a worker and return the one in its place, which does not get ready before the file ``hold`` is gone."""
    (folder / "hold").touch()
    victim, other = service.workers()
    kill(victim)
    wait_until(lambda: victim not in service.workers() and len(service.workers()) == 2, 10)
    time.sleep(0.3)  # it is at work on its start
    (pid,) = set(service.workers()) - {other}
    return pid


def test_a_worker_told_to_stop_while_it_starts_does_and_the_others_keep_their_connections(moody):
    service, folder = moody
    pid = starting(service, folder)
    os.kill(pid, signal.SIGINT)  # as a terminal does, which tells the process that holds the port too
    time.sleep(0.3)
    assert pid in service.workers()
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: pid not in service.workers(), 5, service.log)
    (folder / "hold").unlink()
    wait_until(lambda: len(ready(service)) == 2, 10, service.log)
    answers = [httpx.get(f"{service.url}/healthz") for _ in range(8)]
    assert {answer.headers.get("connection", "keep-alive") for answer in answers} == {"keep-alive"}


@pytest.mark.usefixtures("hang_up")
def test_a_terminal_that_is_closed_stops_the_service_in_good_order_and_the_log_says_so(moody):
    service, _ = moody
    for pid in service.workers():
        os.kill(pid, signal.SIGHUP)  # a terminal tells all its processes
    service.process.send_signal(signal.SIGHUP)
    assert service.process.wait(timeout=20) == 0
    assert "the service stops because of SIGHUP" in service.log.read_text()
    assert "has ended" not in service.log.read_text()


def test_a_stop_does_not_wait_for_a_worker_that_is_starting(moody):
    service, folder = moody
    starting(service, folder)
    asked = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - asked < 10


@pytest.mark.slow
def test_workers_that_die_soon_after_they_are_ready_are_replaced_with_pauses_too(moody):
    service, folder = moody
    (folder / "faint").touch()
    victim, other = service.workers()
    kill(victim)
    wait_until(lambda: "the next try is in" in service.log.read_text(), 20, service.log)
    assert service.workers() == [other]
    for _ in range(20):
        service.once(BODY)
    (folder / "faint").unlink()
    wait_until(lambda: len(ready(service)) == 2, PAUSE_SECONDS + 10, service.log)
