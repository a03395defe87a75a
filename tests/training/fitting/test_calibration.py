import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from classifier.training.fitting.calibration import calibrate
from classifier.training.measuring.probability import brier, expected_calibration_error, reliability


def simulated(n=2000, slope=2.5, offset=-1.0, seed=0):
    rng = np.random.default_rng(seed)
    margins = rng.normal(0, 1, n)
    return margins, rng.random(n) < expit(slope * margins + offset)


def columns(*pairs):
    margins, labels = zip(*pairs, strict=True)
    return np.column_stack(margins), np.column_stack(labels)


def probabilities(platts, margins):
    return np.column_stack([platt.probabilities(margins[:, s]) for s, platt in enumerate(platts)])


def test_the_curve_that_made_the_labels_is_found():
    platts = calibrate(*columns(simulated(50_000), simulated(50_000, 1.0, -2.0, 1)))
    assert [p.slope for p in platts] == pytest.approx([2.5, 1.0], rel=0.06)
    assert [p.offset for p in platts] == pytest.approx([-1.0, -2.0], rel=0.06)


def test_no_other_line_has_a_better_brier_score():
    margins, labels = columns(simulated(4_000))
    (fitted,) = calibrate(margins, labels)
    best = brier(fitted.probabilities(margins), labels)
    for slope in (-0.3, 0.3):
        for offset in (-0.2, 0.2):
            other = expit((fitted.slope + slope) * margins + fitted.offset + offset)
            assert brier(other, labels) > best


@settings(max_examples=100)
@given(st.lists(st.tuples(st.floats(-50, 50), st.booleans(), st.booleans()), min_size=2, max_size=60))
@example([(1.0, False, False), (1.0, False, False)])
def test_probabilities_are_within_0_and_1_finite_and_rise_with_the_margin(rows):
    margins = np.array([m for m, _, _ in rows])
    labels = np.array([row[1:] for row in rows])
    platts = calibrate(np.column_stack([margins, margins]), labels)
    for platt in platts:
        p = platt.probabilities(np.sort(margins))
        assert np.all((p >= 0) & (p <= 1))
        assert np.all(np.diff(p) >= 0)
        assert platt.slope > 0


def test_a_section_with_few_positives_is_held_to_what_others_have():
    rng = np.random.default_rng(1)
    common = [simulated(2_000, 2.5, -1.0, seed) for seed in range(4)]
    rare = rng.normal(-2, 1, 2_000), np.arange(2_000) < 1  # its one positive stands anywhere
    *_, held = calibrate(*columns(*common, rare))
    assert 1.0 < held.slope < 4.0


def test_margins_that_rank_nothing_do_not_turn_the_order_round():
    rng = np.random.default_rng(3)
    labels = rng.random((200, 2)) < 0.3
    margins = np.column_stack([np.where(labels[:, 0], 1.0, -1.0), np.where(labels[:, 1], -1.0, 1.0)])
    margins[:, 0] *= 5
    assert all(platt.slope > 0 for platt in calibrate(margins, labels))
    assert all(platt.slope > 0 for platt in calibrate(margins[:, 1:], labels[:, 1:]))


@pytest.mark.parametrize("scale", [0.01, 300.0])
def test_the_scale_of_the_margins_does_not_matter(scale):
    margins, labels = columns(simulated(500), simulated(500, seed=1))
    plain, scaled = calibrate(margins, labels), calibrate(scale * margins, labels)
    assert probabilities(scaled, scale * margins) == pytest.approx(probabilities(plain, margins), abs=1e-4)


def test_far_negatives_do_not_spoil_the_probabilities_near_the_boundary():
    """Nearly all pairs of article and section are far from it, some of them with a label that nothing can explain."""
    margins, labels = simulated(3_000)
    rng = np.random.default_rng(2)
    far, odd = rng.normal(-6, 0.3, 60_000), rng.random(60_000) < 0.0005
    (platt,) = calibrate(np.r_[margins, far][:, None], np.r_[labels, odd][:, None])
    assert expected_calibration_error(reliability(platt.probabilities(margins), labels)) < 0.03
