"""Files from strangers: a fault costs one row, or ends in one sentence that names the file; memory stays bounded."""

import gzip
import json
import tracemalloc
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from classifier.corpus.readers import read_corpus
from classifier.corpus.readers.limits import KEPT_OF_OVERSIZED, Limits
from classifier.errors import CorpusError
from tests.driver.exports import COMMENT, HEAD, TAIL, category, post

GOOD = json.dumps({"id": "good", "body": "Troops held fire.", "sections": ["South Asia"]})
SMALL = Limits(row=300, cell=200, item=2_000, depth=20, unpacked=20_000, ratio=1)


@pytest.fixture
def read(tmp_path, sections):
    def read(source, name, limits=SMALL):
        path = tmp_path / name
        path.write_bytes(source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass"))
        return read_corpus([path], sections, limits=limits)

    return read


def ids(corpus):
    return [item.article.id for item in corpus.articles]


def rejects(corpus):
    return {reject.place.line: "; ".join(reject.reasons) for reject in corpus.rejects}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('{"body": "x", "id": ' + "1" * 4_301 + "}", "not valid JSON: a number has too many digits"),
        ('{"body": "x", "n": [' + "-" + "9" * 5_000 + "]}", "not valid JSON: a number has too many digits"),
        ("[" * 200_000, "nested too deeply"),  # Python 3.14 takes 50,000
        ('{"a":' * 200_000, "nested too deeply"),
        ("\0" * 20, "not valid JSON"),
        ('{"body": 1e999}', "body: must be a string"),
    ],
    ids=["id", "digits", "lists", "objects", "NUL", "infinity"],
)
def test_a_row_that_no_parser_takes_costs_only_itself(read, row, words):
    corpus = read(f"{row}\n{GOOD}\n", "x.jsonl", Limits())
    assert ids(corpus) == ["good"]
    assert words in rejects(corpus)[1]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('{"body": "cut', "not valid JSON: Unterminated string starting at column 10."),
        ('{"body": "a\tb"}', "not valid JSON: Invalid control character at column 12."),
        ('{"body": "a\\q"}', r"not valid JSON: Invalid \escape at column 12."),
        ('{"body": }', "not valid JSON: Expecting value at column 10."),
        ('["words"]', "not a JSON object with the fields of an article."),
    ],
)
def test_a_line_that_is_no_object_of_json_is_told_with_its_column_and_what_to_do(read, row, words):
    (found,) = rejects(read(f"{row}\n{GOOD}\n", "x.jsonl", Limits())).values()
    assert found.startswith(words)
    assert " Fix: " in found


@pytest.mark.parametrize("row", ['{"body": "a\\ud800"}', '{"body": "a\ufffd", "\\udfff": 1}', '{"body": "a\\udc00"}'])
def test_half_a_character_is_read_as_the_replacement_character_and_counted(read, row):
    corpus = read(f"{row}\n{GOOD}\n", "x.jsonl", Limits())
    assert next(item.article.body[:2] for item in corpus.articles) == "a\ufffd"
    assert not corpus.rejects
    assert any("half of a character" in line for line in corpus.account())


def test_a_row_whose_text_is_no_number_at_all_has_no_text(read):
    corpus = read(f'{{"body": NaN}}\n{GOOD}\n', "x.jsonl", Limits())
    assert (ids(corpus), corpus.left_out) == (["good"], {"rows without text": 1})


@pytest.mark.parametrize("end", ["\n", ""])
def test_a_line_over_the_limit_is_rejected_and_the_next_is_read(read, end):
    corpus = read("x" * 400_000 + f"\n{GOOD}\n" + "y" * 301 + end, "x.jsonl")
    assert ids(corpus) == ["good"]
    assert rejects(corpus).keys() == {1, 3}
    assert rejects(corpus)[1].startswith("a line of more than 300 bytes. Fix: shorten it")
    assert corpus.rejects[0].raw == "x" * 301


def test_a_reject_keeps_only_the_start_of_an_oversized_row(read):
    (reject,) = read("x" * 50_000, "x.jsonl", Limits(row=40_000)).rejects
    assert reject.raw == "x" * KEPT_OF_OVERSIZED


