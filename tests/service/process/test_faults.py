"""The real server with two workers, under requests that do not stop: what changes, dies or is replaced loses none."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client.parser import text_string_to_metric_families

from classifier.service.watch.figures import SECONDS
from classifier.store.registry import Registry
from tests.driver.processes import connections_of, free_port
from tests.driver.service import Service, another_version, damaged_version, kill, wait_until
from tests.driver.witness import Witness, seconds_until_only
from tests.helpers import PAGE, ROOT, environment

BODY = json.dumps({"body": PAGE}).encode()


@pytest.fixture(scope="module")
def versions(starter_models, tmp_path_factory):
    models = tmp_path_factory.mktemp("faults") / "models"
    shutil.copytree(starter_models, models)
    first = Registry(models).current()
    return models, first, another_version(models), damaged_version(models, first)


@pytest.fixture(scope="module")
def service(versions, tmp_path_factory):
    service = Service(versions[0], tmp_path_factory.mktemp("faults") / "log", "--workers", "2")
    wait_until(lambda: len(service.http.get("/v1/models").json()["workers"]) == 2, 10, service.log)
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


@pytest.fixture(autouse=True)
def first_version(request, versions):
    """Each test begins with the first version."""
    if "service" in request.fixturenames:
        service = request.getfixturevalue("service")
        service.http.post("/v1/models/activate", json={"version": versions[1]}).raise_for_status()


def value(service, name, **labels):
    families = text_string_to_metric_families(service.http.get("/metrics").text)
    found = [s.value for f in families for s in f.samples if s.name == f"copydesk_{name}" and s.labels == labels]
    return sum(found)


def settled_value(service, name, **labels):
    """Return a figure when each worker has written down what it counted."""
    time.sleep(2 * SECONDS)
    return value(service, name, **labels)


def test_an_activation_reaches_every_worker_and_fails_no_request(service, versions):
    _, first, second, _ = versions
    with Witness(service.url, BODY, per_connection=5) as witness:
        moments = []
        for version in (second, first, second):
            time.sleep(0.3)
            asked = time.monotonic()
            answer = service.http.post("/v1/models/activate", json={"version": version}).json()
            moments.append((version, asked, time.monotonic()))
            assert answer["everywhere"]
            assert [worker["model"] for worker in answer["workers"]] == [version, version]
        time.sleep(0.3)
    assert not witness.failures
    ends = [asked for _, asked, _ in moments[1:]] + [float("inf")]
    for (version, _, answered), end in zip(moments, ends, strict=True):
        assert seconds_until_only(witness.seen, version, answered, end) < 2
    assert {one.model for one in witness.seen} == {first, second}


def test_a_broken_model_is_refused_by_every_worker_and_fails_no_request(service, versions):
    models, first, _, damaged = versions
    with Witness(service.url, BODY, per_connection=5) as witness:
        (models / "CURRENT").write_text(damaged + "\n")
        for _ in range(3):
            assert service.http.post("/v1/models/reload").status_code == 409
        workers = service.http.get("/v1/models").json()["workers"]
    assert [(worker["model"], worker["refused"]["version"]) for worker in workers] == [(first, damaged)] * 2
    assert value(service, "model_refusing_workers") == 2
    assert not witness.failures
    assert {one.model for one in witness.seen} == {first}


@pytest.mark.slow
def test_the_command_line_changes_the_model_of_a_running_service(service, versions):
    models, _, second, _ = versions

    def run(*args):
        command = [sys.executable, "-m", "classifier", "models", "--models", str(models), *args]
        subprocess.run(command, cwd=ROOT, env=environment(), check=True, capture_output=True, timeout=60)

    def serve(version):
        return [w["model"] for w in service.http.get("/v1/models").json()["workers"]] == [version] * 2

    run("promote", second)
    wait_until(lambda: serve(second), 2)
    loads = settled_value(service, "model_loads_total", result="loaded")
    run("reload")
    wait_until(lambda: value(service, "model_loads_total", result="loaded") == loads + 2, 2)
    run("rollback")
    wait_until(lambda: serve(versions[1]), 2)


def test_figures_add_up_over_the_workers_and_outlive_them(service):
    before = settled_value(service, "articles_total", outcome="tagged")
    with ThreadPoolExecutor(8) as threads:  # a connection each
        list(threads.map(service.once, [BODY] * 40))
    wait_until(lambda: value(service, "articles_total", outcome="tagged") == before + 40, 2)
    seen = [value(service, "articles_total", outcome="tagged") for _ in range(20)]
    assert set(seen) == {before + 40}  # whichever worker is asked
    victim = service.workers()[0]
    kill(victim)
    wait_until(lambda: victim not in service.workers() and len(service.workers()) == 2, 10)
    wait_until(lambda: len(service.http.get("/v1/models").json()["workers"]) == 2, 10)
    assert value(service, "articles_total", outcome="tagged") == before + 40


@pytest.mark.slow
def test_killed_workers_are_replaced_and_only_what_they_held_is_lost(service):
    held = 0
    with Witness(service.url, BODY) as witness:
        for number in range(4):  # the same one twice within seconds too
            time.sleep(0.3)
            victim = service.workers()[number // 2]
            os.kill(victim, signal.SIGSTOP)
            held += connections_of(victim, service.port)
            kill(victim)
            wait_until(lambda victim=victim: victim not in service.workers() and len(service.workers()) == 2, 10)
        time.sleep(0.5)
    assert len(witness.failures) <= held
    assert service.http.get("/readyz").status_code == 200


@pytest.mark.slow
def test_a_restart_behind_a_socket_that_is_passed_on_loses_no_request(versions, tmp_path):
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as held:
        port = held.getsockname()[1]
        old = Service(versions[0], tmp_path / "old", "--workers", "2", port=port, passed_on=held, drain="2")
        with Witness(old.url, BODY) as witness:
            time.sleep(0.5)
            assert old.stop() == 0
            asked = time.monotonic()
            new = Service(versions[0], tmp_path / "new", "--workers", "2", port=port, passed_on=held)
            time.sleep(0.5)
        try:
            assert not witness.failures
            assert any(one.sent > asked for one in witness.seen)
        finally:
            assert new.stop() == 0


@pytest.mark.slow
def test_a_stop_waits_for_what_is_in_flight(versions, tmp_path):
    service = Service(versions[0], tmp_path / "log")
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as client:
        head = "POST /v1/tags HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(BODY)}"
        client.sendall(f"{head}\r\n\r\n".encode() + BODY[:100])
        time.sleep(0.2)
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.8)  # longer than the drain
        assert service.process.poll() is None
        client.sendall(BODY[100:])
        answer = client.recv(65_536)
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in answer.lower()
    assert service.process.wait(timeout=20) == 0
    service.http.close()


@pytest.mark.slow
def test_workers_do_not_outlive_the_process_that_holds_the_port(versions, tmp_path):
    service = Service(versions[0], tmp_path / "log", "--workers", "2")
    workers = service.workers()
    assert len(workers) == 2
    kill(service.process.pid)
    service.process.wait()
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in workers), 10)  # noqa: PTH110
    service.http.close()


@pytest.mark.slow
def test_workers_that_never_get_ready_end_the_service(versions):
    command = [sys.executable, "service.py", "--models", str(versions[0]), "--port", str(free_port())]
    variables = environment(COPYDESK_ORIGINS="no origin", COPYDESK_DRAIN="0.1")
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "the service stops" in done.stdout
    check = subprocess.run([*command, "--check"], cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert check.returncode == 2
    assert "origins" in check.stderr


@pytest.mark.slow
def test_no_text_and_no_key_reaches_the_log_whatever_is_sent(versions, tmp_path):
    create = [sys.executable, "-m", "classifier", "keys", "--keys", str(tmp_path / "keys.json"), "create", "cms"]
    made = subprocess.run(
        [*create, "--scope", "admin"],
        cwd=ROOT,
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    secret = made.stdout.split()[-1]
    assert len(secret) > 20
    service = Service(versions[0], tmp_path / "log", "--keys", str(tmp_path / "keys.json"), shadow=versions[1])
    words = "zebrafish"
    try:
        service.http.headers["Authorization"] = f"Bearer {secret}"
        for body in (
            {"headline": words, "body": f"{words} border clash"},
            {"body": f"{words} border", "only": [words]},
            {"body": words, "language": words},
            {words: words},
            {"body": 5, "headline": [words]},
            {"articles": [{"body": words}]},
        ):
            for path in (
                "/v1/tags?explain=true",
                "/v1/tags/batch",
                f"/v1/{words}?{words}={words}",
                f"/v1/tags?{words}=1",
            ):
                service.http.post(path, json=body, headers={"X-Request-Id": f"{words} {secret}"})
        for raw in (f'{{"body": "{words}', f'{{"body": "{words}\udcff"}}', words, f'{{"body": "{words}\\ud800"}}'):
            for kind in ("application/json", "text/plain", f"text/{words}"):
                service.http.post(
                    "/v1/tags", content=raw.encode(errors="surrogateescape"), headers={"content-type": kind}
                )
        service.http.post("/v1/models/activate", json={"version": words})
        assert service.http.request(words.upper(), f"/{words}").status_code in (400, 404, 405)
        wrong = service.http.get("/v1/sections", headers={"Authorization": f"Bearer {secret[:-1]}x"})
        assert wrong.status_code == 401
        assert service.http.get("/v1/models").status_code == 200
    finally:
        assert service.stop() == 0
    log = service.log.read_text()
    assert log.count('"event":"request"') > 30
    assert words not in log.lower()
    assert secret not in log
    assert secret[-12:] not in log
