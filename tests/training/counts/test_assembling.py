"""Counts are the same however they are assembled: on two threads, in parts, without singles, up to a number of them."""

import tracemalloc

import numpy as np
import pytest

from classifier.training.counts import corpus, repeated
from classifier.training.counts.assembling import CountedChunk, CountOptions, CountRows, Tokens
from classifier.training.counts.corpus import count_texts
from tests.helpers import small_corpus


@pytest.fixture(scope="module")
def texts():
    return [f"{row['headline']}\n\n{row['body']}" for row in small_corpus(240)]


def assert_same(one, other):
    assert one.terms.tolist() == other.terms.tolist()
    np.testing.assert_array_equal(one.keys, other.keys)
    np.testing.assert_array_equal(one.n_words, other.n_words)
    assert (one.counts != other.counts).nnz == 0
    assert one.counts.dtype == other.counts.dtype == np.uint16


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("characters_a_bit", [4, 4_000])  # with few bits, many singles are taken for repeated ones
def test_a_large_corpus_has_the_counts_of_a_small_one(texts, jobs, characters_a_bit, monkeypatch):
    how = CountOptions(jobs=jobs, by_frequency=True)
    usual = count_texts(texts, how)
    monkeypatch.setattr(corpus, "MANY_CHARACTERS", 0)
    monkeypatch.setattr(repeated, "_CHARACTERS_A_BIT", characters_a_bit)
    assert_same(count_texts(texts, how), usual)


def test_counts_are_those_of_each_text_alone(texts):
    counted = count_texts(texts, CountOptions(jobs=2), min_df=1)
    for row in (0, 7, 239):
        alone = count_texts([texts[row]], min_df=1)
        found = counted.counts[row]
        assert dict(zip(counted.terms[found.indices], found.data, strict=True)) == dict(
            zip(alone.terms[alone.counts.indices], alone.counts.data, strict=True)
        )


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_of_too_many_features_those_in_the_fewest_texts_are_left_out(texts, share):
    whole = count_texts(texts)
    frequency = np.bincount(whole.counts.indices)
    most = int(share * len(frequency))
    least = next(n for n in range(2, len(texts)) if (frequency >= n).sum() <= most)
    few = count_texts(texts, CountOptions(most_features=most))
    assert few.raised == least > 2
    assert few.terms.tolist() == whole.terms[frequency >= least].tolist()
    assert (few.counts != whole.counts[:, frequency >= least]).nnz == 0


def test_no_feature_is_left_out_where_there_is_room(texts):
    whole = count_texts(texts)
    same = count_texts(texts, CountOptions(most_features=len(whole.terms)))
    assert same.raised is None
    assert_same(same, whole)


@pytest.mark.parametrize("jobs", [1, 2])
def test_counts_are_never_in_memory_twice(jobs):
    n_chunks, n_rows, n_each = 60, 50, 1_000
    rows, rng = CountRows(CountOptions(jobs=jobs)), np.random.default_rng(0)
    nothing = np.zeros(0, np.int32)
    tracemalloc.start()
    for _ in range(n_chunks):
        numbers = np.concatenate([rng.choice(5_000, n_each, replace=False) for _ in range(n_rows)]).astype(np.int32)
        counts, indptr = np.ones(n_rows * n_each, np.float32), np.arange(n_rows + 1) * n_each
        keys = numbers.astype(np.uint64)
        tokens = Tokens(nothing.view(np.uint8), nothing.reshape(0, 2), nothing.reshape(0, 2))
        rows.add(CountedChunk(tokens, keys, counts, nothing.reshape(0, 2), indptr, np.ones(n_rows, np.int64)), numbers)
    del numbers, counts, keys
    tracemalloc.reset_peak()
    matrix = rows.matrix(np.arange(5_000, dtype=np.int32), 5_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert matrix.nnz == n_chunks * n_rows * n_each
    assert peak < 1.3 * (matrix.data.nbytes + matrix.indices.nbytes)
