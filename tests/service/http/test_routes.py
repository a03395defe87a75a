import json
import logging

import pytest

from classifier.service import create_app
from classifier.settings import Settings
from tests.helpers import PAGE

SECRET = "zebra-minister-resigns"
ARTICLE = {"id": "a-1", "headline": "Border clash", "body": "Troops fought at the disputed border in Ladakh."}


def make_client(models, **more):
    settings = Settings.load({"models": models, "max_batch": 32, **more}, {}, models / "no-such-file.toml")
    return create_app(settings).test_client()


@pytest.fixture(scope="module")
def client(starter_models):
    return make_client(starter_models)


def assert_problem(response, status, slug, *words):
    """Every error has one shape, names what is wrong, and shows nothing of what was sent."""
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    body = response.get_json(force=True)
    assert body["status"] == status
    assert body["type"] == f"urn:copydesk:problem:{slug}"
    assert {"title", "detail"} <= set(body) <= {"type", "title", "status", "detail", "errors"}
    for word in words:
        assert word in body["detail"]
    assert "zebra" not in response.get_data(as_text=True)


def test_an_article_gets_tags(client, tagger):
    response = client.post("/v1/tags", json=ARTICLE)
    assert response.status_code == 200
    body = response.get_json()
    assert list(body) == ["id", "model", "outcome", "tags"]
    assert (body["id"], body["model"], body["outcome"]) == ("a-1", tagger.version, "tagged")
    assert set(body["tags"][0]) - {"reason"} == {"section", "name", "probability", "decision"}
    assert [tag["decision"] == "apply" for tag in body["tags"]] == ["reason" not in tag for tag in body["tags"]]


def test_explanations_are_given_when_asked_for(client):
    body = client.post("/v1/tags?explain=true", json=ARTICLE).get_json()
    assert body["text"] == f"{ARTICLE['headline']}\n\n{ARTICLE['body']}"
    first = body["tags"][0]
    assert sum(item["share"] for item in first["evidence"]) + first["rest"] == pytest.approx(first["logit"])
    for item in first["evidence"]:
        start, end = item["spans"][0]
        assert body["text"][start:end].split() == item["term"].split()


def test_sections_below_their_threshold_are_given_when_asked_for(client):
    assert len(client.post("/v1/tags?all=true", json=ARTICLE).get_json()["tags"]) == 13


@pytest.mark.parametrize("kind", ["text/plain", "text/plain; charset=utf-8", "text/html"])
def test_text_alone_is_an_article(client, kind):
    answer = client.post("/v1/tags", data=PAGE.encode(), content_type=kind).get_json()
    assert answer == client.post("/v1/tags", json={"body": PAGE}).get_json()


def test_a_batch_gives_the_answers_of_the_singles_in_order(client):
    articles = [{"id": str(i), "body": f"{PAGE[i * 100 :]}"} for i in range(5)]
    results = client.post("/v1/tags/batch", json={"articles": articles}).get_json()["results"]
    assert results == [client.post("/v1/tags", json=article).get_json() for article in articles]


def test_the_vocabulary_is_listed_with_what_the_model_knows_of_it(client):
    body = client.get("/v1/sections").get_json()
    assert [section["id"] for section in body["sections"]][:2] == ["south-asia", "southeast-asia"]
    for section in body["sections"]:
        assert section["support"] >= 5
        assert 0 < section["suggest"] < 1
        assert {"name", "group", "definition", "apply", "precision", "recall", "f1"} <= set(section)


def test_alive_and_ready(client, tagger):
    assert client.get("/healthz").get_json() == {"status": "alive"}
    assert client.get("/readyz").get_json() == {"status": "ready", "model": tagger.version}


