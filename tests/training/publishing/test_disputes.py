"""A gate that could compare nothing, or only what is disputed, refuses, and says where to look."""

import warnings

import numpy as np
import pytest
from click.testing import CliRunner

from classifier.commands.console import PlainProgress
from classifier.commands.models import models
from classifier.store.registry import Registry
from classifier.training.publishing.disputes import find_disputes
from classifier.training.publishing.run import RunOptions, run
from tests.helpers import environment, run_python, small_corpus, write_jsonl

IDS = ["courts", "harbour", "school", "theatre"]
NEXT = dict(zip(IDS, [*IDS[1:], IDS[0]], strict=True))
SWAP = {"courts": "harbour", "harbour": "courts"}


def rows_of(n=80):
    """Articles in four sections, each with words of its own."""
    rows = []
    for i, row in enumerate(small_corpus(n)):
        own = IDS[i % 4]
        words = " ".join(f"{own}{'abcdefgh'[(i + k) % 8]}{'stuvw'[k % 5]}" for k in range(12))
        rows.append({"id": row["id"], "body": f"{words} {row['body'].split('reported.')[-1]}", "sections": [own]})
    return rows


def relabelled(rows, change):
    return [{**row, "sections": [change(i, label) for label in row["sections"]]} for i, row in enumerate(rows)]


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory):
    path = tmp_path_factory.mktemp("v") / "sections.toml"
    path.write_text("".join(f'[[section]]\nid = "{name}"\nname = "The {name}"\n' for name in IDS))
    return path


@pytest.fixture
def judge(vocabulary, tmp_path):
    """Train on four sections, make that live, train on other labels, and return the outcome."""

    def judge(rows, before=None, sections_before=vocabulary, **more):
        def train(name, data, **options):
            given = {"sections": vocabulary, "models": tmp_path / "models", "jobs": 1} | options
            asked = RunOptions(data=(write_jsonl(tmp_path / name, data),), **given)
            return run(asked, PlainProgress())

        train("before.jsonl", rows_of() if before is None else before, sections=sections_before)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return train("after.jsonl", rows, **more)

    return judge


@pytest.mark.parametrize(
    ("change", "n_disputed", "n_labels", "named", "swapped"),
    [
        (
            lambda _, label: NEXT[label],
            160,
            160,
            ["courts (20 of its 20 articles lost it, most now have harbour)"],
            "courts to harbour to school to theatre to courts",
        ),
        (
            lambda _, label: SWAP.get(label, label),
            80,
            120,
            ["courts (20 of its", "harbour (20 of its"],
            "courts and harbour",
        ),
        (
            lambda i, label: NEXT[label] if i < 48 else label,
            96,
            128,
            ["courts (12 of its 20 articles lost it"],
            "courts to harbour to school to theatre to courts",
        ),
    ],
    ids=["all labels shifted", "two of four sections swapped", "more than half of the file shifted"],
)
def test_labels_that_moved_are_refused(judge, tmp_path, change, n_disputed, n_labels, named, swapped):
    registry = Registry(tmp_path / "models")
    outcome = judge(relabelled(rows_of(), change))
    assert not outcome.verdict.allowed
    assert outcome.promotion.refused
    assert outcome.verdict.n_disputed == n_disputed
    says = f"{n_disputed} of {n_labels} labels differ from those that the live model was trained on"
    assert outcome.verdict.reason.startswith(f"it cannot be compared with the live model: {says}; look at ")
    assert all(words in outcome.verdict.reason for words in named)
    assert outcome.verdict.reason.endswith(f"; swapped, as their articles show: {swapped}")
    report = (registry.folder(outcome.version) / "report.html").read_text("utf-8")
    assert "<b>Swapped</b>" in report
    assert "articles of courts that both models were trained on have The harbour instead" in report
    assert registry.current() != outcome.version
    for path in registry.folder(outcome.version).iterdir():
        if path.suffix in (".html", ".md", ".json"):
            assert ">nan<" not in path.read_text("utf-8").lower()
            assert "nan" not in path.read_text("utf-8").lower().split()


def test_a_small_corpus_of_two_swapped_sections_among_many_new_articles_is_refused(judge):
    rows = rows_of(200)
    swapped = [relabelled([row], lambda _, label: SWAP.get(label, label))[0] for row in rows]
    verdict = judge(swapped, before=rows[:40]).verdict
    assert not verdict.allowed
    assert "40 of 60 labels differ" in verdict.reason


def test_corrections_of_single_labels_are_still_compared(judge):
    verdict = judge(relabelled(rows_of(), lambda i, label: NEXT[label] if i % 16 == 0 else label), margin=1.0).verdict
    assert verdict.allowed
    assert verdict.n_disputed == 10
    assert "10 labels that differ between the two training sets were left out" in verdict.reason


