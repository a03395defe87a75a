"""Tables as they come: the forms of CSV, JSON, Excel, Arrow and .zip that other programs write."""

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import pytest

from classifier.corpus.readers import Reading, read_corpus
from classifier.errors import CorpusError

ROWS = "A relay visited the bridge;South Asia\nTwo navies met;Oceania\n"


@pytest.fixture
def read(tmp_path, sections):
    def read(source, name="articles.csv", **reading):
        path = tmp_path / name
        path.write_bytes(source if isinstance(source, bytes) else source.encode())
        return read_corpus([path], sections, Reading(**reading))

    return read


def found(corpus):
    assert corpus.rejects == []
    return [(item.article.body, *sorted(item.sections)) for item in corpus.articles]


BOTH = [("A relay visited the bridge", "south-asia"), ("Two navies met", "oceania")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["x.csv", "x.tsv"])
def test_the_delimiter_is_told_from_the_header_line(read, delimiter, name):
    assert found(read(f"text;label\n{ROWS}".replace(";", delimiter), name)) == BOTH


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", '"sep=;"\n'])
def test_the_line_in_which_excel_names_the_delimiter_is_no_header_line(read, line):
    corpus = read(f"{line}text;label\n{ROWS}")
    assert found(corpus) == BOTH
    assert [item.place.line for item in corpus.articles] == [3, 4]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_a_byte_order_mark_decides_the_encoding(read, encoding, name):
    source = "text;label\nCafé;Oceania\n" if name == "x.csv" else '{"text": "Café", "label": "Oceania"}\n'
    assert found(read(source.encode(encoding), name)) == [("Café", "oceania")]


def test_another_encoding_is_read_if_it_is_named(read):
    source = "text;label\nCafé “Zum Löwen”;Oceania\n".encode("windows-1252")
    assert found(read(source, encoding="windows-1252")) == [("Café “Zum Löwen”", "oceania")]


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("no-such-code", "is not the name of a text encoding"),
        ("base64", "is not"),
        ("utf-16", "is not in the encoding"),
    ],
)
def test_an_encoding_that_cannot_be_used_is_one_sentence(read, encoding, words):
    with pytest.raises(CorpusError, match=words) as error:
        read(b"text;label\nCaf\xe9 1;Oceania\n", encoding=encoding)
    assert "\n" not in str(error.value)


def test_a_table_without_a_header_line_is_one_sentence_without_its_text(read):
    rows = "".join(f"south-asia,The minister resigned on day {n},A long story about the minister.\n" for n in range(9))
    with pytest.raises(
        CorpusError, match=r"articles.csv:1: no column holds the text, .* Fix: add a first line"
    ) as error:
        read(rows)
    assert "minister" not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_table_whose_columns_have_unknown_names_lists_them(read):
    with pytest.raises(CorpusError, match=r"Its columns are Ressort, Inhalt\. Fix: name the column with --text"):
        read("Ressort,Inhalt\nOceania,Troops\n")
    assert found(read("Ressort,Inhalt\nOceania,Troops\n", text="inhalt", labels=("Ressort",))) == [
        ("Troops", "oceania")
    ]


@pytest.mark.parametrize("key", [None, "articles", "data", "rows"])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_list_of_articles_in_json_is_a_table(read, key, indent):
    rows = [
        {"text": "Troops [clash] {again}, \\ “hard”", "label": "Oceania"},
        {"text": "é" * 70_000, "label": ["Oceania"]},
    ]
    source = json.dumps(rows if key is None else {key: rows}, indent=indent, ensure_ascii=False)
    assert found(read(source, "x.json")) == [(row["text"], "oceania") for row in rows]


def test_json_lines_may_be_called_json(read):
    assert found(read('{"text": "A", "label": "Oceania"}\n{"text": "B", "label": "Oceania"}\n', "x.json")) == [
        ("A", "oceania"),
        ("B", "oceania"),
    ]


@pytest.mark.parametrize("source", ['[{"text": "A"}, {"text": ', '[{"text": "A"} {]', "[" + '{"a":' * 9_000])
def test_json_that_is_broken_is_one_sentence(read, source):
    with pytest.raises(CorpusError, match=r"x\.json: object \d is (not valid JSON|nested too deeply)"):
        read(source, "x.json")


def workbook(rows, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("Notes").append(["nothing"])
    book.save(tmp_path / "x.xlsx")
    return (tmp_path / "x.xlsx").read_bytes()


def test_an_excel_workbook_is_a_table(read, tmp_path):
    pytest.importorskip("python_calamine")
    rows = [
        ["ID", "Title", "Text", "Category", "Date"],
        [17, "H", "Troops", "Oceania|South Asia", date(2024, 3, 9)],
        [],
    ]
    corpus = read(workbook(rows, tmp_path), "x.xlsx")
    (item,) = corpus.articles
    assert (item.article.id, item.article.headline, item.article.body) == ("17", "H", "Troops")
    assert (item.sections, item.article.published) == ({"oceania", "south-asia"}, date(2024, 3, 9))
    assert any("only its first sheet is read" in line for line in corpus.account())


def test_a_file_that_is_no_workbook_is_one_sentence(read):
    pytest.importorskip("python_calamine")
    with pytest.raises(CorpusError, match="not an Excel workbook"):
        read(b"PK\x03\x04 nothing", "x.xlsx")


def zipped(**files):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name.replace("__", "."), text)
    return held.getvalue()


