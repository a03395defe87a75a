"""Excerpts: the part of an article in which the words that speak for and against a section stand, with these marked."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from classifier.terms.analyzer import Analyzer
from classifier.training.measuring.suspects import LogitTerms

LENGTH = 320  # characters
_MAX_READ = 20_000  # of a text; finding its terms takes long
_MAX_OPENING = 90
_LEAD = 60  # characters before the first marked word

Mark = Literal["", "for", "against"]


@dataclass(frozen=True)
class Excerpt:
    """A part of a text in pieces, each with its mark; ``cut_before`` and ``cut_after`` say whether there is more."""

    pieces: tuple[tuple[str, Mark], ...]
    cut_before: bool
    cut_after: bool


def excerpt_of(text: str, headline_length: int, reasons: LogitTerms, analyzer: Analyzer) -> Excerpt:
    """Return the part of an article that says most about a section.

    Parameters
    ----------
    text : str
        The cleaned text of the article, which begins with its headline.
    headline_length : int
        The number of characters of the headline. The excerpt leaves it out, unless only the headline has such words.
    reasons : LogitTerms
        The terms with the largest shares of the section's logit.
    analyzer : Analyzer
    """
    text = text[:_MAX_READ]
    shares, starts = _marked(text, reasons, analyzer)
    in_body = [start for start in starts if start >= headline_length]
    begin = _best_start(text, shares, in_body or starts, headline_length if in_body or not starts else 0)
    end = _word_end(text, begin + LENGTH)
    signs = np.sign(shares[begin:end]).astype(int)
    edges = [0, *(np.flatnonzero(np.diff(signs)) + 1).tolist(), end - begin]
    names: dict[int, Mark] = {1: "for", -1: "against", 0: ""}
    pieces = tuple((text[begin + a : begin + b], names[int(signs[a])]) for a, b in pairwise(edges) if b > a)
    return Excerpt(pieces, bool(text[headline_length:begin].strip()), end < len(text))


def opening_of(text: str) -> str:
    """Return the first words of a text, to name an article that has no headline."""
    if len(text) <= _MAX_OPENING:
        return text
    return f"{text[: _word_end(text, _MAX_OPENING)].rstrip()}…"


def _marked(text: str, reasons: LogitTerms, analyzer: Analyzer) -> tuple[NDArray[np.float64], list[int]]:
    """Return the share that speaks from each character, and the places at which marked terms begin."""
    shares, starts = np.zeros(len(text)), []
    of_term = dict(reasons.terms)
    for term in analyzer.located_features(text):
        share = of_term.get(term.text)
        if share:
            shares[term.start : term.end] += share
            starts.append(term.start)
    return shares, starts


def _best_start(text: str, shares: NDArray[np.float64], starts: list[int], least: int) -> int:
    """Return the beginning of the stretch that holds the most, a few words before its first marked one."""
    if not starts:
        return _word_start(text, least, least)
    totals = np.concatenate([[0.0], np.cumsum(np.abs(shares))])
    room = LENGTH - _LEAD
    best = max(starts, key=lambda start: (totals[min(start + room, len(text))] - totals[start], -start))
    last = max(least, len(text) - LENGTH)
    return _word_start(text, max(least, min(best - _LEAD, last)), least)


def _word_start(text: str, place: int, least: int) -> int:
    """Move a place in a text to the beginning of the next word, but not into a text without spaces."""
    if place > least:
        space = text.find(" ", place - 1, place + 30)
        place = space + 1 if space >= 0 else place
    while place < len(text) and text[place].isspace():
        place += 1
    return place


def _word_end(text: str, place: int) -> int:
    if place >= len(text):
        return len(text)
    space = text.rfind(" ", place - 30, place + 1)
    return space if space > 0 else place
