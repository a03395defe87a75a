"""From which probability a section is applied, and why it may never be."""

from dataclasses import replace

import numpy as np
import pytest

from classifier.rules.needs import Need
from classifier.training.fitting.applying import NeverApplied, choose_apply
from classifier.training.fitting.confirming import confirmed, floor_of, with_applied_of
from classifier.training.fitting.no_section import (
    AppliedWithoutSection,
    applied_without_section,
    floor_without_section,
)
from classifier.training.fitting.rule_fitter import RuleFitter
from classifier.training.fitting.thresholds import least_stories, precision_threshold, stories_factors
from classifier.training.training_settings import TrainingSettings
from tests.training.fitting.test_calibration import simulated


def choose_one(probabilities, labels, suggest=0.3, stories=None, target=0.9):
    """The choice for a single section that needs nothing."""
    p, y = np.array(probabilities), np.array(labels, dtype=bool)
    met = np.ones((len(p), 1), dtype=bool)
    stories = np.arange(len(p)) if stories is None else stories
    (choice,) = choose_apply(p[:, None], y[:, None], stories, [suggest], met, target)
    return choice


def sure(n_right, n_wrong=0, rest=400):
    """Probabilities and labels of some sure articles, the wrong ones least sure, and of others far below."""
    p = np.r_[np.linspace(0.99, 0.7, n_right + n_wrong), np.linspace(0.1, 0.01, rest)]
    return p, np.arange(len(p)) < n_right


def test_a_section_that_is_right_at_its_threshold_to_suggest_is_not_applied_below_a_half():
    p, labels = np.linspace(1, 0, 400), np.arange(400) < 230
    assert precision_threshold(p, labels, 0.9) < 0.45
    choice = choose_one(p, labels, suggest=0.3)
    assert choice.threshold == 0.5


def test_sure_tags_with_nothing_below_them_are_applied_from_the_threshold_to_suggest():
    """Otherwise an easy section would be applied only from the least sure of its training articles on."""
    assert choose_one(*sure(60), suggest=0.55).threshold == 0.55


def test_the_evidence_is_that_of_the_threshold_that_is_used():
    """Fifty tags prove the precision; but only thirty of them reach the threshold to suggest, and these do not."""
    p, labels = np.linspace(1, 0.51, 50), np.ones(50, dtype=bool)
    assert precision_threshold(p, labels, 0.9) is not None
    assert precision_threshold(p, labels, 0.9, least=p[29]) is None
    choice = choose_one(p, labels, suggest=p[29])
    assert choice.threshold is None
    assert (choice.never.cause, choice.never.n_tags, choice.never.n_right) == ("few_stories", 30, 30)


@pytest.mark.parametrize(("n", "right"), [(10, 10), (30, 30), (30, 29), (60, 57)])
def test_the_estimate_of_further_stories_is_enough_if_they_are_like_the_present_ones(n, right):
    (factor,) = stories_factors(np.array([n]), np.array([right]), 0.9)
    more = int(np.ceil(n * factor))
    labels = np.arange(more) < np.ceil((right + 0.5) / (n + 1) * more)
    assert precision_threshold(np.linspace(1, 0.5, more), labels, 0.9) is not None
    assert 1 < factor < 20


def test_a_section_with_few_sure_stories_says_how_many_more_it_takes():
    never = choose_one(*sure(20)).never
    assert never.cause == "few_stories"
    assert never.words == "20 of 20 of its surest stories are right, but that is too few to prove 90 %"
    assert 30 <= never.more_stories <= 80
    assert never.advice.startswith(f"About {never.more_stories} more stories with the section would be enough")
    assert choose_one(*sure(30)).never.more_stories < never.more_stories


def test_three_right_stories_of_three_prove_nothing_and_are_no_basis_for_an_estimate():
    p, labels = sure(3)
    labels[-45:] = True
    never = choose_one(p, labels).never
    assert (never.cause, never.n_tags, never.n_right, never.more_stories) == ("few_stories", 3, 3, None)
    assert never.advice == "It would take more than 20 times as many stories like the present ones"


