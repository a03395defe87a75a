"""No NaN and no infinity reaches a report, JSON or the terminal, whatever the labels and tags are."""

import ast
import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.commands.console import PlainProgress
from classifier.commands.evaluate import _print_evaluation
from classifier.corpus.readers import Corpus
from classifier.corpus.readers.row_text import cells_as_json
from classifier.rules.tagging import Predictions
from classifier.store.registry import Registry
from classifier.training.measuring.assessment import assess, rounded
from classifier.training.measuring.date_split import DatedAssessment
from classifier.training.measuring.earlier.seen import SeenArticles
from classifier.training.measuring.suspects import find_suspects
from classifier.training.measuring.version_evaluation import VersionEvaluation
from classifier.training.publishing.promise import promise_of
from classifier.training.publishing.report import documents
from classifier.training.publishing.report.edition import Edition
from classifier.training.publishing.run import RunOptions, run
from classifier.training.publishing.run_evaluation import RunEvaluation
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.helpers import ROOT, small_corpus, write_jsonl

SEEDS = st.integers(0, 2**32 - 1)
NO_NUMBER = re.compile(r"(?i)(?<![a-z])(?:nan|-?inf(?:inity)?)(?![a-z])")
DAYS = (None, date(2024, 2, 29), date(2025, 1, 1))


def answers(rng, n, n_trained, n_more=0):
    """Draw tags of some sections, and labels of these and of sections that the model cannot give.

    Empty and full columns are common.
    """

    def bits(columns):
        return rng.random((n, columns)) < rng.choice([0.0, 0.2, 0.6, 1.0], columns)

    suggested = bits(n_trained)
    p = rng.choice([0.0, 0.004, 0.4, 1.0], (n, n_trained))
    return Predictions(p, suggested, suggested & bits(n_trained)), bits(n_trained + n_more)


def days_of(rng, n):
    return [DAYS[k] for k in rng.integers(0, 3, n)]


def strict(value):
    """Return a value after its way through JSON, which must hold neither NaN nor infinity."""

    def refuse(name):
        raise AssertionError(f"{name} in JSON")

    return json.loads(json.dumps(value, allow_nan=False), parse_constant=refuse)


def ids_of(found):
    return [f"s{k}" for k in range(len(found.sections))]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=SEEDS, n=st.integers(0, 6), n_trained=st.integers(0, 3), n_more=st.integers(0, 2))
def test_any_small_matrix_of_labels_gives_valid_json_and_a_table(capsys, seed, n, n_trained, n_more):
    rng = np.random.default_rng(seed)
    predictions, labels = answers(rng, n, n_trained, n_more)
    found = assess(predictions, labels, np.arange(n), days_of(rng, n), 0, rng.choice(["en", "th"], n).tolist())
    nothing = np.zeros(n, dtype=bool)
    seen = SeenArticles(np.arange(n) % 2 == 0, nothing, nothing, nothing)
    evaluation = VersionEvaluation("v", tuple(ids_of(found)), found, Corpus(), seen, found if n > 1 else None)
    shown = strict(evaluation.to_json())
    assert shown["articles"] == n
    for item in (shown["micro"], *shown["sections"].values(), *shown["years"].values()):
        # a figure is missing if there is nothing to divide by, and then the reason is there
        assert (item["precision"] is None) == (item["predicted"] == 0) == ("precision" in item.get("undefined", {}))
        assert (item["recall"] is None) == (item["support"] == 0) == ("recall" in item.get("undefined", {}))
        assert (item["f1"] is None) == (item["support"] + item["predicted"] == 0)
    assert (shown["macro_f1"] is None) == (not labels.any() and not predictions.suggested.any())
    assert (shown["article_f1"] is None) == (n == 0)
    capsys.readouterr()
    _print_evaluation(evaluation)
    assert not NO_NUMBER.search(capsys.readouterr().out)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small")
    data = write_jsonl(folder / "x.jsonl", small_corpus(24))
    options = RunOptions(data=(data,), sections=SECTIONS_FILE, models=folder / "models", jobs=1)
    outcome = run(options, PlainProgress())
    fields = Registry(folder / "models").manifest(outcome.version).model_dump()
    return outcome, {"languages": ["en"], **fields}


@pytest.mark.parametrize("seed", range(8))
def test_any_labels_give_a_report_and_a_card_that_render(trained, seed):
    outcome, fields = trained
    rng = np.random.default_rng(seed)
    n, n_trained = outcome.task.labels.shape
    predictions, labels = answers(rng, n, n_trained)
    task = replace(outcome.task, labels=labels, all_labels=labels)
    model = replace(outcome.trained, nested=replace(outcome.trained.nested, predictions=predictions))
    found = assess(predictions, labels, task.stories, days_of(rng, n), 0, ["en", "th"] * (n // 2))
    by_date = DatedAssessment(found, date(2025, 1, 1), 9) if seed % 2 else None
    promise = promise_of(found, 0.9, outcome.evaluation.promise.never)
    evaluation = RunEvaluation(found, by_date, promise)
    strict(evaluation.to_json(ids_of(found)))
    mistakes = find_suspects(outcome.corpus.articles, task, model.scored, model.nested, 5)
    edition = Edition("20260101T000000Z-00000000", datetime(2026, 1, 1, tzinfo=UTC))
    found = documents(task, model, evaluation, outcome.verdict, None, None, fields, [], mistakes, edition)
    for text in found.values():
        assert not NO_NUMBER.search(text)


def test_a_check_of_sections_of_one_article_has_no_similarity_and_no_nan(tmp_path, sections):
    from classifier.commands.check import _print_counts
    from classifier.training.measuring.audit import audit

    rows = small_corpus(30)
    rows[0]["sections"] = ["oceania"]
    found = audit(
        [write_jsonl(tmp_path / "x.jsonl", rows)], sections, TrainingSettings(min_support=1), 1, PlainProgress()
    )
    assert found.similarity["oceania"] is None
    assert strict(found.to_json())["median_similarity"]["technology"] > 0
    _print_counts(found.counts, found.similarity)


def test_every_call_that_writes_json_refuses_nan():
    missing = []
    for path in [*(ROOT / "classifier").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            given_ = {word.arg: ast.unparse(word.value) for word in node.keywords} if name else {}
            if name in ("json.dumps", "json.dump") and given_.get("allow_nan") != "False":
                missing.append(f"{path}:{node.lineno}")
            if name == "to_json" and path.is_relative_to(ROOT / "classifier") and "inf_nan_mode" not in given_:
                missing.append(f"{path}:{node.lineno}")
    assert missing == []


def test_numbers_that_are_none_are_null_in_the_text_of_a_row():
    cells = {"a": float("nan"), "b": [1.5, float("-inf")], "c": {"d": (float("inf"), "é", date(2024, 1, 2))}}
    assert strict(json.loads(cells_as_json(cells))) == {
        "a": None,
        "b": [1.5, None],
        "c": {"d": [None, "é", "2024-01-02"]},
    }
    assert cells_as_json({"half": "\ud83d"}, ensure_ascii=True) == '{"half": "\\ud83d"}'
    own = []
    own.append(own)
    with pytest.raises((ValueError, RecursionError)):
        cells_as_json(own)


def test_rounding_keeps_what_is_none():
    assert rounded({"a": None, "b": [0.12345678, 1]}) == {"a": None, "b": [0.123457, 1]}
