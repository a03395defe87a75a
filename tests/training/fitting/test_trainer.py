import numpy as np
import pytest

from classifier.commands.console import PlainProgress
from classifier.corpus.readers import read_corpus
from classifier.errors import CorpusError
from classifier.training.fitting.trainer import train
from classifier.training.measuring.evaluation import evaluate
from classifier.training.publishing.run import RunOptions, run
from classifier.training.task import make_task
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl


@pytest.fixture
def fit(tmp_path, sections):
    def fit(rows, **settings):
        corpus = read_corpus([write_jsonl(tmp_path / "x.jsonl", rows)], sections)
        assert not corpus.rejects
        asked, watched = TrainingSettings(**settings), PlainProgress()
        task = make_task(corpus.articles, sections, asked, watched)
        fit.labels = task.labels
        return train(task, asked, 1, watched)

    return fit


def out_of_fold(fit, rows):
    suggested = fit(rows).nested.predictions.suggested
    return evaluate(suggested, fit.labels)


def test_a_section_with_too_few_articles_is_not_trained_and_listed(fit):
    rows = small_corpus()
    rows[0]["sections"] = [*rows[0]["sections"], "oceania"]
    trained = fit(rows)
    assert [section.id for section in trained.trained] == ["technology", "climate-and-disasters"]
    assert trained.support["oceania"] == 1


def test_copies_of_an_article_do_not_count_as_support(fit):
    rows = small_corpus()
    copies = [{**rows[2], "id": f"copy{i}", "sections": ["oceania"]} for i in range(9)]
    trained = fit(rows + copies)
    assert "oceania" not in {section.id for section in trained.trained}


def test_a_section_on_every_article_is_not_trained_and_the_others_are(fit):
    rows = [{**row, "sections": [*row["sections"], "oceania"]} for row in small_corpus()]
    trained = fit(rows)
    assert [section.id for section in trained.trained] == ["technology", "climate-and-disasters"]
    assert [section.id for section in trained.untrained] == ["oceania"]
    assert trained.why_untrained["oceania"] == "on every article"


def copies_of(n_stories, n_copies):
    """Reports from a template: the same text of each section, over and over."""
    stories = [row for row in small_corpus(3 * n_stories) if row["sections"]][:n_stories]
    return [{**row, "id": f"{row['id']}-{n}"} for row in stories for n in range(n_copies)]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (small_corpus(6), "no section has 5 stories"),
        ([{**row, "sections": ["oceania"]} for row in small_corpus(12)], "every article has the section oceania"),
        ([{**row, "sections": []} for row in small_corpus(12)], "no section has"),
        (
            copies_of(2, 8),
            r"no section has 5 stories \(--min-support\): the 16 articles that can be used make 2 stories, because "
            "near copies",
        ),
    ],
)
def test_data_that_cannot_be_learned_from_is_refused(fit, rows, words):
    with pytest.raises(CorpusError, match=words):
        fit(rows)


def test_easy_sections_are_learned(fit):
    assert out_of_fold(fit, small_corpus(60)).macro_f1 > 0.9


def test_reported_scores_are_out_of_fold(fit):
    """Labels drawn at random cannot be predicted: a score that had seen them would be near 1."""
    rng = np.random.default_rng(5)
    rows = [{**row, "sections": ["oceania"] if rng.random() < 0.4 else []} for row in small_corpus(120)]
    evaluation = out_of_fold(fit, rows)
    assert evaluation.micro.precision < 0.65


def test_articles_in_two_languages_are_refused(tmp_path):
    rows = [{**row, "language": "en" if i % 2 else "fr"} for i, row in enumerate(small_corpus())]
    data = write_jsonl(tmp_path / "x.jsonl", rows)
    options = RunOptions(data=(data,), sections=SECTIONS_FILE, models=tmp_path / "models", jobs=1)
    with pytest.raises(CorpusError, match=r"several languages: fr \(18\), en \(18\)"):
        run(options, PlainProgress())
    assert not list((tmp_path / "models").glob("*"))


def test_the_starter_corpus_gives_a_model_worth_serving(starter):
    outcome = starter[1]
    assert len(outcome.trained.trained) == 13
    assert outcome.evaluation.out_of_fold.micro.suggested.f1 > 0.75
    assert outcome.evaluation.out_of_fold.micro.applied.precision > 0.85