def test_rows_of_csv_over_the_limits_are_rejected_and_the_next_are_read(read):
    rows = [
        "one," + "x" * 1_000,
        "two," + "x" * 201,
        'three,"' + "x" * 100,
        "y" * 250,
        "good,Troops held fire.",
        'five,"two',
        'lines"',
        "a,b,c",
    ]
    corpus = read("id,text\n" + "\n".join(rows) + "\n", "x.csv")
    assert ids(corpus) == ["good", "five"]
    assert rejects(corpus) == {
        2: "a line of more than 300 characters. "
        "Fix: shorten it (the file of bad rows keeps only its first 10,000 characters)",
        3: "“text”: a cell of more than 200 characters. Fix: shorten it",
        4: "broken quotes (a row of more than 300 characters). Fix: write a quotation mark inside a quoted cell twice",
        5: "1 cell, but the header line names 2 columns. Fix: add the missing ones, or correct the quotes",
        9: "3 cells, but the header line names 2 columns. Fix: put cells that contain the delimiter in quotes",
    }


def test_a_quote_that_never_closes_costs_one_row(read):
    rows = ['bad,"' + "x" * 90] + [f"n{number}," + "y" * 90 for number in range(50)]
    corpus = read("id,text\n" + "\n".join(rows), "x.csv")
    assert len(corpus.articles) == 50
    assert rejects(corpus).keys() == {2}
    assert [reject.raw for reject in corpus.rejects] == [rows[0]]


def test_a_cell_over_the_limit_of_the_csv_module_is_a_bad_row(read):
    corpus = read("id,text\nbad," + "x" * 2_000_001 + "\ngood,Troops\n", "x.csv", Limits())
    assert ids(corpus) == ["good"]
    assert "a cell of more than 2,000,000 characters" in rejects(corpus)[2]


def test_nul_bytes_in_csv_are_text(read):
    assert ids(read("id,text\nbad,a\0b\ngood,Troops\n", "x.csv")) == ["bad", "good"]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"id,te\xffxt\n", "x.csv:1: not UTF-8"),
        ("id,text\n".encode("utf-16-le"), "x.csv:1: not UTF-8; it looks like UTF-16"),
        (b"a," * 200 + b"b\n", "x.csv:1: the header line has more than 300 characters"),
        (b"\nid,text\n", "x.csv:1: the header line has repeated or empty column names"),
        (b"a,b,a,b\n", "repeated or empty column names: “a”, “b”"),
    ],
)
def test_a_header_line_that_cannot_be_used_is_one_sentence(read, header, words):
    with pytest.raises(CorpusError, match=words) as error:
        read(header + b"x,y\n", "x.csv")
    assert "\n" not in str(error.value)


def test_a_header_line_of_the_csv_modules_limit_is_one_sentence(read):
    with pytest.raises(CorpusError, match=r"x\.csv:1: the header line cannot be read"):
        read("x" * 2_000_001 + "\n", "x.csv", Limits())


def test_text_in_place_of_a_header_line_is_not_shown(read):
    secret = "The minister will resign on Monday, said three people who had seen the letter"
    corpus = read(f"id;{secret};text\n1;x;Troops\n", "x.csv")
    assert "a value of 77 characters" in "".join(corpus.notes())
    assert "minister" not in "".join(corpus.notes()).lower()


def test_only_some_of_very_many_columns_and_labels_are_listed(read, tmp_path, sections):
    rows = [json.dumps({"body": "x", f"column{number:03}": 1}) for number in range(70)]
    (note,) = read("\n".join(rows), "x.jsonl").notes()
    assert note.endswith("column049 and 20 more")


def test_the_nearest_section_is_not_searched_without_end(read):
    rows = [json.dumps({"body": "x", "tags": [f"South Asya {number}"]}) for number in range(502)]
    found = rejects(read("\n".join(rows), "x.jsonl"))
    assert "the nearest is “South Asia”" in found[500]
    assert found[502] == "tags: unknown section “South Asya 501”"


