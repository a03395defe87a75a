"""What the commands show of seen articles, of weights, and of the precision that applied tags must have."""

import json

import pytest
from click.testing import CliRunner

from classifier.commands.main import commands
from classifier.store.registry import Registry
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl

ROWS = small_corpus(96)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("figures")


@pytest.fixture(scope="module")
def models(folder):
    """A model trained by the command on 60 articles with weights, for another target than usual."""
    rows = [row | {"trust": 1 + i % 3} for i, row in enumerate(ROWS[:60])]
    data = write_jsonl(folder / "train.jsonl", rows)
    done = asked("train", "--data", data, "--weight", "trust", "--target-precision", 0.75, models=folder / "models")
    assert done.exit_code == 0, done.stderr
    assert "weights from trust: 60 articles, 1 to 3, only used to fit" in done.stderr
    return folder / "models"


def asked(command, *arguments, models):
    own = ["--sections", SECTIONS_FILE, "--jobs", 1] if command == "train" else []
    return CliRunner().invoke(commands, [str(part) for part in (command, *arguments, *own, "--models", models)])


def test_the_target_is_in_the_manifest_and_the_report(models):
    registry = Registry(models)
    manifest = registry.manifest(registry.current())
    assert manifest.settings["target_precision"] == 0.75
    assert "at least 75 % of the tags are right" in (registry.folder() / "report.html").read_text("utf-8")


@pytest.mark.parametrize("value", ["0.49", "1", "nan", "-0.9", "90"])
def test_a_target_out_of_range_is_refused_with_the_range(folder, value):
    done = asked("train", "--target-precision", value, models=folder / "none")
    assert isinstance(done.exception, Exception)
    assert "but it must be between 0.5 and 0.999" in str(done.exception)


def test_new_articles_have_figures_of_their_own_next_to_those_of_all(models, folder):
    new, some = ROWS[60:], ROWS[:3]
    data = write_jsonl(folder / "mixed.jsonl", [*some, *new])
    done = asked("evaluate", data, models=models)
    assert done.exit_code == 0, done.stderr
    assert "F1 of new articles" in done.stdout.splitlines()[0]
    assert "Without the 3 articles that the model has seen (36 new articles): micro-F1 " in done.stdout
    assert "39 articles in 39 stories (near-duplicates grouped): 3 (7.7 %) were used in training" in done.stdout
    assert "warning: the model was trained on 3 of the 39 articles (7.7 %; 3 identical)" in done.stderr
    alone = asked("evaluate", write_jsonl(folder / "new.jsonl", new), models=models)
    assert "F1 of new articles" not in alone.stdout
    assert "none was used in training" in alone.stdout
    assert "warning" not in alone.stderr
    micro = alone.stdout.split("all tags (micro)")[1].split()[3]
    assert f"micro-F1 {micro} (" in done.stdout


def test_articles_without_labels_and_tags_have_no_f1(models, folder):
    texts = ("zwaqu vlorp nimbeth", "grulk osparin tefwad", "humbly quibbet drosk")
    rows = [{"body": f"{text} {text[::-1]}", "sections": []} for text in texts]
    data = write_jsonl(folder / "none.jsonl", rows)
    done = asked("evaluate", data, "--all-unlabelled", "--json", models=models)
    found = json.loads(done.stdout)
    assert (found["micro"]["f1"], found["micro"]["recall"], found["macro_f1"]) == (None, None, None)
    assert found["micro"]["undefined"]["f1"] == "neither labels nor tags"
    assert (found["none"]["support"], found["none"]["f1"], found["article_f1"]["value"]) == (3, 1, 1)
    assert "macro-F1 –" in asked("evaluate", data, "--all-unlabelled", models=models).stdout
