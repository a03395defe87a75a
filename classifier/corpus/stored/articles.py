"""Labelled articles whose texts are on disk: a sequence that reads each again when it is asked for."""

import pickle
from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, overload

from classifier.article import Article
from classifier.corpus.stored.labelled import LabelledArticle, Place, StoryNames
from classifier.corpus.stored.spool import Spool
from classifier.corpus.stored.texts import StoredTexts
from classifier.terms.encoding import utf8
from classifier.text.prepare import PreparedText

_FIELDS = tuple(Article.model_fields)
_BODY, _HEADLINE = _FIELDS.index("body"), _FIELDS.index("headline")
_Value = TypeVar("_Value")


class StoredArticles(Sequence[LabelledArticle]):
    """Labelled articles in the order in which they were added.

    In memory are only their labels, dates, languages, sources, weights, places and sizes, about 120 bytes an article.
    An item that is asked for is a view: its text and its fields are read from a temporary file when they are needed,
    and an item that is kept keeps what was read.
    """

    def __init__(self) -> None:
        self.texts = StoredTexts()
        self._fields, self._names = Spool(), Spool()
        self.sections: list[frozenset[str]] = []
        self.days: list[date | None] = []
        self.languages: list[str | None] = []
        self.sources: list[str] = []
        self.headlines, self._dropped, self._files = array("i"), array("i"), array("i")
        self._lines, self.weights, self.taught = array("q"), array("d"), bytearray()
        self._paths: dict[Path, int] = {}
        self._file_list: list[Path] = []
        self._items: dict[int, str] = {}
        self._known: dict[Any, Any] = {}

    def __len__(self) -> int:
        return len(self.sections)

    @overload
    def __getitem__(self, at: int) -> LabelledArticle: ...
    @overload
    def __getitem__(self, at: slice) -> list[LabelledArticle]: ...
    def __getitem__(self, at: int | slice) -> LabelledArticle | list[LabelledArticle]:
        if isinstance(at, slice):
            return [StoredArticle(self, row) for row in range(*at.indices(len(self)))]
        return StoredArticle(self, range(len(self))[at])

    def __iter__(self) -> Iterator[LabelledArticle]:
        return (StoredArticle(self, row) for row in range(len(self)))

    def append(self, item: LabelledArticle) -> None:
        """Add an article: its text and its fields go to the temporary files.

        Raises
        ------
        CorpusError
            If they cannot be written.
        """
        article, prepared, place = item.article, item.prepared, item.place
        self.texts.append(prepared)
        values = [getattr(article, name) for name in _FIELDS]
        if prepared.utf8 == _uncleaned(article.headline, article.body):
            values[_BODY] = None  # the text is the same: nothing was cleaned
        self._fields.append(pickle.dumps((values, article.model_fields_set), pickle.HIGHEST_PROTOCOL))
        self._names.append(pickle.dumps((article.id, article.story, article.translation_of), pickle.HIGHEST_PROTOCOL))
        self.sections.append(self._once(item.sections))
        self.days.append(self._once(article.published))
        self.languages.append(self._once(article.language))
        self.sources.append(self._once(article.source))
        self.headlines.append(prepared.headline_length)
        self._dropped.append(prepared.dropped)
        self._files.append(self._number_of(place.file))
        self._lines.append(place.line)
        if place.item:
            self._items[len(self) - 1] = place.item
        self.weights.append(item.weight)
        self.taught.append(item.taught)

    def relabelled(self, changes: Mapping[int, frozenset[str]]) -> "StoredArticles":
        """Return the articles with the sections of some rows replaced, as a person labelled them, on the same files."""
        found = StoredArticles.__new__(StoredArticles)
        found.__dict__.update(self.__dict__)
        found.sections, found.taught = list(self.sections), bytearray(self.taught)
        for row, sections in changes.items():
            found.sections[row], found.taught[row] = sections, False
        return found

    def article_of(self, row: int) -> Article:
        """Read the fields of an article."""
        values, given = pickle.loads(self._fields.read(row))  # noqa: S301 - our own file, which has no name
        fields = dict(zip(_FIELDS, values, strict=True))
        if fields["body"] is None:
            text = self.texts[row]
            fields["body"] = text[len(fields["headline"]) + 2 :] if fields["headline"] else text
        return Article.model_construct(given, **fields)

    def prepared_of(self, row: int) -> PreparedText:
        """Read the cleaned text of an article."""
        return PreparedText(self.texts.utf8(row), self.headlines[row], self._dropped[row])

    def names_of(self, row: int) -> StoryNames:
        """Read the names by which an article is known."""
        return StoryNames(*pickle.loads(self._names.read(row)))  # noqa: S301 - as above

    def place_of(self, row: int) -> Place:
        """Return the place of an article in the files."""
        return Place(self._file_list[self._files[row]], self._lines[row], self._items.get(row, ""))

    def _number_of(self, file: Path) -> int:
        if file not in self._paths:
            self._paths[file] = len(self._file_list)
            self._file_list.append(file)
        return self._paths[file]

    def _once(self, value: _Value) -> _Value:
        """Return the same object for equal values."""
        return self._known.setdefault(value, value)  # type: ignore[no-any-return]


def _uncleaned(headline: str, body: str) -> bytes:
    return utf8(f"{headline}\n\n{body}" if headline else body)


class StoredArticle(LabelledArticle):
    """A labelled article whose texts are read when they are asked for."""

    __slots__ = ("_article", "_prepared", "_row", "_store")

    _article: Article | None
    _prepared: PreparedText | None
    _row: int
    _store: StoredArticles

    def __init__(self, store: StoredArticles, row: int) -> None:
        set_ = object.__setattr__
        set_(self, "_store", store)
        set_(self, "_row", row)
        set_(self, "_article", None)
        set_(self, "_prepared", None)

    @property
    def article(self) -> Article:
        """Read the fields of the article."""
        if (found := self._article) is None:
            found = self._store.article_of(self._row)
            object.__setattr__(self, "_article", found)
        return found

    @property
    def prepared(self) -> PreparedText:
        """Read the cleaned text."""
        if (found := self._prepared) is None:
            found = self._store.prepared_of(self._row)
            object.__setattr__(self, "_prepared", found)
        return found

    @property
    def names(self) -> StoryNames:
        """Read the names by which the article is known."""
        return self._store.names_of(self._row)

    @property
    def sections(self) -> frozenset[str]:
        """The sections by id."""
        return self._store.sections[self._row]

    @property
    def place(self) -> Place:
        """The place in the files."""
        return self._store.place_of(self._row)

    @property
    def weight(self) -> float:
        """By how much its errors count in the fit."""
        return self._store.weights[self._row]

    @property
    def taught(self) -> bool:
        """Whether a teacher labelled it, not a person."""
        return bool(self._store.taught[self._row])

    @property
    def published(self) -> date | None:
        """The day of the article."""
        return self._store.days[self._row]

    @property
    def language(self) -> str | None:
        """The language that the article names."""
        return self._store.languages[self._row]

    @property
    def source(self) -> str:
        """The origin of the article."""
        return self._store.sources[self._row]

    @property
    def headline_length(self) -> int:
        """The number of characters of the headline."""
        return self._store.headlines[self._row]

    @property
    def length(self) -> int:
        """The number of characters of the text."""
        return self._store.texts.lengths[self._row]