@pytest.mark.parametrize(("target", "n"), [(0.9, 38), (0.5, 6), (0.95, 77)])
def test_the_least_number_of_stories_is_the_one_that_proves_the_target(target, n):
    assert least_stories(target) == n
    for stories, reached in ((n - 1, False), (n, True)):
        assert (
            precision_threshold(np.linspace(0.5, 1, stories), np.ones(stories, bool), target) is not None
        ) is reached


def test_a_section_that_is_often_wrong_says_that_more_stories_are_unlikely_to_help():
    rng = np.random.default_rng(0)
    p = np.linspace(0.99, 0.5, 200)
    never = choose_one(p, rng.random(200) < 0.7).never
    assert (never.cause, never.more_stories) == ("imprecise", None)
    assert "unlikely to help. Fix: check the labels" in never.advice


def test_a_section_that_no_article_is_likely_to_have_says_so():
    never = choose_one(np.linspace(0.3, 0, 100), np.arange(100) < 10).never
    assert never.words == "no article is likely enough to have it, because it has few stories (10)"
    assert never.advice == "It takes at least 30 more stories with the section"  # 38 - 10, rounded up
    many = choose_one(np.linspace(0.4, 0, 400), np.arange(400) < 100).never
    assert many.words == "no article is likely enough to have it"
    assert "unlikely to help" in many.advice


def test_copies_are_no_further_evidence():
    p, labels = sure(60)
    copies = np.r_[np.arange(60) % 10, np.arange(60, len(p))]
    assert choose_one(p, labels).threshold is not None
    assert choose_one(p, labels, stories=copies).threshold is None


