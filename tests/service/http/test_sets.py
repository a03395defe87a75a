"""Several sets of models behind one service: two sites with two vocabularies, in two languages."""

import hashlib
import hmac
import json
import shutil
from dataclasses import replace

import pytest

from classifier.service import create_app
from classifier.service.logs import flush_requests
from classifier.settings import Settings
from classifier.store.registry import Registry
from tests.driver.service import another_version, damaged_version, wait_until
from tests.driver.sets import text, train_set
from tests.service.watch.test_metrics import samples

ENGLISH, THAI = text("en", 0), text("th", 1)


@pytest.fixture
def models(two_sets, tmp_path):
    return shutil.copytree(two_sets, tmp_path / "models")


@pytest.fixture
def start(models, tmp_path):
    """Return a function that starts an app for these models and returns a client of it."""

    def client(**settings):
        loaded = Settings.load({}, environment={}, file=tmp_path / "none")
        settings = {"models": models, "keys": tmp_path / "keys.json"} | settings
        return create_app(replace(loaded, **settings)).test_client()

    return client


@pytest.fixture
def client(start):
    return start()


def tagged(client, body, query="", **fields):
    answer = client.post(f"/v1/tags{query}", json={"body": body, **fields})
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def refused(answer, status, kind):
    assert answer.status_code == status, answer.text
    assert answer.get_json()["type"] == f"urn:copydesk:problem:{kind}"
    return answer.get_json()["detail"]


def test_each_article_is_answered_by_the_set_of_its_language(client, models):
    english, thai = (Registry(models / name).current() for name in ("english", "thai"))
    for fields in ({"set": "english"}, {"language": "en-GB"}, {}):
        answer = tagged(client, ENGLISH, **fields)
        assert (answer["set"], answer["model"], answer["tags"][0]["section"]) == ("english", english, "sport")
    for fields in ({"set": "thai"}, {"language": "tha"}, {}):
        answer = tagged(client, THAI, **fields)
        assert (answer["set"], answer["model"], answer["tags"][0]["section"]) == ("thai", thai, "th-money")


def test_a_batch_may_hold_articles_of_both_and_the_set_of_the_call_holds_for_those_that_name_none(client):
    articles = [{"id": "1", "body": THAI}, {"body": ENGLISH}, {"body": THAI, "set": "thai"}]
    results = client.post("/v1/tags/batch", json={"articles": articles}).get_json()["results"]
    assert [item["set"] for item in results] == ["thai", "english", "thai"]
    results = client.post("/v1/tags/batch?set=english", json={"articles": articles}).get_json()["results"]
    assert [(item["set"], item["outcome"]) for item in results] == [
        ("english", "no_known_terms"),
        ("english", "tagged"),
        ("thai", "tagged"),
    ]
    wrong = client.post("/v1/tags/batch", json={"articles": [*articles, {"body": "a", "set": "hindi"}]})
    assert "articles.3.set: there is no set “hindi”. Fix: use english or thai" in refused(wrong, 422, "set")


def test_texts_and_items_of_ninjs_name_their_set_in_the_query(client):
    sent = client.post("/v1/tags/text?set=thai", data=THAI.encode(), content_type="text/plain")
    assert sent.get_json()["set"] == "thai"
    item = {"uri": "urn:a", "headlines": [{"value": THAI}]}
    for query in ("", "?set=thai"):
        subjects = client.post(f"/v1/tags/ninjs{query}", json=item).get_json(force=True)["subjects"]
        assert [subject["literal"] for subject in subjects] == ["section:th-money"]
    assert client.post("/v1/tags/ninjs?set=english", json=item).get_json(force=True)["subjects"] == []


def test_labels_are_matched_in_the_vocabulary_of_the_set_that_answers(client):
    assert tagged(client, THAI, current=["เศรษฐกิจ"])["tags"] == []
    assert tagged(client, THAI, rejected=["th-money"])["tags"] == []
    detail = refused(client.post("/v1/tags", json={"body": ENGLISH, "rejected": ["th-money"]}), 422, "invalid-input")
    assert "th-money" in detail


def test_what_cannot_be_told_is_refused_with_the_names_of_the_sets(client):
    for body in ({"body": "2026"}, {"body": ENGLISH, "set": ""}, {"body": ENGLISH, "set": "Thai"}):
        assert "english or thai" in refused(client.post("/v1/tags", json=body), 422, "set")
    assert "english: en; thai: th" in refused(
        client.post("/v1/tags", json={"body": "a", "language": "fr"}), 422, "language"
    )
    assert "english or thai" in refused(client.get("/v1/sections"), 422, "set")
    assert "send it once" in refused(client.get("/v1/sections?set=thai&set=thai"), 422, "invalid-input")


