"""Serving and training turn margins into the same probabilities and the same tags, to the bit."""

import math
import struct
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.special import expit

from classifier.rules.chooser import EVERY_SECTION, Selection, TagChooser
from classifier.rules.family_chooser import chooser_for
from classifier.rules.tagging import (
    ModelRules,
    PlattScaling,
    SectionRule,
    at_least,
    limit,
)
from tests.helpers import ROOT

N_SECTIONS = 4
MARGINS = st.floats(-40, 40) | st.sampled_from([0.0, -0.0, 1e-300, 750.0, -750.0, 1e6, -1e6])
THRESHOLDS = st.floats(0, 1) | st.sampled_from([0.0, 1e-13, 0.1, 0.5, 0.9, 1 - 1e-13, 1.0])
SCALINGS = st.builds(PlattScaling, st.floats(1e-3, 20), st.floats(-10, 10))
RULES = st.builds(SectionRule, SCALINGS, THRESHOLDS, THRESHOLDS | st.none())
MODELS = st.builds(
    lambda sections, least, more: ModelRules(tuple(sections), least, None if more is None else max(1, least + more)),
    st.lists(RULES, min_size=N_SECTIONS, max_size=N_SECTIONS),
    st.integers(0, 3),
    st.integers(0, 3) | st.none(),
)
ROWS = st.lists(st.lists(MARGINS, min_size=N_SECTIONS, max_size=N_SECTIONS), min_size=1, max_size=6)


def chooser(rules: ModelRules) -> TagChooser:
    return chooser_for(rules, [(f"s{s}", f"Section {s}") for s in range(len(rules.sections))])


def column(tag) -> int:
    return int(tag.section[1:])


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


def on_the_threshold(rules: ModelRules, margins: list[float]) -> ModelRules:
    """The same rules with each threshold to suggest at the very probability of the section's margin."""
    sections = []
    for rule, margin in zip(rules.sections, margins, strict=True):
        (at,) = rule.scaling.probabilities(np.array([margin])).tolist()
        sections.append(SectionRule(rule.scaling, at, rule.apply))
    return ModelRules(tuple(sections), rules.min_tags, rules.max_tags)


def assert_same(rules: ModelRules, rows: list[list[float]]) -> None:
    predictions = rules.predict(np.array(rows))
    for i, margins in enumerate(rows):
        everything = chooser(rules).choose(margins, Selection(None, with_below=True, n_current=0))
        assert sorted(map(column, everything)) == list(range(N_SECTIONS))
        for tag in everything:
            s = column(tag)
            assert bits(tag.probability) == bits(float(predictions.probabilities[i, s]))
            assert (tag.decision != "below") == predictions.suggested[i, s]
            assert (tag.decision == "apply") == predictions.applied[i, s]
        chosen = chooser(rules).choose(margins)
        assert chosen == [tag for tag in everything if tag.decision != "below"]


@settings(max_examples=400)
@given(MODELS, ROWS)
def test_one_article_and_many_get_the_same_probabilities_and_tags(rules, rows):
    assert_same(rules, rows)


@settings(max_examples=400)
@given(MODELS, st.lists(MARGINS, min_size=N_SECTIONS, max_size=N_SECTIONS))
def test_a_margin_exactly_on_the_threshold_is_suggested_in_both(rules, margins):
    exact = on_the_threshold(rules, margins)
    assert_same(exact, [margins])
    if exact.max_tags is None:
        assert len(chooser(exact).choose(margins)) == N_SECTIONS


@settings(max_examples=200)
@given(st.lists(st.floats(allow_infinity=False), min_size=1, max_size=50), SCALINGS)
def test_probabilities_are_those_of_the_logistic_function_within_the_last_bits(margins, scaling):
    # a NaN may be a signalling one, which older versions of NumPy report as they multiply it
    with np.errstate(over="ignore", invalid="ignore"):
        found, expected = (
            scaling.probabilities(np.array(margins)),
            expit(scaling.slope * np.array(margins) + scaling.offset),
        )
    assert np.array_equal(np.isnan(found), np.isnan(margins))
    known = ~np.isnan(found)
    np.testing.assert_array_max_ulp(found[known], expected[known], maxulp=4)
    assert ((found[known] >= 0) & (found[known] <= 1)).all()


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=30), SCALINGS)
def test_a_higher_margin_never_gives_a_lower_probability(margins, scaling):
    assert (np.diff(scaling.probabilities(np.sort(np.array(margins)))) >= 0).all()


