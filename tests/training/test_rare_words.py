"""Words that only one article has: features of small collections, never their pairs."""

import numpy as np
import pytest

from classifier.training.counts.corpus import count_texts
from classifier.training.fitting.linear import fit_weights
from classifier.training.training_settings import FEW_CHARACTERS, TrainingSettings
from tests.training.measuring.test_curve import in_two_sections, make

TEXTS = ["harbour radar trial", "harbour radar test", "radar ferry"]


@pytest.mark.parametrize(
    ("n_characters", "least"), [(0, 1), (FEW_CHARACTERS - 1, 1), (FEW_CHARACTERS, 2), (10 * FEW_CHARACTERS, 2)]
)
def test_the_default_depends_on_the_characters_of_all_articles(n_characters, least):
    assert TrainingSettings().decided(n_characters).least_articles == least
    assert TrainingSettings(min_df=3).decided(n_characters).least_articles == 3


def test_words_of_one_article_are_counted_but_not_their_pairs():
    counted = count_texts(TEXTS, min_df=1).without_single_pairs()
    assert counted.has_singles
    assert sorted(counted.terms) == ["ferry", "harbour", "harbour radar", "radar", "test", "trial"]
    whole = count_texts(TEXTS, min_df=1)
    kept = np.isin(whole.terms, counted.terms)
    assert (counted.counts != whole.counts[:, kept]).nnz == 0
    assert counted.keys.tolist() == whole.keys[kept].tolist()


@pytest.mark.parametrize(
    ("min_df", "terms"),
    [(1, ["ferry", "harbour", "harbour radar", "test", "trial"]), (2, ["harbour", "harbour radar"])],
)
def test_a_fit_keeps_what_its_setting_asks_for(min_df, terms):
    counted = count_texts(TEXTS, min_df=1)
    kept = fit_weights(counted.counts, TrainingSettings(min_df=min_df, max_df=0.7), counted.pairs)
    assert sorted(counted.terms[kept.columns]) == terms


def test_a_task_counts_again_only_if_the_settings_ask_for_words_that_it_left_out(tmp_path, sections):
    with_all = make(tmp_path, sections, in_two_sections(14))
    assert with_all.counted.has_singles
    assert with_all.counted_for(TrainingSettings(min_df=3)) is with_all.counted
    without = make(tmp_path, sections, in_two_sections(14), TrainingSettings(min_df=2))
    assert not without.counted.has_singles
    again = without.counted_for(TrainingSettings(min_df=1))
    assert again.terms.tolist() == with_all.counted.terms.tolist()
