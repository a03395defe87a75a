import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss

from classifier.training.measuring.probability import (
    CALIBRATION_BINS,
    average_precision,
    brier,
    expected_calibration_error,
    precision_recall,
    reliability,
)

PAIRS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.005, 0.2, 0.5, 0.7, 1.0]) | st.floats(0, 1), st.booleans()), min_size=1
)


def arrays(pairs):
    return np.array([p for p, _ in pairs]), np.array([y for _, y in pairs], dtype=bool)


@given(PAIRS.filter(lambda pairs: any(y for _, y in pairs)))
def test_average_precision_is_that_of_scikit_learn(pairs):
    p, y = arrays(pairs)
    assert average_precision(p, y) == pytest.approx(average_precision_score(y, p), abs=1e-12)


@given(PAIRS)
def test_brier_is_that_of_scikit_learn(pairs):
    p, y = arrays(pairs)
    assert brier(p, y) == pytest.approx(brier_score_loss(y, p, pos_label=True), abs=1e-12)


@given(PAIRS)
def test_bins_hold_each_probability_above_the_floor_once_in_ascending_order(pairs):
    p, y = arrays(pairs)
    bins = reliability(p, y)
    assert sum(b.n for b in bins) == (p > 0.01).sum()
    assert len(bins) <= CALIBRATION_BINS
    assert [b.probability for b in bins] == sorted(b.probability for b in bins)
    sizes = {b.n for b in bins}
    assert not sizes or max(sizes) - min(sizes) <= 1
    error = expected_calibration_error(bins)
    assert (error is None) if not bins else (0 <= error <= 1)


@given(PAIRS)
def test_recall_never_falls_and_ends_at_all(pairs):
    p, y = arrays(pairs)
    _, recall = precision_recall(p, y)
    assert (np.diff(recall) >= 0).all()
    assert recall[-1] == (1 if y.any() else 0)


def test_a_section_that_nobody_has_has_no_average_precision():
    assert average_precision(np.array([0.3, 0.8]), np.array([False, False])) is None


def test_probabilities_that_hold_have_a_small_calibration_error_and_overconfident_ones_a_large():
    rng = np.random.default_rng(3)
    p = rng.random(30_000)
    y = rng.random(30_000) < p
    assert expected_calibration_error(reliability(p, y)) < 0.02
    assert expected_calibration_error(reliability((p > 0.5) * 0.98 + 0.011, y)) > 0.2
