"""The package without its extras: serving goes on, and each command that needs one names it."""

import os
import shutil

import pytest

from tests.driver.service import Service
from tests.helpers import ROOT, environment, run_python, small_corpus, write_jsonl

_TRAINING = ("sklearn", "scipy", "joblib")
_HIDDEN = (*_TRAINING, "narwhals", "pandas", "polars", "pyarrow", "distributed", "dask", "psycopg", "redis")


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


def test_python_names_the_extra_that_is_missing(starter_models, without_extras):
    code = (
        "import classifier\n"
        f"print(len(classifier.load({str(starter_models)!r}).tag('A flood.').model))\n"
        "for name in ('train', 'evaluate'):\n"
        "    try:\n        getattr(classifier, name)\n"
        "    except ModuleNotFoundError as error:\n        print(error)\n"
        "try:\n    classifier.tag(5, 'models')\n"
        "except classifier.CopydeskError as error:\n    print(error)\n"
    )
    done = run_python("-c", code, env=environment(PYTHONPATH=without_extras))
    assert done.returncode == 0, done.stderr
    fix = "which is not installed. Fix: run “pip install 'copydesk[train]'”"
    _, training, evaluating, tagging = done.stdout.splitlines()
    assert training.startswith("classifier.train needs ")
    assert evaluating.startswith("classifier.evaluate needs ")
    assert training.endswith(fix)
    assert evaluating.endswith(fix)
    assert tagging == "DataFrames need narwhals. Fix: run “pip install 'copydesk[frames]'”"


def test_a_checkout_that_is_not_installed_is_named_because_no_index_has_copydesk(tmp_path):
    (
        tmp_path / "classifier"
    ).mkdir()  # a checkout of what is needed: installing one leaves the data of the package in it
    for name in ("classifier/errors.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    code = "from classifier.errors import pip_command; print(pip_command('train'))"
    done = run_python("-P", "-S", "-c", code, env=environment(PYTHONPATH=str(tmp_path)))
    assert done.stdout == f"“pip install '{tmp_path}[train]'”\n", done.stderr
