"""An archive cut into partitions, in one pass over its files. The places depend on the files alone."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from classifier.archive.cutting.partitions import (
    LineBlock,
    LineSpan,
    Partition,
    RowBlock,
    RowSource,
    StampedFile,
    WholeFiles,
    readable_rows,
    unread_from,
)
from classifier.corpus.readers.columns.table import TablePlan, TableReader
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.encodings import encoding_of
from classifier.corpus.readers.files import PARQUET, bounded_lines, kind_of, open_bytes, open_utf8, readable
from classifier.corpus.readers.jsonl import rows_of_lines
from classifier.corpus.readers.packed import GZIP, head_of, zip_of
from classifier.corpus.readers.registry import HEAD_SIZE, format_of
from classifier.corpus.readers.rows import Found, Row
from classifier.errors import CorpusError

_LINES = "JSON Lines"
#: Files up to this size are read whole, by the worker that tags them; of packed ones a quarter, and of JSON Lines a
#: sixteenth, because all workers can read them at once.
_WHOLE = 16 << 20
_PACKED = 4
_LINES_TOO = 16
#: Small files share a partition up to this size together.
_TOGETHER = 32 << 20
#: Lines of a partition may have this many bytes together, beyond which it has fewer.
_MOST_LINE_BYTES = 64 << 20
_CHUNK = 1 << 20


def partitions(files: Iterable[StampedFile], context: Context, rows: int) -> Iterator[Partition]:
    """Yield the partitions of an archive in the order of its files.

    A file that cannot be read is a partition of its own, with one reject.

    Parameters
    ----------
    files : iterable of StampedFile
    context : Context
    rows : int
        Rows of a partition. Several small files together may have more, and long rows mean fewer.
    """
    numbers = count()
    for source, n_bytes in _Cutter(context, rows).sources(files):
        yield Partition(next(numbers), source, n_bytes)


Cut = tuple[RowSource, int]


class _Cutter:
    """Cuts one file after the other."""

    def __init__(self, context: Context, rows: int) -> None:
        self._context = context
        self._rows = rows

    def sources(self, files: Iterable[StampedFile]) -> Iterator[Cut]:
        small: list[StampedFile] = []
        size = 0
        for file in files:
            if _is_small(file):
                small.append(file)
                size += file.n_bytes
                if size >= _TOGETHER or len(small) >= self._rows:
                    yield WholeFiles(tuple(small)), size
                    small, size = [], 0
                continue
            if small:
                yield WholeFiles(tuple(small)), size
                small, size = [], 0
            yield from self._large(file)
        if small:
            yield WholeFiles(tuple(small)), size

    def _large(self, file: StampedFile) -> Iterator[Cut]:
        path = file.path
        reading, limits = self._context.reading, self._context.limits
        try:
            with readable(path):
                has_lines = format_of(path, limits, reading.format, reading.encoding).name == _LINES
                planned = self._plan(path) if has_lines else None
                is_plain = has_lines and not _is_packed(path) and not self._encoding(path)
        except CorpusError as error:
            yield RowBlock((unread_from(path, 1, error),)), file.n_bytes
            return
        if planned and is_plain:
            yield from self._spans(file, planned)
        elif planned:
            yield from self._blocks(file, planned)
        else:
            yield from self._streamed(file)

    def _plan(self, path: Path) -> TablePlan:
        """Return what the first rows of a JSON Lines file decide."""
        limits, reading = self._context.limits, self._context.reading
        with open_utf8(path, limits, reading.encoding) as file:
            rows = rows_of_lines(path, file, 1, limits)
            return TableReader(self._context.sections, reading).plan(path, rows)

    def _encoding(self, path: Path) -> str | None:
        with open_bytes(path, self._context.limits) as file:
            return encoding_of(path, head_of(file, HEAD_SIZE), self._context.reading.encoding)

    def _spans(self, file: StampedFile, planned: TablePlan) -> Iterator[Cut]:
        """Yield the parts of a plain file: workers read them themselves."""
        first, start = 1, 0
        for lines, end in _line_ends(file.path, self._rows):
            yield LineSpan(file, start, end, first, planned), end - start
            first, start = first + lines, end

    def _blocks(self, file: StampedFile, planned: TablePlan) -> Iterator[Cut]:
        """Yield the parts of a packed or recoded file, which only one process can read."""
        path, limits = file.path, self._context.limits
        first, n, held = 1, 0, io.BytesIO()
        size = _Share(file)
        fault: CorpusError | None = None
        try:
            with readable(path), open_utf8(path, limits, self._context.reading.encoding) as lines:
                for line in bounded_lines(lines, limits.row):
                    # the rest of an oversized line is passed over already
                    held.write(line if line.endswith(b"\n") else line + b"\n")
                    n += 1
                    if n >= self._rows or held.tell() >= _MOST_LINE_BYTES:
                        yield LineBlock(path, held.getvalue(), first, planned), size.of(held.tell())
                        first, n, held = first + n, 0, io.BytesIO()
        except CorpusError as error:
            fault = error
        if n:
            yield LineBlock(path, held.getvalue(), first, planned), size.of(held.tell())
        if fault:
            yield RowBlock((unread_from(path, first + n, fault),)), 0

    def _streamed(self, file: StampedFile) -> Iterator[Cut]:
        """Yield the parts of a file of another format, read as a stream."""
        held: list[Found] = []
        size = _Share(file)
        n_bytes = 0
        for item in readable_rows(file.path, self._context):
            if isinstance(item, Row):
                n_bytes += len(item.raw)
                item = replace(item, raw="")  # workers need the fields alone
            held.append(item)
            if len(held) >= self._rows or n_bytes >= _MOST_LINE_BYTES:
                yield RowBlock(tuple(held)), size.of(n_bytes)
                held, n_bytes = [], 0
        file.check()
        if held:
            yield RowBlock(tuple(held)), size.of(n_bytes)


class _Share:
    """The share of a file that its parts take, whatever they take once they are unpacked."""

    def __init__(self, file: StampedFile) -> None:
        self._left = file.n_bytes

    def of(self, n_bytes: int) -> int:
        taken = min(n_bytes, self._left)
        self._left -= taken
        return taken


def _line_ends(path: Path, lines: int) -> Iterator[tuple[int, int]]:
    """Yield the number of lines of each part of a file, and where it ends."""
    n = at = start = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            begun = 0
            while True:
                found = chunk.count(b"\n", begun)
                if n + found < lines and at + len(chunk) - start < _MOST_LINE_BYTES:
                    n += found
                    break
                end = _cut(chunk, begun, lines - n)
                if not end:  # a line that is longer than a part may be goes on
                    break
                yield n + chunk.count(b"\n", begun, end), at + end
                n, start, begun = 0, at + end, end
            at += len(chunk)
    if at > start:
        yield n + 1, at


def _cut(chunk: bytes, begun: int, lines: int) -> int:
    """Return where a part ends in a chunk: after a number of lines, or after the last line; 0 if no line ends."""
    end = begun
    for _ in range(lines):
        found = chunk.find(b"\n", end)
        if found < 0:
            break
        end = found + 1
    return end if end > begun else 0


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == GZIP or zip_of(path) is not None


def _is_small(file: StampedFile) -> bool:
    if kind_of(file.path) in (".jsonl", ".ndjson"):
        return file.n_bytes <= _WHOLE // _LINES_TOO
    packed = _is_packed(file.path) or file.path.suffix.lower() == PARQUET
    return file.n_bytes <= (_WHOLE // _PACKED if packed else _WHOLE)
