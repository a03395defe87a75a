"""Texts to the hashes of their terms, and features to their fingerprints."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.terms import kernel
from classifier.terms.analyzer import CURRENT, Analyzer
from classifier.terms.compiler import compiled_when_called
from classifier.terms.encoding import utf8
from classifier.terms.feature_text import PAIR_JOINT, REST, UNIT_JOINT, FeatureKind, subword_kind

_DIGESTED_TEXT = "Łódź snake_case F-16 antidisestablishmentarianism नमस्ते 漢字 𝔘𝔫𝔦 2023"
#: What analyzer 2 adds: one text for each class of characters.
_DIGESTED_SCRIPTS = (
    "İ ＮＡＴＯ ｶﾅ प्रदेश १२ मुंबई مُحمد می‌خواهم 東京都2024年 ประเทศไทย ต่าง ๆ ລາວ ខ្មែរ မြန်မာနိုင်ငံ 서울시 美전역"
)
KIND_MASK = (1 << kernel.KIND_BITS) - 1


@dataclass(frozen=True)
class HashedTexts:
    """The terms of several texts, one text after the other.

    Parameters
    ----------
    folded : uint8 array of shape (n_bytes,)
        The folded texts as UTF-8. Only the bytes of words and units are defined.
    text_bounds : int64 array of shape (n_texts + 1,)
        Where each text begins in ``folded`` and, last, the end.
    hashes : uint64 array of shape (n_words,)
    words : int32 array of shape (n_words, 3)
        The first byte of each word, the end of its folded bytes, and the end of its bytes in the text.
    other_hashes : uint64 array of shape (n_others,)
        The hashes of units, of neighbouring units and of subwords.
    places : int32 array of shape (n_others, 4)
        Where they are: see the columns of `classifier.terms.kernel`.
    units : int32 array of shape (n_units, 2)
        The first byte of each unit, and the end of its folded bytes.
    offsets : int64 array of shape (n_texts + 1, 4)
        Where the words, the others and the units of each text begin and, last, the ends; and the sum of the lengths of
        the texts before it, in words.
    folded_by_python : frozenset of int
        The texts that the kernel could not fold. Their bytes in ``folded`` differ from the bytes of the text given.
    """

    folded: NDArray[np.uint8]
    text_bounds: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    words: NDArray[np.int32]
    other_hashes: NDArray[np.uint64]
    places: NDArray[np.int32]
    units: NDArray[np.int32]
    offsets: NDArray[np.int64]
    folded_by_python: frozenset[int]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The length of each text in words, an int64 array of shape (n_texts,): see `classifier.terms.vocabulary`."""
        return np.diff(self.offsets[:, 3])


class ScratchArrays(NamedTuple):
    """The kernel's scratch arrays for a text."""

    folded: NDArray[np.uint8]
    bounds: NDArray[np.int32]
    tokens: NDArray[np.int32]
    hashes: NDArray[np.uint64]


def initial_state(seed: int) -> np.uint64:
    """Return the state that every hash starts from."""
    return np.uint64((seed + 1) * 0xD1B54A32D192ED03 % (1 << 64))


