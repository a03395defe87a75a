"""A disk that does not respond: a named pipe that nobody writes to stands for it, because opening one waits."""

import gc
import logging
import os
import shutil
import time
import weakref
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from classifier.article import Article
from classifier.errors import DiskError, ModelError
from classifier.service.app import create_app
from classifier.service.http import models as routes
from classifier.service.process import disk, live
from classifier.service.process.disk import DiskThread
from classifier.service.process.live import LiveModel
from classifier.settings import Settings
from classifier.store.registry import Registry
from tests.driver.service import Service, another_version, wait_until

ARTICLE = Article(body="Indian and Chinese soldiers clash at the Himalayan border")
SECONDS = 0.3


@pytest.fixture(scope="module")
def versions(starter_models, tmp_path_factory):
    models = tmp_path_factory.mktemp("dead") / "models"
    shutil.copytree(starter_models, models)
    return models, Registry(models).current(), another_version(models)


@pytest.fixture
def models(versions, tmp_path):
    return shutil.copytree(versions[0], tmp_path / "models")


@contextmanager
def impatient():
    """Set limits of a fraction of a second while a disk is dead: a busy machine may take longer to load a model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "LOOK_SECONDS", SECONDS)
        patch.setattr(live, "LOAD_SECONDS", SECONDS)
        patch.setattr(routes, "DISK_SECONDS", SECONDS)
        patch.setattr(disk, "STUCK_SECONDS", SECONDS)
        yield


@contextmanager
def dead(path: Path):
    """Have nothing answer at a path, and bring it back at the end."""
    kept = path.with_name(f"{path.name}.kept")
    path.rename(kept)
    os.mkfifo(path)
    try:
        yield
    finally:
        pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)  # whoever waits at it goes on, and finds nothing to read
        kept.replace(path)
        time.sleep(0.05)
        os.close(pipe)


def test_a_look_at_a_dead_disk_ends_with_a_reason_and_the_model_goes_on(models, versions, caplog):
    following = LiveModel(models)
    following.follow()
    with dead(models / "CURRENT"), impatient():
        start = time.monotonic()
        assert following.follow()
        assert time.monotonic() - start < 5 * SECONDS
        assert f"the folder {models} has not responded for" in following.state.refused.reason
        assert "Fix: check that its disk is mounted and responds" in following.state.refused.reason
        assert following.tagger().tag(ARTICLE).model == versions[1]
        with caplog.at_level(logging.ERROR):
            start = time.monotonic()
            for _ in range(50):
                following.follow()
            assert time.monotonic() - start < 10 * SECONDS  # it is known not to respond, so nobody waits each time
    wait_until(lambda: following.follow() and following.state.refused is None, 10)
    assert following.state.model == versions[1]


def test_a_model_that_hangs_while_it_loads_leaves_the_old_one_live(models, versions):
    _, first, second = versions
    following = LiveModel(models)
    following.follow()
    following.registry.promote(second)
    with dead(models / second / "manifest.json"), impatient():
        following.follow()
        assert (following.state.model, following.state.refused.version) == (first, second)
        assert "has not responded" in following.state.refused.reason
    wait_until(lambda: following.follow() and following.state.model == second, 10)


@pytest.mark.parametrize(
    ("call", "name", "may_take_effect"),
    [
        ("activate", "{second}/manifest.json", False),
        ("activate", ".lock", True),
        ("activate", "CURRENT", True),
        ("reload", ".lock", True),
        ("list", "{second}/manifest.json", False),
        ("list", "CURRENT", False),
    ],
)
def test_a_call_on_a_dead_disk_is_answered_in_time_and_the_others_go_on(
    models, versions, tmp_path, call, name, may_take_effect
):
    _, first, second = versions
    settings = Settings.load({}, environment={}, file=tmp_path / "none")
    client = create_app(replace(settings, models=models, keys=tmp_path / "keys.json")).test_client()
    with dead(models / name.format(second=second)), impatient():
        start = time.monotonic()
        if call == "list":
            answer = client.get("/v1/models")
        else:
            answer = client.post(f"/v1/models/{call}", json={"version": second} if call == "activate" else None)
        assert time.monotonic() - start < 10 * SECONDS
        assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
        assert answer.json["type"] == "urn:copydesk:problem:disk"
        assert f"the folder {models} has not responded for" in answer.json["detail"]
        assert "Fix: check that its disk is mounted" in answer.json["detail"]
        assert ("The change may still take effect" in answer.json["detail"]) is may_take_effect
        assert client.post("/v1/tags", json={"body": ARTICLE.body}).json["model"] == first
        assert client.get("/readyz").status_code == 200

    def works():
        return client.post("/v1/models/activate", json={"version": first}).status_code == 200

    wait_until(works, 20)


def test_a_call_that_waits_behind_one_that_hangs_is_never_made(tmp_path, monkeypatch):
    monkeypatch.setattr(disk, "STUCK_SECONDS", 60.0)
    os.mkfifo(tmp_path / "pipe")
    thread = DiskThread(tmp_path)
    made = []
    with pytest.raises(DiskError) as first:
        thread.call(lambda: (tmp_path / "pipe").read_bytes(), SECONDS)
    with pytest.raises(DiskError) as second:
        thread.call(lambda: made.append(1), SECONDS)
    assert (first.value.has_begun, second.value.has_begun) == (True, False)
    (tmp_path / "pipe").write_bytes(b"x")
    assert thread.call(lambda: 7, 5.0) == 7
    assert made == []


def test_errors_of_a_call_are_those_of_its_function(tmp_path):
    def fail():
        raise ModelError("no")

    def slow():
        raise TimeoutError("the disk of a server gave up")

    thread = DiskThread(tmp_path)
    with pytest.raises(ModelError, match="no"):
        thread.call(fail, 5.0)
    with pytest.raises(TimeoutError, match="gave up"):
        thread.call(slow, 5.0)


def test_a_result_is_held_by_nobody_but_the_caller(tmp_path):
    class Large:
        pass

    thread = DiskThread(tmp_path)
    result = thread.call(Large, 5.0)
    held = weakref.ref(result)
    del result
    gc.collect()
    wait_until(lambda: held() is None, 5)


@pytest.mark.slow
def test_a_service_on_a_dead_disk_answers_stops_and_recovers(models, versions, tmp_path):
    """The limits of the real service, in real time: every thread asks for a model that hangs, tags go on."""
    _, first, second = versions
    service = Service(models, tmp_path / "log", "--workers", "1", threads="2")
    try:
        with dead(models / second / "manifest.json"):
            start = time.monotonic()
            answer = service.http.post("/v1/models/activate", json={"version": second}, timeout=60)
            assert answer.status_code == 503
            assert time.monotonic() - start < routes.DISK_SECONDS + 5
            start = time.monotonic()
            for _ in range(4):
                assert service.http.post("/v1/models/activate", json={"version": second}).status_code == 503
            assert time.monotonic() - start < 5  # no thread is held any more
            assert service.http.post("/v1/tags", json={"body": ARTICLE.body}).json()["model"] == first
        wait_until(
            lambda: service.http.post("/v1/models/activate", json={"version": second}).status_code == 200,
            30,
            service.log,
        )
        with dead(models / "CURRENT"):
            wait_until(lambda: "has not responded for 5 s" in service.log.read_text(), 20, service.log)
            assert service.http.post("/v1/tags", json={"body": ARTICLE.body}).json()["model"] == second
            start = time.monotonic()
            assert service.stop() == 0
            assert time.monotonic() - start < 10
    finally:
        service.stop()
    assert "Traceback" not in service.log.read_text()
