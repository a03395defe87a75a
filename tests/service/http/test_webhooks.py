"""Deliveries of webhooks, signed by independent code: the PyPI package of Standard Webhooks, and OpenSSL."""

import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook

from classifier.errors import SettingsError
from classifier.service.app import create_app
from classifier.service.http.pointers import Pointer
from classifier.service.http.sources import load_sources
from classifier.settings import Settings
from tests.driver.service import Service, wait_until

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
        given = {"feedback": str(tmp_path / "feedback.db")} | given
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
    return answers


@ALL
def test_what_is_not_signed_as_it_must_be_is_refused_without_a_hint(client, source, caplog):
    answers = _refusals(client, source)
    assert {kind: answer.status_code for kind, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert len({answer.get_data() for answer in answers.values()}) == 1
    assert len({tuple(n for n, _ in answer.headers if n != "Server-Timing") for answer in answers.values()}) == 1
    assert "its signature matches no secret of the source" in caplog.text  # the operator is told
    assert "no-such-source" not in caplog.text
    assert TEXT not in caplog.text


@ALL
def test_a_delivery_that_comes_again_is_answered_as_the_first_time(make_client, source):
    """In the same worker, in another one, and after a restart: nothing is remembered."""
    body = body_of(source)
    headers = signed(source, body)
    first, second = make_client(), make_client()
    answers = [deliver(client, source, body, headers) for client in (first, first, second)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.get_data() for answer in answers}) == 1
    assert answers[0].get_json()["outcome"] == "tagged"


def test_a_recorded_delivery_counts_only_within_the_window_of_its_timestamp(client):
    body = body_of("cms")
    for at, status in ((time.time() - 295, 200), (time.time() + 295, 200), (time.time() - 305, 401)):
        assert deliver(client, "cms", body, signed("cms", body, at)).status_code == status


def test_signatures_of_other_versions_and_wrong_ones_may_stand_beside_the_right_one(client):
    body = body_of("cms")
    headers = signed("cms", body)
    for more in (f"v1,AAAA {headers['webhook-signature']}", f"{headers['webhook-signature']} v2,x"):
        assert deliver(client, "cms", body, headers | {"webhook-signature": more}).status_code == 200


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


@ALL
def test_a_delivery_that_met_an_unexpected_error_may_come_again(client, source):
    body = body_of(source)
    headers = signed(source, body)
    failures = [ZeroDivisionError("zebra")]

    @client.application.after_request
    def fail_once(answer):
        if failures:
            raise failures.pop()
        return answer

    assert [deliver(client, source, body, headers).status_code for _ in range(2)] == [500, 200]


def test_a_webhook_needs_no_database(make_client, tmp_path):
    client = make_client(feedback=str(tmp_path / "no folder" / "feedback.db"))
    body = body_of("cms")
    assert deliver(client, "cms", body, signed("cms", body)).status_code == 200
    assert client.post("/v1/feedback", json={"article": "a", "revision": "1"}).status_code == 503
    assert not any(path.name.startswith("feedback.db") for path in tmp_path.rglob("*"))


