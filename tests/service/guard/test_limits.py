import shutil
import subprocess
import time

import pytest

from classifier.errors import SettingsError
from classifier.service.app import create_app
from classifier.service.guard.keys import create
from classifier.settings import Settings
from tests.driver.processes import free_port

REDIS = shutil.which("redis-server")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def make_client(folder, **given):
    given = {"models": folder / "none", "keys": folder / "keys.json"} | given
    return create_app(Settings.load(given, {}, folder / "no-such-file")).test_client()


def statuses(client, n, path="/openapi.json", **more):
    return [client.get(path, **more).status_code for _ in range(n)]


def test_calls_over_the_limit_are_told_when_to_try_again(tmp_path):
    client = make_client(tmp_path, rate_limit="3/minute")
    assert statuses(client, 4) == [200, 200, 200, 429]
    answer = client.get("/docs")
    problem = answer.get_json(force=True)
    assert (answer.content_type, problem["type"]) == ("application/problem+json", "urn:copydesk:problem:too-many")
    assert 1 <= int(answer.headers["Retry-After"]) <= 61  # the store counts whole seconds, and begins one
    assert "3/minute" in problem["detail"]
    assert statuses(client, 3, "/healthz") == [200] * 3


def test_each_key_and_each_address_is_counted_for_itself(tmp_path):
    headers = [
        {"Authorization": f"Bearer {create(tmp_path / 'keys.json', name, 'tag')[1]}"} for name in ("one", "another")
    ]
    client = make_client(tmp_path, rate_limit="2/hour", allow_anonymous=True)
    for each in headers:
        assert statuses(client, 3, headers=each) == [200, 200, 429]
    for address in ("192.0.2.1", "192.0.2.2"):
        assert statuses(client, 3, environ_base={"REMOTE_ADDR": address}) == [200, 200, 429]


def test_a_forwarded_address_counts_only_from_proxies_that_are_believed(tmp_path):
    believing = make_client(tmp_path, rate_limit="1/hour", proxies=1, allow_anonymous=True)
    doubting = make_client(tmp_path, rate_limit="1/hour", allow_anonymous=True)
    for client, expected in ((believing, [200, 200]), (doubting, [200, 429])):
        given = [client.get("/docs", headers={"X-Forwarded-For": f"203.0.113.{i}"}).status_code for i in range(2)]
        assert given == expected


def test_of_the_forwarded_addresses_only_the_one_that_the_own_proxy_wrote_counts(tmp_path):
    client = make_client(tmp_path, rate_limit="2/hour", proxies=1, allow_anonymous=True)
    forged = ["{}, 192.0.2.1", "{}, 203.0.113.{}, 192.0.2.1", "{},192.0.2.1"]
    given = [text.format(f"198.51.100.{i}", i) for i, text in enumerate(forged)]
    assert [client.get("/docs", headers={"X-Forwarded-For": each}).status_code for each in given] == [200, 200, 429]


def test_fewer_forwarded_addresses_than_proxies_are_logged_once(tmp_path, caplog):
    client = make_client(tmp_path, proxies=2, allow_anonymous=True)
    client.get("/healthz")
    client.get("/docs", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})
    assert "X-Forwarded-For" not in caplog.text
    for i in range(3):
        client.get("/docs", headers={"X-Forwarded-For": f"203.0.113.{i}"})
    logged = [record.getMessage() for record in caplog.records if "X-Forwarded-For" in record.getMessage()]
    assert len(logged) == 1
    assert "proxies is 2, but a call came with 1 address in" in logged[0]
    assert "203.0.113" not in logged[0]


def test_forwarded_addresses_are_counted_without_port_and_by_the_network_of_ipv6(tmp_path):
    client = make_client(tmp_path, rate_limit="2/hour", proxies=1, allow_anonymous=True)
    for spellings in (
        ["192.0.2.1:1", "192.0.2.1:2", "::ffff:192.0.2.1"],
        ["2001:db8::1", "2001:db8::2", "[2001:db8::3]:80"],
        ["nobody", "unknown", "_hidden"],
    ):
        given = [client.get("/docs", headers={"X-Forwarded-For": each}).status_code for each in spellings]
        assert given == [200, 200, 429], spellings


def bearer(text):
    return {"headers": {"Authorization": f"Bearer {text}"}}


@pytest.mark.parametrize("path", ["/v1/sections", "/nowhere", "/v1/models"])
def test_wrong_and_missing_keys_are_limited_by_address_and_a_right_key_goes_on(tmp_path, path):
    right = create(tmp_path / "keys.json", "cms", "admin")[1]
    client = make_client(tmp_path, rate_limit="3/minute")
    wrong = [client.get(path, **bearer(f"copydesk_{i}_wrong")) for i in range(8)]
    assert [answer.status_code for answer in wrong] == [401] * 3 + [429] * 5
    assert 1 <= int(wrong[-1].headers["Retry-After"]) <= 61
    assert statuses(client, 1, path) == [429]
    assert statuses(client, 1, path, environ_base={"REMOTE_ADDR": "192.0.2.1"}) == [401]
    assert statuses(client, 4, "/docs", **bearer(right)) == [200] * 3 + [429]


def test_a_key_without_the_scope_is_limited_where_it_is_refused_and_goes_on_tagging(tmp_path):
    right = create(tmp_path / "keys.json", "cms", "tag")[1]
    client = make_client(tmp_path, rate_limit="2/minute")
    assert statuses(client, 4, "/metrics", **bearer(right)) == [403, 403, 429, 429]
    assert statuses(client, 2, **bearer(right)) == [200, 200]


