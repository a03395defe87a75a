"""DataFrames in: every library gives the rows that a file of the same table gives."""

import datetime
import decimal
import math
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.readers.rows import Reject, Row
from classifier.errors import CorpusError, SettingsError
from classifier.notebook.frames import FrameTable, figures_frame, is_frame, library_for, make_frame
from classifier.sections import Section, Sections
from tests.notebook.conftest import MAKERS, as_lists, columns

SECTIONS = Sections([Section(id=name, name=name) for name in ("climate-and-disasters", "technology", "sport")])
TEXT = "The river authority opened the sluice gates at dawn."


def corpus_of(*sources, **reading):
    return read_corpus(sources, SECTIONS, Reading(**reading))


def frame_corpus(data, **reading):
    return corpus_of(FrameTable.of(data), **reading)


def test_a_frame_gives_the_corpus_of_the_same_csv_and_parquet_file(frame, tmp_path):
    pd.DataFrame(columns()).to_csv(tmp_path / "a.csv", index=False)
    pa.parquet.write_table(pa.table(columns()), tmp_path / "a.parquet")
    found = frame_corpus(frame)
    assert len(found.articles) == len(columns()["id"])
    assert found.digest() == corpus_of(tmp_path / "a.csv").digest() == corpus_of(tmp_path / "a.parquet").digest()
    for suffix in ("csv", "parquet"):
        from_file = corpus_of(tmp_path / f"a.{suffix}").articles
        assert [item.article for item in found.articles] == [item.article for item in from_file]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([1, 2], ["1", "2"]),
        ([1.0, math.nan], ["1", None]),
        ([uuid.UUID(int=1), uuid.UUID(int=2)], [str(uuid.UUID(int=1)), str(uuid.UUID(int=2))]),
        ([decimal.Decimal(7), None], ["7", None]),
        (["a", pd.NA], ["a", None]),
        (pd.array([1, None], dtype="Int64"), ["1", None]),
        (pd.array(["x", None], dtype="string"), ["x", None]),
        (pd.Categorical(["x", None]), ["x", None]),
        ([np.int32(5), np.str_("b")], ["5", "b"]),
    ],
)
def test_ids_of_every_kind_are_text(ids, expected):
    found = frame_corpus(pd.DataFrame({"id": ids, "text": [TEXT, TEXT + " Again."], "section": ["sport", "sport"]}))
    assert [item.article.id for item in found.articles] == expected
    assert not found.rejects


@pytest.mark.parametrize(
    "labels",
    [
        [["sport"], ["technology", "sport"], [], None],
        [("sport",), ("technology", "sport"), (), None],
        [{"sport"}, {"technology", "sport"}, frozenset(), None],
        [np.array(["sport"]), np.array(["technology", "sport"]), np.array([]), math.nan],
        ["sport", "technology|sport", "", pd.NA],
        ["sport", "['technology', 'sport']", "[]", None],
        ["sport", '["technology", "sport"]', "[]", math.nan],
        pd.Categorical(["sport", "technology;sport", "", None]),
        pd.Series([["sport"], ["technology", "sport"], [], None], dtype=pd.ArrowDtype(pa.list_(pa.string()))),
    ],
)
def test_labels_of_every_kind_are_read(labels):
    texts = [f"{TEXT} Number {number}." for number in "abcd"]
    found = frame_corpus(pd.DataFrame({"text": texts, "labels": labels}))
    assert [sorted(item.sections) for item in found.articles] == [["sport"], ["sport", "technology"], [], []]


@pytest.mark.parametrize(
    "data",
    [
        pl.DataFrame({"text": [TEXT], "labels": [["sport"]]}),
        pl.DataFrame({"text": [TEXT], "labels": pl.Series(["sport"], dtype=pl.Categorical)}),
        pl.DataFrame({"text": [TEXT], "labels": pl.Series(["sport"], dtype=pl.Enum(["sport", "technology"]))}),
        pl.LazyFrame({"text": [TEXT], "labels": ["sport"]}),
        pa.table({"text": [TEXT], "labels": pa.array(["sport"]).dictionary_encode()}),
        pa.table({"text": [TEXT], "labels": pa.array([["sport"]], pa.large_list(pa.string()))}),
        pd.DataFrame({"labels": ["sport"]}, index=pd.Index([TEXT], name="text")),
    ],
)
def test_other_forms_of_a_frame_are_read_too(data):
    found = frame_corpus(data)
    assert [(item.article.body, sorted(item.sections)) for item in found.articles] == [(TEXT, ["sport"])]