def test_the_shape_and_order_of_margins_are_kept():
    margins = np.arange(12.0).reshape(3, 4).T  # not contiguous
    found = PlattScaling(1.0, -5.0).probabilities(margins)
    assert found.shape == (4, 3)
    assert found[1, 2] == PlattScaling(1.0, -5.0).probabilities(margins[1:2, 2])[0]


def test_a_row_of_nan_gets_no_tag_whatever_the_minimum():
    rule = SectionRule(PlattScaling(1.0, 0.0), 0.5, 0.9)
    predictions = ModelRules((rule, rule), 1, None).predict(np.array([[np.nan, np.nan], [-3.0, -2.0]]))
    assert predictions.suggested.tolist() == [[False, False], [False, True]]
    assert predictions.probabilities[0].tolist() == [0.0, 0.0]
    assert not predictions.applied.any()


def test_a_tag_that_reaches_apply_is_suggested_even_if_suggest_is_higher():
    rule = SectionRule(PlattScaling(1.0, 0.0), 0.9, 0.6)
    (tag,) = chooser(ModelRules((rule,), 0, None)).choose([1.0])
    assert (tag.decision, tag.section, tag.name) == ("apply", "s0", "Section 0")
    predictions = ModelRules((rule,), 0, None).predict(np.array([[1.0]]))
    assert predictions.suggested.all()
    assert predictions.applied.all()


def test_a_section_without_a_threshold_to_apply_is_never_applied():
    rule = SectionRule(PlattScaling(1.0, 0.0), 0.5, None)
    assert rule.apply_from == math.inf
    assert [tag.decision for tag in chooser(ModelRules((rule,), 0, None)).choose([50.0])] == ["review"]
    assert not at_least(np.ones((1, 1)), [rule.apply_from]).any()


@given(MODELS, st.lists(MARGINS, min_size=N_SECTIONS, max_size=N_SECTIONS), st.sets(st.integers(0, N_SECTIONS - 1)))
@example(ModelRules((SectionRule(PlattScaling(1.0, 0.0), 0.5, None),) * N_SECTIONS, 2, 2), [0.0] * N_SECTIONS, {1, 3})
def test_a_selection_leaves_only_its_sections(rules, margins, columns):
    tags = chooser(rules).choose(margins, Selection(frozenset(columns), with_below=True, n_current=0))
    assert {column(tag) for tag in tags} == columns


@given(MODELS, st.lists(MARGINS, min_size=N_SECTIONS, max_size=N_SECTIONS), st.integers(0, 4))
def test_sections_that_the_editor_has_chosen_count_towards_the_limits(rules, margins, n_current):
    tags = chooser(rules).choose(margins, Selection(None, with_below=False, n_current=n_current))
    free = chooser(ModelRules(rules.sections, 0, None)).choose(margins)
    least, most = max(0, rules.min_tags - n_current), N_SECTIONS
    if rules.max_tags is not None:
        most = max(0, rules.max_tags - n_current)
    assert len(tags) == min(max(len(free), least), most)


@settings(max_examples=200)
@given(st.lists(st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.7]), min_size=4, max_size=4), min_size=1, max_size=8))
def test_of_equal_probabilities_the_first_column_comes_first(rows):
    p = np.array(rows)
    (first,) = limit(np.ones((1, 4), bool), np.full((1, 4), 0.5), 0, 1).tolist()
    assert first == [True, False, False, False]
    for row, tags in zip(p, limit(p >= 0.3, p, 1, 1), strict=True):
        assert np.flatnonzero(tags).tolist() == [int(np.argmax(row))]


def test_every_section_may_be_suggested_by_default():
    assert Selection(None, with_below=False, n_current=0) == EVERY_SECTION


@pytest.mark.parametrize("module", ["tagging", "explaining"])
def test_the_rules_import_neither_scipy_nor_the_store(module):
    code = f"""
import sys
import classifier.rules.{module}
unwanted = ("scipy", "sklearn", "classifier.store")
print(sorted(name for name in sys.modules if name.startswith(unwanted)))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_serving_does_not_compile_the_array_path(starter_models):
    code = f"""
from classifier import Article, Choice, Tagger
from classifier.rules import tagging
Tagger.load({str(starter_models)!r}).tag(Article(body="border clash"), Choice(explain=True, all=True))
print(tagging._logistic.__closure__[0].cell_contents.cache_info().currsize)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
