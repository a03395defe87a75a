"""``copydesk coverage``: shares of an archive as text, JSON, CSV and a page."""

import csv
import json
import re

import pytest
from click.testing import CliRunner

from classifier.commands.coverage import coverage
from classifier.commands.running import run_command
from tests.helpers import small_corpus, write_jsonl


@pytest.fixture
def cover(starter_models, capsys, monkeypatch):
    """Run the command in this process; return its exit code and what it wrote."""

    def cover(*args):
        monkeypatch.setattr("sys.argv", ["coverage", *map(str, args), "--models", str(starter_models)])
        with pytest.raises(SystemExit) as stopped:
            run_command(coverage, "coverage")
        return stopped.value.code, *capsys.readouterr()

    return cover


@pytest.fixture
def archive(tmp_path):
    return write_jsonl(tmp_path / "archive.jsonl", small_corpus())


def test_shares_are_given_by_period_as_json_csv_and_page(cover, archive, tmp_path):
    table, page = tmp_path / "shares.csv", tmp_path / "shares.html"
    (tmp_path / "notes.docx").touch()
    code, out, err = cover(archive.parent, "--by", "year", "--json", "--csv", table, "--html", page)
    assert code == 0, err
    found = json.loads(out)
    assert found["left_out_files"] == [str(tmp_path / "notes.docx")]
    assert f"left out (1): files of a kind that is not read: {tmp_path / 'notes.docx'}\n" in err
    assert (found["articles"], found["by"], found["level"]) == (36, "year", 0.9)
    by_id = {section["section"]: section for section in found["sections"]}
    technology = by_id["technology"]
    assert [period["period"] for period in technology["periods"]] == [str(year) for year in range(2014, 2026)]
    assert sum(period["articles"] for period in technology["periods"]) == 36
    total = technology["total"]
    assert total["tagged_share"] == pytest.approx(total["tagged"] / 36)
    assert total["low"] <= total["share"] <= total["high"]
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(found["sections"]) * 12
    first = technology["periods"][0]
    row = next(r for r in rows if (r["section"], r["period"]) == ("technology", "2014"))
    assert float(row["share"]) == pytest.approx(first["share"], abs=1e-5)
    html = page.read_text(encoding="utf-8")
    assert html.count("<svg") == len(found["sections"])
    assert "http" not in re.sub(r"http-equiv", "", html)


def test_text_has_a_table_of_the_archive_and_one_of_periods(cover, archive):
    code, out, err = cover(archive)
    assert code == 0, err
    assert "90 % interval" in out
    assert re.search(r"^2014-03 +3 ", out, re.MULTILINE)
    assert "corrected for the model's errors" in out


def test_articles_without_a_date_are_a_period_and_what_is_left_out_is_reported(cover, tmp_path):
    rows = small_corpus(12)
    rows[0].pop("published")
    rows[1]["published"] = "sometime"
    rows.append({"id": "long", "headline": "h" * 6000, "body": "Some words."})
    rows.append({"id": "empty", "body": ""})
    rows.append({"id": "unknown", "body": "qqxz zzyq xxqz"})
    code, out, err = cover(write_jsonl(tmp_path / "a.jsonl", rows), "--by", "quarter", "--json")
    found = json.loads(out)
    assert code == 2
    assert found["sections"][0]["periods"][-1]["period"] == "undated"
    assert found["sections"][0]["periods"][-1]["articles"] == 2
    assert found["articles"] == 12
    assert found["left_out"]["articles without text"] == 1
    assert found["left_out"]["articles without a word that the model knows"] == 1
    assert found["left_out"]["bad rows"] == 1
    assert "a.jsonl:13: headline" in err
    assert "1 row could not be used, and no figure counts it. Fix: correct it" in err
    assert "counted as undated (1): articles with a date that cannot be read. Fix: give the form of the dates" in err


def test_articles_of_the_training_data_are_counted(cover, starter_models):
    from tests.conftest import ARTICLES

    code, out, err = cover(ARTICLES / "world.jsonl", "--json", "--by", "year")
    assert code == 0
    assert json.loads(out)["trained_on"] == 115
    assert "trained on 115 of the articles" in err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("nowhere.jsonl",), "nowhere.jsonl does not exist"),
        (("{empty}",), "the archive has no article to tag: only 1 articles without text. Fix: give files"),
        (("{archive}", "--csv", "{archive}/no/x.csv"), "x.csv cannot be written"),
    ],
)
def test_bad_input_is_an_error_that_names_the_fix(cover, archive, tmp_path, args, words):
    empty = write_jsonl(tmp_path / "empty.jsonl", [{"id": "a", "body": ""}])
    code, _, err = cover(*(arg.format(archive=archive, empty=empty) for arg in args))
    assert code == 2
    assert words in err


def test_the_archive_must_be_named():
    done = CliRunner().invoke(coverage, [])
    assert done.exit_code == 2
    assert "Missing argument 'ARCHIVE...'" in done.output
