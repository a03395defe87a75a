"""A service that may open few files, and with them few connections: callers that send no request keep nobody out."""

import json
import socket
import time

import pytest

from classifier.service.guard.keys import create
from tests.driver.service import Service
from tests.helpers import PAGE

BODY = json.dumps({"body": PAGE}).encode()
CONNECTIONS = 150  # more than the service can hold
_LIMITED = """import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
sys.argv[0] = "service.py"
runpy.run_path("service.py", run_name="__main__")
"""
_HALF = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
_REFUSED = b"POST /v1/tags HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{"
_NO_DELIVERY = _REFUSED.replace(b"tags", b"webhooks/nobody")


@pytest.fixture(scope="module")
def service(starter_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("few")
    _, key = create(folder / "keys.json", "cms", "tag")
    service = Service(starter_models, folder / "log", keys=str(folder / "keys.json"), program=("-c", _LIMITED))
    service.http.headers.update({"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


def test_the_service_reports_at_its_start_that_it_may_open_few_files(service):
    assert "each worker holds at most 32 connections, because the service may open few files. Fix: raise the limit" in (
        service.log.read_text()
    )


@pytest.mark.slow
def test_a_service_that_may_open_enough_files_reports_nothing(starter_models, tmp_path):
    service = Service(starter_models, tmp_path / "log", keys=str(tmp_path / "none"))
    assert service.stop() == 0
    assert "may open few files" not in service.log.read_text()


@pytest.mark.parametrize(
    "sent",
    [b"", _HALF, _REFUSED, _NO_DELIVERY],
    ids=["nothing", "half of the headers", "half of a body", "no delivery"],
)
def test_more_callers_than_the_service_can_hold_keep_nobody_out(service, sent):
    """The seconds are those of a busy machine; before, calls waited until the others were cut off."""
    lines = [socket.create_connection(("127.0.0.1", service.port), timeout=10) for _ in range(CONNECTIONS)]
    try:
        for line in lines:
            line.sendall(sent)
        slowest = 0.0
        for _ in range(10):
            start = time.monotonic()
            assert service.http.get("/healthz", headers={"Connection": "close"}).status_code == 200
            assert service.http.post("/v1/tags", content=BODY, headers={"Connection": "close"}).status_code == 200
            slowest = max(slowest, time.monotonic() - start)
        assert slowest < 2
    finally:
        for line in lines:
            line.close()