def scratch_arrays(n_bytes: int, analyzer: Analyzer) -> ScratchArrays:
    """Return the kernel's scratch arrays for a text of ``n_bytes``.

    A byte makes at most one feature: three bytes make a unit, and it begins two and three neighbouring ones. With
    subwords a byte makes at most three. Without them there is room for two: while units are joined, every unit is
    joined with those before it, also where a run or a word begins.
    """
    n_features = n_bytes * (3 if analyzer.subwords_in_kernel else 2) + 16
    return ScratchArrays(
        np.empty(n_bytes + 8, np.uint8),
        np.empty(2 * n_features, np.int32),
        np.empty((n_bytes // 3 + 2, kernel.N_COLUMNS), np.int32),
        np.empty(n_features, np.uint64),
    )


def bounds_of(encoded: Sequence[bytes]) -> NDArray[np.int64]:
    """Return where each text begins once the texts are joined and, last, the end; an array of shape (n_texts + 1,)."""
    return np.cumsum([0, *map(len, encoded)], dtype=np.int64)


def hash_texts(texts: Sequence[str], seed: int = 0, analyzer: Analyzer | None = None) -> HashedTexts:
    """Return the terms of texts as hashes."""
    analyzer = analyzer or Analyzer()
    encoded = [utf8(text) for text in texts]
    folded_by_python: set[int] = set()
    table = analyzer.table
    while True:
        data = b"".join(encoded)
        text_bounds = bounds_of(encoded)
        n_words = len(data) // 3 + len(encoded) + 1
        n_others = len(data) * (3 if analyzer.subwords_in_kernel else 1) + 16
        scratch = scratch_arrays(max(map(len, encoded), default=0), analyzer)
        folded = np.empty(len(data) + 8, np.uint8)
        hashes, words = np.empty(n_words, np.uint64), np.empty((n_words, 3), np.int32)
        other_hashes, places = np.empty(n_others, np.uint64), np.empty((n_others, 4), np.int32)
        units, offsets = np.empty((n_words, 2), np.int32), np.empty((len(encoded) + 1, 4), np.int64)
        unclear = kernel.terms_of_texts(
            data,
            text_bounds,
            initial_state(seed),
            table.block_of,
            table.blocks,
            analyzer.subwords_in_kernel,
            folded,
            scratch.bounds,
            scratch.tokens,
            scratch.hashes,
            np.empty((len(scratch.hashes), 4), np.int32),
            hashes,
            words,
            other_hashes,
            places,
            units,
            offsets,
        )
        if unclear < 0:
            n, m, k, _ = offsets[-1]
            found = (hashes[:n], words[:n], other_hashes[:m], places[:m], units[:k])
            return HashedTexts(folded[: len(data)], text_bounds, *found, offsets, frozenset(folded_by_python))
        encoded[unclear] = utf8(analyzer.fold(texts[unclear]))
        folded_by_python.add(unclear)


def feature_lines(
    folded: NDArray[np.uint8], words: NDArray[np.int32], units: NDArray[np.int32], references: NDArray[np.int32]
) -> bytes:
    """Return features as UTF-8, one per line, as `classifier.terms.feature_text` writes them.

    Parameters
    ----------
    folded, words, units : as in `HashedTexts`; the third column of ``words`` is not needed
    references : int32 array of shape (n_features, 2)
        The first word or unit of each feature, or the first byte of a subword; the kind, and above it the number of
        words, or of bytes of a subword.
    """
    kinds, sizes = references[:, 1] & KIND_MASK, references[:, 1] >> kernel.KIND_BITS
    room = 4 * len(references)
    for kind, tokens in ((FeatureKind.WORD, words), *((kind, units) for kind in _N_UNITS)):
        at = references[kinds == kind, 0]
        n_tokens = sizes[kinds == kind] if kind == FeatureKind.WORD else _N_UNITS[kind]
        room += int((tokens[at + n_tokens - 1, 1] - tokens[at, 0] + n_tokens).sum())
    room += int(sizes[kinds >= FeatureKind.WORD_BEGINNING].sum())
    out = np.empty(room, np.uint8)
    n = _write_features(folded, np.ascontiguousarray(words[:, :2]), units, references, out)
    return out[:n].tobytes()


_N_UNITS = {
    FeatureKind.UNIT: 1,
    FeatureKind.UNIT_PAIR: 2,
    FeatureKind.UNIT_TRIPLE: 3,
    FeatureKind.HANGUL_PAIR: 2,
}
_JOINTS = (ord(PAIR_JOINT), ord(UNIT_JOINT), ord(UNIT_JOINT), ord(UNIT_JOINT), 0)
_REST = ord(REST)


@compiled_when_called("int64", "const uint8[:]", "const int32[:,:]", "const int32[:,:]", "const int32[:,:]", "uint8[:]")
def _write_features(folded: Any, words: Any, units: Any, references: Any, out: Any) -> int:
    """Write each feature and a line break; return how many bytes were written."""
    at = 0
    for feature in range(len(references)):
        first, kind = references[feature, 0], references[feature, 1] & KIND_MASK
        size = references[feature, 1] >> kernel.KIND_BITS
        if kind >= FeatureKind.WORD_BEGINNING:
            if kind != FeatureKind.WORD_BEGINNING:
                out[at] = _REST
                at += 1
            for byte in range(first, first + size):
                out[at] = folded[byte]
                at += 1
            if kind != FeatureKind.WORD_ENDING:
                out[at] = _REST
                at += 1
        else:
            tokens = words if kind == FeatureKind.WORD else units
            n_tokens = size if kind == FeatureKind.WORD else (kind if kind <= FeatureKind.UNIT_TRIPLE else 2)
            for token in range(first, first + n_tokens):
                if token > first and _JOINTS[kind]:
                    out[at] = _JOINTS[kind]
                    at += 1
                for byte in range(tokens[token, 0], tokens[token, 1]):
                    out[at] = folded[byte]
                    at += 1
        out[at] = ord("\n")
        at += 1
    return at


def fingerprints(features: Sequence[str], seed: int, analyzer: Analyzer | None = None) -> NDArray[np.uint64]:
    """Return the fingerprint of each feature.

    Parameters
    ----------
    features : sequence of str
        As `classifier.terms.feature_text` writes them.
    seed : int
    analyzer : Analyzer, optional
        By default the current one.

    Returns
    -------
    uint64 array of shape (n_features,)

    Raises
    ------
    ValueError
        If a feature is none.
    """
    analyzer = analyzer or Analyzer()
    found = [_fingerprints(features, at, seed, analyzer) for at in range(0, len(features), _FEATURES_AT_ONCE)]
    return np.concatenate([np.empty(0, np.uint64), *found])


def _fingerprints(every: Sequence[str], begin: int, seed: int, analyzer: Analyzer) -> NDArray[np.uint64]:
    """Return the fingerprints of some features, because the work on millions would take gigabytes."""
    features = every[begin : begin + _FEATURES_AT_ONCE]
    parts, lengths, kinds, subwords = _parts(features)
    hashed = hash_texts(parts, seed, Analyzer(analyzer.version))
    n_words, n_units = np.diff(hashed.offsets[:, 0]), np.diff(hashed.offsets[:, 2])
    is_unit = n_words == 0
    ends = np.cumsum(lengths)
    wrong = np.flatnonzero(
        (n_words > 1) | (is_unit & (n_units != 1)) | (is_unit & (kinds == _A_WORD)) | (~is_unit & (kinds == _A_UNIT))
    )
    if len(wrong):
        number = begin + int(np.searchsorted(ends, wrong[0], side="right"))
        raise ValueError(f"feature {number} does not consist of terms joined by single spaces")
    of_part = np.empty(len(parts), np.uint64)
    of_part[~is_unit] = hashed.hashes
    of_part[is_unit] = hashed.other_hashes[hashed.offsets[:-1, 1][is_unit]]
    first = ends - lengths
    found: NDArray[np.uint64] = of_part[first]
    for position in range(1, int(lengths.max(initial=0))):
        longer = np.flatnonzero(lengths > position)
        joined = found[longer]
        kernel.join_hashes(joined, of_part[first[longer] + position], len(longer))
        found[longer] = joined
    if subwords:
        found[list(subwords)] = _subword_hashes(features, subwords, seed, analyzer)
    return found


#: Features whose parts are hashed together.
_FEATURES_AT_ONCE = 1 << 18
#: What the parts of a feature may be.
_ANY, _A_WORD, _A_UNIT = range(3)
_STAND_IN = "ab"  # a word in the place of a subword, which is hashed otherwise


def _parts(features: Sequence[str]) -> tuple[list[str], NDArray[np.int64], NDArray[np.int8], dict[int, FeatureKind]]:
    """Return the parts of all features, how many each has, what each part must be, and which features are subwords."""
    parts: list[str] = []
    kinds: list[int] = []
    lengths: list[int] = []
    subwords: dict[int, FeatureKind] = {}
    for number, feature in enumerate(features):
        if PAIR_JOINT in feature:
            found, kind = feature.split(PAIR_JOINT), _A_WORD
        elif UNIT_JOINT in feature:
            found, kind = feature.split(UNIT_JOINT), _A_UNIT
        elif REST in feature and (subword := subword_kind(feature)) and feature.strip(REST):
            found, kind = [_STAND_IN], _ANY
            subwords[number] = subword
        else:
            found, kind = [feature], _ANY
        parts += found
        lengths.append(len(found))
        kinds += [kind] * len(found)
    return parts, np.array(lengths, np.int64), np.array(kinds, np.int8), subwords


def _subword_hashes(
    features: Sequence[str], subwords: dict[int, FeatureKind], seed: int, analyzer: Analyzer
) -> NDArray[np.uint64]:
    encoded = [utf8(analyzer.fold(features[number].strip(REST))) for number in subwords]
    letters = np.frombuffer(b"".join(encoded) + bytes(8), np.uint8)
    state = initial_state(seed)
    states = np.array([kernel.subword_state(kind, state) for kind in subwords.values()], np.uint64)
    hashes = np.empty(len(encoded), np.uint64)
    kernel.hash_subwords(letters, bounds_of(encoded), states, hashes)
    return hashes


def hash_digest(analyzer: Analyzer | None = None) -> str:
    """Return a digest of the hashes of a fixed text. If it differs from a model's, the hash function has changed."""
    analyzer = analyzer or Analyzer()
    texts = [_DIGESTED_TEXT] if analyzer.version < CURRENT else [_DIGESTED_TEXT, _DIGESTED_SCRIPTS]
    hashed = hash_texts(texts, analyzer=analyzer)
    hashes = np.concatenate([hashed.hashes, hashed.other_hashes])
    return hashlib.sha256(hashes.astype("<u8").tobytes()).hexdigest()[:16]
