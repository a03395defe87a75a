"""The names by which columns are known: of newsrooms, pandas, Hugging Face, Kaggle and annotation tools."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

_SEPARATORS = re.compile(r"[\s_.:\-]+")

#: Field -> the names of its columns, the preferred first. Case, spaces, dashes, dots and underscores do not matter.
NAMES: dict[str, tuple[str, ...]] = {
    "sections": (
        *("sections", "section", "categories", "category", "labels", "label", "topics", "topic", "tags", "tag"),
        *("classes", "class", "subjects", "subject", "accept", "choices", "choice", "annotation", "annotations"),
        *("cats", "section names", "section name", "category names", "category name", "label names", "label name"),
        *("label text", "topic name", "class name", "news category", "article section", "target"),
        *("class index", "label index"),
    ),
    "headline": (
        *("headline", "title", "headlines", "post title", "article title", "news title", "web title", "page title"),
        *("title text", "hed", "heading"),
    ),
    "body": (
        *("body", "text", "content", "article", "story", "html", "body text", "body html", "article body"),
        *("article text", "article content", "full text", "full content", "main text", "post content", "news content"),
        *("content html", "content encoded", "content text", "news", "document", "plain text", "story text"),
        *("paragraphs", "sentence"),
    ),
    # short texts about an article: its body only if no column above is there
    "summary": ("summary", "abstract", "excerpt", "lead", "teaser", "short description", "description"),
    "id": ("id",),
    "published": (
        *("published", "date", "published at", "published on", "publish date", "published date", "date published"),
        *("pub date", "publication date", "post date", "article date", "datetime", "timestamp"),
    ),
    "language": ("language", "lang", "language code", "lang code"),
    "source": ("source",),
    "url": ("url", "link", "permalink"),
    # a column “story” holds the body of many data sets: its values decide
    "story": ("story id", "translation group", "translation group id", "trid"),
    "translation_of": ("translation of", "translation of id"),
    "weight": ("weight", "sample weight", "article weight"),
    "label_source": ("label source",),
    "split": ("split", "subset", "partition", "data split"),
}
#: What each part of a split may be called.
SPLITS: dict[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "test": ("test", "testing", "eval", "evaluation"),
    "validation": ("validation", "valid", "val", "dev", "development"),
}
_SPLIT_OF = {name: split for split, names in SPLITS.items() for name in names}


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return the name of a column without regard to case, spaces, dashes, dots and underscores."""
    return _SEPARATORS.sub("", name.casefold())


_ORDER = {plain(name): (field, rank) for field, names in NAMES.items() for rank, name in enumerate(names)}


def field_of(column: str) -> str | None:
    """Return the field that a column is known to hold, or None."""
    field, _ = _ORDER.get(plain(column), (None, 0))
    return field


def rank(column: str) -> int:
    """Return how early the name of a known column stands in its row of `NAMES`."""
    return _ORDER[plain(column)][1]


def split_of(value: object) -> str | None:
    """Return the part of a split that a cell names: train, test or validation."""
    return _SPLIT_OF.get(value.strip().casefold()) if isinstance(value, str) else None


def find_column(asked: str, columns: Iterable[str]) -> str | None:
    """Return the column with a name, or else the one with the same name in another spelling."""
    columns = list(columns)
    if asked in columns:
        return asked
    return next(_alike(asked, columns), None)


def _alike(asked: str, columns: Iterable[str]) -> Iterator[str]:
    return (column for column in columns if plain(column) == plain(asked))
