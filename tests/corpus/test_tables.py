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
from tests.helpers import run_python

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


def test_a_first_line_with_the_name_of_a_section_is_no_header_line(read):
    with pytest.raises(CorpusError, match="the first line looks like an article") as error:
        read("oceania,Minister resigns\nsouth-asia,Troops clash\n")
    assert "Minister" not in str(error.value)


def test_a_text_beside_its_other_forms_is_read(read):
    row = {"title": {"rendered": "H"}, "content": {"protected": False, "rendered": "B"}, "tags": [{"name": "Oceania"}]}
    assert found(read(json.dumps([row]), "x.json")) == [("B", "oceania")]


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


LISTS = {"text": ["A relay visited the bridge", "Two navies met"], "label": ["South Asia", "Oceania"]}


@pytest.mark.parametrize(
    "table",
    [
        {name: {"0": column[0], "1": column[1]} for name, column in LISTS.items()},
        LISTS,
        {
            "columns": ["text", "label"],
            "index": [0, 1],
            "data": [list(row) for row in zip(*LISTS.values(), strict=True)],
        },
    ],
    ids=["columns", "lists", "split"],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_table_by_columns_in_json_is_read(read, table, indent):
    assert found(read(json.dumps(table, indent=indent), "x.json")) == BOTH


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_file_may_hold_one_article(read, indent):
    assert found(read(json.dumps({"text": "Two navies met", "label": "Oceania"}, indent=indent), "x.json")) == BOTH[1:]


@pytest.mark.parametrize("name", ["x.json", "x.jsonl", "x.csv"])
def test_an_encoding_that_is_named_is_that_of_the_start_too(read, name):
    source = "text;label\nCafé;Oceania\n" if name == "x.csv" else '{"text": "Café", "label": "Oceania"}\n'
    assert found(read(source.encode("utf-16-le"), name, encoding="utf-16-le")) == [("Café", "oceania")]


@pytest.mark.parametrize("cut", [b"\xf0\x9f\x98", b"\xf0\x9f", b"\xed\xa0\xbd"])
@pytest.mark.parametrize("name", ["x.csv", "x.jsonl"])
def test_the_bytes_of_half_an_emoji_are_read_as_the_replacement_character_and_counted(read, cut, name):
    row = b"Troops %s;Oceania" if name == "x.csv" else b'{"text": "Troops %s", "label": "Oceania"}'
    head = b"text;label\n" if name == "x.csv" else b""
    corpus = read(head + row % cut + b"\n", name)
    assert found(corpus) == [("Troops \ufffd", "oceania")]
    assert "changed (1): rows with half of a character" in " ".join(corpus.account())


@pytest.mark.parametrize("source", ["{}x", "5", '"x"', "null", ""])
def test_json_that_is_neither_list_nor_object_is_one_sentence(read, source):
    with pytest.raises(CorpusError, match=r"x\.json: (not valid JSON|not a list of articles)"):
        read(source, "x.json")


@pytest.mark.parametrize("source", ['[{"text": "A"}, {"text": ', '[{"text": "A"} {]', "[" + '{"a":' * 9_000])
def test_json_that_is_broken_is_one_sentence(read, source):
    with pytest.raises(CorpusError, match=r"x\.json: object \d is (not valid JSON|nested too deeply)"):
        read(source, "x.json")


def column_name(number: int) -> str:
    return "ABCDEFGH"[number]


def cell(place: str, value: object) -> str:
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def sheet(rows) -> str:
    lines = "".join(
        f'<row r="{n}">' + "".join(cell(f"{column_name(i)}{n}", value) for i, value in enumerate(row)) + "</row>"
        for n, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData></worksheet>'


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(*sheets) -> bytes:
    """A workbook as small as the format allows; cells of the second style are dates."""
    names = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="rId{n}"/>' for n in names)
    to_sheets = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in names
    )
    to_styles = f'<Relationship Id="rId0" Type="{OFFICE}/styles" Target="styles.xml"/>'
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        packed.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{to_styles}{to_sheets}</Relationships>',
        )
        packed.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        )
        for n, rows in zip(names, sheets, strict=True):
            packed.writestr(f"xl/worksheets/sheet{n}.xml", sheet(rows))
    return held.getvalue()


