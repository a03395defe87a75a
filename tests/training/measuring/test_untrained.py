"""Labels that a model cannot give count as missed, in every figure, as in the figures of any other tool."""

import json
from datetime import date

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

from classifier.commands.console import PlainProgress
from classifier.commands.summary import print_summary
from classifier.corpus.readers import Reading, read_corpus
from classifier.rules.tagging import Predictions
from classifier.sections import Sections
from classifier.store.registry import Registry
from classifier.training.measuring.assessment import assess
from classifier.training.measuring.bootstrap import f1_intervals
from classifier.training.measuring.curve import learning_curve
from classifier.training.measuring.version_comparison import compare_versions
from classifier.training.measuring.version_evaluation import evaluate_version
from classifier.training.publishing.run import RunOptions, run
from classifier.training.task import make_task
from classifier.training.training_settings import TrainingSettings
from tests.helpers import small_corpus, write_jsonl

VOCABULARY = """
[[section]]
id = "technology"
name = "Technology"
[[section]]
id = "climate-and-disasters"
name = "Climate"
[[section]]
id = "gardens"
name = "Gardens"
[[section]]
id = "obsolete"
name = "Obsolete"
status = "deprecated"
[[section]]
id = "unused"
name = "Unused"
"""


def answers(seed, n_trained=4, n_more=2, n=200):
    """Return answers in some sections, and labels in those and more."""
    rng = np.random.default_rng(seed)
    labels = rng.random((n, n_trained + n_more)) < 0.25
    p = np.clip(0.5 * labels[:, :n_trained] + 0.6 * rng.random((n, n_trained)), 0, 1)
    return Predictions(p, p > 0.5, p > 0.8), labels


def measured(predictions, labels):
    n = len(labels)
    return assess(predictions, labels, np.arange(n), [date(2024 + i % 2, 1, 1) for i in range(n)], 0)


@pytest.mark.parametrize("seed", range(5))
def test_all_figures_are_those_of_scikit_learn_over_all_labels(seed):
    predictions, labels = answers(seed)
    found = measured(predictions, labels)
    given = np.column_stack([predictions.suggested, np.zeros((200, 2), dtype=bool)])
    p = np.column_stack([predictions.probabilities, np.zeros((200, 2))])
    for average, ours in (("micro", found.micro.suggested.f1), ("macro", found.macro_f1.value)):
        assert ours == pytest.approx(f1_score(labels, given, average=average, zero_division=0), abs=5e-5)
    assert found.micro.suggested.recall == pytest.approx(recall_score(labels, given, average="micro"), abs=5e-5)
    assert found.micro.suggested.precision == pytest.approx(precision_score(labels, given, average="micro"), abs=5e-5)
    assert found.micro.average_precision == pytest.approx(average_precision_score(labels, p, average="micro"), abs=5e-5)
    assert found.article_f1.value == pytest.approx(
        f1_score(labels, given, average="samples", zero_division=1), abs=5e-5
    )
    by_section = f1_score(labels, given, average=None, zero_division=0)
    assert [item.suggested.f1 for item in found.sections] == pytest.approx(by_section, abs=5e-5)
    micro, macro = f1_intervals(predictions.suggested, labels, np.arange(200), 0)
    assert (micro.value, macro.value) == pytest.approx((found.micro.suggested.f1, found.macro_f1.value))
    for year in found.years:
        chosen = np.arange(200) % 2 == year.year - 2024
        assert year.micro.f1 == pytest.approx(f1_score(labels[chosen], given[chosen], average="micro"), abs=5e-5)


