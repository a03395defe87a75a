"""Deliveries as content management systems send them: own headers, tokens, Svix's names, texts in pieces."""

import base64
import hashlib
import hmac
import json
import socket
import time

import pytest
from standardwebhooks import Webhook

from classifier.errors import SettingsError
from classifier.service.app import create_app
from classifier.service.guard.signatures import read_secret
from classifier.service.http.pointers import Pointer
from classifier.service.http.sources import load_sources
from classifier.settings import Settings
from tests.driver.service import Service

SECRET = "a secret that both sides share"
TOKEN = "a-fixed-token-of-the-sender"
UNPADDED = "whsec_" + base64.b64encode(b"a key of 31 bytes, not of 32 ..").decode().rstrip("=")
ENVIRONMENT = {"SECRET": SECRET, "OLD": "an older secret that still counts", "TOKEN": TOKEN, "STANDARD": UNPADDED}
TOML = """
[source.wire]
header = "X-Wire-Signature"
digest = "sha1"
prefix = "sha1="
secret = ["OLD", "SECRET"]
id = "/guid"
headline = "/headline"
body = "/body_html"

[source.plain]
header = "X-Plain-Signature"
encoding = "base64"
secret = "SECRET"
body = "/text"

[source.headless]
header = "Authorization"
prefix = "Bearer "
token = "TOKEN"
headline = "/entry/title"
body = ["/entry/blocks/*/children/*/text", "/entry/body"]

[source.studio]
scheme = "sanity"
secret = "SECRET"
headline = "/title"
body = "/paragraphs/*"

[source.svix]
scheme = "standard"
secret = "STANDARD"
body = "/text"
"""
TEXT = "Indian and Chinese troops fought at the disputed border in Ladakh."


@pytest.fixture
def sources(tmp_path, monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "webhooks.toml"
    path.write_text(TOML)
    return path


@pytest.fixture
def client(starter_models, sources, tmp_path):
    given = {"models": starter_models, "keys": tmp_path / "keys", "webhooks": str(sources)}
    return create_app(Settings.load(given, {}, tmp_path / "none")).test_client()


def signed(source, body, secret=SECRET):
    if source == "wire":
        return {"X-Wire-Signature": "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    if source == "plain":
        return {"X-Plain-Signature": base64.b64encode(digest).decode()}
    if source == "headless":
        return {"Authorization": f"Bearer {TOKEN}"}
    if source == "studio":
        at = str(int(time.time() * 1000))
        digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).digest()
        return {"sanity-webhook-signature": f"t={at},v1={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"}
    at = int(time.time())
    key = UNPADDED + "=" * (-len(UNPADDED.removeprefix("whsec_")) % 4)
    message = f"m1.{at}.".encode() + body
    signature = hmac.new(base64.b64decode(key.removeprefix("whsec_")), message, hashlib.sha256).digest()
    Webhook(key)  # the library takes the key as well
    coded = base64.b64encode(signature).decode()
    return {"svix-id": "m1", "svix-timestamp": str(at), "svix-signature": f"v1,{coded}"}


PAYLOADS = {
    "wire": {"guid": 7, "headline": "Border clash", "body_html": f"<p>{TEXT}</p>"},
    "plain": {"text": TEXT},
    "headless": {"entry": {"title": "Border clash", "blocks": [{"children": [{"text": TEXT}]}]}},
    "studio": {"title": "Border clash", "paragraphs": [TEXT, "Officers met."]},
    "svix": {"text": TEXT},
}


def deliver(client, source, payload, headers=None, query=""):
    body = json.dumps(payload).encode()
    headers = signed(source, body) if headers is None else headers
    return client.post(
        f"/v1/webhooks/{source}{query}", data=body, headers={"Content-Type": "application/json"} | headers
    )


@pytest.mark.parametrize("source", PAYLOADS)
def test_each_way_to_sign_is_taken_and_a_wrong_one_is_refused(client, source):
    answer = deliver(client, source, PAYLOADS[source])
    assert answer.status_code == 200
    assert "south-asia" in {tag["section"] for tag in answer.get_json()["tags"]}
    assert answer.get_json()["id"] == ("7" if source == "wire" else None)
    good = signed(source, json.dumps(PAYLOADS[source]).encode())
    for name in good:
        cut = good[name].rstrip("=")[:-1]
        for wrong in ("", "x", good[name][:-3] + "AA=", cut, good[name] + "A", cut.split("=")[-1]):
            refused = deliver(client, source, PAYLOADS[source], good | {name: wrong})
            assert refused.status_code == 401, (name, wrong)
    if source != "headless":
        other = signed(source, b"another body")
        assert deliver(client, source, PAYLOADS[source], other).status_code == 401


def test_any_of_several_secrets_counts(client):
    body = json.dumps(PAYLOADS["wire"]).encode()
    for secret, status in ((ENVIRONMENT["OLD"], 200), (SECRET, 200), ("another secret of both", 401)):
        assert deliver(client, "wire", PAYLOADS["wire"], signed("wire", body, secret)).status_code == status


@pytest.mark.parametrize("written", ["upper", "urlsafe", "unpadded"])
def test_signatures_may_be_written_in_each_usual_way(client, written):
    source = "wire" if written == "upper" else "plain"
    ((name, value),) = signed(source, json.dumps(PAYLOADS[source]).encode()).items()
    changed = {
        "upper": "sha1=" + value.removeprefix("sha1=").upper(),
        "urlsafe": value.replace("+", "-").replace("/", "_"),
        "unpadded": value.rstrip("="),
    }[written]
    assert deliver(client, source, PAYLOADS[source], {name: changed}).status_code == 200


def test_a_stale_delivery_of_sanity_is_refused(client):
    body = json.dumps(PAYLOADS["studio"]).encode()
    at = str(int(time.time() * 1000) - 310_000)
    digest = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).digest()
    header = f"t={at},v1={base64.urlsafe_b64encode(digest).decode().rstrip('=')}"
    assert deliver(client, "studio", PAYLOADS["studio"], {"sanity-webhook-signature": header}).status_code == 401


