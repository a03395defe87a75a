"""CSV and TSV with a header line of column names."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from classifier.corpus.readers.encodings import looks_like
from classifier.corpus.readers.files import kind_of, not_utf8, open_text, with_cut_characters_replaced
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.rows import CUT_CHARACTER, Found, Header, Note, Place, Reject, Row, oversized
from classifier.errors import CorpusError, shown

# The csv module's own limit of 131,072 characters is below the longest body of an article.
csv.field_size_limit(LIMITS.cell)
_MAX_NAMED = 5
#: Characters below a header that is not UTF-8 that are read to find its encoding.
_SAMPLE = 1 << 18
_DELIMITERS = (",", ";", "\t", "|")
#: How Excel names the delimiter, in a line before the header line.
SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?\r?\n?", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')


def read_delimited(path: Path, limits: Limits = LIMITS, encoding: str | None = None) -> Iterator[Found]:
    """Yield the articles of a CSV or TSV file, packed or not, and before them the names of its columns.

    The delimiter is the one of comma, semicolon, tab and bar that the header line has most of; Excel may name it in a
    line before, as ``sep=;``. A column without a name is passed over. A row with broken quotes is rejected alone:
    reading goes on at the next line. No more than one row is in memory at a time.

    Raises
    ------
    CorpusError
        If the header line cannot be read, or gives two columns the same name.
    """
    with open_text(path, limits, encoding) as file:
        header, number, delimiter = _header(path, file, limits)
        if not header:
            return
        columns = _columns(path, header, number, delimiter)
        yield Header(tuple(name for name in columns if name))
        if "" in columns:
            place = _nth([at for at, name in enumerate(columns, 1) if not name])
            yield Note(Place(path, number), f"{place} has no name, so it is not read")
        for record in _Records(file, number + 1, delimiter, limits):
            place_of = Place(path, record.line)
            if record.is_oversized:
                yield oversized(place_of, record.raw, f"a line of more than {limits.row:,} characters")
                continue
            cells, raw, remark = _fitted(record.cells, columns), record.raw, ""
            encoding_problem = not_utf8(raw)
            if encoding_problem and not not_utf8(whole := with_cut_characters_replaced(raw)):
                cells, raw, remark = [with_cut_characters_replaced(cell) for cell in cells], whole, CUT_CHARACTER
                encoding_problem = None
            problem = record.problem or encoding_problem or _cell_problem(cells, columns, limits)
            if problem:
                yield Reject(place_of, (problem,), raw)
            elif cells:
                pairs = zip(columns, cells, strict=True)
                fields = {name: cell for name, cell in pairs if name and cell.strip()}
                yield Row(place_of, fields, raw, remark=remark)


def _header(path: Path, file: IO[str], limits: Limits) -> tuple[str, int, str]:
    """Return the header line, its number, and the delimiter."""
    header, number, delimiter = file.readline(limits.row + 1), 1, ""
    if found := SEPARATOR_LINE.fullmatch(header):
        header, number, delimiter = file.readline(limits.row + 1), 2, found[1]
    if len(header) > limits.row:
        raise CorpusError(
            f"{path}:{number}: the header line has more than {limits.row:,} characters. "
            "Fix: check that the file is CSV or TSV, and that its first line names the columns"
        )
    if problem := not_utf8(header):
        raise CorpusError(f"{path}:{number}: {problem}{_guess(header, file.read(_SAMPLE))}")
    return header, number, delimiter or delimiter_of(path, header)


def _guess(header: str, sample: str) -> str:
    """Return what else to do about a header that is not UTF-8, by the text below it; empty if some of that is UTF-8."""
    below = [line for line in sample.splitlines() if not line.isascii()]
    broken = [line for line in below if not_utf8(line)]
    if len(broken) < len(below):
        return ""
    found = looks_like([header, *broken])
    return f", or name its encoding with --encoding{f' {found}' if found else ''}"


def delimiter_of(path: Path, header: str) -> str:
    """Return the delimiter of a table: the one that its header line has most of, outside of quotes."""
    outside_quotes = _QUOTED.sub("", header)
    usual = "\t" if kind_of(path) == ".tsv" else ","
    return max((usual, *_DELIMITERS), key=outside_quotes.count)


def _columns(path: Path, header: str, number: int, delimiter: str) -> list[str]:
    try:
        names = next(csv.reader([header], delimiter=delimiter))
    except csv.Error as error:
        raise CorpusError(
            f"{path}:{number}: the header line cannot be read ({error}). Fix: correct its quotes"
        ) from error
    columns = [name.strip() for name in names]
    folded = [name.lower() for name in columns]
    repeated = sorted({name for name in folded if folded.count(name) > 1} - {""})
    if repeated or not any(columns):
        named = ", ".join(map(shown, repeated[:_MAX_NAMED])) or "an empty name"
        raise CorpusError(
            f"{path}:{number}: the header line has repeated or empty column names: {named}. "
            "Fix: give every column its own name"
        )
    return columns


def _nth(places: Sequence[int]) -> str:
    return f"column {places[0]}" if len(places) == 1 else f"each of columns {', '.join(map(str, places[:_MAX_NAMED]))}"


def _fitted(cells: Sequence[str], columns: Sequence[str]) -> Sequence[str]:
    """Return the cells of a row without empty ones behind the last column, and with those of columns without a name."""
    if len(cells) > len(columns) and not any(cell.strip() for cell in cells[len(columns) :]):
        return cells[: len(columns)]
    if cells and len(cells) < len(columns) and not any(columns[len(cells) :]):
        return [*cells, *("" for _ in columns[len(cells) :])]
    return cells


def _cell_problem(cells: Sequence[str], columns: Sequence[str], limits: Limits) -> str | None:
    if cells and len(cells) != len(columns):
        found = f"{len(cells)} {'cell' if len(cells) == 1 else 'cells'}"
        few, many = "add the missing ones, or correct the quotes", "put cells that contain the delimiter in quotes"
        fix = few if len(cells) < len(columns) else many
        return f"{found}, but the header line names {len(columns)} columns. Fix: {fix}"
    for name, cell in zip(columns, cells, strict=False):
        if len(cell) > limits.cell:
            return f"{shown(name)}: a cell of more than {limits.cell:,} characters. Fix: shorten it"
    return None


@dataclass(frozen=True, slots=True)
class _Record:
    """A row: the number of its first line, its lines as text, and its cells or the problem with them."""

    line: int
    raw: str
    cells: Sequence[str] = ()
    problem: str | None = None
    is_oversized: bool = False


class _TooLongError(Exception):
    """The lines of one record are longer than a row may be."""


class _Records:
    """The records of a file.

    The csv module reads as many lines as a record needs. If it fails, it may have read many good rows in search of the
    end of a quote: only the first of its lines is bad, and the others are read again.
    """

    def __init__(self, file: IO[str], line: int, delimiter: str, limits: Limits) -> None:
        self._file = file
        self._line = line
        self._delimiter = delimiter
        self._limits = limits
        self._open: list[str] = []  # the lines of the record that is being read
        self._again: deque[str] = deque()  # lines to be read again

    def __iter__(self) -> Iterator[_Record]:
        while True:
            try:
                for cells in csv.reader(self._lines(), delimiter=self._delimiter, strict=True):
                    yield self._whole(cells)
            except (csv.Error, _TooLongError) as error:
                yield self._broken(error)
            else:
                return

    def _lines(self) -> Iterator[str]:
        size, most = 0, self._limits.row
        while line := self._again.popleft() if self._again else self._file.readline(most + 1):
            size = size + len(line) if self._open else len(line)
            self._open.append(line)
            if size > most:
                raise _TooLongError
            yield line

    def _whole(self, cells: Sequence[str]) -> _Record:
        record = _Record(self._line, "".join(self._open).rstrip("\r\n"), cells)
        self._line += len(self._open)
        self._open.clear()
        return record

    def _broken(self, error: Exception) -> _Record:
        """Return the first line of a broken record, and have the other lines read again."""
        first, *others = self._open
        self._again.extendleft(reversed(others))
        self._open.clear()
        number, self._line = self._line, self._line + 1
        raw = first.rstrip("\r\n")
        if len(first) > self._limits.row:
            self._skip_rest(first)
            return _Record(number, raw, is_oversized=True)
        if isinstance(error, _TooLongError):
            problem = f"broken quotes (a row of more than {self._limits.row:,} characters)"
        elif "field limit" in str(error):
            problem = f"broken quotes, or a cell of more than {csv.field_size_limit():,} characters"
        else:
            problem = f"broken quotes ({error})"
        return _Record(number, raw, problem=f"{problem}. Fix: write a quotation mark inside a quoted cell twice")

    def _skip_rest(self, line: str) -> None:
        while line and not line.endswith(("\n", "\r")):
            line = self._file.readline(self._limits.row)
