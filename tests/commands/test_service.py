"""The real server, as `python service.py` starts it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from classifier.store.registry import Registry
from tests.driver.service import Service
from tests.helpers import PAGE, ROOT, environment


@pytest.fixture(scope="module")
def service(starter_models, tmp_path_factory):
    service = Service(starter_models, tmp_path_factory.mktemp("service") / "log")
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def test_a_page_posted_as_text_gets_its_sections(service):
    answer = service.http.post("/v1/tags", content=PAGE.encode(), headers={"content-type": "text/plain"}).json()
    assert {"terrorism", "partnerships", "southeast-asia"} <= {tag["section"] for tag in answer["tags"]}


def test_the_first_users_page_gets_exactly_its_sections(service, shared):
    path = shared / "pages" / "india-us-security-ties.txt"
    if not path.exists():
        pytest.skip(f"{path} is not here; name its folder with --shared")
    page = path.read_text()
    answer = service.http.post("/v1/tags?explain=true", json={"body": page}).json()
    assert {tag["section"] for tag in answer["tags"]} == {"conflicts", "partnerships", "south-asia"}
    assert answer["text"].startswith("India, U.S. reaffirm security ties")
    assert answer["text"].endswith("according to a joint statement.")
    assert all(
        0 <= start < end <= len(answer["text"])
        for tag in answer["tags"]
        for item in tag["evidence"]
        for start, end in item["spans"]
    )


def test_every_door_gives_the_same_answer(service, tagger, starter_models):
    line = json.dumps({"id": "x", "body": PAGE})
    over_http = service.http.post(
        "/v1/tags?all=true", content=line, headers={"content-type": "application/json"}
    ).json()
    command = [sys.executable, "-m", "classifier", "tag", "--models", str(starter_models), "--all"]
    done = subprocess.run(command, cwd=ROOT, env=environment(), input=line, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == over_http


def test_serving_processes_have_loaded_nothing_of_training(service):
    service.http.post("/v1/tags?explain=true", json={"body": PAGE}).raise_for_status()
    assert service.workers()
    for pid in service.workers():
        maps = Path(f"/proc/{pid}/maps").read_text()
        assert "weights.npy" in maps or "numpy" in maps
        for package in ("sklearn", "scipy", "pandas"):
            assert f"/{package}/" not in maps


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 400, "no body"),
        (b'{"body": 5}', 422, "body: must be a string"),
        (b'{"body": "zebra", "colour": 1}', 422, "colour: unknown field"),
        (b'{"body": "' + b"zebra" * 1_000_000 + b'"}', 413, "limit"),
        (b'{"body": "zebra', 400, "not valid JSON"),
        (b'{"body": "zebra\xff"}', 400, "UTF-8"),
    ],
)
def test_wrong_requests_get_their_4xx(service, content, status, words):
    response = service.http.post("/v1/tags", content=content, headers={"content-type": "application/json"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert words in response.json()["detail"]
    assert "zebra" not in response.text


def test_get_on_tags_is_told_to_post(service):
    response = service.http.get("/v1/tags")
    assert (response.status_code, response.headers["content-type"]) == (405, "application/problem+json")


@pytest.mark.parametrize(
    "unit",
    ["<div>", "<ul><li>", "<b>", "<p ", "<!--", "[a ", "[a]", "[/a", "[a]b[/c]", "&amp", "<center>", "<nav>", "\n "],
)
def test_a_body_made_to_be_slow_is_answered_before_the_cms_gives_up(service, unit):
    body = (unit * 1_000_000)[:900_000] + " border"
    assert service.http.post("/v1/tags", json={"body": body}, timeout=10).status_code == 200


def test_no_text_reaches_the_log(service):
    service.http.post(
        "/v1/tags", json={"headline": "zebrafish", "body": "zebrafish border clash", "only": ["zebrafish"]}
    )
    service.http.post("/v1/tags?zebrafish=1", json={"zebrafish": "zebrafish"})
    service.http.get("/zebrafish")
    assert "zebrafish" not in service.log.read_text()


def test_with_a_damaged_model_it_answers_503_and_says_why(starter_models, tmp_path):
    shutil.copytree(starter_models, tmp_path / "models")
    folder = Registry(tmp_path / "models").folder()
    (folder / "idf.npy").write_bytes(b"")
    service = Service(tmp_path / "models", tmp_path / "log")
    try:
        for response in (service.http.get("/readyz"), service.http.post("/v1/tags", json={"body": "x"})):
            assert response.status_code == 503
            assert "idf.npy was changed after it was written" in response.json()["detail"]
        assert service.http.get("/healthz").status_code == 200
    finally:
        assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--port", "99999"], "--port is “99999”, but it must be between 1 and 65,535"),
        (["--workers", "0"], "--workers"),
        (["--port", "x"], "--port"),
    ],
)
def test_settings_that_cannot_be_used_stop_it_with_a_line(args, words):
    done = subprocess.run(
        [sys.executable, "service.py", *args],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