@pytest.mark.parametrize(
    ("sent", "status", "slug", "words"),
    [
        ({"data": b"", "content_type": "application/json"}, 400, "malformed-input", "no body"),
        ({"data": b"  ", "content_type": "text/plain"}, 400, "malformed-input", "no body"),
        ({"json": {"body": 5}}, 422, "invalid-input", "body: must be a string"),
        ({"json": {"headline": SECRET, "body": [SECRET]}}, 422, "invalid-input", "body: must be a string"),
        ({"json": 5}, 422, "invalid-input", "JSON object"),
        ({"json": {"body": SECRET, "colour": SECRET}}, 422, "invalid-input", "colour: unknown field"),
        ({"json": {}}, 422, "invalid-input", "are both empty"),
        ({"json": {"body": SECRET, "language": "fr"}}, 422, "language", "“fr”"),
        ({"json": {"body": SECRET, "only": ["Parternships"]}}, 422, "invalid-input", "only: unknown section"),
        ({"json": {"body": SECRET, "current": "x"}}, 422, "invalid-input", "current"),
        (
            {"data": f'{{"body": "{SECRET}"', "content_type": "application/json"},
            400,
            "malformed-input",
            "not valid JSON",
        ),
        ({"data": b'{"body": "\xff\xfe"}', "content_type": "application/json"}, 400, "malformed-input", "UTF-8"),
        ({"data": b"caf\xe9", "content_type": "text/plain"}, 400, "malformed-input", "not UTF-8 at byte 3"),
        ({"json": {"body": SECRET * 250_000}}, 413, "too-large", "limit"),
        ({"data": SECRET, "content_type": "application/x-www-form-urlencoded"}, 415, "media-type", "application/json"),
        ({"data": SECRET}, 415, "media-type", "no Content-Type"),
        ({"json": ARTICLE, "query_string": "explain=1"}, 422, "invalid-input", "explain: must be true or false"),
        ({"json": ARTICLE, "query_string": "expain=true"}, 422, "invalid-input", "unknown parameter “expain”"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(client, sent, status, slug, words):
    assert_problem(client.post("/v1/tags", **sent), status, slug, words)


def test_wrong_methods_and_addresses_are_told_the_right_ones(client):
    response = client.get("/v1/tags")
    assert_problem(response, 405, "method", "use POST")
    assert "POST" in response.headers["Allow"]
    assert_problem(client.get("/v1/tag"), 404, "not-found", "POST /v1/tags")


def test_a_batch_over_the_limit_is_told_the_limit(client):
    response = client.post("/v1/tags/batch", json={"articles": [{"body": SECRET}] * 33})
    assert_problem(response, 413, "too-large", "33 items, but at most 32")


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"body": 1}, "articles.1.body: must be a string"),
        ({"body": "x", "language": "fr"}, "articles.1.language"),
        ({"body": "x", "rejected": ["nowhere"]}, "articles.1.rejected: unknown section"),
    ],
)
def test_a_wrong_item_of_a_batch_is_named(client, bad, words):
    response = client.post("/v1/tags/batch", json={"articles": [ARTICLE, bad]})
    assert response.status_code == 422
    assert words in response.get_json(force=True)["detail"]


def test_many_wrong_items_do_not_make_an_endless_answer(client):
    response = client.post("/v1/tags/batch", json={"articles": [{"body": 1}] * 32})
    assert_problem(response, 422, "invalid-input", "and 12 more")
    assert len(response.get_json(force=True)["errors"]) == 20


@pytest.mark.parametrize("body", [{}, {"articles": []}, {"articles": 1}, [], {"articles": [ARTICLE], "x": 1}])
def test_what_is_no_batch_is_refused(client, body):
    assert_problem(client.post("/v1/tags/batch", json=body), 422, "invalid-input")


@pytest.mark.parametrize("sent", [{"body": "zebra"}, "zebra", None, 1, []])
def test_what_is_no_list_of_articles_is_told_what_the_list_holds(client, sent):
    response = client.post("/v1/tags/batch", json={"articles": sent})
    assert_problem(response, 422, "invalid-input", "a list of 1 to 32 articles", "Fix: send")


