"""The formats that can be read, in one table: a new format joins it with one line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from classifier.corpus.readers.annif import is_annif_subjects, is_annif_table, read_annif_table, skip_subjects
from classifier.corpus.readers.annotation.reader import read_annotations
from classifier.corpus.readers.annotation.recipes import RECIPES, Recipe
from classifier.corpus.readers.delimited import read_delimited
from classifier.corpus.readers.fasttext import is_fasttext, read_fasttext
from classifier.corpus.readers.feeds import is_feed, read_feed
from classifier.corpus.readers.files import PARQUET, kind_of, open_bytes
from classifier.corpus.readers.ghost import is_ghost, read_ghost
from classifier.corpus.readers.jsonl import read_jsonl
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.ninjs import is_ninjs_file, read_ninjs
from classifier.corpus.readers.pages import page_reader
from classifier.corpus.readers.parquet import read_parquet
from classifier.corpus.readers.rows import Found, Reading
from classifier.corpus.readers.wordpress.reader import wxr_reader
from classifier.errors import CorpusError, shown
from classifier.sections import Sections

#: How much of the start of a file (unpacked) decides between formats with the same suffix.
HEAD_SIZE = 65_536

#: The name of the format whose vocabulary stands in its files too.
WORDPRESS = "wordpress"

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
        Its name, as ``--format`` takes it.
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


def _annotations(recipe: Recipe) -> Format:
    def read(path: Path, to: Context) -> Rows:
        return read_annotations(path, recipe, to.sections, to.reading, to.limits)

    return Format(recipe.name, (".json", ".jsonl", ".ndjson"), read, recipe.recognizes)


#: Every format that can be read. ``--format`` takes their names.
FORMATS: tuple[Format, ...] = (
    Format("ghost", (".json",), lambda path, to: read_ghost(path, to.sections, to.limits), is_ghost),
    Format(
        "ninjs",
        (".json", ".jsonl", ".ndjson", ".ninjs"),
        lambda path, to: read_ninjs(path, to.sections, to.reading, to.limits),
        is_ninjs_file,
    ),
    *map(_annotations, RECIPES),
    Format("json-lines", (".jsonl",), lambda path, context: read_jsonl(path, context.limits), is_table=True),
    Format("annif-subjects", (".tsv", ".key"), lambda path, _: skip_subjects(path), is_annif_subjects),
    Format(
        "annif",
        (".tsv", ".txt"),
        lambda path, to: read_annif_table(path, to.sections, to.limits),
        is_annif_table,
    ),
    Format("table", (".csv", ".tsv"), lambda path, context: read_delimited(path, context.limits), is_table=True),
    Format("parquet", (PARQUET,), lambda path, context: read_parquet(path, context.limits), is_table=True),
    Format(
        "feed",
        (".xml", ".rss", ".atom"),
        lambda path, to: read_feed(path, to.sections, to.limits),
        is_feed,
    ),
    Format(
        WORDPRESS,
        (".xml", ".wxr"),
        lambda path, context: wxr_reader(context.sections, context.reading, context.limits)(path),
    ),
    Format(
        "fasttext",
        (".txt", ".ft", ".fasttext", ".train", ".valid"),
        lambda path, to: read_fasttext(path, to.sections, to.limits),
        is_fasttext,
    ),
    Format("page", (".txt",), lambda path, to: page_reader(to.sections, to.reading, to.limits)(path)),
)


def suffixes() -> Mapping[str, None]:
    """Return every suffix that can be read, once, in the order of the table."""
    return dict.fromkeys(chain.from_iterable(form.suffixes for form in FORMATS))


def named_format(name: str) -> Format:
    """Return the format with a name.

    Raises
    ------
    CorpusError
        If there is none.
    """
    found = {form.name: form for form in FORMATS}
    if name not in found:
        raise CorpusError(f"no format is called {shown(name)}. Fix: give --format one of {', '.join(found)}")
    return found[name]


def format_of(path: Path, limits: Limits = LIMITS, name: str | None = None) -> Format:
    """Return the format with a name, or else the one that a file's suffix and start show.

    The start is read only if several formats have the suffix.

    Raises
    ------
    CorpusError
        If no format has the name.
    """
    if name:
        return named_format(name)
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
