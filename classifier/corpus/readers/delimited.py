"""CSV and TSV with a header line of column names."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from classifier.corpus.readers.files import kind_of, open_text
from classifier.corpus.readers.rows import Place, Reject, Row, not_utf8
from classifier.errors import CorpusError

# The csv module's own limit of 131,072 characters is under the length of an article's body that we accept.
csv.field_size_limit(2_000_000)


def read_delimited(path: Path) -> Iterator[Row | Reject]:
    """Yield the articles of a CSV or TSV file, packed or not.

    The delimiter is a tab for .tsv; otherwise a comma, or a semicolon where the header line has more of those. A row
    whose quotes are broken is rejected by itself: reading goes on at the next line.

    Raises
    ------
    CorpusError
        If the header line cannot be read or has no column for the body.
    """
    with open_text(path) as file:
        lines = file.readlines()
    if not lines:
        return
    delimiter = _delimiter(path, lines[0])
    columns = _columns(path, lines[0], delimiter)
    for start, end, cells, problem in _records(lines, 1, delimiter):
        raw = "".join(lines[start:end]).rstrip("\r\n")
        place = Place(path, start + 1)
        problem = problem or not_utf8(raw) or _count_problem(cells, columns)
        if problem:
            yield Reject(place, (problem,), raw)
        elif cells:
            yield Row(place, {name: cell for name, cell in zip(columns, cells, strict=True) if cell.strip()}, raw)


def _delimiter(path: Path, header: str) -> str:
    if kind_of(path) == ".tsv":
        return "\t"
    return ";" if header.count(";") > header.count(",") else ","


def _columns(path: Path, header: str, delimiter: str) -> list[str]:
    columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter))]
    repeated = {name for name in columns if columns.count(name) > 1}
    if repeated or "" in columns:
        raise CorpusError(
            f"{path}:1: the header line must name every column once; look at {sorted(repeated) or 'the empty name'}"
        )
    return columns


def _count_problem(cells: Sequence[str], columns: Sequence[str]) -> str | None:
    if cells and len(cells) != len(columns):
        return f"{len(cells)} columns where the header line names {len(columns)}; quote cells that hold the delimiter"
    return None


def _records(lines: Sequence[str], start: int, delimiter: str) -> Iterator[tuple[int, int, list[str], str | None]]:
    """Yield (first line, line after the last, cells, problem) of each record, lines counted from 0."""
    while start < len(lines):
        reader = csv.reader(islice(lines, start, None), delimiter=delimiter, strict=True)
        first, problem = start, None
        try:
            for cells in reader:
                yield first, start + reader.line_num, cells, None
                first = start + reader.line_num
        except csv.Error as error:
            problem = f"broken quotes ({error}); double a quote inside a quoted cell"
        if problem is None:
            return
        # The reader may have run past many good rows to find that a quote never closes: only the first is bad.
        yield first, first + 1, [], problem
        start = first + 1
