"""Weights of articles: the loss of each article is multiplied by its weight, and nothing else changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from classifier.commands.console import PlainProgress
from classifier.corpus.readers import read_corpus
from classifier.store.registry import Registry
from classifier.training.fitting.linear import fit
from classifier.training.fitting.solving.solver import solve
from classifier.training.publishing.run import RunOptions, run
from classifier.training.publishing.search import search
from classifier.training.task import make_task
from classifier.training.training_settings import TrainingSettings
from tests.conftest import SECTIONS_FILE
from tests.helpers import small_corpus, write_jsonl
from tests.training.fitting.test_solver import no_pairs, problem, same_bytes


def weights_of(seed, n):
    """Return weights from 0.01 to 100."""
    return 10 ** np.random.default_rng(seed).uniform(-2, 2, n)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 60), n_sections=st.integers(1, 9))
def test_the_minimum_is_that_of_linear_svc_with_sample_weights(seed, n, n_sections):
    features, labels, positive, negative = problem(seed, n, 40, n_sections)
    weights = weights_of(seed, n)
    found = solve(features, labels, positive, negative, 0, tolerance=1e-5, article_weights=weights)
    for s in range(n_sections):
        costs = {True: positive[s], False: negative[s]}
        svm = LinearSVC(C=1.0, class_weight=costs, max_iter=1_000_000, tol=1e-5)
        svm.fit(features, labels[:, s], sample_weight=weights)
        np.testing.assert_allclose(found.weights[:, s], svm.coef_[0], atol=5e-3)
        np.testing.assert_allclose(found.intercepts[s], svm.intercept_[0], atol=5e-3)


@pytest.mark.parametrize("prior", [0.0, 0.3])
def test_weights_of_1_change_no_bit_and_a_weight_for_all_is_a_factor_of_the_costs(prior):
    features, *rest = problem(3)
    plain = solve(features, *rest, 0, prior=prior)
    same_bytes(plain, solve(features, *rest, 0, prior=prior, article_weights=np.ones(60)))
    labels, positive, negative = rest
    four = solve(features, labels, 4 * positive, 4 * negative, 0, prior=prior)
    same_bytes(four, solve(features, *rest, 0, prior=prior, article_weights=np.full(60, 4.0)))


def test_an_article_of_weight_2_counts_as_much_as_two_copies_of_it():
    features, labels, positive, negative = problem(4)
    twice = solve(
        vstack([features, features[:20]]).tocsr(),
        np.vstack([labels, labels[:20]]),
        positive,
        negative,
        0,
        tolerance=1e-5,
    )
    weights = np.r_[np.full(20, 2.0), np.ones(40)]
    weighted = solve(features, labels, positive, negative, 0, tolerance=1e-5, article_weights=weights)
    np.testing.assert_allclose(weighted.weights, twice.weights, atol=1e-3)


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge", "logistic"])
def test_every_loss_is_weighted_and_rows_take_their_own_weights(loss):
    rng = np.random.default_rng(5)
    counts = csr_matrix(rng.integers(0, 3, (40, 12)).astype(np.float32))
    labels = rng.random((40, 2)) < 0.4
    pairs, weights, rows = no_pairs(12), weights_of(5, 40), np.arange(3, 37)
    chosen = TrainingSettings(max_df=1.0, min_df=1, loss=loss, rarity=0.0, prior=0.0)
    found = fit(counts, labels, chosen, pairs, 1, rows, weights)
    features = found.tfidf.transform(counts, rows=rows)
    for s in range(2):
        kind = LogisticRegression(solver="liblinear") if loss == "logistic" else LinearSVC(loss=loss, dual=True)
        peer = kind.set_params(tol=1e-6, max_iter=1_000_000).fit(features, labels[rows, s], sample_weight=weights[rows])
        np.testing.assert_allclose(found.weights[:, s], peer.coef_[0], atol=0.02, rtol=0.02)
    assert not np.allclose(found.weights, fit(counts, labels, chosen, pairs, 1, rows).weights, atol=0.01)


@pytest.fixture(scope="module")
def weighted(tmp_path_factory):
    """Two runs on the same articles: without weights, and with a weight for every second one."""
    folder = tmp_path_factory.mktemp("weighted")
    rows = small_corpus(60)
    for row in rows[:10]:  # labels that are wrong, and weigh next to nothing
        row["sections"] = ["technology"] if row["sections"] != ["technology"] else []
    heavy = [row | ({"weight": 0.01} if i < 10 else {"weight": 3} if i % 2 else {}) for i, row in enumerate(rows)]
    outcomes = {}
    for name, data in (("plain", rows), ("weighted", heavy)):
        options = {"sections": SECTIONS_FILE, "models": folder / name, "jobs": 1, "ignore_checks": True}
        path = write_jsonl(folder / f"{name}.jsonl", data)
        outcomes[name] = run(RunOptions(data=(path,), **options), PlainProgress())
    return folder, outcomes


def test_a_run_fits_with_weights_and_measures_without(weighted):
    folder, outcomes = weighted
    plain, heavy = outcomes["plain"], outcomes["weighted"]
    assert plain.task.article_weights is None
    assert heavy.task.article_weights.tolist()[:13] == [0.01] * 10 + [1, 3, 1]
    assert not np.allclose(plain.trained.model.weights, heavy.trained.model.weights)
    assert not np.allclose(plain.trained.scored.margins, heavy.trained.scored.margins, equal_nan=True)
    assert heavy.evaluation.out_of_fold.micro.suggested.support == plain.evaluation.out_of_fold.micro.suggested.support
    assert heavy.trained.support == plain.trained.support
    digests = [Registry(folder / name).manifest(outcomes[name].version).data_digest for name in outcomes]
    assert digests[0] != digests[1]
    (account,) = heavy.corpus.accounts
    assert account.to_json()["weights"] == {"column": "weight", "articles": 35, "least": 0.01, "most": 3}
    assert "weights from weight: 35 articles, 0.01 to 3, only used to fit" in account.lines()[0]


def test_the_search_uses_them(weighted, sections):
    folder, _ = weighted
    found = []
    for name in ("plain", "weighted"):
        articles = read_corpus([folder / f"{name}.jsonl"], sections).articles
        task = make_task(articles, sections, TrainingSettings(), PlainProgress())
        found.append(search(task, TrainingSettings(), 2, 1, PlainProgress()).trials)
    assert [trial.micro_f1 for trial in found[0]] != [trial.micro_f1 for trial in found[1]]


def test_weights_that_are_all_1_are_no_weights(tmp_path, sections):
    rows = [row | {"weight": 1.0} for row in small_corpus()]
    with_them = read_corpus([write_jsonl(tmp_path / "a.jsonl", rows)], sections)
    without = read_corpus([write_jsonl(tmp_path / "b.jsonl", small_corpus())], sections)
    assert with_them.digest() == without.digest()
    assert make_task(with_them.articles, sections, TrainingSettings(), PlainProgress()).article_weights is None
