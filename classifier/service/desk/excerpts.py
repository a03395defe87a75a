"""Excerpts: the part of a text in which the words stand that spoke for its tags."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from classifier.text.clean import clean

#: Characters of an excerpt, and of the text in which it is looked for.
LENGTH = 240
_LOOKED_AT = 20_000
_BEFORE = 60


@dataclass(frozen=True)
class QueueExcerpt:
    """A part of a text in pieces; each second one, beginning with the second, is a word that spoke for a tag.

    ``begins`` and ``ends`` say whether the text begins and ends with it.
    """

    pieces: tuple[str, ...]
    begins: bool
    ends: bool

    @property
    def text(self) -> str:
        """The excerpt without marks."""
        return "".join(self.pieces)


def excerpt_of(body: str, terms: Collection[str]) -> QueueExcerpt:
    """Return the part of an article's body that begins shortly before the first of the terms.

    Parameters
    ----------
    body : str
        Text or HTML.
    terms : collection of str
        As the article writes them.
    """
    text = " ".join(clean(body[:_LOOKED_AT]).split())
    pattern = _pattern(terms)
    first = pattern.search(text) if pattern else None
    start = max(0, first.start() - _BEFORE) if first else 0
    if start:  # at the beginning of a word, if there is one near
        space = text.find(" ", start, start + 20)
        start = space + 1 if space >= 0 else start
    part, ends = text[start : start + LENGTH], start + LENGTH >= len(text)
    if not ends and " " in part[-20:]:  # at the end of a word
        part = part.rpartition(" ")[0]
    return QueueExcerpt(pieces_of(part, terms), start == 0, ends and len(body) <= _LOOKED_AT)


def pieces_of(text: str, terms: Iterable[str]) -> tuple[str, ...]:
    """Return a text in pieces; each second one, beginning with the second, is one of the terms."""
    pattern = _pattern(terms)
    return tuple(pattern.split(text)) if pattern else (text,)


def _pattern(terms: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted({term for term in terms if term.strip()}, key=len, reverse=True)
    if not longest_first:
        return None
    # scripts without spaces have no word boundaries that Python knows
    parts = [rf"\b{re.escape(t)}\b" if t.isascii() else re.escape(t) for t in longest_first]
    return re.compile(f"({'|'.join(parts)})", re.IGNORECASE)
