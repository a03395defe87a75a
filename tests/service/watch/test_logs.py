import io
import json
import logging
import os
import re
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from classifier.service import create_app
from classifier.service.logs import LOGGING, OrderedHandler, Repeats, RequestLog, flush_requests
from classifier.settings import Settings
from tests.driver.service import Service, said, texts_of, wait_until
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


@pytest.fixture
def repeats(written):
    """A filter of repeated warnings with a minute that ends when the test sets it back, and what passes."""
    logger, out = written
    logging.Logger.manager.loggerDict["test"] = logger
    filter_ = Repeats()
    logger.handlers[0].addFilter(filter_)
    yield filter_, logger, lambda: [json.loads(line)["event"] for line in out.getvalue().splitlines()]
    del logging.Logger.manager.loggerDict["test"]


def test_a_warning_that_comes_again_is_left_out_for_a_minute_and_counted(repeats, monkeypatch):
    filter_, logger, lines = repeats
    for _ in range(1_000):
        logger.warning("a delivery from source %s was refused", "cms")
        logger.warning("a delivery from source %s was refused", "hub")
    filter_.flush()
    first = [f"a delivery from source {name} was refused" for name in ("cms", "hub")]
    assert lines() == first
    monkeypatch.setattr(Repeats, "_SECONDS", 0.0)
    monkeypatch.setattr("classifier.service.logs.time.monotonic", lambda now=time.monotonic: now() + 61)
    filter_.flush()
    assert lines()[2:] == [f"{line} (this warning came 999 more times within a minute)" for line in first]
    logger.warning("a delivery from source %s was refused", "cms")
    assert lines()[4:] == first[:1]
    filter_.flush()
    assert len(lines()) == 5


def test_what_is_no_repeated_warning_is_never_left_out(repeats):
    _, logger, lines = repeats
    for i in range(20):
        logger.info("a model is live")
        logger.warning("worker %d has ended", i)
        try:
            int("no number")
        except ValueError:
            logger.exception("it failed")
    assert len(lines()) == 60


def test_the_memory_for_repeated_warnings_is_bounded(repeats, monkeypatch):
    monkeypatch.setattr(Repeats, "_MOST", 10)
    filter_, logger, lines = repeats
    for _ in range(2):
        for i in range(20):
            logger.warning("worker %d has ended", i)
    assert len(lines()) == 30
    assert len(filter_._seen) == 10


def test_each_request_has_a_line_with_its_id_and_the_model(settings, capsys, tagger):
    client = create_app(settings).test_client()  # it writes to what is standard output now
    answer = client.post("/v1/tags", json={"body": PAGE}, headers={"X-Request-Id": "cms-42"})
    assert answer.headers["X-Request-Id"] == "cms-42"
    assert re.fullmatch(r"app;dur=\d+\.\d{3}", answer.headers["Server-Timing"])
    flush_requests()
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
    flush_requests()
    assert telemetry.metrics._lost_lines._value.get() == 1


@pytest.fixture
def request_log():
    """The log of requests, which writes into memory, and what it counted as lost."""
    lost = []
    log = RequestLog(lost.append)
    log._out = io.StringIO()
    return log, lost


def requests_in(text):
    return [line.get("request_id") for line in map(json.loads, text.splitlines())]


def test_a_line_is_written_within_half_a_second_without_another_request(request_log):
    log, _ = request_log
    log.add({"request_id": "a-1"})
    wait_until(lambda: requests_in(log._out.getvalue()) == ["a-1"], 0.5)


def test_lines_have_the_time_of_the_request_and_come_in_order(request_log):
    log, _ = request_log
    before = datetime.now(UTC)
    for n in range(100):
        log.add({"request_id": str(n)})
    after = datetime.now(UTC)
    time.sleep(0.01)
    log.flush()
    lines = [json.loads(line) for line in log._out.getvalue().splitlines()]
    times = [datetime.fromisoformat(line["time"]) for line in lines]
    assert requests_in(log._out.getvalue()) == [str(n) for n in range(100)]
    assert before.replace(microsecond=0) <= times[0] <= times[-1] <= after
    assert times == sorted(times)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line["time"]) for line in lines)


def test_the_lines_that_wait_are_few_even_if_nobody_writes_them(request_log, monkeypatch):
    log, _ = request_log
    monkeypatch.setattr(RequestLog, "_MOST", 5)
    monkeypatch.setattr(RequestLog, "SECONDS", 60)
    for n in range(20):
        log.add({"request_id": str(n)})
    assert len(log._waiting) <= 6
    waiting = [facts["request_id"] for _, facts in log._waiting]
    assert requests_in(log._out.getvalue()) + waiting == [str(n) for n in range(20)]


def test_a_warning_comes_after_the_requests_before_it(request_log):
    log, _ = request_log
    logger = logging.Logger("test")
    handler = OrderedHandler(log._out)
    handler.setFormatter(LOGGING["formatters"]["json"]["()"]())
    logger.addHandler(handler)
    log.add({"request_id": "a-1"})
    logger.warning("something is wrong")
    assert [json.loads(line)["event"] for line in log._out.getvalue().splitlines()] == ["request", "something is wrong"]


def test_every_line_that_cannot_be_written_is_counted(request_log):
    log, lost = request_log
    log._out.close()
    for n in range(3):
        log.add({"request_id": str(n)})
    log.flush()
    assert sum(lost) == 3


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the thread is what is tested
def test_a_forked_process_does_not_repeat_the_lines_of_its_parent_and_writes_its_own(request_log, tmp_path):
    log, _ = request_log
    with (tmp_path / "log").open("w") as out:
        log._out = out
        log.add({"request_id": "parent"})
        child = os.fork()
        if not child:
            log.add({"request_id": "child"})
            time.sleep(3 * RequestLog.SECONDS)  # its own thread writes it
            os._exit(0)
        os.waitpid(child, 0)
        log.flush()
    assert requests_in((tmp_path / "log").read_text()) == ["parent", "child"]


def test_every_request_that_was_answered_before_a_stop_has_its_line_once(starter_models, tmp_path):
    service = Service(starter_models, tmp_path / "log", "--workers", "2")
    sent = [f"before-the-stop-{n}" for n in range(200)]
    for request_id in sent:
        assert service.http.get("/healthz", headers={"X-Request-Id": request_id}).status_code == 200
    assert service.stop() == 0
    written = requests_in("\n".join(line for line in service.log.read_text().splitlines() if line.startswith("{")))
    assert sorted(id_ for id_ in written if id_ in set(sent)) == sorted(sent)


def test_lines_can_be_switched_off(settings, capsys):
    client = create_app(replace(settings, access_log=False)).test_client()
    assert "X-Request-Id" in client.get("/healthz").headers
    flush_requests()
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
