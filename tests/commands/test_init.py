"""A folder to start from: what it holds, and that a model can be trained in it."""

import json
import os
import subprocess
import sys
import tomllib

import pytest

from classifier.article import Article
from classifier.commands.init import settings_file
from classifier.settings import SETTINGS, Settings
from classifier.store.registry import Registry
from classifier.tagger import Tagger
from tests.conftest import ARTICLES, SECTIONS_FILE
from tests.helpers import ROOT, environment


def copydesk(folder, *args):
    return subprocess.run(
        [sys.executable, "-m", "classifier", *map(str, args)],
        cwd=folder,
        env=environment(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_in_a_new_folder_a_model_is_trained_and_tags(tmp_path, starter_models):
    made = copydesk(tmp_path, "init", "x")
    assert made.returncode == 0
    assert made.stderr.splitlines()[-2:] == ["Next: cd x && copydesk train", "Then: copydesk serve"]
    trained = copydesk(tmp_path / "x", "train")
    assert trained.returncode == 0, trained.stderr
    models = tmp_path / "x" / "models"
    assert trained.stderr.splitlines()[-1] == f"report: models/{Registry(models).current()}/report.html"
    article = Article(body="Indian and Chinese soldiers clashed at the border in Ladakh.")
    assert Tagger.load(models).tag(article).outcome == "tagged"
    # the same articles in the same order as in the repository: the same model
    assert Registry(models).current()[-8:] == Registry(starter_models).current()[-8:]


def test_the_packed_corpus_is_the_starter_corpus(tmp_path):
    assert copydesk(tmp_path, "init", ".").returncode == 0
    written = (tmp_path / "training_data" / "articles" / "starter.jsonl").read_bytes()
    fix = "run “python training_data/pack.py”"
    assert written == b"".join(path.read_bytes() for path in sorted(ARTICLES.glob("*.jsonl"))), fix
    assert (tmp_path / "training_data" / "sections.toml").read_bytes() == SECTIONS_FILE.read_bytes(), fix
    rows = [json.loads(line) for line in written.splitlines()]
    assert len(rows) == 1593
    assert "1,593" in copydesk(tmp_path, "init", "--help").stdout


@pytest.mark.parametrize(
    "there", ["copydesk.toml", "training_data/sections.toml", "training_data/articles/starter.jsonl"]
)
def test_nothing_is_overwritten(tmp_path, there):
    own = tmp_path / there
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("mine")
    refused = copydesk(tmp_path, "init", ".")
    assert refused.returncode == 2
    assert f"{there} already exists, so nothing was written. Fix: name another folder" in refused.stderr
    assert own.read_text() == "mine"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [own]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    refused = copydesk(tmp_path, "init", "file/x")
    assert refused.returncode == 2
    assert "file/x cannot be written to: Not a directory" in refused.stderr


def test_a_folder_with_a_space_is_quoted_in_the_next_command(tmp_path):
    assert "Next: cd 'my desk' && copydesk train" in copydesk(tmp_path, "init", "my desk").stderr


def test_every_setting_is_explained_with_its_default(tmp_path):
    text = settings_file()
    assert tomllib.loads(text) == {}
    file = tmp_path / "copydesk.toml"
    file.write_text("\n".join(line.removeprefix("# ") for line in text.splitlines() if " = " in line))
    assert set(tomllib.loads(file.read_text())) == {setting.name for setting in SETTINGS}
    assert Settings.load({}, {}, file) == Settings.load({}, {}, tmp_path / "none")
    assert all(f"# {setting.help}\n" in text for setting in SETTINGS)


def test_files_are_as_private_as_the_user_wants(tmp_path):
    before = os.umask(0o077)
    try:
        copydesk(tmp_path, "init", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "x" / "copydesk.toml").stat().st_mode & 0o077 == 0
