import pickle
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import SkipTestWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

from classifier.terms.analyzer import Analyzer
from classifier.terms.definition import Subwords, features, fold
from classifier.text.prepare import PreparedText
from classifier.training.counts.assembling import CountOptions
from classifier.training.counts.corpus import count_texts
from classifier.training.fitting.features import TfidfFeatures, TfidfWeights
from tests.helpers import small_corpus

TEXTS = [str(row["body"]) for row in small_corpus(24)]
LINES = st.lists(
    st.lists(
        st.sampled_from(
            [
                "Border",
                "clash",
                "x",
                "F-16",
                "ΣΑΣ",
                "Σ",
                "İl",
                "été",
                "e\u0301t",
                "漢字",
                "𝟘𝟙",
                "नमस्ते",
                "မြန်မာ",
                "서울시",
                ".",
            ]
        )
    ).map(" ".join)
    | st.text(),
    min_size=1,
    max_size=8,
)


def theirs(**settings):
    return TfidfVectorizer(**{"preprocessor": fold, "ngram_range": (1, 2), "sublinear_tf": True} | settings)


@pytest.mark.parametrize(("min_df", "max_df"), [(2, 1.0), (3, 0.5), (2, 0.4)])
def test_weights_of_counted_texts_are_the_matrix_of_scikit_learn(min_df, max_df):
    vectorizer = theirs(min_df=min_df, max_df=max_df)
    expected = vectorizer.fit_transform(TEXTS)
    counted = count_texts(TEXTS)
    weights = TfidfWeights.fit(counted.counts, min_df, max_df)
    assert list(counted.terms[weights.columns]) == list(vectorizer.get_feature_names_out())
    assert np.abs(weights.transform(counted.counts) - expected).max() < 1e-12


def test_weights_depend_on_the_articles_they_are_fitted_on_alone():
    counted = count_texts(TEXTS)
    seen = np.arange(len(TEXTS)) < 16
    alone = count_texts(TEXTS[:16])
    inside = TfidfWeights.fit(counted.counts[seen], 2, 1.0)
    outside = TfidfWeights.fit(alone.counts, 2, 1.0)
    assert list(counted.terms[inside.columns]) == list(alone.terms[outside.columns])
    assert np.array_equal(inside.idf, outside.idf)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"min_df": 2, "max_df": 0.4},
        {"min_df": 0.1, "max_df": 20},
        {"sublinear_tf": False},
        {"ngram_range": (1, 1)},
        {"ngram_range": (2, 3)},
        {"ngram_range": (1, 4), "min_df": 3},
    ],
)
@pytest.mark.parametrize("n_jobs", [None, 3])
def test_the_transformer_gives_the_matrix_of_scikit_learn(settings, n_jobs):
    vectorizer = theirs(**settings)
    expected = vectorizer.fit_transform(TEXTS)
    ours = TfidfFeatures(**settings, n_jobs=n_jobs)
    matrix = ours.fit_transform(TEXTS)
    assert list(ours.get_feature_names_out()) == list(vectorizer.get_feature_names_out())
    assert np.abs(matrix - expected).max() < 1e-12
    unseen = ["A drone flew, 12 of them", "", *TEXTS[:2], TEXTS[3] * 3]
    assert np.abs(ours.transform(unseen) - vectorizer.transform(unseen)).max() < 1e-12


@pytest.mark.parametrize("subwords", Subwords)
@given(texts=LINES)
def test_it_gives_the_matrix_that_scikit_learn_makes_of_the_features_of_any_text(subwords, texts):
    if not any(map(features, texts)):
        with pytest.raises(ValueError, match="no features are left"):
            TfidfFeatures(subwords=subwords.value).fit(texts)
        return
    vectorizer = TfidfVectorizer(analyzer=partial(features, subwords=subwords), sublinear_tf=True)
    expected = vectorizer.fit_transform(texts)
    ours = TfidfFeatures(subwords=subwords.value)
    assert np.abs(ours.fit_transform(texts) - expected).max() < 1e-12
    assert list(ours.terms_) == list(vectorizer.get_feature_names_out())
    assert np.abs(ours.transform(texts) - expected).max() < 1e-12


