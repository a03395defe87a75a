"""Serving and training choose the same rules for each length of a text."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.rules.chooser import Selection
from classifier.rules.lengths import RulesByLength, choosers_by_length
from classifier.rules.tagging import ModelRules, PlattScaling, SectionRule
from tests.rules.test_tagging import MODELS, N_SECTIONS, ROWS, bits, column

BOUNDS = st.lists(st.integers(1, 60), max_size=3, unique=True).map(sorted).map(tuple)
BY_LENGTH = BOUNDS.flatmap(
    lambda bounds: st.builds(
        RulesByLength,
        st.lists(MODELS, min_size=len(bounds) + 1, max_size=len(bounds) + 1).map(tuple),
        st.just(bounds),
    )
)


@settings(max_examples=300)
@given(BY_LENGTH, ROWS, st.data())
def test_one_article_and_many_of_any_lengths_get_the_same_probabilities_and_tags(rules, rows, data):
    n_words = data.draw(st.lists(st.integers(0, 70), min_size=len(rows), max_size=len(rows)))
    predictions = rules.predict(np.array(rows), np.array(n_words))
    choosers = choosers_by_length(rules, [(f"s{s}", f"Section {s}") for s in range(N_SECTIONS)])
    for i, (margins, length) in enumerate(zip(rows, n_words, strict=True)):
        tags = choosers[min(length, len(choosers) - 1)].choose(margins, Selection(None, with_below=True, n_current=0))
        assert sorted(map(column, tags)) == list(range(N_SECTIONS))
        for tag in tags:
            s = column(tag)
            assert bits(tag.probability) == bits(float(predictions.probabilities[i, s]))
            assert (tag.decision != "below") == predictions.suggested[i, s]
            assert (tag.decision == "apply") == predictions.applied[i, s]
        assert rules.of(length) == rules.classes[rules.classes_of(np.array([length]))[0]]


def test_a_bound_is_the_first_length_of_the_next_class():
    short, middle, long = (
        ModelRules((SectionRule(PlattScaling(1.0, 0.0), at, None),), 0, None) for at in (0.9, 0.6, 0.4)
    )
    rules = RulesByLength((short, middle, long), (10, 30))
    assert [rules.of(n) for n in (0, 9, 10, 29, 30, 10_000)] == [short, short, middle, middle, long, long]
    assert rules.predict(np.full((4, 1), 0.2), np.array([9, 10, 29, 30])).suggested[:, 0].tolist() == [False] * 3 + [
        True
    ]
    assert rules.predict(np.full((4, 1), 0.2)).suggested.all()
    assert rules.sections == long.sections
