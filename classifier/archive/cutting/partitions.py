"""The partitions of an archive: where the rows of each come from. A worker reads them, here or on another machine."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from classifier.archive.asked import InputChangedError
from classifier.corpus.readers.columns.table import TablePlan, TableReader
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import packed_size
from classifier.corpus.readers.jsonl import rows_of_lines
from classifier.corpus.readers.packed import zip_of
from classifier.corpus.readers.rows import Found, LeftOut, Note, Place, Reject, Row, UnreadRows
from classifier.corpus.unlabelled import rows_of_file
from classifier.errors import CorpusError, unreadable_as


class FileStamp(NamedTuple):
    """The size of a file in bytes, and the time of its last change in nanoseconds."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> "FileStamp":
        """Return the stamp of a file, or of the .zip that it is in.

        Raises
        ------
        CorpusError
            If there is no such file, or it cannot be looked at.
        """
        with unreadable_as(CorpusError, f"{path} cannot be read"):
            found = (zip_of(path) or path).stat()
        return cls(found.st_size, found.st_mtime_ns)


@dataclass(frozen=True)
class StampedFile:
    """A file of the archive as it was when the run began; in a .zip, the stamp is that of the .zip."""

    path: Path
    stamp: FileStamp
    n_bytes: int

    @classmethod
    def of(cls, path: Path) -> "StampedFile":
        """Return a file as it is now.

        Raises
        ------
        CorpusError
            If there is no such file, or it cannot be looked at.
        """
        stamp = FileStamp.of(path)
        return cls(path, stamp, packed_size(path) if zip_of(path) else stamp.size)

    def check(self) -> None:
        """Check that the file is as it was.

        Raises
        ------
        InputChangedError
            If it is not.
        """
        if FileStamp.of(self.path) != self.stamp:
            raise InputChangedError(
                f"{self.path} was changed after the run began. Fix: wait until it is complete, then run again with "
                "--restart"
            )


@dataclass(frozen=True)
class LineBlock:
    """Lines of JSON, given as UTF-8, and the number of the first; ``planned`` is what the first rows decided."""

    path: Path
    data: bytes
    first: int
    planned: TablePlan

    def rows(self, context: Context) -> Iterator[Found]:
        """Yield the rows."""
        rows = rows_of_lines(self.path, io.BytesIO(self.data), self.first, context.limits)
        return TableReader(context.sections, context.reading).read_planned(self.planned, rows)

    def carried(self, context: Context) -> "LineBlock":  # noqa: ARG002 - as the others
        """Return the same rows for a machine that does not have the file."""
        return self


@dataclass(frozen=True)
class LineSpan:
    """Lines of a plain JSON Lines file, from byte ``start`` to ``end``; ``first`` is the number of the first line."""

    file: StampedFile
    start: int
    end: int
    first: int
    planned: TablePlan

    def rows(self, context: Context) -> Iterator[Found]:
        """Yield the rows."""
        return self.carried(context).rows(context)

    def carried(self, context: Context) -> LineBlock:  # noqa: ARG002 - as the others
        """Return the same rows for a machine that does not have the file.

        Raises
        ------
        InputChangedError
            If the file is not as it was.
        """
        self.file.check()
        path = self.file.path
        with unreadable_as(CorpusError, f"{path} cannot be read"), path.open("rb") as file:
            file.seek(self.start)
            data = file.read(self.end - self.start)
        self.file.check()
        return LineBlock(path, data, self.first, self.planned)


@dataclass(frozen=True)
class RowBlock:
    """Rows that were read already."""

    found: tuple[Found, ...]

    def rows(self, context: Context) -> Iterator[Found]:  # noqa: ARG002 - as the others
        """Yield the rows."""
        return iter(self.found)

    def carried(self, context: Context) -> "RowBlock":  # noqa: ARG002 - as the others
        """Return the same rows for a machine that does not have the file."""
        return self


@dataclass(frozen=True)
class WholeFiles:
    """Small files, one after the other."""

    files: tuple[StampedFile, ...]

    def rows(self, context: Context) -> Iterator[Found]:
        """Yield the rows; a file that cannot be read is a reject."""
        for file in self.files:
            file.check()
            yield from readable_rows(file.path, context)
            file.check()

    def carried(self, context: Context) -> RowBlock:
        """Return the same rows for a machine that does not have the files."""
        return RowBlock(tuple(self.rows(context)))


RowSource = LineBlock | LineSpan | RowBlock | WholeFiles


@dataclass(frozen=True)
class Partition:
    """A part of an archive: its number, from 0, its rows, and how many bytes of the files it takes, for progress."""

    number: int
    source: RowSource
    n_bytes: int

    def without_rows(self) -> "Partition":
        """Return the partition without its rows, which only its worker needs."""
        return replace(self, source=RowBlock(()))


def readable_rows(path: Path, context: Context) -> Iterator[Found]:
    """Yield the rows of a file up to the place where it is damaged, and its rest as a reject; a note if it is empty."""
    line = 0
    is_empty = True
    try:
        for item in rows_of_file(path, context):
            if isinstance(item, Row | Reject):
                line = item.place.line
            is_empty = is_empty and not isinstance(item, Row | Reject | LeftOut)
            yield item
    except CorpusError as error:
        yield unread_from(path, line + 1, error)
    else:
        if is_empty:
            yield Note(Place(path, 0), "the file contains no articles")


def unread_from(path: Path, line: int, error: CorpusError) -> UnreadRows:
    """Return the rest of a file from a row on as a reject, with the reason why it was not read."""
    which = "the file" if line == 1 else "from here on, the file"
    return UnreadRows(Place(path, line), (f"{which} cannot be read: {error}",), "")
