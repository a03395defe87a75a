"""Sockets as systemd makes them: they listen before the service starts, and only the service itself is given them."""

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from classifier.service.guard.keys import create
from tests.driver.processes import PASS_ON
from tests.driver.service import Service, wait_until
from tests.helpers import PAGE, ROOT, environment


@pytest.fixture(params=[False, True], ids=["as by default", "ReusePort=yes"])
def listening(request):
    with socket.socket() as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, request.param)
        made.bind(("127.0.0.1", 0))
        made.listen(1024)
        yield made


def check(models, host, port, *more):
    command = [sys.executable, "service.py", "--check", "--models", str(models), "--host", host, "--port", str(port)]
    command += more
    return subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.slow
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


def listening_at(address, family=socket.AF_INET):
    made = socket.socket(family)
    made.bind(address)
    made.listen()
    return made


def start(models, passed_on, *args):
    """Start a service with a socket that is passed on, and wait for its end."""
    command = [
        sys.executable,
        "-c",
        PASS_ON,
        str(passed_on.fileno()),
        sys.executable,
        "service.py",
        "--models",
        models,
    ]
    return subprocess.run(
        [*map(str, command), *map(str, args)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        pass_fds=[passed_on.fileno()],
    )


@pytest.mark.parametrize("checked", [(), ("--check",)], ids=["start", "check"])
@pytest.mark.parametrize(("host", "family"), [("0.0.0.0", socket.AF_INET), ("::", socket.AF_INET6)])
def test_a_socket_at_all_addresses_needs_keys_whatever_the_host_says(starter_models, tmp_path, host, family, checked):
    with listening_at((host, 0), family) as made:
        done = start(starter_models, made, "--host", "127.0.0.1", "--keys", tmp_path / "keys.json", *checked)
    assert done.returncode == 2
    assert f"listens on {host} and there are no keys" in done.stderr
    assert "--allow-anonymous" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_passed_on_socket_of_this_machine_needs_no_keys_whatever_the_host_says(starter_models, listening, tmp_path):
    port = listening.getsockname()[1]
    args = ["--host", "0.0.0.0", "--keys", str(tmp_path / "keys.json")]
    service = Service(starter_models, tmp_path / "log", *args, port=port, passed_on=listening)
    try:
        assert service.http.get("/v1/models").status_code == 200
        assert service.http.get("/v1/models", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 401
    finally:
        assert service.stop() == 0


@pytest.mark.parametrize("anonymous", [False, True])
def test_a_socket_at_all_addresses_never_opens_the_admin_routes(starter_models, tmp_path, anonymous):
    args = ["--keys", str(tmp_path / "keys.json")]
    if anonymous:
        args.append("--allow-anonymous")
    else:
        create(tmp_path / "keys.json", "cms", "admin")
    with listening_at(("0.0.0.0", 0)) as made:
        service = Service(starter_models, tmp_path / "log", *args, port=made.getsockname()[1], passed_on=made)
        try:
            assert service.http.get("/v1/models").status_code == 401
            assert service.http.post("/v1/models/reload").status_code == 401
            assert service.http.get("/v1/sections").status_code == (200 if anonymous else 401)
        finally:
            assert service.stop() == 0


def test_a_unix_socket_is_refused(starter_models, tmp_path):
    with listening_at(str(tmp_path / "socket"), socket.AF_UNIX) as made:
        done = start(starter_models, made)
    assert done.returncode == 2
    assert "ListenStream=127.0.0.1:8000" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_check_sees_that_systemd_holds_the_port_at_all_addresses(starter_models, tmp_path):
    keys = ["--keys", str(tmp_path / "keys.json")]
    with listening_at(("0.0.0.0", 0)) as made:
        port = made.getsockname()[1]
        done = check(starter_models, "127.0.0.1", port, *keys)
        assert done.returncode == 2
        assert "listens on 0.0.0.0 and there are no keys" in done.stderr
        create(tmp_path / "keys.json", "cms", "tag")
        assert check(starter_models, "127.0.0.1", port, *keys).returncode == 0