def test_a_page_over_the_limit_is_rejected(read):
    assert rejects(read("x" * 301, "x.txt"))[1].startswith("a page of more than 300 bytes")


@pytest.mark.parametrize("name", ["x.jsonl.gz", "x.csv.gz", "x.xml.gz"])
def test_a_packed_file_that_unpacks_to_too_much_is_one_sentence(read, name):
    packed = gzip.compress(HEAD.encode() + b"\n" * 30_000)
    with pytest.raises(CorpusError, match=rf"{name} unpacks to more than 20,000 bytes.* Fix: "):
        read(packed, name)


@pytest.mark.parametrize("name", ["x.jsonl.gz", "x.csv.gz", "x.txt.gz", "x.xml.gz"])
@pytest.mark.parametrize("byte", [b"\0", b"x", b'"'])
def test_memory_is_bounded_whatever_a_file_unpacks_to(read, name, byte):
    packed = gzip.compress(byte * 30_000_000)
    tracemalloc.start()
    try:
        read(packed, name, Limits(row=100_000, item=100_000, unpacked=20_000_000, ratio=1))
    except CorpusError as error:
        assert name in str(error)  # noqa: PT017 - a page over its limit is a reject instead
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def parquet(columns, path, **options):
    pq.write_table(pa.table(columns), path, **options)
    return path.read_bytes()


def test_a_row_of_parquet_over_the_limit_is_rejected(read, tmp_path):
    source = parquet({"id": ["a", "b", "c"], "body": ["x", "y" * 400, "z"]}, tmp_path / "x.parquet")
    corpus = read(source, "x.parquet")
    assert ids(corpus) == ["a", "c"]
    assert rejects(corpus)[2].startswith("a row of more than 300 bytes")


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_parquet_that_unpacks_to_too_much_is_one_sentence(read, tmp_path, compression):
    """Equal cells are stored once, and pages are compressed: both make a small file large."""
    bodies = ["x" * 200] * 4_000 if compression == "none" else ["x" * 200 + str(number) for number in range(4_000)]
    source = parquet(
        {"body": bodies}, tmp_path / "x.parquet", compression=compression, use_dictionary=compression == "none"
    )
    usual = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(pool)
    try:
        with pytest.raises(CorpusError, match=r"x\.parquet unpacks to more than [0-9,]+ bytes.* Fix: "):
            read(source, "x.parquet")
    finally:
        pa.set_memory_pool(usual)
    assert pool.max_memory() < 200_000


@pytest.mark.parametrize(
    "value",
    [
        pa.array([2**60, 0], pa.timestamp("us")),
        pa.array([2**31 - 1, 0], pa.date32()),
    ],
    ids=["microseconds", "days"],
)
def test_a_cell_of_parquet_that_python_has_no_value_for_costs_its_row(read, tmp_path, value):
    source = parquet({"id": ["a", "good"], "body": ["x", "y"], "url": value}, tmp_path / "x.parquet")
    corpus = read(source, "x.parquet", Limits())
    assert ids(corpus) == ["good"]
    assert rejects(corpus)[1] == (
        f"“url”: the value of type {value.type} cannot be read. Fix: correct it, or write it as a string"
    )


