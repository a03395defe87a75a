"""The features that a model knows, numbered; their counts in a text, their places, and what they say together.

The seam between text and numbers: everything above it speaks of feature numbers, values and margins only.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.text import kernel
from classifier.text.characters import character_table
from classifier.text.fingerprints import FingerprintTable, distinct_fingerprints, n_slots
from classifier.text.hashing import fingerprints, initial_state, utf8
from classifier.text.terms import places

_LOG_COUNTS = 1.0 + np.log(np.maximum(np.arange(256), 1.0))
_score: Callable[..., int] = kernel.score
#: Scratch arrays of a longer text are not kept.
_KEPT_TERMS = 1 << 17


@dataclass(frozen=True)
class LinearWeights:
    """What scoring needs besides the features: see `classifier.model.files.ModelArrays`."""

    idf: NDArray[np.float64]
    weights: NDArray[np.float32]
    intercepts: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """Known features of a text, their TF-IDF values, and each section's margin.

    ``numbers`` (int32) and ``values`` (float64) are in the order in which the features first occur, terms first.
    """

    numbers: NDArray[np.int32]
    values: NDArray[np.float64]
    margins: NDArray[np.float64]


class _Scratch:
    """Arrays that the kernel writes to: a set for each thread."""

    def __init__(self, n_terms: int, n_features: int, n_sections: int) -> None:
        self.n_terms = n_terms
        self.hashes = np.empty(2 * n_terms, np.uint64)
        self.starts = np.empty(n_terms, np.int32)
        self.ends = np.empty(n_terms, np.int32)
        self.counts = np.zeros(n_features, np.int32)
        self.numbers = np.empty(2 * n_terms, np.int32)
        self.values = np.empty(2 * n_terms)
        self.margins = np.empty(n_sections)
        self.arrays = (self.hashes, self.starts, self.ends, self.counts, self.numbers, self.values, self.margins)


class Vocabulary:
    """Features numbered from 0 in the order given.

    Parameters
    ----------
    terms : sequence of str
        Looked at only when a table is to be made.
    table : FingerprintTable, optional
        That of the terms, if it is there already.
    linear : LinearWeights, optional
        What `score` scores with.

    Raises
    ------
    CollisionError
        If two terms are the same.
    """

    def __init__(
        self, terms: Sequence[str], table: FingerprintTable | None = None, linear: LinearWeights | None = None
    ) -> None:
        self.terms = terms
        self.table = (
            make_table(*distinct_fingerprints(lambda seed: fingerprints(terms, seed))) if table is None else table
        )
        self._n_features = len(terms)
        characters = character_table()
        self._characters = (initial_state(self.table.seed), characters.block_of, characters.blocks)
        self._slots = (np.asarray(self.table.fingerprints), np.asarray(self.table.slots))
        if linear is None:
            linear = LinearWeights(np.ones(len(self)), np.zeros((len(self), 0), np.float32), np.zeros(0))
        self._linear = (*map(np.asarray, (linear.idf, linear.weights, linear.intercepts)), _LOG_COUNTS)
        self._fixed: tuple[Any, ...] = (*self._characters, *self._slots, *self._linear)
        self._n_sections = len(linear.intercepts)
        self._local = threading.local()

    def __len__(self) -> int:
        return self._n_features

    def score(self, text: str) -> Scores | None:
        """Score a text, or return None where no term of it is known: the intercepts alone say nothing."""
        data = utf8(text)
        scratch = self._scratch(len(data))
        n_known = _score(data, *self._fixed, *scratch.arrays)
        if n_known > 0:
            return Scores(scratch.numbers[:n_known].copy(), scratch.values[:n_known].copy(), scratch.margins.copy())
        return self.score(text.lower()) if n_known == kernel.NEEDS_LOWERING else None

    def count(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the known features of a text and how often each occurs.

        Returns
        -------
        numbers : int64 array of shape (n_known,), ascending
        counts : int64 array of shape (n_known,)
        """
        numbers, _, _ = self._occurrences(text)
        found, counts = np.unique(numbers, return_counts=True)
        return found.astype(np.int64), counts.astype(np.int64)

    def locate(self, text: str) -> dict[int, tuple[tuple[int, int], ...]]:
        """Return where each known feature stands in a text: number -> spans of characters, in order."""
        spans: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, start, end in zip(*(column.tolist() for column in self._occurrences(text)), strict=True):
            spans[number].append((start, end))
        return {number: tuple(found) for number, found in spans.items()}

    def _occurrences(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """Return the number, start and end in characters of every known feature, terms first."""
        data = utf8(text)
        scratch = self._scratch(len(data))
        offsets = np.empty(2, np.int64)
        bounds = np.array([0, len(data)])
        if kernel.terms_of_texts(data, bounds, *self._characters, *scratch.arrays[:3], offsets) >= 0:
            place = np.array(places(text))
            numbers, starts, ends = self._occurrences(text.lower())
            return numbers, place[starts], place[ends]
        n_terms = int(offsets[1])
        n_features = kernel.find(scratch.hashes, n_terms, *self._slots, scratch.numbers)
        known = np.flatnonzero(scratch.numbers[:n_features] >= 0)
        starts = np.concatenate([scratch.starts[:n_terms], scratch.starts[: max(0, n_terms - 1)]])[known]
        ends = np.concatenate([scratch.ends[:n_terms], scratch.ends[1 : max(1, n_terms)]])[known]
        # the character that a byte belongs to: bytes that begin one, up to it
        character = np.cumsum((np.frombuffer(data + b"\0", np.uint8) & 0xC0) != 0x80) - 1
        return scratch.numbers[known], character[starts], character[ends]

    def _scratch(self, n_bytes: int) -> _Scratch:
        n_terms = n_bytes // 3 + 1
        scratch: _Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None or scratch.n_terms < n_terms:
            scratch = _Scratch(max(n_terms, 4096), len(self), self._n_sections)
            if n_terms <= _KEPT_TERMS:
                self._local.scratch = scratch
        return scratch


def _built(terms: Sequence[str]) -> FingerprintTable:
    return make_table(*distinct_fingerprints(lambda seed: fingerprints(terms, seed)))


def make_table(seed: int, found: NDArray[np.uint64]) -> FingerprintTable:
    """Return the table of features with these fingerprints, all different, numbered in order."""
    size = n_slots(len(found))
    table = FingerprintTable(seed, np.zeros(size, np.uint64), np.zeros(size, np.int32))
    kernel.fill_table(found, table.fingerprints, table.slots)
    return table
