"""The app without what Flask does for others answers as it would with that."""

import json
from dataclasses import replace

import pytest
from flask import Flask, Response, request, session

from classifier.service import create_app
from classifier.service.lean import MOST_ADAPTERS, BytesResponse, LeanFlask
from classifier.settings import Settings
from tests.helpers import PAGE

ARTICLE = json.dumps({"id": "a-1", "body": PAGE})
JSON = {"content_type": "application/json"}
CALLS = {
    "an article": ("POST", "/v1/tags", {"data": ARTICLE, **JSON}),
    "an article with its evidence": ("POST", "/v1/tags?explain=true", {"data": ARTICLE, **JSON}),
    "ninjs": ("POST", "/v1/tags?format=ninjs", {"data": ARTICLE, **JSON}),
    "a text": ("POST", "/v1/tags", {"data": PAGE, "content_type": "text/plain"}),
    "a batch": ("POST", "/v1/tags/batch", {"data": json.dumps({"articles": [{"body": PAGE}]}), **JSON}),
    "sections": ("GET", "/v1/sections", {}),
    "sections without the body": ("HEAD", "/v1/sections", {}),
    "options": ("OPTIONS", "/v1/tags", {}),
    "health": ("GET", "/healthz", {}),
    "no JSON": ("POST", "/v1/tags", {"data": "{", **JSON}),
    "no body": ("POST", "/v1/tags", JSON),
    "no route": ("GET", "/v1/nothing", {}),
    "a slash too many": ("POST", "/v1/tags/", {"data": ARTICLE, **JSON}),
    "two slashes": ("POST", "//v1//tags", {"data": ARTICLE, **JSON}),
    "another method": ("GET", "/v1/tags", {}),
    "a large body": ("POST", "/v1/tags", {"data": b"x" * 2_000, **JSON}),
    "a type that is not read": ("POST", "/v1/tags", {"data": "<a/>", "content_type": "application/xml"}),
    "another host": ("POST", "/v1/tags", {"data": ARTICLE, **JSON, "headers": {"Host": "evil.example"}}),
    "no host at all": ("POST", "/v1/tags", {"data": ARTICLE, **JSON, "headers": {"Host": "a b/c"}}),
    "the page of another site": ("POST", "/v1/tags", {"data": ARTICLE, **JSON, "headers": {"Origin": "https://a.b"}}),
    "an unknown field": ("POST", "/v1/tags", {"data": '{"bodi": ""}', **JSON}),
    "an offer of another protocol": ("GET", "/v1/sections", {"headers": {"Upgrade": "h2c", "Connection": "Upgrade"}}),
    "a file of the pages": ("GET", "/docs/files/swagger-ui.css", {}),
}


@pytest.fixture(scope="module")
def settings(starter_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("settings")
    loaded = Settings.load({"max_request_bytes": 1_500}, environment={}, file=folder / "none")
    return replace(loaded, models=starter_models, keys=folder / "keys.json", access_log=False)


@pytest.fixture(scope="module")
def lean(settings):
    return create_app(settings).test_client()


@pytest.fixture(scope="module")
def full(settings):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("classifier.service.app.LeanFlask", lambda name: Flask(name, static_folder=None))
        patch.setattr("classifier.service.http.routes.BytesResponse", Response)
        yield create_app(settings).test_client()


def answer_to(client, method, path, options):
    answer = client.open(path, method=method, **options)
    own = {"X-Request-Id", "Server-Timing", "Date"}
    with answer:
        return answer.status, [item for item in answer.headers if item[0] not in own], answer.data


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_answer_is_that_of_flask_also_when_the_address_is_known(lean, full, call):
    first, again, expected = answer_to(lean, *call), answer_to(lean, *call), answer_to(full, *call)
    assert first == again == expected


def test_the_calls_above_have_answers_of_every_kind(lean):
    found = {answer_to(lean, *call)[0][:3] for call in CALLS.values()}
    assert found >= {"200", "400", "403", "404", "405", "413", "415", "421", "422"}


@pytest.fixture
def app():
    app = LeanFlask("test")

    @app.get("/here")
    def here():
        return BytesResponse(request.host.encode(), content_type="text/plain")

    @app.get("/named/<name>")
    def named(name):
        request.view_args["more"] = 1
        return name

    return app


def test_the_addresses_that_are_kept_are_few_and_have_no_parameters(app):
    client = app.test_client()
    for n in range(2 * MOST_ADAPTERS):
        assert client.get("/here", headers={"Host": f"host-{n}"}).text == f"host-{n}"
        assert client.get(f"/named/{n}").text == str(n)
        assert client.get(f"/here?n={n}").status_code == 200
    assert 0 < len(app._adapters) <= MOST_ADAPTERS
    assert {key[3] for key in app._adapters} == {"/here"}


def test_a_session_refuses_what_it_cannot_keep(app):
    @app.get("/session")
    def keep():
        assert dict(session) == {}
        session["name"] = 1

    app.testing = True
    with pytest.raises(RuntimeError, match="secret key"):
        app.test_client().get("/session")
