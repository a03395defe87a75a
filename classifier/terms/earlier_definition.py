r"""Analyzer 1 in plain Python: the features of models that were trained before analyzer 2.

A term is a run of two or more word characters (Unicode ``\w``) of the lowercased text, with every decimal digit as
``0``. scikit-learn's TfidfVectorizer gives the same features with ``ngram_range=(1, 2)`` and its default token pattern,
if the digits of the text are folded first. A combining mark separates, and a phrase without spaces is one term.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from classifier.terms.feature_text import PAIR_JOINT, Term

_TERM = re.compile(r"\w\w+")
_DIGIT = re.compile(r"\d")


def fold_words(text: str) -> str:
    """Return the text lowercased, with every decimal digit as ``0``."""
    return _DIGIT.sub("0", text.lower())


def word_features(text: str) -> list[str]:
    """Return the terms of a text and then its pairs, each as often as it occurs."""
    words = _TERM.findall(fold_words(text))
    return words + [f"{first}{PAIR_JOINT}{second}" for first, second in pairwise(words)]


def located_word_features(text: str) -> Iterator[Term]:
    """Yield the features of a text, in the order of `word_features`, with their places in the text before folding."""
    folded = fold_words(text)
    place = range(len(text) + 1) if len(folded) == len(text) else lowercase_places(text)
    words = [Term(m.group(), place[m.start()], place[m.end()]) for m in _TERM.finditer(folded)]
    yield from words
    for first, second in pairwise(words):
        yield Term(f"{first.text}{PAIR_JOINT}{second.text}", first.start, second.end)


def lowercase_places(text: str) -> Sequence[int]:
    """Map each position of the lowercased text to a position of the text: the lowercase of ``İ`` is two characters."""
    found = [place for place, character in enumerate(text) for _ in character.lower()]
    return [*found, len(text)]
