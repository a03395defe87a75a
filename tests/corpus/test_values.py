"""The values in the cells of tables: words that programs write for an empty cell, as a text and as a label."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.unlabelled import Unlabelled, read_unlabelled
from classifier.sections import Section, Sections

WORDS = ("nan", "NaN", "None", "null", "NULL", "N/A", "n/a", "<NA>", "  nan ", "\tNone")
WITHOUT = "articles without a {}, because the cell holds a word for nothing, such as nan or None"


def write_csv(path, rows, delimiter=","):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


WRITERS = {
    "x.csv": write_csv,
    "x.tsv": lambda path, rows: write_csv(path, rows, "\t"),
    "x.jsonl": lambda path, rows: path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8"),
    "x.json": lambda path, rows: path.write_text(json.dumps(rows), encoding="utf-8"),
    "x.parquet": lambda path, rows: pq.write_table(pa.Table.from_pylist(rows), path),
}


@pytest.fixture
def write(tmp_path):
    def write(rows, name="x.csv"):
        WRITERS[name](tmp_path / name, rows)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("word", WORDS)
def test_a_word_for_nothing_is_neither_a_text_nor_a_label(write, sections, name, word):
    rows = [
        {"headline": "Army", "body": "Troops met", "label": "Oceania"},
        {"headline": "Navy", "body": "Ships met", "label": word},
        {"headline": word, "body": "Planes met", "label": "Oceania"},
        {"headline": "Fleet", "body": word, "label": "Oceania"},
        {"headline": word, "body": word, "label": "Oceania"},
    ]
    corpus = read_corpus([write(rows, name)], sections, Reading())
    assert corpus.rejects == []
    assert [(item.article.headline, item.article.body, len(item.sections)) for item in corpus.articles] == [
        ("Army", "Troops met", 1),
        ("Navy", "Ships met", 0),
        ("", "Planes met", 1),
        ("Fleet", "", 1),
    ]
    (account,) = corpus.accounts
    assert account.left_out == {"rows without text": 1}
    assert account.remarks == {WITHOUT.format("headline"): 1, WITHOUT.format("body"): 1}
    assert f"  changed (1): {WITHOUT.format('headline')}" in corpus.account()


@pytest.mark.parametrize("text", ["nan bread", "None.", "NaN, null and None", "nano", "N A", "0"])
def test_a_text_with_other_words_is_kept(write, sections, text):
    corpus = read_corpus([write([{"text": text, "label": "Oceania"}])], sections, Reading())
    assert [item.article.body for item in corpus.articles] == [text]


def test_the_next_column_is_read_where_the_first_holds_a_word_for_nothing(write, sections):
    rows = [
        {"headline": "nan", "title": "Army", "body": "null", "content": "Troops met", "label": "Oceania"},
        {"headline": "Navy", "title": "nan", "body": "Ships met", "content": "nan", "label": "Oceania"},
    ]
    corpus = read_corpus([write(rows)], sections, Reading())
    texts = [(item.article.headline, item.article.body) for item in corpus.articles]
    assert texts == [("Army", "Troops met"), ("Navy", "Ships met")]
    assert corpus.accounts[0].remarks == {}


def test_a_column_of_nothing_but_such_words_is_passed_over_like_an_empty_one(write, sections):
    rows = [{"hed": "nan", "heading": f"Army {n}", "text": "Troops met", "label": "Oceania"} for n in range(3)]
    corpus = read_corpus([write(rows)], sections, Reading())
    assert [item.article.headline for item in corpus.articles] == ["Army 0", "Army 1", "Army 2"]


def test_a_section_with_such_a_name_is_still_a_label(write):
    vocabulary = Sections([Section(id="none", name="None"), Section(id="sport", name="Sport")])
    corpus = read_corpus([write([{"text": "Troops met", "label": "None"}])], vocabulary, Reading())
    assert [item.sections for item in corpus.articles] == [frozenset({"none"})]


def test_an_article_to_tag_is_read_as_in_training(write, sections):
    path = write([{"headline": "nan", "body": "Troops met"}, {"headline": "None", "body": "N/A"}])
    tagged, left_out = read_unlabelled([path], sections, Reading())
    assert isinstance(tagged, Unlabelled)
    assert (tagged.article.headline, tagged.article.body) == ("", "Troops met")
    assert tagged.without == ("headline",)
    assert left_out.what == "articles without text"