def test_the_preferred_set_answers_what_cannot_be_told(start):
    client = start(preferred_sets="thai english")
    assert tagged(client, "2026")["set"] == "thai"
    assert tagged(client, ENGLISH)["set"] == "english"
    assert client.get("/v1/sections").get_json()["set"] == "thai"


def test_each_set_has_its_own_sections(client):
    for name, language, ids in (("english", "en", ["sport", "money"]), ("thai", "th", ["th-sport", "th-money"])):
        answer = client.get(f"/v1/sections?set={name}").get_json()
        assert (answer["set"], answer["language"]) == (name, language)
        assert [section["id"] for section in answer["sections"]] == ids


def test_one_set_is_activated_while_the_other_goes_on(client, models):
    english, old = (Registry(models / name).current() for name in ("english", "thai"))
    new = another_version(models / "thai")
    answer = client.post("/v1/models/activate", json={"version": new}).get_json()
    assert (answer["set"], answer["current"], answer["everywhere"]) == ("thai", new, True)
    assert [(worker["set"], worker["model"]) for worker in answer["workers"]] == [("thai", new)]
    assert (tagged(client, THAI)["model"], tagged(client, ENGLISH)["model"]) == (new, english)
    assert Registry(models / "thai").history()[-1].previous == old
    listed = client.get("/v1/models").get_json()
    assert listed["current"] is None
    assert {item["set"]: (item["current"], item["languages"]) for item in listed["sets"]} == {
        "english": (english, ["en"]),
        "thai": (new, ["th"]),
    }
    assert {(v["set"], v["version"], v["state"]) for v in listed["versions"]} == {
        ("english", english, "current"),
        ("thai", old, "stored"),
        ("thai", new, "current"),
    }


def test_a_version_that_two_sets_have_needs_the_name_of_the_set(client, models):
    version = Registry(models / "thai").current()
    shutil.copytree(models / "thai" / version, models / "english" / version)
    detail = refused(client.post("/v1/models/activate", json={"version": version}), 404, "unknown-model")
    assert "english, thai" in detail
    assert client.post("/v1/models/activate", json={"version": version, "set": "english"}).status_code == 200
    assert tagged(client, "2026", set="english")["model"] == version
    unknown = client.post("/v1/models/activate", json={"version": version, "set": "hindi"})
    assert "english, thai" in refused(unknown, 404, "unknown-model")


def test_a_reload_is_of_one_set_or_of_all(client):
    answer = client.post("/v1/models/reload?set=thai").get_json()
    assert (answer["set"], [worker["set"] for worker in answer["workers"]]) == ("thai", ["thai"])
    answer = client.post("/v1/models/reload").get_json()
    assert (answer["current"], [worker["set"] for worker in answer["workers"]]) == (None, ["english", "thai"])
    assert "english, thai" in refused(client.post("/v1/models/reload?set=hindi"), 404, "unknown-model")


@pytest.mark.parametrize("damaged", ["weights.npy", "manifest.json"])
def test_a_set_whose_model_does_not_load_answers_503_and_the_others_go_on(start, models, damaged):
    (models / "thai" / Registry(models / "thai").current() / damaged).write_bytes(b"{")
    client = start()
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["status"]) == (200, "partly_ready")
    assert [(item["set"], item["model"] is None) for item in ready.get_json()["sets"]] == [
        ("english", False),
        ("thai", True),
    ]
    assert tagged(client, ENGLISH)["set"] == "english"
    for body in ({"body": THAI, "set": "thai"}, {"body": THAI, "language": "th"}):
        assert "thai" in refused(client.post("/v1/tags", json=body), 503, "model")
    # the language of a set is in its manifest; without that, nobody knows whether a Thai text is for that set
    status = 503 if damaged == "weights.npy" else 422
    assert client.post("/v1/tags", json={"body": THAI}).status_code == status
    assert samples(client.get("/metrics").text)["copydesk_model_refusing_workers", (("set", "thai"),)] == 1


def test_no_set_with_a_model_is_not_ready(start, models):
    for name in ("english", "thai"):
        (models / name / Registry(models / name).current() / "weights.npy").write_bytes(b"")
    client = start()
    assert client.get("/readyz").status_code == 503
    assert client.post("/v1/tags", json={"body": ENGLISH, "set": "english"}).status_code == 503


def test_a_refused_version_of_one_set_leaves_both_as_they_were(client, models):
    current = Registry(models / "thai").current()
    damaged = damaged_version(models / "thai", current)
    detail = refused(client.post("/v1/models/activate", json={"version": damaged}), 409, "model-refused")
    assert "the previous model stays live" in detail
    (models / "thai" / "CURRENT").write_text(damaged + "\n")
    assert "of the set thai" in refused(client.post("/v1/models/reload"), 409, "model-refused")
    assert tagged(client, THAI)["model"] == current
    assert tagged(client, ENGLISH)["set"] == "english"


