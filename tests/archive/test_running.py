"""A run over an archive: every article once, whatever stops it; another run does not go on with its partitions."""

import json
import os
import signal
from multiprocessing import active_children

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier import Article, Tagger
from classifier.archive.asked import ArchiveError
from classifier.archive.cutting import cutter
from classifier.archive.cutting.cutter import partitions
from classifier.archive.cutting.inputs import archive_files
from classifier.archive.models import ArchiveModel
from classifier.archive.workers import tag_on_processes
from classifier.corpus.readers.context import Context
from classifier.errors import CorpusError
from tests.archive.conftest import READING, asked, made_rows
from tests.archive.driver import Stopped, digests, here, rejects_of, rows_of, run
from tests.driver.service import another_version
from tests.helpers import write_jsonl


@pytest.fixture
def small_files_are_large(monkeypatch):
    """Cut files of a few kilobytes as if they were large."""
    monkeypatch.setattr(cutter, "_WHOLE", 0)


@pytest.fixture
def data(tmp_path):
    return write_jsonl(tmp_path / "archive.jsonl", made_rows(950))


def test_each_article_has_the_tags_that_the_tagger_gives_it(english, model, data, tmp_path, small_files_are_large):
    outcome, watch = run([data], tmp_path / "out", model, asked())
    tagger = Tagger.load(english)
    found = rows_of(tmp_path / "out")
    assert [row["id"] for row in found] == [f"a-{i}" for i in range(950)]
    for row, made in zip(found, made_rows(950), strict=True):
        answer = tagger.tag(Article(headline=made["headline"], body=made["body"]))
        assert row["tags"] == [tag.section for tag in answer.tags]
        assert row["probabilities"] == [tag.probability for tag in answer.tags]
        assert row["decisions"] == [tag.decision for tag in answer.tags]
        assert (row["model"], row["outcome"]) == (answer.model, answer.outcome)
        assert row["published"].isoformat() == made["published"]
    assert [row["line"] for row in found] == list(range(1, 951))
    assert (outcome.partitions, outcome.kept, outcome.counts.articles) == (10, 0, 950)
    assert watch.taken == watch.n_bytes == data.stat().st_size


@pytest.fixture(scope="module")
def uninterrupted(model, tmp_path_factory):
    """An archive of five partitions, and a run over it that nothing stopped."""
    folder = tmp_path_factory.mktemp("uninterrupted")
    data = write_jsonl(folder / "archive.jsonl", made_rows(450))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutter, "_WHOLE", 0)
        run([data], folder / "out", model, asked())
    return data, folder / "out"


@pytest.mark.slow
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stops=st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_a_run_that_is_stopped_anywhere_ends_with_the_same_bytes(
    uninterrupted, model, tmp_path_factory, small_files_are_large, stops
):
    data, whole = uninterrupted
    out = tmp_path_factory.mktemp("stopped") / "out"
    tagged = 0
    for stop in stops:
        if tagged + stop < 5:
            with pytest.raises(Stopped):
                run([data], out, model, asked(), tagging=here(stop))
            tagged += stop
            assert len(list(out.glob("tags/*.parquet"))) == tagged
    outcome, watch = run([data], out, model, asked())
    assert (outcome.kept, watch.new) == (tagged, [100, 100, 100, 100, 50][tagged:])
    assert digests(out) == digests(whole)


def test_what_a_killed_run_left_half_written_does_not_count(model, data, tmp_path, small_files_are_large):
    out = tmp_path / "out"
    run([data], out, model, asked())
    before = digests(out)
    (out / "tags" / "part-000003.parquet").unlink()  # killed between the record and the tags
    (out / "tags" / ".unfinished-0123456789abcdef").write_bytes(b"PAR1")
    damaged = out / "tags" / "part-000005.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-20])
    record = out / ".parts" / "part-000007.json"
    record.write_text(record.read_text().replace('"rejects": ""', '"rejects": "?"'))
    outcome, watch = run([data], out, model, asked())
    assert (outcome.kept, watch.new) == (7, [100, 100, 100])
    assert [line for line in watch.notes if "is damaged; the articles" in line] == [
        f"{out}/tags/part-{n:06}.parquet or {out}/.parts/part-{n:06}.json is damaged; "
        "the articles of this partition are tagged again"
        for n in (5, 7)
    ]
    assert digests(out) == before


