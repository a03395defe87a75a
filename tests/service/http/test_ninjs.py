"""The answer in ninjs 3.1, held against a schema written for these tests from the rules that the standard gives."""

import json

import jsonschema
import pytest

from classifier.service.app import create_app
from classifier.settings import Settings
from classifier.store.files import read_model, write_model
from classifier.store.registry import Registry

NINJS = "application/vnd.iptc.ninjs+json"
ARTICLE = {
    "id": "site.example/17",
    "headline": "Troops <em>clash</em> at the border",
    "body": "Indian and Chinese soldiers fought at the disputed border in Ladakh.",
}
TEXT, PERCENT = {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0, "maximum": 100}


def closed(required, **properties):
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


# what of ninjs 3.x a text with subjects may have; its names are written in camelCase, and no other is allowed
SCHEMA = closed(
    ["uri"],
    uri=TEXT | {"format": "uri"},
    type={"enum": ["text", "audio", "video", "picture", "graphic", "composite", "planning", "component", "event"]},
    language=TEXT,
    versionCreated=TEXT | {"format": "date-time"},
    headlines={
        "type": "array",
        "items": closed([], role=TEXT, language=TEXT, contentType=TEXT, value={"type": "string"}),
    },
    subjects={
        "type": "array",
        "items": closed(
            [],
            name=TEXT,
            rel=TEXT,
            uri=TEXT | {"format": "uri"},
            literal=TEXT,
            creator=TEXT,
            relevance=PERCENT,
            confidence=PERCENT,
        ),
    },
)


@pytest.fixture(scope="module")
def client(starter_models, tmp_path_factory):
    """The starter model, whose section for conflicts has a Media Topic."""
    models = tmp_path_factory.mktemp("ninjs")
    model = read_model(Registry(starter_models).folder())
    about = model.manifest.model_dump(mode="json", exclude={"format", "version", "created", "files"})
    for entry in about["trained"]:
        entry["section"]["external"] = {
            "conflicts": {"iptc": "medtop:16000000"},
            "partnerships": {"iptc": "11000000"},
        }.get(entry["section"]["id"], {"wordpress": "x"})
    Registry(models).promote(write_model(models, about, model.arrays, {}))
    return create_app(Settings.load({"models": models, "keys": models / "none"}, {}, models / "none")).test_client()


def ask(client, article=ARTICLE, **options):
    options = {"headers": {"Accept": NINJS}} | options
    return client.post("/v1/tags", json=article, **options)


def test_the_schema_refuses_what_ninjs_refuses():
    good = {"uri": "urn:x:y", "subjects": [{"name": "a", "confidence": 90}]}
    jsonschema.validate(good, SCHEMA)
    for bad in ({"confidence": 0.9}, {"confidence": 101}, {"probability": 90}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"uri": "urn:x:y", "subjects": [bad]}, SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(good | {"versioncreated": "2026-11-26T00:00:00Z"}, SCHEMA)