def test_a_set_that_is_trained_later_is_found_without_a_restart(client, models):
    version = train_set(models / "indonesian", "id")
    wait_until(lambda: len(client.get("/readyz").get_json()["sets"]) == 3, 5)
    answer = tagged(client, text("id", 0, n=10), language="id")
    assert (answer["set"], answer["model"]) == ("indonesian", version)
    assert tagged(client, "Dewan kota menunda pemungutan suara tentang pelabuhan baru")["set"] == "indonesian"


def test_one_named_set_answers_as_a_folder_with_one_model_does(start, two_sets, tmp_path):
    english = two_sets / "english"
    only = tmp_path / "only"
    shutil.copytree(english, only / "english")
    one, named = start(models=english), start(models=only)
    article = {"json": {"id": "a", "body": ENGLISH, "current": ["money"]}}
    for method, rule, sent in (
        ("POST", "/v1/tags?explain=true", article),
        ("POST", "/v1/tags", {"json": {"body": THAI}}),
        ("POST", "/v1/tags/batch", {"json": {"articles": [article["json"]]}}),
        ("GET", "/v1/sections", {}),
        ("GET", "/readyz", {}),
    ):
        assert one.open(rule, method=method, **sent).data == named.open(rule, method=method, **sent).data
    for client, name in ((one, "default"), (named, "english")):
        assert "set" not in tagged(client, THAI, set=name)
        assert f"use {name}" in refused(client.post("/v1/tags?set=thai", json={"body": ENGLISH}), 422, "set")
        answer = client.get("/v1/models").get_json()
        assert "sets" not in answer
        assert all("set" not in item for item in (*answer["versions"], *answer["workers"]))
        assert "set=" not in client.get("/metrics").text


def test_the_own_model_of_the_folder_is_the_set_default_and_answers_what_no_other_does(start, models):
    version = Registry(models / "english").current()
    shutil.copytree(models / "english" / version, models / version)
    Registry(models).promote(version)
    shutil.rmtree(models / "english")
    client = start()
    assert tagged(client, ENGLISH)["set"] == tagged(client, "2026")["set"] == "default"
    assert tagged(client, THAI)["set"] == "thai"
    assert client.get("/v1/sections").get_json()["set"] == "default"


def test_metrics_and_the_log_name_the_set(start, capsys):
    client = start()
    tagged(client, THAI)
    client.post("/v1/tags/batch", json={"articles": [{"body": THAI}, {"body": ENGLISH}]})
    found = samples(client.get("/metrics").text)
    assert found["copydesk_articles_total", (("outcome", "tagged"), ("set", "thai"))] == 2
    assert found["copydesk_articles_total", (("outcome", "tagged"), ("set", "english"))] == 1
    assert found["copydesk_tags_total", (("decision", "review"), ("section", "th-money"), ("set", "thai"))] == 2
    assert found["copydesk_model_loads_total", (("result", "loaded"), ("set", "thai"))] == 1
    flush_requests()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"request"' in line]
    assert [line.get("set") for line in lines] == ["thai", "thai english", None]


def test_each_set_may_have_a_shadow(start, models):
    shadows = [another_version(models / name) for name in ("english", "thai")]
    client = start(shadow=" ".join(shadows), shadow_share=1.0)
    tagged(client, THAI)
    tagged(client, ENGLISH)

    def compared():
        found = samples(client.get("/metrics").text)
        return {labels: value for (name, labels), value in found.items() if name == "copydesk_shadow_articles_total"}

    expected = {(("result", "same"), ("set", name)): 1 for name in ("english", "thai")}
    wait_until(lambda: compared() == expected, 5)


def test_a_source_of_webhooks_may_have_a_set(start, tmp_path, monkeypatch):
    file = tmp_path / "webhooks.toml"
    monkeypatch.setenv("HUB_SECRET", "a secret of twenty-four bytes")
    table = '[source.hub]\nscheme = "hub"\nsecret = "HUB_SECRET"\nbody = "/text"\n'
    file.write_text(table + 'set = "thai"\n')
    client = start(webhooks=str(file))
    sent = json.dumps({"text": ENGLISH}).encode()
    signature = hmac.new(b"a secret of twenty-four bytes", sent, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={signature}", "Content-Type": "application/json"}
    answer = client.post("/v1/webhooks/hub", data=sent, headers=headers).get_json()
    assert (answer["set"], answer["outcome"]) == ("thai", "no_known_terms")
    file.write_text(table)
    assert start(webhooks=str(file)).post("/v1/webhooks/hub", data=sent, headers=headers).get_json()["set"] == "english"
