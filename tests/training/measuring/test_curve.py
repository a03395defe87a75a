import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.commands.console import PlainProgress
from classifier.corpus.readers import read_corpus
from classifier.errors import CorpusError
from classifier.training.fitting.outoffold import nested_predictions, score_out_of_fold
from classifier.training.measuring.bootstrap import f1_intervals
from classifier.training.measuring.curve import SHARES, LearningCurve, learning_curve
from classifier.training.measuring.evaluation import evaluate
from classifier.training.task import make_task
from classifier.training.training_settings import TrainingSettings
from tests.helpers import small_corpus, unspaced_corpus, write_jsonl


def in_two_sections(n):
    return [{**row, "sections": [("technology", "oceania")[i % 2]]} for i, row in enumerate(small_corpus(n))]


def make(folder, sections, rows, settings_=None):
    articles = read_corpus([write_jsonl(folder / "x.jsonl", rows)], sections).articles
    return make_task(articles, sections, settings_ or TrainingSettings(), PlainProgress())


@pytest.fixture(scope="module")
def task(tmp_path_factory, sections):
    return make(tmp_path_factory.mktemp("x"), sections, small_corpus(60))


def test_the_last_point_is_the_out_of_fold_score_of_all_articles(task):
    settings_ = TrainingSettings()
    curve = learning_curve(task, settings_, 1, PlainProgress())
    scored = score_out_of_fold(task, settings_, 1, PlainProgress())
    suggested = nested_predictions(scored, task, settings_).predictions.suggested
    assert curve.points[-1].micro_f1.value == pytest.approx(evaluate(suggested, task.labels).micro.f1)
    assert [point.n_articles for point in curve.points] == [12, 24, 36, 48, 60]


@pytest.mark.slow
def test_a_curve_is_the_same_for_a_seed(task):
    one, two = (learning_curve(task, TrainingSettings(seed=3), 1, PlainProgress()) for _ in range(2))
    assert one.to_json() == two.to_json()


def test_a_share_of_too_few_stories_is_left_out_and_said(tmp_path, sections):
    task = make(tmp_path, sections, in_two_sections(14))
    curve = learning_curve(task, TrainingSettings(min_df=2), 1, PlainProgress())
    assert curve.left_out[0] == 0.2
    assert [point.share for point in curve.points] == [s for s in SHARES if s not in curve.left_out]
    assert curve.note.startswith("Left out: 20% ")
    assert curve.to_json()["left_out"] == list(curve.left_out)


def test_a_curve_of_one_point_is_refused(tmp_path, sections):
    settings_ = TrainingSettings(min_support=2, min_df=2)
    task = make(tmp_path, sections, small_corpus(5), settings_)
    with pytest.raises(CorpusError, match=r"5 stories are too few for a learning curve\. Fix: add articles"):
        learning_curve(task, settings_, 1, PlainProgress())


def test_a_curve_of_articles_without_a_term_in_common_is_refused(tmp_path, sections):
    with pytest.raises(CorpusError, match="only 0 of 14 articles share words"):
        learning_curve(make(tmp_path, sections, unspaced_corpus(14)), TrainingSettings(), 1, PlainProgress())


@pytest.mark.parametrize(
    ("gain", "words"), [(0.05, "likely to help"), (0.001, "unlikely to help"), (-0.02, "unlikely")]
)
def test_the_verdict_follows_the_gain(gain, words):
    assert words in LearningCurve((), gain).verdict


@settings(max_examples=40)
@given(st.data())
def test_intervals_hold_the_value_they_are_of(data):
    n = data.draw(st.integers(5, 40))
    draw = st.lists(st.lists(st.booleans(), min_size=2, max_size=2), min_size=n, max_size=n)
    decisions, labels = np.array(data.draw(draw)), np.array(data.draw(draw))
    micro, macro = f1_intervals(decisions, labels, np.arange(n), seed=0)
    assert micro.value == pytest.approx(evaluate(decisions, labels).micro.f1)
    assert macro.value == pytest.approx(evaluate(decisions, labels).macro_f1)
    assert 0 <= micro.low <= micro.high <= 1
    assert 0 <= macro.low <= macro.high <= 1


def test_copies_of_a_story_widen_the_interval_instead_of_narrowing_it():
    rng = np.random.default_rng(0)
    labels = rng.random((200, 1)) < 0.5
    decisions = labels ^ (rng.random((200, 1)) < 0.3)
    apart, _ = f1_intervals(decisions, labels, np.arange(200), 0)
    together, _ = f1_intervals(decisions, labels, np.repeat(np.arange(20), 10), 0)
    assert together.high - together.low > 0
    copies = np.repeat(np.arange(20), 10)
    stacked, _ = f1_intervals(decisions[copies * 10], labels[copies * 10], copies, 0)
    assert stacked.high - stacked.low > apart.high - apart.low
