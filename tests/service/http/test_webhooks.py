"""Deliveries of webhooks, signed by an independent route: the PyPI package of Standard Webhooks, and OpenSSL."""

import base64
import json
import shutil
import subprocess
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from classifier.errors import SettingsError
from classifier.service.app import create_app
from classifier.service.http import webhooks
from classifier.service.http.sources import load_sources
from classifier.settings import Settings

KEY = b"a key of thirty-two bytes, no more"[:32]
STANDARD = "whsec_" + base64.b64encode(KEY).decode()
HUB = "a secret that GitHub shares"
GHOST = "a secret that Ghost shares"
ENVIRONMENT = {
    "STANDARD": STANDARD,
    "OLDER": "whsec_" + base64.b64encode(KEY[::-1]).decode(),
    "HUB": HUB,
    "GHOST": GHOST,
}
TOML = """
[source.cms]
scheme = "standard"
secret = ["STANDARD", "OLDER"]
id = "/id"
headline = "/fields/title~1en"
body = ["/fields/text", "/fields/body"]

[source.hub]
scheme = "hub"
secret = "HUB"
body = "/body"

[source.ghost]
scheme = "ghost"
secret = "GHOST"
id = "/post/current/id"
headline = "/post/current/title"
body = ["/post/current/html", "/post/current/plaintext"]
"""
TEXT = "Indian and Chinese troops fought at the disputed border in Ladakh."
PAYLOADS = {
    "cms": {"id": 7, "fields": {"title/en": "Border clash", "body": TEXT}},
    "hub": {"body": TEXT},
    "ghost": {"post": {"current": {"id": "6f", "title": "Border clash", "html": f"<p>{TEXT}</p>"}, "previous": {}}},
}
OPENSSL = shutil.which("openssl")


@pytest.fixture
def make_client(starter_models, tmp_path, monkeypatch):
    path = tmp_path / "webhooks.toml"
    path.write_text(TOML)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)

    def make(models=starter_models, **given):
        given = {"models": models, "keys": tmp_path / "keys", "webhooks": str(path)} | given
        given = {"decisions": str(tmp_path / "decisions.db")} | given
        return create_app(Settings.load(given, {}, tmp_path / "none")).test_client()

    return make


@pytest.fixture
def client(make_client):
    return make_client()


def hmac_by_openssl(secret, message):
    command = [OPENSSL, "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{secret.encode().hex()}"]
    return subprocess.run(command, input=message, capture_output=True, check=True).stdout.split()[-1].decode()


def signed(source, body, at=None, id_="msg_1"):
    """The headers of a delivery, as its sender would make them."""
    at = time.time() if at is None else at
    if source == "cms":
        signature = Webhook(STANDARD).sign(id_, datetime.fromtimestamp(int(at), UTC), body.decode())
        return {"webhook-id": id_, "webhook-timestamp": str(int(at)), "webhook-signature": signature}
    if OPENSSL is None:
        pytest.skip("no openssl on this machine: apt-get install openssl")
    if source == "hub":
        return {"X-Hub-Signature-256": f"sha256={hmac_by_openssl(HUB, body)}"}
    ms = str(int(at * 1000))
    return {"X-Ghost-Signature": f"sha256={hmac_by_openssl(GHOST, body + ms.encode())}, t={ms}"}


def body_of(source, **more):
    return json.dumps(PAYLOADS[source] | more).encode()


def deliver(client, source, body, headers):
    return client.post(f"/v1/webhooks/{source}", data=body, headers={"Content-Type": "application/json"} | headers)


ALL = pytest.mark.parametrize("source", ["cms", "hub", "ghost"])


@ALL
def test_a_signed_delivery_is_answered_with_the_tags_of_its_article(client, source):
    body = body_of(source)
    answer = deliver(client, source, body, signed(source, body))
    assert answer.status_code == 200
    found = answer.get_json()
    assert "south-asia" in {tag["section"] for tag in found["tags"]}
    assert found["id"] == {"cms": "7", "hub": None, "ghost": "6f"}[source]


@pytest.mark.parametrize("nothing", [{"html": ""}, {"html": " \n"}, {"html": None}, {}])
def test_where_a_list_finds_nothing_or_blank_text_the_next_place_counts(client, nothing):
    body = json.dumps({"post": {"current": {"plaintext": TEXT} | nothing}}).encode()
    answer = deliver(client, "ghost", body, signed("ghost", body))
    assert "south-asia" in {tag["section"] for tag in answer.get_json()["tags"]}


def _wrong(headers):
    return {n: v.replace(v[-70:-60], "0123456789") if "ignature" in n else v for n, v in headers.items()}


def _truncated(headers):
    def cut(value):
        return value.replace(value.split("=", 1)[1].split(",")[0], value.split("=", 1)[1].split(",")[0][:-1])

    return {n: (cut(v) if "=" in v[:10] else v[:-1]) if "ignature" in n else v for n, v in headers.items()}


def _empty(headers):
    return {n: "" if "ignature" in n else v for n, v in headers.items()}


def _refusals(client, source):
    """Every kind of delivery that is not to be taken, with its answer."""
    body = body_of(source)
    good = signed(source, body)
    kinds = {"wrong": _wrong(good), "truncated": _truncated(good), "empty": _empty(good), "none": {}}
    kinds["not ASCII"] = {n: v + "é" if "ignature" in n else v for n, v in good.items()}
    if source != "hub":
        kinds["stale"] = signed(source, body, time.time() - 310)
        kinds["ahead"] = signed(source, body, time.time() + 310)
        kinds["time changed"] = {n: v.replace(str(int(time.time()))[:6], "170000") for n, v in good.items()}
    answers = {kind: deliver(client, source, body, headers) for kind, headers in kinds.items()}
    answers["body changed"] = deliver(client, source, body + b" ", good)
    answers["no body"] = deliver(client, source, b"", good)
    answers["other source"] = deliver(client, "no-such-source", body, good)
    assert deliver(client, source, body, good).status_code == 200
    answers["replayed"] = deliver(client, source, body, good)
    return answers


