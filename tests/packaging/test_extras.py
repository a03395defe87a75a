"""The package without its extras: serving goes on, and each command that needs one names it."""

import os

import pytest

from tests.driver.service import Service
from tests.helpers import environment, run_python, small_corpus, write_jsonl

_HIDDEN = ("sklearn", "scipy", "joblib", "datasketch", "pyarrow", "distributed", "dask", "psycopg", "redis")


@pytest.fixture
def without_extras(tmp_path):
    """The search path of an environment where the packages of the extras cannot be imported."""
    folder = tmp_path / "hidden"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(f"import sys\nsys.modules |= dict.fromkeys({_HIDDEN})\n")
    return os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))


def test_the_service_tags_without_any_extra(starter_models, tmp_path, without_extras, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", without_extras)
    service = Service(starter_models, tmp_path / "log")
    try:
        answer = service.http.post("/v1/tags", json={"body": small_corpus(1)[0]["body"]})
        assert answer.status_code == 200
        assert "climate-and-disasters" in [tag["section"] for tag in answer.json()["tags"]]
    finally:
        assert service.stop() == 0


@pytest.mark.parametrize("command", ["check", "curve", "evaluate", "export"])
def test_a_command_that_needs_the_extra_train_says_so(command, starter_models, tmp_path, without_extras):
    data = write_jsonl(tmp_path / "articles.jsonl", small_corpus())
    arguments = {"evaluate": ["--models", starter_models, data], "export": ["--models", starter_models, tmp_path / "e"]}
    done = run_python(
        "-m", "classifier", command, *arguments.get(command, [data]), env=environment(PYTHONPATH=without_extras)
    )
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("This command needs ")
    assert done.stderr.endswith(", which is not installed. Fix: run “pip install 'copydesk[train]'”\n")
    assert "Traceback" not in done.stderr


def test_training_names_its_extra(tmp_path, without_extras):
    data = write_jsonl(tmp_path / "articles.jsonl", small_corpus())
    models = tmp_path / "models"
    done = run_python("train.py", "--data", data, "--models", models, env=environment(PYTHONPATH=without_extras))
    assert done.returncode == 2
    assert done.stderr.endswith("which is not installed. Fix: run “pip install 'copydesk[train]'”\n")
    assert not models.exists()
