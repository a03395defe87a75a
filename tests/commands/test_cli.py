import json
import shutil

import pytest

from classifier.sections import Sections
from classifier.store.registry import Registry
from tests.driver.exports import category, export, post
from tests.helpers import PAGE, environment, run_python, small_corpus, write_jsonl


@pytest.fixture
def cli(starter_models):
    def cli(*args, **options):
        command, *rest = args
        return run_python("-m", "classifier", command, "--models", starter_models, *rest, env=environment(), **options)

    return cli


@pytest.mark.slow
def test_json_lines_in_one_answer_a_line_out(cli):
    lines = [json.dumps({"id": str(i), "body": PAGE}) for i in range(3)]
    done = cli("tag", input="\n".join(lines))
    assert done.returncode == 0
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["0", "1", "2"]


def test_a_page_is_tagged_as_the_service_would(cli, tagger, tmp_path):
    (tmp_path / "page.txt").write_text(PAGE)
    done = cli("tag", "--page", "--explain", tmp_path / "page.txt")
    from classifier import Article, Choice

    assert json.loads(done.stdout) == json.loads(
        json.dumps(tagger.tag(Article(body=PAGE), Choice(explain=True)).to_json())
    )


def test_a_bad_line_is_named_and_the_others_are_tagged(cli):
    done = cli("tag", "-", input='{"body": "x"}\n{"body": 5}\nsecret\n{"body": "y", "labels": ["a"]}\n')
    assert done.returncode == 2
    assert len(done.stdout.splitlines()) == 2
    assert "<stdin>:2: body: must be a string" in done.stderr
    assert "<stdin>:3: not valid JSON" in done.stderr
    assert "secret" not in done.stderr


@pytest.mark.slow
def test_models_lists_promotes_and_rolls_back(starter_models, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(starter_models, models)
    registry = Registry(models)
    first = registry.current()

    def run(*args):
        return run_python("-m", "classifier", "models", "--models", models, *args, env=environment())

    listed = run()
    assert first in listed.stdout
    assert "live" in listed.stdout
    assert run("promote", first).returncode == 0
    assert len(run("history").stdout.splitlines()) == 2
    refused = run("rollback")
    assert refused.returncode == 2
    assert "no earlier version" in refused.stderr
    refused = run("promote", "20990101T000000Z-00000000")
    assert refused.returncode == 2
    assert "has no version" in refused.stderr


@pytest.mark.slow
def test_a_broken_current_is_said_and_mended_as_its_message_says(starter_models, tmp_path):
    models = tmp_path / "models"
    shutil.copytree(starter_models, models)
    version = Registry(models).current()
    (models / "CURRENT").write_text("")

    def run(*args):
        return run_python("-m", "classifier", "models", "--models", models, *args, env=environment())

    listed = run()
    assert listed.returncode == 0
    assert version in listed.stdout
    assert "CURRENT does not contain the name of a version" in listed.stderr
    assert run("promote", version).returncode == 0
    assert run().stderr == ""
    assert Registry(models).current() == version


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["truncate", "remove", "format"])
def test_a_bad_model_is_refused_with_its_own_message(starter_models, tmp_path, damage):
    models = tmp_path / "models"
    shutil.copytree(starter_models, models)
    folder = Registry(models).folder()
    words = {"truncate": "The model is damaged", "remove": "The model is incomplete", "format": "unknown format"}[
        damage
    ]
    if damage == "truncate":
        (folder / "weights.npy").write_bytes((folder / "weights.npy").read_bytes()[:100])
    elif damage == "remove":
        (folder / "idf.npy").unlink()
    else:
        path = folder / "manifest.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    for command in (["-m", "classifier", "tag"], ["service.py", "--check"]):
        done = run_python(*command, "--models", models, env=environment(), input="")
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [["train.py"], ["service.py"], ["-m", "classifier"], ["-m", "classifier", "tag"]])
def test_help_imports_nothing_heavy(command):
    done = run_python("-X", "importtime", *command, "--help", env=environment())
    assert done.returncode == 0
    assert "Usage:" in done.stdout
    imported = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines()}
    assert not imported & {"numpy", "numba", "sklearn", "scipy", "flask", "httptools", "selectolax"}


def test_sections_are_listed_as_a_table(tmp_path):
    listed = run_python("-m", "classifier", "sections", env=environment())
    assert "Free and Open Indo-Pacific" in listed.stdout
    (tmp_path / "own.toml").write_text('[[section]]\nid = "a"\nname = "[Opinion] :smile:"\n')
    listed = run_python("-m", "classifier", "sections", "--sections", tmp_path / "own.toml", env=environment())
    assert listed.returncode == 0
    assert "[Opinion] :smile:" in listed.stdout


@pytest.mark.slow
def test_a_vocabulary_is_drafted_from_an_export(tmp_path):
    (tmp_path / "site.xml").write_text(export(category("law", 'The "Law"'), post(labels=["law"])))
    drafted = run_python("-m", "classifier", "sections", "--from-wxr", tmp_path / "site.xml", env=environment())
    (tmp_path / "own.toml").write_text(drafted.stdout)
    assert [section.name for section in Sections.load(tmp_path / "own.toml")] == ['The "Law"']
    refused = run_python("-m", "classifier", "sections", "--from-wxr", tmp_path / "own.toml", env=environment())
    assert refused.returncode == 2
    assert "own.toml:1: not a WordPress export" in refused.stderr


@pytest.mark.slow
def test_a_curve_stops_at_bad_rows_or_sets_them_aside(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "notes.docx").touch()
    write_jsonl(data / "a.jsonl", [*small_corpus(), {"body": "x", "sections": ["Tecnology"]}])
    command = ["-m", "classifier", "curve", data, "--jobs", 1, "--json"]
    refused = run_python(*command, env=environment())
    assert refused.returncode == 2
    assert "1 of 37 rows cannot be used, so nothing was measured" in refused.stderr
    assert "--skip-bad" in refused.stderr
    assert "--ignore-unknown" in refused.stderr
    done = run_python(*command, "--skip-bad", "--rejects", tmp_path / "bad.jsonl", env=environment())
    assert done.returncode == 0, done.stderr
    assert f"1 bad row was skipped and written to {tmp_path / 'bad.jsonl'}" in done.stderr
    assert len((tmp_path / "bad.jsonl").read_text().splitlines()) == 1
    assert json.loads(done.stdout)["left_out_files"] == [str(data / "notes.docx")]
