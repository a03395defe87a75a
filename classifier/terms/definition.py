r"""The analyzer in plain Python: the definition of a term, and the place of each term in the text.

A term is a run of two or more word characters (Unicode ``\w``) of the lowercased text. Every decimal digit is written
as ``0``, so that numbers share features. The features of a text are its terms and its pairs of adjacent terms.
scikit-learn's TfidfVectorizer gives the same features with ``ngram_range=(1, 2)`` and its default token pattern, if the
digits of the text are folded first.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

_TERM = re.compile(r"\w\w+")
_DIGIT = re.compile(r"\d")
PAIR_JOINT = " "


class Term(NamedTuple):
    """A term or a pair, and its characters in the text: from ``start`` to ``end``, end excluded."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return the text lowercased, with every decimal digit as ``0``."""
    return _DIGIT.sub("0", text.lower())


def features(text: str) -> list[str]:
    """Return the terms of a text and then its pairs, each as often as it occurs."""
    words = _TERM.findall(fold(text))
    return words + [f"{first}{PAIR_JOINT}{second}" for first, second in pairwise(words)]


def located_features(text: str) -> Iterator[Term]:
    """Yield the features of a text, in the order of `features`, with their places in the text before folding."""
    folded = fold(text)
    place = range(len(text) + 1) if len(folded) == len(text) else places(text)
    words = [Term(m.group(), place[m.start()], place[m.end()]) for m in _TERM.finditer(folded)]
    yield from words
    for first, second in pairwise(words):
        yield Term(f"{first.text}{PAIR_JOINT}{second.text}", first.start, second.end)


def places(text: str) -> Sequence[int]:
    """Map each position of the lowercased text to a position of the text: the lowercase of ``İ`` is two characters."""
    found = [place for place, character in enumerate(text) for _ in character.lower()]
    return [*found, len(text)]
