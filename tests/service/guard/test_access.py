import gc
import json
import random
import subprocess
import sys
import time
import weakref

import pytest
from scipy.stats import mannwhitneyu

from classifier.errors import KeysError, SettingsError
from classifier.service.addresses import counted_as
from classifier.service.app import create_app
from classifier.service.guard.access import ACCESS
from classifier.service.guard.doors import refuse_open_doors
from classifier.service.guard.keys import Keys, create, revoke
from classifier.settings import Settings
from tests.driver.processes import free_port
from tests.helpers import run_python

ELSEWHERE = "192.0.2.7"


def settings_of(folder, **given):
    return Settings.load(
        {"models": folder / "none", "keys": folder / "keys.json", **given}, {}, folder / "no-such-file"
    )


def bearer(text):
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def guarded(tmp_path):
    """The app of a service that listens beyond this machine, and the texts of a key of each scope."""
    texts = {scope: create(tmp_path / "keys.json", scope, scope)[1] for scope in ("tag", "admin")}
    return create_app(settings_of(tmp_path, host=ELSEWHERE)), texts


def look_again(app):
    """What the app does by itself a second later."""
    app.extensions[ACCESS]._look_at = 0


def test_a_key_is_found_by_its_text_and_no_other_text_finds_it(tmp_path):
    key, text = create(tmp_path / "keys.json", "cms", "tag")
    keys = Keys.load(tmp_path / "keys.json")
    assert keys.find(text) == key
    for other in (
        "",
        "copydesk_",
        text[:-1],
        text + "x",
        text.upper(),
        text.removeprefix("copydesk_"),
        f"x{text}",
        "é" * 50,
    ):
        assert keys.find(other) is None


def test_the_file_holds_no_secret_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "keys.json"
    texts = [create(path, f"program {i}", "tag")[1] for i in range(3)]
    revoke(path, "program 1")
    source = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    for text in texts:
        secret = text.split("_", 2)[2]
        assert len(secret) >= 43
        assert secret not in source
    kept = json.loads(source)["keys"]
    assert len({key["salt"] for key in kept}) == 3
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_with_a_control_character_is_refused(tmp_path):
    with pytest.raises(KeysError, match="control character"):
        create(tmp_path / "keys.json", "Ada\tLovelace", "desk")


def test_a_revoked_key_counts_no_more_and_its_name_is_free_again(tmp_path):
    path = tmp_path / "keys.json"
    key, text = create(path, "cms", "tag")
    with pytest.raises(KeysError, match="“cms” already"):
        create(path, "cms", "tag")
    assert revoke(path, key.id).revoked
    assert Keys.load(path).find(text) is None
    with pytest.raises(KeysError, match="no valid key"):
        revoke(path, "cms")
    assert create(path, "cms", "tag")[0].id != key.id


@pytest.mark.parametrize(
    ("source", "mode", "words"),
    [
        ("{}", 0o600, "not a keys file"),
        ("no json", 0o600, "not a keys file"),
        ('{"format": 2, "keys": []}', 0o600, "was written by a newer version"),
        ('{"format": 1, "keys": [{"id": "a"}]}', 0o600, "not a keys file"),
        ('{"format": 1, "keys": []}', 0o644, "chmod 600"),
        ('{"format": 1, "keys": []}', 0o604, "chmod 600"),
        ('{"format": 1, "keys": []}', 0o660, "chmod 600"),
    ],
)
def test_a_keys_file_that_cannot_be_used_stops_the_service(tmp_path, source, mode, words):
    path = tmp_path / "keys.json"
    path.write_text(source)
    path.chmod(mode)
    with pytest.raises(KeysError, match=words):
        refuse_open_doors(settings_of(tmp_path))


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o600, 0o640])
def test_a_keys_file_that_its_group_may_read_is_used_and_stays_so(tmp_path, mode):
    path = tmp_path / "keys.json"
    _, text = create(path, "cms", "tag")
    path.chmod(mode)
    assert Keys.load(path).find(text)
    create(path, "another", "tag")
    assert path.stat().st_mode & 0o777 == 0o600 | mode & 0o040
    assert Keys.load(path).find(text)


