"""The formats that can be read, in one table: a new format joins it with one line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from classifier.corpus.readers.arrow import read_arrow
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.delimited import read_delimited
from classifier.corpus.readers.excel import read_excel
from classifier.corpus.readers.files import PARQUET, kind_of, open_utf8
from classifier.corpus.readers.jsonl import is_json_lines, is_json_list, read_json_list, read_jsonl
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.pages import page_reader
from classifier.corpus.readers.parquet import read_parquet
from classifier.corpus.readers.rows import Found
from classifier.corpus.readers.wxr import wxr_reader

#: How much of the start of a file (unpacked) decides between formats with the same suffix.
HEAD_SIZE = 65_536

Rows = Iterator[Found]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files.

    Parameters
    ----------
    name : str
        Its name in messages.
    suffixes : tuple of str
        The suffixes of its files, in lower case, without ``.gz``.
    read : callable
        Takes a file and the context, and yields its rows.
    recognizes : callable, optional
        Tells from the first `HEAD_SIZE` bytes whether a file is of this format. Without it, every file of these
        suffixes is. Of several formats with the same suffix, the first in the table that recognizes a file reads it.
    is_table : bool
        Whether the rows have the columns of a stranger's table, among which those of an article are still to be found.
        Otherwise their fields have the names of `Article`, and their labels are a list.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, Context], Rows]
    recognizes: Callable[[bytes], bool] | None = None
    is_table: bool = False


#: Every format that can be read.
FORMATS: tuple[Format, ...] = (
    Format("JSON Lines", (".jsonl", ".ndjson"), lambda path, to: read_jsonl(path, *to.text), is_table=True),
    Format("JSON", (".json",), lambda path, to: read_json_list(path, *to.text), is_json_list, is_table=True),
    Format("JSON Lines", (".json",), lambda path, to: read_jsonl(path, *to.text), is_json_lines, is_table=True),
    Format("table", (".csv", ".tsv"), lambda path, to: read_delimited(path, *to.text), is_table=True),
    Format("Parquet", (PARQUET,), read_parquet, is_table=True),
    Format("Arrow", (".arrow", ".feather"), read_arrow, is_table=True),
    Format("Excel", (".xlsx",), read_excel, is_table=True),
    Format(
        "WordPress export",
        (".xml", ".wxr"),
        lambda path, to: wxr_reader(to.sections, to.reading, to.limits)(path),
    ),
    Format("page", (".txt",), lambda path, to: page_reader(to.sections, *to.text)(path)),
)


def suffixes() -> Mapping[str, None]:
    """Return every suffix that can be read, once, in the order of the table."""
    return dict.fromkeys(chain.from_iterable(form.suffixes for form in FORMATS))


def format_of(path: Path, limits: Limits = LIMITS) -> Format:
    """Return the format of a file whose suffix is in the table; its start is read only if that has to decide."""
    head: bytes | None = None
    candidates = [form for form in FORMATS if kind_of(path) in form.suffixes]
    for form in candidates:
        if form.recognizes is None:
            return form
        if head is None:
            with open_utf8(path, limits) as file:
                head = file.read(HEAD_SIZE)
        if form.recognizes(head):
            return form
    return candidates[-1]
