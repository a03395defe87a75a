"""Tables that Copydesk wrote as CSV, read again after an editor filled them in and a spreadsheet saved them."""

import csv
import io
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from classifier.corpus.readers.delimited import SEPARATOR_LINE, delimiter_of
from classifier.corpus.readers.files import open_utf8
from classifier.corpus.readers.limits import LIMITS
from classifier.errors import CopydeskError, CorpusError, unreadable_as


def read_sheet(path: Path, error: type[CopydeskError]) -> Iterator[list[str]]:
    """Yield the rows of a table, the one with the names of the columns first.

    The delimiter and the byte order mark are found as in tables of articles, because a spreadsheet saves a table with
    the delimiter and in the encoding of its country.

    Raises
    ------
    CopydeskError
        If the file cannot be read: an ``error``. The message names the row.
    """
    with unreadable_as(error, f"{path} cannot be read"):
        try:
            yield from _rows(path, error)
        except CorpusError as cause:
            raise error(str(cause)) from cause


def _rows(path: Path, error: type[CopydeskError]) -> Iterator[list[str]]:
    with io.TextIOWrapper(open_utf8(path), encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline(LIMITS.row)
        if named := SEPARATOR_LINE.fullmatch(first):
            rows = csv.reader(file, delimiter=named[1])
        else:
            rows = csv.reader(chain([first], file), delimiter=delimiter_of(path, first))
        try:
            yield from rows
        except csv.Error as cause:
            raise error(f"{path}: broken after row {rows.line_num:,} ({cause}). Fix: correct its quotes") from None
