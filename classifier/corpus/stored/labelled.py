"""A labelled article, and its place in the files."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

from classifier.article import Article
from classifier.text.prepare import PreparedText


@dataclass(frozen=True, slots=True)
class Place:
    """A file and a line in it, counted from 1; ``item`` names the item there if it has a name, such as ``post 12``."""

    file: Path
    line: int
    item: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" + (f" ({self.item})" if self.item else "")


class StoryNames(NamedTuple):
    """The names by which an article and its translations are known: its own, its story's, and its original's."""

    id: str | None = None
    story: str | None = None
    translation_of: str | None = None


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article to learn from: its text as the model sees it, its sections by id, and its place in the files.

    ``weight`` is by how much its errors count in the fit. ``taught`` marks labels that a teacher gave, not a person.
    """

    article: Article
    prepared: PreparedText
    sections: frozenset[str]
    place: Place
    weight: float = 1.0
    taught: bool = False

    @property
    def published(self) -> date | None:
        """The day of the article."""
        return self.article.published

    @property
    def language(self) -> str | None:
        """The language that the article names."""
        return self.article.language

    @property
    def source(self) -> str:
        """The origin of the article."""
        return self.article.source

    @property
    def names(self) -> StoryNames:
        """The names by which the article is known."""
        return StoryNames(self.article.id, self.article.story, self.article.translation_of)

    @property
    def headline_length(self) -> int:
        """The number of characters of the headline, with which the text begins."""
        return self.prepared.headline_length

    @property
    def length(self) -> int:
        """The number of characters of the text."""
        return len(self.prepared.text)
