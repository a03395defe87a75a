"""Evidence of parts: letters that overlap are one piece of text, and subwords are shown as their word."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.rules.evidence import is_made_of_parts, signs_of
from classifier.terms.analyzer import Analyzer
from classifier.terms.definition import Subwords
from classifier.terms.vocabulary import Vocabulary
from tests.terms.test_definition import MIXED

MOST = 10_000


def signs(text, shares, subwords=Subwords.OFF, most=10):
    """Return the signs of a text for shares by feature; features without a share have none."""
    analyzer = Analyzer(subwords=subwords)
    known = sorted(set(analyzer.features(text)))
    located = Vocabulary(known, analyzer=analyzer).located(text, MOST)
    features = [known[number] for number in located]
    found = signs_of(text, [shares.get(name, 0.0) for name in features], list(located.values()), most)
    return [(text[sign.spans[0][0] : sign.spans[0][1]], round(sign.share, 9), len(sign.spans)) for sign in found]


def test_overlapping_letters_of_one_sign_are_one_piece():
    shares = {"外": 1.0, "外+交": 2.0, "外+交+部": 4.0, "中": -1.0}
    assert signs("中国外交部发言", shares, most=4) == [("外交部", 7.0, 1), ("中", -1.0, 1)]


def test_letters_of_opposite_signs_stay_apart():
    assert signs("中国人", {"中+国": 2.0, "国+人": -1.0}, most=2) == [("中国", 2.0, 1), ("国人", -1.0, 1)]


def test_a_piece_has_all_its_places_and_each_has_its_part_of_the_share():
    assert signs("外交 外交 外", {"外": 3.0, "外+交": 4.0}, most=2) == [("外交", 6.0, 2), ("外", 1.0, 1)]


def test_subwords_are_shown_as_the_word_that_they_stand_in():
    shares = {"министр": 1.0, "мин*": 2.0, "*стр": 0.5, "*ин*": -0.25, "в": 9.0}
    found = signs("Министр и минута", shares, Subwords.NON_LATIN)
    assert found[0] == ("Министр", pytest.approx(1 + 1 + 0.5 - 0.125), 1)
    assert found[1] == ("минута", pytest.approx(1 - 0.125), 1)


def test_syllables_are_shown_as_the_part_of_their_word_that_they_cover():
    shares = {"서울시": 1.0, "서울": 2.0, "시": 0.5}
    assert signs("서울시 뉴스", shares, most=3)[0] == ("서울시", 3.5, 1)


def test_words_and_pairs_beside_them_stay_as_they_are():
    found = signs("Border clash 中国", {"border": 3.0, "border clash": 2.0, "中": 1.0}, most=3)
    assert found == [("Border", 3.0, 1), ("Border clash", 2.0, 1), ("中", 1.0, 1)]


@given(MIXED, st.integers(0, 9), st.sampled_from(Subwords))
def test_no_share_is_lost_and_spans_of_units_and_words_are_whole(text, seed, subwords):
    analyzer = Analyzer(subwords=subwords)
    known = sorted(set(analyzer.features(text)))
    located = list(Vocabulary(known, analyzer=analyzer).located(text, MOST).values())
    shares = np.random.default_rng(seed).normal(size=len(located)).tolist()
    found = signs_of(text, shares, located, MOST)
    assert sum(sign.share for sign in found) == pytest.approx(sum(shares))
    edges = [edge for feature in located for span in feature.spans for edge in span]
    assert all(start in edges and end in edges for sign in found for start, end in sign.spans)


@pytest.mark.parametrize(("text", "expected"), [("Border clash", False), ("Border 中", True), ("Кыргызстан", True)])
def test_only_texts_with_parts_are_put_together(text, expected):
    analyzer = Analyzer(subwords=Subwords.NON_LATIN)
    located = Vocabulary(sorted(set(analyzer.features(text))), analyzer=analyzer).located(text, MOST)
    assert is_made_of_parts(located.values()) is expected
