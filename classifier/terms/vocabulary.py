"""The features that a model knows, numbered: their counts and places in a text, and the text's margins.

This is the seam between text and numbers: the code above it uses only feature numbers, values and margins.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.terms import kernel
from classifier.terms.characters import character_table
from classifier.terms.definition import fold, places
from classifier.terms.encoding import bounds_of, utf8
from classifier.terms.fingerprints import FingerprintTable, collision_free_table, number_bits
from classifier.terms.hashing import fingerprints, hash_texts, initial_state, scratch_arrays

_score: Callable[..., int] = kernel.score_texts
_NEEDS_FOLDING = kernel.NEEDS_FOLDING
#: The scratch arrays of a longer text are not kept.
_KEPT_BYTES = 1 << 16
_LEAST_BYTES = 1 << 14


@dataclass(frozen=True)
class LinearWeights:
    """The arrays of a model that scoring needs; see `classifier.store.files.ModelArrays`."""

    idf: NDArray[np.float64]
    weights: NDArray[np.float32]
    intercepts: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScoredText:
    """The known features of a text, their TF-IDF values, and each section's margin.

    ``numbers`` (int32) and ``values`` (float64) have shape (n_known,) and the order in which the features first occur,
    terms before pairs. ``margins`` (float64) has shape (n_sections,).
    """

    numbers: NDArray[np.int32]
    values: NDArray[np.float64]
    margins: NDArray[np.float64]


class _Scratch:
    """Arrays that the kernel writes to. Each thread has its own."""

    def __init__(self, n_bytes: int, n_features: int, n_sections: int) -> None:
        self.n_bytes = n_bytes
        folded, self.bounds = scratch_arrays(n_bytes)
        self.hashes = np.empty(2 * (n_bytes // 3 + 1), np.uint64)
        self.arrays = (folded, self.bounds, self.hashes, np.zeros(n_features + 1, np.int32))
        self.texts = np.zeros(2, np.int64)
        margins = np.empty((1, n_sections))
        self.margins = margins[0]
        self.of_one_text = (margins, np.empty(1, np.int64))


class Vocabulary:
    """Features numbered from 0 in the order given.

    Parameters
    ----------
    terms : sequence of str
        Read only if ``table`` is not given.
    table : FingerprintTable, optional
        The table of the terms. Without it, one is made.
    linear : LinearWeights, optional
        The weights of `score` and `margins`. Without them there are no sections.

    Raises
    ------
    CollisionError
        If two terms are the same.
    """

    def __init__(
        self, terms: Sequence[str], table: FingerprintTable | None = None, linear: LinearWeights | None = None
    ) -> None:
        self.terms = terms
        self.table = collision_free_table(lambda seed: fingerprints(terms, seed)) if table is None else table
        self._n_features = len(terms)
        characters = character_table()
        self._characters = (initial_state(self.table.seed), characters.block_of, characters.blocks)
        self._entries = (np.asarray(self.table.entries), number_bits(len(terms)))
        if linear is None:
            linear = LinearWeights(np.ones(len(self)), np.zeros((len(self), 0), np.float32), np.zeros(0))
        weights = map(np.asarray, (linear.idf, linear.weights, linear.intercepts))
        self._fixed: tuple[Any, ...] = (*self._characters, *self._entries, *weights)
        self._n_sections = len(linear.intercepts)
        self._local = threading.local()

    def __len__(self) -> int:
        return self._n_features

    def margins(self, data: bytes) -> list[float] | None:
        """Return the margins of a text, given as UTF-8, or None if no term is known: intercepts alone mean nothing."""
        scratch, n_known = self._scored(data)
        found: list[float] = scratch.margins.tolist()
        return found if n_known else None

    def margins_of_each(self, texts: Sequence[bytes]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the margins of many texts, each given as UTF-8: the same bits as `margins`.

        The interpreter's lock is released meanwhile.

        Returns
        -------
        margins : float64 array of shape (n_texts, n_sections)
        is_known : bool array of shape (n_texts,)
            Whether any term of the text is known. If not, the text has no margins.
        """
        scratch = self._scratch(max(map(len, texts), default=0))
        margins, n_known = np.empty((len(texts), self._n_sections)), np.empty(len(texts), np.int64)
        _score(b"".join(texts), bounds_of(texts), *self._fixed, *scratch.arrays, margins, n_known)
        for text in np.flatnonzero(n_known == _NEEDS_FOLDING).tolist():
            one, n_known[text] = self._scored(texts[text])
            margins[text] = one.margins
        return margins, n_known > 0

    def score(self, text: str) -> ScoredText | None:
        """Return the margins of a text and the features that they are made of, or None if no term is known."""
        scratch, n = self._scored(utf8(text))
        values = scratch.hashes.view(np.float64)
        return ScoredText(scratch.bounds[:n].copy(), values[:n].copy(), scratch.margins.copy()) if n else None

    def _scored(self, data: bytes) -> tuple[_Scratch, int]:
        """Score a text; return the arrays that hold the results, and how many features are known."""
        n_bytes = len(data)
        scratch = self._scratch(n_bytes)
        scratch.texts[1] = n_bytes
        n_known = _score(data, scratch.texts, *self._fixed, *scratch.arrays, *scratch.of_one_text)
        if n_known != _NEEDS_FOLDING:
            return scratch, n_known
        return self._scored(utf8(fold(data.decode("utf-8", "surrogatepass"))))

    def count(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the known features of a text, and how often each occurs.

        Returns
        -------
        numbers : int64 array of shape (n_known,), ascending
        counts : int64 array of shape (n_known,)
        """
        numbers, _, _ = self._occurrences(text)
        found, counts = np.unique(numbers, return_counts=True)
        return found.astype(np.int64), counts.astype(np.int64)

    def locate(self, text: str, most: int) -> dict[int, tuple[tuple[int, int], ...]]:
        """Return the places of each known feature in a text: number -> its first ``most`` spans of characters."""
        spans: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, start, end in zip(*(column.tolist() for column in self._occurrences(text)), strict=True):
            found = spans[number]
            if len(found) < most:
                found.append((start, end))
        return {number: tuple(found) for number, found in spans.items()}

    def _occurrences(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """Return the number, start and end in characters of every known feature, terms first."""
        hashed = hash_texts([text], self.table.seed)
        n_terms = len(hashed.hashes)
        hashes = np.concatenate([hashed.hashes, np.empty(n_terms, np.uint64)])
        numbers = np.empty(4 * n_terms, np.int32)
        n_features = kernel.find(hashes, n_terms, *self._entries, numbers)
        known = np.flatnonzero(numbers[:n_features] >= 0)
        starts = np.concatenate([hashed.starts, hashed.starts[:-1]])[known]
        ends = np.concatenate([hashed.ends, hashed.ends[1:]])[known]
        place = _places_of_bytes(text, folded=bool(hashed.folded_by_python))
        return numbers[known], place[starts], place[ends]

    def _scratch(self, n_bytes: int) -> _Scratch:
        scratch: _Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None or scratch.n_bytes < n_bytes:
            scratch = _Scratch(max(n_bytes, _LEAST_BYTES), len(self), self._n_sections)
            if n_bytes <= _KEPT_BYTES:
                self._local.scratch = scratch
        return scratch


def _places_of_bytes(text: str, *, folded: bool) -> NDArray[np.int64]:
    """Return the character of a text to which each byte of the text, or of the folded text, belongs."""
    data = utf8(fold(text) if folded else text)
    character = np.cumsum((np.frombuffer(data + b"\0", np.uint8) & 0xC0) != 0x80) - 1
    return np.array(places(text))[character] if folded else character
