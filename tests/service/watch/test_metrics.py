import time
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from classifier.answer import Answer, Tag
from classifier.article import Article
from classifier.service import create_app
from classifier.service.watch.metrics import Metrics
from classifier.service.watch.shadow import MAX_WAITING, Shadow
from classifier.settings import Settings
from classifier.tagger import NO_CHOICE
from tests.driver.service import wait_until
from tests.helpers import PAGE


def samples(text):
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


def value(client, name, **labels):
    return samples(client.get("/metrics").text).get((f"copydesk_{name}", tuple(sorted(labels.items()))), 0)


@pytest.fixture
def client(starter_models, tmp_path):
    settings = Settings.load({}, environment={}, file=tmp_path / "none")
    return create_app(replace(settings, models=starter_models, keys=tmp_path / "keys.json")).test_client()


def test_requests_articles_and_tags_are_counted(client):
    tags = client.post("/v1/tags?all=true", json={"body": PAGE}).get_json()["tags"]
    client.post("/v1/tags/batch", json={"articles": [{"body": PAGE}, {"body": "zzyzx qwxv"}]})
    assert value(client, "requests_total", route="/v1/tags", method="POST", status="200") == 1
    assert value(client, "articles_total", outcome="tagged") == 2
    assert value(client, "articles_total", outcome="no_known_terms") == 1
    given = [tag for tag in tags if tag["decision"] != "below"]
    assert given
    for tag in given:
        assert value(client, "tags_total", section=tag["section"], decision=tag["decision"]) == 2
        assert value(client, "tag_probability_count", section=tag["section"]) == 2
        assert value(client, "tag_probability_sum", section=tag["section"]) == pytest.approx(2 * tag["probability"])
    sections = {dict(labels).get("section") for _, labels in samples(client.get("/metrics").text)} - {None}
    assert sections == {tag["section"] for tag in given}


def test_articles_are_counted_whose_text_was_mostly_left_out(client):
    hidden = "<p>Border clash</p><select><option>Asia edition<option>World edition</select>"
    client.post("/v1/tags", json={"body": f"<button>{PAGE}</button>Border clash"})
    client.post("/v1/tags?explain=true", json={"body": hidden})
    client.post("/v1/tags?explain=true", json={"body": f"{PAGE}{hidden}"})
    client.post("/v1/tags", json={"body": PAGE})
    assert value(client, "articles_mostly_dropped_total") == 2


def test_nothing_that_a_client_makes_up_becomes_a_label(client):
    client.get("/zebrafish")
    client.get("/v1/zebrafish?zebrafish=1")
    client.open("/v1/tags", method="ZEBRAFISH")
    client.post("/v1/tags", json={"zebrafish": 1})
    text = client.get("/metrics").text
    assert "zebrafish" not in text.lower()
    assert value(client, "requests_total", route="none", method="GET", status="404") == 2
    assert value(client, "requests_total", route="none", method="other", status="405") == 1
    assert value(client, "requests_total", route="/v1/tags", method="POST", status="422") == 1


def test_the_model_and_its_age_are_told(client, tagger):
    assert value(client, "model_workers", version=tagger.version) == 1
    assert value(client, "model_loads_total", result="loaded") == 1
    assert value(client, "model_refusing_workers") == 0
    assert 0 <= value(client, "model_age_seconds", version=tagger.version) < 3_600


def answer(*sections):
    return Answer(None, "v", "tagged", tuple(Tag(section, section, 0.9, "review") for section in sections))


def test_the_shadow_tells_where_it_differs(tagger):
    metrics = Metrics()
    article = Article(body=PAGE)
    truly = {tag.section for tag in tagger.tag(article).tags}
    shadow = Shadow(tagger, 1.0, metrics)
    shadow.offer(article, NO_CHOICE, answer(*truly))
    shadow.offer(article, NO_CHOICE, answer("oceania", *sorted(truly)[1:]))
    wait_until(lambda: sum(child._value.get() for child in metrics._compared.values()) == 2, 5)
    counted = {labels: child._value.get() for labels, child in metrics._differing.items()}
    assert counted == {("oceania", "live"): 1, (sorted(truly)[0], "shadow"): 1}
    assert {labels[0]: child._value.get() for labels, child in metrics._compared.items()} == {"same": 1, "other": 1}


class SlowTagger:
    def tag(self, article, choice):
        time.sleep(0.5)
        return answer()


def test_a_shadow_that_is_behind_drops_articles_and_holds_nobody_up():
    metrics = Metrics()
    shadow = Shadow(SlowTagger(), 1.0, metrics)
    start = time.monotonic()
    for _ in range(10 * MAX_WAITING):
        shadow.offer(Article(body="a"), NO_CHOICE, answer())
    assert time.monotonic() - start < 0.5
    assert metrics._dropped._value.get() >= 8 * MAX_WAITING


def test_a_share_of_nothing_offers_nothing(tagger):
    metrics = Metrics()
    shadow = Shadow(tagger, 0.0, metrics)
    shadow.offer(Article(body=PAGE), NO_CHOICE, answer())
    assert shadow._waiting.empty()