def test_refused_calls_are_counted_by_the_metrics(tmp_path):
    right = create(tmp_path / "keys.json", "cms", "admin")[1]
    client = make_client(tmp_path, rate_limit="3/minute")
    statuses(client, 5, "/v1/sections", **bearer("copydesk_x_wrong"))
    page = client.get("/metrics", **bearer(right)).get_data(as_text=True)
    for status, n in ((401, 3), (429, 2)):
        assert f'copydesk_requests_total{{method="GET",route="/v1/sections",status="{status}"}} {n}.0' in page


def test_by_default_this_machine_is_not_limited_and_what_comes_through_a_proxy_is(tmp_path, monkeypatch):
    monkeypatch.setattr("classifier.service.guard.limits.DEFAULT_RATE", "3/minute")
    client = make_client(tmp_path)
    assert statuses(client, 5) == [200] * 5
    forwarded = {"headers": {"X-Forwarded-For": "203.0.113.9"}}
    assert statuses(client, 4, "/v1/models", **forwarded) == [401, 401, 401, 429]
    assert statuses(client, 4, **forwarded) == [200, 200, 200, 429]
    assert statuses(make_client(tmp_path, allow_anonymous=True), 4, **forwarded) == [200, 200, 200, 429]
    assert statuses(client, 5) == [200] * 5


def test_a_limit_that_is_off_limits_nothing(tmp_path):
    create(tmp_path / "keys.json", "cms", "tag")
    client = make_client(tmp_path, rate_limit="off")
    assert statuses(client, 20, **bearer("copydesk_x_wrong")) == [401] * 20


@pytest.mark.parametrize("rate", ["many", "0/minute", "5", "-1/day", "5/fortnight"])
def test_a_rate_that_is_none_is_refused(tmp_path, rate):
    with pytest.raises(SettingsError, match="rate-limit"):
        make_client(tmp_path, rate_limit=rate)


@pytest.mark.parametrize(
    ("store", "kind"),
    [
        ("nowhere://u:hunter2@x", "nowhere://"),
        ("redis://u:hunter2@x:54a/0", "redis://"),
        ("u:hunter2@x:6379", "which has no scheme"),
    ],
)
def test_a_store_that_is_none_is_refused_without_its_password(tmp_path, store, kind):
    with pytest.raises(
        SettingsError, match=f"rate_store, {kind}, cannot be used. Fix: set it to memory://, or .*redis://"
    ) as refused:
        make_client(tmp_path, rate_limit="5/minute", rate_store=store)
    assert "hunter2" not in str(refused.value)


@pytest.fixture
def redis(tmp_path):
    """A Redis of our own, its address, and functions to start and stop it."""
    if REDIS is None:
        pytest.skip("no redis-server on this machine: apt-get install redis-server")
    server = _Redis(free_port(), tmp_path)
    server.start()
    yield server
    server.stop()


class _Redis:
    def __init__(self, port, folder):
        self.port, self.folder, self.process = port, folder, None
        self.url = f"redis://127.0.0.1:{port}"

    def start(self):
        import redis

        command = [REDIS, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with redis.Redis(port=self.port) as connection:
            deadline = time.monotonic() + 10
            while True:
                try:
                    connection.ping()
                except redis.ConnectionError:
                    assert time.monotonic() < deadline
                    time.sleep(0.02)
                else:
                    return

    def stop(self):
        self.process.kill()
        self.process.wait()


def test_workers_share_a_limit_in_redis_and_go_on_without_it(tmp_path, redis):
    workers = [make_client(tmp_path, rate_limit="4/hour", rate_store=redis.url) for _ in range(2)]
    assert [statuses(worker, 2) for worker in workers] == [[200, 200], [200, 200]]
    assert [statuses(worker, 1) for worker in workers] == [[429], [429]]
    redis.stop()
    for worker in workers:
        start = time.monotonic()
        assert statuses(worker, 5) == [200, 200, 200, 200, 429]  # each counts for itself now
        assert time.monotonic() - start < 5


def test_a_redis_that_hangs_does_not_stop_the_service(tmp_path, redis):
    worker = make_client(tmp_path, rate_limit="100/hour", rate_store=redis.url)
    assert statuses(worker, 1) == [200]
    redis.process.send_signal(19)  # SIGSTOP: it accepts connections and says nothing
    start = time.monotonic()
    assert statuses(worker, 3) == [200] * 3
    assert time.monotonic() - start < 5
    redis.process.send_signal(18)


def test_every_answer_has_the_security_headers(tmp_path):
    client = make_client(tmp_path)
    for path in ("/healthz", "/readyz", "/nowhere", "/v1/tags", "/docs", "/openapi.json", "/metrics"):
        answer = client.get(path)
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_only_pages_of_named_origins_may_call(tmp_path):
    create(tmp_path / "keys.json", "cms", "tag")
    client = make_client(tmp_path, origins="https://cms.example.org http://localhost:3000")
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    for origin in ("https://cms.example.org", "http://localhost:3000"):
        answer = client.options("/v1/tags", headers=asks | {"Origin": origin})
        assert answer.status_code == 204
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
        assert client.get("/v1/sections", headers={"Origin": origin}).status_code == 401
    for origin in ("https://cms.example.org.evil.example", "null", "http://cms.example.org"):
        answer = client.options("/v1/tags", headers=asks | {"Origin": origin})
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_without_origins_a_preflight_is_an_ordinary_call(tmp_path):
    create(tmp_path / "keys.json", "cms", "tag")
    asks = {"Access-Control-Request-Method": "POST", "Origin": "https://cms.example.org"}
    assert make_client(tmp_path).options("/v1/tags", headers=asks).status_code == 401


@pytest.mark.parametrize("origin", ["*", "cms.example.org", "https://cms.example.org/path", "ftp://x", "https://"])
def test_what_is_no_origin_is_refused(tmp_path, origin):
    with pytest.raises(SettingsError, match="origin"):
        make_client(tmp_path, origins=origin)
