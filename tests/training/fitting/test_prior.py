"""The prior on the weights: its scales, and that a fit with it is a fit on scaled features."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from classifier.training.fitting.linear import fit
from classifier.training.fitting.solving import prior
from classifier.training.fitting.solving.prior import prior_scales, squared_scales
from classifier.training.fitting.solving.solver import solve
from classifier.training.training_settings import TrainingSettings
from tests.training.fitting.test_solver import no_pairs, problem, seeds


def scales_of(features, labels, strength):
    indptr, indices = features.indptr.astype(np.int64), features.indices.astype(np.uint32)
    return prior_scales(indptr, indices, features.data, labels, np.ones(features.shape[1], bool), strength)


def rounded(scales):
    """Return the scales as the solver has them: their squares are rounded to the upper halves of float32 numbers."""
    bits = np.square(scales).astype(np.float32).view(np.uint32)
    return np.sqrt(((bits + np.uint32(0x8000)) & np.uint32(0xFFFF0000)).view(np.float32).astype(np.float64))


def scales_by_formula(features, labels, strength):
    """The definition, written with dense arrays."""
    inside, outside = (features.T @ side + 0.01 for side in (labels.astype(float), 1.0 - labels))
    r = np.abs(np.log((inside / inside.sum(axis=0)) / (outside / outside.sum(axis=0))))
    return 1 - strength + strength * r / r.mean(axis=0)


@settings(max_examples=25)
@given(seed=seeds, strength=st.sampled_from([0.0, 0.15, 0.3, 1.0]))
def test_the_scales_are_those_of_the_definition(seed, strength):
    features, labels, *_ = problem(seed)
    used = features[:, np.flatnonzero(np.asarray(features.sum(axis=0)).ravel() > 0)].tocsr()
    np.testing.assert_allclose(scales_of(used, labels, strength), scales_by_formula(used, labels, strength), rtol=1e-9)


@pytest.mark.parametrize("at_once", [7, 1 << 15])
def test_the_solver_has_their_squares_to_eight_bits_however_many_features_are_worked_out_together(at_once, monkeypatch):
    monkeypatch.setattr(prior, "_AT_ONCE", at_once)
    features, labels, *_ = problem(1)
    is_scaled = np.arange(features.shape[1]) % 5 > 0
    inside, total = features.T @ labels.astype(float), np.asarray(features.sum(axis=0)).ravel()
    bits = squared_scales(inside, total, is_scaled, 0.3, labels.shape[1] + 2)
    found = (bits.astype(np.uint32) << 16).view(np.float32)
    expected = prior.scales_of_sums(inside, total, is_scaled, 0.3) ** 2
    np.testing.assert_allclose(found[:, :-2], expected, rtol=2.0**-8)
    assert (found[:, -2:] == 1.0).all()
    assert (squared_scales(inside, 0 * total, is_scaled, 0.3, 3) == bits[0, -1]).all()


@settings(max_examples=25)
@given(seed=seeds)
def test_a_feature_that_does_not_occur_has_the_scale_1_and_changes_no_other(seed):
    features, labels, *_ = problem(seed)
    wider = csr_matrix((features.data, features.indices, features.indptr), (features.shape[0], features.shape[1] + 3))
    scales = scales_of(wider, labels, 0.3)
    assert (scales[-3:] == 1.0).all()
    np.testing.assert_array_equal(scales[:-3], scales_of(features, labels, 0.3))


def test_a_feature_of_one_side_gets_a_larger_scale_than_a_feature_of_both():
    features = csr_matrix(np.array([[1.0, 0.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]]))
    scales = scales_of(features, np.array([[True], [True], [False], [False]]), 0.3)[:, 0]
    assert scales[0] > 1.0
    assert scales[1] == pytest.approx(scales[0])
    assert scales[2] == pytest.approx(0.7)


def test_sections_that_no_feature_tells_apart_get_scales_below_1_and_no_division_by_zero():
    features = csr_matrix(np.ones((4, 3)))
    np.testing.assert_allclose(scales_of(features, np.array([[True], [True], [False], [False]]), 0.3), 0.7)


@settings(max_examples=15)
@given(seed=seeds, n=st.integers(3, 60), n_sections=st.integers(1, 9))
def test_the_solution_is_that_of_linear_svc_on_scaled_features(seed, n, n_sections):
    features, labels, positive, negative = problem(seed, n, 40, n_sections)
    found = solve(features, labels, positive, negative, 0, tolerance=1e-5, prior=0.3)
    scales = rounded(scales_of(features, labels, 0.3))
    for s in range(n_sections):
        svm = LinearSVC(C=1.0, tol=1e-6, class_weight={True: positive[s], False: negative[s]}, max_iter=100_000)
        svm.fit(features.multiply(scales[:, s]).tocsr(), labels[:, s])
        np.testing.assert_allclose(found.weights[:, s], svm.coef_[0] * scales[:, s], atol=5e-3)
        np.testing.assert_allclose(found.intercepts[s], svm.intercept_[0], atol=5e-3)


def test_a_prior_of_0_gives_the_bytes_of_no_prior_and_another_strength_other_weights():
    given_ = problem(3)
    none, zero, some = solve(*given_, 0), solve(*given_, 0, prior=0.0), solve(*given_, 0, prior=0.3)
    assert none.weights.tobytes() == zero.weights.tobytes()
    assert abs(none.weights - some.weights).max() > 0.01


@pytest.mark.parametrize("jobs", [2, 5])
def test_a_prior_gives_the_same_bytes_on_any_number_of_threads_and_in_any_company(jobs):
    features, labels, positive, negative = problem(1, n=200, n_sections=30)
    one = solve(features, labels, positive, negative, 7, prior=0.3)
    many = solve(features, labels, positive, negative, 7, jobs, prior=0.3)
    assert one.weights.tobytes() == many.weights.tobytes()
    some = np.array([4, 21, 9])
    few = solve(features, labels[:, some], positive[some], negative[some], 7, prior=0.3)
    assert np.ascontiguousarray(one.weights[:, some]).tobytes() == few.weights.tobytes()


@pytest.mark.parametrize(
    ("loss", "kind"),
    [
        ("hinge", lambda: LinearSVC(loss="hinge", dual=True, tol=1e-2, max_iter=10_000, random_state=0)),
        ("logistic", lambda: LogisticRegression(solver="liblinear", tol=1e-2, max_iter=10_000, random_state=0)),
    ],
)
def test_the_other_losses_are_fitted_on_scaled_features_too(loss, kind):
    features, labels, *_ = problem(5, n_sections=3)
    counts = csr_matrix((np.ones(features.nnz, np.float32), features.indices, features.indptr), features.shape)
    wanted = TrainingSettings(max_df=1.0, loss=loss, rarity=0.0, prior=0.3)
    model = fit(counts, labels, wanted, no_pairs(features.shape[1]))
    weighted = model.tfidf.transform(counts)
    scales = scales_of(weighted.astype(np.float64), labels, 0.3)
    for s in range(3):
        fitted = kind().fit(weighted.multiply(scales[:, s]).tocsr(), labels[:, s])
        np.testing.assert_allclose(model.weights[:, s], fitted.coef_[0] * scales[:, s], atol=1e-9)
