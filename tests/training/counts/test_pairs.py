"""Pairs of words that are phrases: which they are, and that held-out articles have no say in it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.training.counts.corpus import count_texts
from classifier.training.counts.pairs import LEAST_ARTICLES, WordPairs
from classifier.training.fitting.features import TfidfWeights
from classifier.training.fitting.linear import fit, fit_weights
from classifier.training.training_settings import TrainingSettings

COMMON = "the a port city talks wind radio rain ships south china sea coast day army price night gas vote law"
WORDS = COMMON.split()


def text(number):
    """Words in any order; every third text has a phrase as well."""
    rng = np.random.default_rng(number)
    words = rng.choice(WORDS, 14).tolist()
    if number % 3 == 0:
        at = int(rng.integers(1, 13))
        words[at:at] = ["south", "china", "sea"]
    return " ".join(words)


TEXTS = [text(number) for number in range(60)]
SEA = "china sea"


def phrases_of(texts):
    counted = count_texts(texts)
    frequency = np.bincount(counted.counts.indices, minlength=len(counted.terms))
    return set(counted.terms[counted.pairs.phrases(frequency)].tolist())


def test_pairs_know_the_columns_of_their_words():
    counted = count_texts(["the south china sea", "a south china sea", "中国南海 the", "中国南海 a"])
    pairs = counted.pairs
    columns = np.column_stack([pairs.columns, pairs.firsts, pairs.seconds])
    named = {tuple(row) for row in counted.terms[columns].tolist()}
    assert named == {("south china", "south", "china"), (SEA, "china", "sea")}
    assert counted.terms[pairs.marks].tolist() == [SEA, "south china"]
    assert "中+国" in counted.terms[~pairs.marks]


def test_a_pair_whose_word_is_no_feature_is_marked_and_never_a_phrase():
    pairs = WordPairs.of(np.array(["china", "china sea"], dtype=object))
    assert pairs.marks.tolist() == [False, True]
    assert len(pairs.columns) == len(pairs.phrases(np.array([9, 9]))) == 0


def test_words_that_stand_together_are_a_phrase_and_words_that_meet_are_none():
    assert phrases_of(TEXTS) == {SEA, "south china"}


@pytest.mark.parametrize(("n", "are"), [(LEAST_ARTICLES - 1, False), (LEAST_ARTICLES, True)])
def test_a_phrase_is_in_enough_articles(n, are):
    rest = [f"a day like {number} others" for number in ("two", "ten", "six")] * 4
    assert ("coast guard" in phrases_of(["the coast guard came"] * n + rest)) == are


def test_a_phrase_of_one_word_twice_is_no_error():
    assert phrases_of(["tora tora"] * 3) <= {"tora tora"}
    assert phrases_of(["alone", "alone"]) == set()


def test_a_phrase_weighs_more_in_the_idf_and_nothing_else_changes():
    counted = count_texts(TEXTS)
    plain, heavy = (
        TfidfWeights.fit(counted.counts, 2, 1.0, counted.pairs, 0.3, phrase_weight=weight) for weight in (1.0, 2.0)
    )
    assert np.array_equal(plain.columns, heavy.columns)
    ratio = dict(zip(counted.terms[plain.columns].tolist(), heavy.idf / plain.idf, strict=True))
    assert {term for term, factor in ratio.items() if factor == 2.0} == phrases_of(TEXTS)
    assert set(ratio.values()) == {1.0, 2.0}


@given(st.lists(st.booleans(), min_size=len(TEXTS), max_size=len(TEXTS)))
def test_weights_of_a_fold_are_those_of_its_articles_alone(inside):
    rows = np.flatnonzero(inside)
    counted, alone = count_texts(TEXTS), count_texts([TEXTS[row] for row in rows])
    settings = TrainingSettings(max_df=1.0)
    of_fold = fit_weights(counted.counts, settings, counted.pairs, rows)
    of_articles = fit_weights(alone.counts, settings, alone.pairs)
    assert counted.terms[of_fold.columns].tolist() == alone.terms[of_articles.columns].tolist()
    assert np.array_equal(of_fold.idf, of_articles.idf)


def test_the_only_place_of_a_story_decides_if_it_is_a_phrase():
    """The words of the phrase alone are on both sides; only together do they name the section."""
    counted = count_texts(TEXTS)
    labels = np.array([[SEA in text] for text in TEXTS])
    lone = count_texts([*TEXTS, "south china sea"]).counts  # the same columns: no new word
    assert lone.shape[1] == counted.counts.shape[1]
    margins = [
        fit(counted.counts, labels, TrainingSettings(max_df=1.0, phrase_weight=weight), counted.pairs).margins(
            lone, np.array([len(TEXTS)])
        )[0, 0]
        for weight in (1.0, 2.0)
    ]
    assert margins[1] > margins[0]
