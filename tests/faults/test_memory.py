"""Limits of memory that the system keeps: a command ends in a sentence, and a service goes on with the model it has."""

import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from classifier.store.registry import Registry
from tests.driver.service import Service, another_version, wait_until
from tests.helpers import PAGE, ROOT, environment


@pytest.mark.slow
@pytest.mark.parametrize("mebibytes", [240, 290, 340])
@pytest.mark.parametrize(
    "program", [("train.py", "--data", "nowhere.jsonl"), ("service.py", "--check")], ids=["train", "check"]
)
def test_a_limit_too_low_to_start_ends_in_a_sentence(tmp_path, program, mebibytes):
    command = [sys.executable, str(ROOT / program[0]), *program[1:], "--models", str(tmp_path)]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment(OPENBLAS_NUM_THREADS="1"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (mebibytes << 20, mebibytes << 20)),
    )
    assert done.returncode == 2, done.stderr
    assert "Fix: " in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def limit_memory(pid, spare):
    """Leave a process this many bytes more than it has; None takes the limit away."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[0])
    soft = resource.RLIM_INFINITY if spare is None else pages * resource.getpagesize() + spare
    resource.prlimit(pid, resource.RLIMIT_AS, (soft, resource.RLIM_INFINITY))


@pytest.mark.slow
def test_a_worker_without_memory_for_a_new_model_keeps_the_old_one_and_takes_the_new_one_later(
    starter_models, tmp_path
):
    models = shutil.copytree(starter_models, tmp_path / "models")
    first, second = Registry(models).current(), another_version(models)
    service = Service(models, tmp_path / "log", "--workers", "1")
    try:
        (worker,) = service.workers()
        assert service.http.post("/v1/tags", json={"body": PAGE}).json()["model"] == first
        limit_memory(worker, 2 << 20)
        Registry(models).promote(second)
        wait_until(lambda: service.http.get("/v1/models").json()["workers"][0]["refused"] is not None, 20, service.log)
        (state,) = service.http.get("/v1/models").json()["workers"]
        assert (state["model"], state["refused"]["version"]) == (first, second)
        assert "Fix: free memory, or raise the memory limit" in state["refused"]["reason"]
        assert service.http.post("/v1/tags", json={"body": PAGE}).json()["model"] == first
        limit_memory(worker, None)
        wait_until(lambda: service.http.get("/v1/models").json()["workers"][0]["model"] == second, 20, service.log)
        assert service.workers() == [worker]
        limit_memory(worker, 0)
        asked = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - asked < 10
    finally:
        service.stop()
    assert "Traceback" not in service.log.read_text()
