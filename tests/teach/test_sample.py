"""``copydesk sample``: what a person should label first."""

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner

from classifier.commands.sample import sample
from classifier.corpus.readers import read_corpus
from classifier.sections import Sections
from classifier.teach.sampling import draw, uncertainty
from tests.helpers import small_corpus, write_jsonl
from tests.teach.test_label import SECTIONS

N = 36


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sections.toml").write_text(SECTIONS)
    write_jsonl(tmp_path / "archive.jsonl", [*small_corpus(N), {**small_corpus(1)[0], "id": "copy"}])
    return tmp_path


def run(folder, *more, code=0):
    arguments = [folder / "archive.jsonl", "--sections", folder / "sections.toml", *more]
    done = CliRunner().invoke(sample, list(map(str, arguments)))
    assert done.exit_code == code, done.output
    return done.output


def drawn(path):
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", ["to-label.csv", "to-label.jsonl"])
def test_articles_are_drawn_once_each_and_again_the_same_for_a_seed(folder, name):
    said = run(folder, "--n", "12", "--to", folder / name)
    assert "left out (1): copies of other articles" in said
    ids = [row["id"] for row in drawn(folder / name)]
    assert len(set(ids)) == len(ids) == 12
    run(folder, "--n", "12", "--to", folder / f"again-{name}")
    assert (folder / name).read_bytes() == (folder / f"again-{name}").read_bytes()


@pytest.mark.parametrize("name", ["to-label.csv", "to-label.jsonl"])
def test_a_row_that_nobody_has_looked_at_is_refused_in_training(folder, name):
    run(folder, "--n", "5", "--to", folder / name)
    corpus = read_corpus([folder / name], Sections.load(folder / "sections.toml"))
    assert not corpus.articles
    assert len(corpus.rejects) == 5


def test_articles_of_people_are_not_drawn(folder):
    write_jsonl(folder / "people.jsonl", small_corpus(N)[:30])
    said = run(folder, "--n", "20", "--human", folder / "people.jsonl", "--to", folder / "to.csv")
    assert {row["id"] for row in drawn(folder / "to.csv")} == {f"a{i}" for i in range(30, N)}
    assert "articles that a person has labelled" in said


def test_articles_that_the_teacher_was_unsure_of_come_first(folder):
    rows = small_corpus(N)
    for i, row in enumerate(rows):
        row["probabilities"] = {"technology": 0.5 if i % 9 == 0 else 0.001}
    write_jsonl(folder / "labelled.jsonl", rows)
    run(folder, "--n", "4", "--teacher-labels", folder / "labelled.jsonl", "--to", folder / "to.csv")
    unsure = [float(row["uncertainty"]) for row in drawn(folder / "to.csv")]
    assert sum(value > 0.9 for value in unsure) >= 2  # 4 of the 36 are


def test_a_file_that_is_none_of_the_teachers_is_refused_with_its_line(folder):
    done = CliRunner().invoke(
        sample,
        [
            str(folder / "archive.jsonl"),
            "--sections",
            str(folder / "sections.toml"),
            "--teacher-labels",
            str(folder / "archive.jsonl"),
            "--to",
            str(folder / "to.csv"),
        ],
    )
    assert "archive.jsonl:1: not written by “copydesk label”" in str(done.exception)


def test_the_uncertainty_is_the_entropy_in_bits():
    assert uncertainty(np.array([[0.5, 0.5], [0.0, 1.0]])) == pytest.approx([2, 0], abs=1e-9)


def test_a_draw_spreads_over_the_kinds_of_articles():
    texts = [row["body"] for row in small_corpus(90)]
    found = {item.number % 3 for item in draw(texts, None, 6, 0)}
    assert found == {0, 1, 2}


def test_as_many_as_asked_are_drawn_though_texts_have_no_word_in_common():
    texts = ["flood river rain " * 9, "flood river dam " * 9, "alpha", "beta", "gamma", "delta"]
    found = [item.number for item in draw(texts, np.arange(6.0), 5, 0)]
    assert len(set(found)) == 5


def test_all_are_returned_if_there_are_no_more(folder):
    texts = [row["body"] for row in small_corpus(5)]
    unsure = np.array([0.1, 0.9, 0.5, 0.0, 0.3])
    assert [item.number for item in draw(texts, unsure, 9, 0)] == [1, 2, 4, 0, 3]