def test_an_excel_workbook_is_a_table(read):
    head = ["ID", "Title", "Text", "Category", "Date"]
    row = [17, "H", "Troops", "Oceania|South Asia", date(2024, 3, 9)]
    corpus = read(workbook([head, row, []], [["nothing"]]), "x.xlsx")
    (item,) = corpus.articles
    assert (item.article.id, item.article.headline, item.article.body) == ("17", "H", "Troops")
    assert (item.sections, item.article.published) == ({"oceania", "south-asia"}, date(2024, 3, 9))
    assert "only its first sheet is read, “Sheet1”, and not “Sheet2”" in " ".join(corpus.account())


@pytest.mark.slow
def test_without_its_library_a_workbook_says_what_to_install(tmp_path):
    (tmp_path / "x.xlsx").write_bytes(workbook([["text"], ["A"]]))
    code = "import sys; sys.modules['python_calamine'] = None\nfrom classifier.commands.main import main; main('train')"
    done = run_python("-c", code, "--data", tmp_path / "x.xlsx")
    assert done.returncode == 2
    assert "pip install 'copydesk[excel]'" in done.stderr


def test_a_file_that_is_no_workbook_is_one_sentence(read):
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


def hugging_face(features):
    return {"huggingface": json.dumps({"info": {"features": features}})}


CLASSES = {"_type": "ClassLabel", "names": ["South Asia", "Oceania"]}


@pytest.mark.parametrize("name", ["x.parquet", "x.arrow"])
@pytest.mark.parametrize(
    ("feature", "values"),
    [
        (CLASSES, [1, 0, -1]),
        ({"_type": "Sequence", "feature": CLASSES}, [[1], [0], [-1]]),
        ({"_type": "List", "feature": CLASSES}, [[1], [0], []]),
        ([CLASSES], [[1], [0], None]),
        (CLASSES | {"names": ["0: South Asia", "1: Oceania"]}, [1, 0, -1]),
    ],
)
def test_numbers_that_hugging_face_names_are_labels(tmp_path, sections, name, feature, values):
    table = pa.table({"text": ["One", "Two", "Three"], "label": values})
    table = table.replace_schema_metadata(hugging_face({"label": feature, "text": {"_type": "Value"}}))
    path = tmp_path / name
    if name.endswith("parquet"):
        pq.write_table(table, path)
    else:
        with ipc.new_stream(path, table.schema) as file:
            file.write_table(table)
    corpus = read_corpus([path], sections)
    assert [set(item.sections) for item in corpus.articles] == [{"oceania"}, {"south-asia"}, set()]
    assert not corpus.rejects


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {"huggingface": "no JSON"},
        {"huggingface": "[]"},
        {"huggingface": '{"info": null}'},
        hugging_face({"label": {"_type": "ClassLabel", "names": []}, "text": 5}),
        hugging_face({"label": {"_type": "Value", "names": ["South Asia", "Oceania"]}}),
    ],
)
def test_numbers_without_a_description_stay_numbers(tmp_path, sections, metadata):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": ["One"], "label": [1]}).replace_schema_metadata(metadata), path)
    (reject,) = read_corpus([path], sections).rejects
    assert reject.unknown == ("1",)


def test_a_number_without_a_name_and_a_file_of_names_are_told_from_the_description(tmp_path, sections):
    path, names = tmp_path / "x.parquet", tmp_path / "names.txt"
    pq.write_table(
        pa.table({"text": ["One", "Two"], "label": [0, 7]}).replace_schema_metadata(hugging_face({"label": CLASSES})),
        path,
    )
    corpus = read_corpus([path], sections)
    assert [set(item.sections) for item in corpus.articles] == [{"south-asia"}]
    assert corpus.rejects[0].unknown == ("7",)
    names.write_text("0\tOceania\n7\tTechnology\n")
    named = read_corpus([path], sections, Reading(label_names=names))
    assert [set(item.sections) for item in named.articles] == [{"oceania"}, {"technology"}]


def test_a_label_behind_its_number_is_read(read):
    source = "text;label\nOne;0: Oceania\nTwo;1 - South Asia\nThree;12)Oceania\n"
    assert found(read(source)) == [("One", "oceania"), ("Two", "south-asia"), ("Three", "oceania")]