def test_a_list_of_inputs_that_was_damaged_is_refused(model, data, tmp_path):
    run([data], tmp_path / "out", model, asked())
    (tmp_path / "out" / "inputs.jsonl").write_text('{"file": ')
    with pytest.raises(
        ArchiveError, match=r"inputs\.jsonl, the list of the files of this run, is damaged\. Fix: add --restart"
    ):
        run([data], tmp_path / "out", model, asked())


@pytest.mark.parametrize("change", ["content", "size", "another file", "a file more", "a file less"])
def test_other_files_are_refused_until_the_run_is_deleted(model, tmp_path, change):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    first = write_jsonl(folder / "a.jsonl", made_rows(30))
    second = write_jsonl(folder / "b.jsonl", made_rows(30, 30))
    run([folder], out, model, asked())
    before = digests(out)
    match change:
        case "content":
            first.write_text(first.read_text().replace("a-1", "b-1"))
            os.utime(first, ns=(0, 1))
        case "size":
            first.write_text(first.read_text()[:-10])
        case "another file":
            first.rename(folder / "0.jsonl")
        case "a file more":
            write_jsonl(folder / "c.jsonl", made_rows(5, 60))
        case "a file less":
            second.unlink()
    with pytest.raises(ArchiveError, match=r"holds a run over other files: .*--restart"):
        run([folder], out, model, asked())
    assert digests(out) == before
    _, watch = run([folder], out, model, asked(), restart=True)
    assert "was deleted (1 finished partition" in watch.notes[0]
    assert digests(out) != before


def test_a_file_that_was_copied_again_is_the_same_file(model, data, tmp_path):
    run([data], tmp_path / "out", model, asked())
    os.utime(data, ns=(0, 1))
    outcome, _ = run([data], tmp_path / "out", model, asked())
    assert outcome.kept == outcome.partitions


@pytest.mark.slow
def test_another_model_and_other_options_are_refused_by_name(english, model, data, tmp_path):
    out = tmp_path / "out"
    run([data], out, model, asked())
    with pytest.raises(ArchiveError, match="other options: --explain, --partition"):
        run([data], out, model, asked(200, explain=True))
    other = ArchiveModel.find(english, version=another_version(english))
    with pytest.raises(ArchiveError, match=rf"another model: {model.versions['default']}.*--version"):
        run([data], out, other, asked())


