import json
import re
import shutil
import threading
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from classifier.service.app import create_app
from classifier.service.http.openapi import document, examples_answered
from classifier.settings import Settings
from classifier.store.files import read_model, write_model
from classifier.store.registry import Registry
from tests.helpers import ROOT, run_python

AGAIN = "run “copydesk openapi > docs/openapi.json”"
EXAMPLES_AGAIN = "run “copydesk openapi --examples models > classifier/service/examples.json” with a starter model"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
METHODS = {"get", "post"}


def make_app(models, **more):
    return create_app(Settings.load({"models": models, "keys": models / "none"} | more, {}, models / "none"))


def make_client(models):
    return make_app(models).test_client()


@pytest.fixture(scope="module")
def app(starter_models):
    return make_app(starter_models)


@pytest.fixture(scope="module")
def client(app):
    return app.test_client()


@pytest.fixture(scope="module")
def contract(app):
    return document(app)


def operations(contract):
    return [(path, item[method]) for path, item in contract["paths"].items() for method in METHODS & set(item)]


def test_the_committed_contract_is_the_one_that_is_served(client, contract):
    committed = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert client.get("/openapi.json").get_json() == contract
    assert contract == committed, AGAIN
    printed = run_python("-m", "classifier", "openapi").stdout
    assert printed == (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"), AGAIN


def test_every_route_is_in_the_contract(starter_models, tmp_path, monkeypatch, contract):
    monkeypatch.setenv("HUB", "a secret that the hub shares")
    sources = tmp_path / "webhooks.toml"
    sources.write_text('[source.hub]\nscheme = "hub"\nsecret = "HUB"\nbody = "/body"\n')
    app = make_app(starter_models, webhooks=str(sources))
    pages = {"/openapi.json", "/docs", "/docs/start.js", "/docs/files/<path:filename>"}
    listed = {rule.rule for rule in app.url_map.iter_rules()} - pages
    rules = {rule for rule in listed if rule != "/" and not rule.startswith("/desk/")}  # pages for people
    assert len(listed - rules) > 10
    assert {re.sub("<(?:path:)?([a-z]+)>", r"{\1}", rule) for rule in rules} == set(contract["paths"])


def test_every_error_of_the_contract_is_a_problem(contract):
    assert contract["openapi"].startswith("3.1")
    for path, operation in operations(contract):
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, status)
                assert answer["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
        if path not in ("/healthz", "/readyz"):
            signed = [{name: []} for name in ("standard_webhooks", "hub", "ghost")]
            assert operation["security"] == (signed if "webhooks" in path else [{"key": []}])
            assert {"401", "429", "500", "503"} <= set(operation["responses"])
    assert {"400", "408", "413", "415", "422"} <= set(contract["paths"]["/v1/tags"]["post"]["responses"])


def test_every_field_of_a_request_is_in_the_contract_with_its_other_names(contract):
    fields = contract["components"]["schemas"]["TagRequest"]["properties"]
    assert {"id", "headline", "title", "body", "content", "text", "html", "language"} <= set(fields)
    assert {"current", "rejected", "only", "exclude", "set"} <= set(fields)
    flags = contract["paths"]["/v1/tags"]["post"]["parameters"]
    assert {flag["name"] for flag in flags} == {"explain", "all", "units", "set"}


def test_every_operation_and_field_is_described_with_an_example(contract):
    for path, operation in operations(contract):
        assert operation["summary"], path
        assert operation["description"], path
        for parameter in operation.get("parameters", ()):
            assert {"description", "example"} <= set(parameter), (path, parameter["name"])
        for status, answer in operation["responses"].items():
            assert answer["description"], (path, status)
            for header in answer.get("headers", {}).values():
                assert {"description", "example"} <= set(header), (path, status)
    for name, schema in contract["components"]["schemas"].items():
        assert schema["description"], name
        for field, about in schema.get("properties", {}).items():
            assert about.get("description"), (name, field)
            assert about.get("examples"), (name, field)
            jsonschema.validate(
                about["examples"][0], {"$ref": f"#/components/schemas/{name}/properties/{field}"} | contract
            )


def test_operations_have_one_kind_of_body_and_of_answer_and_requests_are_plain_objects(contract):
    for path, operation in operations(contract):
        body = operation.get("requestBody", {"content": {"": None}})
        assert len(body["content"]) == 1, path
        for status, answer in operation["responses"].items():
            assert len(answer["content"]) == 1, (path, status)
        for kind, about in body["content"].items():
            if kind == "application/json" and "$ref" in about["schema"]:
                schema = contract["components"]["schemas"][about["schema"]["$ref"].rpartition("/")[2]]
                assert schema["type"] == "object"
                assert not {"anyOf", "oneOf", "allOf"} & set(schema)
                for name, field in schema["properties"].items():
                    assert "type" in field, (path, name)
                    assert not {"anyOf", "oneOf", "allOf", "default", "title"} & set(field), (path, name)
    assert contract["info"]["license"]["identifier"] == "Apache-2.0"


def test_a_text_has_an_address_of_its_own(client):
    body = "<p>Troops at the border in <b>Ladakh</b></p>"
    plain = client.post("/v1/tags?explain=true&all=true", json={"body": body}).get_json()
    for kind in ("text/plain", "text/html", "text/html; charset=utf-8"):
        sent = client.post("/v1/tags/text?explain=true&all=true", data=body, content_type=kind)
        assert (sent.status_code, sent.get_json()) == (200, plain)
    for kind in ("application/json", "application/xml", None):
        refused = client.post("/v1/tags/text", data=json.dumps({"body": body}), content_type=kind)
        assert (refused.status_code, "POST /v1/tags" in refused.get_json(force=True)["detail"]) == (415, True)
    assert client.post("/v1/tags/text", data=" ", content_type="text/plain").status_code == 400
    assert client.post("/v1/tags/text?format=json", data=body, content_type="text/plain").status_code == 422


def test_spans_count_in_the_units_that_are_asked_for(client):
    article = {"id": "a", "headline": "\N{FIRE} Clash \N{FIRE}", "body": "Troops at the \N{FIRE} border in Ladakh"}

    def words(query, path="/v1/tags", sent=article):
        answer = client.post(f"{path}?explain=true{query}", json=sent).get_json()
        answer = answer.get("results", [answer])[0]
        spans = [(each["term"], span) for tag in answer["tags"] for each in tag["evidence"] for span in each["spans"]]
        return answer["text"], spans

    text, points = words("")
    assert points == words("&units=codepoints")[1]
    units = text.encode("utf-16-le")
    for query in (("&units=utf16",), ("&units=utf16", "/v1/tags/batch", {"articles": [article]})):
        same, spans = words(*query)
        assert same == text
        assert [term for term, _ in spans] == [term for term, _ in points]
        cut = [units[2 * start : 2 * end].decode("utf-16-le") for _, (start, end) in spans]
        assert cut == [text[start:end] for _, (start, end) in points]
    assert spans != points
    flat = {"body": "Troops at the border in Ladakh"}
    assert words("&units=utf16", sent=flat) == words("", sent=flat)
    assert client.post("/v1/tags?units=utf16", json=article).data == client.post("/v1/tags", json=article).data
    for wrong in ("units=bytes", "units=", "units=utf16&units=utf16"):
        refused = client.post(f"/v1/tags?{wrong}", json=article)
        assert (refused.status_code, "units: must be" in refused.get_json(force=True)["detail"]) == (422, True)


def test_the_examples_are_what_the_starter_model_answers(app, contract):
    """Not to the last digit: another processor, or a few articles more, may change that."""
    for route, examples in examples_answered(app).items():
        method, path = route.lower().split()
        operation = contract["paths"][path][method]
        shown = operation["responses"]["200"]["content"]["application/json"]["examples"]
        for name, example in examples.items():
            sent = operation["requestBody"]["content"]["application/json"]["examples"][name]["value"]
            assert sent == example["request"]
            assert _roughly(shown[name]["value"]) == _roughly(example["answer"]), EXAMPLES_AGAIN


def _roughly(answer):
    """An answer without its version, its figures as coarse as they are stable, evidence only counted."""
    if isinstance(answer, dict):
        left_out = ("model", "logit", "rest")
        return {k: len(v) if k == "evidence" else _roughly(v) for k, v in answer.items() if k not in left_out}
    if isinstance(answer, list):
        return [_roughly(item) for item in answer]
    return pytest.approx(answer, abs=0.1) if isinstance(answer, float) else answer


@pytest.mark.parametrize("name", ["body", "content", "text", "html"])
def test_a_field_goes_by_each_of_its_names_but_by_one_at_a_time(client, name):
    expected = client.post("/v1/tags", json={"body": "Troops at the border in Ladakh"}).get_json()
    assert client.post("/v1/tags", json={name: "Troops at the border in Ladakh"}).get_json() == expected
    other = "body" if name != "body" else "text"
    twice = client.post("/v1/tags", json={name: "a", other: "b"})
    assert (twice.status_code, "another name" in twice.get_json(force=True)["detail"]) == (422, True)


def test_an_unknown_field_is_named_unless_its_name_may_be_text(client):
    detail = client.post("/v1/tags", json={"body": "x", "colour": 1}).get_json(force=True)["detail"]
    assert detail.startswith("colour: unknown field")
    answer = client.post(
        "/v1/tags", json={"body": "x", "The zebra minister resigns over the affair of the herd " * 3: 1}
    )
    assert "zebra" not in answer.get_data(as_text=True)
    assert "a name of 165 characters" in answer.get_json(force=True)["detail"]


def test_nothing_known_and_another_language_are_told_apart(client):
    unknown = client.post("/v1/tags", json={"body": "Zxqw vbnm"})
    assert (unknown.status_code, unknown.get_json()["outcome"]) == (200, "no_known_terms")
    foreign = client.post("/v1/tags", json={"body": "Der Minister tritt zurück", "language": "de-AT"})
    assert (foreign.status_code, foreign.get_json(force=True)["type"]) == (422, "urn:copydesk:problem:language")


def test_what_the_editor_decided_is_not_suggested(client):
    article = {"body": "Indian and Chinese troops fought at the disputed border in Ladakh, south of the Galwan river."}

    def sections(**more):
        answer = client.post("/v1/tags?all=true", json=article | more).get_json()
        return {tag["section"] for tag in answer["tags"]}

    everything = sections()
    assert {"south-asia", "conflicts"} <= everything
    for field in ("current", "rejected", "exclude"):
        assert sections(**{field: ["South Asia"]}) == everything - {"south-asia"}
    assert sections(only=["south-asia", "Conflicts"], rejected=["conflicts"]) == {"south-asia"}


def test_a_deprecated_section_is_never_suggested(starter_models, tmp_path):
    """Its label still counts, for the section that has replaced it."""
    model = read_model(Registry(starter_models).folder())
    about = model.manifest.model_dump(mode="json", exclude={"format", "version", "created", "files"})
    old = about["trained"][0]["section"] | {"id": "old-name", "name": "Old name", "aliases": []}
    old |= {"status": "deprecated", "replaced_by": about["trained"][0]["section"]["id"], "external": {}}
    about["untrained"] = [*about["untrained"], {"section": old, "support": 0}]
    Registry(tmp_path).promote(write_model(tmp_path, about, model.arrays, {}))
    client = make_client(tmp_path)
    article = {"body": "Indian and Chinese troops fought at the disputed border in Ladakh."}
    shown = [tag["section"] for tag in client.post("/v1/tags?all=true", json=article).get_json()["tags"]]
    assert "old-name" not in shown
    assert about["trained"][0]["section"]["id"] in shown
    only = client.post("/v1/tags?all=true", json=article | {"only": ["Old name"]}).get_json()["tags"]
    assert [tag["section"] for tag in only] == [about["trained"][0]["section"]["id"]]
    listed = {s["id"]: s for s in client.get("/v1/sections").get_json()["sections"]}
    assert (listed["old-name"]["status"], listed["old-name"]["trained"]) == ("deprecated", False)


def test_three_hundred_sections_are_all_considered(starter_models, tmp_path):
    model = read_model(Registry(starter_models).folder())
    about = model.manifest.model_dump(mode="json", exclude={"format", "version", "created", "files"})
    columns = [i % len(about["trained"]) for i in range(300)]
    about["trained"] = [_renamed(about["trained"][column], number) for number, column in enumerate(columns)]
    weights = np.ascontiguousarray(model.arrays.weights[:, columns])
    arrays = replace(model.arrays, weights=weights, intercepts=model.arrays.intercepts[columns])
    Registry(tmp_path).promote(write_model(tmp_path, about, arrays, {}))
    client = make_client(tmp_path)
    article = {"body": "Indian and Chinese troops fought at the disputed border in Ladakh."}
    tags = client.post("/v1/tags?all=true", json=article).get_json()["tags"]
    assert {tag["section"] for tag in tags} == {f"section-{number}" for number in range(300)}
    last = client.post("/v1/tags?all=true", json=article | {"only": ["Section 299"]}).get_json()["tags"]
    assert [tag["section"] for tag in last] == ["section-299"]
    assert len(client.get("/v1/sections").get_json()["sections"]) >= 300


def _renamed(entry, number):
    section = {"id": f"section-{number}", "name": f"Section {number}", "aliases": [], "external": {}}
    return entry | {"section": entry["section"] | section}


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")
def test_docs_need_nothing_from_elsewhere(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    asked, complaints = [], []
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"http://127.0.0.1:{server.port}/docs")
            page.click("#operations-tagging-tag .opblock-summary-control")
            page.click("#operations-tagging-tag .try-out__btn")
            page.click("#operations-tagging-tag .execute")
            page.wait_for_selector("#operations-tagging-tag .live-responses-table")
            shown = page.inner_text("#operations-tagging-tag .live-responses-table")
            browser.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert '"section": "south-asia"' in shown
    assert len(asked) >= 6
    assert all(url.startswith((f"http://127.0.0.1:{server.port}/", "data:", "blob:")) for url in asked)
    assert complaints == []
