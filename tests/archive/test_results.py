"""What a run writes: evidence, changes, the table for review and its way into the queue, the summary."""

import csv
import json
import re

import pyarrow.parquet
import pytest

from classifier import Article, Choice, Tagger
from classifier.archive.asked import ArchiveError
from classifier.archive.results.queueing import queue_review
from classifier.archive.results.review import REVIEW_COLUMNS, read_review
from classifier.corpus.verdicts import read_verdicts
from classifier.feedback.database import Database
from classifier.feedback.suggestions import SuggestionStore
from tests.archive.conftest import asked, made_rows
from tests.archive.driver import rows_of, run
from tests.helpers import write_jsonl


@pytest.fixture
def data(tmp_path):
    return write_jsonl(tmp_path / "archive.jsonl", made_rows(60))


def test_evidence_is_that_of_the_tagger(english, model, data, tmp_path):
    run([data], tmp_path / "out", model, asked(explain=True))
    tagger = Tagger.load(english)
    row, made = rows_of(tmp_path / "out")[7], made_rows(60)[7]
    answer = tagger.tag(Article(headline=made["headline"], body=made["body"]), Choice(explain=True))
    assert [found["section"] for found in row["evidence"]] == [tag.section for tag in answer.tags] == row["tags"]
    for found, tag in zip(row["evidence"], answer.tags, strict=True):
        assert found["logit"] == tag.explanation.logit
        assert [(t["term"], t["share"]) for t in found["terms"]] == [
            (item.term, item.share) for item in tag.explanation.evidence
        ]


def test_with_changed_only_articles_are_written_whose_tags_differ_from_their_labels(english, model, tmp_path):
    rows = made_rows(60)
    rows[2]["sections"] = ["Football", "astrology"]
    data = write_jsonl(tmp_path / "archive.jsonl", rows)
    outcome, _ = run([data], tmp_path / "out", model, asked(changed=True))
    tagger = Tagger.load(english)
    expected = {}
    for row in rows:
        given = {tag.section for tag in tagger.tag(Article(headline=row["headline"], body=row["body"])).tags}
        labels = {label for label in row["sections"] if label in ("sport", "money")}
        if given != labels:
            expected[row["id"]] = (sorted(given - labels), sorted(labels - given))
    found = {row["id"]: (sorted(row["added"]), row["removed"]) for row in rows_of(tmp_path / "out")}
    assert found == expected
    assert 0 < len(expected) < 60
    assert outcome.counts.articles == 60
    assert sum(month[2] for month in outcome.counts.months.values()) == len(expected)
    by_id = {row["id"]: row for row in rows_of(tmp_path / "out")}
    assert by_id["a-2"]["unknown_labels"] == ["Football", "astrology"]
    assert outcome.counts.unknown_labels == 2


def test_the_summary_counts_every_tag_in_its_month(model, data, tmp_path):
    run([data], tmp_path / "out", model, asked())
    with (tmp_path / "out" / "summary.csv").open(newline="") as file:
        summary = {(row["month"], row["section"]): row for row in csv.DictReader(file)}
    found = rows_of(tmp_path / "out")
    months = {row["published"].isoformat()[:7] for row in found}
    assert {month for month, _ in summary} == months
    for month in months:
        of_month = [row for row in found if row["published"].isoformat()[:7] == month]
        assert int(summary[month, ""]["articles"]) == len(of_month)
        applied = sum(row["decisions"].count("apply") for row in of_month)
        assert int(summary[month, ""]["applied"]) == applied
        assert sum(int(row["applied"]) for (m, section), row in summary.items() if m == month and section) == applied


@pytest.fixture
def review(model, data, tmp_path):
    outcome, _ = run([data], tmp_path / "out", model, asked(changed=True, review=True))
    assert outcome.counts.review == len(list(read_review(tmp_path / "out" / "review.csv"))) > 3
    return tmp_path / "out" / "review.csv"


