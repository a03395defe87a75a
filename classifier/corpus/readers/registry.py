"""The formats that can be read, in one table: a new format joins it with one line."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from classifier.corpus.readers.annif import is_annif_subjects, is_annif_table, read_annif_table, skip_subjects
from classifier.corpus.readers.annotation.reader import read_annotations
from classifier.corpus.readers.annotation.recipes import RECIPES, Recipe
from classifier.corpus.readers.arrow import read_arrow
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.delimited import read_delimited
from classifier.corpus.readers.excel import read_excel
from classifier.corpus.readers.fasttext import is_fasttext, read_fasttext
from classifier.corpus.readers.feeds import is_feed, read_feed
from classifier.corpus.readers.files import PARQUET, kind_of, open_utf8
from classifier.corpus.readers.ghost import is_ghost, read_ghost
from classifier.corpus.readers.json_columns import is_by_columns, read_json_object
from classifier.corpus.readers.json_objects import read_json_objects
from classifier.corpus.readers.jsonl import is_json_lines, is_json_list, read_json_list, read_jsonl
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.ninjs import NINJS, read_ninjs
from classifier.corpus.readers.packed import ZIP, head_of, members
from classifier.corpus.readers.pages import read_page
from classifier.corpus.readers.parquet import read_parquet
from classifier.corpus.readers.rows import Found
from classifier.corpus.readers.wordpress.reader import wxr_reader
from classifier.errors import CorpusError, shown

#: How much of the start of a file (unpacked) decides between formats with the same suffix.
HEAD_SIZE = 65_536

#: The name of the format whose vocabulary stands in its files too.
WORDPRESS = "WordPress export"

Rows = Iterator[Found]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of files.

    Parameters
    ----------
    name : str
        Its name in messages; ``--format`` takes its `key`.
    suffixes : tuple of str
        The suffixes of its files, in lower case, without ``.gz``.
    read : callable
        Takes a file and the context, and yields its rows.
    recognizes : callable, optional
        Tells from the first `HEAD_SIZE` bytes whether a file is of this format. Without it, every file of these
        suffixes is. Of several formats with the same suffix, the first in the table that recognizes a file reads it.
    confirms : callable, optional
        Has the last word on a file that it recognizes.
    is_table : bool
        Whether the rows have the columns of a stranger's table, among which those of an article are still to be found.
        Otherwise their fields have the names of `Article`, and their labels are a list.
    """

    name: str
    suffixes: tuple[str, ...]
    read: Callable[[Path, Context], Rows]
    recognizes: Callable[[bytes], object] | None = None
    is_table: bool = False
    confirms: Callable[[bytes], bool] | None = None

    @property
    def key(self) -> str:
        """The name that ``--format`` takes: in lower case, with hyphens."""
        return self.name.lower().replace(" ", "-")


_JSON = (".json", ".jsonl", ".ndjson")


def _annotations(recipe: Recipe) -> Format:
    def read(path: Path, to: Context) -> Rows:
        return read_annotations(path, recipe, to)

    return Format(recipe.tool, _JSON, read, recipe.pattern.match, confirms=recipe.confirms)


#: Every format that can be read. ``--format`` takes their names.
FORMATS: tuple[Format, ...] = (
    Format("Ghost", _JSON[:1], read_ghost, is_ghost),
    Format("ninjs", (*_JSON, ".ninjs"), read_ninjs, NINJS.match),
    *map(_annotations, RECIPES),
    Format("JSON Lines", (".jsonl", ".ndjson"), lambda path, to: read_jsonl(path, *to.text), is_table=True),
    Format("JSON", (".json",), lambda path, to: read_json_list(path, *to.text), is_json_list, is_table=True),
    Format("JSON", (".json",), read_json_object, is_by_columns, is_table=True),
    Format("JSON Lines", (".json",), lambda path, to: read_jsonl(path, *to.text), is_json_lines, is_table=True),
    Format("JSON", (".json",), read_json_objects, is_table=True),  # one article a file
    Format("Annif subjects", (".tsv", ".key"), skip_subjects, is_annif_subjects),
    Format("Annif", (".tsv", ".txt"), read_annif_table, is_annif_table),
    Format("table", (".csv", ".tsv"), lambda path, to: read_delimited(path, *to.text), is_table=True),
    Format("Parquet", (PARQUET,), read_parquet, is_table=True),
    Format("Arrow", (".arrow", ".feather"), read_arrow, is_table=True),
    Format("Excel", (".xlsx",), read_excel, is_table=True),
    Format("feed", (".xml", ".rss", ".atom"), read_feed, is_feed),
    Format(
        WORDPRESS,
        (".xml", ".wxr"),
        lambda path, to: wxr_reader(to.sections, to.reading, to.limits)(path),
    ),
    Format("fastText", (".txt", ".ft", ".fasttext", ".train", ".valid"), read_fasttext, is_fasttext),
    Format("page", (".txt",), read_page),
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
    found = {form.key: form for form in reversed(FORMATS)}
    if name not in found:
        raise CorpusError(f"no format is called {shown(name)}. Fix: give --format one of {', '.join(sorted(found))}")
    return found[name]


def format_of(path: Path, limits: Limits = LIMITS, name: str | None = None, encoding: str | None = None) -> Format:
    """Return the format with a name, or else the one that a file's suffix and start show.

    The start is read only if several formats have the suffix.

    Raises
    ------
    CorpusError
        If no format has the name, or the file is a .zip that is damaged.
    """
    if kind_of(path) == ZIP:  # the files in a .zip have paths of their own, unless it is damaged
        members(path)
    if name:
        return named_format(name)
    head: bytes | None = None
    candidates = [form for form in FORMATS if kind_of(path) in form.suffixes]
    for form in candidates:
        if form.recognizes is None:
            return form
        if head is None:
            with open_utf8(path, limits, encoding) as file:
                head = head_of(file, HEAD_SIZE)
        if form.recognizes(head) and (form.confirms is None or form.confirms(head)):
            return form
    return candidates[-1]
