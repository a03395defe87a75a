"""A service in trouble: stops, models that come back, folders that are cleared, and the start method of Python 3.14."""

import json
import os
import resource
import shutil
import threading
import time
from pathlib import Path

import httpx
import pytest

from classifier.service.process.live import LiveModel
from classifier.service.process.sets import LiveSets
from classifier.service.process.workers import Workers
from classifier.store.registry import Registry
from tests.driver.service import Service, another_version, kill, wait_until
from tests.helpers import PAGE

BODY = json.dumps({"body": PAGE}).encode()
_FORKSERVER = """import multiprocessing, runpy, sys
multiprocessing.set_start_method("forkserver")
sys.argv[0] = "service.py"
runpy.run_path("service.py", run_name="__main__")
"""


@pytest.fixture
def models(starter_models, tmp_path):
    return shutil.copytree(starter_models, tmp_path / "models")


@pytest.fixture
def start(models, tmp_path):
    services = []

    def started(*args, **options):
        services.append(Service(models, tmp_path / f"log{len(services)}", *args, **options))
        return services[-1]

    yield started
    for service in services:
        service.http.close()
        if service.process.poll() is None:
            assert service.stop() == 0


def test_a_stop_needs_neither_threads_nor_memory(start):
    service = start("--workers", "2")
    for pid in (service.process.pid, *service.workers()):
        resource.prlimit(pid, resource.RLIMIT_AS, (1 << 20, 1 << 20))  # less than it has: it gets nothing more
    asked = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - asked < 10


@pytest.mark.slow
def test_the_service_answers_with_the_start_method_of_python_3_14(start):
    service = start("--workers", "2", program=("-c", _FORKSERVER))
    wait_until(lambda: len(service.http.get("/v1/models").json()["workers"]) == 2, 10)
    assert service.http.post("/v1/tags", content=BODY, headers={"content-type": "application/json"}).status_code == 200


@pytest.mark.slow
def test_a_worker_without_a_model_takes_no_calls_until_it_has_one(start, models):
    service = start("--workers", "2")
    wait_until(lambda: len(serving(service)) == 2, 10, service.log)
    weights = Registry(models).folder() / "weights.npy"
    away = weights.rename(models / "away")
    victim, other = service.workers()
    kill(victim)
    wait_until(lambda: len(listed(service)) == 2 and victim not in listed(service), 20, service.log)
    assert serving(service) == [other]
    for _ in range(30):  # a connection each
        service.once(BODY)
    away.rename(weights)
    wait_until(lambda: len(serving(service)) == 2, 20, service.log)


def listed(service):
    """Return the model of each worker; on a connection of its own, for a worker is killed."""
    return {each["pid"]: each["model"] for each in httpx.get(f"{service.url}/v1/models").json()["workers"]}


def serving(service):
    return [pid for pid, model in listed(service).items() if model]


def test_a_model_whose_files_arrive_after_its_name_goes_live_when_it_is_whole(models, tmp_path):
    live = LiveModel(tmp_path / "copy")
    (tmp_path / "copy").mkdir()
    shutil.copy(models / "CURRENT", tmp_path / "copy")
    live.follow()
    assert live.state.refused
    shutil.copytree(models, tmp_path / "copy", dirs_exist_ok=True)
    wait_until(lambda: live.follow() and live.state.model, 10)
    assert live.state.refused is None


@pytest.mark.slow
def test_what_a_killed_service_left_is_swept_by_the_next(start, tmp_path, monkeypatch):
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "run"))
    first = start()
    (left,) = (tmp_path / "run").glob("copydesk-*")
    workers = first.workers()
    kill(first.process.pid)
    first.process.wait()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 10)
    second = start()
    assert not left.exists()
    (own,) = (tmp_path / "run").glob("copydesk-*")
    third = start()
    assert own.exists()
    assert len(list((tmp_path / "run").glob("copydesk-*"))) == 2
    assert (second.stop(), third.stop()) == (0, 0)
    assert not list((tmp_path / "run").glob("copydesk-*"))


@pytest.fixture
def workers(models, tmp_path):
    (tmp_path / "folder").mkdir()
    sets = LiveSets(models)
    sets.follow()
    found = Workers(sets, tmp_path / "folder")
    found.publish()
    return found


def test_a_state_that_somebody_clears_away_is_written_again(workers):
    for path in workers.folder.iterdir():
        path.unlink()
    assert not workers.wait_for("default", workers.state("default").generation, 0)
    wait_until(lambda: workers.look() or workers.states(), 5)
    assert workers.wait_for("default", workers.state("default").generation, 0)


def test_everywhere_is_said_only_if_every_worker_serves_the_model(workers):
    assert workers.wait_for("default", workers.state("default").generation, 0)
    pid = os.getppid()
    workers.pids = lambda: {os.getpid(), pid}
    assert not workers.wait_for("default", workers.state("default").generation, 0)
    state = workers.state("default").to_json()
    other = workers.folder / f"worker-{pid}.json"
    other.write_text(json.dumps({"pid": pid, "sets": {"default": state}}))
    assert workers.wait_for("default", workers.state("default").generation, 0)
    state |= {"refused": {"version": "v", "reason": "no", "time": "now"}}
    other.write_text(json.dumps({"pid": pid, "sets": {"default": state}}))
    assert not workers.wait_for("default", workers.state("default").generation, 0)


def test_of_two_states_that_are_written_at_once_the_newer_stays(workers, models, monkeypatch):
    second = another_version(models)
    reached, go_on = threading.Event(), threading.Event()
    replace = Path.replace

    def slow_replace(path, target):
        reached.set()
        assert go_on.wait(10)
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", slow_replace)
    older = threading.Thread(target=workers.publish)
    older.start()
    assert reached.wait(10)
    monkeypatch.setattr(Path, "replace", replace)
    workers.sets.by_name["default"].registry.promote(second)
    newer = threading.Thread(target=workers.look)
    newer.start()
    newer.join(0.3)
    go_on.set()
    older.join()
    newer.join()
    assert [state["model"] for state in workers.states()] == [second]
