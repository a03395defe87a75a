import json
import re

import pytest

from classifier.store.registry import Registry
from tests.conftest import ARTICLES
from tests.helpers import environment, run_python, small_corpus, write_jsonl


@pytest.fixture
def cli(starter_models):
    def cli(*args):
        return run_python("-m", "classifier", *args, "--models", starter_models, env=environment())

    return cli


@pytest.mark.slow
def test_new_articles_are_scored_out_of_sample(cli, tmp_path):
    data = write_jsonl(tmp_path / "new.jsonl", small_corpus())
    done = cli("evaluate", data, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["out_of_sample"] is True
    assert found["trained_on"] == 0
    assert found["articles"] == 36
    assert found["sections"]["technology"]["support"] == 12
    by_length = {item["words_from"]: item for item in found["by_length"]}
    assert {words: item["texts"] for words, item in by_length.items()} == {0: 0, 30: 0, 60: 36, 120: 0}
    assert by_length[60]["micro"] == {key: found["micro"][key] for key in by_length[60]["micro"]}
    assert by_length[0]["micro"]["f1"] is None
    assert {"average_precision", "brier", "calibration_error", "applied", "interval"} <= set(found["micro"])
    assert "warning" not in done.stderr


@pytest.mark.slow
def test_articles_of_the_training_are_warned_of(cli):
    done = cli("evaluate", ARTICLES / "world.jsonl")
    assert done.returncode == 0, done.stderr
    assert "warning: the model was trained on" in done.stderr
    assert "115 articles in 115 stories (near-duplicates grouped): 115 (100 %) were used in training" in done.stdout
    assert "no other article is left to measure" in done.stderr
    assert "all tags (micro)" in done.stdout
    assert re.search(r"120 words and more +articles +\d+ ", done.stdout)


@pytest.mark.slow
def test_a_version_compared_with_itself_does_not_differ(cli, starter_models):
    version = Registry(starter_models).current()
    done = cli("compare", version, version, ARTICLES / "world.jsonl", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["micro_f1"]["difference"] == {"value": 0, "low": 0, "high": 0}
    assert (found["won"], found["lost"]) == (0, 0)
    assert found["micro_f1"]["first"] < 1


@pytest.mark.slow
def test_bad_rows_are_refused_with_what_these_commands_can_do_about_them(cli, starter_models, tmp_path):
    version = Registry(starter_models).current()
    data = write_jsonl(tmp_path / "new.jsonl", [*small_corpus(), {"body": "x", "sections": ["Tecnology"]}])
    for args in (["evaluate", data], ["compare", version, version, data]):
        done = cli(*args)
        assert done.returncode == 2
        assert "new.jsonl:37: sections: unknown section “Tecnology”" in done.stderr
        assert (
            "so nothing was measured. Fix: correct it, or use --skip-bad, which writes the bad rows to a file and "
            "continues with the others; --ignore-unknown drops the labels that are not sections" in done.stderr
        )
        assert "The articles cannot be used:" in done.stderr


@pytest.mark.slow
def test_bad_rows_are_set_aside_if_asked_for(cli, starter_models, tmp_path):
    version = Registry(starter_models).current()
    data = tmp_path / "data"
    data.mkdir()
    (data / "notes.docx").touch()
    write_jsonl(data / "new.jsonl", [*small_corpus(), {"body": "x", "sections": ["Tecnology"]}])
    for args in (["evaluate", data], ["compare", version, version, data]):
        rejects = tmp_path / f"{args[0]}.jsonl"
        done = cli(*args, "--skip-bad", "--rejects", rejects, "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert (found["articles"], found["left_out_files"]) == (36, [str(data / "notes.docx")])
        assert f"1 bad row was skipped and written to {rejects}" in done.stderr
        assert len(rejects.read_text().splitlines()) == 1


@pytest.mark.slow
def test_unknown_labels_are_dropped_if_asked_for_and_counted(cli, starter_models, tmp_path):
    version = Registry(starter_models).current()
    extra = {"body": "Some other words.", "sections": ["Gardening", "technology"]}
    data = write_jsonl(tmp_path / "new.jsonl", [*small_corpus(), extra])
    for args in (["evaluate", data], ["compare", version, version, data]):
        done = cli(*args, "--ignore-unknown", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["articles"] == 37
        assert "labels dropped because they are not sections: “Gardening” (1)" in done.stderr
    assert json.loads(cli("evaluate", data, "--ignore-unknown", "--json").stdout)["left_out"] == {
        "bad_rows": 0,
        "dropped_labels": {"Gardening": 1},
    }


@pytest.mark.slow
def test_without_an_article_without_a_section_that_outcome_is_shown_as_a_dash(cli, tmp_path):
    rows = [row for row in small_corpus() if row["sections"]]
    done = cli("evaluate", write_jsonl(tmp_path / "new.jsonl", rows))
    assert "“no tags” F1 – (0 articles without a label, " in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["evaluate", "nowhere.jsonl"], "nowhere.jsonl does not exist"),
        (["evaluate"], "DATA"),
        (["compare", "20990101T000000Z-00000000", "x", "y.jsonl"], "has no version"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2(cli, args, words):
    done = cli(*args)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