def test_changes_at_the_same_time_lose_no_key(tmp_path):
    command = ["-m", "classifier", "keys", "--keys", str(tmp_path / "keys.json"), "create"]
    running = [
        subprocess.Popen([sys.executable, *command, f"program {i}"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for i in range(4)
    ]
    texts = [process.communicate(timeout=60)[0].decode().strip() for process in running]
    keys = Keys.load(tmp_path / "keys.json")
    assert {keys.find(text).name for text in texts} == {f"program {i}" for i in range(4)}


def test_keys_on_the_command_line(tmp_path):
    keys = ["-m", "classifier", "keys", "--keys", tmp_path / "keys.json"]
    assert "there are no API keys" in run_python(*keys).stderr
    made = run_python(*keys, "create", "cms", "--scope", "admin")
    assert made.stdout.startswith("copydesk_")
    listed = run_python(*keys).stdout
    assert "cms" in listed
    assert "admin" in listed
    assert made.stdout.split("_", 2)[2].strip() not in listed
    assert "revoked: key" in run_python(*keys, "revoke", "cms").stderr
    again = run_python(*keys, "revoke", "cms")
    assert again.returncode == 2
    assert "no valid key" in again.stderr


def test_a_subcommand_of_keys_accepts_the_keys_file_too(tmp_path):
    made = run_python("-m", "classifier", "keys", "create", "cms", "--keys", tmp_path / "keys.json")
    assert made.returncode == 0
    assert [key.name for key in Keys.load(tmp_path / "keys.json").all] == ["cms"]


@pytest.mark.parametrize("host", ["0.0.0.0", ELSEWHERE, "::", "cms.example.org"])
def test_beyond_this_machine_it_does_not_start_without_keys(tmp_path, host):
    with pytest.raises(SettingsError, match="keys create"):
        create_app(settings_of(tmp_path, host=host))
    refuse_open_doors(settings_of(tmp_path, host=host, allow_anonymous=True))
    create(tmp_path / "keys.json", "cms", "tag")
    refuse_open_doors(settings_of(tmp_path, host=host))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_on_loopback_it_is_open_unless_a_proxy_stands_in_front(tmp_path, host):
    refuse_open_doors(settings_of(tmp_path, host=host))
    with pytest.raises(SettingsError, match="proxy"):
        refuse_open_doors(settings_of(tmp_path, host=host, proxies=1))


def test_service_py_says_why_it_does_not_start(tmp_path):
    done = run_python("service.py", "--host", "0.0.0.0", "--port", str(free_port()), "--keys", tmp_path / "keys.json")
    assert done.returncode == 2
    assert "--allow-anonymous" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_route_but_health_answers_without_a_key(guarded):
    app, texts = guarded
    client = app.test_client()
    routes = [(rule, method) for rule in app.url_map.iter_rules() for method in rule.methods]
    assert len(routes) > 20
    for rule, method in routes:
        file = "desk.css" if rule.rule.startswith("/desk") else "swagger-ui-bundle.js"
        path = rule.rule.replace("<path:filename>", file).replace("<int:number>", "1")
        with client.open(path, method=method) as answer:
            status = answer.status_code
        if path in ("/healthz", "/readyz"):
            assert status in (200, 503), (path, method)
        elif path.startswith(("/docs", "/openapi.json", "/desk/static/")):
            assert status == 200, (path, method)
        elif path in ("/desk/sign-in", "/desk/sign-out", "/desk/language"):  # a form needs the token of a session
            assert status == (403 if method == "POST" else 303 if path.endswith("language") else 200) or (
                method == "OPTIONS"
            ), (path, method)
        elif path.startswith("/desk/") and method in ("GET", "HEAD"):
            assert status == 303, (path, method)
            assert answer.location.startswith("/desk/sign-in"), (path, method)
        else:
            assert status == 401, (path, method)
    assert client.get("/nowhere").status_code == 401
    assert client.open("/v1/tags", method="BREW").status_code == 401
    with client.get("/docs/files/swagger-ui-bundle.js", headers=bearer(texts["tag"])) as script:
        assert script.status_code == 200


def test_the_contract_needs_no_key_but_no_wrong_one_either(guarded):
    app, texts = guarded
    client = app.test_client()
    for path in ("/docs", "/docs/start.js", "/openapi.json"):
        for headers, status in (({}, 200), (bearer(texts["tag"]), 200), (bearer("copydesk_x_wrong"), 401)):
            assert client.get(path, headers=headers).status_code == status


def test_a_scope_allows_what_it_says(guarded):
    app, texts = guarded
    client = app.test_client()
    assert client.get("/openapi.json", headers=bearer(texts["tag"])).status_code == 200
    assert client.get("/openapi.json", headers=bearer(texts["admin"])).status_code == 200
    refused = client.get("/v1/models", headers=bearer(texts["tag"]))
    assert refused.status_code == 403
    assert refused.get_json(force=True)["type"] == "urn:copydesk:problem:forbidden"
    assert client.get("/v1/models", headers=bearer(texts["admin"])).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic {}", "{}", "Bearer x{}", "Bearer {}x", "Bearer {} {}"]
)
def test_a_wrong_header_is_told_how_a_key_is_sent(guarded, header):
    app, texts = guarded
    answer = app.test_client().get("/v1/sections", headers={"Authorization": header.replace("{}", texts["tag"])})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    problem = answer.get_json(force=True)
    assert "Authorization: Bearer KEY" in problem["detail"]
    assert texts["tag"] not in answer.get_data(as_text=True)


def test_keys_change_without_a_restart(guarded, tmp_path):
    app, texts = guarded
    client = app.test_client()
    new = create(tmp_path / "keys.json", "another", "tag")[1]
    revoke(tmp_path / "keys.json", "tag")
    look_again(app)
    assert client.get("/openapi.json", headers=bearer(new)).status_code == 200
    assert client.get("/openapi.json", headers=bearer(texts["tag"])).status_code == 401


def test_a_keys_file_that_goes_or_breaks_does_not_open_the_door(guarded, tmp_path):
    app, texts = guarded
    client = app.test_client()
    path = tmp_path / "keys.json"
    source = path.read_text()
    for spoil in (lambda: path.write_text("{"), lambda: path.chmod(0o644), path.unlink):
        spoil()
        look_again(app)
        for headers in ({}, bearer(texts["admin"])):
            assert client.get("/openapi.json", headers=headers).status_code == 503
        path.write_text(source)
        path.chmod(0o600)
        look_again(app)
        assert client.get("/openapi.json", headers=bearer(texts["admin"])).status_code == 200


def test_calls_that_are_refused_for_a_broken_file_leave_nothing_of_themselves(guarded, tmp_path):
    class Sent(str):
        """A header of a caller, in the frame of the one who looks at it."""

    (tmp_path / "keys.json").write_text("{")
    access = guarded[0].extensions[ACCESS]
    left = []
    for number in range(50):
        access._look_at = 0
        text = Sent(f"Bearer {number}")
        left.append(weakref.ref(text))
        for _ in range(2):  # once with a look at the file, once without
            with pytest.raises(KeysError):
                access.check("tag", {"HTTP_AUTHORIZATION": text})
        del text
    gc.collect()
    assert [text() for text in left] == [None] * 50


def test_a_first_key_closes_the_door_of_a_running_service(tmp_path):
    app = create_app(settings_of(tmp_path))
    client = app.test_client()
    assert client.get("/v1/models").status_code == 200
    text = create(tmp_path / "keys.json", "cms", "admin")[1]
    look_again(app)
    assert client.get("/v1/models").status_code == 401
    assert client.get("/v1/models", headers=bearer(text)).status_code == 200


@pytest.mark.parametrize(("source", "mode"), [("{", 0o600), ('{"format": 1, "keys": []}', 0o644)])
def test_a_file_that_never_held_keys_leaves_the_door_as_it_was_when_it_goes(tmp_path, source, mode):
    app = create_app(settings_of(tmp_path))
    client = app.test_client()
    path = tmp_path / "keys.json"
    statuses = []
    for change in (lambda: path.write_text(source), path.unlink):
        change()
        if path.exists():
            path.chmod(mode)
        look_again(app)
        statuses.append(client.get("/v1/models").status_code)
    create(path, "cms", "tag")
    look_again(app)
    statuses.append(client.get("/v1/models").status_code)
    path.unlink()
    look_again(app)
    statuses.append(client.get("/v1/models").status_code)
    assert statuses == [503, 200, 401, 503]


def test_anonymous_callers_tag_and_do_not_administer(tmp_path):
    create(tmp_path / "keys.json", "cms", "tag")
    client = create_app(settings_of(tmp_path, host=ELSEWHERE, allow_anonymous=True)).test_client()
    assert client.get("/openapi.json").status_code == 200
    assert client.get("/v1/models").status_code == 401
    assert client.get("/openapi.json", headers=bearer("copydesk_wrong_key")).status_code == 401


def test_a_host_whose_ipv4_loopback_is_written_as_ipv6_is_this_machine(tmp_path):
    refuse_open_doors(settings_of(tmp_path, host="::ffff:127.0.0.1"))
    with pytest.raises(SettingsError, match="keys create"):
        refuse_open_doors(settings_of(tmp_path, host="::ffff:192.0.2.7"))


FORWARDED = [
    {"X-Forwarded-For": "203.0.113.9"},
    {"X-Forwarded-For": "127.0.0.1"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-Host": "cms.example.org"},
    {"X-Real-IP": "203.0.113.9"},
    {"Forwarded": "for=203.0.113.9"},
    {"Via": "1.1 proxy"},
]
ADMIN_ROUTES = [
    ("GET", "/v1/models"),
    ("POST", "/v1/models/reload"),
    ("POST", "/v1/models/activate"),
    ("GET", "/metrics"),
]


@pytest.mark.parametrize("headers", FORWARDED, ids=lambda headers: next(iter(headers)))
def test_a_call_through_a_proxy_that_was_not_declared_is_not_of_this_machine(tmp_path, headers):
    client = create_app(settings_of(tmp_path)).test_client()
    for method, path in [*ADMIN_ROUTES, ("GET", "/v1/sections"), ("POST", "/v1/tags")]:
        answer = client.open(path, method=method, headers=headers)
        assert answer.status_code == 401, path
        assert "set “proxies”" in answer.get_json(force=True)["detail"]
    assert client.get("/v1/models").status_code == 200
    assert client.get("/healthz", headers=headers).status_code == 200


def test_a_call_of_another_machine_is_never_open_whatever_the_host_says(tmp_path):
    client = create_app(settings_of(tmp_path)).test_client()
    for address, status in (("127.0.0.1", 200), ("::ffff:127.0.0.1", 200), ("::1", 200), ("192.0.2.1", 401), ("", 401)):
        assert client.get("/v1/models", environ_base={"REMOTE_ADDR": address}).status_code == status, address


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_anonymous_callers_behind_a_proxy_that_was_not_declared_only_tag(tmp_path, host):
    client = create_app(settings_of(tmp_path, host=host, allow_anonymous=True)).test_client()
    headers = {"X-Forwarded-For": "203.0.113.9"}
    assert client.get("/openapi.json", headers=headers).status_code == 200
    for method, path in ADMIN_ROUTES:
        assert client.open(path, method=method, headers=headers).status_code == 401, path


def test_a_key_counts_whatever_proxy_it_came_through(guarded):
    app, texts = guarded
    headers = {"X-Forwarded-For": "203.0.113.9"}
    assert app.test_client().get("/v1/models", headers=headers | bearer(texts["admin"])).status_code == 200


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1:5000", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a name", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_is_counted_without_its_port_and_by_the_network_of_ipv6(text, counted):
    assert counted_as(text) == counted


def _seconds(check, texts, rounds):
    """Time a check of each text, in turn and in a random order."""
    taken = {text: [] for text in texts}
    order = list(texts) * rounds
    random.Random(7).shuffle(order)
    for text in order:
        start = time.perf_counter_ns()
        for _ in range(20):
            check(text)
        taken[text].append(time.perf_counter_ns() - start)
    return taken.values()


def _told_apart(check, texts):
    """Whether the times of two texts differ by more than chance; three looks, for a busy machine may disturb one."""
    return all(mannwhitneyu(*_seconds(check, texts, 400)).pvalue < 1e-3 for _ in range(3))


def test_the_time_of_a_comparison_does_not_tell_how_much_of_a_key_is_right(tmp_path):
    text = create(tmp_path / "keys.json", "cms", "tag")[1]
    secret = text.split("_", 2)[2]
    wrong = "-" if secret[0] != "-" else "A"
    first_wrong, last_wrong = text.replace(secret, wrong + secret[1:]), text[:-1] + ("A" if text[-1] != "A" else "B")

    def letter_by_letter(other):
        return all(a == b for a, b in zip(text, other, strict=True))

    assert _told_apart(letter_by_letter, [first_wrong, last_wrong]), "the measurement would not notice a leak"
    assert not _told_apart(Keys.load(tmp_path / "keys.json").find, [first_wrong, last_wrong])
