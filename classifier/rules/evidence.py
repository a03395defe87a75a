"""Evidence that readers can see: parts of words are shown as the word, and letters that overlap as one piece of text.

In a script without spaces, a name is many terms: its letters, and each two and three neighbouring ones. Shown one by
one, they would be pieces of each other. So terms of one sign that overlap are merged, and their shares are added. The
sum over all evidence does not change.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from classifier.terms.feature_text import FeatureKind
from classifier.terms.scripts import HANGUL, within
from classifier.terms.vocabulary import LocatedFeature

Span = tuple[int, int]
_SUBWORDS = (FeatureKind.WORD_BEGINNING, FeatureKind.WORD_INSIDE, FeatureKind.WORD_ENDING)
_UNITS = (FeatureKind.UNIT, FeatureKind.UNIT_PAIR, FeatureKind.UNIT_TRIPLE, FeatureKind.HANGUL_PAIR)


class Sign(NamedTuple):
    """What speaks for or against a section: a share of its logit, and the places in the text that it covers."""

    share: float
    spans: tuple[Span, ...]


def is_made_of_parts(located: Iterable[LocatedFeature]) -> bool:
    """Return whether some features are parts of words or letters without spaces, which `signs_of` puts together."""
    return any(feature.kind in _SUBWORDS or feature.kind in _UNITS for feature in located)


def signs_of(text: str, shares: Sequence[float], located: Sequence[LocatedFeature], most: int) -> list[Sign]:
    """Return the signs with the largest shares, for or against, largest first.

    Parameters
    ----------
    text : str
    shares : sequence of float
        The share of each known feature of the text.
    located : sequence of LocatedFeature
        The kind and the places of each of them.
    most : int
        The largest number of signs.
    """
    words = _words_with_parts(shares, located)
    whole: list[Sign] = []
    pieces = [Sign(share, spans) for share, spans in _by_text(text, words)]
    for share, feature in zip(shares, located, strict=True):
        start = feature.spans[0][0]
        if feature.kind in _UNITS or (feature.kind is FeatureKind.WORD and within(ord(text[start]), HANGUL)):
            pieces += [Sign(share, feature.spans)] if feature.spans[0] not in words else []
        elif feature.kind not in _SUBWORDS and not (feature.kind is FeatureKind.WORD and feature.spans[0] in words):
            whole.append(Sign(share, feature.spans))
    least = min((abs(sign.share) for sign in _strongest([*whole, *pieces], most)), default=0.0)
    parts = [(span, sign.share / len(sign.spans)) for sign in pieces if abs(sign.share) >= least for span in sign.spans]
    return _strongest([*whole, *(Sign(share, spans) for share, spans in _by_text(text, _merged(parts)))], most)


def _strongest(signs: Iterable[Sign], most: int) -> list[Sign]:
    return sorted(signs, key=lambda sign: -abs(sign.share))[:most]


def _words_with_parts(shares: Sequence[float], located: Sequence[LocatedFeature]) -> dict[Span, float]:
    """Return the share of each place of a word that has known parts: of the word itself and of all its parts."""
    found: dict[Span, float] = {}
    for share, feature in zip(shares, located, strict=True):
        if feature.kind in _SUBWORDS:
            for span in feature.spans:
                found[span] = found.get(span, 0.0) + share / len(feature.spans)
    for share, feature in zip(shares, located, strict=True):
        if feature.kind is FeatureKind.WORD and feature.spans[0] in found:
            for span in feature.spans:
                found[span] = found.get(span, 0.0) + share / len(feature.spans)
    return found


def _merged(pieces: Iterable[tuple[Span, float]]) -> dict[Span, float]:
    """Return pieces of text with their shares, those of one sign that overlap as one piece."""
    found: dict[Span, float] = {}
    for positive in (True, False):
        start = end = -1
        total = 0.0
        for span, share in sorted(piece for piece in pieces if (piece[1] > 0) == positive):
            if span[0] < end:
                end, total = max(end, span[1]), total + share
                continue
            if end > start:
                found[start, end] = found.get((start, end), 0.0) + total
            (start, end), total = span, share
        if end > start:
            found[start, end] = found.get((start, end), 0.0) + total
    return found


def _by_text(text: str, pieces: Mapping[Span, float]) -> Iterable[tuple[float, tuple[Span, ...]]]:
    """Yield the share and the places of each piece of text; upper and lower case make no difference."""
    places: dict[str, list[Span]] = {}
    for start, end in sorted(pieces):
        places.setdefault(text[start:end].casefold(), []).append((start, end))
    for spans in places.values():
        yield sum(pieces[span] for span in spans), tuple(spans)
