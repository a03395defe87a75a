"""Calibration of many sections: margins of articles without a section are added up in groups."""

from itertools import pairwise

import numpy as np

from classifier.rules.tagging import calibrated
from classifier.training.fitting import calibration
from classifier.training.fitting.grouping import grouped
from classifier.training.training_settings import SPARSE_FROM


def made_margins(n_articles=1500, n_sections=SPARSE_FROM):
    rng = np.random.default_rng(27)
    labels = rng.random((n_articles, n_sections)) < 0.004 + 0.1 / np.arange(1, n_sections + 1)
    return rng.normal(-1.2, 0.3, labels.shape) + labels * rng.normal(1.2, 0.5, labels.shape), labels


def test_groups_keep_every_article_and_the_sum_of_its_margins():
    margins, labels = (np.ascontiguousarray(array.T) for array in made_margins(300, 3))
    labels[1] = False
    labels[2] = True
    points, counts, starts = grouped(margins, labels)
    for s, (first, end) in enumerate(pairwise(starts)):
        n = np.maximum(counts[first:end], 1)
        assert n.sum() == 300
        assert np.isclose((n * points[first:end]).sum(), margins[s].sum())
        assert (counts[first:end] == 0).sum() == labels[s].sum()


def test_margins_that_are_all_equal_are_one_group():
    points, counts, starts = grouped(np.full((1, 9), -0.5), np.zeros((1, 9), bool))
    assert (points.tolist(), counts.tolist(), starts.tolist()) == ([-0.5], [9.0], [0, 1])


def test_probabilities_of_many_sections_are_those_of_a_calibration_on_every_article(monkeypatch):
    margins, labels = made_margins()
    found = calibrated(calibration.calibrate(margins, labels), margins)
    monkeypatch.setattr(calibration, "SPARSE_FROM", SPARSE_FROM + 1)
    assert np.abs(found - calibrated(calibration.calibrate(margins, labels), margins)).max() < 0.001
