"""Rules by length: fitted on articles cut short, and applied only at lengths where that was proven."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from classifier.commands.console import PlainProgress
from classifier.rules.tagging import ModelRules, PlattScaling, SectionRule
from classifier.training.fitting.lengths.cut_margins import HEADLINE, lengths_of_cuts, sample_of_stories
from classifier.training.fitting.lengths.length_fitter import (
    FittedLength,
    LengthFitter,
    bounds_between,
)
from classifier.training.fitting.lengths.proof import AppliedTags, confirmed_at_lengths, proven_rules
from classifier.training.fitting.linear import fit
from classifier.training.fitting.outoffold import score_out_of_fold
from classifier.training.fitting.rule_fitter import FittedRules, RuleFitter
from classifier.training.measuring import date_split
from classifier.training.measuring.date_split import DateSplit, assess_by_date
from classifier.training.measuring.lengths.quality import assess_lengths
from classifier.training.measuring.probability import brier
from classifier.training.training_settings import TrainingSettings
from tests.helpers import small_corpus
from tests.training.fitting.test_rule_fitter import made
from tests.training.measuring.test_curve import make

SETTINGS = TrainingSettings(min_df=1)
FILLER = " ".join(f"filler{n % 7}" for n in range(60))


@pytest.fixture(scope="module")
def task(tmp_path_factory, sections):
    """Sixty articles with a headline; the words that tell their sections come late in the body."""
    rows = [
        {**row, "headline": f"Report {n} from the border", "body": f"{FILLER} {row['body']} {FILLER}"}
        for n, row in enumerate(small_corpus(60))
    ]
    return make(tmp_path_factory.mktemp("lengths"), sections, rows, SETTINGS)


@pytest.fixture(scope="module")
def scored(task):
    return score_out_of_fold(task, SETTINGS, 1, PlainProgress())


def test_each_cut_is_scored_by_the_model_that_has_not_seen_its_article(task, scored):
    cuts = scored.cuts
    assert cuts.lengths[:4] == (HEADLINE, 25, 50, 100)
    assert cuts.rows.tolist() == list(range(60))
    assert cuts.n_words[1].tolist() == [25] * 60
    (texts,) = task.first_words(cuts.rows, [50])
    numbers = {term: n for n, term in enumerate(task.counted.terms)}
    for i in (0, 17, 44):
        model = scored.models[task.folds[i]]
        counts = np.zeros((1, len(numbers)))
        for term in task.counted.analyzer.features(texts[i]):
            if term in numbers:
                counts[0, numbers[term]] += 1
        expected = model.margins(csr_matrix(counts.astype(np.float32)))[0]
        np.testing.assert_allclose(cuts.margins[2, i], expected, rtol=1e-5, atol=1e-6)


def test_a_headline_is_the_shortest_cut_and_twelve_words_stand_in_for_it(task):
    assert task.headline(3) == "Report 3 from the border"
    without = replace(task, headlines=[0] * len(task.texts))
    assert without.headline(3) is None
    cuts = score_out_of_fold(without, SETTINGS, 1, PlainProgress()).cuts
    assert cuts.n_words[0].tolist() == [12] * 60


def test_setting_lengths_off_gives_one_rule_for_all_lengths(task):
    settings = replace(SETTINGS, lengths="off")
    scored = score_out_of_fold(task, settings, 1, PlainProgress())
    assert scored.cuts is None
    rules, nested = proven_rules(scored, task, settings)
    assert (rules.bounds, len(rules.classes), nested.cuts) == ((), 1, ())


def test_of_many_newest_articles_only_a_sample_is_cut_to_measure_lengths(task, scored, monkeypatch):
    newest = np.arange(60) >= 30
    split = DateSplit(~newest, newest, date(2026, 1, 1))
    model = fit(task.counted.counts, task.labels, SETTINGS, task.counted.pairs, rows=np.flatnonzero(~newest))
    days = [date(2026, 1, 1)] * 60

    def cut():
        by_length = assess_by_date(split, model, scored, task, days, SETTINGS).by_length
        assert by_length[-1].n_texts - by_length[-1].n_cut == 30
        return by_length[0].n_cut

    assert cut() == 30
    monkeypatch.setattr(date_split, "most_cut", lambda _: 10)
    assert cut() == 10


def test_rules_by_length_keep_the_rules_of_whole_articles_for_long_texts(task, scored):
    rules, nested = proven_rules(scored, task, SETTINGS)
    whole, _ = proven_rules(replace(scored, cuts=None), task, SETTINGS)
    assert rules.longest.sections == whole.longest.sections
    assert rules.bounds
    assert len(rules.classes) == len(rules.bounds) + 1
    assert all(rule.apply is None for rule in rules.classes[0].sections)
    assert [found.probabilities.shape for found in nested.cuts] == [task.labels.shape] * len(scored.cuts.lengths)


def test_probabilities_of_cuts_are_closer_to_the_labels_than_those_of_one_rule(task, scored):
    one = proven_rules(replace(scored, cuts=None), task, SETTINGS)[0]
    by_length = proven_rules(scored, task, SETTINGS)[0]
    margins, n_words = scored.cuts.margins[0].astype(float), scored.cuts.n_words[0]
    assert brier(by_length.predict(margins, n_words).probabilities, task.labels) < brier(
        one.predict(margins, n_words).probabilities, task.labels
    )


@pytest.mark.parametrize(
    ("shortest", "longest", "bounds"),
    [
        (7, 236, (8, 11, 15, 21, 30, 42, 60, 85, 120, 170, 240)),
        (9, 30, (11, 15, 21, 30)),
        (30, 30, (30,)),
        (0, 6, (1, 2, 3, 4, 5, 8)),
    ],
)
def test_bounds_are_half_a_doubling_apart_with_those_of_the_figures_among_them(shortest, longest, bounds):
    assert bounds_between(shortest, longest) == bounds


def test_between_two_lengths_a_rule_is_between_their_rules_and_applies_what_both_apply():
    margins, labels, folds, stories = made()
    fitter = RuleFitter(margins, labels, folds, stories, SETTINGS)
    short = RuleFitter(margins / 2, labels, folds, stories, SETTINGS)
    rules = LengthFitter(fitter, [FittedLength(10.0, short)], 160.0, 8.0).fit()
    at_ten, at_last = short.fit((), rules.strength).longest, rules.longest
    slopes = np.array([[rule.scaling.slope for rule in of_class.sections] for of_class in rules.classes])
    assert (np.diff(slopes, axis=0) <= 1e-12).all()
    assert slopes[0].tolist() == [rule.scaling.slope for rule in at_ten.sections]
    for of_class in rules.classes[1:-1]:
        for s, rule in enumerate(of_class.sections):
            ends = (at_ten.sections[s].apply, at_last.sections[s].apply)
            assert rule.apply == (None if None in ends else max(*ends, rule.suggest))


def test_a_section_is_not_applied_at_lengths_at_which_its_tags_were_wrong():
    rule = SectionRule(PlattScaling(1.0, 0.0), 0.5, 0.9)
    of_class = ModelRules((rule, rule), 0, None)
    rules = FittedRules((of_class,) * 5, (15, 30, 42, 60))
    n_words = np.repeat([20, 50, 80], 20)
    applied = np.ones((60, 2), np.bool_)
    labels = np.ones((60, 2), np.bool_)
    labels[:3, 0] = False  # 17 of 20 right under 30 words
    labels[40:50, 1] = False  # half right from 60 words on, where whole articles decide
    found = confirmed_at_lengths(rules, [AppliedTags(n_words, applied, labels, np.full((60, 2), 0.95))], 0.9)
    assert [[r.apply for r in c.sections] for c in found.classes] == [[None, 0.9]] * 2 + [[0.9, 0.9]] * 3


def test_a_sample_is_of_whole_stories_and_the_same_for_a_seed():
    stories = np.repeat(np.arange(40), 5)
    rows = sample_of_stories(stories, 3, 100)
    assert len(rows) == 100
    assert np.bincount(stories[rows], minlength=40).tolist().count(5) == 20
    assert rows.tolist() == sample_of_stories(stories, 3, 100).tolist() != sample_of_stories(stories, 4, 100).tolist()
    assert sample_of_stories(stories, 3, 200).tolist() == list(range(200))


def test_archives_of_long_articles_are_cut_at_more_lengths():
    assert lengths_of_cuts(90.0) == (HEADLINE, 25, 50, 100)
    assert lengths_of_cuts(850.0) == (HEADLINE, 25, 50, 100, 200, 400, 800)


def test_figures_count_each_article_as_it_stands_and_once_more_in_each_shorter_class(task, scored):
    nested = proven_rules(scored, task, SETTINGS)[1]
    n_words = task.counted.n_words.copy()
    n_words[:4] = 20  # as if four were short
    found = assess_lengths(nested.predictions, n_words, task.all_labels, scored.cuts, nested.cuts)
    assert [(item.n_texts, item.n_cut, item.cut) for item in found] == [
        (60, 56, HEADLINE),
        (56, 56, 50),
        (56, 56, 100),
        (56, 0, None),
    ]
    assert [item.words for item in found] == [
        "under 30 words",
        "30 to 59 words",
        "60 to 119 words",
        "120 words and more",
    ]
    assert found[0].texts == "headlines alone, and 4 short articles"
    assert sum(score.correct for score in found[3].sections) == found[3].micro.correct
    assert found[3].micro.support == task.all_labels[4:].sum()
    written = found[0].to_json([s.id for s in (*task.trained, *task.untrained)])
    assert written["cut"] == {"texts": 56, "to": "headline"}
    assert set(written["sections"]) == {s.id for s in (*task.trained, *task.untrained)}


@pytest.mark.parametrize(
    ("n_without", "texts"),
    [
        (60, "first 12 words of articles (no headlines)"),
        (20, "headlines, or the first 12 words where there is none"),
    ],
)
def test_first_words_that_stand_in_for_headlines_are_not_called_headlines(tmp_path, sections, n_without, texts):
    rows = [
        {**row, "headline": "" if n < n_without else f"Report {n} from the border", "body": f"{FILLER} {row['body']}"}
        for n, row in enumerate(small_corpus(60))
    ]
    task = make(tmp_path, sections, rows, SETTINGS)
    scored = score_out_of_fold(task, SETTINGS, 1, PlainProgress())
    nested = proven_rules(scored, task, SETTINGS)[1]
    shortest = assess_lengths(nested.predictions, task.counted.n_words, task.all_labels, scored.cuts, nested.cuts)[0]
    assert shortest.texts == texts
    written = shortest.to_json([s.id for s in (*task.trained, *task.untrained)])
    assert written["cut"] == {"texts": 60, "to": "headline", "without_headline": n_without}
