"""Errors and bodies on the routes of the protocols: guard, limits, codings, the former address of feedback."""

import gzip
import json
import logging
import sys

import pytest

from classifier.service.app import create_app
from classifier.service.guard.keys import create
from classifier.settings import Settings
from tests.service.protocols.conftest import LIMIT, TEXT, post

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SYSTEM_ONE = {"state": TEXT, "questions": {"a": {"type": "noul", "instructions": "Oceania"}}}
DECISIONS = {"input": TEXT, "questions": [{"type": "predicate", "name": "a", "instructions": "Oceania"}]}
ROUTES = [("/v1/systemone", SYSTEM_ONE), ("/v1/decisions", DECISIONS)]
MEMBERS = {"type", "title", "status", "detail", "error"}


def problem(answer, status):
    body = json.loads(answer.data)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), body
    assert body.keys() >= MEMBERS
    error = body["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["message"] == body["detail"]
    assert body["type"].endswith(f":{error['code']}")
    return body


@pytest.mark.parametrize(("path", "sent"), ROUTES)
def test_every_error_has_an_error_object_too(starter_models, tmp_path, path, sent):
    keys = tmp_path / "keys.json"
    _, key = create(keys, "cms", "tag")
    given = {"models": starter_models, "keys": keys, "rate_limit": "5/minute", "max_request_bytes": LIMIT}
    client = create_app(Settings.load(given, {}, tmp_path / "none")).test_client()
    held = {"Authorization": f"Bearer {key}"}
    assert problem(client.post(path, json=sent), 401)["error"]["type"] == "authentication_error"
    wrong = {"Authorization": "Bearer cd_wrong"}
    assert "unknown" in problem(client.post(path, json=sent, headers=wrong), 401)["detail"]
    assert client.post(path, json=sent, headers=held).status_code == 200
    assert problem(client.post(path, data=b"{", headers=held | {"Content-Type": "application/json"}), 400)
    assert problem(client.post(path, data=b"{}", headers=held | {"Content-Type": "text/plain"}), 415)
    big = json.dumps(sent | {"state": "x" * LIMIT, "input": "x" * LIMIT}).encode()
    assert problem(client.post(path, data=big, headers=held | {"Content-Type": "application/json"}), 413)
    assert problem(client.get(path, headers=held), 405)
    limited = client.post(path, json=sent, headers=held)
    assert problem(limited, 429)["error"]["type"] == "rate_limit_error"
    assert limited.headers["Retry-After"] in ("1", "2")


def test_an_address_with_one_v1_too_many_gets_a_404_that_says_so(client):
    for path in ("/v1/v1/systemone", "/systemone", "/v1/v1/decisions", "/v1/systemone/", "/v1/decisions//"):
        assert "base address" in problem(client.post(path, json=SYSTEM_ONE), 404)["detail"]
    assert "error" not in client.post("/v1/tag", json={}).get_json(force=True)


def test_without_a_model_the_error_has_both_forms(tmp_path):
    settings = Settings.load({"models": tmp_path / "models", "keys": tmp_path / "none"}, {}, tmp_path / "none")
    client = create_app(settings).test_client()
    for path, sent in ROUTES:
        assert problem(client.post(path, json=sent), 503)["error"]["type"] == "server_error"


@pytest.mark.parametrize(("path", "sent"), ROUTES)
@pytest.mark.parametrize(
    ("coding", "packed"), [("gzip", gzip.compress), ("zstd", zstd.compress), ("ZSTD", zstd.compress)]
)
def test_bodies_come_packed_and_are_limited_after_unpacking(client, path, sent, coding, packed):
    def post(data):
        headers = {"Content-Type": "application/json", "Content-Encoding": coding}
        return client.post(path, data=data, headers=headers)

    body = json.dumps(sent).encode()
    assert post(packed(body)).get_json() == client.post(path, json=sent).get_json()
    bomb = packed(b" " * 5_000_000)
    assert len(bomb) < LIMIT
    problem(post(bomb), 413)
    for wrong in (body, packed(body)[:-3], packed(body) + b"x", packed(body) * 2, b"x"):
        assert coding.lower() in problem(post(wrong), 400)["detail"]


def test_a_zstd_frame_with_a_huge_window_is_refused(client):
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.enable_long_distance_matching: 1}
    packer = zstd.ZstdCompressor(options=options)  # of unknown size, so the frame names its window
    data = packer.compress(json.dumps(SYSTEM_ONE).encode()) + packer.flush()
    answer = client.post(
        "/v1/systemone", data=data, headers={"Content-Type": "application/json", "Content-Encoding": "zstd"}
    )
    assert "8 MiB" in problem(answer, 400)["detail"]


def test_another_coding_is_refused_with_those_that_are_read(client):
    answer = client.post(
        "/v1/systemone", data=b"x", headers={"Content-Type": "application/json", "Content-Encoding": "br"}
    )
    assert "gzip or zstd" in problem(answer, 415)["detail"]
    assert answer.headers["Accept-Encoding"] == "gzip, zstd"


@pytest.mark.parametrize("sent", [5, [], "x", None, {}, {"model": "latest"}, {"state": TEXT, "input": TEXT}])
def test_a_body_without_text_or_questions_is_refused(client, sent):
    for path, _ in ROUTES:
        problem(post(client, path, sent), 422)


def test_a_text_under_the_name_of_the_other_protocol_is_missing_and_the_right_name_is_given(client):
    for path, sent, name in (("/v1/systemone", DECISIONS, "state"), ("/v1/decisions", SYSTEM_ONE, "input")):
        said = problem(post(client, path, sent), 422)["detail"]
        assert said == f"{name}: is missing. Fix: send the text of an article as {name}"


def test_query_parameters_are_those_that_count_here(client):
    for query in ("all=true", "format=json", "explain=maybe", "stream=true"):
        problem(client.post(f"/v1/systemone?{query}", json=SYSTEM_ONE), 422)


def test_fields_of_other_models_are_passed_over(client):
    more = {"stream": False, "temperature": 0, "prompt_cache_key": "a", "safety_identifier": "b"}
    for path, sent in ROUTES:
        assert client.post(path, json=sent | more).get_json() == client.post(path, json=sent).get_json()


def test_feedback_at_its_former_address_is_stored_with_a_note(client, caplog):
    sent = {"article": "a", "revision": "1", "added": ["x"]}
    with caplog.at_level(logging.WARNING):
        answer = client.post("/v1/decisions", json=sent)
    assert answer.status_code == 201
    assert "Fix: send it to POST /v1/feedback" in answer.get_json()["note"]
    assert "former address" in caplog.text
    again = client.post("/v1/feedback", json=sent)
    assert (again.status_code, again.get_json()["stored"], "note" in again.get_json()) == (200, False, False)
    problem(client.post("/v1/decisions", json=sent | {"colour": 1}), 422)
    assert client.post("/v1/systemone", json=sent).status_code == 422


def test_no_error_shows_the_text(client):
    for path, sent in ROUTES:
        for more in ({"model": "x"}, {"questions": []}, {"explain": "x"}):
            assert "Ladakh" not in client.post(path, json=sent | more).get_data(as_text=True)
