"""A prior on the weights from the counts: a feature that tells a section from the rest may get a larger weight.

The method is that of naive Bayes as a prior (Wang and Manning, "Baselines and Bigrams", 2012), folded into the fit of a
linear classifier. Each feature is multiplied by a scale, the classifier is fitted, and its weights are multiplied by
the same scales. The margins are then linear in the features as they are, and serving needs no scale.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

#: Added to each sum of TF-IDF, so that a feature that never occurs on one side has a finite ratio.
_SMOOTHING = 0.01
#: Features whose scales are worked out together.
_AT_ONCE = 1 << 15
_MOST_KEPT = 1 << 22  # ratios, 8 bytes each; more are computed twice
#: The number 1 as bfloat16.
_ONE = 0x3F80


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
    features = csr_matrix((values, indices.astype(np.int32), indptr), (len(labels), len(is_scaled)))
    inside, total = features.T @ labels.astype(np.float64), np.asarray(features.sum(axis=0)).ravel()
    return scales_of_sums(inside, total, is_scaled, strength)


def scales_of_sums(
    inside: NDArray[np.float64], total: NDArray[np.float64], is_scaled: NDArray[np.bool_], strength: float
) -> NDArray[np.float64]:
    """Return what `prior_scales` does, from the sums of each feature in each section, and in all articles."""
    scales, occurs = np.ones(inside.shape), (total > 0) & is_scaled
    if not occurs.any():
        return scales
    inside, total = inside[occurs], total[occurs]
    ratios = np.abs(_log_shares(inside) - _log_shares(total[:, None] - inside))
    means = ratios.mean(axis=0)
    means[means == 0] = 1.0  # no feature differs: each ratio is 0, and so is each r
    scales[occurs] = 1.0 - strength + strength * ratios / means
    return scales


def squared_scales(
    inside: NDArray[np.float64],
    total: NDArray[np.float64],
    is_scaled: NDArray[np.bool_],
    strength: float,
    n_columns: int,
) -> NDArray[np.uint16]:
    """Return the squares of what `scales_of_sums` returns, as bfloat16, a few features at a time.

    Parameters
    ----------
    inside, total, is_scaled, strength : as in `scales_of_sums`
    n_columns : int
        Number of columns to return; those after the last section stand for none.

    Returns
    -------
    uint16 array of shape (n_features, n_columns)
        The upper halves of float32 numbers, rounded.
    """
    scales = np.full((len(total), n_columns), _ONE, np.uint16)
    occurs = (total > 0) & is_scaled
    if not occurs.any():
        return scales
    parts = [begin + np.flatnonzero(occurs[begin : begin + _AT_ONCE]) for begin in range(0, len(total), _AT_ONCE)]
    sums = np.zeros((2, inside.shape[1]))
    for part in parts:
        sums += _smoothed(inside[part], total[part]).sum(axis=1)
    shift = np.log(sums[0]) - np.log(sums[1])
    means = np.zeros(inside.shape[1])
    kept = []
    is_small = inside.size <= _MOST_KEPT
    for part in parts:
        ratios = _ratios(inside[part], total[part], shift)
        means += ratios.sum(axis=0)
        if is_small:
            kept.append(ratios)
    means /= np.count_nonzero(occurs)
    means[means == 0] = 1.0
    for number, part in enumerate(parts):
        ratios = kept[number] if is_small else _ratios(inside[part], total[part], shift)
        squares = (1.0 - strength + strength * ratios / means) ** 2
        bits = squares.astype(np.float32).view(np.uint32)
        scales[part, : inside.shape[1]] = (bits + np.uint32(0x8000)) >> 16
    return scales


def _smoothed(inside: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the smoothed sums of features inside each section and outside, of shape (2, n_features, n_sections)."""
    return np.asarray(np.maximum([inside, total[:, None] - inside], 0.0) + _SMOOTHING)


def _ratios(inside: NDArray[np.float64], total: NDArray[np.float64], shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the absolute logarithms of the ratios of shares; ``shift`` is that of the sums of all features."""
    logs = np.log(_smoothed(inside, total))
    return np.asarray(np.abs(logs[0] - logs[1] - shift))


def _log_shares(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of each feature's smoothed share of its column."""
    smoothed = np.maximum(sums, 0.0) + _SMOOTHING  # a difference of sums may fall below 0 by rounding
    return np.asarray(np.log(smoothed) - np.log(smoothed.sum(axis=0)))
