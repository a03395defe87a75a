"""Training on one copy of the counts: TF-IDF where it is read, and margins without all weights at once."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from classifier.commands.console import PlainProgress
from classifier.training.counts.assembling import CountOptions
from classifier.training.counts.corpus import count_texts
from classifier.training.fitting import outoffold
from classifier.training.fitting.lengths.cut_margins import LEAST_CUT, MOST_CUT, most_cut
from classifier.training.fitting.linear import ScoredTexts, fit, fit_and_score
from classifier.training.fitting.outoffold import nested_predictions, score_out_of_fold
from classifier.training.fitting.solving.rows import TfidfRows
from classifier.training.measuring.suspects import find_suspects
from classifier.training.training_settings import TrainingSettings
from tests.helpers import small_corpus
from tests.training.fitting.test_solver import no_pairs, problem
from tests.training.measuring.test_curve import in_two_sections, make

SETTINGS = TrainingSettings(n_folds=3, min_df=1)


def counted(seed=1, n_sections=30):
    """Return counts of 0 to 5 in 200 articles, and labels; some articles and features are empty."""
    features, labels, *_ = problem(seed, n=200, n_sections=n_sections)
    counts = csr_matrix(np.ceil(features.toarray() * 10).astype(np.uint16))
    labels[:, 3], labels[:, 4] = False, True
    return counts, labels


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
@pytest.mark.parametrize("jobs", [1, 3])
def test_margins_written_while_sections_are_solved_are_those_of_the_whole_model_to_the_byte(loss, jobs):
    counts, labels = counted(n_sections=20)
    settings = TrainingSettings(max_df=0.4, loss=loss)
    rows, held = np.arange(0, 200, 2), np.arange(1, 200, 2)
    model = fit(counts, labels, settings, no_pairs(counts.shape[1]), rows=rows)
    margins, few = np.zeros((200, 20)), np.zeros((5, 20), np.float32)
    texts = [ScoredTexts(counts, held, margins, held), ScoredTexts(counts, held[:5], few, np.arange(5)[::-1])]
    fit_and_score(counts, labels, settings, no_pairs(counts.shape[1]), texts, jobs, rows)
    assert margins[held].tobytes() == model.margins(counts, held).tobytes()
    assert few[::-1].tobytes() == margins[held[:5]].astype(np.float32).tobytes()
    assert not margins[rows].any()


def test_margins_read_from_counts_are_those_of_a_matrix_of_tfidf():
    counts, labels = counted()
    model = fit(counts, labels, TrainingSettings(max_df=0.3), no_pairs(counts.shape[1]))
    assert 0 < len(model.tfidf.columns) < counts.shape[1]
    empty = csr_matrix((1, counts.shape[1]), dtype=np.uint16)
    margins = model.margins(counts)
    features = model.tfidf.transform(counts)
    expected = features @ model.weights.astype(np.float64) + model.intercepts
    expected[np.diff(features.indptr) == 0] = np.nan
    np.testing.assert_allclose(margins, expected, atol=1e-5)
    assert np.isnan(model.margins(empty)).all()


def test_counts_that_are_no_whole_numbers_are_refused():
    counts, labels = counted()
    tfidf = fit(counts, labels, TrainingSettings(max_df=0.4), no_pairs(counts.shape[1])).tfidf
    with pytest.raises(ValueError, match="whole numbers up to 65,535"):
        TfidfRows.of_counts(csr_matrix(counts.toarray() * 0.5), tfidf)


def test_models_that_are_not_kept_give_the_same_figures_and_the_same_suspects(tmp_path, sections, monkeypatch):
    task = make(tmp_path, sections, in_two_sections(60), SETTINGS)
    articles = [None] * len(task.labels)

    def outcome(most):
        monkeypatch.setattr(outoffold, "MOST_WEIGHTS_KEPT", most)
        scored = score_out_of_fold(task, SETTINGS, 2, PlainProgress())
        nested = nested_predictions(scored, task, SETTINGS)
        return scored, find_suspects(articles, task, scored, nested)

    (kept, suspects), (dropped, again) = outcome(10**9), outcome(0)
    assert len(kept.models) == 3
    assert dropped.models == ()
    assert kept.margins.tobytes() == dropped.margins.tobytes()
    assert kept.cuts.margins.tobytes() == dropped.cuts.margins.tobytes()
    assert suspects
    assert [s.reasons for s in suspects] == [s.reasons for s in again]


def test_features_come_by_frequency_and_in_code_point_order_where_that_is_equal():
    texts = [row["body"] for row in small_corpus(30)]
    plain = count_texts(texts, CountOptions(longest=1))
    ours = count_texts(texts, CountOptions(longest=1, by_frequency=True))
    df = np.bincount(plain.counts.indices)
    assert ours.terms.tolist() == [term for _, term in sorted(zip(-df, plain.terms.tolist(), strict=True))]
    columns = np.argsort(ours.terms)
    assert (ours.counts[:, columns] != plain.counts).nnz == 0
    assert (ours.keys[columns] == plain.keys).all()
    assert ours.counts.dtype == np.uint16


def test_a_word_that_is_repeated_more_often_than_is_counted_has_the_highest_count():
    counts = count_texts(["ship " * 70_000, "ship"], min_df=1).counts
    assert counts.toarray().max() == 65_535


@pytest.mark.parametrize(("n_sections", "most"), [(1, MOST_CUT), (200, MOST_CUT), (1_000, 4_000), (9_000, LEAST_CUT)])
def test_fewer_articles_are_cut_if_there_are_many_sections(n_sections, most):
    assert most_cut(n_sections) == most
