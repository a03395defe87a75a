"""Web pages in a browser on the service's machine: without keys, it answers its own pages and those of ``origins``."""

import json
import socket
import subprocess

import httpx
import pytest
from werkzeug.test import create_environ, run_wsgi_app

from classifier.service.app import create_app
from classifier.service.guard.keys import create
from classifier.settings import Settings
from tests.driver.service import Service

ARTICLE = {"headline": "Troops clash at border", "body": "Indian and Chinese soldiers clashed in Ladakh."}
FOREIGN = "https://news.example.net"
RELOAD = "/v1/models/reload"


def client_of(folder, **given):
    settings = Settings.load(
        {"models": folder / "none", "keys": folder / "keys.json", **given}, {}, folder / "no-such-file"
    )
    return create_app(settings).test_client()


def problem_of(answer, status, slug):
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    problem = answer.get_json(force=True)
    assert (problem["status"], problem["type"]) == (status, f"urn:copydesk:problem:{slug}")
    return problem["detail"]


OWN_HOSTS = [
    "localhost",
    "localhost:8000",
    "LOCALHOST:9000",
    "127.0.0.1",
    "127.0.0.1:8000",
    "127.8.8.8:31000",
    "[::1]",
    "[::1]:8000",
    "[::1]:9000",
    "[::ffff:127.0.0.1]:80",
]
OTHER_HOSTS = [
    "news.example.net",
    "news.example.net:8000",
    "127.0.0.1.example.net",
    "localhost.example.net:8000",
    "localhost:",
    "192.0.2.7:8000",
    "0.0.0.0:8000",
    "[2001:db8::1]:8000",
    "",
]


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_an_open_service_answers_to_the_names_of_this_machine(tmp_path, host):
    client = client_of(tmp_path)
    assert client.get("/v1/models", headers={"Host": host}).status_code == 200
    assert client.post("/v1/tags", headers={"Host": host}, json=ARTICLE).status_code == 503  # there is no model


@pytest.mark.parametrize("host", OTHER_HOSTS, ids=lambda host: host[:30])
def test_it_answers_to_no_other_name_that_dns_may_point_to_it(tmp_path, host):
    client = client_of(tmp_path)
    for method, path in [("GET", "/v1/models"), ("GET", "/v1/sections"), ("GET", "/docs"), ("POST", "/v1/tags")]:
        detail = problem_of(client.open(path, method=method, headers={"Host": host}), 421, "host")
        assert "Fix: call http://127.0.0.1" in detail
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["localhost:8000.example.net", "127.0.0.1:8000:8000", "[::1]:80:80", "[::1]example.net", "[::1", "::1"]
)
def test_what_is_not_a_host_is_refused(tmp_path, host):
    environ = create_environ("/v1/models") | {"HTTP_HOST": host, "REMOTE_ADDR": "127.0.0.1"}
    body, status, _ = run_wsgi_app(client_of(tmp_path).application, environ)  # the client itself reads the host
    assert status.startswith("421 ")
    assert json.loads(b"".join(body))["type"] == "urn:copydesk:problem:host"


def test_a_long_host_is_refused_and_not_repeated(tmp_path):
    detail = problem_of(client_of(tmp_path).get("/v1/models", headers={"Host": "x" * 10_000}), 421, "host")
    assert "a value of 10,000 characters" in detail


def test_the_setting_host_and_the_hosts_of_origins_are_names_of_the_service(tmp_path):
    client = client_of(tmp_path, host="127.9.9.9", origins="http://Copydesk.example.org:8000 https://[fd00::7]")
    for host in (
        "127.9.9.9:8000",
        "copydesk.example.org:8000",
        "COPYDESK.example.org",
        "copydesk.example.org:9000",
        "[fd00::7]",
    ):
        assert client.get("/v1/models", headers={"Host": host}).status_code == 200, host
    for host in ("www.copydesk.example.org", "example.org", "[fd00::8]"):
        problem_of(client.get("/v1/models", headers={"Host": host}), 421, "host")


def test_a_program_that_sends_no_host_is_not_a_browser(tmp_path):
    assert client_of(tmp_path).get("/v1/models", environ_overrides={"HTTP_HOST": None}).status_code == 200


@pytest.mark.parametrize("host", ["news.example.net", "127.0.0.1:8000"])
def test_with_keys_every_host_and_every_page_that_has_a_key_is_answered(tmp_path, host):
    text = create(tmp_path / "keys.json", "desk", "admin")[1]
    headers = {"Host": host, "Origin": FOREIGN, "Sec-Fetch-Site": "cross-site", "Authorization": f"Bearer {text}"}
    client = client_of(tmp_path)
    assert client.get("/v1/models", headers=headers).status_code == 200
    assert client.post("/v1/tags", headers=headers, json=ARTICLE).status_code == 503
    del headers["Authorization"]
    assert client.get("/v1/models", headers=headers).status_code == 401


def test_behind_a_proxy_the_host_is_that_of_the_proxy(tmp_path):
    create(tmp_path / "keys.json", "desk", "tag")
    client = client_of(tmp_path, proxies=1, allow_anonymous=True)
    headers = {"Host": "copydesk.example.org", "X-Forwarded-For": "203.0.113.9"}
    assert client.get("/openapi.json", headers=headers).status_code == 200