def test_a_parquet_file_with_an_unknown_time_zone_gives_rejects(read, tmp_path):
    moment = pa.array([datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp("us", tz="Nowhere/Atall"))
    corpus = read(parquet({"body": ["x"], "url": moment}, tmp_path / "x.parquet"), "x.parquet", Limits())
    assert "cannot be read" in rejects(corpus)[1]


def export(*items):
    return HEAD + category("south-asia") + "".join(items) + TAIL


def test_an_item_over_the_limit_is_rejected_and_the_next_is_read(read):
    large = post(1, "z" * 9_000, ["south-asia"])
    corpus = read(export(large, post(2, "Troops", ["south-asia"], more="")), "x.xml")
    assert ids(corpus) == ["news.example/2"]
    (reject,) = corpus.rejects
    assert reject.reasons[0].startswith("an item of more than 2,000 bytes. Fix: shorten it")
    assert reject.raw.startswith("<item>")
    assert "reader@mail.example" not in reject.raw


def test_what_is_personal_in_an_oversized_item_is_not_kept(read):
    many = post(1, "Troops", ["south-asia"], more=COMMENT * 20)
    corpus = read(export(many, post(2, "Troops", ["south-asia"], more="")), "x.xml")
    assert ids(corpus) == ["news.example/2"]
    assert "reader@mail.example" not in corpus.rejects[0].raw


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (HEAD + "<a>" * 30, "nested more than 20 levels deep"),
        (HEAD + "<wp:author>" + "<a>" * 30, "nested more than 20 levels deep"),
        (HEAD + f"<wp:term_id>{'1' * 30_000}", "over the limit of 2,000 bytes"),
        (HEAD + f"<a b='{'1' * 30_000}", "over the limit of 2,000 bytes"),
        (HEAD + f"<!-- {'1' * 30_000}", "over the limit of 2,000 bytes"),
        (HEAD + f"<item><title>{'<b>1</b>' * 30_000}", "over the limit of 2,000 bytes|broken XML"),
    ],
    ids=["deep", "deep and cut", "text", "attribute", "comment", "item"],
)
def test_an_export_over_a_limit_keeps_what_came_before(read, source, words):
    before = post(1, "Troops", ["south-asia"], more="")
    corpus = read(source.replace(HEAD, HEAD + before, 1), "x.xml")
    assert ids(corpus) == ["news.example/1"]
    assert any(word in str(corpus.rejects[-1]) for word in words.split("|"))


def test_a_deep_file_that_is_no_export_is_named_as_such(read):
    with pytest.raises(CorpusError, match="not a WordPress export"):
        read("<a>" * 30, "x.xml")


def test_addresses_that_are_none_and_records_that_no_parser_takes_are_no_end(read):
    source = export(
        post(1, "Troops", ["south-asia"], meta=[("_copydesk_applied", "[" * 5_000)], more=""),
        post(2, "Troops", ["south-asia"], meta=[("_copydesk_applied", "[" + "1" * 5_000 + "]")], more=""),
        post(3, "Troops", [("south-asia", "&#" + "1" * 5_000 + ";")], more=""),
    ).replace("https://news.example", "http://[news.example")
    corpus = read(source, "x.xml", Limits())
    assert [id_.rpartition("/")[2] for id_ in ids(corpus)] == ["3"]
    assert [reject.reasons[0][:17] for reject in corpus.rejects] == ["_copydesk_applied"] * 2


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["South Asia", "2026-01-31", "\ud800", "\0", "&#" + "1" * 5_000 + ";", "x" * 3_000]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["id", "headline", "body", "text", "tags", "sections", "date", "language", "url", "colour"])


@settings(max_examples=200)
@given(st.dictionaries(NAMES, VALUES, max_size=6))
@example({"body": "a &#" + "1" * 5_000 + "; b"})
def test_whatever_a_row_holds_it_is_an_article_or_a_reject(tmp_path_factory, sections, fields):
    path = tmp_path_factory.mktemp("rows") / "x.jsonl"
    path.write_text(json.dumps(fields) + f"\n{GOOD}\n")
    corpus = read_corpus([path], sections)
    assert len(corpus.articles) + len(corpus.rejects) + corpus.left_out.total() == 2
    assert "good" in ids(corpus) or fields.get("id") == "good"


@settings(max_examples=100)
@given(
    name=st.sampled_from(["x.jsonl", "x.csv", "x.tsv", "x.txt", "x.xml", "x.parquet", "x.jsonl.gz", "x.xml.gz"]),
    source=st.binary(max_size=200)
    | st.text(st.sampled_from('{}[]",;:\n\r\t\0 ab0<>&/é\ufeff')).map(str.encode)
    | st.binary(max_size=60).map(gzip.compress)
    | st.binary(max_size=60).map(HEAD.encode().__add__),
)
def test_whatever_bytes_a_file_holds_it_is_read_or_named(tmp_path_factory, sections, name, source):
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(source)
    try:
        read_corpus([path], sections, limits=SMALL)
    except CorpusError as error:
        assert name in str(error)  # noqa: PT017 - most files are read
