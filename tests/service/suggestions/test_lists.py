"""The routes of kept suggestions."""

import pytest

from classifier.feedback.suggestion import SuggestedTag, SuggestionDraft
from classifier.service.guard.keys import create

TEXT = "Indian and Chinese troops fought at the disputed border in Ladakh."


def draft(article, revision="1", *, source="cms", tags=(("sport", 0.9, "apply"),), **more):
    given = tuple(SuggestedTag(s, s.title(), p, d, (f"word of {s}",)) for s, p, d in tags)
    return SuggestionDraft(source, article, revision, "m-1", "tagged" if tags else "none", given, **more)


def listed(client, **query):
    answer = client.get("/v1/suggestions", query_string=query)
    assert answer.status_code == 200, answer.get_json()
    return [found["article"] for found in answer.get_json()["suggestions"]]


def test_pages_follow_each_other(client, store):
    store.keep([draft(str(i)) for i in range(5)])
    found, query = [], {"limit": 2, "order": "newest"}
    while True:
        page = client.get("/v1/suggestions", query_string=query).get_json()
        found += [each["article"] for each in page["suggestions"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == ["4", "3", "2", "1", "0"]


def test_a_list_is_filtered_by_the_query(client, store):
    store.keep([draft("a", headline="Border clash"), draft("b", tags=(("health", 0.4, "review"),), source="mail")])
    store.keep([draft("b", "2", tags=(("health", 0.5, "review"),), source="mail")])
    assert listed(client) == ["a", "b"]
    assert listed(client, state="superseded") == ["b"]
    assert listed(client, state="all") == ["a", "b", "b"]
    assert listed(client, source="mail") == ["b"]
    assert listed(client, section="sport") == ["a"]
    assert listed(client, min_probability=0.6) == ["a"]
    assert listed(client, max_probability=0.5, state="all") == ["b", "b"]
    assert listed(client, search="BORDER") == ["a"]
    made = client.get("/v1/suggestions").get_json()["suggestions"][0]["made_at"]
    assert listed(client, before=made) == []
    assert listed(client, after=made) == ["a", "b"]
    assert listed(client, after="0001-01-01T00:00:00+14:00", before="9999-12-31T23:59:59-14:00") == ["a", "b"]
    assert listed(client, order="least_sure") == ["b", "a"]
    counts = client.get("/v1/suggestions/counts").get_json()
    assert counts == {"open": 2, "sections": {"sport": 1, "health": 1}, "sources": {"cms": 1, "mail": 1}}


def test_a_service_that_anybody_may_call_shows_stored_articles_to_keys_alone(make_client, store, tmp_path):
    store.keep([draft("17", headline="Border clash")])
    key = create(tmp_path / "keys", "cms", "tag")[1]
    client = make_client(allow_anonymous="true")
    for path in ("", "/counts", "/cms/17"):
        assert client.get(f"/v1/suggestions{path}").status_code == 401
        assert client.get(f"/v1/suggestions{path}", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert client.get("/v1/sections").status_code == 200


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("state=closed", "state: "),
        ("min_probability=1.1", "min_probability: "),
        ("limit=0", "limit: "),
        ("limit=501", "limit: "),
        ("before=yesterday", "before: "),
        ("before=2026-11-28T09:30:00", "before: "),
        ("cursor=x", "cursor: "),
        ("source=a&source=b", "source: "),
        ("colour=red", "query: unknown parameter “colour”"),
        ("search=", "search: "),
    ],
)
def test_a_query_that_cannot_be_used_is_refused_by_name(client, query, said):
    answer = client.get(f"/v1/suggestions?{query}")
    assert answer.status_code == 422
    assert answer.get_json()["detail"].startswith(said)


def test_feedback_decides_a_suggestion_and_the_article_shows_its_history(client, store):
    article = {"source": "cms", "id": "site.example/17", "body": TEXT}
    client.post("/v1/tags", json=article | {"revision": 1})
    answer = client.post("/v1/tags", json=article | {"revision": 2}).get_json()
    address = "/v1/suggestions/cms/site.example/17"
    found = client.get(address).get_json()
    assert (found["suggestion"]["revision"], found["suggestion"]["state"]) == ("2", "open")
    assert [(each["revision"], each["state"]) for each in found["earlier"]] == [("1", "superseded")]
    assert [tag["section"] for tag in found["suggestion"]["tags"]] == [tag["section"] for tag in answer["tags"]]
    sent = {"source": "cms", "article": "site.example/17", "revision": "2", "person": "A. Editor"}
    receipt = client.post("/v1/feedback", json=sent | {"kept": ["conflicts"], "removed": ["south-asia"]}).get_json()
    assert (receipt["stored"], receipt["decided"]) == (True, True)
    suggestion = client.get(address).get_json()["suggestion"]
    assert (suggestion["state"], suggestion["decided_by"]) == ("decided", "A. Editor")
    assert suggestion["feedback"] == {"revision": "2", "kept": ["conflicts"], "added": [], "removed": ["south-asia"]}
    assert client.post("/v1/feedback", json=sent | {"revision": "3"}).get_json()["decided"] is False


def test_an_id_with_two_slashes_in_a_row_is_found(client, store):
    store.keep([draft("a//b/")])
    assert client.get("/v1/suggestions/cms/a//b/").get_json()["suggestion"]["article"] == "a//b/"


def test_an_article_that_is_not_kept_is_a_404(client):
    answer = client.get("/v1/suggestions/cms/17")
    assert (answer.status_code, answer.get_json()["type"]) == (404, "urn:copydesk:problem:no-suggestion")


def test_a_source_with_a_slash_is_refused(client, store):
    answer = client.post("/v1/tags", json={"source": "a/b", "id": "1", "body": TEXT})
    assert answer.status_code == 422
    assert store.counts().open == 0


def test_a_service_that_keeps_none_says_so(make_client, tmp_path):
    client = make_client(keep_suggestions="no")
    for address in ("", "/counts", "/cms/17"):
        answer = client.get(f"/v1/suggestions{address}")
        assert answer.status_code == 404
        assert "keep_suggestions" in answer.get_json()["detail"]
    assert not (tmp_path / "feedback.db").exists()
