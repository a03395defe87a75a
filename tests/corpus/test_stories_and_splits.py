import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.corpus.splits import assign_folds
from classifier.corpus.stories import group_stories, have_near_copies, members, sign
from tests.helpers import small_corpus

TEXTS = [str(row["body"]) for row in small_corpus(12)]


def stories_of(texts):
    return group_stories(sign(texts), texts)


def test_different_articles_are_stories_of_their_own():
    assert list(stories_of(TEXTS)) == list(range(12))


def test_copies_and_near_copies_are_one_story():
    words = TEXTS[3].split()
    edited = " ".join([*words[:20], "officials", "said", *words[20:-5]])
    stories = stories_of([*TEXTS, TEXTS[3], edited])
    assert stories[12] == stories[13] == stories[3]
    assert len(set(stories)) == 12


def test_near_copies_are_found_among_others():
    words = TEXTS[3].split()
    edited = " ".join([*words[:20], "officials", "said", *words[20:-5]])
    asked = sign([TEXTS[0], edited, TEXTS[5]])
    assert have_near_copies(asked, sign(TEXTS[3:6])).tolist() == [False, True, True]
    assert have_near_copies(sign(TEXTS[3:6]), asked).tolist() == [True, False, True]
    assert have_near_copies(asked, asked[:0]).tolist() == [False, False, False]
    assert have_near_copies(asked[:0], asked).tolist() == []


def test_a_chain_of_near_copies_is_one_story():
    words = [f"word{i}" for i in range(200)]
    chain = [" ".join(words[i * 30 : i * 30 + 110]) for i in range(4)]
    assert len(set(stories_of(chain))) == 1


def test_empty_and_short_texts_are_grouped_too():
    assert list(stories_of(["", "one", "one", "two"])) == [0, 1, 1, 3]


def test_members_partition_the_articles():
    groups = members(np.array([0, 1, 0, 3, 1]))
    assert [list(group) for group in groups] == [[0, 2], [1, 4], [3]]


def test_no_articles_are_no_stories():
    assert members(stories_of([])) == []


@settings(max_examples=60)
@given(st.data(), st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_folds_keep_stories_together_and_are_the_same_for_a_seed(data, seed, n_folds):
    n = data.draw(st.integers(n_folds, 60))
    labels = np.array(data.draw(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=n, max_size=n)))
    stories = np.sort(np.array(data.draw(st.lists(st.integers(0, n - 1), min_size=n, max_size=n))))
    folds = assign_folds(labels, stories, n_folds, seed)
    assert set(folds) <= set(range(n_folds))
    assert all(len(set(folds[group])) == 1 for group in members(stories))
    assert np.array_equal(folds, assign_folds(labels, stories, n_folds, seed))


@pytest.mark.parametrize("support", [5, 7, 23])
def test_every_fold_gets_its_part_of_every_section(support):
    rng = np.random.default_rng(support)
    labels = np.zeros((200, 4), dtype=bool)
    for section in range(4):
        labels[rng.choice(200, support, replace=False), section] = True
    folds = assign_folds(labels, np.arange(200), 5, seed=1)
    for section in range(4):
        per_fold = np.bincount(folds[labels[:, section]], minlength=5)
        assert per_fold.min() >= support // 5 - 1
        assert per_fold.min() >= 1 or support < 5
    assert np.ptp(np.bincount(folds, minlength=5)) <= 8
