import base64
import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from classifier.feedback.database import Database
from classifier.feedback.suggestions import SuggestionStore
from classifier.service.app import create_app
from classifier.settings import Settings

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
TOML = """
[source.cms]
scheme = "standard"
secret = "STANDARD"
id = "/id"
revision = "/version"
headline = "/title"
body = "/text"
"""
TEXT = "Indian and Chinese troops fought at the disputed border in Ladakh."


def delivery(number, **more):
    """The body of a webhook's delivery, and its headers, signed by an independent package."""
    body = json.dumps({"id": number, "title": f"Border clash {number}", "text": TEXT} | more).encode()
    at = int(time.time())
    signature = Webhook(SECRET).sign(f"msg_{number}", datetime.fromtimestamp(at, UTC), body.decode())
    return body, {
        "Content-Type": "application/json",
        "webhook-id": f"msg_{number}",
        "webhook-timestamp": str(at),
        "webhook-signature": signature,
    }


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """A file of webhook sources, with its secret in the environment."""
    monkeypatch.setenv("STANDARD", SECRET)
    path = tmp_path / "webhooks.toml"
    path.write_text(TOML)
    return str(path)


@pytest.fixture
def make_client(starter_models, tmp_path, sources):
    def make(**given):
        given = {"keep_suggestions": "yes", "feedback": str(tmp_path / "feedback.db")} | given
        given = {"models": starter_models, "keys": tmp_path / "keys", "webhooks": sources} | given
        return create_app(Settings.load(given, {}, tmp_path / "none")).test_client()

    return make


@pytest.fixture
def client(make_client):
    return make_client()


@pytest.fixture
def store(tmp_path):
    database = Database(str(tmp_path / "feedback.db"))
    yield SuggestionStore(database)
    database.close()
