"""Latent features of an archive: folded into the weights, and blind to the labels that are held out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix, hstack

from classifier.commands.console import PlainProgress
from classifier.training.counts.archive import join_archive
from classifier.training.counts.corpus import count_texts
from classifier.training.fitting.latent import SCALE, with_archive
from classifier.training.fitting.linear import fit, fit_weights
from classifier.training.fitting.outoffold import score_out_of_fold
from classifier.training.fitting.solving.prior import prior_scales
from classifier.training.fitting.solving.solver import solve
from classifier.training.training_settings import TrainingSettings
from tests.helpers import small_corpus
from tests.training.fitting.test_prior import rounded
from tests.training.fitting.test_solver import problem
from tests.training.measuring.test_curve import in_two_sections, make

SETTINGS = TrainingSettings(n_folds=3, min_df=1)


@pytest.fixture(scope="module")
def task(tmp_path_factory, sections):
    return make(tmp_path_factory.mktemp("x"), sections, in_two_sections(24), SETTINGS)


@pytest.fixture(scope="module")
def wider(task):
    rows = enumerate(small_corpus(90)[24:])
    return with_archive(task, [f"{row['body']} only{'x' * (i // 3)}" for i, row in rows], SETTINGS)


def test_words_come_from_both_and_pairs_from_the_labelled_articles_alone():
    texts = ["harbour radar trial", "harbour radar test"]
    joined = join_archive(count_texts(texts, min_df=1), texts, ["ferry radar", "ferry once"])
    assert joined.labelled.terms.tolist() == [
        *("ferry", "harbour", "harbour radar", "radar", "radar test", "radar trial", "test", "trial")
    ]
    assert joined.labelled.counts.toarray().tolist() == [[0, 1, 1, 1, 0, 1, 0, 1], [0, 1, 1, 1, 1, 0, 1, 0]]
    assert joined.archive.toarray().tolist() == [[1, 0, 0, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]]
    assert count_texts([*joined.labelled.terms], min_df=1).keys.size == len(joined.labelled.keys)


def test_the_words_of_an_archive_do_not_change_a_fit_without_latent_features(task, wider):
    one = fit(task.counted.counts, task.labels, SETTINGS, task.counted.pairs)
    two = fit(wider.counted.counts, wider.labels, SETTINGS, wider.counted.pairs)
    assert wider.counted.counts.shape[1] > task.counted.counts.shape[1]
    assert task.counted.terms[one.tfidf.columns].tolist() == wider.counted.terms[two.tfidf.columns].tolist()
    assert one.weights.tobytes() == two.weights.tobytes()


def test_folded_weights_give_the_margins_of_words_and_latent_features(wider):
    settings = replace(SETTINGS, rarity=0.0)
    model = fit(wider.counted.counts, wider.labels, settings, wider.counted.pairs, latent=wider.latent)
    words = model.tfidf.transform(wider.counted.counts)
    # latent features as they are defined: values with the idf of the archive, over the length that serving divides by
    by_archive = words.multiply((wider.latent.idf[model.tfidf.columns] / model.tfidf.idf)[None, :]).tocsr()
    latent = SCALE * (by_archive @ wider.latent.vectors[model.tfidf.columns].astype(np.float64))
    features = hstack([words, csr_matrix(latent)], format="csr")
    costs = np.ones(wider.labels.shape[1])
    found = solve(features, wider.labels, costs, costs, 0, prior=settings.prior, n_free=latent.shape[1])
    expected = features @ found.weights + found.intercepts
    np.testing.assert_allclose(model.margins(wider.counted.counts), expected, atol=2e-3)


def test_words_that_only_the_archive_has_get_weights(wider):
    model = fit(wider.counted.counts, wider.labels, SETTINGS, wider.counted.pairs, latent=wider.latent)
    own = fit_weights(wider.counted.counts, SETTINGS, wider.counted.pairs)
    is_new = ~np.isin(model.tfidf.columns, own.columns)
    assert is_new.sum() > 10
    assert (np.abs(model.weights[is_new]).sum(axis=1) > 0).all()
    np.testing.assert_array_equal(model.tfidf.idf[~is_new], own.idf)


def test_labels_of_a_held_out_fold_do_not_change_its_margins(wider):
    held = wider.folds == 0
    other = replace(wider, labels=np.where(held[:, None], ~wider.labels, wider.labels))
    one, two = (score_out_of_fold(t, SETTINGS, 1, PlainProgress()).margins for t in (wider, other))
    assert one[held].tobytes() == two[held].tobytes()
    assert one[~held].tobytes() != two[~held].tobytes()


def test_the_prior_leaves_the_last_features_alone():
    features, labels, positive, negative = problem(3)
    n_free = 7
    free = features.copy()
    free.data = np.where(free.indices >= free.shape[1] - n_free, -free.data, free.data)
    found = solve(free, labels, positive, negative, 0, tolerance=1e-6, prior=0.5, n_free=n_free)
    rest = free[:, :-n_free].tocsr()
    parts = (rest.indptr.astype(np.int64), rest.indices.astype(np.uint32), rest.data, labels)
    scales = np.ones((free.shape[1], labels.shape[1]))
    scales[:-n_free] = rounded(prior_scales(*parts, np.ones(rest.shape[1], bool), 0.5))
    for s in range(labels.shape[1]):
        column = slice(s, s + 1)
        scaled = free.multiply(scales[:, s]).tocsr()
        alone = solve(scaled, labels[:, column], positive[column], negative[column], 0, tolerance=1e-6)
        np.testing.assert_allclose(found.weights[:, s], alone.weights[:, 0] * scales[:, s], atol=1e-4)
