"""How a feature is written, in terms.txt and in reports: the signs that join its parts stand in no term.

==================  ==============================================================
``border``          a word, a unit (``中``), or two Hangul syllables of a word
``border clash``    two adjacent words
``中+国``           two or three neighbouring units of a run
``bor*``            the beginning of a word; ``*rde*`` its inside, ``*der`` its end
==================  ==============================================================
"""

from enum import IntEnum
from typing import NamedTuple

PAIR_JOINT = " "
UNIT_JOINT = "+"
#: In a subword: any letters of the word, or none.
REST = "*"
_LETTER = "я"  # of a script other than Latin


class Term(NamedTuple):
    """A feature, and its characters in the text: from ``start`` to ``end``, end excluded."""

    text: str
    start: int
    end: int


class FeatureKind(IntEnum):
    """The kinds of features, in the order in which a text lists them; pairs of words come last."""

    WORD = 0
    UNIT = 1
    UNIT_PAIR = 2
    UNIT_TRIPLE = 3
    HANGUL_PAIR = 4
    WORD_BEGINNING = 5
    WORD_INSIDE = 6
    WORD_ENDING = 7


def subword_kind(feature: str) -> FeatureKind | None:
    """Return which subword a feature is, or None if it is none."""
    begins, ends = feature.startswith(REST), feature.endswith(REST)
    if begins and ends:
        return FeatureKind.WORD_INSIDE
    if begins:
        return FeatureKind.WORD_ENDING
    return FeatureKind.WORD_BEGINNING if ends else None


def example(feature: str) -> str:
    """Return a text that has the feature, if subwords are on."""
    kind = subword_kind(feature)
    if kind is None:
        return feature.replace(UNIT_JOINT, "")
    letters = feature.strip(REST)
    return (
        letters + letters
        if kind is FeatureKind.WORD_BEGINNING
        else _LETTER + letters + _LETTER * (kind is FeatureKind.WORD_INSIDE)
    )
