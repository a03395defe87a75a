"""Articles to tag, from every file and table that training reads. Their labels are not looked at."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from classifier.answer import Answer
from classifier.article import Article
from classifier.corpus.readers.columns.cells import TO_LABEL
from classifier.corpus.readers.columns.dates import read_date
from classifier.corpus.readers.columns.languages import language_named
from classifier.corpus.readers.columns.table import TableReader
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import OTHER_KIND, bare_name, find_files, not_utf8, open_utf8, readable
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.registry import format_of, suffixes
from classifier.corpus.readers.rows import (
    MACHINE,
    Found,
    LeftOut,
    Note,
    Place,
    Reading,
    Reject,
    Row,
    TableSource,
    oversized,
)
from classifier.errors import InvalidInputError
from classifier.request import Choice
from classifier.routing.set_tagger import SetTagger
from classifier.sections import Sections
from classifier.tagger import Tagger

_NO_TEXT = "articles without text"
#: The format of dumped pages, as the table of formats names it.
_PAGE = "page"


@dataclass(frozen=True, slots=True)
class Unlabelled:
    """An article to tag, and whether it has labels, which are not read.

    ``to_label``: the question mark is still there that a person was to replace with the labels. ``taught``: a teacher
    gave the labels. ``published`` is its date if dates are asked for, and ``undated`` the kind of the fault of a date,
    in the plural. ``without`` names the texts that it lacks because their cells hold a word for nothing.
    """

    place: Place
    article: Article
    has_labels: bool
    to_label: bool = False
    taught: bool = False
    published: date | None = None
    undated: str = ""
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Untaggable:
    """A row that cannot be tagged, and why."""

    place: Place
    detail: str


def read_unlabelled(
    paths: Iterable[Path], sections: Sections, reading: Reading, limits: Limits = LIMITS, *, dated: bool = False
) -> Iterator[Unlabelled | Untaggable | LeftOut | Note]:
    """Yield the articles of files, one after the other; no more than a few rows are in memory at once.

    With ``dated``, their dates are read as well.

    Raises
    ------
    CorpusError
        If a path does not exist, cannot be read or parsed, or holds no file of a known kind, or if no column of a
        table holds text.
    """
    context = Context(sections, reading, limits)
    passed_over: list[Path] = []
    for file in find_files(paths, suffixes(), bool(reading.format), passed_over):
        for item in rows_of_file(file, context):
            for found in to_tag(item):
                if dated and isinstance(item, Row) and isinstance(found, Unlabelled):
                    yield _with_date(found, item, reading)
                else:
                    yield found
    for file in sorted(passed_over):
        yield LeftOut(Place(file, 0), OTHER_KIND)


def rows_of_file(file: Path, context: Context) -> Iterator[Found]:
    """Yield the rows of a file, one after the other, with the fields of an article.

    Raises
    ------
    CorpusError
        If the file cannot be read or parsed, or no column of a table holds text.
    """
    with readable(file):
        reading = context.reading
        form = format_of(file, context.limits, reading.format, reading.encoding)
        if form.name == _PAGE:  # it need not begin with its sections here
            yield _page(file, context)
            return
        rows = form.read(file, context)
        yield from TableReader(context.sections, reading).read(file, rows) if form.is_table else rows


def read_table(table: TableSource, sections: Sections, reading: Reading) -> Iterator[Unlabelled | Untaggable]:
    """Yield each row of a table in memory, as an article without an id, or with the reason why it is none."""
    for item in TableReader(sections, reading).read(table.path, table.rows()):
        if isinstance(item, Row):
            item.fields.pop("id", None)
        for found in to_tag(item):
            if isinstance(found, LeftOut):
                yield Untaggable(found.place, "no text: body and headline are empty")
            elif not isinstance(found, Note):
                yield found


def to_tag(item: Found) -> Iterator[Unlabelled | Untaggable | LeftOut | Note]:
    """Yield a row as an article to tag, or with the reason why it is none; nothing for what only training needs."""
    match item:
        case Row():
            yield _read(item)
        case Reject():
            yield Untaggable(item.place, "; ".join(item.reasons))
        case LeftOut() | Note():
            yield item


def _read(row: Row) -> Unlabelled | Untaggable | LeftOut:
    given = {name: row.fields[name] for name in ("id", "headline", "body") if row.fields.get(name) is not None}
    if not any(_says_something(given.get(name)) for name in ("headline", "body")):
        return LeftOut(row.place, _NO_TEXT)
    try:
        language = row.fields.get("language")
        article = Article.read({**given, "language": language_named(str(language)) if language else None})
    except InvalidInputError as error:
        return Untaggable(row.place, str(error))
    except ValueError as error:
        return Untaggable(row.place, f"language: {error}")
    labels = row.fields.get("sections")
    to_label = labels == TO_LABEL or (isinstance(labels, list | tuple) and TO_LABEL in labels)
    taught = row.fields.get("label_source") == MACHINE
    return Unlabelled(row.place, article, bool(labels), to_label, taught, without=row.without)


def _with_date(found: Unlabelled, row: Row, reading: Reading) -> Unlabelled:
    day = read_date(row.fields.get("published"), reading.date_format)
    return replace(found, undated=day) if isinstance(day, str) else replace(found, published=day)


def _page(path: Path, to: Context) -> Row | Reject:
    """Return a dumped page as a row; the tagger takes a first line of section names off."""
    place = Place(path, 1)
    with open_utf8(path, *to.text) as file:
        data = file.read(to.limits.row + 1)
    text = data.decode("utf-8-sig", errors="surrogateescape")
    if len(data) > to.limits.row:
        return oversized(place, text, f"a page of more than {to.limits.row:,} bytes")
    if problem := not_utf8(text):
        return Reject(place, (problem,), text)
    return Row(place, {"id": bare_name(path), "body": text}, text)


def _says_something(text: Any) -> bool:
    return not (not text or text.isspace()) if isinstance(text, str) else bool(text)


def tag_each(
    tagger: Tagger | SetTagger, articles: Sequence[Article], choice: Choice, jobs: int = 1
) -> list[Answer | InvalidInputError]:
    """Return the answer for each article, in order, or what is wrong with it, such as another language."""
    with suppress(InvalidInputError):
        return list(tagger.tag_many(articles, choice, jobs))
    return [_answer(tagger, article, choice) for article in articles]


def _answer(tagger: Tagger | SetTagger, article: Article, choice: Choice) -> Answer | InvalidInputError:
    try:
        return tagger.tag(article, choice)
    except InvalidInputError as error:
        return error
