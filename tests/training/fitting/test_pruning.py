"""Small weights are left out alike in folds and final model: figures and thresholds are of what is served."""

import numpy as np
import pytest

from classifier.training.fitting.linear import ScoredTexts, fit, fit_and_score
from classifier.training.fitting.pruning import prune
from classifier.training.training_settings import LEAST_WEIGHT, SPARSE_FROM, TrainingSettings

SETTINGS = TrainingSettings(min_df=2)
PRUNED = TrainingSettings(min_df=2, least_weight=LEAST_WEIGHT)


@pytest.fixture(scope="module")
def fitted(starter):
    """The counts, labels and pairs of 400 articles, and a model with and one without the small weights."""
    task = starter[1].task
    counts, labels, pairs = task.counted.counts[:400], task.labels[:400], task.counted.pairs
    return counts, labels, pairs, *(fit(counts, labels, settings, pairs) for settings in (SETTINGS, PRUNED))


def test_a_weight_is_kept_if_it_is_large_for_how_rare_its_feature_is(fitted):
    _, _, _, dense, pruned = fitted
    kept = np.abs(dense.weights) * dense.tfidf.idf.astype(np.float32)[:, None] >= np.float32(LEAST_WEIGHT)
    found = pruned.weights.toarray()
    assert 0.01 < kept.mean() < 0.5
    assert np.array_equal(found != 0, kept)
    largest = np.abs(dense.weights).max(axis=0)
    assert (np.abs(found - dense.weights)[kept] <= np.broadcast_to(largest / 32_767, kept.shape)[kept]).all()


def test_margins_of_other_articles_move_by_little(fitted, starter):
    *_, dense, pruned = fitted
    counts = starter[1].task.counted.counts[400:800]
    moved = np.abs(dense.margins(counts) - pruned.margins(counts))
    assert moved.max() < 0.2
    assert moved.mean() < 0.03


def test_folds_are_scored_with_the_weights_that_a_model_of_them_has(fitted):
    counts, labels, pairs, _, pruned = fitted
    rows = np.arange(0, 400, 3)
    margins = np.empty((400, labels.shape[1]))
    fit_and_score(counts, labels, PRUNED, pairs, [ScoredTexts(counts, rows, margins, rows)])
    assert margins[rows].tobytes() == pruned.margins(counts, rows).tobytes()


def test_a_section_is_pruned_without_regard_to_others_and_to_threads(fitted):
    counts, labels, pairs, _, pruned = fitted
    few = fit(counts, labels[:, [4, 9]], PRUNED, pairs, jobs=2)
    assert few.weights.toarray().tobytes() == np.ascontiguousarray(pruned.weights[:, [4, 9]].toarray()).tobytes()


@pytest.mark.parametrize("loss", ["hinge", "logistic"])
def test_other_losses_are_pruned_too(fitted, loss):
    counts, labels, pairs, *_ = fitted
    model = fit(counts, labels[:, :2], TrainingSettings(min_df=2, loss=loss, least_weight=LEAST_WEIGHT), pairs)
    small = np.abs(model.weights.toarray()) * model.tfidf.idf[:, None] < 0.99 * LEAST_WEIGHT
    assert not model.weights.toarray()[small].any()


def test_the_stored_weights_are_those_that_were_fitted(fitted):
    *_, pruned = fitted
    rows, numbers = pruned.rows(), np.arange(pruned.weights.shape[0], dtype=np.int32)
    for section in range(rows.shape[1]):
        assert np.array_equal(rows.of(numbers, section), pruned.of_section(section))


def test_rounding_is_to_two_bytes():
    weights = np.array([[3.0, -0.001], [-1.23456, 0.0], [0.4, 0.0]], np.float32)
    prune(weights, np.ones(3, np.float32), 0.5)
    assert weights[0].tolist() == [3.0, 0.0]
    assert weights[1, 0] == pytest.approx(-1.23456, abs=2**-13)
    assert weights[2].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("n_sections", "least"), [(SPARSE_FROM - 1, None), (SPARSE_FROM, LEAST_WEIGHT), (70_000, None)]
)
def test_only_models_with_many_sections_are_pruned(n_sections, least):
    assert TrainingSettings().decided(10_000, n_sections).least_weight == least


def test_a_model_with_all_weights_does_not_record_that_it_has_them():
    assert "least_weight" not in TrainingSettings().recorded()
    assert PRUNED.recorded()["least_weight"] == LEAST_WEIGHT
