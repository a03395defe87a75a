from pathlib import Path

import pytest

from classifier.errors import SettingsError
from classifier.settings import SETTINGS, Settings, read_setting


@pytest.fixture
def file(tmp_path):
    return tmp_path / "copydesk.toml"


def test_defaults_hold_where_nothing_is_given(file):
    settings = Settings.load({}, {}, file)
    assert (settings.host, settings.port, settings.models) == ("127.0.0.1", 8000, Path("models"))


def test_command_line_beats_environment_beats_file(file):
    file.write_text("port = 1111\nworkers = 3\nmax_batch = 7\n")
    settings = Settings.load({"port": 3333, "workers": None}, {"COPYDESK_PORT": "2222", "COPYDESK_WORKERS": "4"}, file)
    assert (settings.port, settings.workers, settings.max_batch) == (3333, 4, 7)


def test_settings_survive_the_way_to_worker_processes(file):
    settings = Settings.load({"port": 1234, "models": "elsewhere"}, {}, file)
    assert Settings.load({}, settings.to_environment(), None) == settings


@pytest.mark.parametrize(
    ("given_", "environment", "toml", "words"),
    [
        ({"port": 70000}, {}, "", "--port is “70000”, but it must be between 1 and 65,535"),
        ({}, {"COPYDESK_PORT": "many"}, "", "COPYDESK_PORT is “many”, but it must be a whole number"),
        ({}, {}, "port = true", "port in .* must be a whole number"),
        ({}, {}, "prot = 1", "unknown settings: prot"),
        ({}, {}, "port =", "not TOML"),
        ({"host": ""}, {}, "", "--host .* must not be empty"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_origin(file, given_, environment, toml, words):
    file.write_text(toml)
    with pytest.raises(SettingsError, match=words):
        Settings.load(given_, environment, file)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://u:hunter2@host:54a/db",
        "postgresql://u:hunter2@host:/db",
        "postgresql://u:hunter2@host:" + "9" * 5_000,
        "postgresql://u:hunter2@host:0/db",
        "postgresql://u:hunter2@host:99999/db",
        "postgresql://u:hun@ter2@host/db",  # a part of the password would be the host, and shown
        "postgresql://u:hun@ter2:hunter2@host/db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        ":memory:",
        "sqlite://host/feedback.db",
        "sqlite:///feedback.db?hunter2=1",
        "mysql://u:hunter2@host/db",
    ],
)
def test_a_database_that_cannot_be_used_is_refused_without_its_password(file, address):
    with pytest.raises(SettingsError, match="feedback is ") as refused:
        Settings.load({"feedback": address}, {}, file)
    assert "ter2" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "feedback.db",
        "sqlite:///feedback.db",
        "sqlite:////var/lib/copydesk/feedback.db",
        "postgresql://u:p%40ss@db.example.org:5432/copydesk",
        "postgresql://u:pa/ss:w@db/copydesk?sslmode=require",
        "postgres://[::1]:5432/copydesk",
        "postgresql://postgres@/copydesk?host=/run/postgresql",
        "postgresql:///copydesk",
        "postgresql+psycopg://db",
    ],
)
def test_an_address_of_a_database_is_taken_as_it_is_given(file, address):
    pytest.importorskip("psycopg")
    assert Settings.load({"feedback": address}, {}, file).feedback == address


def test_every_setting_has_help():
    assert all(setting.help.endswith(".") for setting in SETTINGS)


def test_one_setting_is_read_though_others_are_wrong(file):
    file.write_text('feedback = "mysql://nowhere"\nmodels = "mine"\n')
    assert read_setting("models", {}, {"COPYDESK_PORT": "http"}, file) == Path("mine")
    with pytest.raises(SettingsError, match="whole number"):
        read_setting("port", {}, {"COPYDESK_PORT": "http"}, file)


def test_a_wrong_value_in_a_file_is_named_with_its_line(file):
    file.write_text('# one\nworkers = 2\n  port = "x"\n')
    with pytest.raises(SettingsError, match=r"port in .*copydesk\.toml \(line 3\) is “x”"):
        Settings.load({}, {}, file)


def test_the_environment_names_the_settings_file(file, tmp_path, monkeypatch):
    file.write_text("port = 1234\n")
    monkeypatch.chdir(tmp_path.parent)
    assert Settings.load({}, {"COPYDESK_CONFIG": str(file)}).port == 1234
    # a file that is named in the call itself is stronger
    assert Settings.load({}, {"COPYDESK_CONFIG": str(file)}, tmp_path / "none").port == 8000
    with pytest.raises(SettingsError, match=r"COPYDESK_CONFIG names .*, which does not exist\. Fix: "):
        Settings.load({}, {"COPYDESK_CONFIG": str(tmp_path / "none.toml")})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"port = 1 \xff", "byte 9 is not UTF-8"),
        (b"port =", "not TOML in UTF-8: Invalid value"),
        (b"port = " + b"[" * 100_000, "nested too deeply"),
        (b"port = " + b"9" * 10_000, "not TOML in UTF-8"),
    ],
)
def test_a_file_that_is_not_toml_is_refused_with_a_reason(file, content, words):
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=words):
        Settings.load({}, {}, file)


def test_a_file_with_a_byte_order_mark_is_read(file):
    file.write_bytes(b"\xef\xbb\xbfport = 1234\n")
    assert Settings.load({}, {}, file).port == 1234


def test_a_folder_is_no_settings_file(file):
    file.mkdir()
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        Settings.load({}, {}, file)
