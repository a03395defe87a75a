from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.rules.tagging import Predictions
from classifier.training.measuring import bootstrap
from classifier.training.measuring.assessment import assess
from classifier.training.measuring.bootstrap import f1_intervals, resampled_sums
from classifier.training.measuring.date_split import split_by_date
from classifier.training.measuring.evaluation import article_f1, evaluate


def scores(seed, n=40, n_sections=3):
    rng = np.random.default_rng(seed)
    labels = rng.random((n, n_sections)) < 0.3
    p = np.clip(0.6 * labels + 0.5 * rng.random((n, n_sections)), 0, 1)
    return Predictions(p, p > 0.4, p > 0.7), labels


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6))
def test_every_figure_lies_in_its_range_and_years_add_up(seed):
    given_, labels = scores(seed)
    days = [date(2020 + i % 3, 1, 1) if i % 4 else None for i in range(40)]
    found = assess(given_, labels, np.arange(40) // 2, days, 0)
    assert sum(year.n_articles for year in found.years) == 30
    for item in (*found.sections, found.micro):
        for interval in (*vars(item.intervals).values(), item.applied_precision):
            assert 0 <= interval.low <= interval.high <= 1
        assert item.intervals.f1.value == pytest.approx(item.suggested.f1)
        assert item.intervals.precision.value == pytest.approx(item.suggested.precision)
        assert 0 <= item.applied_share <= 1
    assert found.macro_f1.value == pytest.approx(np.mean([item.suggested.f1 for item in found.sections]))
    assert found.article_f1.value == pytest.approx(article_f1(given_.suggested, labels).mean())


def test_intervals_do_not_depend_on_how_many_resamples_are_drawn_together(monkeypatch):
    given_, labels = scores(2)
    stories = np.arange(40) // 2

    def figures():
        sums = resampled_sums(labels.astype(float), stories, 3)
        return sums.tolist(), f1_intervals(given_.suggested, labels, stories, 3)

    together = figures()
    monkeypatch.setattr(bootstrap, "_DRAWN_AT_ONCE", 60)
    assert figures() == together


def test_sections_that_do_not_occur_leave_the_mean_of_sections_as_it_is():
    given_, labels = scores(1)
    none = np.zeros((40, 4), dtype=bool)
    wider = Predictions(
        *(np.column_stack([part, none]) for part in (given_.probabilities, given_.suggested, given_.applied))
    )
    more = np.column_stack([labels, none])
    narrow, wide = (assess(s, y, np.arange(40), [None] * 40, 0) for s, y in ((given_, labels), (wider, more)))
    assert wide.macro_f1 == narrow.macro_f1
    assert evaluate(wider.suggested, more).macro_f1 == pytest.approx(narrow.macro_f1.value)
    stories = np.arange(40)
    assert f1_intervals(given_.suggested, labels, stories, 0) == f1_intervals(wider.suggested, more, stories, 0)


def test_rightly_giving_nothing_counts_as_right():
    nothing = np.zeros((3, 2), dtype=bool)
    found = assess(Predictions(np.zeros((3, 2)), nothing, nothing), nothing, np.arange(3), [None] * 3, 0)
    assert found.none.f1 == 1
    assert found.article_f1.value == 1
    assert found.years == ()
    assert found.micro.average_precision is None
    assert found.micro.calibration_error is None


def test_copies_of_a_story_widen_the_interval_that_they_would_narrow_as_single_articles():
    given_, labels = scores(1, n=30)
    tenfold = Predictions(
        *(np.repeat(part, 10, axis=0) for part in (given_.probabilities, given_.suggested, given_.applied))
    )
    labels10, days = np.repeat(labels, 10, axis=0), [None] * 300

    def width(stories):
        interval = assess(tenfold, labels10, stories, days, 0).micro.intervals.f1
        return interval.high - interval.low

    assert width(np.repeat(np.arange(30), 10)) > 2 * width(np.arange(300))


def test_the_split_by_date_tests_on_later_days_only_and_keeps_stories_together():
    stories = np.arange(200) // 2
    days = [date(2020, 1, 1 + i % 28) if i % 9 else None for i in range(200)]
    split = split_by_date(days, stories)
    assert not (split.older & split.newest).any()
    latest_older = max(days[i] for i in np.flatnonzero(split.older) if days[i])
    assert latest_older < split.since
    assert not set(stories[split.older]) & set(stories[split.newest])
    assert 0.15 < split.newest.mean() < 0.35


@pytest.mark.parametrize(
    "days",
    [
        [None] * 200,
        [date(2020, 1, 1)] * 200,
        [date(2020, 1, 1 + i % 28) if i < 90 else None for i in range(200)],
    ],
    ids=["no dates", "one day", "mostly undated"],
)
def test_there_is_no_split_where_dates_do_not_allow_it(days):
    assert split_by_date(days, np.arange(200)) is None
