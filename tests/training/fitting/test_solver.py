import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, vstack
from sklearn.exceptions import ConvergenceWarning
from sklearn.svm import LinearSVC

from classifier.training.counts.pairs import WordPairs
from classifier.training.fitting.linear import fit
from classifier.training.fitting.solving import solver
from classifier.training.fitting.solving.solver import solve
from classifier.training.training_settings import TrainingSettings


def no_pairs(n_features):
    """Return what marks the pairs of words among features that are single words."""
    return WordPairs.of(np.array([f"word{i}" for i in range(n_features)], dtype=object))


def problem(seed, n=60, n_features=40, n_sections=10, share=0.3):
    """Return sparse rows of unit length or empty, labels with both values in every column, and costs."""
    rng = np.random.default_rng(seed)
    dense = np.where(rng.random((n, n_features)) < share, rng.random((n, n_features)), 0.0)
    lengths = np.linalg.norm(dense, axis=1, keepdims=True)
    features = csr_matrix(np.divide(dense, lengths, out=np.zeros_like(dense), where=lengths > 0))
    labels = dense @ rng.normal(size=(n_features, n_sections)) + rng.normal(size=n_sections) > 0.5
    labels[0], labels[1] = True, False
    return features, labels, rng.uniform(0.2, 5, n_sections), rng.uniform(0.2, 5, n_sections)


def objective(features, labels, positive, negative, weights, intercepts):
    signs, costs = np.where(labels, 1, -1), np.where(labels, positive, negative)
    loss = costs * np.maximum(0, 1 - signs * (features @ weights + intercepts)) ** 2
    return ((weights**2).sum(axis=0) + intercepts**2) / 2 + loss.sum(axis=0)


def linear_svc(features, labels, positive, negative):
    weights, intercepts = np.empty((features.shape[1], labels.shape[1])), np.empty(labels.shape[1])
    for s, costs in enumerate(zip(negative, positive, strict=True)):
        svm = LinearSVC(C=1.0, class_weight=dict(zip((False, True), costs, strict=True)), max_iter=100_000)
        svm.fit(features, labels[:, s])
        weights[:, s], intercepts[s] = svm.coef_[0], svm.intercept_[0]
    return weights, intercepts


def same_bytes(one, other, columns=slice(None)):
    assert one.weights[:, columns].tobytes() == np.ascontiguousarray(other.weights).tobytes()
    assert one.intercepts[columns].tobytes() == other.intercepts.tobytes()


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=25)
@given(seed=seeds, n=st.integers(2, 60), n_sections=st.integers(1, 9), share=st.sampled_from([0.02, 0.1, 0.5]))
def test_the_minimum_is_that_of_linear_svc(seed, n, n_sections, share):
    features, *rest = problem(seed, n, 40, n_sections, share)
    found = solve(features, *rest, 0, tolerance=1e-5)
    weights, intercepts = linear_svc(features, *rest)
    ours = objective(features, *rest, found.weights, found.intercepts)
    np.testing.assert_allclose(ours, objective(features, *rest, weights, intercepts), rtol=1e-4)
    np.testing.assert_allclose(found.weights, weights, atol=5e-3)
    np.testing.assert_allclose(found.intercepts, intercepts, atol=5e-3)


@settings(max_examples=20)
@given(seed=seeds, n_sections=st.integers(1, 17), data=st.data())
def test_a_section_gets_the_same_bytes_alone_and_in_any_company(seed, n_sections, data):
    features, labels, positive, negative = problem(seed, n_sections=n_sections)
    together = solve(features, labels, positive, negative, seed)
    order = data.draw(st.permutations(range(n_sections)))
    some = np.array(order[: data.draw(st.integers(1, n_sections))])
    same_bytes(together, solve(features, labels[:, some], positive[some], negative[some], seed), some)


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_a_seed_gives_the_same_bytes_on_any_number_of_threads(jobs):
    given = problem(1, n=200, n_sections=30)
    same_bytes(solve(*given, 7), solve(*given, 7, jobs))


def test_another_seed_goes_another_way_to_the_same_minimum():
    given = problem(1, n=200)
    one, other = (solve(*given, seed, tolerance=1e-4) for seed in (0, 1))
    assert one.weights.tobytes() != other.weights.tobytes()
    np.testing.assert_allclose(one.weights, other.weights, atol=2e-3)


@settings(max_examples=20)
@given(seed=seeds)
def test_every_article_twice_is_every_article_at_double_cost(seed):
    features, labels, positive, negative = problem(seed)
    twice = solve(
        vstack([features, features], format="csr"), np.vstack([labels, labels]), positive, negative, 0, tolerance=1e-4
    )
    dear = solve(features, labels, 2 * positive, 2 * negative, 0, tolerance=1e-4)
    np.testing.assert_allclose(twice.weights, dear.weights, atol=2e-3)


def test_what_is_not_solved_in_time_is_said(monkeypatch):
    monkeypatch.setattr(solver, "MAX_EPOCHS", 1)
    with pytest.warns(ConvergenceWarning, match="10 of 10 sections did not reach the tolerance"):
        solve(*problem(1), 0)


def test_sections_without_both_kinds_of_articles_get_a_constant():
    features, labels, *_ = problem(1)
    counts = csr_matrix((np.ones(features.nnz, np.float32), features.indices, features.indptr), features.shape)
    pairs = no_pairs(features.shape[1])
    labels[:, 2], labels[:, 5] = False, True
    model = fit(counts, labels, TrainingSettings(max_df=1.0), pairs)
    assert not model.weights[:, [2, 5]].any()
    assert model.intercepts[[2, 5]].tolist() == [-1.0, 1.0]
    rest = np.delete(np.arange(10), [2, 5])
    assert model.weights[:, rest].any(axis=0).all()
    alone = fit(counts, labels[:, rest], TrainingSettings(max_df=1.0), pairs)
    same_bytes(model, alone, rest)
