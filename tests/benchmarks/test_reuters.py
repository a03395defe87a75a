import os
import tarfile
from datetime import date
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchmarks.reuters import reuters
from benchmarks.reuters_data import labels_of, read_r90, text_of
from tests.helpers import run_python

STORY = """<REUTERS TOPICS="{coded}" LEWISSPLIT="{part}" CGISPLIT="TRAINING-SET" OLDID="9" NEWID="{number}">
<DATE> 3-MAR-1987 09:18:21.26</DATE>
<TOPICS>{topics}</TOPICS>
<PLACES><D>chad</D></PLACES>
<UNKNOWN>&#5;&#5;F</UNKNOWN>
<TEXT>&#2;
{text}&#3;</TEXT>
</REUTERS>
"""
FULL = "<TITLE>{title}</TITLE>\n<DATELINE>    QUITO, March 3 - </DATELINE><BODY>{body}\n Reuter\n&#3;</BODY>"
BRIEF = "<TITLE>{title}</TITLE>"


def story(number, part, topics, text=None, coded="YES"):
    marked = "".join(f"<D>{topic}</D>" for topic in topics)
    text = text or FULL.format(title=f"TITLE {number}", body=f"Body of {number} &lt;ABC.O> said")
    return STORY.format(number=number, part=part, topics=marked, text=text, coded=coded)


FILES = {
    "reut2-001.sgm": story(4, "TEST", ["tea"]) + story(5, "TEST", ["jute"]) + story(6, "TEST", [], coded="NO"),
    "reut2-000.sgm": story(1, "TRAIN", ["tea", "salt"])
    + story(2, "TRAIN", ["tea"], BRIEF.format(title="TEA &amp; TOAST"))
    + story(3, "NOT-USED", ["tea"])
    + story(7, "TRAIN", ["salt"], "Raw wire copy without marks")
    + story(8, "TEST", ["salt"]),
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sgm").mkdir()
    for name, text in FILES.items():
        (tmp_path / "sgm" / name).write_text("<!DOCTYPE lewis SYSTEM 'lewis.dtd'>\n" + text, encoding="latin-1")
    return tmp_path / "sgm"


def test_the_split_keeps_topics_of_both_parts_and_stories_that_have_one(folder):
    r90 = read_r90(folder)
    assert r90.topics == ("salt", "tea")
    assert [s.id for s in r90.train] == ["1", "2", "7"]
    assert [s.id for s in r90.test] == ["8", "4"]
    assert labels_of(r90.train, r90.topics).tolist() == [[True, True], [False, True], [True, False]]


def test_a_story_is_read_with_its_parts_and_without_control_characters(folder):
    full, brief, raw = read_r90(folder).train
    assert (full.headline, full.published) == ("TITLE 1", date(1987, 3, 3))
    assert full.body.startswith("QUITO, March 3 - Body of 1 &lt;ABC.O> said")
    assert "&#" not in full.body
    assert (brief.headline, brief.body) == ("", "TEA &amp; TOAST")
    assert text_of(brief) == "TEA & TOAST"
    assert raw.body == "Raw wire copy without marks"


def test_without_datelines_stories_are_headlines_and_bodies_only(folder):
    full, brief, _ = read_r90(folder, datelines=False).train
    assert full.body == "Body of 1 &lt;ABC.O> said\n Reuter"
    assert (full.headline, full.published, full.topics) == ("TITLE 1", None, ("tea", "salt"))
    assert (brief.headline, brief.body) == ("", "TEA &amp; TOAST")


@pytest.mark.parametrize("packing", ["gz", "xz"])
def test_an_archive_is_read_as_its_folder_is(folder, tmp_path, packing):
    archive = tmp_path / f"reuters21578.tar.{packing}"
    with tarfile.open(archive, f"w:{packing}") as packed:
        packed.add(folder, "reuters")
    assert read_r90(archive) == read_r90(folder)


def test_what_is_not_the_collection_is_refused_with_a_line(tmp_path):
    (tmp_path / "x.tar.gz").write_bytes(b"no archive")
    for path, words in (
        (tmp_path / "x.tar.gz", "cannot be read as an archive"),
        (tmp_path, "holds no files named reut2-000.sgm"),
    ):
        with pytest.raises(click.ClickException, match=words):
            read_r90(path)


@pytest.mark.slow
def test_the_exported_training_part_is_read_back_whole(folder, tmp_path):
    done = CliRunner().invoke(reuters, [str(folder), "--export", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("copydesk train --data ")
    checked = run_python(
        "-m", "classifier", "check", tmp_path / "out" / "train.jsonl", "--sections", tmp_path / "out" / "sections.toml"
    )
    assert "cannot be used" not in checked.stdout + checked.stderr
    assert (tmp_path / "out" / "train.jsonl").read_text().count("\n") == 3


@pytest.mark.bench
def test_the_real_collection_has_the_sizes_that_the_literature_gives():
    given = os.environ.get("REUTERS_21578")
    if not given:
        pytest.skip("set REUTERS_21578 to the archive or folder of Reuters-21578 to run this")
    r90 = read_r90(Path(given))
    assert (len(r90.topics), len(r90.train), len(r90.test)) == (90, 7_770, 3_019)
