"""Suggestions are kept before the answer goes out, if the newsroom wants that."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from classifier.feedback.suggestion import SuggestionFilter
from tests.driver.service import Service, wait_until
from tests.service.suggestions.conftest import TEXT, delivery

ARTICLE = {"source": "cms", "id": 17, "revision": 3, "headline": "Border clash", "body": TEXT, "language": "en"}


def test_an_article_with_source_and_id_is_kept_with_the_words_that_speak_for_its_tags(client, store):
    answer = client.post("/v1/tags", json=ARTICLE | {"url": "https://cms.example/17"}).get_json()
    assert answer["kept"] is True
    found = store.get("cms", "17")
    assert (found.revision, found.state, found.model, found.outcome) == ("3", "open", answer["model"], "tagged")
    assert (found.headline, found.body, found.url, found.language) == (
        "Border clash",
        None,
        "https://cms.example/17",
        "en",
    )
    assert [(t.section, t.probability, t.decision) for t in found.tags] == [
        (t["section"], t["probability"], t["decision"]) for t in answer["tags"]
    ]
    explained = client.post("/v1/tags?explain=true", json=ARTICLE).get_json()
    for tag, of_answer in zip(found.tags, explained["tags"], strict=True):
        speaking = [item["term"] for item in of_answer["evidence"] if item["share"] > 0]
        assert [word.lower() for word in tag.terms] == [word.lower() for word in speaking[:5]]
        assert all(word in f"Border clash {TEXT}" for word in tag.terms)


def test_the_text_is_kept_if_that_is_set(make_client, store):
    make_client(keep_texts="yes").post("/v1/tags", json=ARTICLE)
    assert store.get("cms", "17").body == TEXT


def test_sections_below_their_threshold_are_no_suggestion(client, store):
    answer = client.post("/v1/tags?all=true", json=ARTICLE).get_json()
    assert {tag["decision"] for tag in answer["tags"]} > {"below"}
    assert {tag.decision for tag in store.get("cms", "17").tags} <= {"apply", "review"}


@pytest.mark.parametrize("left_out", ["source", "id"])
def test_an_article_without_source_or_id_is_not_kept(client, store, left_out):
    article = {name: value for name, value in ARTICLE.items() if name != left_out}
    assert "kept" not in client.post("/v1/tags", json=article).get_json()
    assert store.counts().open == 0


def test_the_same_text_without_a_revision_is_one_suggestion_and_another_text_supersedes_it(client, store):
    article = {"source": "cms", "id": "a", "body": TEXT}
    for sent in (article, article, article | {"body": TEXT + " More troops came."}):
        assert client.post("/v1/tags", json=sent).get_json()["kept"] is True
    assert [found.state for found in store.history("cms", "a")] == ["open", "superseded"]


def test_a_batch_is_kept(client, store):
    articles = [ARTICLE | {"id": str(i)} for i in range(3)] + [{"body": TEXT}]
    answer = client.post("/v1/tags/batch", json={"articles": articles}).get_json()
    assert answer["kept"] == 3
    assert all("kept" not in result for result in answer["results"])
    assert [found.article for found in store.page().suggestions] == ["0", "1", "2"]


def test_ninjs_answers_are_kept_too(client, store):
    answer = client.post("/v1/tags?format=ninjs", json=ARTICLE)
    assert answer.mimetype == "application/vnd.iptc.ninjs+json"
    assert "kept" not in answer.get_json(force=True)
    assert store.get("cms", "17").outcome == "tagged"


def test_a_delivery_that_comes_twice_is_one_suggestion(client, store):
    body, headers = delivery(7)
    for _ in range(2):
        answer = client.post("/v1/webhooks/cms", data=body, headers=headers)
        assert (answer.status_code, answer.get_json()["kept"]) == (200, True)
    (found,) = store.page().suggestions
    assert (found.source, found.article, found.headline) == ("cms", "7", "Border clash 7")


def test_a_delivery_without_an_id_is_tagged_and_the_log_says_that_it_is_not_kept(client, store, caplog):
    body, headers = delivery(None)
    answer = client.post("/v1/webhooks/cms", data=body, headers=headers).get_json()
    assert (answer["outcome"], answer["kept"]) == ("tagged", False)
    assert "has no id" in caplog.text
    assert store.counts().open == 0


@pytest.mark.parametrize("field", ["source", "id", "revision"])
def test_a_control_character_in_what_identifies_an_article_is_refused(client, store, field):
    answer = client.post("/v1/tags", json=ARTICLE | {field: "a\0b"})
    assert answer.status_code == 422
    assert f"{field}: must not contain control characters" in answer.get_json()["detail"]
    assert store.counts().open == 0


def test_without_the_setting_nothing_is_kept_and_no_database_is_made(make_client, tmp_path):
    client = make_client(keep_suggestions="no")
    assert "kept" not in client.post("/v1/tags", json=ARTICLE).get_json()
    body, headers = delivery(7)
    assert "kept" not in client.post("/v1/webhooks/cms", data=body, headers=headers).get_json()
    assert not (tmp_path / "feedback.db").exists()


def test_while_the_database_is_away_articles_are_tagged_and_deliveries_have_to_come_again(make_client, tmp_path):
    client = make_client(feedback=str(tmp_path / "none" / "feedback.db"))
    answer = client.post("/v1/tags", json=ARTICLE)
    assert (answer.status_code, answer.get_json()["kept"]) == (200, False)
    assert client.post("/v1/tags/batch", json={"articles": [ARTICLE]}).get_json()["kept"] == 0
    body, headers = delivery(7)
    refused = client.post("/v1/webhooks/cms", data=body, headers=headers)
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    (tmp_path / "none").mkdir()
    time.sleep(1.1)
    assert client.post("/v1/webhooks/cms", data=body, headers=headers).get_json()["kept"] is True


@pytest.mark.slow
def test_what_was_answered_is_kept_once_though_the_service_is_killed_twice(starter_models, tmp_path, sources, store):
    """Webhooks and articles are sent until they are answered, webhooks twice; every answer's suggestion is there.

    One webhook is sent before the first kill, between the two, and after the second.
    """
    settings = {"keep_suggestions": "yes", "feedback": str(tmp_path / "feedback.db"), "webhooks": sources}
    service = Service(starter_models, tmp_path / "log", "--workers", "2", **settings)
    url, port, done = service.url, service.port, []

    def deliver(number):
        body, headers = delivery(number)
        post(f"{url}/v1/webhooks/cms", content=body, headers=headers)

    def send(number):
        article = ARTICLE | {"id": f"direct-{number}", "source": "direct"}
        for _ in range(2):
            deliver(number)
        post(f"{url}/v1/tags", json=article)
        done.append(number)

    def post(address, **sent):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                answer = httpx.post(address, timeout=10, **sent)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == 200 and answer.json()["kept"]:
                return
            assert answer.status_code in (200, 503)
            time.sleep(0.2)
        raise AssertionError("not kept within a minute")

    n = 80
    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(send, number) for number in range(n)]
        deliver("again")
        for part in (1, 2):
            wait_until(lambda part=part: len(done) >= part * n // 3, 60)
            service.http.close()
            for pid in (service.process.pid, *service.workers()):
                os.kill(pid, signal.SIGKILL)
            service.process.wait()
            service = Service(starter_models, tmp_path / f"log{part}", "--workers", "2", port=port, **settings)
            deliver("again")
        for future in sent:
            future.result()
    assert service.stop() == 0
    found = store.page(SuggestionFilter(state=None), limit=500).suggestions
    assert sorted(f"{s.source}/{s.article}" for s in found) == sorted(
        ["cms/again"] + [f"cms/{i}" for i in range(n)] + [f"direct/direct-{i}" for i in range(n)]
    )
