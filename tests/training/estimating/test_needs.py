"""A run that cannot fit is refused before it fits anything, with what it needs, what there is, and what to do."""

import tempfile

import pytest

from classifier.commands.console import PlainProgress
from classifier.errors import CorpusError
from classifier.training.estimating import needs, room
from classifier.training.estimating.needs import estimate, require_disk, require_memory
from classifier.training.estimating.room import memory_for_all
from classifier.training.publishing.run import RunOptions, run
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl

GIGA = 10**9


@pytest.fixture
def little_memory(tmp_path, monkeypatch):
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  9999999 kB\nMemAvailable:  1000 kB\n")
    monkeypatch.setattr(room, "_MEMORY", meminfo)
    status = tmp_path / "status"  # of the tests' own process nobody knows how large it is by now
    status.write_text("Name:  copydesk\nVmRSS:  200000 kB\n")
    monkeypatch.setattr(room, "_STATUS", status)
    monkeypatch.setattr(room, "_GROUPS", tmp_path / "none")
    monkeypatch.setattr(needs, "LEAST_ARTICLES", 10)


def texts(n):
    return [f"{row['headline']}\n\n{row['body']}" for row in small_corpus(n)]


def test_too_little_memory_is_refused_before_anything_is_counted(tmp_path, little_memory, capsys):
    data = write_jsonl(tmp_path / "articles.jsonl", small_corpus(60))
    options = RunOptions(data=(data,), sections=SECTIONS_FILE, models=tmp_path / "models", jobs=1)
    with pytest.raises(CorpusError, match=r"takes about 0\.6 GB of memory.*only 0\.\d GB.*Fix: .*--ignore-memory"):
        run(options, PlainProgress())
    assert "counting terms" not in capsys.readouterr().err


def test_the_run_goes_on_if_it_is_told_to(little_memory, capsys):
    require_memory(texts(60), 13, TrainingSettings(), 1, PlainProgress(), anyway=True)
    assert "training on 60 articles takes about 0.6 GB of memory and 1 minute (estimated)" in capsys.readouterr().err


def test_few_articles_are_not_estimated(capsys):
    require_memory(texts(60), 13, TrainingSettings(), 1, PlainProgress(), anyway=False)
    assert capsys.readouterr().err == ""


def test_more_articles_sections_and_threads_need_more():
    few = texts(36) * 5
    least = estimate(few, 5, TrainingSettings(), 1)
    assert estimate(few * 2, 5, TrainingSettings(), 1).memory > least.memory
    assert estimate(few, 50, TrainingSettings(), 1).memory > least.memory
    assert estimate(few, 5, TrainingSettings(), 2).memory > least.memory


@pytest.mark.parametrize("version", [1, 2])
def test_the_limit_of_a_container_counts(tmp_path, monkeypatch, version):
    group = tmp_path / "sys" / ("memory" if version == 1 else "") / "box"
    group.mkdir(parents=True)
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes") if version == 1 else ("memory.max", "memory.current")
    for name, value in zip(names, (5 * GIGA, 3 * GIGA), strict=True):
        (group / name).write_text(f"{value}\n")
    cache = "total_inactive_file" if version == 1 else "inactive_file"
    (group / "memory.stat").write_text(f"anon 1\n{cache} {GIGA}\n")
    groups = tmp_path / "cgroup"
    groups.write_text("7:cpu,memory:/box/inner\n" if version == 1 else "0::/box/inner\n")
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemAvailable:  999999999 kB\n")
    for name, path in (("_MEMORY", meminfo), ("_GROUPS", groups), ("_CGROUPS", tmp_path / "sys")):
        monkeypatch.setattr(room, name, path)
    own = room._field(room._STATUS, "VmRSS")
    assert memory_for_all() == pytest.approx(3 * GIGA + own, rel=0.02)


def test_a_disk_without_room_for_the_texts_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    large = tmp_path / "articles.jsonl"
    with large.open("wb") as file:
        file.truncate(1 << 43)  # takes no room itself
    with pytest.raises(CorpusError, match=r"need about [\d.]+ GB of temporary files in .* are free. Fix: .*TMPDIR"):
        require_disk([large], anyway=False)
    require_disk([large], anyway=True)
