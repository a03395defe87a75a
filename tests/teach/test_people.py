"""The labels of people come first: a teacher's label of the same article is not used, and an empty form is no label."""

import csv

import pytest
from click.testing import CliRunner

from classifier.commands.sample import sample
from classifier.corpus.readers import read_corpus
from classifier.corpus.verdicts import Verdicts
from classifier.sections import Sections
from tests.helpers import small_corpus, write_jsonl
from tests.teach.test_label import SECTIONS, folder, labels, run, teacher, written  # noqa: F401 - fixtures

N = 24


@pytest.fixture
def sections(tmp_path):
    (tmp_path / "sections.toml").write_text(SECTIONS)
    return Sections.load(tmp_path / "sections.toml")


def taught(n):
    """Articles with a teacher's labels, each of them the next one's, so that they are wrong."""
    return [
        {**row, "sections": after["sections"], "label_source": "machine"}
        for row, after in zip(small_corpus(n), small_corpus(n + 1)[1:], strict=True)
    ]


def read(tmp_path, sections, people):
    files = [write_jsonl(tmp_path / "labelled.jsonl", taught(N)), write_jsonl(tmp_path / "people.jsonl", people)]
    return read_corpus(files, sections)


def as_it_is(row):
    return row


def another_id(row):
    return {**row, "id": f"other-{row['id']}"}


def without_id(row):
    return {name: value for name, value in row.items() if name != "id"}


def in_markup(row):
    return {**without_id(row), "body": f"<p>{row['body']}</p>\r\n"}


def edited(row):
    return {**row, "body": row["body"] + " A sentence that was added later."}


@pytest.mark.parametrize("sent", [as_it_is, another_id, without_id, in_markup, edited])
def test_a_person_replaces_the_teacher_and_it_is_counted(tmp_path, sections, sent):
    corpus = read(tmp_path, sections, [sent(row) for row in small_corpus(N)[:5]])
    assert not corpus.rejects
    assert [item.taught for item in corpus.articles].count(False) == 5
    assert len(corpus.articles) == N
    person = {item.place.line: set(item.sections) for item in corpus.articles if not item.taught}
    assert list(person.values()) == [set(row["sections"]) for row in small_corpus(N)[:5]]
    account = corpus.accounts[0]
    assert (account.n_articles, account.n_taught) == (N - 5, N - 5)
    said = "left out (5): articles that a teacher labelled, because a person labelled them too"
    assert said in corpus.notes()


def test_two_people_may_not_use_one_id(tmp_path, sections):
    rows = small_corpus(3)
    corpus = read(tmp_path, sections, [*rows, {**rows[0], "body": "Another story about a flood in the valley."}])
    assert "already used" in str(corpus.rejects[0])


def test_a_verdict_of_the_desk_makes_a_label_that_of_a_person(tmp_path, sections):
    corpus = read(tmp_path, sections, small_corpus(1))
    item = corpus.articles[3]
    found = Verdicts({item.article.digest.hex(): frozenset({"technology"})}, {}).applied_to(corpus.articles)
    assert (found[3].sections, found[3].taught) == ({"technology"}, False)
    assert [each.taught for each in found].count(False) == 2


def filled_in(folder, n):  # noqa: F811
    """The table of a sample of 10, of which a person has filled in the first ones, the very first with nothing."""
    path = folder / "to-label.csv"
    asked = [folder / "archive.jsonl", "--n", "10", "--sections", folder / "sections.toml", "--to", path]
    assert CliRunner().invoke(sample, list(map(str, asked))).exit_code == 0
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for i, row in enumerate(rows[:n]):
        row["sections"] = "technology" if i else ""
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    return path


def test_rows_that_nobody_has_filled_in_are_no_labels_of_people(folder, teacher):  # noqa: F811
    said = run(folder, teacher.url, "--human", filled_in(folder, 4))
    assert teacher.n == len(written(folder)) == N - 4
    assert "--human: not counted as labelled by a person (6): rows in which the question mark has not been" in said
    assert "--human: 4 articles labelled by people, 1 of them without a section" in said


def test_what_a_teacher_labelled_is_no_label_of_people_either(folder, teacher):  # noqa: F811
    said = run(folder, teacher.url, "--human", write_jsonl(folder / "earlier.jsonl", taught(N)))
    assert teacher.n == N
    assert f"({N}): rows that a teacher labelled; the teacher is asked about them" in said


def test_articles_whose_rows_nobody_has_filled_in_may_be_drawn_again(folder):  # noqa: F811
    path = filled_in(folder, 4)
    asked = [folder / "archive.jsonl", "--n", "99", "--sections", folder / "sections.toml", "--human", path]
    done = CliRunner().invoke(sample, [str(part) for part in (*asked, "--to", folder / "second.csv")])
    assert "20 of 20 articles written" in done.output
    assert "--human: not counted as labelled by a person (6)" in done.output
