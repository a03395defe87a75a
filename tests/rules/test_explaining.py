"""One split of a logit: for the answers of the service, the report and the suspects."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.rules.explaining import MAX_EVIDENCE, split_logit
from classifier.rules.tagging import PlattScaling

TERMS = st.lists(st.tuples(st.floats(0.001, 1), st.floats(-5, 5)), min_size=1, max_size=40)
SCALINGS = st.builds(PlattScaling, st.floats(0.01, 20), st.floats(-10, 10))


def parts(terms):
    return np.array([value for value, _ in terms]), np.array([weight for _, weight in terms])


@given(TERMS, SCALINGS, st.floats(-20, 20))
def test_the_strongest_shares_and_the_rest_add_up_to_the_logit(terms, scaling, margin):
    split = split_logit(margin, scaling, *parts(terms))
    strongest = split.strongest()
    assert split.logit == scaling.slope * margin + scaling.offset
    assert math.fsum(split.shares[strongest]) + split.rest(strongest) == pytest.approx(split.logit, abs=1e-9)
    assert len(strongest) == min(len(terms), MAX_EVIDENCE)
    left = np.delete(np.abs(split.shares), strongest)
    assert not len(left) or left.max() <= np.abs(split.shares[strongest]).min()


@given(TERMS, SCALINGS, st.integers(1, 12))
def test_terms_for_and_against_are_ranked_by_their_share(terms, scaling, most):
    split = split_logit(0.0, scaling, *parts(terms))
    assert split.shares[split.strongest_for(most)].tolist() == sorted(split.shares, reverse=True)[:most]
    assert split.shares[split.strongest_against(most)].tolist() == sorted(split.shares)[:most]


def test_the_intercept_and_the_offset_are_the_rest_if_every_term_is_listed():
    values, weights = np.array([0.6, 0.8]), np.array([1.0, -2.0], np.float32)
    intercept, scaling = -0.25, PlattScaling(2.0, 0.5)
    split = split_logit(float(values @ weights) + intercept, scaling, values, weights)
    assert split.shares.tolist() == pytest.approx([1.2, -3.2])
    assert split.rest(split.strongest()) == pytest.approx(2.0 * intercept + 0.5)