def test_the_history_names_the_sections_that_a_promotion_or_rollback_by_hand_changes(judge, tmp_path):
    fewer = tmp_path / "fewer.toml"
    fewer.write_text("".join(f'[[section]]\nid = "{name}"\nname = "Our {name}"\n' for name in IDS[:3]))
    rows = [row for row in rows_of() if row["sections"] != ["theatre"]]
    outcome = judge(rows, sections=fewer)
    registry = Registry(tmp_path / "models")
    live = registry.current()
    assert live != outcome.version
    names = ", ".join(f"{name} (“The {name}” is now “Our {name}”)" for name in IDS[:3])
    note = f"compared with {live}: gone: theatre (not in the vocabulary); other names: {names}"
    assert outcome.verdict.reason.endswith(note.partition(": ")[2])
    for arguments, says in (
        (["promote", outcome.version], f"live now: {outcome.version} ({note})"),
        (["rollback"], ""),
    ):
        done = CliRunner().invoke(models, ["--models", str(registry.models), *arguments])
        assert done.exit_code == 0
        assert says in done.output
    promoted, rolled_back = registry.history()[-2:]
    assert promoted.note == note
    assert rolled_back.note.startswith(f"compared with {outcome.version}: new: theatre; other names: courts (“Our ")


def test_near_copies_of_the_live_models_articles_are_left_out_and_counted(judge):
    rows = rows_of()
    edited = [{**row, "body": f"{row['body']} One sentence more."} for row in rows[:20]]
    verdict = judge([*edited, *rows[20:]]).verdict
    assert verdict.allowed
    says = "20 of the 80 articles (25 %) were left out as near copies of articles that the live model was trained on"
    assert (verdict.left_out, verdict.comparison.n_articles) == (says, 60)
    assert verdict.reason.endswith(f"; {says}")


def test_two_swapped_sections_are_found_in_a_large_vocabulary():
    before = np.repeat(np.eye(20, dtype=bool), 30, axis=0)
    after = before[:, [1, 0, *range(2, 20)]]
    found = find_disputes(after, before, np.ones(600, dtype=bool), [f"s{k}" for k in range(20)])
    assert (found.n_disputed, found.n_labels) == (120, 660)
    assert "look at s0 (30 of its 30 articles lost it, most now have s1), s1 (" in found.objection


def test_labels_that_were_only_added_are_no_swap():
    before = np.zeros((40, 3), dtype=bool)
    before[:10, 0] = before[10:40, 1] = True
    after = before.copy()
    after[:20, 2] = True
    found = find_disputes(after, before, np.ones(40, dtype=bool), ["a", "b", "c"])
    assert (found.n_disputed, found.n_labels, found.lost, found.objection) == (20, 60, (), "")


def test_articles_that_the_live_model_never_saw_dispute_nothing():
    labels = np.eye(4, dtype=bool)
    found = find_disputes(labels, ~labels, np.zeros(4, dtype=bool), list("abcd"))
    assert (found.n_disputed, found.n_labels, found.objection) == (0, 0, "")


def test_a_section_whose_labels_all_vanished_is_refused_even_if_it_may_be_dropped(judge):
    rows = rows_of()
    for row in rows:
        row["sections"] = [label for label in row["sections"] if label != "courts"]
    verdict = judge(rows, drop_sections=True).verdict
    assert not verdict.allowed
    assert "20 of 80 labels differ" in verdict.reason
    assert "courts (20 of its 20 articles lost it)" in verdict.reason


def test_articles_without_a_label_of_a_common_section_are_nothing_to_compare(judge, tmp_path):
    files = {}
    for name, ids in {"old": IDS[:2], "new": ["courts", *IDS[2:]]}.items():
        files[name] = tmp_path / f"{name}.toml"
        files[name].write_text("".join(f'[[section]]\nid = "{id_}"\nname = "{id_}"\n' for id_ in ids))
    rows = rows_of(200)
    before = [row for row in rows[:80] if row["sections"][0] in IDS[:2]]
    after = [row for row in rows[80:] if row["sections"][0] in IDS[2:]]
    verdict = judge(after, before, files["old"], sections=files["new"], drop_sections=True).verdict
    assert not verdict.allowed
    assert "none of the 60 articles has a label of a section that both know" in verdict.reason
    assert verdict.change.new == ("school", "theatre")


@pytest.mark.slow
def test_the_command_says_it_and_exits_with_1(vocabulary, tmp_path):
    models, command = tmp_path / "models", ("train.py", "--sections", vocabulary, "--jobs", 1, "--models")
    before = write_jsonl(tmp_path / "a.jsonl", rows_of())
    after = write_jsonl(tmp_path / "b.jsonl", relabelled(rows_of(), lambda _, label: NEXT[label]))
    assert run_python(*command, models, "--data", before, env=environment()).returncode == 0
    live = Registry(models).current()
    done = run_python(*command, models, "--data", after, env=environment())
    assert done.returncode == 1
    assert "160 of 160 labels differ" in done.stderr
    assert "Fix: read " in done.stderr
    assert "check these labels; if the new ones are right, run “copydesk models promote " in done.stderr
    assert "{version}" not in done.stderr
    assert "Warning" not in done.stderr
    assert Registry(models).current() == live
    assert [entry.version for entry in Registry(models).history()] == [live]