def test_a_folder_with_other_files_in_it_is_left_alone(model, data, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(ArchiveError, match=r"holds no run: it has thesis\.txt"):
        run([data], tmp_path / "out", model, asked(), restart=True)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_a_file_that_does_not_exist_leaves_no_folder(model, tmp_path):
    with pytest.raises(CorpusError, match="does not exist"):
        run([tmp_path / "absent.jsonl"], tmp_path / "out", model, asked())
    assert not (tmp_path / "out").exists()


def test_a_folder_for_results_inside_the_archive_is_refused(model, data, tmp_path):
    with pytest.raises(ArchiveError, match="its results would be read as articles"):
        run([tmp_path], tmp_path / "out", model, asked())
    for _ in range(2):  # a glob does not reach into it either
        outcome, _ = run([tmp_path / "**" / "*.*"], tmp_path / "out", model, asked())
        assert outcome.counts.articles == 950


def test_two_runs_do_not_write_to_one_folder(model, data, tmp_path):
    def meanwhile(partitions, model, options, context):
        with pytest.raises(ArchiveError, match="another run is writing"):
            run([data], tmp_path / "out", model, options)
        return here()(partitions, model, options, context)

    outcome, _ = run([data], tmp_path / "out", model, asked(), tagging=meanwhile)
    assert outcome.counts.articles == 950


def test_bad_rows_are_named_and_set_aside_and_the_others_tagged(model, tmp_path, small_files_are_large):
    lines = [json.dumps(row) for row in made_rows(250)]
    lines[10] = "{broken"
    lines[120] = json.dumps({"id": "x", "body": 7.5e300, "headline": ["a", 1]})
    lines[130] = json.dumps({"id": "blank", "body": " "})
    lines[249] = json.dumps({"id": "french", "body": "un texte", "language": "fr"})
    data = tmp_path / "archive.jsonl"
    lines[140] = json.dumps({"id": "headless", "body": "Troops held the ridge.", "headline": "nan"})
    lines[200] = lines[200].replace("<p>", "<p>caf\udce9 ", 1)
    data.write_bytes("\n".join(lines).encode(errors="surrogateescape"))
    outcome, _ = run([data], tmp_path / "out", model, asked())
    rejects = rejects_of(tmp_path / "out")
    assert [(row["file"], row["line"]) for row in rejects] == [(str(data), line) for line in (11, 121, 201, 250)]
    assert [row["raw"] for row in rejects] == [
        lines[10],
        lines[120],
        lines[200].replace("\udce9", r"\udce9"),  # as half of a character, DuckDB would refuse the file
        lines[249],
    ]
    assert "not UTF-8 (byte 0xe9" in rejects[2]["reasons"][0]
    assert "the article is in “fr”" in rejects[3]["reasons"][0]
    assert (outcome.counts.articles, outcome.counts.rejects) == (245, 4)
    assert outcome.counts.left_out == {"articles without text": 1}
    assert outcome.counts.without == {
        "articles without a headline, because the cell holds a word for nothing, such as nan or None": 1
    }
    assert {row["line"] for row in rows_of(tmp_path / "out")} == set(range(1, 251)) - {11, 121, 131, 201, 250}


def test_a_file_with_a_name_that_is_not_utf8_is_tagged(model, tmp_path):
    data = tmp_path / os.fsdecode(b"caf\xe9.jsonl")
    write_jsonl(data, made_rows(3))
    data.write_bytes(data.read_bytes() + b"{broken\n")
    for kept in (0, 1):
        outcome, _ = run([data], tmp_path / "out", model, asked(review=True, changed=True))
        assert (outcome.counts.articles, outcome.counts.rejects, outcome.kept) == (3, 1, kept)
    files = {row["file"] for row in [*rows_of(tmp_path / "out"), *rejects_of(tmp_path / "out")]}
    assert files == {str(tmp_path / r"caf\udce9.jsonl")}


def test_a_file_that_changes_under_a_run_ends_it(model, data, tmp_path, small_files_are_large):
    def changing(partitions, model, options, context):
        for n, done in enumerate(here()(partitions, model, options, context)):
            yield done
            if n == 2:
                write_jsonl(data, made_rows(900))

    with pytest.raises(ArchiveError, match=r"archive\.jsonl was changed after the run began"):
        run([data], tmp_path / "out", model, asked(), tagging=changing)
    assert len(list((tmp_path / "out").glob("**/*.parquet"))) == 3


@pytest.mark.slow
def test_a_run_ends_although_a_worker_responds_no_more_at_its_end(model, tmp_path):
    context = Context(model.load().sections, READING)
    files = archive_files([write_jsonl(tmp_path / "a.jsonl", made_rows(20))], any_kind=False)
    before = set(active_children())
    tagged = tag_on_processes(partitions(files, context, 100), model, asked(), workers=1)
    _, done = next(tagged)
    assert done.counts.articles == 20
    (worker,) = set(active_children()) - before
    os.kill(worker.pid, signal.SIGSTOP)  # as one that waits for a lock that nobody will free
    assert list(tagged) == []
    assert not worker.is_alive()
