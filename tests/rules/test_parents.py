"""A parent is never less probable than its children, alike for one article and for many."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.rules.chooser import Selection, TagChooser
from classifier.rules.family_chooser import FamilyChooser, chooser_for
from classifier.rules.parents import lineages, with_parents_raised
from classifier.rules.tagging import ModelRules, PlattScaling, SectionRule
from tests.rules.test_tagging import MARGINS, MODELS, N_SECTIONS, ROWS, assert_same, chooser, on_the_threshold

#: A forest: each section may hang under one that comes before it in a random order.
FORESTS = st.builds(
    lambda order, picks: tuple(
        None if (pick := picks[s]) is None or order.index(s) == 0 else order[pick % order.index(s)]
        for s in range(N_SECTIONS)
    ),
    st.permutations(range(N_SECTIONS)),
    st.lists(st.integers(0, 20) | st.none(), min_size=N_SECTIONS, max_size=N_SECTIONS),
)
ALL = Selection(None, with_below=True, n_current=0)


def in_families(rules: ModelRules, parents) -> ModelRules:
    return replace(rules, sections=tuple(replace(r, parent=p) for r, p in zip(rules.sections, parents, strict=True)))


@settings(max_examples=400)
@given(MODELS, FORESTS, ROWS)
def test_one_article_and_many_get_the_same_tags_in_families(rules, parents, rows):
    assert_same(in_families(rules, parents), rows)


@settings(max_examples=200)
@given(MODELS, FORESTS, st.lists(MARGINS, min_size=N_SECTIONS, max_size=N_SECTIONS))
def test_a_margin_exactly_on_the_threshold_is_suggested_in_families_too(rules, parents, margins):
    assert_same(in_families(on_the_threshold(rules, margins), parents), [margins])


@settings(max_examples=200)
@given(MODELS, FORESTS, st.lists(MARGINS, min_size=N_SECTIONS, max_size=N_SECTIONS))
def test_a_parent_has_the_probability_of_the_section_that_decides_about_it(rules, parents, margins):
    rules = in_families(rules, parents)
    found = {tag.section: tag.probability for tag in chooser(rules).choose(margins, ALL)}
    for s, parent in enumerate(parents):
        deciding = rules.deciding(margins, s)
        assert found[f"s{s}"] == rules.sections[deciding].scaling.probability(margins[deciding])
        assert s == deciding or s in lineages(parents)[deciding]
        assert parent is None or found[f"s{parent}"] >= found[f"s{s}"]


def test_a_child_that_is_not_asked_for_still_raises_its_parent():
    parent, child = SectionRule(PlattScaling(1.0, -3.0), 0.5, 0.9), SectionRule(PlattScaling(1.0, 0.0), 0.5, None, 0)
    rules = ModelRules((parent, child), 0, None)
    (tag,) = chooser(rules).choose([0.0, 4.0], Selection(frozenset([0]), with_below=False, n_current=0))
    assert (tag.section, tag.decision) == ("s0", "apply")
    assert tag.probability == child.scaling.probability(4.0)


def test_a_child_below_its_own_threshold_can_reach_that_of_its_parent():
    parent, child = SectionRule(PlattScaling(1.0, 0.0), 0.3, None), SectionRule(PlattScaling(1.0, 0.0), 0.9, None, 0)
    (tag,) = chooser(ModelRules((parent, child), 0, None)).choose([-9.0, 1.0])
    assert (tag.section, tag.decision) == ("s0", "review")


def test_vocabularies_without_parents_keep_the_quick_chooser_and_their_probabilities():
    rules = ModelRules((SectionRule(PlattScaling(1.0, 0.0), 0.5, None),) * 2, 0, None)
    names = [("a", "A"), ("b", "B")]
    assert type(chooser_for(rules, names)) is TagChooser
    assert type(chooser_for(in_families(rules, (None, 0)), names)) is FamilyChooser
    probabilities = np.array([[0.2, 0.7]])
    assert with_parents_raised(probabilities, ()) is probabilities
    assert with_parents_raised(probabilities, (None, None)) is probabilities