def test_the_review_file_goes_into_the_queue_once_but_for_rows_with_a_verdict(review, tmp_path):
    with review.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][REVIEW_COLUMNS.index("verdict")] = "ok"
    with review.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    address = str(tmp_path / "feedback.db")
    first, again = (queue_review(review, "archive", address) for _ in range(2))
    n = len(rows) - 2
    assert (first.new, first.known, first.decided) == (n, 0, 1)
    assert (again.new, again.known, again.decided) == (0, n, 1)
    database = Database(address)
    kept = {suggestion.article: suggestion for suggestion in SuggestionStore(database).page(limit=500).suggestions}
    database.close()
    assert len(kept) == n
    assert rows[1][2] not in kept
    for row in read_review(review):
        if not row.verdict:
            suggestion = kept[row.id]
            assert (suggestion.source, suggestion.headline, suggestion.tags) == ("archive", row.headline, row.tags)
            assert all(tag.terms for tag in suggestion.tags)


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_training_and_the_queue_read_the_verdicts_in_a_review_file(review, model, delimiter):
    with review.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    rows[1][REVIEW_COLUMNS.index("verdict")] = "money"
    with review.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    assert [row.verdict for row in read_review(review)] == ["money", *[""] * (len(rows) - 2)]
    verdicts = read_verdicts([review], None, model.load().sections)
    assert verdicts.of_place == {(rows[1][0], rows[1][2]): frozenset({"money"})}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("verdict", "verdicts", 1), "is not a review file"),
        (lambda text: text.replace('""section""', '""part""', 1), "row 2: the cell “tags” was changed"),
        (lambda text: re.sub(r"\r\n([^,]*),", r"\r\n", text, count=1), "row 2: 15 cells, but a review file has 16"),
        (lambda text: "", "is not a review file"),
    ],
)
def test_a_review_file_that_was_damaged_is_refused_with_its_row(review, tmp_path, change, message):
    with review.open(encoding="utf-8", newline="") as file:
        text = file.read()
    with review.open("w", encoding="utf-8", newline="") as file:
        file.write(change(text))
    with pytest.raises(ArchiveError, match=message):
        queue_review(review, "archive", str(tmp_path / "feedback.db"))


def test_a_source_that_cannot_be_part_of_an_address_is_refused(review, tmp_path):
    with pytest.raises(ArchiveError, match="--source is “a/b”"):
        queue_review(review, "a/b", str(tmp_path / "feedback.db"))


@pytest.mark.slow
def test_several_sets_have_no_labels_to_compare_with(two_sets, data, tmp_path):
    from classifier.archive.models import ArchiveModel

    model = ArchiveModel.find(two_sets)
    with pytest.raises(ArchiveError, match=r"several sets of models: english, thai. Fix: choose one with --set"):
        run([data], tmp_path / "out", model, asked(changed=True))


@pytest.mark.slow
def test_each_language_is_tagged_by_its_set(two_sets, tmp_path):
    from classifier.archive.models import ArchiveModel
    from tests.driver.sets import text

    rows = [{"id": code, "body": text(code, 0), "language": code} for code in ("en", "th")]
    run([write_jsonl(tmp_path / "a.jsonl", rows)], tmp_path / "out", ArchiveModel.find(two_sets), asked())
    found = {row["id"]: row for row in rows_of(tmp_path / "out")}
    assert (found["en"]["set"], found["th"]["set"]) == ("english", "thai")
    assert all(tag.startswith("th-") for tag in found["th"]["tags"])


def test_the_schema_is_the_same_without_a_row(model, tmp_path):
    data = tmp_path / "a.jsonl"
    data.write_text('{"id": "x", "body": ""}\n' + json.dumps(made_rows(1)[0])[:-5] + "\n")
    run([data], tmp_path / "out", model, asked(explain=True))
    (file,) = (tmp_path / "out").glob("tags/*.parquet")
    assert pyarrow.parquet.read_table(file).num_rows == 0
    assert "evidence" in pyarrow.parquet.read_schema(file).names
