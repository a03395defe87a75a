"""The choice among many sections: arrays find the near ones, and every tag is as a chooser of few would give it."""

import numpy as np
import pytest

from classifier.rules.chooser import Selection
from classifier.rules.family_chooser import chooser_for
from classifier.rules.tagging import ModelRules, PlattScaling, SectionRule
from classifier.terms.vocabulary import MANY_SECTIONS, viewed

N = MANY_SECTIONS + 50


def rules(with_parents: bool) -> ModelRules:
    rng = np.random.default_rng(7)
    made = (
        SectionRule(PlattScaling(*rng.uniform((0.5, -2), (3, 1))), suggest, suggest + 0.2, parent)
        for suggest, parent in zip(
            rng.uniform(0.1, 0.6, N), [None] + [s // 2 if with_parents else None for s in range(1, N)], strict=True
        )
    )
    return ModelRules(tuple(made), 0, None)


@pytest.mark.parametrize("with_parents", [False, True])
@pytest.mark.parametrize(
    "selection", [Selection(None, False, 0), Selection(None, True, 0), Selection(frozenset({1, 7, 140}), False, 0)]
)
def test_many_sections_are_chosen_from_as_few_are(with_parents, selection):
    found = rules(with_parents)
    wide = chooser_for(found, [(f"s{s}", f"S{s}") for s in range(N)])
    for seed in range(20):
        margins = np.random.default_rng(seed).normal(-1, 1.5, N)
        raised = found.predict(margins[None, :])
        tags = wide.choose(viewed(margins), selection)
        expected = raised.suggested[0] if not selection.with_below else np.ones(N, bool)
        if selection.columns:
            expected = expected & np.isin(np.arange(N), list(selection.columns))
        assert {tag.section for tag in tags} == {f"s{s}" for s in np.flatnonzero(expected)}
        assert all(type(tag.probability) is float for tag in tags)
        assert [tag.probability for tag in tags] == sorted((t.probability for t in tags), reverse=True)
        for tag in tags:
            s = int(tag.section[1:])
            assert tag.probability == raised.probabilities[0, s]
            assert (tag.decision == "apply") == raised.applied[0, s]
