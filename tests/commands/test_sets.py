"""--set: the commands on a folder with several sets of models."""

import json
import shutil
import sqlite3

import pytest
from click.testing import CliRunner

from classifier.commands.main import commands
from classifier.errors import CopydeskError
from classifier.store.registry import Registry
from classifier.store.sets import set_folders
from tests.driver.service import another_version
from tests.driver.sets import N_ARTICLES, number_word, text, train_set
from tests.helpers import environment, run_python, write_jsonl

ENGLISH, THAI = text("en", 0), text("th", 1)


@pytest.fixture
def models(two_sets, tmp_path):
    return shutil.copytree(two_sets, tmp_path / "models")


@pytest.fixture
def copydesk(models, tmp_path, monkeypatch):
    """Return a function that runs a command on these models in this process, and returns what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(*args, code=0, sent=None):
        found = CliRunner().invoke(commands, [*map(str, args), "--models", str(models)], input=sent)
        error = found.exception if isinstance(found.exception, CopydeskError) else None
        assert (error.exit_code if error else found.exit_code) == code, found.output
        return found.stdout, f"{found.stderr}{error or ''}"

    return run


def test_all_sets_are_listed_and_a_change_needs_the_name_of_one(copydesk, models):
    old, new = Registry(models / "thai").current(), another_version(models / "thai")
    listed = json.loads(copydesk("models", "--json")[0])
    assert [(item["set"], item["state"]) for item in listed] == [("english", "live"), ("thai", "live"), ("thai", "")]
    assert [line.split()[:2] for line in copydesk("models")[0].splitlines()[-2:]] == [["thai", old], ["thai", new]]
    _, refused = copydesk("models", "promote", new, code=2)
    assert "several sets of models: english, thai. Fix: choose one with --set NAME" in refused
    copydesk("models", "promote", new, "--set", "thai")
    assert Registry(models / "thai").current() == new
    copydesk("models", "rollback", "--set", "thai")
    assert Registry(models / "thai").current() == old
    assert len(copydesk("models", "history", "--set", "thai")[0].splitlines()) == 3
    assert copydesk("models", "prune", "--keep", "1", "--dry-run", "--set", "thai")[0] == ""


def test_a_version_can_be_imported_into_a_new_set(copydesk, models):
    version = Registry(models / "thai").current()
    copydesk("models", "import", models / "thai" / version, "--set", "copy")
    assert Registry(models / "copy").versions() == [version]
    assert list(set_folders(models, live=True)) == ["english", "thai"]


def test_articles_are_tagged_with_the_set_that_each_belongs_to(copydesk, models):
    articles = [
        {"body": THAI},
        {"body": ENGLISH},
        {"body": ENGLISH, "set": "thai"},
        {"body": "2026"},
        {"body": ENGLISH},
    ]
    sent = "\n".join(map(json.dumps, articles))
    written, said = copydesk("tag", sent=sent, code=2)
    answers = [json.loads(line) for line in written.splitlines()]
    assert [answer["set"] for answer in answers] == ["thai", "english", "thai", "english"]
    assert "<stdin>:4: set: the language of the text cannot be detected. Fix: name the set: english or thai" in said
    (one,) = (json.loads(line) for line in copydesk("tag", "--set", "thai", sent=sent.splitlines()[0])[0].splitlines())
    assert "set" not in one
    assert one["tags"] == answers[0]["tags"]
    assert "has no set “hindi”; its sets are english, thai. Fix:" in copydesk("tag", "--set", "hindi", code=2)[1]


def test_a_file_of_articles_is_tagged_in_its_order(copydesk, tmp_path):
    rows = [{"id": str(i), "body": (THAI, ENGLISH)[i % 2], "sections": []} for i in range(6)]
    file = write_jsonl(tmp_path / "rows.jsonl", rows)
    answers = [json.loads(line) for line in copydesk("tag", file)[0].splitlines()]
    assert [(answer["id"], answer["set"]) for answer in answers] == [
        (str(i), ("thai", "english")[i % 2]) for i in range(6)
    ]


def test_a_set_is_trained_apart_and_compared_with_its_own_model(copydesk, models, tmp_path):
    sections = tmp_path / "sections.toml"
    sections.write_text('[[section]]\nid = "th-sport"\nname = "กีฬา"\n[[section]]\nid = "th-money"\nname = "เศรษฐกิจ"\n')
    rows = [
        {
            "id": f"t{i}",
            "body": f"{text('th', i % 2, i)} {number_word(7 * i)} {number_word(11 * i + 3)}",
            "sections": [("th-sport", "th-money")[i % 2]],
        }
        for i in range(N_ARTICLES)
    ]
    asked = ("train", "--data", write_jsonl(tmp_path / "a.jsonl", rows), "--sections", sections, "--ignore-checks")
    _, refused = copydesk(*asked, "--language", "th", code=2)
    assert "has sets of models: english, thai. Fix: name the set to train with --set NAME" in refused
    english, old = (Registry(models / name).current() for name in ("english", "thai"))
    copydesk(*asked, "--language", "th", "--set", "thai", "--force")
    assert Registry(models / "english").versions() == [english]
    assert Registry(models / "thai").history()[-1].previous == old
    assert Registry(models).versions() == []


def test_a_set_learns_only_from_the_feedback_on_its_own_models(copydesk, models, tmp_path):
    from classifier.feedback.database import Database
    from classifier.feedback.feedback import Feedback
    from classifier.feedback.store import FeedbackStore

    store = FeedbackStore(Database(str(tmp_path / "feedback.db")))
    live = {name: Registry(models / name).current() for name in ("english", "thai")}
    for i in range(N_ARTICLES):
        language, group = (("th", "th-"), ("en", ""))[i < 3]
        store.add(
            Feedback(
                article=f"a{i}",
                revision="1",
                model=None if i == 3 else live["english" if i < 3 else "thai"],
                added=(f"{group}{('sport', 'money')[i % 2]}",),
                body=f"{text(language, i % 2, i)} คำ{i}ก",
            ),
            keep_text=True,
        )
    store.close()
    sections = tmp_path / "sections.toml"
    sections.write_text('[[section]]\nid = "th-sport"\nname = "กีฬา"\n[[section]]\nid = "th-money"\nname = "เศรษฐกิจ"\n')
    asked = ("--feedback", tmp_path / "feedback.db", "--set", "thai")
    _, said = copydesk(
        *(
            "train",
            *asked,
            "--sections",
            sections,
            "--ignore-checks",
            "--language",
            "th",
            "--force",
            "--min-support",
            "2",
        )
    )
    shown = " ".join(said.split())
    assert "articles with feedback on models of other sets" in shown
    assert "articles with feedback that names no model" in shown
    trained = Registry(models / "thai").manifest(Registry(models / "thai").current())
    assert trained.n_articles == N_ARTICLES - 4
    tallied = json.loads(copydesk("agreement", *asked, "--json")[0])
    assert tallied["articles"] == N_ARTICLES - 4
    with sqlite3.connect(tmp_path / "feedback.db") as database:
        assert database.execute("select count(*) from copydesk_feedback").fetchone() == (N_ARTICLES,)
    database.close()


def test_measuring_and_exporting_find_the_set_by_its_name_or_by_a_version(copydesk, models, tmp_path):
    rows = [
        {"id": f"n{i}", "body": f"{text('en', i % 2, 2 * i + 1)} new", "sections": [("sport", "money")[i % 2]]}
        for i in range(8)
    ]
    file = write_jsonl(tmp_path / "new.jsonl", rows)
    version, other = Registry(models / "english").current(), another_version(models / "english")
    for named in (("--set", "english"), ("--version", version)):
        assert json.loads(copydesk("evaluate", file, *named, "--json")[0])["model"] == version
    assert "--set NAME" in copydesk("evaluate", file, code=2)[1]
    assert "first" in copydesk("compare", version, other, file)[0]
    copydesk("export", tmp_path / "model.joblib", "--set", "english")
    assert (tmp_path / "model.joblib").exists()


def test_the_check_of_the_service_verifies_every_set(copydesk, models):
    asked = ("serve", "--check")
    _, shown = copydesk(*asked)
    for name in ("english", "thai"):
        assert f"set {name}: model {Registry(models / name).current()}: 2 sections" in shown
    (models / "Thai Site").mkdir()
    (models / "Thai Site" / "CURRENT").write_text("")
    assert "not used as a set of models, because of its name" in copydesk(*asked)[1]
    (models / "thai" / Registry(models / "thai").current() / "weights.npy").write_bytes(b"")
    assert "weights.npy" in copydesk(*asked, code=2)[1]


def test_a_preferred_set_that_does_not_exist_fails_the_check(copydesk, monkeypatch):
    monkeypatch.setenv("COPYDESK_PREFERRED_SETS", "thai hindi")
    assert "preferred_sets names “hindi”, but the sets of models" in copydesk("serve", "--check", code=2)[1]


def test_a_source_of_webhooks_with_an_unknown_set_fails_the_check(copydesk, tmp_path, monkeypatch):
    (tmp_path / "hooks.toml").write_text('[source.a]\nscheme = "hub"\nsecret = "S"\nbody = "/b"\nset = "hindi"\n')
    monkeypatch.setenv("COPYDESK_WEBHOOKS", "hooks.toml")
    monkeypatch.setenv("S", "a secret of twenty-four bytes")
    assert "hooks.toml, source a: set names “hindi”, but the sets" in copydesk("serve", "--check", code=2)[1]


@pytest.mark.slow
def test_a_second_set_is_added_beside_a_single_model(tmp_path):
    train_set(tmp_path / "models", "en")
    train_set(tmp_path / "models" / "indonesian", "id")
    assert list(set_folders(tmp_path / "models", live=True)) == ["default", "indonesian"]
    sent = "\n".join(map(json.dumps, [{"body": ENGLISH}, {"body": text("id", 0), "language": "id"}, {"body": "2026"}]))
    done = run_python("-m", "classifier", "tag", "--models", tmp_path / "models", input=sent, env=environment())
    assert [json.loads(line)["set"] for line in done.stdout.splitlines()] == ["default", "indonesian", "default"]
