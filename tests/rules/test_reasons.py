"""A tag that is not applied says why, with one code of a closed set."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.answer import Reason, Tag
from classifier.rules.chooser import Selection
from classifier.rules.lengths import RulesByLength, choosers_by_length
from classifier.rules.tagging import ModelRules, PlattScaling, SectionRule
from tests.rules.test_lengths import BY_LENGTH
from tests.rules.test_needs import ALL_NEEDS, region_and_theme, with_needs
from tests.rules.test_parents import FORESTS, in_families
from tests.rules.test_tagging import N_SECTIONS, ROWS, chooser, column

EVEN = PlattScaling(1.0, 0.0)
ALL = Selection(None, with_below=True, n_current=0)
NAMES = [(f"s{s}", f"Section {s}") for s in range(N_SECTIONS)]


def reasons(rules: RulesByLength, n_words: int, margins, selection: Selection = ALL) -> dict[str, tuple[str, str]]:
    choosers = choosers_by_length(rules, NAMES[: len(rules.sections)])
    tags = choosers[min(n_words, len(choosers) - 1)].choose(margins, selection)
    return {tag.section: (tag.decision, tag.reason) for tag in tags}


@pytest.fixture
def by_length() -> RulesByLength:
    """Two sections: the second is never applied, the first from 30 words on."""
    never = SectionRule(EVEN, 0.5, None)
    short = ModelRules((never, never), 0, None)
    return RulesByLength((short, replace(short, sections=(replace(never, apply=0.9), never))), (30,))


def test_a_sure_tag_of_a_short_text_says_that_the_length_is_the_reason(by_length):
    assert reasons(by_length, 29, [9.0, 9.0]) == {"s0": ("review", "length"), "s1": ("review", "never_applied")}
    assert reasons(by_length, 30, [9.0, 9.0]) == {"s0": ("apply", None), "s1": ("review", "never_applied")}


def test_a_tag_below_its_threshold_says_so(by_length):
    assert reasons(by_length, 30, [1.0, -1.0]) == {"s0": ("review", "threshold"), "s1": ("below", "threshold")}


@pytest.mark.parametrize(
    ("theme", "expected"), [(9.0, ("apply", None)), (-1.0, ("review", "needs")), (-3.0, ("below", "needs"))]
)
def test_a_region_without_a_theme_says_that_it_needs_one(theme, expected):
    rules = RulesByLength((region_and_theme(suggest=0.1),))
    assert reasons(rules, 50, [3.0, theme])["s0"] == expected


def test_tags_that_the_limits_add_or_leave_out_say_so():
    rules = ModelRules((SectionRule(EVEN, 0.5, 0.9),) * 3, 2, 2)
    assert reasons(RulesByLength((rules,)), 9, [-3.0, -1.0, 9.0]) == {
        "s2": ("apply", None),
        "s1": ("review", "limit"),
        "s0": ("below", "threshold"),
    }
    assert reasons(RulesByLength((rules,)), 9, [3.0, 9.0, 5.0])["s0"] == ("below", "limit")


@pytest.mark.slow
@settings(max_examples=200)
@given(BY_LENGTH, FORESTS, ALL_NEEDS, ROWS, st.integers(0, 70))
def test_there_is_a_reason_of_the_set_if_and_only_if_a_tag_is_not_applied(rules, parents, needs, rows, n_words):
    classes = tuple(with_needs(in_families(of_class, parents), needs) for of_class in rules.classes)
    rules = replace(rules, classes=classes)
    choosers = choosers_by_length(rules, NAMES)
    of_class = rules.of(n_words)
    for margins in rows:
        for tag in choosers[min(n_words, len(choosers) - 1)].choose(margins, ALL):
            assert (tag.reason is None) == (tag.decision == "apply")
            assert tag.reason in (None, *get_args(Reason))
            never = of_class.sections[column(tag)].apply is None
            if tag.reason == "length":
                assert never
                assert any(other.sections[column(tag)].apply is not None for other in rules.classes)
            if tag.reason == "never_applied":
                assert all(other.sections[column(tag)].apply is None for other in rules.classes)
            if tag.reason == "needs":
                assert of_class.held_back(np.array(margins), column(tag)) is not None


def test_the_reason_is_in_the_json_of_a_tag_that_is_not_applied():
    (tag,) = chooser(ModelRules((SectionRule(EVEN, 0.5, None),), 0, None)).choose([9.0])
    assert tag.to_json()["reason"] == "never_applied"
    assert "reason" not in Tag("a", "A", 0.9, "apply").to_json()
