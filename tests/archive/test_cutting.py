"""Where an archive is cut: every row in one partition, whatever the format; equal rows here and on a cluster."""

import csv
import gzip
import json
import zipfile
from collections import Counter

import pyarrow as pa
import pyarrow.parquet
import pytest

from classifier.archive.cutting import cutter
from classifier.archive.cutting.cutter import partitions
from classifier.archive.cutting.inputs import archive_files
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.packed import _opened
from classifier.corpus.readers.rows import Row
from tests.archive.conftest import READING, asked, made_rows
from tests.archive.driver import digests, here, rejects_of, rows_of, run
from tests.driver.exports import export, post
from tests.helpers import write_jsonl


def write_csv(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows([{**row, "sections": "|".join(row["sections"])} for row in rows])
    return path


def write_gzip(path, rows):
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return path


def write_utf16(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-16")
    return path


def write_parquet(path, rows):
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), path)
    return path


WRITERS = {
    "a.jsonl": write_jsonl,
    "a.jsonl.gz": write_gzip,
    "b.jsonl": write_utf16,
    "a.csv": write_csv,
    "a.parquet": write_parquet,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("whole", [True, False], ids=["small", "large"])
def test_every_format_gives_the_same_tags_cut_or_whole_and_on_a_cluster(model, tmp_path, monkeypatch, name, whole):
    if not whole:
        monkeypatch.setattr(cutter, "_WHOLE", 0)
    data = WRITERS[name](tmp_path / name, made_rows(250))
    outcome, watch = run([data], tmp_path / "out", model, asked())
    assert outcome.partitions == (1 if whole else 3)
    assert [row["id"] for row in rows_of(tmp_path / "out")] == [f"a-{i}" for i in range(250)]
    assert watch.taken <= watch.n_bytes == data.stat().st_size
    run([data], tmp_path / "cluster", model, asked(), tagging=here(carried=True))
    assert digests(tmp_path / "out") == digests(tmp_path / "cluster")


def test_what_carried_rows_need_is_no_file(model, tmp_path, monkeypatch):
    monkeypatch.setattr(cutter, "_WHOLE", 0)
    data = write_jsonl(tmp_path / "a.jsonl", made_rows(250))
    context = Context(model.load().sections, READING)
    carried = [part.source.carried(context) for part in partitions(archive_files([data], False), context, 100)]
    data.unlink()
    counts = [sum(isinstance(item, Row) for item in source.rows(context)) for source in carried]
    assert counts == [100, 100, 50]


def test_a_column_that_the_first_rows_lack_is_read_in_every_part(model, tmp_path, monkeypatch):
    monkeypatch.setattr(cutter, "_WHOLE", 0)
    rows = made_rows(700)
    for row in rows[400:]:
        row["title"] = row.pop("headline")
    data = write_jsonl(tmp_path / "a.jsonl", rows)
    context = Context(model.load().sections, READING)
    found = [
        row
        for part in partitions(archive_files([data], False), context, 100)
        for row in part.source.rows(context)
        if isinstance(row, Row)
    ]
    assert [row.fields["headline"] for row in found] == [row.get("headline") or row["title"] for row in rows]


def test_lines_without_an_end_and_blank_ones_keep_their_numbers(model, tmp_path, monkeypatch):
    monkeypatch.setattr(cutter, "_WHOLE", 0)
    lines = [json.dumps(row) for row in made_rows(230)]
    lines[99] = lines[100] = ""
    data = tmp_path / "a.jsonl"
    data.write_text("\r\n".join(lines))
    run([data], tmp_path / "out", model, asked())
    assert [row["line"] for row in rows_of(tmp_path / "out")] == [n for n in range(1, 231) if n not in (100, 101)]


@pytest.mark.slow
def test_small_files_share_a_partition_and_a_damaged_one_is_named(model, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(5):
        write_csv(folder / f"{n}.csv", made_rows(10, 10 * n))
    write_parquet(folder / "5.parquet", made_rows(40, 50))
    damaged = folder / "5.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-30])
    packed = write_gzip(folder / "6.jsonl.gz", made_rows(2000, 90))
    packed.write_bytes(packed.read_bytes()[:-4000])
    outcome, _ = run([folder], tmp_path / "out", model, asked())
    rejects = rejects_of(tmp_path / "out")
    assert [row["file"] for row in rejects] == [str(damaged), str(packed)]
    assert rejects[0]["line"] == 1
    assert "not a Parquet file, or damaged" in rejects[0]["reasons"][0]
    assert rejects[1]["line"] > 100
    assert "was cut short" in rejects[1]["reasons"][0]
    assert outcome.counts.rejects == outcome.counts.n_damaged == 2
    # all rows before the damage are tagged
    assert outcome.counts.articles == 50 + rejects[1]["line"] - 1


def test_of_damaged_packed_files_only_what_is_damaged_is_set_aside(model, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    lines = "".join(json.dumps(row) + "\n" for row in made_rows(40))
    for name in ("member.zip", "directory.zip"):
        with zipfile.ZipFile(folder / name, "w") as packed:
            for member in ("a.jsonl", "b.jsonl", "c.jsonl"):
                packed.writestr(member, lines.replace("a-1", f"{member}-1"))
    data = (folder / "member.zip").read_bytes()
    (folder / "member.zip").write_bytes(data.replace(b"b.jsonl-15", b"b.jsonl-99", 1))
    data = (folder / "directory.zip").read_bytes()
    (folder / "directory.zip").write_bytes(data[:-30])
    with zipfile.ZipFile(folder / "photos.zip", "w") as packed:
        packed.writestr("a.jpg", b"jpg")
    (folder / "zeros.jsonl.gz").write_bytes(bytes(100))
    (folder / "empty.jsonl.gz").write_bytes(b"")
    # small enough for one read: what stands before the end is there all the same
    cut = write_gzip(folder / "cut.jsonl.gz", made_rows(200))
    cut.write_bytes(cut.read_bytes()[:-8])
    outcome, watch = run([folder], tmp_path / "out", model, asked())
    found = {row["file"].removeprefix(f"{folder}/"): row for row in rejects_of(tmp_path / "out")}
    assert {*found} == {"cut.jsonl.gz", "directory.zip", "member.zip/b.jsonl", "zeros.jsonl.gz"}
    assert all(row["damaged"] for row in found.values())
    assert (
        "its checksum is wrong, so rows that could be read may be damaged" in found["member.zip/b.jsonl"]["reasons"][0]
    )
    assert found["cut.jsonl.gz"]["line"] == 201
    assert (outcome.counts.n_damaged, len(outcome.counts.damaged), outcome.counts.rejects) == (4, 4, 4)
    tagged = Counter(row["file"].removeprefix(f"{folder}/") for row in rows_of(tmp_path / "out"))
    assert tagged == {"cut.jsonl.gz": 200, "member.zip/a.jsonl": 40, "member.zip/c.jsonl": 40}
    assert outcome.counts.notes == [f"{folder / 'empty.jsonl.gz'}: the file contains no articles"]
    assert watch.notes == [f"left out (1): files of a kind that is not read: {folder / 'photos.zip' / 'a.jpg'}"]


def test_of_a_damaged_parquet_file_the_other_row_groups_are_tagged(model, tmp_path):
    data = tmp_path / "a.parquet"
    table = pa.Table.from_pylist(made_rows(1000))
    pyarrow.parquet.write_table(table, data, row_group_size=100, compression="zstd", use_dictionary=False)
    content = bytearray(data.read_bytes())
    metadata = pyarrow.parquet.read_metadata(data)
    for group in (1, 6):
        body = metadata.row_group(group).column(metadata.schema.names.index("body"))
        start = body.data_page_offset + body.total_compressed_size // 2
        content[start : start + 40] = bytes(40)
    data.write_bytes(content)
    outcome, _ = run([data], tmp_path / "out", model, asked())
    assert [row["line"] for row in rows_of(tmp_path / "out")] == [*range(1, 101), *range(201, 601), *range(701, 1001)]
    rejects = rejects_of(tmp_path / "out")
    assert [row["line"] for row in rejects] == [101, 601]
    assert "rows 101 to 200 cannot be read" in rejects[0]["reasons"][0]
    assert outcome.counts.n_damaged == 2


def test_the_names_in_a_zip_are_read_once_for_all_its_files(model, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        for row in made_rows(50):
            packed.writestr(f"{row['id']}.json", json.dumps(row))
    before = _opened.cache_info().misses
    outcome, _ = run([tmp_path / "a.zip"], tmp_path / "out", model, asked())
    assert outcome.counts.articles == 50
    assert _opened.cache_info().misses == before + 1


def test_a_large_damaged_file_ends_where_it_is_damaged(model, tmp_path, monkeypatch):
    monkeypatch.setattr(cutter, "_WHOLE", 0)
    packed = write_gzip(tmp_path / "a.jsonl.gz", made_rows(600))
    packed.write_bytes(packed.read_bytes()[:-2000])
    write_jsonl(tmp_path / "b.jsonl", made_rows(120, 600))
    outcome, _ = run([tmp_path / "a.jsonl.gz", tmp_path / "b.jsonl"], tmp_path / "out", model, asked())
    (reject,) = rejects_of(tmp_path / "out")
    assert (reject["file"], reject["raw"]) == (str(packed), "")
    assert outcome.counts.articles == reject["line"] - 1 + 120


def test_an_export_of_wordpress_is_read_as_training_reads_it(model, tmp_path):
    posts = [post(i, f"<p>{row['body']}</p>") for i, row in enumerate(made_rows(12), 1)]
    posts[3] = posts[3].replace("publish", "draft")
    path = tmp_path / "site.xml"
    path.write_text(export(*posts), encoding="utf-8")
    outcome, _ = run([path], tmp_path / "out", model, asked())
    assert sum(outcome.counts.left_out.values()) == 1
    assert outcome.counts.articles == len(rows_of(tmp_path / "out")) == 11