def test_dates_of_every_kind_are_days(library):
    days = [datetime.date(2023, 2, 3), datetime.date(2024, 2, 3)]
    kinds = {
        "pandas": [pd.Series(pd.to_datetime(days)), [pd.Timestamp(days[0]), pd.NaT], list(map(str, days))],
        "polars": [days, [datetime.datetime(2023, 2, 3, 5), None], list(map(str, days))],
        "pyarrow": [days, pa.array([datetime.datetime(2023, 2, 3, 5), None], pa.timestamp("us", "UTC"))],
    }
    for published in kinds[library]:
        table = MAKERS[library]({"text": [TEXT, TEXT + " x"], "label": ["sport", "sport"], "published": published})
        first, second = (item.article.published for item in frame_corpus(table).articles)
        assert first == days[0]
        assert second in (None, days[1])


def test_rows_are_counted_from_1_and_bad_ones_are_named():
    data = pd.DataFrame({"text": [TEXT, TEXT + " x", TEXT + " y"], "label": ["sport", "spurt", "sport"]})
    found = frame_corpus(data)
    assert [str(item.place) for item in found.articles] == ["frame:1", "frame:3"]
    assert [str(reject).split(". Fix")[0] for reject in found.rejects] == ["frame:2: label: unknown section “spurt”"]


def test_half_of_a_surrogate_pair_is_a_bad_row():
    data = pd.DataFrame({"text": ["a\ud800b"]}, dtype=object)
    [reject] = [row for row in FrameTable.of(data).rows() if isinstance(row, Reject)]
    assert "half of a surrogate pair" in reject.reasons[0]


def test_a_frame_without_a_column_of_text_gets_a_sentence_with_its_columns():
    with pytest.raises(
        CorpusError, match=r"frame: no column is known to hold the text\. Its columns are alpha, beta\."
    ):
        frame_corpus(pd.DataFrame({"alpha": [1], "beta": [2]}))


@pytest.mark.parametrize("names", [["text", "text"], ["text", " Text "]])
def test_two_columns_with_one_name_are_refused(names):
    with pytest.raises(CorpusError, match=r"Fix: give every column its own name"):
        frame_corpus(pd.DataFrame([["a", "b"]], columns=names))


def test_columns_without_names_are_refused():
    with pytest.raises(CorpusError, match=r"frame: its columns have no names, only numbers\. Fix: name them"):
        frame_corpus(pd.DataFrame([["sport", TEXT]]))


@pytest.mark.parametrize("data", [None, 5, "a", {"text": [TEXT]}, [1], object(), np.zeros((2, 2)), pd.Series([1])])
def test_what_is_no_frame_is_known_as_such(data):
    assert not is_frame(data)


CELLS = st.none() | st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.lists(st.tuples(CELLS, CELLS, st.none() | st.integers(-(2**40), 2**40)), min_size=1, max_size=8))
def test_every_library_gives_the_same_rows(rows):
    table = {name: [row[i] for row in rows] for i, name in enumerate(("text", "section", "id"))}
    types = {"text": pl.String, "section": pl.String, "id": pl.Int64}
    made = [
        pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in table.items()}),
        pl.DataFrame(table, schema=types),
        pa.table({name: pa.array(cells, pa.int64() if name == "id" else pa.string()) for name, cells in table.items()}),
    ]
    found = [[row.fields for row in FrameTable.of(data).rows() if isinstance(row, Row)] for data in made]
    expected = [{name: cells[i] for name, cells in table.items() if cells[i] is not None} for i in range(len(rows))]
    assert found == [expected] * 3


@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(codec="utf-8"), max_size=9),
            st.integers(0, 2**40),
            st.none() | st.floats(0, 1),
            st.lists(st.text(st.characters(codec="utf-8"), max_size=3), max_size=3),
        ),
        max_size=6,
    )
)
def test_every_library_holds_the_same_figures(rows):
    kinds = ("text", "whole", "number", "texts")
    made = {f"c{i}": (kind, [row[i] for row in rows]) for i, kind in enumerate(kinds)}
    expected = {name: cells for name, (_, cells) in made.items()}
    for library in MAKERS:
        assert as_lists(make_frame(made, library)) == expected


def test_figures_come_in_the_library_that_is_asked_for_or_the_first_installed():
    assert library_for("pyarrow") == "pyarrow"
    assert library_for(None) == "pandas"
    assert isinstance(figures_frame({"a": ("whole", [1])}, "modin"), pd.DataFrame)
    assert isinstance(figures_frame({"a": ("whole", [1])}, "polars"), pl.DataFrame)
    with pytest.raises(
        SettingsError, match=r"frames: unknown library “excel”\. Fix: use one of pandas, polars, pyarrow"
    ):
        library_for("excel")
