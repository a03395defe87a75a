"""``copydesk settings``: every setting with its value, default and source."""

import json

import pytest

from classifier.settings import SETTINGS
from tests.helpers import environment, run_python


def shown(*args, config=None, **variables):
    named = ["--config", config] if config else []
    return run_python("-m", "classifier", *named, "settings", *args, env=environment(**variables))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text("# mine\n\nport = 1111\nworkers = 3\nmax_batch = 7\n")
    return path


def test_each_setting_names_where_it_was_given(file):
    done = shown("--json", "--host", "::1", config=file, COPYDESK_WORKERS="4")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    found = {item["name"]: item for item in data["settings"]}
    assert list(found) == [setting.name for setting in SETTINGS]
    assert data["file"] == str(file)

    def parts(name):
        return tuple(found[name][key] for key in ("value", "default", "source", "place"))

    assert parts("host") == ("::1", "127.0.0.1", "command line", "--host")
    assert parts("workers") == ("4", "1", "environment", "the environment variable COPYDESK_WORKERS")
    assert parts("port") == ("1111", "8000", "file", f"port in {file} (line 3)")
    assert parts("threads") == ("2", "2", "default", "the default")
    assert parts("access_log") == ("true", "true", "default", "the default")
    assert all(item["help"] and not item["problem"] for item in found.values())


def test_the_table_holds_the_same(file):
    done = shown(config=file)
    assert done.returncode == 0
    rows = {line.split()[0]: line for line in done.stdout.splitlines()}
    assert rows["port"].split()[:3] == ["port", "1111", "8000"]
    assert rows["port"].endswith(f"port in {file} (line 3)")
    assert set(rows) == {"setting", *(setting.name for setting in SETTINGS)}
    assert done.stderr == f"settings file: {file}\n"


@pytest.mark.parametrize(
    "address",
    [
        "redis://:hunter2@host:6379",
        "redis://u:hun@hunter2@host",
        "redis://host/0?password=hunter2",
        "redis://host/0?ssl=1&PASSWORD=hunter2&x=1",
    ],
)
def test_passwords_are_hidden(address):
    for flags in ((), ("--json",)):
        done = shown(*flags, COPYDESK_RATE_STORE=address)
        assert done.returncode == 0
        assert "***" in done.stdout
        assert "hunter2" not in done.stdout + done.stderr
        assert "host" in done.stdout


def test_a_value_that_cannot_be_used_is_shown_with_the_reason(file):
    done = shown(config=file, COPYDESK_PORT="http", COPYDESK_PROT="1", COPYDESK_TEACHER_KEY="k")
    assert done.returncode == 2
    assert "port cannot be used: the environment variable COPYDESK_PORT is “http”, but it must be a whole number" in (
        done.stderr
    )
    assert "variables are not settings: COPYDESK_PROT." in done.stderr
    assert "max_batch" in done.stdout
