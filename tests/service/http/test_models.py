import shutil
from dataclasses import replace

import pytest

from classifier.service import create_app
from classifier.settings import Settings
from classifier.store.registry import Registry
from tests.driver.service import another_version, damaged_version


@pytest.fixture(scope="module")
def versions(starter_models, tmp_path_factory):
    models = tmp_path_factory.mktemp("models") / "models"
    shutil.copytree(starter_models, models)
    first = Registry(models).current()
    return models, first, another_version(models), damaged_version(models, first)


@pytest.fixture
def client(versions, tmp_path):
    models = shutil.copytree(versions[0], tmp_path / "models")
    settings = Settings.load({}, environment={}, file=tmp_path / "none")
    return create_app(replace(settings, models=models, keys=tmp_path / "keys.json")).test_client()


def named(client):
    return client.post("/v1/tags", json={"body": "border clash"}).get_json()["model"]


def test_the_list_tells_what_there_is_and_what_is_served(client, versions, tmp_path):
    _, first, second, damaged = versions
    (tmp_path / "models" / damaged / "manifest.json").write_text("{}")
    listed = client.get("/v1/models").get_json()
    assert listed["current"] == first
    assert [worker["model"] for worker in listed["workers"]] == [first]
    states = {entry["version"]: entry["state"] for entry in listed["versions"]}
    assert states == {first: "current", second: "stored", damaged: "unreadable"}


def test_an_activated_version_answers_and_the_history_knows(client, versions, tmp_path):
    _, first, second, _ = versions
    answer = client.post("/v1/models/activate", json={"version": second})
    assert answer.status_code == 200
    assert answer.get_json()["everywhere"] is True
    assert named(client) == second
    last = Registry(tmp_path / "models").history()[-1]
    assert (last.action, last.version, last.previous) == ("promote", second, first)


def test_a_damaged_version_is_not_activated(client, versions, tmp_path):
    _, first, _, damaged = versions
    answer = client.post("/v1/models/activate", json={"version": damaged})
    assert answer.status_code == 409
    assert answer.get_json()["type"] == "urn:copydesk:problem:model-refused"
    assert named(client) == first
    assert Registry(tmp_path / "models").current() == first


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"version": "20200101T000000Z-00000000"}, 404),
        ({"version": "../../etc"}, 404),
        ({"version": ""}, 422),
        ({"version": 5}, 422),
        ({}, 422),
        ({"version": "a", "force": True}, 422),
        ([], 422),
    ],
)
def test_what_names_no_version_is_told(client, body, status):
    answer = client.post("/v1/models/activate", json=body)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_a_reload_of_a_damaged_model_is_told_and_shown_until_a_good_one_is_there(client, versions, tmp_path):
    _, first, second, damaged = versions
    (tmp_path / "models" / "CURRENT").write_text(damaged + "\n")
    answer = client.post("/v1/models/reload")
    assert answer.status_code == 409
    assert "weights.npy" in answer.get_json()["detail"]
    [worker] = client.get("/v1/models").get_json()["workers"]
    assert worker["model"] == first
    assert worker["refused"]["version"] == damaged
    assert client.get("/readyz").status_code == 200
    client.post("/v1/models/activate", json={"version": second})
    assert client.get("/v1/models").get_json()["workers"][0]["refused"] is None
    assert client.post("/v1/models/reload").status_code == 200


def test_a_promotion_from_elsewhere_is_followed_without_a_call(client, versions, tmp_path):
    from tests.driver.service import wait_until

    Registry(tmp_path / "models").promote(versions[2])
    wait_until(lambda: named(client) == versions[2], 2)
