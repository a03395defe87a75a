"""A section that needs others is held back while none of them is probable, alike for one article and for many."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier import Section, Sections
from classifier.rules.chooser import NeedingChooser, Selection, TagChooser
from classifier.rules.family_chooser import chooser_for
from classifier.rules.needs import Need, needs_of
from classifier.rules.tagging import ModelRules, PlattScaling, SectionRule
from classifier.sections.needs import Needs
from tests.rules.test_parents import FORESTS, in_families
from tests.rules.test_tagging import MODELS, N_SECTIONS, ROWS, assert_same, chooser

EVEN = PlattScaling(1.0, 0.0)
NEEDS = st.builds(
    lambda columns, one, other: Need(
        tuple(sorted(columns)), max(one, other), min(one, other), "a section of the group x"
    ),
    st.sets(st.integers(0, N_SECTIONS - 1)),
    st.floats(0.01, 0.99),
    st.floats(0, 0.99) | st.just(0.0),
)
ALL_NEEDS = st.lists(NEEDS | st.none(), min_size=N_SECTIONS, max_size=N_SECTIONS)


def with_needs(rules: ModelRules, needs) -> ModelRules:
    return replace(rules, sections=tuple(replace(r, need=n) for r, n in zip(rules.sections, needs, strict=True)))


def region_and_theme(suggest=0.0, columns=(1,)) -> ModelRules:
    """The rules of a region that needs a theme at 0.5."""
    need = Need(columns, 0.5, suggest, "a section of the group theme")
    return ModelRules((SectionRule(EVEN, 0.5, 0.9, None, need), SectionRule(EVEN, 0.8, 0.9)), 0, None)


def decisions(rules, margins, selection=None):
    return {tag.section: tag.decision for tag in chooser(rules).choose(margins, *([selection] if selection else []))}


@settings(max_examples=300)
@given(MODELS, FORESTS, ALL_NEEDS, ROWS)
def test_one_article_and_many_get_the_same_tags_with_needs_and_parents(rules, parents, needs, rows):
    assert_same(with_needs(rules, needs), rows)
    assert_same(with_needs(in_families(rules, parents), needs), rows)


@settings(max_examples=200)
@given(MODELS, FORESTS, ALL_NEEDS, ROWS)
def test_needs_only_hold_back_and_the_reason_is_there_whenever_they_do(rules, parents, needs, rows):
    free = replace(in_families(rules, parents), min_tags=0, max_tags=None)
    needing = with_needs(free, needs)
    before, after = free.predict(np.array(rows)), needing.predict(np.array(rows))
    assert not (after.suggested & ~before.suggested).any()
    assert not (after.applied & ~before.applied).any()
    held_back = (before.suggested & ~after.suggested) | (before.applied & ~after.applied)
    for i, margins in enumerate(rows):
        assert [needing.held_back(margins, s) is not None for s in range(N_SECTIONS)] == held_back[i].tolist()


@pytest.mark.parametrize(("theme", "decision"), [(0.2, "apply"), (0.0, "apply"), (-0.1, "review"), (-30.0, "review")])
def test_a_region_is_applied_only_if_a_theme_reaches_the_probability_suggested_or_not(theme, decision):
    assert decisions(region_and_theme(), [3.0, theme]) == {"s0": decision}


def test_a_region_is_not_suggested_below_the_other_probability_and_the_reason_names_it():
    rules = region_and_theme(suggest=0.1)
    assert decisions(rules, [3.0, -3.0]) == {}
    assert decisions(rules, [3.0, -1.0]) == {"s0": "review"}
    assert rules.held_back([3.0, -3.0], 0) == "no section of the group theme reaches 0.1"
    assert rules.held_back([3.0, -1.0], 0) == "no section of the group theme reaches 0.5"
    assert rules.held_back([3.0, 1.0], 0) is None
    assert rules.held_back([-1.0, -3.0], 0) is None


def test_the_reason_names_a_single_section_that_is_needed():
    one = Need((1,), 0.5, 0.1, Needs(section="war").words)
    assert one.unmet("apply") == "the section war does not reach 0.5"
    assert replace(one, columns=()).unmet("apply") == "the section war is not trained"


def test_a_choice_of_sections_changes_no_need():
    only_region = Selection(frozenset([0]), with_below=False, n_current=0)
    assert decisions(region_and_theme(), [3.0, 2.0], only_region) == {"s0": "apply"}
    assert decisions(region_and_theme(), [3.0, -2.0], only_region) == {"s0": "review"}


def test_a_section_whose_needed_sections_are_not_trained_is_suggested_and_never_applied():
    rules = region_and_theme(suggest=0.1, columns=())
    assert decisions(rules, [9.0, 9.0]) == {"s0": "review", "s1": "apply"}
    assert rules.held_back([9.0, 9.0], 0) == "no section of the group theme is trained"


def test_vocabularies_without_needs_keep_their_chooser():
    rules = ModelRules((SectionRule(EVEN, 0.5, None),) * 2, 0, None)
    names = [("a", "A"), ("b", "B")]
    assert type(chooser_for(rules, names)) is TagChooser
    assert type(chooser_for(region_and_theme(), names)) is NeedingChooser


def test_needs_are_those_of_the_trained_sections():
    region = {"group": "region", "needs": {"group": "theme", "suggest": 0.1}}
    sections = Sections(
        [
            Section(id="asia", name="Asia", **region),
            Section(id="war", name="War", group="theme"),
            Section(id="crime", name="Crime", group="theme"),
            Section(id="old", name="Old", group="theme", status="deprecated"),
            Section(id="coast", name="Coast", needs={"section": "asia", "apply": 0.7}),
        ]
    )
    of_theme = Need((1,), 0.5, 0.1, "a section of the group theme")
    assert needs_of([sections.find(name) for name in ("asia", "crime", "coast")]) == (
        of_theme,
        None,
        Need((0,), 0.7, 0.0, "the section asia"),
    )
    assert needs_of([sections.find(name) for name in ("asia", "coast")])[0] == replace(of_theme, columns=())
