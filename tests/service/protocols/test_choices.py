"""The distribution of a choice."""

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.service.protocols.shares import confidence, shares
from tests.service.protocols.conftest import TEXT

REGIONS = ["south-asia", "southeast-asia", "northeast-asia", "oceania"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.booleans())
def test_shares_are_a_distribution_in_which_the_most_probable_option_keeps_its_probability(probabilities, with_none):
    found = shares(probabilities, with_none=with_none)
    exact = [Fraction(p) for p in probabilities]
    none = math.prod(1 - p for p in exact)
    equal = Fraction(1, len(found))
    of_some = [p / (1 - none) if none < 1 else equal for p in exact]
    own = [float(p) for p in ([*exact, none] if with_none else of_some)]
    assert sum(found) == pytest.approx(1, abs=1e-9)
    assert all(0 <= share <= 1 and share <= p + 1e-9 for share, p in zip(found, own, strict=True))
    assert max(found) == pytest.approx(max(own), rel=1e-12)
    if with_none and max(probabilities) > float(none) + 1e-9:
        assert max(found) == max(probabilities)  # to the digit
        assert found.index(max(found)) == probabilities.index(max(probabilities))
    for (p, share), (q, other) in itertools.pairwise(sorted(zip(own, found, strict=True))):
        assert p == q or share <= other + 1e-12
    assert 0 <= confidence(found) <= 1


@pytest.mark.parametrize(
    ("probabilities", "with_none", "expected"),
    [
        ([0.9, 0.6, 0.3], True, [0.9, 0.1 * 0.6 / 0.928, 0.1 * 0.3 / 0.928, 0.1 * 0.028 / 0.928]),
        ([0.1, 0.2], True, [0.1 * 0.28 / 0.3, 0.2 * 0.28 / 0.3, 0.72]),
        ([0.7], True, [0.7, 0.3]),
        ([0.5, 0.5], False, [2 / 3, 1 / 3]),
        ([0.01], False, [1]),
        ([0.0, 0.0], False, [0.5, 0.5]),
        ([1.0, 1.0], True, [1, 0, 0]),
    ],
)
def test_the_others_share_the_rest_in_proportion(probabilities, with_none, expected):
    assert shares(probabilities, with_none=with_none) == pytest.approx(expected)


def test_confidence_is_nought_for_equal_shares_and_one_for_certainty():
    assert confidence([0.25] * 4) == 0
    assert confidence([0.0, 1.0, 0.0]) == 1
    assert confidence([0.3]) == 1
    assert confidence([0.88, 0.12, 0.0]) == pytest.approx(0.82)


def test_a_choice_over_sections_may_have_none_as_an_option(systemone, tags):
    expected = tags(TEXT)
    for none in ("none", "Other", "none_of_the_above", "None of these sections", "something_else", "n/a"):
        criteria = dict.fromkeys([*REGIONS[:2], none, *REGIONS[2:]])
        answer = systemone(TEXT, {"q": {"type": "choice", "instructions": "Which?", "criteria": criteria}})["q"]
        found = shares([expected[id_] for id_ in REGIONS], with_none=True)
        assert list(answer["probabilities"]) == list(criteria)
        assert answer["probabilities"] == {**dict(zip(REGIONS, found[:4], strict=True)), none: found[4]}
        assert answer["choice"] == max(criteria, key=answer["probabilities"].__getitem__)
        assert answer["confidence"] == confidence([*answer["probabilities"].values()])
    about_bread = systemone(
        "The baker sold bread and cake to the choir.", {"q": {"type": "choice", "criteria": criteria}}
    )
    assert about_bread["q"]["choice"] == "n/a"


def test_a_choice_over_a_group_needs_no_options_and_an_option_may_be_a_group(systemone, decide, tags):
    expected = tags(TEXT)
    answer = systemone(TEXT, {"q": {"type": "choice", "instructions": "Which of the regions is it about?"}})["q"]
    assert list(answer["probabilities"]) == [*REGIONS, "none"]
    (same,) = decide(TEXT, [{"type": "choice", "name": "q", "instructions": "Which of the regions is it about?"}])
    assert {each["value"]: each["probability"] for each in same["probabilities"]} == answer["probabilities"]
    one = systemone(TEXT, {"q": {"type": "choice", "criteria": {"regions": None, "none": None}}})["q"]
    none = 1.0
    for id_ in REGIONS:
        none *= 1 - expected[id_]
    assert one["probabilities"]["none"] == pytest.approx(none)


def test_the_order_of_the_options_changes_nothing_else(systemone):
    forwards = systemone(TEXT, {"q": {"type": "choice", "criteria": dict.fromkeys([*REGIONS, "none"])}})["q"]
    backwards = systemone(TEXT, {"q": {"type": "choice", "criteria": ["none", *REGIONS[::-1]]}})["q"]
    assert backwards["probabilities"] == pytest.approx(forwards["probabilities"], rel=1e-12)
    assert backwards["choice"] == forwards["choice"]
