"""Former names, “decisions”, go on working, with a note; and the service has one database."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from classifier import configuration
from classifier.errors import SettingsError
from classifier.feedback.database import Database
from classifier.feedback.feedback import Feedback
from classifier.feedback.store import FeedbackStore
from classifier.service.app import create_app
from classifier.service.http.feedback import FeedbackDatabase
from classifier.settings import Settings
from tests.helpers import ROOT, environment

SECTIONS = ROOT / "training_data" / "sections.toml"
NOTE = "this setting is now called feedback"


@pytest.fixture(autouse=True)
def notes(monkeypatch, tmp_path):
    """A working folder of the test's own, in a process that has noted nothing yet."""
    monkeypatch.chdir(tmp_path)
    configuration.note.cache_clear()


def load(given=None, variables=None, file="none"):
    return Settings.load(given or {}, variables or {}, Path(file)).feedback


def test_the_old_setting_counts_where_the_new_one_would_and_is_noted_once(tmp_path, caplog):
    (tmp_path / "copydesk.toml").write_text('decisions = "file.db"\n')
    assert load(file="copydesk.toml") == "file.db"
    assert load({}, {"COPYDESK_DECISIONS": "variable.db"}, "copydesk.toml") == "variable.db"
    assert load({"decisions": "given.db"}, {"COPYDESK_DECISIONS": "variable.db"}, "copydesk.toml") == "given.db"
    assert load({"decisions": "given.db"}) == "given.db"
    assert [record.getMessage() for record in caplog.records] == [
        f"note: decisions in copydesk.toml (line 1) still works, but {NOTE}. Fix: use the new name",
        f"note: the environment variable COPYDESK_DECISIONS still works, but {NOTE}. Fix: use the new name",
        f"note: --decisions still works, but {NOTE}. Fix: use the new name",
    ]


def test_the_new_name_beats_the_old_one_at_the_same_place(tmp_path, caplog):
    assert load({}, {"COPYDESK_FEEDBACK": "new.db", "COPYDESK_DECISIONS": "old.db"}) == "new.db"
    assert load({"feedback": "new.db", "decisions": "old.db"}) == "new.db"
    assert caplog.records == []
    (tmp_path / "copydesk.toml").write_text('decisions = "a.db"\nfeedback = "b.db"\n')
    with pytest.raises(SettingsError, match="Fix: remove decisions"):
        load(file="copydesk.toml")


def test_a_workers_environment_has_the_value_under_the_new_name(caplog):
    settings = Settings.load({}, {"COPYDESK_DECISIONS": "old.db"}, Path("none"))
    caplog.clear()
    assert load({}, {"COPYDESK_DECISIONS": "old.db"} | settings.to_environment()) == "old.db"
    assert caplog.records == []


def test_the_default_is_the_old_file_only_if_that_alone_exists(tmp_path, caplog):
    assert load() == "feedback.db"
    assert caplog.records == []
    (tmp_path / "decisions.db").touch()
    assert load() == "decisions.db"
    assert "Fix: set feedback" in caplog.text
    assert load({"feedback": "feedback.db"}) == "feedback.db"
    (tmp_path / "feedback.db").touch()
    assert load() == "feedback.db"
    assert "decisions.db is not read" in caplog.text


@pytest.mark.slow
def test_commands_take_the_old_option_and_the_old_file_with_one_note(tmp_path):
    with FeedbackStore.existing(_with_feedback(tmp_path / "decisions.db")) as store:
        assert store.count() == 1
    old_file = run_in(tmp_path, "-m", "classifier", "agreement", "--json")
    old_option = run_in(tmp_path, "-m", "classifier", "agreement", "--json", "--decisions", "decisions.db")
    for done, note in ((old_file, "decisions.db is used as the feedback database"), (old_option, NOTE)):
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["articles"] == 1
        assert done.stderr.count(note) == 1
    assert "--decisions" not in run_in(tmp_path, "-m", "classifier", "agreement", "--help").stdout


@pytest.mark.slow
def test_train_takes_the_old_option_with_a_note(tmp_path):
    done = run_in(tmp_path, ROOT / "train.py", "--decisions", tmp_path / "none.db", "--sections", SECTIONS)
    assert done.returncode == 2
    assert "none.db does not exist" in done.stderr
    assert done.stderr.count(NOTE) == 1


def test_the_old_address_stores_in_the_same_place(starter_models, tmp_path):
    settings = Settings.load({"models": starter_models, "keys": tmp_path / "keys"}, {}, tmp_path / "none")
    app = create_app(settings)
    client = app.test_client()
    sent = {"article": "a", "revision": "1", "added": ["x"]}
    first, again = (client.post(path, json=sent) for path in ("/v1/decisions", "/v1/feedback"))
    assert (first.status_code, again.status_code) == (201, 200)
    note = first.get_json().pop("note")
    assert "Fix: send it to POST /v1/feedback" in note
    assert first.get_json() | {"stored": False} == again.get_json() | {"note": note}
    assert client.post("/v1/decisions", json=sent | {"colour": 1}).status_code == 422
    assert (tmp_path / "feedback.db").is_file()
    app.extensions["copydesk_feedback_database"].store().close()  # Python 3.13 warns about open connections


# a tool that traces may refuse a thread that starts while it installs itself in another one
@pytest.mark.skipif(sys.gettrace() is not None, reason="a debugger or a coverage tool is tracing")
def test_threads_that_ask_for_the_database_at_once_share_one(tmp_path):
    settings = Settings.load({"feedback": str(tmp_path / "feedback.db")}, {}, tmp_path / "none")
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(50):
            shared, found, barrier = FeedbackDatabase(settings), [], threading.Barrier(8, timeout=60)

            def ask(shared=shared, found=found, barrier=barrier):
                barrier.wait()
                found.append(shared.database())

            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(found) == 8
            assert len(set(map(id, found))) == 1
    finally:
        sys.setswitchinterval(interval)


def _with_feedback(path):
    database = Database(str(path))
    FeedbackStore(database).add(Feedback(article="a", revision="1", added=("x",)), keep_text=False)
    database.close()
    return str(path)


def run_in(folder, *args):
    variables = environment(PYTHONPATH=str(ROOT))
    command = [sys.executable, *map(str, args)]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)