def test_the_figures_of_the_trained_sections_alone_are_given_next_to_the_others():
    predictions, labels = answers(1)
    found = measured(predictions, labels)
    alone = labels[:, :4]
    assert found.micro_of_trained.f1 == pytest.approx(f1_score(alone, predictions.suggested, average="micro"))
    assert found.macro_f1_of_trained == pytest.approx(f1_score(alone, predictions.suggested, average="macro"))
    assert found.micro.suggested.f1 < found.micro_of_trained.f1
    none_trained = measured(Predictions(*(part[:, :0] for part in vars(predictions).values())), labels)
    assert none_trained.words_on_untrained(list("abcdef")).endswith(f"f {int(labels[:, 5].sum())}")
    n = int(labels[:, 4:].sum())
    assert found.n_missed_untrained == n
    words = found.words_on_untrained(list("abcdef"))
    assert words.startswith(f"{n} of {int(labels.sum())} labels count as missed, because the model was not trained on")
    assert f"e {int(labels[:, 4].sum())}, f {int(labels[:, 5].sum())}" in words
    assert f"micro-F1 is {found.micro_of_trained.f1:.3f}" in words
    data = found.to_json(list("abcdef"))
    assert data["untrained"] == {"labels": n, "sections": {"e": int(labels[:, 4].sum()), "f": int(labels[:, 5].sum())}}
    assert [data["sections"][name]["trained"] for name in "abcdef"] == [True] * 4 + [False] * 2
    assert data["sections"]["e"]["recall"] == 0
    assert data["sections"]["e"]["brier"] is None
    assert data["trained_sections_only"]["micro"]["f1"] == found.micro_of_trained.f1


def test_an_article_with_only_such_a_label_is_no_article_without_a_section():
    nothing = np.zeros((4, 1), dtype=bool)
    labels = np.array([[0, 1], [0, 1], [0, 0], [1, 0]], dtype=bool)
    found = measured(Predictions(np.zeros((4, 1)), nothing, nothing), labels)
    assert (found.none.support, found.none.predicted, found.none.correct) == (1, 4, 1)
    assert found.article_f1.value == 0.25


def test_without_articles_without_a_section_that_outcome_has_no_f1():
    nothing = np.zeros((3, 1), dtype=bool)
    found = measured(Predictions(np.zeros((3, 1)), nothing, nothing), np.ones((3, 1), dtype=bool))
    data = found.to_json(["a"])["none"]
    assert (data["support"], data["predicted"], data["f1"], data["recall"]) == (0, 3, None, None)