def test_the_files_in_a_zip_are_read(read):
    source = zipped(a__csv=f"text;label\n{ROWS}", b__jsonl='{"text": "C", "label": "Oceania"}', c__md="no data")
    corpus = read(source, "x.zip")
    assert found(corpus) == [*BOTH, ("C", "oceania")]
    assert str(corpus.articles[0].place).endswith("x.zip/a.csv:2")


def test_parquet_in_a_zip_is_read(read):
    held = io.BytesIO()
    pq.write_table(pa.table({"text": ["C"], "label": ["Oceania"]}), held)
    assert found(read(zipped(a__parquet=held.getvalue()), "x.zip")) == [("C", "oceania")]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (b"PK nothing", "damaged, or not a .zip"),
        (zipped(c__md="x"), "contains no"),
        (zipped(a__csv="text\n" + "x" * 150_000_000), "far more than its size suggests"),
    ],
    ids=["damaged", "no data", "bomb"],
)
def test_a_zip_that_cannot_be_used_is_one_sentence(read, source, words):
    with pytest.raises(CorpusError, match=words):
        read(source, "x.zip")


TYPES = {
    "id": pa.array([UUID(int=5).bytes], pa.uuid()) if hasattr(pa, "uuid") else pa.array(["u"]),
    "text": pa.array(["Troops"]).dictionary_encode(),
    "labels": pa.array([["Oceania", "South Asia"]]),
    "date": pa.array([datetime(2026, 3, 4, 5, 6, tzinfo=UTC)], pa.timestamp("ns", "UTC")),
    "ingested": pa.array([2**62 + 1], pa.timestamp("ns")),
    "price": pa.array([Decimal("1.50")]),
    "raw": pa.array([b"\xff\xfe"]),
}


def arrow(table, held, kind):
    if kind == "parquet":
        pq.write_table(table, held)
    elif kind == "feather":
        feather.write_feather(table, held)
    else:
        with (ipc.new_file if kind == "file" else ipc.new_stream)(held, table.schema) as writer:
            writer.write_table(table)
    return held.getvalue()


@pytest.mark.parametrize(
    ("kind", "name"), [("parquet", "x.parquet"), ("feather", "x.feather"), ("file", "x.arrow"), ("stream", "x.arrow")]
)
def test_types_of_arrow_are_read_and_columns_that_are_no_field_do_no_harm(read, kind, name):
    corpus = read(arrow(pa.table(TYPES), io.BytesIO(), kind), name)
    (item,) = corpus.articles
    assert (item.article.body, item.article.published) == ("Troops", date(2026, 3, 4))
    assert item.sections == {"oceania", "south-asia"}
    assert corpus.ignored_columns == {"ingested", "price", "raw"}


@pytest.mark.parametrize("value", [17, 17.0, Decimal(17), "17"])
def test_an_id_that_is_a_number_is_its_digits(read, value):
    source = arrow(pa.table({"id": [value], "text": ["A"]}), io.BytesIO(), "parquet")
    assert [item.article.id for item in read(source, "x.parquet").articles] == ["17"]


def test_a_number_as_id_in_json_is_its_digits(read):
    assert [item.article.id for item in read('{"id": 17, "text": "A"}', "x.jsonl").articles] == ["17"]


def test_rows_behind_the_first_few_hundred_are_each_read_once(read):
    n = 1_000
    source = arrow(
        pa.table({"id": list(range(n)), "text": ["A"] * n, "label": ["Oceania"] * n, "n": ["x"] * n}),
        io.BytesIO(),
        "parquet",
    )
    corpus = read(source, "x.parquet")
    assert [int(item.article.id) for item in corpus.articles] == list(range(n))
    assert [item.place.line for item in corpus.articles] == list(range(1, n + 1))


def test_training_leaves_out_the_test_part_and_evaluation_reads_nothing_else(read):
    rows = "".join(f"{part} {n},Oceania,{part}\n" for part in ("train", "test", "validation") for n in range(3))
    source = f"text,label,split\n{rows}"
    train, test, whole = (read(source, split=part) for part in ("train", "test", None))
    assert {item.article.body.split()[0] for item in train.articles} == {"train"}
    assert {item.article.body.split()[0] for item in test.articles} == {"test"}
    assert len(whole.articles) == 9
    assert "rows of the test part" in " ".join(train.account())
    assert train.left_out.total() == 6


def test_without_a_test_part_the_validation_part_is_it(read):
    source = "text,label,split\na,Oceania,train\nb,Oceania,dev\n"
    assert [item.article.body for item in read(source, split="test").articles] == ["b"]


def test_a_column_called_split_with_other_values_is_no_split(read):
    assert len(read("text,label,split\na,Oceania,yes\nb,Oceania,test\n", split="train").articles) == 2


def test_an_origin_over_the_limit_is_cut_because_it_is_not_used(read):
    out = io.StringIO()
    csv.writer(out).writerows([["text", "label", "source"], ["A", "Oceania", "s" * 500]])
    (item,) = read(out.getvalue()).articles
    assert item.article.source == "s" * 200
