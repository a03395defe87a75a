"""The ends of the first words of a text: it can be cut there, so that short texts are learned from long ones."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.terms.feature_text import FeatureKind
from classifier.terms.hashing import KIND_MASK, HashedTexts
from classifier.terms.kernel import KIND, PLACE, PLACE_END


def ends_of_first_words(hashed: HashedTexts, number: int, lengths: Sequence[int]) -> Iterator[int | None]:
    """Yield where the first words of a text end, in bytes, or None if the text is not longer.

    Parameters
    ----------
    hashed : HashedTexts
    number : int
        Of the text.
    lengths : sequence of int
        Numbers of words, as `classifier.terms.vocabulary` counts them.
    """
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
