"""The gate: a worse model stays out, an equal one passes, and what it looks at is fair to both."""

import json
import shutil

import numpy as np
import pytest

from classifier.commands.console import PlainProgress
from classifier.corpus.readers import read_corpus
from classifier.corpus.stories import group_stories, sign
from classifier.errors import NotPromotedError
from classifier.store.files import read_model, write_model
from classifier.store.registry import Registry
from classifier.training.measuring.comparison import compare_tags
from classifier.training.measuring.earlier.unseen_answers import answer_unseen
from classifier.training.measuring.outoffold_file import OUTOFFOLD_FILE, find_seen
from classifier.training.publishing.run import RunOptions, run
from tests.conftest import ARTICLES, SECTIONS_FILE
from tests.helpers import environment, run_python, small_corpus, write_jsonl


@pytest.fixture
def models(starter_models, tmp_path):
    shutil.copytree(starter_models, tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory):
    """The starter corpus with the labels of a fifth of its articles dealt out anew."""
    rows = [
        json.loads(line) for file in sorted(ARTICLES.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()
    ]
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(rows))[: len(rows) // 5]
    labels = [rows[i]["sections"] for i in rng.permutation(chosen)]
    for i, sections in zip(chosen, labels, strict=True):
        rows[i]["sections"] = sections
    return write_jsonl(tmp_path_factory.mktemp("shuffled") / "shuffled.jsonl", rows)


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def options(data, models, **more):
    return RunOptions(data=(data,), sections=SECTIONS_FILE, models=models, jobs=1, ignore_checks=True, **more)


def train(data, models, **more):
    """Write a version and judge it, but leave what is live."""
    return run(options(data, models, no_promote=True, **more), PlainProgress())


@pytest.mark.slow
def test_a_worse_model_is_refused_forced_and_rolled_back(models, shuffled):
    registry = Registry(models)
    before, files = registry.current(), bytes_of(registry.folder())
    command = ("train.py", "--models", models, "--data", shuffled, "--ignore-checks", "--jobs", 2)
    refused = run_python(*command, env=environment())
    assert refused.returncode == 1, refused.stderr
    assert "micro-F1 is 0." in refused.stderr
    assert "more than the margin of 0.01" in refused.stderr
    assert "the largest losses: " in refused.stderr
    assert "Traceback" not in refused.stderr
    assert registry.current() == before
    (written,) = set(registry.versions()) - {before}
    report = (registry.folder(written) / "report.html").read_text("utf-8")
    assert "The gate refuses this model" in report

    forced = run_python(*command, "--force", env=environment())
    assert forced.returncode == 0, forced.stderr
    assert registry.current() not in (before, written)
    history = run_python("-m", "classifier", "models", "--models", models, "history", env=environment())
    last = json.loads(history.stdout.splitlines()[-1])
    assert last["forced"] is True
    assert "below the live model's" in last["note"]

    duel = run_python(
        "-m",
        "classifier",
        "compare",
        before,
        last["version"],
        ARTICLES,
        "--models",
        models,
        "--json",
        env=environment(),
    )
    assert duel.returncode == 0, duel.stderr
    found = json.loads(duel.stdout)
    assert found["micro_f1"]["difference"]["high"] < 0
    assert found["lost"] > found["won"] > 0
    changes = [change for example in found["examples"]["lost"] for change in example["changes"]]
    assert sum(change["right"] for change in changes) < len(changes) / 2
    assert all(share > 0 for change in changes for _, share in change["evidence"])
    assert any(change["evidence"] for change in changes)

    assert registry.rollback() == before
    assert bytes_of(registry.folder()) == files


def test_an_equal_model_passes_with_a_difference_of_nothing(tmp_path):
    data, models = write_jsonl(tmp_path / "x.jsonl", small_corpus()), tmp_path / "models"
    Registry(models).promote(train(data, models).version)
    again = train(data, models)
    assert again.verdict.allowed
    micro = again.verdict.comparison.micro_f1
    assert (micro.difference.value, micro.difference.low, micro.difference.high) == (0, 0, 0)
    assert again.verdict.comparison.n_articles == 36
    assert again.verdict.n_disputed == 0


@pytest.mark.slow
def test_labels_that_differ_between_the_training_sets_are_not_judged(tmp_path):
    rows, models = small_corpus(60), tmp_path / "models"
    Registry(models).promote(train(write_jsonl(tmp_path / "a.jsonl", rows), models).version)
    for row in rows[:4]:
        row["sections"] = ["technology"] if row["sections"] != ["technology"] else []
    verdict = train(write_jsonl(tmp_path / "b.jsonl", rows), models).verdict
    assert verdict.n_disputed == 6  # two swaps of two sections, one section taken away, one given
    assert "labels that differ" in verdict.reason


def test_copies_of_a_text_with_other_labels_are_no_dispute_with_themselves(tmp_path):
    rows, models = small_corpus(60), tmp_path / "models"
    rows += [{**rows[0], "id": f"copy{i}", "sections": sections} for i, sections in enumerate((["technology"], []))]
    data = write_jsonl(tmp_path / "a.jsonl", rows)
    Registry(models).promote(train(data, models).version)
    verdict = train(data, models).verdict
    assert (verdict.n_disputed, verdict.comparison.n_articles) == (0, 62)
    assert verdict.comparison.micro_f1.difference.value == 0


def test_nothing_live_is_no_hindrance_and_nothing_in_common_is_one(tmp_path):
    models = tmp_path / "models"
    first = train(write_jsonl(tmp_path / "a.jsonl", small_corpus()), models)
    assert first.verdict.allowed
    assert first.verdict.reason == "there was no live model"
    Registry(models).promote(first.version)
    vocabulary = tmp_path / "other.toml"
    vocabulary.write_text('[[section]]\nid = "rivers"\nname = "Rivers"\n')
    rows = [
        {**row, "sections": ["rivers"] if "climate-and-disasters" in row["sections"] else []} for row in small_corpus()
    ]
    other = RunOptions(
        data=(write_jsonl(tmp_path / "b.jsonl", rows),), sections=vocabulary, models=models, jobs=1, no_promote=True
    )
    verdict = run(other, PlainProgress()).verdict
    assert not verdict.allowed
    assert "no sections in common" in verdict.reason


def test_a_live_version_without_out_of_fold_answers_cannot_be_compared_and_a_broken_one_is_replaced(tmp_path):
    data, models = write_jsonl(tmp_path / "x.jsonl", small_corpus()), tmp_path / "models"
    registry = Registry(models)
    model = read_model(registry.folder(train(data, models).version))
    about = model.manifest.model_dump(exclude={"format", "version", "created", "files"})
    registry.promote(write_model(models, about, model.arrays, {}))
    verdict = train(data, models).verdict
    assert not verdict.allowed
    assert "lacks the file of its out-of-fold answers" in verdict.reason
    (registry.folder() / "idf.npy").write_bytes(b"")
    verdict = train(data, models).verdict
    assert verdict.allowed
    assert "the live model cannot be loaded (the model is damaged)" in verdict.reason
    assert verdict.current == registry.current()


def test_of_two_runs_at_a_time_the_second_does_not_replace_the_model_of_the_first(tmp_path):
    data, models = write_jsonl(tmp_path / "x.jsonl", small_corpus()), tmp_path / "models"
    first, second = train(data, models), train(write_jsonl(tmp_path / "y.jsonl", small_corpus(45)), models)
    registry = Registry(models)
    registry.promote(first.version, over=first.verdict.current)
    with pytest.raises(NotPromotedError, match=f"compared with no model, but {first.version} has gone live since"):
        registry.promote(second.version, over=second.verdict.current)
    assert registry.current() == first.version


def test_known_articles_are_answered_out_of_fold_new_ones_by_the_version_and_near_copies_not(
    starter_models, sections, tmp_path
):
    folder = Registry(starter_models).folder()
    lines = next(iter(sorted(ARTICLES.glob("*.jsonl")))).read_text("utf-8").splitlines()
    known, other = map(json.loads, lines[:2])
    edited = {**other, "id": "edited", "body": other["body"] + " One more sentence that nobody has seen."}
    new = {"id": "new", "body": "Terrorism: militants and extremists bombed a police post.", "sections": ["terrorism"]}
    corpus = read_corpus([write_jsonl(tmp_path / "x.jsonl", [known, edited, new])], sections)
    texts = [item.prepared.text for item in corpus.articles]
    signatures = sign(texts)
    stories = group_stories(signatures, texts)
    answers = answer_unseen(folder, ["terrorism", "oceania"], corpus.articles, signatures, stories)
    assert answers.fair.tolist() == [True, False, True]
    assert answers.trained_on.tolist() == [True, False, False]
    seen = find_seen(folder, corpus.articles, signatures, stories)
    assert (seen.n, seen.identical.tolist(), seen.near.tolist()) == (2, [True, False, False], [False, True, False])
    stored = {r["article"]: r for r in map(json.loads, (folder / OUTOFFOLD_FILE).read_text().splitlines())}
    assert len(stored) > 900


def test_the_paired_interval_is_narrower_than_chance_alone_would_make_it():
    rng = np.random.default_rng(1)
    labels = rng.random((200, 3)) < 0.4
    first = labels ^ (rng.random((200, 3)) < 0.2)
    second = first.copy()
    second[:5] = labels[:5]
    found = compare_tags(first, second, labels, np.arange(200), ["a", "b", "c"], 0)
    width = found.micro_f1.difference.high - found.micro_f1.difference.low
    assert 0 <= found.micro_f1.difference.value < 0.05
    assert width < 0.04
    assert set(found.won) <= set(range(5))
    assert found.lost == ()


def test_swapping_two_models_swaps_the_signs():
    rng = np.random.default_rng(2)
    labels, first, second = (rng.random((3, 80, 4)) < 0.4)[:3]
    there = compare_tags(first, second, labels, np.arange(80), list("abcd"), 0)
    back = compare_tags(second, first, labels, np.arange(80), list("abcd"), 0)
    assert there.micro_f1.difference.value == -back.micro_f1.difference.value
    assert there.micro_f1.difference.low == pytest.approx(-back.micro_f1.difference.high)
    assert there.won == back.lost