@pytest.mark.parametrize(
    "article",
    [
        ARTICLE,
        ARTICLE | {"url": "https://site.example/?p=17", "language": "en"},
        ARTICLE | {"url": "no address", "id": "ü / \n"},
        {"text": ARTICLE["body"]},
        {"body": "Zxqw vbnm"},
    ],
)
@pytest.mark.parametrize("query", ["", "?all=true"])
def test_every_answer_keeps_the_rules_of_ninjs(client, article, query):
    answer = client.post(f"/v1/tags{query}", json=article, headers={"Accept": NINJS})
    assert (answer.status_code, answer.content_type) == (200, NINJS)
    item = json.loads(answer.data)
    jsonschema.validate(item, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert item["uri"].isascii()
    assert ("headlines" in item) == ("headline" in article)


def test_the_subjects_are_the_tags_with_their_media_topics(client):
    tags = client.post("/v1/tags", json=ARTICLE).get_json()
    item = json.loads(ask(client).data)
    sections = [s for s in item["subjects"] if s["literal"].startswith("section:")]
    assert [(s["literal"], s["name"], s["confidence"]) for s in sections] == [
        (f"section:{t['section']}", t["name"], round(100 * t["probability"])) for t in tags["tags"]
    ]
    topics = {s["literal"]: s["uri"] for s in item["subjects"] if s not in sections}
    assert topics["medtop:16000000"] == "http://cv.iptc.org/newscodes/mediatopic/16000000"
    assert set(topics) <= {"medtop:16000000", "medtop:11000000"}
    assert {s["creator"] for s in item["subjects"]} == {f"copydesk/{tags['model']}"}
    assert item["headlines"] == [{"role": "main", "value": "Troops clash at the border"}]
    assert (item["uri"], item["type"], item["language"]) == ("urn:copydesk:article:site.example/17", "text", "en")


@pytest.mark.parametrize(
    ("accept", "query", "kind"),
    [
        (NINJS, "", NINJS),
        (NINJS.upper(), "", NINJS),
        (f"application/json;q=0.5, {NINJS}", "", NINJS),
        (f"application/json, {NINJS};q=0.5", "", "application/json"),
        (f"{NINJS};q=0", "", "application/json"),
        ("*/*", "", "application/json"),
        (None, "?format=ninjs", NINJS),
        ("application/json", "?format=ninjs&all=true", NINJS),
        (NINJS, "?format=json", "application/json"),
    ],
)
def test_the_format_is_what_was_asked_for(client, accept, query, kind):
    headers = {"Accept": accept} if accept else {}
    assert client.post(f"/v1/tags{query}", json=ARTICLE, headers=headers).content_type == kind


@pytest.mark.parametrize(
    "query", ["?format=xml", "?format=", "?format=ninjs&format=ninjs", "?format=ninjs&explain=true"]
)
def test_what_ninjs_cannot_say_is_refused_by_name(client, query):
    answer = client.post(f"/v1/tags{query}", json=ARTICLE)
    assert answer.status_code == 422
    assert answer.get_json(force=True)["errors"][0]["field"] == query.rpartition("&")[2].partition("=")[0].strip("?")


def test_an_error_is_a_problem_whatever_was_asked_for(client):
    answer = ask(client, {})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")


ITEM = {
    "uri": "urn:newsml:gazette.example:2026:17",
    "versioncreated": "2026-01-02T08:30:00Z",
    "type": "text",
    "language": "en-GB",
    "headlines": [{"role": "subtitle", "value": "Zebra"}, {"role": "main", "value": ARTICLE["headline"]}],
    "bodies": [{"role": "main", "contenttype": "text/html", "value": f"<p>{ARTICLE['body']}</p>"}],
    "subjects": [{"name": "Whatever", "literal": "x"}],
}
NINJS_1 = {
    "uri": "https://gazette.example/2026/17?" + "x" * 300,
    "headline": ARTICLE["headline"],
    "body_xhtml": f"<p>{ARTICLE['body']}</p>",
    "pubstatus": "usable",
}


@pytest.mark.parametrize("item", [ITEM, NINJS_1])
@pytest.mark.parametrize("kind", [NINJS, "application/json", "application/ninjs+json"])
@pytest.mark.parametrize("query", ["", "?all=true"])
def test_an_item_in_gives_an_item_out(client, item, kind, query):
    answer = client.post(f"/v1/tags/ninjs{query}", data=json.dumps(item), content_type=kind)
    assert (answer.status_code, answer.content_type) == (200, NINJS)
    found = json.loads(answer.data)
    jsonschema.validate(found, SCHEMA, format_checker=jsonschema.FormatChecker())
    asked = client.post(f"/v1/tags{query}", json=ARTICLE, headers={"Accept": NINJS})
    assert found["subjects"] == json.loads(asked.data)["subjects"]
    assert found["headlines"] == [{"role": "main", "value": "Troops clash at the border"}]
    assert (found["uri"], found["language"]) == (item["uri"], item.get("language", "en"))


def test_an_item_may_also_be_sent_as_ninjs_to_the_address_of_articles(client):
    sent = client.post("/v1/tags", data=json.dumps(ITEM), content_type=NINJS)
    assert (sent.status_code, sent.content_type, sent.get_json()["id"]) == (200, "application/json", ITEM["uri"])
    assert sent.get_json()["tags"] == client.post("/v1/tags", json=ARTICLE).get_json()["tags"]
    both = client.post("/v1/tags", data=json.dumps(ITEM), content_type=NINJS, headers={"Accept": NINJS})
    assert both.content_type == NINJS


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"uri": "urn:x"}, "no headline and no body"),
        ({"uri": "urn:x", "headline": " ", "bodies": [{"value": ""}]}, "no headline and no body"),
        ({"headline": "x", "body": "zebra"}, "body: not a field of ninjs"),
        ({"title": "zebra"}, "title: not a field of ninjs"),
        ({"uri": "urn:" + "x" * 2_000, "headline": "x"}, "uri: longer than the 2,000 characters"),
        ({"uri": "urn:x", "headline": "x", "language": "fr"}, "language: the article is in “fr”"),
        ([ITEM], "must be a JSON object"),
    ],
)
def test_an_item_that_cannot_be_tagged_is_told_why(client, item, said):
    answer = client.post("/v1/tags/ninjs", json=item)
    assert answer.status_code == 422
    assert said in answer.get_json(force=True)["detail"]
    assert "zebra" not in answer.get_data(as_text=True)


def test_an_item_cannot_be_explained_and_a_text_is_no_item(client):
    assert client.post("/v1/tags/ninjs?explain=true", json=ITEM).status_code == 422
    assert client.post("/v1/tags/ninjs", data="Ladakh", content_type="text/plain").status_code == 415
