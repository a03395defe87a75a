"""An app with the starter model, and what the tests of both protocols ask it."""

import json

import pytest

from classifier.service.app import create_app
from classifier.settings import Settings

LIMIT = 200_000
TEXT = "Indian and Chinese troops fought at the disputed border in Ladakh, south of the Galwan river."
ARTICLE = {"headline": "Troops clash at Himalayan border", "body": f"<p>{TEXT}</p>"}


def post(client, path, sent):
    """Post JSON with its fields in their order: Flask's own ``json=`` sorts them."""
    return client.post(path, data=json.dumps(sent), content_type="application/json")


@pytest.fixture(scope="package")
def app(starter_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("protocols")
    given = {"models": starter_models, "keys": folder / "none", "max_request_bytes": LIMIT}
    app = create_app(Settings.load(given | {"feedback": str(folder / "feedback.db")}, {}, folder / "none"))
    yield app
    app.extensions["copydesk_feedback_database"].store().close()  # Python 3.13 warns about open connections


@pytest.fixture(scope="package")
def client(app):
    return app.test_client()


@pytest.fixture
def tags(client):
    """The probabilities of POST /v1/tags for an article or a text."""

    def ask(article):
        sent = {"body": article} if isinstance(article, str) else article
        answer = client.post("/v1/tags?all=true", json=sent).get_json()
        return {tag["section"]: tag["probability"] for tag in answer["tags"]}

    return ask


@pytest.fixture
def systemone(client):
    """Ask questions of System One about a state; return the answers, or the problem if the status is not 200."""

    def ask(state, questions, status=200, query="", **more):
        sent = {"model": "latest", "state": state, "questions": questions} | more
        answer = post(client, f"/v1/systemone{query}", sent)
        body = answer.get_json(force=True)
        assert answer.status_code == status, body
        return body["answers"] if status == 200 and not query else body

    return ask


@pytest.fixture
def decide(client):
    """Ask questions of Decisions about an input, as `systemone` does."""

    def ask(given, questions, status=200, query="", **more):
        sent = {"model": "latest", "input": given, "questions": questions} | more
        answer = post(client, f"/v1/decisions{query}", sent)
        body = answer.get_json(force=True)
        assert answer.status_code == status, body
        return body["answers"] if status == 200 and not query else body

    return ask
