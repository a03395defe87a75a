"""A prior on the weights from the counts: a feature that tells a section from the rest may get a larger weight.

The method is that of naive Bayes as a prior (Wang and Manning, "Baselines and Bigrams", 2012), folded into the fit of a
linear classifier. Each feature is multiplied by a scale, the classifier is fitted, and its weights are multiplied by
the same scales. The margins are then linear in the features as they are, and serving needs no scale.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.terms.compiler import compiled_when_called

#: Added to each sum of TF-IDF, so that a feature that never occurs on one side has a finite ratio.
_SMOOTHING = 0.01


def prior_scales(
    indptr: NDArray[np.int64],
    indices: NDArray[np.uint32],
    values: NDArray[np.float64],
    labels: NDArray[np.bool_],
    is_scaled: NDArray[np.bool_],
    strength: float,
) -> NDArray[np.float64]:
    """Return the scale of each feature in each section, a float64 array of shape (n_features, n_sections).

    The scale is ``1 - strength + strength * r / mean(r)``. ``r`` is the absolute logarithm of a ratio: the feature's
    share of the summed TF-IDF of articles in the section, over its share of that of the other articles. The mean is
    taken over the features that occur and are to be scaled; any other feature has the scale 1.

    Parameters
    ----------
    indptr, indices, values : arrays of a sparse matrix of TF-IDF, of shape (n_articles, n_features)
    labels : bool array of shape (n_articles, n_sections)
    is_scaled : bool array of shape (n_features,)
        The features that the prior is for.
    strength : float
        From 0, where each scale is 1, to 1.
    """
    n_features, n_sections = len(is_scaled), labels.shape[1]
    inside, total = np.zeros((n_features, n_sections)), np.zeros(n_features)
    _add_sums(indptr, indices, values, np.ascontiguousarray(labels), inside, total)
    scales, occurs = np.ones((n_features, n_sections)), (total > 0) & is_scaled
    if not occurs.any():
        return scales
    inside, total = inside[occurs], total[occurs]
    ratios = np.abs(_log_shares(inside) - _log_shares(total[:, None] - inside))
    means = ratios.mean(axis=0)
    means[means == 0] = 1.0  # no feature differs: each ratio is 0, and so is each r
    scales[occurs] = 1.0 - strength + strength * ratios / means
    return scales


def _log_shares(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of each feature's smoothed share of its column."""
    smoothed = np.maximum(sums, 0.0) + _SMOOTHING  # a difference of sums may fall below 0 by rounding
    return np.asarray(np.log(smoothed) - np.log(smoothed.sum(axis=0)))


@compiled_when_called(
    "void", "const int64[:]", "const uint32[:]", "const float64[:]", "const bool_[:,:]", "float64[:,:]", "float64[:]"
)
def _add_sums(indptr: Any, indices: Any, values: Any, labels: Any, inside: Any, total: Any) -> None:
    """Add each feature's values to ``total``, and to ``inside`` for the sections of the article."""
    for i in range(len(labels)):
        for j in range(indptr[i], indptr[i + 1]):
            total[indices[j]] += values[j]
        for s in range(labels.shape[1]):
            if labels[i, s]:
                for j in range(indptr[i], indptr[i + 1]):
                    inside[indices[j], s] += values[j]
