"""A real service with two workers and two sets of models."""

import shutil
import threading

import pytest

from classifier.store.registry import Registry
from tests.driver.service import Service, another_version, wait_until
from tests.driver.sets import text

ENGLISH, THAI = text("en", 0), text("th", 1)


@pytest.fixture
def models(two_sets, tmp_path):
    return shutil.copytree(two_sets, tmp_path / "models")


@pytest.mark.slow
def test_the_sets_of_a_service_change_one_by_one_while_it_answers(models, tmp_path):
    english = Registry(models / "english").current()
    versions = [Registry(models / "thai").current(), another_version(models / "thai")]
    service = Service(models, tmp_path / "log", workers="2")
    answers, stopped = [], threading.Event()

    def ask():
        articles = [{"body": THAI}, {"body": ENGLISH}, {"body": ENGLISH, "set": "thai"}]
        while not stopped.is_set():
            answers.append(service.http.post("/v1/tags/batch", json={"articles": articles}))

    asking = threading.Thread(target=ask)
    try:
        asking.start()
        wait_until(lambda: len(workers(service)) == 4, 10, service.log)  # each of two workers has both sets
        for version in (versions[1], versions[0], versions[1]):
            changed = service.http.post("/v1/models/activate", json={"version": version, "set": "thai"}).json()
            assert (changed["current"], changed["everywhere"], len(changed["workers"])) == (version, True, 2)
        stopped.set()
        asking.join()
        assert {answer.status_code for answer in answers} == {200}
        results = [answer.json()["results"] for answer in answers]
        assert {tuple(item["set"] for item in three) for three in results} == {("thai", "english", "thai")}
        assert {three[1]["model"] for three in results} == {english}
        assert {item["model"] for three in results for item in (three[0], three[2])} == set(versions)

        (models / "thai" / "CURRENT").write_text("20200101T000000Z-00000000\n")
        wait_until(lambda: [each["refused"] is None for each in workers(service)] == [True, False] * 2, 10, service.log)
        assert service.http.post("/v1/tags", json={"body": THAI}).json()["model"] == versions[1]
        assert service.http.get("/readyz").json()["status"] == "ready"
    finally:
        stopped.set()
        asking.join()
        assert service.stop() == 0


def workers(service):
    return service.http.get("/v1/models").json()["workers"]
