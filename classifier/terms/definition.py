r"""The analyzer in plain Python: what a term is, and where each one stands in the text.

This is the definition. A term is a run of two or more word characters (Unicode ``\w``) of the lowercased text, with
every decimal digit written as ``0`` so that numbers share features. The features of a text are its terms and its pairs
of adjacent terms. It is what scikit-learn's TfidfVectorizer does with ``ngram_range=(1, 2)`` and the default token
pattern on a text whose digits are folded.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

_TERM = re.compile(r"\w\w+")
_DIGIT = re.compile(r"\d")
PAIR_JOINT = " "


class Term(NamedTuple):
    """A term or a pair, with its place in the text: characters ``start`` to ``end``, end excluded."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """Return the text lowercased, with every decimal digit as ``0``."""
    return _DIGIT.sub("0", text.lower())


def features(text: str) -> list[str]:
    """Return the terms and then the pairs of a text, as often as they occur."""
    words = _TERM.findall(fold(text))
    return words + [f"{first}{PAIR_JOINT}{second}" for first, second in pairwise(words)]


def located_features(text: str) -> Iterator[Term]:
    """Yield what `features` returns, each with its place in ``text`` as it was before folding."""
    folded = fold(text)
    place = range(len(text) + 1) if len(folded) == len(text) else places(text)
    words = [Term(m.group(), place[m.start()], place[m.end()]) for m in _TERM.finditer(folded)]
    yield from words
    for first, second in pairwise(words):
        yield Term(f"{first.text}{PAIR_JOINT}{second.text}", first.start, second.end)


def places(text: str) -> Sequence[int]:
    """Map each position of the lowercased text to one of the text: ``İ`` becomes two characters."""
    found = [place for place, character in enumerate(text) for _ in character.lower()]
    return [*found, len(text)]
