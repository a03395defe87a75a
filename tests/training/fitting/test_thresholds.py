import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from classifier.rules.tagging import at_least, limit
from classifier.training.fitting.calibration import calibrate
from classifier.training.fitting.thresholds import (
    expected_f1,
    f1_threshold,
    precision_threshold,
    shrunk,
    worst_of_each_story,
)
from tests.training.fitting.test_calibration import simulated

PAIRS = st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.35, 0.5, 0.8, 0.9]), st.booleans()), min_size=1, max_size=30)
ROWS = st.lists(st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.7]), min_size=4, max_size=4), min_size=1, max_size=8)


@settings(max_examples=100)
@given(PAIRS)
def test_the_f1_to_expect_is_that_of_the_best_cut_with_one_error_more(pairs):
    p = np.array([x for x, _ in pairs])
    labels = np.array([label for _, label in pairs])
    if labels.any():
        with_an_error = [f1_score([*labels, True], [*(p >= cut), False]) for cut in np.unique(p)]
        assert expected_f1(p, labels) == pytest.approx(max(with_an_error))


def test_a_rare_section_that_luck_ranks_first_gets_a_lower_threshold_than_a_common_one():
    few, many = np.arange(1_000) >= 998, np.arange(1_000) >= 500
    p = np.linspace(0, 1, 1_000)
    assert f1_threshold(p, few) == pytest.approx(0.4)
    assert f1_threshold(p, many) == pytest.approx(0.5, abs=0.001)


def test_without_positives_the_threshold_is_a_half():
    assert f1_threshold(np.array([0.1, 0.9]), np.array([False, False])) == 0.5


def test_the_threshold_cuts_calibrated_probabilities_about_as_well_as_any():
    margins, labels = simulated(20_000)
    p = calibrate(margins[:, None], labels[:, None])[0].probabilities(margins)
    assert (
        f1_score(labels, p >= f1_threshold(p, labels))
        > max(f1_score(labels, p >= cut) for cut in np.linspace(0.01, 0.99, 99)) - 0.005
    )


def test_thresholds_move_from_that_of_all_to_their_own_as_support_grows():
    given = shrunk(np.array([0.2, 0.2, 0.2]), 0.5, np.array([0, 10, 1_000_000]), 10.0)
    assert given == pytest.approx([0.5, 0.35, 0.2], abs=1e-4)


def test_a_story_counts_as_its_most_probable_mistake_or_else_as_its_most_probable_article():
    p = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    labels = np.array([True, False, False, True, True])
    assert worst_of_each_story(p, labels, np.array([1, 1, 1, 0, 0])).tolist() == [1, 3]
    assert worst_of_each_story(p, labels, np.arange(5)).tolist() == [0, 1, 2, 3, 4]
    assert worst_of_each_story(p[:0], labels[:0], np.arange(0)).tolist() == []


def test_the_precision_threshold_needs_enough_evidence():
    """Clopper and Pearson at 98 %: 37 of 37 right bound the precision at 0.8996, 38 of 38 at 0.902."""
    for n, reached in ((37, False), (38, True)):
        assert (precision_threshold(np.linspace(0.5, 1, n), np.ones(n, bool), 0.9) is not None) is reached


def test_the_precision_threshold_is_the_lowest_that_holds():
    p = np.linspace(1, 0, 200)
    labels = np.arange(200) < 100
    threshold = precision_threshold(p, labels, 0.9)
    assert threshold is not None
    assert (p >= threshold)[:100].all()
    assert labels[p >= threshold].mean() >= 0.9


@pytest.mark.parametrize("n", [200, 1_000])
def test_a_section_just_short_of_the_target_seldom_passes_by_luck(n):
    """Its precision is 0.89 at every cut, and none of the many must be taken for 0.90: once in twenty at most."""
    rng = np.random.default_rng(0)
    ranked = np.linspace(1, 0.5, n)
    passed = sum(precision_threshold(ranked, rng.random(n) < 0.89, 0.9) is not None for _ in range(600))
    assert passed / 600 <= 0.065  # 0.05 and two standard errors


@pytest.mark.parametrize("shape", [(2.0, 2.0), (0.3, 0.5)])
def test_a_section_seldom_gets_a_threshold_that_breaks_the_promise_on_other_articles(shape):
    """Be there few sure tags in it or many."""
    rng = np.random.default_rng(0)
    others = np.sort(rng.beta(*shape, 100_000))[::-1]
    precision = np.cumsum(others) / np.arange(1, len(others) + 1)
    broken = 0
    for _ in range(400):
        p = rng.beta(*shape, 400)
        threshold = precision_threshold(p, rng.random(400) < p, 0.9)
        if threshold is not None:
            broken += precision[max(0, int((others >= threshold).sum()) - 1)] < 0.9
    assert broken / 400 <= 0.05


@settings(max_examples=60)
@given(PAIRS, st.sampled_from([0.5, 0.7, 0.9]))
def test_a_threshold_is_reached_by_tags_whose_bound_holds(pairs, target):
    p = np.array([x for x, _ in pairs])
    labels = np.array([label for _, label in pairs])
    threshold = precision_threshold(p, labels, target)
    if threshold is not None:
        assert labels[p >= threshold].mean() >= target


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=20),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.lists(st.floats(0, 0.5), min_size=3, max_size=3),
)
def test_a_higher_threshold_gives_a_subset(rows, cuts, more):
    p = np.array(rows)
    low, high = at_least(p, cuts), at_least(p, [c + m for c, m in zip(cuts, more, strict=True)])
    assert not (high & ~low).any()
    assert not at_least(p, [math.inf] * 3).any()


@settings(max_examples=150)
@given(ROWS, st.integers(0, 3), st.integers(0, 4) | st.none())
def test_every_article_has_as_many_tags_as_it_must_and_may_the_most_probable(rows, least, more):
    p = np.array(rows)
    most = None if more is None else max(1, least + more)
    suggested = p >= 0.3
    given = limit(suggested, p, least, most)
    counts = given.sum(axis=1)
    assert (counts == np.clip(suggested.sum(axis=1), least, 4 if most is None else most)).all()
    for row, tags, could in zip(p, given, suggested, strict=True):
        assert tags[could].all() or not tags[~could].any()  # nothing is added while something is cut off
        for group in (could, ~could):
            kept, dropped = row[group & tags], row[group & ~tags]
            assert not len(kept) or not len(dropped) or kept.min() >= dropped.max()
