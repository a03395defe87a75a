"""The configurations of deploy/: each real proxy in front of the real service."""

import http.client
import json
import re
import select
import socket
from contextlib import ExitStack, contextmanager

import pytest

from classifier.service.guard.keys import create
from tests.driver.processes import free_port
from tests.driver.proxies import INSTALL, found, proxying
from tests.driver.service import Service
from tests.helpers import PAGE, ROOT

BODY = json.dumps({"body": PAGE}).encode()
PER_MINUTE = 20
CALLS_AT_ONCE = 32  # in deploy/
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    path = tmp_path_factory.mktemp("keys") / "keys.json"
    return path, create(path, "cms", "tag")[1], create(path, "desk", "admin")[1]


@pytest.fixture(scope="module", params=["off"])
def service(request, starter_models, tmp_path_factory, keys):
    settings = {"keys": str(keys[0]), "proxies": "1", "allow_anonymous": "true", "rate_limit": request.param}
    service = Service(starter_models, tmp_path_factory.mktemp("behind") / "log", "--workers", "1", **settings)
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.log.read_text()


@pytest.fixture(scope="module", params=list(INSTALL))
def proxy(request, service, tmp_path_factory):
    """A proxy in front of the service."""
    with started(request.param, service.port, tmp_path_factory.mktemp(request.param)) as front:
        yield front


@contextmanager
def started(kind, service_port, folder, more=""):
    if found(kind) is None:
        pytest.skip(f"no {kind} on this machine: {INSTALL[kind]}")
    with proxying(kind, service_port, folder, more) as port:
        yield Front(kind, port)


class Front:
    """A proxy, as callers from any address of this machine see it. Each proxy is called from addresses of its own."""

    def __init__(self, kind, port):
        self.kind = kind
        self.port = port

    def connect(self, caller=1):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(self.address(caller), 0))

    def address(self, caller):
        return f"127.0.{list(INSTALL).index(self.kind)}.{caller}"

    def ask(self, method, path, body=None, caller=1, **headers):
        """Return status, headers and body of the answer to a caller."""
        client = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=30, source_address=(self.address(caller), 0)
        )
        try:
            names = {name.replace("__", "-"): value for name, value in headers.items()}
            client.request(method, path, body, {"Content-Type": "application/json"} | names)
            answer = client.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            client.close()

    def raw(self, data):
        """Send bytes; return status, type and body of the answer."""
        with self.connect() as line:
            line.sendall(data)
            answer = http.client.HTTPResponse(line)
            answer.begin()
            return answer.status, answer.headers["content-type"], answer.read()


def test_calls_and_health_pass_and_errors_of_the_service_stay_as_they_are(proxy, keys):
    status, _, body = proxy.ask("POST", "/v1/tags", BODY, Authorization=f"Bearer {keys[1]}")
    assert (status, bool(json.loads(body)["tags"])) == (200, True)
    assert [proxy.ask("GET", path)[0] for path in ("/healthz", "/readyz")] == [200, 200]
    status, headers, body = proxy.ask("POST", "/v1/tags", b"{", Authorization=f"Bearer {keys[1]}")
    assert (status, headers["content-type"]) == (400, PROBLEM)
    assert json.loads(body)["type"] == "urn:copydesk:problem:malformed-input"


FORGED = ("X__Forwarded__For", "X_Forwarded_For", "x_forwarded_for", "X__Forwarded_For", "X__Real__IP", "Via")


@pytest.mark.parametrize("service", [f"{PER_MINUTE}/minute"], indirect=True)
def test_a_caller_cannot_choose_the_address_under_which_it_is_counted(proxy):
    answers = []
    for i in range(2 * PER_MINUTE):
        names = (
            "X__Forwarded__For",
            "X_Forwarded_For",
            "x_forwarded_for",
            "X__Forwarded_For",
            "Forwarded",
            "X__Real__IP",
        )
        forged = {name: f"for=192.0.2.{i}" if name == "Forwarded" else f"192.0.2.{i}" for name in names}
        answers.append(proxy.ask("GET", "/openapi.json", caller=2, **forged)[0])
    assert answers == [200] * PER_MINUTE + [429] * PER_MINUTE
    assert proxy.ask("GET", "/openapi.json", caller=3)[0] == 200


@pytest.mark.parametrize("path", ["/metrics", "/v1/models"])
def test_admin_routes_are_closed_to_other_machines_even_with_a_key(proxy, keys, path):
    key = {"Authorization": f"Bearer {keys[2]}"}
    spellings = [path, f"{path}/", f"{path}?x=1", f"/{path}", f"/.{path}", f"/x/..{path}", path.upper(), f"{path}%00"]
    spellings += [path.replace("m", "%6d"), path.replace("/", "%2F")[3:], path[0] + path[1:].replace("/", "%2f")]
    spellings += [f"{path};x", f"{path}%3Fx", f"{path}%20", f"http://localhost{path}"]
    seen = {each: proxy.ask("GET", each if each[0] in "/h" else f"/{each}", caller=4, **key)[0] for each in spellings}
    assert {each: status for each, status in seen.items() if status not in (400, 403, 404)} == {}
    assert proxy.ask("POST", "/v1/models/reload", caller=4, **key)[0] == 403