def test_nothing_is_said_where_every_section_is_trained():
    predictions, labels = answers(2, n_more=0)
    found = measured(predictions, labels)
    assert found.words_on_untrained(list("abcd")) == ""
    assert found.micro_of_trained == found.micro.suggested
    assert found.macro_f1_of_trained == pytest.approx(found.macro_f1.value)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run on 120 articles: three about gardens, which are too few, and two with a deprecated label."""
    folder = tmp_path_factory.mktemp("thin")
    (folder / "sections.toml").write_text(VOCABULARY)
    rows = small_corpus(120)
    for row in rows[2:9:3]:
        row["sections"] = ["gardens"]
    for row in rows[11:15:3]:
        row["sections"] = ["obsolete"]
    options = RunOptions(
        data=(write_jsonl(folder / "train.jsonl", rows),),
        sections=folder / "sections.toml",
        models=folder / "models",
        jobs=1,
        curve=True,
    )
    return folder, run(options, PlainProgress())


def test_the_figures_of_training_count_them(trained, capsys):
    folder, outcome = trained
    found = outcome.evaluation.out_of_fold
    assert outcome.trained.section_ids == ["technology", "climate-and-disasters", "gardens", "obsolete"]
    assert (found.n_missed_untrained, found.micro.suggested.support) == (5, 85)
    assert found.none.support == 35
    assert found.micro.suggested.recall <= 80 / 85
    print_summary(outcome)
    shown = capsys.readouterr().out
    assert "5 of 85 labels count as missed" in shown
    assert "gardens (not trained)" in shown
    data = json.loads((folder / "models" / outcome.version / "evaluation.json").read_text())
    assert data["out_of_fold"]["untrained"] == {"labels": 5, "sections": {"gardens": 3, "obsolete": 2}}
    manifest = Registry(folder / "models").manifest(outcome.version)
    assert [entry.section.id for entry in manifest.trained] == ["technology", "climate-and-disasters"]


def test_the_report_and_the_card_name_them(trained):
    folder, outcome = trained
    for name in ("report.html", "model-card.md"):
        text = (folder / "models" / outcome.version / name).read_text("utf-8")
        assert "5 of 85 labels count as missed" in text
        assert "Gardens (3 stories)" in text
        assert "Obsolete (deprecated)" in text
        assert "Unused (0 stories)" in text
        assert "nan" not in text.replace("finance", "")


def test_the_split_by_date_and_the_curve_count_them(trained):
    folder, outcome = trained
    sections = Sections.load(folder / "sections.toml")
    articles = read_corpus([folder / "train.jsonl"], sections).articles
    by_date = outcome.evaluation.by_date
    newest = [item for item in articles if item.article.published >= by_date.since]
    thin = sum(len(item.sections & {"gardens", "obsolete"}) for item in newest)
    assert by_date.assessment.micro.suggested.support == sum(len(item.sections) for item in newest)
    assert by_date.assessment.n_missed_untrained == thin > 0
    task = make_task(articles, sections, TrainingSettings(), PlainProgress())
    curve = learning_curve(task, TrainingSettings(), 1, PlainProgress())
    assert curve.points[-1].micro_f1.value == pytest.approx(outcome.evaluation.out_of_fold.micro.suggested.f1)
    assert curve.note == "5 labels count as missed, because their sections are not trained: gardens, obsolete."
    assert curve.to_json()["untrained"] == {"labels": 5, "sections": ["gardens", "obsolete"]}
    assert curve.points[-1].macro_f1.value == pytest.approx(outcome.evaluation.out_of_fold.macro_f1.value)


def test_the_figures_of_a_version_count_them(trained, tmp_path):
    folder, outcome = trained
    rows = small_corpus(30)
    for number, row in enumerate(rows):
        row["body"] += f" {'abcdefghij'[number % 10]}{'klm'[number // 10]}other words at the end of it"
        row["id"] = f"new{number}"
    for row in rows[2::3]:
        row["sections"] = ["gardens"]
    data = write_jsonl(tmp_path / "new.jsonl", rows)
    found = evaluate_version(folder / "models" / outcome.version, [data], PlainProgress())
    assert found.section_ids == ("technology", "climate-and-disasters", "gardens")
    gardens = found.assessment.sections[2]
    assert (gardens.suggested.support, gardens.suggested.recall, gardens.trained) == (10, 0, False)
    assert found.assessment.none.support == 0
    assert found.assessment.micro.suggested.support == 30
    assert found.assessment.micro.suggested.recall <= 2 / 3
    assert found.to_json()["untrained"] == {"labels": 10, "sections": {"gardens": 10}}


def test_two_versions_are_compared_with_them(trained):
    folder, outcome = trained
    version = folder / "models" / outcome.version
    found = compare_versions(version, version, [folder / "train.jsonl"], PlainProgress(), Reading())
    assert found.comparison.micro_f1.first == pytest.approx(outcome.evaluation.out_of_fold.micro.suggested.f1)
    assert found.n_labels_untrained == 5
    assert found.comparison.support["gardens"] == 3
    assert found.to_json()["vocabulary"]["labels_missed_by_both"] == 5


def test_the_gate_counts_them(trained):
    folder, first = trained
    options = RunOptions(
        data=(folder / "train.jsonl",), sections=folder / "sections.toml", models=folder / "models", no_promote=True
    )
    verdict = run(options, PlainProgress()).verdict
    assert verdict.comparison.micro_f1.second == pytest.approx(first.evaluation.out_of_fold.micro.suggested.f1)
    assert verdict.comparison.support["gardens"] == 3
    assert "all 2 sections" in verdict.reason
    assert verdict.reason.endswith("; 5 labels of sections that neither can give count as missed")
