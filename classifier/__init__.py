"""Copydesk tags news articles with the sections of the site that publishes them.

>>> from classifier import Article, Tagger
>>> answer = Tagger.load("models").tag(Article(headline="...", body="..."))  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classifier.answer import Answer, Tag
    from classifier.article import Article
    from classifier.request import Choice
    from classifier.sections import Section, Sections
    from classifier.tagger import Tagger

__all__ = ["Answer", "Article", "Choice", "Section", "Sections", "Tag", "Tagger"]

_HOMES = {
    "Answer": "classifier.answer",
    "Article": "classifier.article",
    "Choice": "classifier.request",
    "Section": "classifier.sections",
    "Sections": "classifier.sections",
    "Tag": "classifier.answer",
    "Tagger": "classifier.tagger",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that ``import classifier`` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'classifier' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