def test_admin_routes_are_open_to_the_proxys_own_machine_with_an_admin_key(service, keys, tmp_path):
    with started("nginx", service.port, tmp_path) as proxy:
        assert proxy.ask("GET", "/v1/models", Authorization=f"Bearer {keys[2]}")[0] == 200
        assert proxy.ask("GET", "/metrics", Authorization=f"Bearer {keys[2]}")[0] == 200
        assert proxy.ask("GET", "/v1/models", Authorization=f"Bearer {keys[1]}")[0] == 403
        assert proxy.ask("GET", "/v1/models")[0] == 401


@pytest.mark.slow
def test_a_service_that_does_not_answer_is_reported_as_a_problem(proxy, tmp_path):
    with started(proxy.kind, free_port(), tmp_path) as alone:
        status, headers, body = alone.ask("POST", "/v1/tags", BODY)
        assert status == 502
        if proxy.kind == "traefik":  # it cannot
            assert body == b"Bad Gateway"
        else:
            assert (headers["content-type"], headers["retry-after"]) == (PROBLEM, "1")
            assert json.loads(body).keys() == {"type", "title", "status", "detail"}
            assert json.loads(body)["status"] == 502


def test_the_calls_that_one_address_makes_at_once_are_limited(proxy):
    if proxy.kind == "caddy":
        pytest.skip("Caddy limits no calls without a plugin")
    with ExitStack() as held:
        hold_calls(proxy, held, 5)
        status, headers, body = proxy.ask("GET", "/healthz", caller=5)
        assert status == 429
        if proxy.kind == "nginx":
            assert (headers["content-type"], headers["retry-after"]) == (PROBLEM, "1")
            assert json.loads(body)["type"] == "urn:copydesk:problem:too-many"
        assert proxy.ask("GET", "/healthz", caller=6)[0] == 200


def hold_calls(proxy, held, caller, *headers):
    """Make as many slow calls as one address may, and another, which is refused."""
    lines = [held.enter_context(proxy.connect(caller)) for _ in range(CALLS_AT_ONCE + 1)]
    for i, line in enumerate(lines):
        more = "".join(f"{header.format(i + 1)}\r\n" for header in headers)
        line.sendall(f"POST /v1/tags HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n{more}\r\n {{".encode())
    refused, _, _ = select.select(lines, [], [], 10)
    assert [line.recv(12) for line in refused] == [b"HTTP/1.1 429"]


@pytest.fixture(scope="module")
def nginx(service, tmp_path_factory):
    """An nginx that believes the header X-Test, so that tests can call from any address."""
    more = "set_real_ip_from 127.0.0.0/8; real_ip_header X-Test;"
    with started("nginx", service.port, tmp_path_factory.mktemp("nginx"), more) as front:
        yield front


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 431),
        (b"POST /v1/tags HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000000\r\n\r\n", 413),
    ],
)
def test_what_nginx_refuses_itself_is_a_problem(nginx, sent, status):
    seen, kind, body = nginx.raw(sent)
    assert (seen, kind) == (status, PROBLEM)
    assert json.loads(body)["status"] == status
    assert "Fix: " in json.loads(body)["detail"]


@pytest.mark.parametrize(
    ("held", "other", "status"),
    [
        ("2001:db8:0:1::{}", "2001:db8:0:1:ffff::1", 429),
        ("2001:db8:0:2::{}", "2001:db8:0:3::1", 200),
        ("2001:db8:0:4::{}", "192.0.2.1", 200),
    ],
)
def test_nginx_takes_all_addresses_of_an_ipv6_network_for_one_caller(nginx, held, other, status):
    with ExitStack() as lines:
        hold_calls(nginx, lines, 1, f"X-Test: {held}")
        assert nginx.ask("GET", "/healthz", X__Test=other)[0] == status


def test_what_is_documented_is_what_is_deployed():
    page = (ROOT / "docs" / "operations" / "proxies.md").read_text(encoding="utf-8")
    blocks = [block for _, block in re.findall(r"```(nginx|caddy|yaml)\n(.*?)```", page, re.DOTALL)]
    deployed = [
        (ROOT / "deploy" / name).read_text(encoding="utf-8").replace("server copydesk:8000;", "server 127.0.0.1:8000;")
        for name in ("nginx.conf", "Caddyfile", "traefik/traefik.yaml", "traefik/copydesk.yaml")
    ]
    assert blocks == deployed
