import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.calibration import _SigmoidCalibration
from sklearn.metrics import f1_score

from classifier.training.calibration import (
    best_f1,
    decide,
    f1_threshold,
    fit_platt,
    fit_rules,
    precision_threshold,
)


def simulated(n=2000, slope=2.5, offset=-1.0, seed=0):
    rng = np.random.default_rng(seed)
    margins = rng.normal(0, 1, n)
    return margins, rng.random(n) < expit(slope * margins + offset)


def test_platt_finds_the_curve_that_made_the_labels():
    platt = fit_platt(*simulated(50_000))
    assert platt.slope == pytest.approx(2.5, rel=0.05)
    assert platt.offset == pytest.approx(-1.0, rel=0.05)


def test_platt_agrees_with_scikit_learn():
    margins, labels = simulated(500)
    theirs = _SigmoidCalibration().fit(margins, labels)
    ours = fit_platt(margins, labels)
    assert (ours.slope, ours.offset) == pytest.approx((-theirs.a_, -theirs.b_), abs=1e-3)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.floats(-50, 50), st.booleans()), min_size=2, max_size=60))
def test_probabilities_are_within_0_and_1_and_finite(pairs):
    margins = np.array([m for m, _ in pairs])
    labels = np.array([label for _, label in pairs])
    p = fit_platt(margins, labels).probabilities(margins)
    assert np.all((p >= 0) & (p <= 1))


def test_perfectly_separated_margins_do_not_run_away():
    platt = fit_platt(np.array([-2.0, -1.5, 1.5, 2.0]), np.array([False, False, True, True]))
    assert 0 < platt.slope < 10


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from([0.1, 0.2, 0.35, 0.5, 0.8, 0.9]), st.booleans()), min_size=1, max_size=30))
def test_the_best_f1_is_that_of_the_best_cut(pairs):
    p = np.array([x for x, _ in pairs])
    labels = np.array([label for _, label in pairs])
    if labels.any():
        assert best_f1(p, labels) == pytest.approx(max(f1_score(labels, p >= cut) for cut in np.unique(p)))


def test_without_positives_the_threshold_is_a_half():
    assert f1_threshold(np.array([0.1, 0.9]), np.array([False, False])) == 0.5


def test_the_threshold_cuts_calibrated_probabilities_about_as_well_as_any():
    margins, labels = simulated(20_000)
    p = fit_platt(margins, labels).probabilities(margins)
    assert f1_score(labels, p >= f1_threshold(p, labels)) > best_f1(p, labels) - 0.005


def test_the_precision_threshold_needs_enough_evidence():
    """Clopper and Pearson: 28 of 28 right bounds the precision at 0.899, 29 of 29 at 0.902."""
    for n, reached in ((28, False), (29, True)):
        assert (precision_threshold(np.linspace(0.5, 1, n), np.ones(n, bool), 0.9) is not None) is reached


def test_the_precision_threshold_is_the_lowest_that_holds():
    p = np.linspace(1, 0, 200)
    labels = np.arange(200) < 100
    threshold = precision_threshold(p, labels, 0.9)
    assert threshold is not None
    assert (p >= threshold)[:100].all()
    assert labels[p >= threshold].mean() >= 0.9


def test_a_section_that_cannot_be_trusted_is_never_applied():
    margins, labels = simulated(300, slope=0.1)
    (rule,) = fit_rules(margins[:, None], labels[:, None], 0.9)
    assert rule.apply is None


@pytest.mark.parametrize("seed", range(5))
def test_apply_is_never_below_suggest(seed):
    margins, labels = simulated(400, slope=8, seed=seed)
    for rule in fit_rules(np.column_stack([margins, margins]), np.column_stack([labels, labels]), 0.8):
        assert rule.apply is None or rule.apply >= rule.suggest


def test_margins_that_rank_nothing_do_not_turn_the_order_round():
    rng = np.random.default_rng(3)
    labels = rng.random((200, 2)) < 0.3
    margins = np.column_stack([np.where(labels[:, 0], 1.0, -1.0), np.where(labels[:, 1], -1.0, 1.0)])
    margins[:, 0] *= 5
    assert all(rule.platt.slope > 0 for rule in fit_rules(margins, labels, 0.9))


@given(
    st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=1, max_size=20),
    st.lists(st.floats(0, 1), min_size=3, max_size=3),
    st.lists(st.floats(0, 0.5), min_size=3, max_size=3),
)
def test_a_higher_threshold_gives_a_subset(rows, cuts, more):
    p = np.array(rows)
    low, high = decide(p, cuts), decide(p, [c + m for c, m in zip(cuts, more, strict=True)])
    assert not (high & ~low).any()
    assert not decide(p, [None] * 3).any()
