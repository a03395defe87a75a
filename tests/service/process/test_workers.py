"""Workers whose folder cannot be written to for a while, as when the disk is full or somebody clears /tmp."""

import os
import shutil
from pathlib import Path

import pytest

from classifier.service.app import create_app
from classifier.service.process.folder import RUN_FOLDER
from classifier.service.process.workers import WORKERS
from classifier.settings import Settings
from classifier.store.registry import Registry
from tests.driver.service import Service, another_version, kill, wait_until
from tests.helpers import PAGE

LOST = "the state of this worker cannot be written"


@pytest.fixture
def versions(starter_models, tmp_path):
    models = shutil.copytree(starter_models, tmp_path / "models")
    return Registry(models), Registry(models).current(), another_version(models)


@pytest.fixture
def service(versions, tmp_path, monkeypatch):
    """A service of one worker, whose folder is the one in ``tmp_path / "run"``."""
    (tmp_path / "run").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "run"))
    service = Service(versions[0].models, tmp_path / "log")
    yield service
    service.http.close()
    if service.process.poll() is None:
        assert service.stop() == 0


def serves(service, version):
    return service.http.post("/v1/tags", json={"body": PAGE}).json()["model"] == version


def published(service):
    return [worker["model"] for worker in service.http.get("/v1/models").json()["workers"]]


def test_a_worker_follows_promotions_while_it_cannot_write_and_tells_of_them_afterwards(service, versions, tmp_path):
    registry, first, second = versions
    (folder,) = (tmp_path / "run").glob("copydesk-*")
    away = folder.rename(tmp_path / "away")
    for version in (second, first, second):
        registry.promote(version)
        wait_until(lambda version=version: serves(service, version), 5, service.log)
    assert service.log.read_text().count(LOST) == 1
    away.rename(folder)
    wait_until(lambda: published(service) == [second], 5, service.log)


def test_a_worker_that_cannot_write_notices_the_end_of_the_process_that_holds_the_port(service, versions, tmp_path):
    (worker,) = service.workers()
    (folder,) = (tmp_path / "run").glob("copydesk-*")
    shutil.rmtree(folder)
    versions[0].promote(versions[2])
    wait_until(lambda: serves(service, versions[2]), 5, service.log)
    kill(service.process.pid)
    service.process.wait()
    wait_until(lambda: not Path(f"/proc/{worker}").exists(), 10, service.log)


def test_a_service_without_its_folder_stops_all_the_same(service, tmp_path):
    (folder,) = (tmp_path / "run").glob("copydesk-*")
    shutil.rmtree(folder)
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def test_a_worker_starts_without_a_folder_to_write_to_and_uses_it_once_it_is_there(
    starter_models, tmp_path, monkeypatch
):
    monkeypatch.setenv(RUN_FOLDER, str(tmp_path / "run"))
    settings = Settings.load({"models": starter_models, "keys": tmp_path / "none"}, {}, tmp_path / "none")
    app = create_app(settings)
    assert app.test_client().get("/readyz").status_code == 200
    (tmp_path / "run").mkdir()
    wait_until(lambda: [state["pid"] for state in app.extensions[WORKERS].states()] == [os.getpid()], 5)
