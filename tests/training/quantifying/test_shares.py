"""Shares of sections, corrected for the model's errors: right where the number of tags is not."""

import numpy as np
import pytest

from classifier.errors import DamagedModelError, ModelError
from classifier.training.quantifying.reliability import (
    N_BINS,
    RELIABILITY_FILE,
    bins_of,
    count_probabilities,
    read_reliability,
    reliability_text,
)
from classifier.training.quantifying.shares import ShareEstimator

RIGHT, WRONG = 1.5, -1.5


def made(rng, n, share, slope=1.0):
    """Return the probabilities and labels of articles whose logits are normal, 3 apart; ``slope`` distorts them."""
    labels = rng.random(n) < share
    logits = 3 * rng.normal(np.where(labels, RIGHT, WRONG) / 3 * 1.5, 1 / 1.5)
    return 1 / (1 + np.exp(-slope * (logits + np.log(0.2 / 0.8)))), labels


def counted(probabilities):
    return np.bincount(bins_of(probabilities), minlength=N_BINS)


@pytest.mark.parametrize("slope", [1.0, 0.5])
@pytest.mark.parametrize("share", [0.02, 0.4])
def test_a_share_that_changed_is_found_where_counted_tags_are_biased_even_if_probabilities_are_wrong(share, slope):
    rng = np.random.default_rng(0)
    (counts,) = count_probabilities(*(x[:, None] for x in made(rng, 8_000, 0.2, slope)))
    estimator = ShareEstimator(counts, 0)
    within, errors, of_tags = 0, [], []
    for _ in range(40):
        p, labels = made(rng, 2_000, share, slope)
        found = estimator.share(counted(p))
        within += found.low <= labels.mean() <= found.high
        errors.append(abs(found.value - labels.mean()))
        of_tags.append(abs((p >= 0.5).mean() - labels.mean()))
    assert within >= 34
    assert np.mean(errors) < 0.6 * np.mean(of_tags)


def test_few_training_articles_make_a_wide_interval():
    rng = np.random.default_rng(1)
    p, _ = made(rng, 500, 0.2)
    widths = []
    for n in (60, 6_000):
        (counts,) = count_probabilities(*(x[:, None] for x in made(rng, n, 0.2)))
        found = ShareEstimator(counts, 0).share(counted(p))
        widths.append(found.high - found.low)
    assert widths[0] > 1.5 * widths[1]


def test_of_no_articles_nothing_is_known_and_the_same_seed_gives_the_same_interval():
    rng = np.random.default_rng(2)
    (counts,) = count_probabilities(*(x[:, None] for x in made(rng, 200, 0.2)))
    nothing = ShareEstimator(counts, 0).share(np.zeros(N_BINS, np.int64))
    assert (nothing.value, nothing.low, nothing.high) == (0.0, 0.0, 1.0)
    p, _ = made(rng, 30, 0.2)
    assert ShareEstimator(counts, 5).share(counted(p)) == ShareEstimator(counts, 5).share(counted(p))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("labels", [[], [True] * 8, [False] * 8])
def test_a_section_of_which_little_is_known_still_gets_an_interval(labels):
    p = np.linspace(0.1, 0.9, len(labels))[:, None]
    (counts,) = count_probabilities(p, np.array(labels, dtype=bool)[:, None])
    found = ShareEstimator(counts, 0).share(counted(np.array([0.2, 0.7, 0.999999999, 0.0])))
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.high - found.low > 0.2


def test_counts_are_read_as_they_were_written(tmp_path):
    p, y = made(np.random.default_rng(3), 300, 0.3)
    (tmp_path / RELIABILITY_FILE).write_text(reliability_text(["a"], p[:, None], y[:, None]), "utf-8")
    (expected,) = count_probabilities(p[:, None], y[:, None])
    found = read_reliability(tmp_path)["a"]
    assert np.array_equal(found.labelled, expected.labelled)
    assert np.array_equal(found.others, expected.others)
    assert found.labelled.sum() == y.sum()


def test_a_version_without_counts_and_a_damaged_file_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r"trained by an earlier version of Copydesk\. Fix: train again"):
        read_reliability(tmp_path)
    good = reliability_text(["a"], np.array([[0.5]]), np.array([[True]]))
    for text in (
        "",
        "[]",
        "{}",
        good.replace("120", "99"),
        good.replace("[60,", "[600,"),
        good.replace("[60,", '["x",'),
    ):
        (tmp_path / RELIABILITY_FILE).write_text(text, "utf-8")
        with pytest.raises(DamagedModelError, match="is damaged, or was not written by training"):
            read_reliability(tmp_path)