def with_strangers(n_strangers, highest):
    """200 sure articles of one section, and stories without a section of which some look as if they had it."""
    p = np.r_[
        np.linspace(0.99, 0.6, 200), np.linspace(highest, 0.61, n_strangers // 5), np.full(n_strangers * 4 // 5, 0.1)
    ]
    return p, np.arange(len(p)) < 200


def test_all_thresholds_rise_until_few_stories_without_a_section_get_anything():
    p, labels = with_strangers(
        50, highest=0.9
    )  # ten of fifty look like the section, one in twenty of all tags is wrong
    choice = choose_one(p, labels)
    applied = p >= choice.threshold
    assert precision_threshold(p, labels, 0.9, least=0.5) < 0.61
    assert applied[~labels].sum() == 5  # a tenth of fifty
    assert labels[applied].mean() > 0.9


def test_fewer_than_twenty_stories_without_a_section_raise_no_threshold():
    p, labels = with_strangers(15, highest=0.9)
    assert choose_one(p, labels).threshold == precision_threshold(p, labels, 0.9, least=0.5)


def test_a_section_that_only_strangers_could_prove_is_never_applied_and_says_why():
    p = np.r_[np.linspace(0.95, 0.6, 45), np.full(30, 0.99)]
    labels = np.arange(75) < 45
    other = np.r_[np.full(45, 0.02), np.linspace(0.999, 0.99, 30)]
    # the second section is right on 400 other stories, so its wrong tags on the thirty are few
    many = np.linspace(0.9999, 0.9991, 400)
    both = np.column_stack([np.r_[p * (p < 0.97), np.zeros(400)], np.r_[other, many]])
    truth = np.column_stack([np.r_[labels, np.zeros(400, bool)], np.r_[np.zeros(75, bool), np.ones(400, bool)]])
    met = np.ones(both.shape, dtype=bool)
    first, second = choose_apply(both, truth, np.arange(475), [0.3, 0.3], met, 0.9)
    assert second.threshold > 0.99
    assert first.never.cause == "no_section"
    assert "stories without a section" in first.never.words


@pytest.mark.parametrize("seed", range(3))
def test_the_floor_is_the_lowest_that_keeps_the_share(seed):
    rng = np.random.default_rng(seed)
    p, stories = rng.random((120, 3)), rng.integers(0, 60, 120)
    thresholds = np.array([0.5, 0.8, np.inf])
    floor = floor_without_section(p, thresholds, stories, 0.1)

    def share(at):
        hit = (p >= np.maximum(thresholds, at)).any(axis=1)
        return len(np.unique(stories[hit])) / len(np.unique(stories))

    reached = np.sort(p[p >= thresholds])
    assert share(floor) <= 0.1 < share(reached[reached < floor].max())


def test_the_share_of_stories_without_a_section_counts_stories_and_has_an_interval():
    labels = np.array([[True], [False], [False], [False], [False]])
    applied = np.array([[True], [True], [False], [True], [False]])
    found = applied_without_section(applied, labels, np.array([0, 1, 1, 2, 3]))
    assert found == AppliedWithoutSection(3, 2)
    low, high = found.interval
    assert 0.09 < low < 2 / 3 < high < 0.993
    assert AppliedWithoutSection(0, 0).to_json()["share"] is None
    assert AppliedWithoutSection(30, 0).interval[0] == 0.0


def two_sections(needs=(None, None), n=900, seed=0, **settings):
    """A region that follows its margin only in articles with the theme, and the theme, which most articles have."""
    rng = np.random.default_rng(seed)
    theme_margins, theme = simulated(n, 6.0, 4.0, seed)
    here = rng.random(n) < 0.4
    region_margins = np.where(here, 2.0, -2.0) + 0.05 * rng.normal(size=n)
    labels = np.column_stack([here & theme, theme])
    margins = np.column_stack([region_margins, theme_margins])
    folds = np.arange(n) % 5
    return RuleFitter(margins, labels, folds, np.arange(n), TrainingSettings(**settings), (), needs), margins, labels


def test_a_region_is_applied_only_because_it_may_count_on_a_theme():
    need = Need((1,), 0.5, 0.2, "a section of the group theme")
    free, needing = (two_sections(needs)[0].fit() for needs in ((None, None), (need, None)))
    assert free.sections[0].apply is None
    assert needing.sections[0].apply is not None
    assert needing.sections[0].need == need
    _, margins, labels = two_sections()
    found = needing.predict(margins)
    assert (found.applied & labels)[:, 0].sum() > 0.9 * found.applied[:, 0].sum() > 0
    assert found.suggested[:, 0].sum() < free.predict(margins).suggested[:, 0].sum()


def test_a_region_whose_themes_are_not_trained_is_never_applied_and_says_so():
    rules = two_sections((Need((), 0.5, 0.2, "a section of the group theme"), None))[0].fit()
    assert rules.sections[0].apply is None
    assert rules.never[0].words == "no section of the group theme is trained"
    assert "Fix: add articles" in rules.never[0].advice


def test_review_only_is_the_reason_of_every_section():
    rules = two_sections(review_only=True)[0].fit()
    assert [reason.cause for reason in rules.never] == ["review_only"] * 2


def test_a_section_whose_nested_precision_is_under_the_target_loses_apply_and_the_others_keep_it():
    need = Need((1,), 0.5, 0.2, "a section of the group theme")
    rules = two_sections((need, None))[0].fit()
    labels = np.ones((40, 2), dtype=bool)
    labels[:5, 0] = False
    applied = np.ones((40, 2), dtype=bool)
    p = np.full((40, 2), 0.95)
    after = confirmed(rules, applied, labels, 0.9, p)
    assert [rule.apply for rule in after.sections] == [None, rules.sections[1].apply]
    assert after.never == (NeverApplied("not_confirmed", 0.9, 40, 35), None)
    assert "35 of 40 were right, less than 90 %" in after.never[0].words
    found = two_sections()[0].fit().predict(np.array([[9.0, 9.0]]))
    assert with_applied_of(found, after).applied.tolist() == [[False, True]]
    labels[4, 0] = True  # 36 of 40 are 90 %
    assert confirmed(rules, applied, labels, 0.9, p) is rules
    assert confirmed(rules, np.zeros_like(applied), labels, 0.9, p) is rules


def honest_sections(supports, seed=0, n=3000, slope=1.0):
    """Probabilities and labels of sections with some numbers of positives; with a slope below 1 they are too sure."""
    rng = np.random.default_rng(seed)
    logits = np.column_stack([np.r_[rng.normal(4, 2, k), rng.normal(-6, 1.5, n - k)] for k in supports])
    probabilities = 1 / (1 + np.exp(-logits))
    return probabilities, rng.random(logits.shape) < 1 / (1 + np.exp(-slope * logits))


def thresholds_of(probabilities, labels):
    met = np.ones(probabilities.shape, dtype=bool)
    suggest = np.full(probabilities.shape[1], 0.4)
    choices = choose_apply(probabilities, labels, np.arange(len(labels)), suggest, met, 0.9, with_reasons=False)
    return [choice.threshold for choice in choices]


def test_a_section_of_few_stories_is_applied_if_the_probabilities_of_the_others_are_honest():
    p, labels = honest_sections([300] * 8 + [25])
    assert thresholds_of(p[:, -1:], labels[:, -1:]) == [None]
    assert thresholds_of(p, labels)[-1] is not None
    assert (labels[:, -1] & (p[:, -1] >= 0.5)).sum() < least_stories(0.9)
    assert thresholds_of(p[:, -6:], labels[:, -6:])[-1] is not None
    assert thresholds_of(p[:, -5:], labels[:, -5:])[-1] is None  # four others do not show how sections differ


def test_it_is_not_if_the_probabilities_of_the_others_are_too_sure():
    p, labels = honest_sections([300] * 8 + [25], slope=0.3)
    assert thresholds_of(p, labels)[-1] is None


def test_wrong_tags_of_its_own_outweigh_the_evidence_of_the_others():
    p, labels = honest_sections([300] * 8 + [25])
    sure = np.argsort(-p[:, -1])[:25]
    labels[sure, -1] = np.arange(25) % 3 > 0
    assert thresholds_of(p, labels)[-1] is None


@pytest.mark.slow
@pytest.mark.parametrize("slope", [0.5, 0.7, 1.0])
def test_applied_tags_of_few_stories_keep_the_promise_on_further_articles(slope):
    """Over many draws, however sure the probabilities are made."""
    n_applied = n_right = n_broken = n_sections = 0
    for seed in range(10):
        p, labels = honest_sections([200] * 6 + [20] * 6, seed, n=1500, slope=slope)
        found = thresholds_of(p, labels)
        new_p, new_labels = honest_sections([200] * 6 + [400] * 6, seed + 1000, n=1000, slope=slope)
        for s in range(6, 12):
            if found[s] is not None:
                applied = new_p[:, s] >= found[s]
                n_right, n_applied = n_right + new_labels[applied, s].sum(), n_applied + applied.sum()
                n_broken, n_sections = n_broken + (new_labels[applied, s].mean() < 0.9), n_sections + 1
    assert n_applied == 0 or n_right >= 0.9 * n_applied
    assert n_broken <= 0.1 * n_sections


def test_a_floor_is_the_lowest_probability_from_which_on_enough_was_right():
    p = np.linspace(0.99, 0.5, 50)
    assert floor_of(p, p > 0.54, 0.9) == 0.0
    floor = floor_of(p, p > 0.7, 0.9)
    assert 0.6 < floor < 0.7
    kept = (p > 0.7)[p >= floor]
    assert kept.sum() >= 0.9 * (len(kept) + 1)
    assert floor_of(p, p < 0.7, 0.9) == np.inf


def test_a_section_that_was_often_wrong_near_its_threshold_is_applied_from_a_higher_one():
    rules = two_sections()[0].fit()
    labels = np.ones((40, 2), dtype=bool)
    p = np.column_stack([np.linspace(0.99, 0.6, 40)] * 2)
    labels[30:, 1] = False  # 30 of 40 right, all wrong ones below 0.7
    after = confirmed(rules, np.ones((40, 2), dtype=bool), labels, 0.9, p)
    assert after.sections[0] == rules.sections[0]
    assert 0.6 < after.sections[1].apply < 0.7
    assert after.never == rules.never
    found = replace(rules.predict(np.full((40, 2), 9.0)), probabilities=p)
    applied = with_applied_of(found, after).applied[:, 1]
    assert applied.tolist() == (p[:, 1] >= after.sections[1].apply).tolist()
