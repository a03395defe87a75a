"""Signatures hold the numbers that models store: those of MinHash with 64 affine hashes."""

import hashlib

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.corpus.signatures.minhash import affine_hashes, lower_minima, write_runs
from classifier.corpus.stories import SCHEMES, sign

TEXTS = [
    "",
    "!!!",
    "one",
    "Troops clash at the border in Ladakh, and five soldiers die.",
    "中国外交部发言人说",
    "서울에서 회의를",
]
#: SHA-256 of the signatures of these texts, as datasketch 2.0 made them.
STORED = {
    "minhash-64x16-terms": "3c10e8b2425c4d393b889c924ab5851bf09cb053133c704115746fae86a5d118",
    "minhash-64x16-mixed": "bab16a53765a99f77a631f615d21b29ba14489d391e3dbf1c8a2a1551e80b202",
    "minhash-64x16-low": "8633c375d30d5537e60be2afe8c86a05e3ea725069d0409859178737fd8e41f6",
}
_MASK = 0xFFFFFFFF


def mixed(value):
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        value = (value ^ value >> shift) * factor & _MASK
    return value ^ value >> 16


@given(st.lists(st.integers(0, _MASK), min_size=1, max_size=40))
def test_a_minimum_is_the_smallest_hash_of_a_run(runs):
    factors, shifts = (array.tolist() for array in affine_hashes())
    minima = np.full(64, _MASK, np.uint32)
    lower_minima(np.array(runs, np.uint32), *affine_hashes(), minima)
    expected = [min((mixed(run) * a + b) & _MASK for run in runs) for a, b in zip(factors, shifts, strict=True)]
    assert minima.tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(1, 2)), min_size=1, max_size=30))
def test_a_run_is_four_words_or_eight_units_or_all_that_there_is(terms):
    parts = [hash_ for hash_, size in terms for _ in range(size)]
    firsts = [sum(size for _, size in terms[:k]) for k in range(len(terms))]
    length = min(8, len(parts))
    expected = []
    for first in firsts:
        if first + length <= len(parts):
            found = 0
            for part in parts[first : first + length]:
                found = (found ^ part) * 0x9E3779B97F4A7C15 & (2**64 - 1)
                found ^= found >> 32
            expected.append(found & _MASK)
    hashes, sizes = np.array([h for h, _ in terms], np.uint64), np.array([s for _, s in terms])
    runs = np.empty(len(terms), np.uint32)
    n = write_runs(hashes, sizes, 8, np.empty(2 * len(terms), np.uint64), runs)
    assert runs[:n].tolist() == expected


def test_signatures_are_those_that_models_hold():
    assert {scheme: hashlib.sha256(sign(TEXTS, scheme).tobytes()).hexdigest() for scheme in SCHEMES} == STORED


def test_signatures_are_the_same_on_two_threads():
    texts = [f"{text} {number}" for number in range(400) for text in TEXTS]
    np.testing.assert_array_equal(sign(texts, jobs=2), sign(texts))