@pytest.mark.parametrize(
    ("path", "sent"),
    [("/v1/tags/batch", []), ("/v1/feedback", []), ("/v1/models/activate", []), ("/v1/tags", {"body": "x", "only": 3})],
)
def test_only_what_is_to_be_an_article_is_called_one(client, path, sent):
    response = client.post(path, json=sent)
    assert_problem(response, 422, "invalid-input", "Fix: ")
    assert "article" not in response.get_json(force=True)["detail"]


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/v1/tags", 5),
        ("/v1/tags", {"body": 5, "published": "soon"}),
        ("/v1/tags", {"body": "x" * 1_000_001}),
        ("/v1/tags", {"body": "x", "only": ["a"] * 1_001, "language": "x" * 36}),
        ("/v1/tags", {"body": "x", "id": "", "only": [""], "exclude": "x", "zebra": 1}),
        ("/v1/tags/ninjs", []),
        ("/v1/tags/batch", {}),
        ("/v1/feedback", {"article": "a\0", "published": 5, "kept": {}}),
        ("/v1/models/activate", {"version": [], "set": ""}),
        ("/v1/systemone", {"state": "x", "questions": {"a": 5, "b": {"type": "noul", "explain": 1}}}),
        ("/v1/systemone", {"state": "x", "questions": {"a": {"type": "choice", "criteria": 5}}}),
        ("/v1/decisions", {"input": "x", "questions": [{"type": "predicate", "name": 5}, 5]}),
        ("/v1/decisions", {"input": "x", "questions": [{"type": "choice", "choices": [5]}]}),
    ],
)
def test_each_field_that_is_wrong_comes_with_a_fix(client, path, sent):
    answer = client.post(path, json=sent)
    assert answer.status_code == 422
    assert [each["detail"] for each in answer.get_json(force=True)["errors"] if "Fix: " not in each["detail"]] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/sections"),
        ("GET", "/v1/suggestions"),
        ("GET", "/v1/suggestions/counts"),
        ("GET", "/v1/suggestions/cms/17"),
        ("GET", "/v1/models"),
        ("POST", "/v1/models/activate"),
        ("POST", "/v1/models/reload"),
        ("POST", "/v1/callbacks/retry"),
        ("POST", "/v1/feedback"),
        ("POST", "/v1/tags/batch"),
        ("POST", "/v1/systemone"),
    ],
)
def test_an_unknown_query_parameter_is_refused_by_name(starter_models, tmp_path, method, path):
    client = make_client(starter_models, keep_suggestions="true", feedback=tmp_path / "feedback.db")
    for name, said in (
        ("serach", "“serach”"),
        ("zebra%0A", "a value of 6 characters"),
        ("z" * 61, "a value of 61 characters"),
    ):
        answer = client.open(f"{path}?{name}=zebra", method=method, json={} if method == "POST" else None)
        assert answer.status_code == 422
        body = answer.get_json(force=True)
        assert body["detail"].startswith(f"query: unknown parameter {said}. Fix: ")
        assert "zebra" not in body["detail"]


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("/v1/sections", "limit=abc", "limit: must be a whole number from 1 to 1,000"),
        ("/v1/sections", "limit=0", "limit: must be a whole number from 1 to 1,000"),
        ("/v1/sections", f"search={'zebra' * 41}", "search: must have 1 to 200 characters"),
        ("/v1/suggestions", "limit=1.5", "limit: must be a whole number from 1 to 500"),
        ("/v1/suggestions", "min_probability=zebra", "min_probability: must be a number from 0 to 1"),
        ("/v1/suggestions", "state=zebra", "state: must be “open”, “decided”, “superseded” or “all”"),
        ("/v1/suggestions", "before=2026-11-28", "before: must be a time with its time zone"),
    ],
)
def test_a_wrong_query_parameter_is_told_what_is_allowed(starter_models, tmp_path, path, query, said):
    client = make_client(starter_models, keep_suggestions="true", feedback=tmp_path / "feedback.db")
    assert_problem(client.get(f"{path}?{query}"), 422, "invalid-input", f"{said}. Fix: ")


def test_json_that_is_nested_too_deeply_is_told_the_limit_and_the_fix(client):
    sent = {"data": b'{"only": ' + b"[" * 300 + b"]" * 300 + b"}", "content_type": "application/json"}
    assert_problem(client.post("/v1/tags", **sent), 400, "malformed-input", "at most 200 levels", "Fix: ")


def test_without_a_model_the_service_lives_but_is_not_ready(tmp_path):
    client = make_client(tmp_path)
    assert client.get("/healthz").status_code == 200
    for response in (client.get("/readyz"), client.get("/v1/sections"), client.post("/v1/tags", json=ARTICLE)):
        assert_problem(response, 503, "no-model", "copydesk train")


def test_an_unexpected_error_is_logged_without_text(client, monkeypatch, caplog):
    from classifier.tagger import Tagger

    def fail(*args, **kwargs):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(Tagger, "tag", fail)
    with caplog.at_level(logging.ERROR):
        response = client.post("/v1/tags", json={"body": SECRET})
    assert_problem(response, 500, "internal")
    assert "RuntimeError" in caplog.text
    assert "zebra" not in caplog.text


def test_answers_are_json_that_any_parser_reads(client):
    raw = client.post(
        "/v1/tags?explain=true", json={"id": "é\u2028", "body": "Naïve “border” clash İstanbul Ladakh"}
    ).data
    assert json.loads(raw)["id"] == "é\u2028"
