"""Texts cut short: the headline alone, or the first words, so that short texts can be learned from long ones."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.terms.analyzer import Analyzer
from classifier.terms.encoding import utf8
from classifier.terms.feature_text import FeatureKind
from classifier.terms.hashing import KIND_MASK, HashedTexts, hash_texts
from classifier.terms.kernel import KIND, PLACE, PLACE_END

_TEXTS_AT_ONCE = 256


def first_words(texts: Sequence[str], lengths: Sequence[int], analyzer: Analyzer) -> list[list[str | None]]:
    """Return the beginnings of texts, each of them cut after some numbers of words.

    Parameters
    ----------
    texts : sequence of str
    lengths : sequence of int
        Numbers of words, as `classifier.terms.vocabulary` counts them.
    analyzer : Analyzer

    Returns
    -------
    list of lists, one for each length
        The beginning of each text, or None if the text is not longer than that.
    """
    cuts: list[list[str | None]] = [[] for _ in lengths]
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        share = texts[start : start + _TEXTS_AT_ONCE]
        hashed = hash_texts(share, analyzer=analyzer)
        for number, text in enumerate(share):
            data = utf8(analyzer.fold(text) if number in hashed.folded_by_python else text)
            for of_length, end in zip(cuts, _ends(hashed, number, lengths), strict=True):
                of_length.append(None if end is None else data[:end].decode("utf-8", "surrogatepass"))
    return cuts


def _ends(hashed: HashedTexts, number: int, lengths: Sequence[int]) -> Iterator[int | None]:
    """Yield for each length the number of bytes of the text that have that many words, None if it has no more."""
    (first, first_other, _, before), (last, last_other, _, after) = hashed.offsets[number : number + 2].tolist()
    words, others = hashed.words[first:last], hashed.places[first_other:last_other]
    units = others[(others[:, KIND] & KIND_MASK) == FeatureKind.UNIT]
    starts, ends = words[:, 0], words[:, 2]
    halves = np.full(len(words), 2)
    if len(units):
        units = units[~_within(units[:, PLACE], starts, ends)]
        starts, ends = np.append(starts, units[:, PLACE]), np.append(ends, units[:, PLACE_END])
        order = np.argsort(starts, kind="stable")
        halves, ends = np.append(halves, np.ones(len(units), np.int64))[order], ends[order]
    so_far = np.cumsum(halves)
    for length in lengths:
        n_tokens = int(np.searchsorted(so_far, 2 * length, side="right"))
        is_cut = after - before > length and n_tokens > 0
        yield int(ends[n_tokens - 1]) - int(hashed.text_bounds[number]) if is_cut else None


def _within(places: NDArray[np.int32], starts: NDArray[np.int32], ends: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which places are inside a word: syllables of Korean words are units too, but do not count."""
    if not len(starts):
        return np.zeros(len(places), np.bool_)
    word = np.searchsorted(starts, places, side="right") - 1
    return np.asarray((word >= 0) & (places < ends[np.maximum(word, 0)]), dtype=np.bool_)
