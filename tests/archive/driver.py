"""Runs over an archive in this process, which can be stopped anywhere; and what they wrote."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet

from classifier.archive.running import ArchiveOutcome, tag_archive
from classifier.archive.tagging import PartitionTagger


class Stopped(BaseException):
    """Stands for a kill: nothing of ours handles it."""


class Watch:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.n_bytes = self.taken = 0
        self.notes: list[str] = []
        self.new: list[int] = []

    def begin(self, n_bytes: int) -> None:
        self.n_bytes = n_bytes

    def done(self, n_articles: int, n_bytes: int, *, now: bool) -> None:
        self.taken += n_bytes
        if now:
            self.new.append(n_articles)

    def note(self, line: str) -> None:
        self.notes.append(line)


def here(stop_after: int | None = None, carried: bool = False):
    """Return what tags partitions in this process, and stops after some of them."""

    def tagging(partitions, model, options, context):
        tagger = PartitionTagger(model.load(), options)
        for n, partition in enumerate(partitions):
            if n == stop_after:
                raise Stopped
            source = partition.source.carried(context) if carried else partition.source
            yield partition.without_rows(), tagger.tag(source)

    return tagging


def run(
    paths: Iterable[Path], out: Path, model, options, *, tagging=None, restart: bool = False
) -> tuple[ArchiveOutcome, Watch]:
    watch = Watch()
    return tag_archive(paths, out, model, options, tagging or here(), watch, restart=restart), watch


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a run."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def rows_of(folder: Path) -> list[dict[str, object]]:
    """Return the rows of all Parquet files, in their order."""
    files = sorted(folder.glob("**/*.parquet"))
    return [row for file in files for row in pyarrow.parquet.read_table(file).to_pylist()]


def rejects_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "rejects.jsonl").read_text().splitlines()]
