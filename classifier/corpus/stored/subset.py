"""Some items of a sequence, looked up when they are asked for; and the texts of articles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar, overload

from classifier.corpus.stored.articles import StoredArticles
from classifier.corpus.stored.labelled import LabelledArticle

_Item = TypeVar("_Item", covariant=True)


class Subset(Sequence[_Item]):
    """Some items of a sequence, in a given order. Nothing is copied: texts on disk stay there."""

    def __init__(self, items: Sequence[_Item], places: Iterable[int]) -> None:
        self.items = items
        self.places = list(map(int, places))

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> _Item: ...
    @overload
    def __getitem__(self, at: slice) -> "Subset[_Item]": ...
    def __getitem__(self, at: int | slice) -> "_Item | Subset[_Item]":
        return Subset(self.items, self.places[at]) if isinstance(at, slice) else self.items[self.places[at]]

    def __reduce__(self) -> tuple[type[list[_Item]], tuple[list[_Item]]]:
        return list, (list(self),)


def texts_of(articles: Sequence[LabelledArticle]) -> Sequence[str]:
    """Return the cleaned texts of articles; those on disk stay there."""
    if isinstance(articles, StoredArticles):
        return articles.texts
    if isinstance(articles, Subset):
        return Subset(texts_of(articles.items), articles.places)
    return [item.prepared.text for item in articles]


def relabelled(articles: Sequence[LabelledArticle], changes: Mapping[int, frozenset[str]]) -> Sequence[LabelledArticle]:
    """Return articles with the sections of some replaced, by their places: as a person labelled them."""
    if isinstance(articles, StoredArticles):
        return articles.relabelled(changes)
    if isinstance(articles, Subset):
        below = {articles.places[n]: sections for n, sections in changes.items()}
        return Subset(relabelled(articles.items, below), articles.places)
    return [
        replace(item, sections=changes[n], taught=False) if n in changes else item for n, item in enumerate(articles)
    ]
