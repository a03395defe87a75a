"""Declared stories: articles that name the same story, or the original that they translate, belong together.

A translation has few words in common with its original, so it is not a near copy. Still, a split must keep both on one
side: names, numbers and labels of the one give the other away.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.stored.labelled import StoryNames
from classifier.corpus.stories import group_stories

_DIGITS = 16


class StoryKeys(NamedTuple):
    """Digests of the names by which an article is known to its translations, None for those that it does not have.

    ``story`` is that of its story, ``id`` its own, ``original`` that of the article that it translates.
    """

    story: str | None = None
    id: str | None = None
    original: str | None = None

    @classmethod
    def of(cls, names: StoryNames) -> "StoryKeys":
        """Return the keys of an article with these names."""
        return cls(_digest(names.story), _digest(names.id), _digest(names.translation_of))


def _digest(name: str | None) -> str | None:
    return hashlib.sha256(name.strip().encode()).hexdigest()[:_DIGITS] if name is not None else None


def stories_of(
    articles: Sequence[LabelledArticle], signatures: NDArray[np.uint16], texts: Sequence[str]
) -> NDArray[np.int64]:
    """Return the story of each article: near copies share one, and so do articles that name the same story.

    Parameters
    ----------
    articles : sequence of LabelledArticle
    signatures : uint16 array of shape (n_articles, 64)
    texts : sequence of str
        The texts of the articles that were signed.

    Returns
    -------
    int64 array of shape (n_articles,)
        The index of the first article of each article's story.
    """
    return join_declared(articles, group_stories(signatures, texts))


def join_declared(articles: Sequence[LabelledArticle], stories: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the stories after those are joined whose articles name the same story, or an article's original.

    Parameters
    ----------
    articles : sequence of LabelledArticle
    stories : int64 array of shape (n_articles,)
        As `classifier.corpus.stories.group_stories` returns them.
    """
    first_with: dict[tuple[str, str], int] = {}
    pairs = [
        (first_with[name], n)
        for n, item in enumerate(articles)
        for name in _kinds(item.names)
        if first_with.setdefault(name, n) != n
    ]
    if not pairs:
        return stories
    ones, others = np.array(pairs, np.int64).T
    n = len(stories)
    edges = np.concatenate([ones, np.arange(n)]), np.concatenate([others, stories])
    graph = coo_matrix((np.ones(len(edges[0]), np.int8), edges), shape=(n, n))
    _, component = connected_components(graph, directed=False)
    first = np.full(n, n)
    np.minimum.at(first, component, np.arange(n))
    return np.asarray(first[component], np.int64)


def _kinds(names: StoryNames) -> Iterator[tuple[str, str]]:
    """Yield the names that an article shares with its translations, with their kind: an id is not a story's name."""
    if names.story is not None:
        yield "story", names.story.strip()
    for name in (names.id, names.translation_of):
        if name is not None:
            yield "id", name.strip()
