"""A run over an archive, from the files to the folder of results; it goes on where an earlier one ended."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from classifier.archive.asked import ArchiveError, TaggingOptions
from classifier.archive.cutting.cutter import partitions
from classifier.archive.cutting.inputs import archive_files
from classifier.archive.cutting.partitions import Partition, StampedFile
from classifier.archive.models import ArchiveModel
from classifier.archive.results.columns import arrow
from classifier.archive.results.counts import ArchiveCounts
from classifier.archive.results.folder import REJECTS_FILE, REVIEW_FILE, ArchiveFolder, DamagedPartitionError
from classifier.archive.results.review import review_header
from classifier.archive.results.run_file import open_run
from classifier.archive.tagging import TaggedPartition
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import left_out_files

SUMMARY_FILE = "summary.csv"

#: Tags partitions somewhere, and yields them as they are done, in any order.
Tagging = Callable[
    [Iterator[Partition], ArchiveModel, TaggingOptions, Context], Iterator[tuple[Partition, TaggedPartition]]
]


class ArchiveWatch(Protocol):
    """Shows how far a run has come."""

    def begin(self, n_bytes: int) -> None:
        """Take the size of all files."""

    def done(self, n_articles: int, n_bytes: int, *, now: bool) -> None:
        """Count a partition; ``now`` is false if an earlier run has tagged it."""

    def note(self, line: str) -> None:
        """Report a fact in words."""


@dataclass(frozen=True)
class ArchiveOutcome:
    """What became of a run: its counts, its number of partitions, and how many of them an earlier run had finished."""

    counts: ArchiveCounts
    partitions: int
    kept: int


def tag_archive(
    paths: Iterable[Path],
    out: Path,
    model: ArchiveModel,
    options: TaggingOptions,
    tagging: Tagging,
    watch: ArchiveWatch,
    *,
    restart: bool = False,
) -> ArchiveOutcome:
    """Tag an archive into a folder.

    Parameters
    ----------
    paths : iterable of Path
        Files, folders and globs.
    out : Path
        The folder; made if it does not exist.
    model : ArchiveModel
    options : TaggingOptions
    tagging : callable
        Where partitions are tagged: `classifier.archive.workers` or `classifier.archive.cluster`.
    watch : ArchiveWatch
    restart : bool
        Delete an earlier run in the folder first.

    Raises
    ------
    ArchiveError
        If the folder holds another run or cannot be written, pyarrow is missing, or there is no article.
    CorpusError
        If a path does not exist or is of no known kind.
    ModelError
        If the model cannot be loaded.
    """
    arrow()
    if options.changed:
        model.check_comparable()
    context = Context(model.load().sections, options.reading, around_damage=True)
    listed, own = list(paths), out.resolve()
    for path in listed:
        if path.is_dir() and own.is_relative_to(path.resolve()):
            raise ArchiveError(
                f"--out is {out}, which lies in {path}, so its results would be read as articles. "
                "Fix: give a folder outside with --out"
            )

    def files(passed_over: list[Path] | None = None) -> Iterator[StampedFile]:
        found = archive_files(listed, bool(options.reading.format), passed_over)
        return (file for file in found if not file.path.resolve().is_relative_to(own))

    folder = ArchiveFolder(out)
    others: list[Path] = []
    n_bytes = sum(file.n_bytes for file in files(others))  # before the folder is made: a wrong path leaves nothing
    for line in left_out_files([file for file in others if not file.resolve().is_relative_to(own)]):
        watch.note(line)
    with folder.locked():
        if told := open_run(folder, files, model, options, restart=restart):
            watch.note(told)
        watch.begin(n_bytes)
        run = _Run(folder, watch)
        for partition, tagged in tagging(
            run.unfinished(partitions(files(), context, options.rows)), model, options, context
        ):
            run.take(partition, tagged)
        return run.finish(options)


class _Run:
    """Counts the partitions of a run, and writes the new ones."""

    def __init__(self, folder: ArchiveFolder, watch: ArchiveWatch) -> None:
        self._folder, self._watch = folder, watch
        self._counts = ArchiveCounts()
        self._n = self._kept = 0

    def unfinished(self, found: Iterator[Partition]) -> Iterator[Partition]:
        """Yield the partitions that no earlier run has finished."""
        for partition in found:
            self._n += 1
            counts = self._finished(partition)
            if counts is None:
                yield partition
            else:
                self._kept += 1
                self._counts.add(counts)
                self._watch.done(counts.articles, partition.n_bytes, now=False)

    def _finished(self, partition: Partition) -> ArchiveCounts | None:
        """Return the counts of a partition if an earlier run has finished it; report if it was damaged since."""
        try:
            return self._folder.finished(partition.number)
        except DamagedPartitionError as error:
            self._watch.note(f"{error}; the articles of this partition are tagged again")
            return None

    def take(self, partition: Partition, tagged: TaggedPartition) -> None:
        """Write a partition, and count it."""
        self._folder.write(partition.number, tagged)
        self._counts.add(tagged.counts)
        self._watch.done(tagged.counts.articles, partition.n_bytes, now=True)

    def finish(self, options: TaggingOptions) -> ArchiveOutcome:
        """Write the files that are made of all partitions."""
        counts = self._counts
        if not (counts.articles or counts.rejects or counts.left_out):
            raise ArchiveError(
                "there are no articles to tag: the files given contain none. Fix: give files that contain articles"
            )
        self._folder.gather(REJECTS_FILE, "rejects", self._n)
        if options.review:
            self._folder.gather(REVIEW_FILE, "review", self._n, review_header())
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(counts.summary())
        self._folder.put(self._folder.path / SUMMARY_FILE, lambda file: file.write(text.getvalue().encode()))
        return ArchiveOutcome(counts, self._n, self._kept)
