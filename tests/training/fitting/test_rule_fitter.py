from dataclasses import replace

import numpy as np
import pytest

from classifier.errors import CorpusError
from classifier.training.fitting.rule_fitter import STRENGTHS, RuleFitter
from classifier.training.training_settings import TrainingSettings
from tests.training.fitting.test_calibration import simulated


def made(n=600, sections=4, seed=0):
    """Margins and labels whose chances they follow, in five folds; each article is its own story."""
    pairs = [simulated(n, 3.0, -1.5, seed + s) for s in range(sections)]
    margins, labels = (np.column_stack(part) for part in zip(*pairs, strict=True))
    return margins, labels, np.arange(n) % 5, np.arange(n)


def fitter_of_one(margins, labels, stories, **settings):
    """A fitter of a single section."""
    return RuleFitter(margins[:, None], labels[:, None], stories % 5, stories, TrainingSettings(**settings))


def test_rules_of_a_fold_do_not_depend_on_its_labels_or_margins():
    margins, labels, folds, stories = made()
    spoiled, swapped = margins.copy(), labels.copy()
    spoiled[folds == 2] = 9.0
    swapped[folds == 2] ^= True
    settings = TrainingSettings(min_tags=1)
    one = RuleFitter(margins, labels, folds, stories, settings).fit(without=[2])
    two = RuleFitter(spoiled, swapped, folds, stories, settings).fit(without=[2])
    assert one == two
    assert one != RuleFitter(margins, labels, folds, stories, settings).fit()


def test_what_two_fits_share_changes_neither():
    margins, labels, folds, stories = made()
    together = RuleFitter(margins, labels, folds, stories, TrainingSettings())
    shared = [together.fit(without=[fold]) for fold in range(5)]
    alone = [RuleFitter(margins, labels, folds, stories, TrainingSettings()).fit(without=[fold]) for fold in range(5)]
    assert shared == alone


def test_the_strength_is_one_of_the_choices_and_high_where_sections_differ_by_chance_alone():
    fitted = RuleFitter(*made(), TrainingSettings()).fit()
    assert fitted.strength in STRENGTHS


def test_a_section_that_cannot_be_trusted_is_never_applied():
    margins, labels = simulated(300, slope=0.1)
    rules = fitter_of_one(margins, labels, np.arange(300)).fit()
    assert rules.sections[0].apply is None


def test_copies_of_one_story_prove_no_more_than_one_article_does():
    """Sixty articles with the section, told from the others without a mistake: of sixty stories, or of ten."""
    labels = np.arange(600) < 60
    margins = np.where(labels, 4.0, -4.0) + np.linspace(0, 0.01, 600)
    apart = np.arange(600)
    together = np.where(labels, apart % 10, apart)
    assert fitter_of_one(margins, labels, apart).fit().sections[0].apply is not None
    assert fitter_of_one(margins, labels, together).fit().sections[0].apply is None


def test_review_only_applies_nothing_and_suggests_the_same():
    labels = np.arange(600) < 60
    margins = np.where(labels, 4.0, -4.0) + np.linspace(0, 0.01, 600)
    usual, careful = (
        fitter_of_one(margins, labels, np.arange(600), review_only=review_only).fit() for review_only in (False, True)
    )
    assert usual.sections[0].apply is not None
    assert careful.sections[0] == replace(usual.sections[0], apply=None)
    assert careful.predict(margins[:, None]).suggested.sum() == 60
    assert not careful.predict(margins[:, None]).applied.any()


@pytest.mark.parametrize("seed", range(5))
def test_apply_is_never_below_suggest(seed):
    margins, labels = simulated(400, slope=8, seed=seed)
    fitter = fitter_of_one(margins, labels, np.arange(400), target_precision=0.8)
    for rule in fitter.fit().sections:
        assert rule.apply is None or rule.apply >= rule.suggest


def test_an_article_without_a_known_term_gets_nothing_even_where_every_article_gets_a_tag():
    margins, labels, folds, stories = made()
    margins[:10] = np.nan
    scores = RuleFitter(margins, labels, folds, stories, TrainingSettings(min_tags=1)).fit().predict(margins)
    assert not scores.suggested[:10].any()
    assert not scores.probabilities[:10].any()
    assert scores.suggested[10:].any(axis=1).all()


@pytest.mark.parametrize("n_known", [0, 1, 2])
def test_rules_are_not_fitted_where_hardly_an_article_has_a_known_term(n_known):
    margins, labels, folds, stories = made(60)
    margins[n_known:] = np.nan
    fitter = RuleFitter(margins, labels, folds, stories, TrainingSettings())
    with pytest.raises(CorpusError, match=f"only {n_known} of 60 articles share words"):
        fitter.fit(without=[0])


def test_a_tag_added_for_want_of_tags_is_not_applied():
    margins, labels, folds, stories = made()
    asked, free = (RuleFitter(margins, labels, folds, stories, TrainingSettings(min_tags=n)).fit() for n in (2, 0))
    cuts = [rule.suggest for rule in asked.sections]
    scores = asked.predict(margins)
    added = scores.suggested & (scores.probabilities < cuts)
    assert added.any()
    assert not (scores.applied & added).any()
    assert free.predict(margins).suggested.sum() < scores.suggested.sum()
