"""The evidence that the tags of other sections give about a section: whether more tags are wrong than expected."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.terms.compiler import compiled_when_called


class WrongTags:
    """The tags of all sections: the number of wrong ones above a threshold, and the number expected from probabilities.

    Parameters
    ----------
    columns : sequence of (float64 array, bool array)
        The tags of each section, as their probabilities and whether they are right; both of shape (n,).
    fewest : int
        Fewer other sections with tags are not evidence.
    """

    def __init__(self, columns: Sequence[tuple[NDArray[np.float64], NDArray[np.bool_]]], fewest: int) -> None:
        sizes = np.array([len(p) for p, _ in columns], np.int64)
        p = np.concatenate([np.zeros(0), *(p for p, _ in columns)])
        labels = np.concatenate([np.zeros(0, np.bool_), *(labels for _, labels in columns)])
        order = np.argsort(-p)
        self._section = np.repeat(np.arange(len(columns)), sizes)[order]
        self._probabilities, self._labels = p[order], labels[order]
        self._is_enough = (sizes > 0).sum() - (sizes > 0) >= fewest

    def ratios(self, thresholds: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return wrong tags by expected ones of the other sections, at some thresholds of each section.

        One more is counted than there was. The expected number is the sum of 1 minus the probability. Without enough
        other sections, or without tags, the ratio is infinite.

        Parameters
        ----------
        thresholds : float64 array of shape (n_thresholds,)
            Of each section in turn, the highest first.
        starts : int64 array of shape (n_sections + 1,)
            Where the thresholds of each section begin.

        Returns
        -------
        float64 array of shape (n_thresholds,)
        """
        out = np.full(len(thresholds), np.inf)
        of_all = self._probabilities, self._labels, self._section, self._is_enough
        _compare(*of_all, np.ascontiguousarray(thresholds), starts, out)
        return out


@compiled_when_called(
    "void",
    "const float64[:]",
    "const boolean[:]",
    "const int64[:]",
    "const boolean[:]",
    "const float64[:]",
    "const int64[:]",
    "float64[:]",
)
def _compare(
    probabilities: Any, labels: Any, sections: Any, is_enough: Any, thresholds: Any, starts: Any, out: Any
) -> None:
    for s in range(len(is_enough)):
        n = wrong = i = 0
        expected = 0.0
        for k in range(starts[s], starts[s + 1] if is_enough[s] else starts[s]):
            while i < len(probabilities) and probabilities[i] >= thresholds[k]:
                if sections[i] != s:
                    n += 1
                    wrong += 0 if labels[i] else 1
                    expected += 1.0 - probabilities[i]
                i += 1
            if n > 0:
                out[k] = (wrong + 1.0) / max(expected, 1e-12)
