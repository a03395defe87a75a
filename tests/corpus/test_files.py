import gzip
import json
import zipfile
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from classifier.corpus.drafting.archives import draft_sections
from classifier.corpus.readers import Reading, read_corpus
from classifier.corpus.readers.rows import LeftOut
from classifier.corpus.unlabelled import read_unlabelled
from classifier.errors import CorpusError
from tests.driver.exports import export, post
from tests.helpers import PAGE, run_python

ROW = {"id": "1", "headline": "H", "body": "Café", "sections": ["South Asia"]}
FORMATS = {
    "x.jsonl": json.dumps(ROW),
    "x.csv": "id,title,text,tags\n1,H,Café,South Asia\n",
    "x.tsv": "id\ttitle\ttext\ttags\n1\tH\tCafé\tSouth Asia\n",
    "x.txt": PAGE,
    "x.xml": export(post(1, "Café", ["south-asia"])),
    "x.wxr": export(post(1, "Café", ["south-asia"])),
}


@pytest.mark.parametrize("name", FORMATS)
def test_packed_files_read_as_those_that_they_pack(tmp_path, sections, name):
    plain, packed = tmp_path / name, tmp_path / f"{name.upper()}.GZ"
    plain.write_text(FORMATS[name], encoding="utf-8")
    packed.write_bytes(gzip.compress(FORMATS[name].encode()))
    (one,), (other,) = (read_corpus([path], sections).articles for path in (plain, packed))
    assert one.article.body == other.article.body
    assert one.sections == other.sections != frozenset()
    assert one.article.id.lower() == other.article.id.lower()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("damage", [lambda packed: packed[:-12], lambda packed: packed[:20] + b"\0\0" + packed[22:]])
def test_packed_files_that_are_damaged_are_errors(tmp_path, sections, name, damage):
    path = tmp_path / f"{name}.gz"
    path.write_bytes(damage(gzip.compress(FORMATS[name].encode())))
    with pytest.raises(CorpusError, match=r"x\..*\.gz (is damaged|cannot be read)"):
        read_corpus([path], sections)


@pytest.mark.parametrize("name", ["x.gz", "x.parquet.gz", "x.tar.gz"])
def test_packed_files_of_no_known_kind_are_named(tmp_path, sections, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(CorpusError, match="unknown kind"):
        read_corpus([tmp_path / name], sections)


def test_globs_are_expanded_and_each_file_is_read_once(tmp_path, sections):
    (tmp_path / "deep").mkdir()
    for name in ("b.jsonl", "a.jsonl", "deep/c.jsonl"):
        (tmp_path / name).write_text(json.dumps(ROW | {"id": name}))
    corpus = read_corpus([tmp_path / "**" / "*.jsonl", tmp_path / "a.jsonl", tmp_path], sections)
    assert [item.article.id for item in corpus.articles] == ["a.jsonl", "b.jsonl", "deep/c.jsonl"]
    assert not corpus.rejects


def test_a_glob_that_matches_nothing_is_an_error(tmp_path, sections):
    with pytest.raises(CorpusError, match=r"\*\.csv matches no file"):
        read_corpus([tmp_path / "*.csv"], sections)


def test_a_file_whose_name_looks_like_a_glob_is_that_file(tmp_path, sections):
    (tmp_path / "a[1].jsonl").write_text(json.dumps(ROW))
    assert len(read_corpus([tmp_path / "a[1].jsonl"], sections).articles) == 1


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "archive.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.csv", FORMATS["x.csv"])
        file.writestr("pictures/one.jpg", b"")
        file.writestr("__MACOSX/._a.csv", b"")
    return path


def test_a_file_in_a_zip_is_read_by_its_own_path(archive, sections):
    (article,) = read_corpus([archive / "a.csv"], sections).articles
    assert article.place.file == archive / "a.csv"
    with pytest.raises(CorpusError, match=r"b\.csv does not exist"):
        read_corpus([archive / "b.csv"], sections)


def test_a_vocabulary_is_drafted_from_a_zip(archive):
    draft = draft_sections([archive])
    assert [section.name for section in draft.sections] == ["South Asia"]


