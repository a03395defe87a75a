import io
import json
import logging
import re
from dataclasses import replace

import pytest

from classifier.service import create_app
from classifier.service.logs import LOGGING
from classifier.settings import Settings
from tests.driver.service import said, texts_of
from tests.helpers import PAGE

SECRET = "zebrafish"


@pytest.fixture
def settings(starter_models, tmp_path):
    return replace(Settings.load({}, environment={}, file=tmp_path / "none"), models=starter_models)


@pytest.fixture
def client(settings):
    return create_app(settings).test_client()


@pytest.fixture
def written():
    """A logger that writes as the service's do, and what it wrote."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(LOGGING["formatters"]["json"]["()"]())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, out


def test_an_exception_is_told_by_its_kind_and_place_without_its_message(written):
    logger, out = written
    try:
        int(SECRET)
    except ValueError:
        logger.exception("it failed")
    line = json.loads(out.getvalue())
    assert (line["event"], line["level"], line["error"]) == ("it failed", "error", "ValueError")
    assert any("test_logs.py" in place for place in line["places"])
    assert SECRET not in out.getvalue()


def test_each_request_has_a_line_with_its_id_and_the_model(settings, capsys, tagger):
    client = create_app(settings).test_client()  # it writes to what is standard output now
    answer = client.post("/v1/tags", json={"body": PAGE}, headers={"X-Request-Id": "cms-42"})
    assert answer.headers["X-Request-Id"] == "cms-42"
    assert re.fullmatch(r"app;dur=\d+\.\d{3}", answer.headers["Server-Timing"])
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    facts = {"event": "request", "request_id": "cms-42", "route": "/v1/tags", "status": 200, "articles": 1}
    assert line.items() >= (facts | {"model": tagger.version, "level": "info", "method": "POST"}).items()
    assert line["ms"] > 0


@pytest.mark.parametrize("given", ["", "a b", "a\tb", "x" * 65, "<script>", "é", "a;b"])
def test_an_id_that_is_not_sane_is_replaced(client, given):
    answer = client.get("/healthz", headers={"X-Request-Id": given.encode().decode("latin-1")})
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-Id"])


def test_every_request_without_an_id_gets_one_of_its_own(client):
    assert len({client.get("/nowhere").headers["X-Request-Id"] for _ in range(50)}) == 50


def test_a_log_that_cannot_be_written_fails_no_request(client):
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    telemetry = client.application.extensions["copydesk_telemetry"]
    telemetry._log._out = Full()
    assert client.get("/healthz").status_code == 200
    assert telemetry.metrics._lost_lines._value.get() == 1


def test_lines_can_be_switched_off(settings, capsys):
    client = create_app(replace(settings, access_log=False)).test_client()
    assert "X-Request-Id" in client.get("/healthz").headers
    assert capsys.readouterr().out == ""


TEXT = "Troops fought at the disputed border in Ladakh, and two rivers rose over their banks on the same day."
LINE = '{"event":"request","level":"info","pid":7,"route":"/v1/tags","status":200}'


@pytest.mark.parametrize(
    ("log", "tells"),
    [
        (LINE, False),
        ("answering at http://127.0.0.1:8000/v1/tags\n" + LINE, False),
        (f"{LINE}\nValueError: {TEXT[20:90]}", True),
        (LINE.replace("}", f',"body":"{TEXT[:30]}"}}'), True),
        (LINE.replace("}", ',"title":"Troops"}'), True),
        (LINE.replace("/v1/tags", "/v1/" + "troops" * 20), True),
        (LINE.replace("7", '"S3cr3t-of-the-newsroom-0001"'), True),
    ],
)
def test_the_search_of_the_logs_finds_texts_keys_and_strange_facts(log, tells):
    assert bool(said(log, texts_of(json.dumps({"body": TEXT}).encode()) | {"S3cr3t-of-the-newsroom-0001"})) == tells
