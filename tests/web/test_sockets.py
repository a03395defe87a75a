"""Sockets as systemd makes them: they listen before the service starts, and only the service itself is given them."""

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers import PAGE, ROOT, environment
from tests.services import Service, wait_until


@pytest.fixture(params=[False, True], ids=["as by default", "ReusePort=yes"])
def listening(request):
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, request.param)
        made.bind(("127.0.0.1", 0))
        made.listen(1024)
        yield made


def check(models, host, port):
    command = [sys.executable, "service.py", "--check", "--models", str(models), "--host", host, "--port", str(port)]
    return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False)


def test_a_service_answers_at_a_socket_that_is_passed_on(starter_models, listening, tmp_path):
    port = listening.getsockname()[1]
    service = Service(starter_models, tmp_path / "log", "--workers", "2", port=port, passed_on=listening)
    try:
        body = f'{{"body": "{PAGE.splitlines()[2]}"}}'.encode()
        with ThreadPoolExecutor(8) as threads:  # a connection each
            list(threads.map(service.once, [body] * 40))
        wait_until(lambda: len(service.http.get("/v1/models").json()["workers"]) == 2, 10)
    finally:
        assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()
    assert "Exception in thread" not in service.log.read_text()


def test_the_check_says_that_a_port_is_taken_and_does_not_fail_for_it(starter_models):
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        done = check(starter_models, "127.0.0.1", port)
    assert done.returncode == 0, done.stderr
    assert f"another program listens at host 127.0.0.1, port {port}" in done.stderr
    assert "are in order" in done.stderr


def test_the_check_refuses_an_address_that_this_machine_does_not_have(starter_models):
    done = check(starter_models, "192.0.2.7", 8000)
    assert done.returncode == 2
    assert "192.0.2.7" in done.stderr