@ALL
def test_what_is_not_signed_as_it_must_be_is_refused_without_a_hint(client, source, caplog):
    answers = _refusals(client, source)
    assert {kind: answer.status_code for kind, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert len({answer.get_data() for answer in answers.values()}) == 1
    assert len({tuple(n for n, _ in answer.headers if n != "Server-Timing") for answer in answers.values()}) == 1
    assert "it has come before" in caplog.text  # the operator is told
    assert TEXT not in caplog.text


@ALL
def test_a_replay_is_known_in_every_worker_and_after_a_restart(make_client, source):
    body = body_of(source)
    headers = signed(source, body)
    assert [deliver(make_client(), source, body, headers).status_code for _ in range(3)] == [200, 401, 401]


def test_a_replay_is_known_whatever_signatures_stand_beside_it(client):
    body = body_of("cms")
    headers = signed("cms", body)
    assert deliver(client, "cms", body, headers).status_code == 200
    for more in (f"v1,AAAA {headers['webhook-signature']}", f"{headers['webhook-signature']} v2,x"):
        assert deliver(client, "cms", body, headers | {"webhook-signature": more}).status_code == 401


def test_one_right_signature_of_several_and_each_secret_of_a_source_counts(client):
    for i, secret in enumerate((STANDARD, ENVIRONMENT["OLDER"])):
        body, at = body_of("cms", n=i), int(time.time())
        right = Webhook(secret).sign("m", datetime.fromtimestamp(at, UTC), body.decode())
        headers = {"webhook-id": "m", "webhook-timestamp": str(at), "webhook-signature": f"v1,AAAA v1a,xx {right}"}
        assert deliver(client, "cms", body, headers).status_code == 200


def test_a_sender_that_tries_again_later_signs_anew_and_is_taken(client):
    body = body_of("cms")
    for at in (time.time() - 5, time.time()):
        assert deliver(client, "cms", body, signed("cms", body, at)).status_code == 200


@ALL
def test_a_delivery_that_we_could_not_answer_may_come_again(make_client, source, tmp_path, starter_models):
    body = body_of(source)
    headers = signed(source, body)
    assert deliver(make_client(models=tmp_path / "no-models"), source, body, headers).status_code == 503
    assert deliver(make_client(), source, body, headers).status_code == 200


def test_without_its_database_a_delivery_is_a_503_with_a_time(make_client, tmp_path):
    client = make_client(decisions=str(tmp_path / "no folder" / "decisions.db"))
    body = body_of("cms")
    answer = deliver(client, "cms", body, signed("cms", body))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert deliver(client, "cms", body, {}).status_code == 401


def test_a_sender_that_is_known_is_told_what_is_wrong_with_its_payload(client):
    for payload, said in (
        ({"fields": {}}, "/fields/text"),
        ({"fields": {"text": 7}}, "must be text"),
        ({"fields": {"text": ["zebra"]}}, "must be text"),
        ([1], "/fields/text"),
    ):
        body = json.dumps(payload).encode()
        answer = deliver(client, "cms", body, signed("cms", body))
        assert answer.status_code == 422
        assert said in answer.get_json(force=True)["detail"]
        assert "zebra" not in answer.get_data(as_text=True)
    assert deliver(client, "cms", b"{", signed("cms", b"{")).status_code == 400


def test_no_key_is_needed_for_a_webhook_and_none_helps(make_client, tmp_path):
    from classifier.service.guard.keys import create

    _, key = create(tmp_path / "keys", "cms", "admin")
    client, body = make_client(), body_of("hub")
    assert deliver(client, "hub", body, {"Authorization": f"Bearer {key}"}).status_code == 401
    assert deliver(client, "hub", body, signed("hub", body)).status_code == 200
    assert client.post("/v1/tags", json={"body": TEXT}).status_code == 401


def test_what_a_delivery_is_remembered_by_is_longer_than_its_signature_counts():
    assert webhooks._REMEMBERED_SECONDS >= 2 * webhooks.WINDOW_SECONDS


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[source.cms]", "[sauce.cms]"), "must be tables such as"),
        (('scheme = "hub"', 'scheme = "md5"'), "source hub: scheme"),
        (('secret = "HUB"', 'secret = "NOT_SET"'), "NOT_SET, which is not set"),
        (('secret = "HUB"', 'secret = "SHORT"'), "SHORT must be 16 bytes"),
        (('secret = ["STANDARD", "OLDER"]', 'secret = "NO_BASE64"'), "NO_BASE64 must be whsec_ and Base64"),
        (('body = "/body"', 'body = "body"'), "no JSON pointer"),
        (('body = "/body"', ""), "headline or the body"),
        (('body = "/body"', 'boddy = "/body"'), "boddy: unknown field"),
        (("[source.cms]", "[source.cms"), "not TOML"),
    ],
)
def test_a_file_of_sources_that_cannot_be_used_is_named_with_its_mistake(tmp_path, change, said):
    path = tmp_path / "webhooks.toml"
    assert change[0] in TOML
    path.write_text(TOML.replace(*change))
    environment = ENVIRONMENT | {"SHORT": "tiger", "NO_BASE64": "whsec_%%tiger%%"}
    with pytest.raises(SettingsError, match=r"webhooks\.toml") as raised:
        load_sources(path, environment)
    assert said in str(raised.value)
    assert "tiger" not in str(raised.value)
