"""Evidence of other sections: how many of their tags are wrong where how many are expected to be."""

import numpy as np

from classifier.training.fitting.evidence import WrongTags


def test_a_section_is_compared_with_the_tags_of_all_others_from_its_threshold_on():
    columns = [
        (np.array([0.9, 0.6]), np.array([True, False])),
        (np.array([0.95, 0.7, 0.6]), np.array([True, False, False])),
        (np.array([0.8]), np.array([True])),
    ]
    thresholds, starts = np.array([0.99, 0.9, 0.6, 0.7]), np.array([0, 3, 4, 4])
    found = WrongTags(columns, fewest=2).ratios(thresholds, starts)
    of_first = [np.inf, 1 / 0.05, 3 / (0.05 + 0.2 + 0.3 + 0.4)]
    assert np.allclose(found, [*of_first, 1 / (0.1 + 0.2)])


def test_too_few_other_sections_with_tags_are_no_evidence():
    columns = [
        (np.array([0.9]), np.array([True])),
        (np.array([0.8]), np.array([True])),
        (np.zeros(0), np.zeros(0, bool)),
    ]
    thresholds, starts = np.array([0.5, 0.5, 0.5]), np.array([0, 1, 2, 3])
    found = WrongTags(columns, fewest=2).ratios(thresholds, starts)
    assert np.isinf(found).tolist() == [True, True, False]
