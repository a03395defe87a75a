import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from classifier.text.terms import fold
from classifier.training.features import TfidfWeights, count_texts
from tests.helpers import small_corpus

TEXTS = [str(row["body"]) for row in small_corpus(24)]


@pytest.mark.parametrize(("min_df", "max_df"), [(2, 1.0), (3, 0.5), (2, 0.4)])
def test_the_matrix_is_that_of_scikit_learn(min_df, max_df):
    theirs = TfidfVectorizer(preprocessor=fold, ngram_range=(1, 2), min_df=min_df, max_df=max_df, sublinear_tf=True)
    expected = theirs.fit_transform(TEXTS)
    counted = count_texts(TEXTS)
    weights = TfidfWeights.fit(counted.counts, min_df, max_df)
    assert list(counted.terms[weights.columns]) == list(theirs.get_feature_names_out())
    assert np.abs(weights.transform(counted.counts) - expected).max() < 1e-12


def test_weights_depend_on_the_articles_they_are_fitted_on_alone():
    counted = count_texts(TEXTS)
    seen = np.arange(len(TEXTS)) < 16
    alone = count_texts(TEXTS[:16])
    inside = TfidfWeights.fit(counted.counts[seen], 2, 1.0)
    outside = TfidfWeights.fit(alone.counts, 2, 1.0)
    assert list(counted.terms[inside.columns]) == list(alone.terms[outside.columns])
    assert np.array_equal(inside.idf, outside.idf)