def test_a_wrong_token_is_refused_before_a_byte_of_the_body(starter_models, sources, tmp_path):
    service = Service(starter_models, tmp_path / "log", webhooks=str(sources))
    try:
        with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
            lines = ["POST /v1/webhooks/headless HTTP/1.1", "Host: x", "Content-Type: application/json"]
            lines += ["Content-Length: 100000", "Authorization: Bearer not-the-token-of-it"]
            connection.sendall("\r\n".join([*lines, "", ""]).encode())  # and nothing of the body
            began = time.monotonic()
            assert connection.recv(1_000).startswith(b"HTTP/1.1 401")
            assert time.monotonic() - began < 3
    finally:
        assert service.stop() == 0


def test_the_texts_of_a_list_are_joined(client):
    blocks = [
        {"type": "image", "url": "x"},
        {"children": [{"text": "Indian and Chinese "}, {"text": "troops"}, {"text": " fought"}, {"text": "."}]},
        {"children": [{"text": "They met at"}, {"text": "Ladakh"}, {"text": ", near the border."}]},
    ]
    payload = {"entry": {"title": "Border clash", "blocks": blocks}}
    answer = deliver(client, "headless", payload, query="?explain=true").get_json()
    text = "Border clash\n\nIndian and Chinese troops fought.\n\nThey met at Ladakh, near the border."
    assert answer["text"] == text


def test_a_body_that_is_not_found_is_logged_and_counted(client, caplog):
    for body, n in (
        ({"body": TEXT}, 0),
        ({}, 1),
        ({"blocks": []}, 2),
        ({"blocks": [{"children": [{"text": " "}]}]}, 3),
    ):
        answer = deliver(client, "headless", {"entry": {"title": "Border clash in Ladakh", **body}})
        assert answer.status_code == 200
        assert caplog.text.count("has no text at /entry/blocks/*/children/*/text, /entry/body") == n
    assert "Border clash" not in caplog.text
    page = client.get("/metrics").get_data(as_text=True)
    assert 'copydesk_webhook_without_body_total{source="headless"} 3.0' in page


@pytest.mark.parametrize("text", [7, ["zebra"], {"zebra": 1}, True])
def test_a_piece_that_is_not_text_is_an_error_that_names_the_pointer(client, text):
    answer = deliver(client, "studio", {"title": "x", "paragraphs": ["a", text]})
    assert answer.status_code == 422
    assert "/paragraphs/*: must be a string" in answer.get_json(force=True)["detail"]
    assert "zebra" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("pointer", "document", "text"),
    [
        ("/*", ["a", "b"], "a\n\nb"),
        ("/*/v", [{"v": "a"}, {"w": "x"}, {"v": ""}, 5, {"v": "b"}], "a\n\nb"),
        ("/fields/*", {"fields": {"en": "a", "de": "b"}}, "a\n\nb"),
        ("/*/*", [["One ", "two"], ["three", "four", "!"]], "One two\n\nthree four!"),
        ("/*/*/*", [[["a", "b"], ["c"]], [["d"]]], "a b\n\nc\n\nd"),
        ("/*", {"*": "star"}, "star"),
        ("/*", [], None),
        ("/*", "text", None),
        ("/*/v", [{"w": 1}], None),
    ],
)
def test_a_star_finds_every_value(pointer, document, text):
    found = Pointer(pointer).find(document)
    assert (found.text() if hasattr(found, "text") else found) == text


@pytest.mark.parametrize("secret", [UNPADDED, UNPADDED.removeprefix("whsec_"), UNPADDED + "="])
def test_a_secret_of_standard_webhooks_may_have_lost_its_padding(secret):
    assert read_secret("standard", secret) == b"a key of 31 bytes, not of 32 .."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('header = "X-Plain-Signature"', 'scheme = "hub"'), "give scheme and secret; or header and secret"),
        (('header = "X-Plain-Signature"\n', ""), "give scheme and secret; or header and secret"),
        (('token = "TOKEN"', 'token = "TOKEN"\nsecret = "SECRET"'), "give scheme and secret; or header and secret"),
        (('token = "TOKEN"', 'token = "TOKEN"\ndigest = "sha1"'), "give scheme and secret; or header and secret"),
        (('token = "TOKEN"', 'token = "NONE"'), "NONE, which is not set"),
        (('token = "TOKEN"', 'token = "SHORT"'), "SHORT must be 16 bytes or longer"),
        (('digest = "sha1"', 'digest = "md5"'), "source wire: digest"),
        (('header = "X-Wire-Signature"', 'header = "X Wire"'), "source wire: header"),
    ],
)
def test_a_source_that_does_not_say_how_it_signs_is_refused(tmp_path, change, said):
    assert change[0] in TOML
    path = tmp_path / "webhooks.toml"
    path.write_text(TOML.replace(*change))
    with pytest.raises(SettingsError, match=r"webhooks\.toml") as raised:
        load_sources(path, ENVIRONMENT | {"SHORT": "tiger"})
    assert said in str(raised.value)
    assert "tiger" not in str(raised.value)
