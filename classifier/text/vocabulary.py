"""The features that a model knows, numbered, and the count of each in a text.

The seam between text and numbers: everything above it speaks of feature numbers and counts only, so that a compiled
kernel can take the place of what is inside.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.text.terms import features, located_features


class Vocabulary:
    """Features numbered from 0 in the order given."""

    def __init__(self, terms: Iterable[str]) -> None:
        self.terms: Sequence[str] = tuple(terms)
        self._numbers = {term: number for number, term in enumerate(self.terms)}

    def __len__(self) -> int:
        return len(self.terms)

    def count(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the known features of a text and how often each occurs.

        Returns
        -------
        numbers : int64 array of shape (n_known,), ascending
        counts : int64 array of shape (n_known,)
        """
        numbers = self._numbers
        found = Counter(numbers[term] for term in features(text) if term in numbers)
        ordered = sorted(found)
        return np.array(ordered, dtype=np.int64), np.array([found[n] for n in ordered], dtype=np.int64)

    def locate(self, text: str) -> dict[int, tuple[tuple[int, int], ...]]:
        """Return where each known feature stands in a text: number -> spans of characters, in order."""
        places: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for term in located_features(text):
            number = self._numbers.get(term.text)
            if number is not None:
                places[number].append((term.start, term.end))
        return {number: tuple(spans) for number, spans in places.items()}