def test_the_features_that_occur_most_often_are_kept():
    everything = count_texts(TEXTS, min_df=1)
    totals = np.asarray(everything.counts.sum(axis=0)).ravel()
    kept = TfidfFeatures(max_features=40).fit(TEXTS).terms_
    assert len(kept) == 40
    assert list(kept) == sorted(kept)
    assert totals[np.isin(everything.terms, kept)].min() >= totals[~np.isin(everything.terms, kept)].max()


@pytest.mark.parametrize("weight", [1.0, 2.5])
def test_terms_of_the_headline_count_as_often_as_is_said(weight):
    headline, body = "Border clash ΣΑΣ", "The border is calm, the clash over"
    text = PreparedText(f"{headline}\n\n{body}", len(headline))
    counted = count_texts([text, "calm"], CountOptions(headline_weight=weight), min_df=1)
    counts = dict(zip(counted.terms, counted.counts[0].toarray()[0], strict=True))
    assert counts["border"] == weight + 1
    assert counts["border clash"] == weight
    assert counts["σας the"] == 1  # half of it is body
    assert counts["calm"] == 1


def test_a_number_of_threads_changes_no_bit():
    one, three = (TfidfFeatures(min_df=2, n_jobs=jobs).fit_transform(TEXTS) for jobs in (1, 3))
    assert one.data.tobytes() == three.data.tobytes()
    assert one.indices.tobytes() == three.indices.tobytes()


def test_it_can_be_cloned_and_pickled():
    fitted = TfidfFeatures(min_df=2).fit(TEXTS)
    again = pickle.loads(pickle.dumps(fitted))
    assert (again.transform(TEXTS) != fitted.transform(TEXTS)).nnz == 0
    assert not hasattr(clone(fitted), "terms_")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"min_df": 0}, "min_df must be a whole number from 1, or a share"),
        ({"max_df": 1.5}, "max_df must be"),
        ({"min_df": True}, "min_df must be"),
        ({"min_df": 9, "max_df": 2}, "max_df corresponds to fewer texts than min_df"),
        ({"max_features": 0}, "max_features must be"),
        ({"subwords": "some"}, "subwords must be one of off, non-latin, on"),
        ({"ngram_range": (2, 1)}, "ngram_range must not start with the larger number"),
        ({"ngram_range": (0, 1)}, "ngram_range must be"),
        ({"headline_weight": 0}, "headline_weight must be a number above 0"),
        ({"n_jobs": 0}, "n_jobs must be"),
        ({"min_df": 25}, "no features are left|fewer texts than min_df"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(settings, words):
    with pytest.raises(ValueError, match=words):
        TfidfFeatures(**settings).fit(TEXTS)


@pytest.mark.parametrize("texts", ["one text", [b"bytes"], [None], [5]])
def test_what_is_no_list_of_texts_is_refused(texts):
    with pytest.raises(ValueError, match="pass"):
        TfidfFeatures().fit(texts)


@pytest.mark.parametrize(
    "check",
    [
        "check_estimator_cloneable",
        "check_estimator_repr",
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_get_params_invariance",
        "check_set_params",
        "check_valid_tag_types",
    ],
)
def test_it_passes_scikit_learns_checks_of_the_interface(check):
    """The others, which `check_estimator` leaves out for an estimator of text, fit it to arrays of numbers."""
    getattr(estimator_checks, check)("TfidfFeatures", TfidfFeatures())


def test_scikit_learn_finds_nothing_to_fail():
    with pytest.warns(SkipTestWarning, match="TfidfFeatures which requires input"):
        results = check_estimator(TfidfFeatures(), on_fail=None)
    assert {result["status"] for result in results} == {"passed"}


def test_there_is_room_for_the_shortest_terms_that_there_can_be():
    """Each of 100 letters without spaces is a unit, and begins two and three neighbouring ones."""
    counted = count_texts(["日本" * 50, "ai"], min_df=1)
    assert counted.counts.toarray().sum(axis=1).tolist() == [297, 1]
    everywhere = count_texts(["ab cd", "b", "b"], CountOptions(analyzer=Analyzer(subwords=Subwords.ON)), min_df=1)
    assert everywhere.counts.toarray().sum(axis=1).tolist() == [13, 0, 0]