def test_allow_anonymous_opens_tagging_to_every_page_and_nothing_else(tmp_path):
    client = client_of(tmp_path, allow_anonymous=True)
    headers = {"Host": "news.example.net", "Origin": FOREIGN}
    assert client.post("/v1/tags", headers=headers, json=ARTICLE).status_code == 503
    problem_of(client.get("/v1/models", headers=headers), 421, "host")
    problem_of(client.post(RELOAD, headers={"Origin": FOREIGN}), 403, "origin")


@pytest.mark.parametrize("path", [RELOAD, "/v1/models/activate", "/v1/tags", "/v1/tags/batch", "/v1/feedback"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": FOREIGN},
        {"Origin": "http://localhost:3000"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": f"http://localhost@{FOREIGN[8:]}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": FOREIGN, "Sec-Fetch-Site": "same-origin"},
    ],
    ids=str,
)
def test_a_page_of_another_site_changes_nothing(tmp_path, path, headers):
    detail = problem_of(client_of(tmp_path).post(path, headers=headers), 403, "origin")
    assert "Fix: add the origin of the page to “origins”" in detail


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"User-Agent": "curl/8.5.0"},
        {"User-Agent": "WordPress/6.8; http://localhost"},
        {"Origin": "http://localhost"},
        {"Host": "localhost:8000", "Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"},
        {"Host": "[::1]:8000", "Origin": "http://[::1]:8000"},
        {"Host": "localhost:8443", "Origin": "https://localhost:8443"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_programs_and_the_services_own_pages_change_what_they_like(tmp_path, headers):
    client = client_of(tmp_path)
    assert client.post("/v1/tags", headers=headers, json=ARTICLE).status_code == 503
    assert client.post(RELOAD, headers=headers).status_code == 503


def test_a_page_of_another_site_may_ask_but_the_browser_shows_it_no_answer(tmp_path):
    answer = client_of(tmp_path).get("/v1/models", headers={"Origin": FOREIGN, "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_pages_of_origins_may_change_things_and_are_told_so_before(tmp_path):
    client = client_of(tmp_path, origins="https://cms.example.org http://localhost:3000")
    for origin in ("https://cms.example.org", "http://localhost:3000"):
        asks = {
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        before = client.options("/v1/tags", headers=asks)
        assert (before.status_code, before.headers["Access-Control-Allow-Origin"]) == (204, origin)
        answer = client.post("/v1/tags", headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"}, json=ARTICLE)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (503, origin)
    refused = client.post("/v1/tags", headers={"Origin": FOREIGN}, json=ARTICLE)
    problem_of(refused, 403, "origin")
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_webhooks_are_signed_and_have_no_pages(tmp_path, monkeypatch):
    monkeypatch.setenv("GHOST_SECRET", "a secret of the tests, long enough")
    sources = tmp_path / "webhooks.toml"
    sources.write_text('[source.cms]\nscheme = "ghost"\nsecret = "GHOST_SECRET"\nid = "/id"\nbody = ["/body"]\n')
    headers = {"Host": "news.example.net", "Origin": FOREIGN}
    answer = client_of(tmp_path, webhooks=sources).post("/v1/webhooks/cms", headers=headers)
    problem_of(answer, 401, "signature")


@pytest.fixture(scope="module")
def passed_on(starter_models, tmp_path_factory):
    """The real service, without keys, at a socket that systemd would pass on."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        log = tmp_path_factory.mktemp("pages") / "log"
        service = Service(starter_models, log, "--workers", "1", port=port, passed_on=held)
        yield f"http://127.0.0.1:{port}"
        assert service.stop() == 0


def test_the_real_service_tells_pages_from_programs_before_it_reads_a_body(passed_on):
    with httpx.Client(base_url=passed_on, trust_env=False, timeout=10) as http:
        port = http.base_url.port
        for headers, status in (
            ({}, 200),
            ({"Host": f"localhost:{port}"}, 200),
            ({"Host": f"[::1]:{port}"}, 200),
            ({"Origin": passed_on}, 200),
            ({"Host": f"news.example.net:{port}"}, 421),
            ({"Origin": FOREIGN}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
        ):
            answer = http.post("/v1/tags", headers=headers, json=ARTICLE)
            assert answer.status_code == status, headers
            assert ("tags" in answer.json()) == (status == 200)
        no_cors = {"Origin": FOREIGN, "Content-Type": "text/plain"}  # what a page may send without asking
        assert http.post("/v1/models/reload", headers=no_cors).status_code == 403
        assert http.get("/healthz", headers={"Host": "news.example.net"}).status_code == 200
    head = "POST /v1/tags HTTP/1.1\r\nHost: news.example.net\r\nContent-Type: application/json\r\nContent-Length: 90"
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(f"{head}\r\n\r\n".encode())  # and no byte of the body
        assert line.recv(100).startswith(b"HTTP/1.1 421")


def test_curl_needs_no_header_of_a_browser(passed_on):
    command = ["curl", "-sS", "--noproxy", "*", f"{passed_on}/v1/tags", "--json", json.dumps(ARTICLE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stdout)["tags"]
