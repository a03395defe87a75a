"""The features that a model knows, numbered: their counts and places in a text, and the text's margins.

This is the seam between text and numbers: the code above it uses only feature numbers, values and margins.

The length of a text is its number of words of two letters or more. In a script without spaces, two units (letters with
their marks) count as a word. It does not depend on the features that a model knows.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from classifier.terms import kernel
from classifier.terms.analyzer import Analyzer
from classifier.terms.encoding import utf8
from classifier.terms.feature_text import FeatureKind
from classifier.terms.fingerprints import FingerprintTable, collision_free_table, number_bits
from classifier.terms.hashing import KIND_MASK, bounds_of, fingerprints, hash_texts, initial_state, scratch_arrays
from classifier.terms.weighing import SparseRows

_NEEDS_FOLDING = kernel.NEEDS_FOLDING
#: The scratch arrays of a longer text are not kept.
_KEPT_BYTES = 1 << 16
_LEAST_BYTES = 1 << 14
_PAIR = -1
#: From this number of sections on, arrays are quicker than lists.
MANY_SECTIONS = 100


@dataclass(frozen=True)
class LinearWeights:
    """The arrays of a model that scoring needs; see `classifier.store.files.ModelArrays`."""

    idf: NDArray[np.float64]
    weights: NDArray[np.float32] | SparseRows
    intercepts: NDArray[np.float64]

    @property
    def parts(self) -> tuple[Any, ...]:
        """The arrays as compiled code takes them."""
        weights = self.weights.parts if isinstance(self.weights, SparseRows) else (np.asarray(self.weights),)
        return np.asarray(self.idf), *weights, np.asarray(self.intercepts)


@dataclass(frozen=True, slots=True)
class ScoredText:
    """The known features of a text, their TF-IDF values, and each section's margin.

    ``numbers`` (int32) and ``values`` (float64) have shape (n_known,) and the order in which the features first occur,
    words before units, subwords and pairs. ``margins`` (float64) has shape (n_sections,). ``n_words`` is the length of
    the text.
    """

    numbers: NDArray[np.int32]
    values: NDArray[np.float64]
    margins: NDArray[np.float64]
    n_words: int


class LocatedFeature(NamedTuple):
    """A known feature of a text: its kind, None for a pair of words, and its places in characters."""

    kind: FeatureKind | None
    spans: tuple[tuple[int, int], ...]


class _Scratch:
    """Arrays that the kernel writes to. Each thread has its own."""

    def __init__(self, n_bytes: int, analyzer: Analyzer, n_features: int, n_sections: int) -> None:
        self.n_bytes = n_bytes
        arrays = scratch_arrays(n_bytes, analyzer)
        self.bounds, self.hashes = arrays.bounds, arrays.hashes
        self.arrays = (*arrays, np.zeros(n_features, np.int32))
        self.texts = np.zeros(2, np.int64)
        margins = np.empty((1, n_sections))
        self.margins = margins[0]
        self.sizes = np.empty((1, 2), np.int64)
        #: The text whose results the arrays hold, and the number of its known features.
        self.data, self.n_known = b"", 0
        self.of_one_text = (margins, self.sizes)


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
    analyzer : Analyzer, optional
        What a term is; by default the current definition, without subwords.

    Raises
    ------
    CollisionError
        If two terms are the same.
    """

    def __init__(
        self,
        terms: Sequence[str],
        table: FingerprintTable | None = None,
        linear: LinearWeights | None = None,
        analyzer: Analyzer | None = None,
    ) -> None:
        self.terms = terms
        self.analyzer = known = analyzer or Analyzer()
        self.table = collision_free_table(lambda seed: fingerprints(terms, seed, known)) if table is None else table
        self._n_features = len(terms)
        characters, state = known.table, initial_state(self.table.seed)
        self._characters = (state, characters.block_of, characters.blocks, known.subwords_in_kernel)
        self._entries = (np.asarray(self.table.entries), number_bits(len(terms)))
        if linear is None:
            linear = LinearWeights(np.ones(len(self)), np.zeros((len(self), 0), np.float32), np.zeros(0))
        self._fixed: tuple[Any, ...] = (*self._characters, *self._entries, *linear.parts)
        self._n_sections = len(linear.intercepts)
        #: With many sections, margins are not made into a list: few of them are ever looked at.
        self._is_wide = self._n_sections >= MANY_SECTIONS
        self._local = threading.local()
        self._score: Callable[..., int] = kernel.score_texts
        if isinstance(linear.weights, SparseRows):
            self._score = kernel.score_sparse_texts
            self._scored(b"")  # compiles now what no text should wait for

    def __len__(self) -> int:
        return self._n_features

    def margins(self, data: bytes) -> tuple[Sequence[float], int, int]:
        """Return the margins of a text, given as UTF-8, the number of its known features, and its length in words.

        If no feature is known, the margins are the intercepts alone, which mean nothing. The margins are a list, or, if
        there are `MANY_SECTIONS`, a view of an array.
        """
        scratch, n_known = self._scored(data)
        found: Sequence[float] = viewed(scratch.margins.copy()) if self._is_wide else scratch.margins.tolist()
        return found, n_known, scratch.sizes.item(1)

    def margins_of_each(
        self, texts: Sequence[bytes]
    ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
        """Return the margins of many texts, each given as UTF-8: the same bits as `margins`.

        The interpreter's lock is released meanwhile.

        Returns
        -------
        margins : float64 array of shape (n_texts, n_sections)
        n_known : int64 array of shape (n_texts,)
            The number of known features of each text.
        n_words : int64 array of shape (n_texts,)
            The length of each text.
        """
        scratch = self._scratch(max(map(len, texts), default=0))
        scratch.data = b""
        margins, sizes = np.empty((len(texts), self._n_sections)), np.empty((len(texts), 2), np.int64)
        self._score(b"".join(texts), bounds_of(texts), *self._fixed, *scratch.arrays, margins, sizes)
        for text in np.flatnonzero(sizes[:, 0] == _NEEDS_FOLDING).tolist():
            one, _ = self._scored(texts[text])
            one.data = b""
            margins[text], sizes[text] = one.margins, one.sizes[0]
        return margins, sizes[:, 0], sizes[:, 1]

    def score(self, text: str) -> ScoredText | None:
        """Return the margins of a text and the features that they are made of, or None if no term is known."""
        scratch, n = self._scored(utf8(text))
        return _copied(scratch, n) if n else None

    def scored_last(self) -> tuple[bytes, ScoredText] | None:
        """Return the text that this thread scored last, as UTF-8, as `score` does; None if that is not kept.

        It is not kept if it is long, was one of many, or no term is known.
        """
        scratch: _Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None or not (scratch.data and scratch.n_known):
            return None
        return scratch.data, _copied(scratch, scratch.n_known)

    def _scored(self, data: bytes) -> tuple[_Scratch, int]:
        """Score a text; return the arrays that hold the results, and how many features are known."""
        n_bytes = len(data)
        scratch = self._scratch(n_bytes)
        scratch.texts[1] = n_bytes
        n_known = self._score(data, scratch.texts, *self._fixed, *scratch.arrays, *scratch.of_one_text)
        if n_known == _NEEDS_FOLDING:
            scratch, n_known = self._scored(utf8(self.analyzer.fold(data.decode("utf-8", "surrogatepass"))))
        scratch.data, scratch.n_known = data, n_known
        return scratch, n_known

    def count(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the known features of a text, and how often each occurs.

        Returns
        -------
        numbers : int64 array of shape (n_known,), ascending
        counts : int64 array of shape (n_known,)
        """
        numbers = self._occurrences(text)[0]
        found, counts = np.unique(numbers, return_counts=True)
        return found.astype(np.int64), counts.astype(np.int64)

    def locate(self, text: str, most: int) -> dict[int, tuple[tuple[int, int], ...]]:
        """Return the places of each known feature in a text: number -> its first ``most`` spans of characters."""
        return {number: feature.spans for number, feature in self.located(text, most).items()}

    def located(self, text: str, most: int) -> dict[int, LocatedFeature]:
        """Return the kind of each known feature of a text and its places, of which at most ``most``, by its number."""
        spans: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        kinds: dict[int, FeatureKind | None] = {}
        numbers, starts, ends, of_kind = self._occurrences(text)
        for number, start, end, kind in zip(*(c.tolist() for c in (numbers, starts, ends, of_kind)), strict=True):
            found = spans[number]
            if len(found) < most:
                found.append((start, end))
                kinds[number] = None if kind == _PAIR else FeatureKind(kind)
        return {number: LocatedFeature(kinds[number], tuple(found)) for number, found in spans.items()}

    def _occurrences(
        self, text: str
    ) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        """Return the number, start and end in characters, and kind of every known feature, words first, pairs last."""
        hashed = hash_texts([text], self.table.seed, self.analyzer)
        n_words = len(hashed.hashes)
        n_terms = n_words + len(hashed.other_hashes)
        hashes = np.concatenate([hashed.hashes, hashed.other_hashes, np.empty(n_words, np.uint64)])
        numbers = np.empty(2 * len(hashes), np.int32)
        n_features = kernel.find(hashes, n_words, n_terms, *self._entries, numbers)
        known = np.flatnonzero(numbers[:n_features] >= 0)
        starts, ends = hashed.words[:, 0], hashed.words[:, 2]
        starts = np.concatenate([starts, hashed.places[:, kernel.PLACE], starts[:-1]])[known]
        ends = np.concatenate([ends, hashed.places[:, kernel.PLACE_END], ends[1:]])[known]
        kinds = np.full(n_features, _PAIR, np.int32)
        kinds[:n_words] = FeatureKind.WORD
        kinds[n_words:n_terms] = hashed.places[:, kernel.KIND] & KIND_MASK
        place = self._places_of_bytes(text, folded=bool(hashed.folded_by_python))
        return numbers[known], place[starts], place[ends], kinds[known]

    def _places_of_bytes(self, text: str, *, folded: bool) -> NDArray[np.int64]:
        """Return the character of a text to which each byte of the text, or of the folded text, belongs."""
        data = utf8(self.analyzer.fold(text) if folded else text)
        character = np.cumsum((np.frombuffer(data + b"\0", np.uint8) & 0xC0) != 0x80) - 1
        return np.array(self.analyzer.places(text))[character] if folded else character

    def _scratch(self, n_bytes: int) -> _Scratch:
        scratch: _Scratch | None = getattr(self._local, "scratch", None)
        if scratch is None or scratch.n_bytes < n_bytes:
            made = _Scratch(max(n_bytes, _LEAST_BYTES), self.analyzer, len(self), self._n_sections)
            if n_bytes <= _KEPT_BYTES:
                self._local.scratch = made
            elif scratch:
                scratch.data = b""
            return made
        return scratch


def viewed(margins: NDArray[np.float64]) -> Sequence[float]:
    """Return the margins of one text as a sequence that makes each a Python float when it is looked at."""
    return cast("Sequence[float]", memoryview(cast("Any", margins)))


def _copied(scratch: _Scratch, n: int) -> ScoredText:
    values, n_words = scratch.hashes.view(np.float64), scratch.sizes.item(1)
    return ScoredText(scratch.bounds[:n].copy(), values[:n].copy(), scratch.margins.copy(), n_words)