def test_a_sender_that_is_known_is_told_what_is_wrong_with_its_payload(client):
    for payload, said in (
        ({"fields": {}}, "/fields/text"),
        ({"fields": {"text": 7}}, "must be a string"),
        ({"fields": {"text": ["zebra"]}}, "must be a string"),
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


def test_without_sources_the_address_is_unknown_like_any_other(make_client, tmp_path):
    from classifier.service.guard.keys import create

    def answers(client, **headers):
        found = [
            client.open(f"/v1/{folder}/hub", method=method, data=b"{}", headers=headers)
            for method in ("POST", "GET", "OPTIONS")
            for folder in ("webhooks", "nothing")
        ]
        return [(a.status_code, a.get_data(), a.headers.get("Allow")) for a in found]

    client = make_client(webhooks="")
    known, unknown = (answers(client)[start::2] for start in (0, 1))
    assert known == unknown
    assert {status for status, _, _ in known} == {404}
    assert not any("webhooks" in rule.rule for rule in client.application.url_map.iter_rules())
    _, key = create(tmp_path / "keys", "cms", "tag")
    client = make_client(webhooks="")
    for headers, status in (({}, 401), ({"Authorization": f"Bearer {key}"}, 404)):
        known, unknown = (answers(client, **headers)[start::2] for start in (0, 1))
        assert known == unknown
        assert {found for found, _, _ in known} == {status}


def test_the_contract_has_the_route_with_and_without_sources(make_client):
    with_sources, without = (make_client(**more).get("/openapi.json").get_json() for more in ({}, {"webhooks": ""}))
    assert with_sources == without
    assert "/v1/webhooks/{name}" in without["paths"]


@pytest.fixture
def start(starter_models, tmp_path, monkeypatch):
    """Start the real service with the sources of this module."""
    path = tmp_path / "webhooks.toml"
    path.write_text(TOML)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    return lambda log, *args, **more: Service(starter_models, tmp_path / log, *args, webhooks=str(path), **more)


def test_a_strangers_delivery_is_refused_before_a_byte_of_its_body(start):
    service = start("log")
    stale, at = str(int(time.time()) - 310), str(int(time.time()))
    signature = "v1," + base64.b64encode(bytes(32)).decode()
    refused = {
        "no source": ("nobody", {}),
        "no signature": ("cms", {"webhook-id": "m", "webhook-timestamp": at}),
        "no timestamp": ("cms", {"webhook-id": "m", "webhook-signature": signature}),
        "stale": ("cms", {"webhook-id": "m", "webhook-timestamp": stale, "webhook-signature": signature}),
        "malformed": ("cms", {"webhook-id": "m", "webhook-timestamp": at, "webhook-signature": "v1,AAAA"}),
        "hub": ("hub", {}),
        "hub malformed": ("hub", {"X-Hub-Signature-256": "sha256=00"}),
        "ghost": ("ghost", {"X-Ghost-Signature": f"sha256={'0' * 64}, t={stale}000"}),
    }
    try:
        for kind, (source, headers) in refused.items():
            head = {"Host": "x", "Content-Type": "application/json", "Content-Length": "100000"} | headers
            lines = [f"POST /v1/webhooks/{source} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
            with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
                connection.sendall("\r\n".join([*lines, "", ""]).encode())  # and nothing of the body
                began = time.monotonic()
                assert connection.recv(1_000).startswith(b"HTTP/1.1 401"), kind
                assert time.monotonic() - began < 3, kind
    finally:
        assert service.stop() == 0


@pytest.mark.slow
def test_every_delivery_gets_its_tags_though_the_service_is_killed(start):
    """A sender sends the same bytes until it has an answer; no answer may be a refusal."""
    service = start("log", "--workers", "2")
    url, port, done = service.url, service.port, []

    def send(number):
        body = body_of("cms", number=number)
        headers = {"Content-Type": "application/json"} | signed("cms", body, id_=f"msg_{number}")
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                answer = httpx.post(f"{url}/v1/webhooks/cms", content=body, headers=headers, timeout=10)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            done.append(number)
            return answer.status_code, answer.json()["outcome"]
        raise AssertionError("not answered within a minute")

    with ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(send, number) for number in range(160)]
        for round_ in (1, 2):
            wait_until(lambda round_=round_: len(done) >= round_ * 50, 60)
            service.http.close()
            for pid in (service.process.pid, *service.workers()):
                os.kill(pid, signal.SIGKILL)
            service.process.wait()
            service = start(f"log{round_}", "--workers", "2", port=port)
        assert {future.result() for future in sent} == {(200, "tagged")}
    assert service.stop() == 0


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", {"a": [{"b/c": 1}, "x"], "m~n": 2, "": 3, "0": 4, "~1": 5}),
        ("/a", [{"b/c": 1}, "x"]),
        ("/a/0/b~1c", 1),
        ("/a/1", "x"),
        ("/m~0n", 2),
        ("/", 3),
        ("/0", 4),
        ("/~01", 5),
        ("/a/2", None),
        ("/a/01", None),
        ("/a/-", None),
        ("/a/-1", None),
        ("/a/" + "9" * 5_000, None),
        ("/a/\u0661", None),
        ("/a/1/0", None),
        ("/none/a", None),
    ],
)
def test_a_pointer_finds_what_rfc_6901_says(pointer, value):
    document = {"a": [{"b/c": 1}, "x"], "m~n": 2, "": 3, "0": 4, "~1": 5}
    assert Pointer(pointer).find(document) == value
    assert str(Pointer(pointer)) == pointer


@pytest.mark.parametrize("text", ["a", "a/b", "/a~", "/a~2", "#/a", " /a"])
def test_a_text_that_is_no_pointer_is_refused(text):
    with pytest.raises(ValueError, match="not a JSON pointer"):
        Pointer(text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("[source.cms]", "[sauce.cms]"), "must contain only tables named"),
        (('scheme = "hub"', 'scheme = "md5"'), "source hub: scheme"),
        (('secret = "HUB"', 'secret = "NOT_SET"'), "NOT_SET, which is not set"),
        (('secret = "HUB"', 'secret = "SHORT"'), "SHORT must be 16 bytes"),
        (('secret = ["STANDARD", "OLDER"]', 'secret = "NO_BASE64"'), "NO_BASE64 must be whsec_ followed by Base64"),
        (('body = "/body"', 'body = "body"'), "not a JSON pointer"),
        (('body = "/body"', ""), "headline or body"),
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
