"""Records in a temporary file: they are read as they were written, and nothing is left behind."""

import errno
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.corpus.stored import spool as spooling
from classifier.corpus.stored.spool import Spool, is_in_memory, spool_folder
from classifier.errors import CorpusError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(spooling, "BUFFER", 64)  # so that a few bytes need a file
    return tmp_path


def filled(records):
    spool = Spool()
    for record in records:
        spool.append(record)
    return spool


@given(st.lists(st.binary(max_size=90), max_size=30), st.data())
def test_records_are_read_as_they_were_written(records, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spooling, "BUFFER", 64)
        patch.setattr(spooling, "_READ_AT_ONCE", 100)
        spool = filled(records)
        begin, end = sorted(data.draw(st.tuples(*[st.integers(0, len(records))] * 2)))
        assert list(spool.read_range(begin, end)) == records[begin:end]
    assert [spool.read(number) for number in range(len(spool))] == records
    assert spool.n_bytes == sum(map(len, records))


def test_several_threads_read_the_same_records(folder):
    records = [bytes([number % 256]) * (number % 50) for number in range(2_000)]
    spool = filled(records)
    with ThreadPoolExecutor(4) as threads:
        assert all(found == records for found in threads.map(lambda _: list(spool.read_range(0, 2_000)), range(8)))


def test_the_file_has_no_name_even_while_it_is_used(folder):
    spool = filled([b"x" * 1_000] * 10)
    assert list(folder.iterdir()) == []
    open_files = set(Path("/proc/self/fd").iterdir())
    del spool
    assert len(open_files - set(Path("/proc/self/fd").iterdir())) >= 1


def test_a_full_disk_is_named_with_a_way_out(folder, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", refuse)
    with pytest.raises(CorpusError, match=rf"the disk of {folder} is full.*Fix: free space there.*TMPDIR"):
        filled([b"x" * 100])
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_named(folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "nowhere"))
    with pytest.raises(CorpusError, match=r"cannot be written to .*nowhere: No such file.*Fix: name another folder"):
        filled([b"x" * 100])


def test_a_file_that_another_program_cut_short_is_an_error(folder):
    spool = filled([b"x" * 100])
    os.truncate(spool._file, 10)
    with pytest.raises(CorpusError, match="cut short by another program"):
        spool.read(0)


def test_a_folder_held_in_memory_is_used_only_if_it_is_asked_for(tmp_path, monkeypatch):
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\ntmpfs {tmp_path} tmpfs rw 0 0\n")
    monkeypatch.setattr(spooling, "_MOUNTS", mounts)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    assert is_in_memory(tmp_path / "below")
    assert not is_in_memory(Path("/var/tmp"))
    assert spool_folder() == Path("/var/tmp")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert spool_folder() == tmp_path
