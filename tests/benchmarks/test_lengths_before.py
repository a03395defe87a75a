import numpy as np

from benchmarks.lengths_before import CutText, brier_report


def test_brier_scores_are_compared_for_each_length_and_a_higher_one_is_named():
    texts = [CutText("whole", 0, "a"), CutText("short", 0, "b"), CutText("whole", 1, "c")]
    labels = np.array([[True, False], [False, True]])
    before = np.array([[0.5, 0.5], [0.0, 0.0], [0.5, 0.5]])
    now = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    report = brier_report(texts, labels, before, now)
    assert report.rows == [("whole", 2, 0.25, 0.125, 0.5), ("short", 1, 0.5, 1.0, 2.0)]
    assert report.notes == ["The Brier score is not higher than before, except for: short."]
