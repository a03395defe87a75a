"""The formats that can be read, in one table: a new format joins it with one line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from classifier.corpus.readers.delimited import read_delimited
from classifier.corpus.readers.files import PARQUET, kind_of, open_bytes
from classifier.corpus.readers.jsonl import read_jsonl
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.pages import page_reader
from classifier.corpus.readers.parquet import read_parquet
from classifier.corpus.readers.rows import Found, Reading
from classifier.corpus.readers.wordpress.reader import wxr_reader
from classifier.sections import Sections

#: How much of the start of a file (unpacked) decides between formats with the same suffix.
HEAD_SIZE = 65_536

#: The name of the format whose vocabulary stands in its files too.
WORDPRESS = "WordPress export"

Rows = Iterator[Found]


@dataclass(frozen=True, slots=True)
class Context:
    """What a reader knows besides the file: the vocabulary, how to read, and the limits."""

    sections: Sections
    reading: Reading
    limits: Limits = LIMITS


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
    Format("JSON Lines", (".jsonl",), lambda path, context: read_jsonl(path, context.limits), is_table=True),
    Format("table", (".csv", ".tsv"), lambda path, context: read_delimited(path, context.limits), is_table=True),
    Format("Parquet", (PARQUET,), lambda path, context: read_parquet(path, context.limits), is_table=True),
    Format(
        WORDPRESS,
        (".xml", ".wxr"),
        lambda path, context: wxr_reader(context.sections, context.reading, context.limits)(path),
    ),
    Format("page", (".txt",), lambda path, context: page_reader(context.sections, context.limits)(path)),
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
            with open_bytes(path, limits) as file:
                head = file.read(HEAD_SIZE)
        if form.recognizes(head):
            return form
    return candidates[-1]
