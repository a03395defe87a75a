"""A text with the words marked that speak for sections and against them, and its language and direction."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from classifier.answer import Tag
from classifier.language_codes import language_code
from classifier.routing.scripts import LANGUAGES_OF_SCRIPT, scripts_of
from classifier.text.script import script_of

_RIGHT_TO_LEFT = frozenset({"Arabic", "Hebrew", "Syriac", "Thaana", "Nko"})
#: Letters of Urdu that Arabic and Persian do not have.
_URDU = frozenset("ٹڈڑںے")


@dataclass(frozen=True)
class Piece:
    """A piece of a text. ``sections`` are places in the list of tags -> the share of the words in that section."""

    text: str
    sections: dict[int, float]

    def kind(self, place: int | None) -> str:
        """Return whether it speaks ``for`` a section or ``against`` it; an empty text if neither."""
        share = self.sections.get(-1 if place is None else place, 0.0)
        return "for" if share > 0 else "against" if share < 0 else ""

    def places(self, *, speaking_for: bool) -> str:
        """Return the places of the sections that it speaks for, or against, separated by spaces."""
        return " ".join(str(s) for s, share in self.sections.items() if (share > 0) == speaking_for)


def paragraphs(text: str, tags: Sequence[Tag]) -> list[list[Piece]]:
    """Return a text in paragraphs of pieces, cut where the evidence of any tag begins or ends.

    Parameters
    ----------
    text : str
        The cleaned text that the evidence points into.
    tags : sequence of Tag
        With their explanations; a tag without one marks nothing.
    """
    spans = sorted(
        (start, end, place, item.share)
        for place, tag in enumerate(tags)
        if tag.explanation
        for item in tag.explanation.evidence
        for start, end in item.spans
    )
    lines = [0, *(i + 1 for i, letter in enumerate(text) if letter == "\n"), len(text) + 1]
    cuts = sorted({0, len(text), *lines[:-1], *(s[0] for s in spans), *(s[1] for s in spans)})
    cuts = [cut for cut in cuts if cut <= len(text)]
    shares: list[dict[int, float]] = [{} for _ in cuts]
    for start, end, place, share in spans:
        for i in range(bisect_right(cuts, start) - 1, bisect_right(cuts, end - 1)):
            shares[i][place] = shares[i].get(place, 0.0) + share
    found: list[list[Piece]] = [[] for _ in lines[:-1]]
    for i, (start, end) in enumerate(pairwise(cuts)):
        piece = text[start:end].rstrip("\n")
        if piece:
            found[bisect_right(lines, start) - 1].append(Piece(piece, shares[i]))
    return [pieces for pieces in found if any(piece.text.strip() for piece in pieces)]


def direction_of(text: str) -> str:
    """Return the direction of a text as HTML has it: ``rtl``, ``ltr``, or ``auto`` if its script does not tell."""
    script = script_of(text)
    return "auto" if script is None else "rtl" if script in _RIGHT_TO_LEFT else "ltr"


def language_of(text: str, given: str | None, among: Collection[str]) -> str:
    """Return the language of a text as HTML has it, or an empty text: unknown.

    Parameters
    ----------
    text : str
    given : str, optional
        The language that the article names.
    among : collection of str
        The languages of the model. One of them that is written in the script of the text is likely.
    """
    if given:
        try:
            return language_code(given) or given
        except ValueError:
            return ""
    script = script_of(text)
    if script is None:
        return ""
    likely = [code for code in among if script in scripts_of(code)]
    if likely:
        return likely[0]
    if script == "Arabic" and not _URDU.isdisjoint(text):
        return "ur"
    return next(iter(LANGUAGES_OF_SCRIPT.get(script, ())), "")