def test_files_of_other_kinds_in_folders_and_zips_are_counted_and_named(archive, sections, tmp_path):
    (tmp_path / ".hidden").touch()
    (tmp_path / "notes.docx").touch()
    corpus = read_corpus([tmp_path], sections)
    assert set(corpus.passed_over) == {archive / "pictures" / "one.jpg", tmp_path / "notes.docx"}
    (line,) = [line for line in corpus.account() if "kind that is not read" in line]
    assert all(part in line for part in ("(2)", "one.jpg", "notes.docx"))
    assert line in corpus.notes()
    left_out = [item for item in read_unlabelled([tmp_path], sections, Reading()) if isinstance(item, LeftOut)]
    assert {item.place.file for item in left_out} == set(corpus.passed_over)


def test_unknown_labels_are_dropped_from_every_format_if_asked(tmp_path, sections):
    path = tmp_path / "x.csv"
    path.write_text("text,tags\nA,Sport|Technology\nB,Sport;Weather\n")
    corpus = read_corpus([path], sections, Reading(ignore_unknown=True))
    assert [set(item.sections) for item in corpus.articles] == [{"technology"}, set()]
    assert corpus.unknown_labels == {"Sport": 2, "Weather": 1}
    assert not corpus.rejects


@pytest.fixture
def parquet(tmp_path):
    def parquet(columns, **options):
        pq.write_table(pa.table(columns), tmp_path / "x.parquet", **options)
        return tmp_path / "x.parquet"

    return parquet


@pytest.mark.parametrize("labels", [["South Asia", "FOIP"], "South Asia|FOIP"])
def test_parquet_gives_articles_with_labels_as_lists_or_text(parquet, sections, labels):
    path = parquet({"id": [5], "Title": ["H"], "text": ["B"], "tags": [labels], "date": [date(2024, 1, 31)], "x": [1]})
    corpus = read_corpus([path], sections)
    (item,) = corpus.articles
    assert item.sections == {"south-asia", "free-and-open-indo-pacific"}
    assert (item.article.id, item.article.headline, str(item.article.published)) == ("5", "H", "2024-01-31")
    assert corpus.ignored_columns == {"x"}


def test_rows_of_parquet_are_counted_over_batches(parquet, sections):
    bodies = ["B"] * 2_500
    bodies[2_399] = "x" * 1_000_001
    (reject,) = read_corpus([parquet({"body": bodies, "headline": ["H"] * 2_500})], sections).rejects
    assert reject.place.line == 2_400
    assert json.loads(reject.raw) == {"body": bodies[2_399], "headline": "H"}


def test_parquet_text_that_is_not_utf8_is_a_bad_row(parquet, sections):
    text = pa.array([b"caf\xe9", b"good"]).cast(pa.string(), safe=False)
    corpus = read_corpus([parquet({"body": text})], sections)
    assert [item.article.body for item in corpus.articles] == ["good"]
    assert "not UTF-8 (byte 0xe9" in str(corpus.rejects[0])


def test_empty_cells_of_parquet_are_fields_not_given(parquet, sections):
    path = parquet({"body": ["B"], "language": pa.array([None], pa.string()), "tags": pa.array([None], pa.string())})
    assert len(read_corpus([path], sections).articles) == 1


def test_columns_of_parquet_that_share_a_name_are_an_error(parquet, sections):
    with pytest.raises(CorpusError, match="has repeated column names"):
        read_corpus([parquet({"Body": ["a"], "body": ["b"]})], sections)


@pytest.mark.parametrize("damage", [lambda _: b"not parquet", lambda whole: whole[:-20], lambda _: b""])
def test_parquet_that_is_damaged_is_an_error(parquet, sections, damage):
    path = parquet({"body": ["B"]})
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CorpusError, match="not a Parquet file, or damaged"):
        read_corpus([path], sections)


@pytest.mark.slow
def test_without_pyarrow_parquet_says_what_to_install(parquet):
    code = "import sys; sys.modules['pyarrow'] = None\nfrom classifier.commands.main import main; main('train')"
    done = run_python("-c", code, "--data", parquet({"body": ["B"]}))
    assert done.returncode == 2
    assert "pip install 'copydesk[parquet]'" in done.stderr
    assert "Traceback" not in done.stderr
