"""Weights of articles in every kind of table: found, named, counted, or refused with the row and the column."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.readers.columns.weights import read_weight
from classifier.errors import CorpusError
from classifier.notebook.sources import sources_of
from tests.helpers import write_jsonl

BODY = "A levee broke near the delta, and the river flooded three villages."


def written(path, column, values):
    """Write a table of articles with a column of values, in the format of the path's suffix."""
    frame = pd.DataFrame({"body": [f"{BODY} {'abcdefgh'[i]}" for i in range(len(values))], "sections": "technology"})
    frame[column] = values
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_json(path, orient="records", lines=True)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
@pytest.mark.parametrize(("column", "asked"), [("weight", None), ("Sample Weight", None), ("trust", "trust")])
def test_the_column_is_found_by_its_name_or_named_and_an_empty_cell_is_1(tmp_path, sections, suffix, column, asked):
    path = written(tmp_path / f"x{suffix}", column, [0.25, None, 7.0, 100.0])
    corpus = read_corpus([path], sections, Reading(weight=asked))
    assert [item.weight for item in corpus.articles] == [0.25, 1.0, 7.0, 100.0]
    (account,) = corpus.accounts
    assert account.to_json()["weights"] == {"column": column, "articles": 3, "least": 0.25, "most": 100.0}
    assert f"weights from {column}: 3 articles, 0.25 to 100, only used to fit" in account.lines()[0]
    assert corpus.ignored_columns == set()


def test_a_frame_has_weights_too(sections):
    frame = pd.DataFrame({"body": [BODY, f"{BODY} again and again"], "labels": ["technology", ""], "weight": [2, 0.5]})
    corpus = read_corpus(sources_of(frame), sections)
    assert [item.weight for item in corpus.articles] == [2.0, 0.5]


def test_a_column_that_is_not_there_stops_the_run(tmp_path, sections):
    path = written(tmp_path / "x.csv", "importance", [1, 2])
    with pytest.raises(CorpusError, match=r"no column “trust”.*importance.*give --weight one of these"):
        read_corpus([path], sections, Reading(weight="trust"))
    assert read_corpus([path], sections).ignored_columns == {"importance"}


@pytest.mark.parametrize("values", [["3 kg", "2 kg", "1.5 kg"], ["heavy", "light", 2]])
def test_a_column_of_that_name_with_other_things_is_not_read_unless_it_is_named(tmp_path, sections, values):
    path = written(tmp_path / "x.csv", "weight", values)
    corpus = read_corpus([path], sections)
    assert corpus.ignored_columns == {"weight"}
    assert [item.weight for item in corpus.articles] == [1.0] * 3
    rejects = read_corpus([path], sections, Reading(weight="weight")).rejects
    assert str(rejects[0]).endswith("rename the column if it holds no weights")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0 is not above 0. Fix: give a number above 0 and at most 100, or leave the cell empty for 1; to leave an"),
        (-0.5, "-0.5 is not above 0"),
        (100.5, "100.5 is above 100. Fix: give a number above 0 and at most 100"),
        ("a whole paragraph of the article", "not a number. Fix: "),
        ("0,5", "not a number. Fix: "),
        ("nan", "not a number. Fix: "),
        ("inf", "inf is above 100"),
        (True, "not a number"),
        ([1], "not a number"),
        ({"weight": 1}, "not a number"),
        (10**400, "not a number"),
    ],
)
def test_bad_weights_name_row_and_column_and_never_text(tmp_path, sections, value, words):
    rows = [{"body": BODY, "sections": [], "weight": 2}, {"body": f"{BODY} twice", "sections": [], "trust": value}]
    for column, asked in (("weight", None), ("trust", "trust")):
        named = [{column if key in ("weight", "trust") else key: cell for key, cell in row.items()} for row in rows]
        corpus = read_corpus([write_jsonl(tmp_path / "x.jsonl", named)], sections, Reading(weight=asked))
        (reject,) = corpus.rejects
        assert str(reject).startswith(f"{tmp_path / 'x.jsonl'}:2: {column}: {words}")
        assert "paragraph" not in str(reject)
        assert [item.weight for item in corpus.articles] == [2.0]


@pytest.mark.parametrize("value", [1e-9, 100, "2", " 2.5 ", "1e-3", Decimal("0.1"), np.float32(3), np.int64(4)])
def test_a_number_in_any_form_is_a_weight(value):
    assert read_weight(value) == float(value)
