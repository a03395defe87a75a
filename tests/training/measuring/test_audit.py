"""Faults planted in the starter corpus must be found."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from classifier.commands.console import PlainProgress
from classifier.errors import CorpusError
from classifier.training.measuring.audit import audit
from classifier.training.measuring.suspects import write_suspects
from classifier.training.training_settings import TrainingSettings
from tests.conftest import ARTICLES
from tests.helpers import small_corpus, unspaced_corpus, write_jsonl

N_COPIES, N_SWAPPED = 30, 20


@pytest.fixture(scope="module")
def rows():
    return [
        json.loads(line) for file in sorted(ARTICLES.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()
    ]


@pytest.fixture(scope="module")
def planted(rows):
    """The starter corpus with 30 copies, a leaked header, a source that gives a section away and 20 swapped labels."""
    rng = np.random.default_rng(20261123)
    rows = [dict(row) for row in rows]
    chosen = rng.permutation(len(rows))
    swapped = [i for i in chosen if rows[i]["sections"]][:N_SWAPPED]
    for i in swapped:
        other = next(
            j for j in chosen[::-1] if rows[j]["sections"] and not {*rows[j]["sections"]} & {*rows[i]["sections"]}
        )
        rows[i]["sections"] = list(rows[other]["sections"])
    chosen = np.array([i for i in chosen if i not in swapped])
    oceania = [i for i in chosen if "oceania" in rows[i]["sections"]]
    for i in oceania[:15]:
        rows[i]["body"] = "Section: Oceania\n\n" + rows[i]["body"]
    for i in [i for i in chosen if "terrorism" in rows[i]["sections"]][:15]:
        rows[i]["source"] = "The Counterterror Monitor"
    copied = chosen[100 : 100 + N_COPIES]
    for n, i in enumerate(copied):
        words = rows[i]["body"].split(" ")
        edited = " ".join(words[: len(words) - n % 8])  # from exact copies to ones that lost their end
        rows.append({**rows[i], "id": f"copy-{n}", "body": edited})
    return rows, {rows[i]["id"] for i in swapped}, {rows[i]["id"] for i in copied}


@pytest.fixture(scope="module")
def found(planted, sections, tmp_path_factory):
    folder = tmp_path_factory.mktemp("planted")
    write_jsonl(folder / "planted.jsonl", planted[0])
    (folder / "notes.docx").touch()
    return audit([folder], sections, TrainingSettings(), 2, PlainProgress())


def test_every_planted_copy_is_found(found, planted, rows):
    (copies,) = [finding for finding in found.findings if finding.check == "copies"]
    assert len(copies.items) == N_COPIES
    assert found.counts.n_stories == len(rows)


def test_files_that_are_not_read_are_named(found):
    assert [Path(name).name for name in found.to_json()["left_out_files"]] == ["notes.docx"]


def test_the_planted_header_and_source_are_found(found):
    messages = {finding.check: finding for finding in found.findings}
    assert messages["leaked-header"].message.startswith("oceania: ")
    assert len(messages["leaked-header"].items) >= 15
    assert messages["leaking-source"].items == ("The Counterterror Monitor",)
    assert found.exit_code == 1


def test_most_swapped_labels_are_among_the_suspects(found, planted):
    suspected = {suspect.article.article.id for suspect in found.suspects}
    assert len(found.suspects) == 25
    assert len(suspected & planted[1]) >= 14


def test_suspects_come_with_what_the_model_would_change_and_why(found):
    for suspect in found.suspects:
        assert suspect.missing or suspect.surplus
        assert set(suspect.evidence) == set(suspect.missing) | set(suspect.surplus)
        assert all(suspect.evidence.values())
        assert all(p > 0.5 for p in suspect.missing.values())
        assert all(p <= 0.5 for p in suspect.surplus.values())
    doubts = [suspect.doubt for suspect in found.suspects]
    assert doubts == sorted(doubts, reverse=True)


def test_suspects_are_written_as_a_table_for_an_editor(found, tmp_path):
    write_suspects(tmp_path / "s.csv", found.suspects)
    with (tmp_path / "s.csv").open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["id"] for row in table] == [suspect.article.article.id for suspect in found.suspects]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in table for cell in row.values())


def table_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_next_check_keeps_the_verdicts_of_an_editor(found, tmp_path, delimiter):
    path = tmp_path / "s.csv"
    write_suspects(path, found.suspects)
    rows = table_of(path)
    rows[0]["verdict"], rows[1]["verdict"] = "the label is right", "fixed"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        table.writeheader()
        table.writerows(rows)
    write_suspects(path, [found.suspects[0], *found.suspects[2:]])  # the second was fixed, so it is no longer a suspect
    after = table_of(path)
    assert [row["id"] for row in after] == [rows[0]["id"], *(row["id"] for row in rows[2:]), rows[1]["id"]]
    assert (after[0], after[-1]) == (rows[0], rows[1])
    assert not any(row["verdict"] for row in after[1:-1])


@pytest.mark.parametrize("content", ["", "id,verdict\na,b\n", "one line of text"])
def test_a_file_that_is_not_a_table_of_suspects_is_not_overwritten(found, tmp_path, content):
    path = tmp_path / "s.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match="is not a table of suspects"):
        write_suspects(path, found.suspects)
    assert path.read_text(encoding="utf-8") == content


@pytest.mark.slow
def test_the_starter_corpus_passes_its_own_checks(sections):
    clean = audit([ARTICLES], sections, TrainingSettings(), 2, PlainProgress())
    assert [f for f in clean.findings if f.severity != "note"] == []
    assert clean.counts.repeated_shingles < 0.005
    assert set(clean.similarity) == {section.id for section in sections}


def test_too_little_to_train_on_is_a_finding_and_the_other_checks_still_run(tmp_path, sections):
    path = write_jsonl(tmp_path / "x.jsonl", [{"body": "lost \ufffd words", "sections": ["oceania"]}])
    found = audit([path], sections, TrainingSettings(), 1, PlainProgress())
    assert {finding.check for finding in found.findings} >= {"too-little", "encoding"}
    assert found.exit_code == 1
    assert found.suspects == ()


def test_copies_are_found_where_they_leave_too_little_to_train_on(tmp_path, sections):
    rows = [{**row, "id": f"{row['id']}-{n}"} for row in small_corpus(2) for n in range(8)]
    found = audit([write_jsonl(tmp_path / "x.jsonl", rows)], sections, TrainingSettings(), 1, PlainProgress())
    messages = [finding.message for finding in found.findings]
    assert found.counts.n_stories == 2
    assert any(message.startswith("technology: 1 story in 8 articles") for message in messages)
    assert "2 stories occur more than once; nothing to do, because splits keep their copies together" in messages
    assert "16 articles that can be used make 2 stories" in found.unmodelled


def test_a_file_without_a_good_row_is_an_error_that_lists_the_bad_ones(tmp_path, sections):
    path = write_jsonl(
        tmp_path / "x.jsonl", [{"body": "words", "sections": ["sport"]}, {"body": 5, "sections": [None]}]
    )
    found = audit([path], sections, TrainingSettings(), 1, PlainProgress())
    (bad,) = [finding for finding in found.findings if finding.check == "bad-rows"]
    assert len(bad.items) == 2
    assert "unknown section “sport”" in bad.items[0]
    assert (found.exit_code, found.counts.n_articles) == (1, 0)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "the files given contain none. Fix: give files that contain articles"),
        ([{"body": " "}], "the only row was left out (rows without text). Fix: give files with other rows"),
        ([{"body": "words", "sections": ["sport"]}], "the only row has errors. Fix: correct it"),
    ],
)
def test_a_file_without_an_article_is_an_error_that_says_why(tmp_path, sections, rows, why):
    found = audit([write_jsonl(tmp_path / "x.jsonl", rows)], sections, TrainingSettings(), 1, PlainProgress())
    (message,) = [finding.message for finding in found.findings if finding.check == "too-little"]
    assert message == found.unmodelled == f"there are no articles to use: {why}"
    assert found.exit_code == 1


def test_articles_without_a_term_in_common_are_too_little_and_the_other_checks_still_run(tmp_path, sections):
    rows = unspaced_corpus(14)
    rows[0]["body"] += " lost \ufffd words"
    found = audit([write_jsonl(tmp_path / "x.jsonl", rows)], sections, TrainingSettings(), 1, PlainProgress())
    assert {finding.check for finding in found.findings} >= {"too-little", "encoding"}
    assert "0 of 14 articles share words" in found.unmodelled
    assert found.exit_code == 1
    assert found.suspects == ()
