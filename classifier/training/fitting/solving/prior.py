"""A prior on the weights from the counts: a feature that tells a section from the rest may get a larger weight.

The method is that of naive Bayes as a prior (Wang and Manning, "Baselines and Bigrams", 2012), folded into the fit of a
linear classifier. Each feature is multiplied by a scale, the classifier is fitted, and its weights are multiplied by
the same scales. The margins are then linear in the features as they are, and serving needs no scale.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.terms.compiler import compiled_when_called, inlined

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
    parts = [
        _Part(inside[some], total[some], occurs[some], scales[some])
        for some in (slice(begin, begin + _AT_ONCE) for begin in range(0, len(total), _AT_ONCE))
    ]
    sums, means = np.zeros((2, inside.shape[1])), np.zeros(inside.shape[1])
    for part in parts:
        sums += part.sums()
    shift = np.log(sums[0]) - np.log(sums[1])
    kept = []
    is_small = inside.size <= _MOST_KEPT
    for part in parts:
        logs = part.logs()
        means += part.ratios(logs, shift)
        if is_small:
            kept.append(logs)
    means /= np.count_nonzero(occurs)
    means[means == 0] = 1.0
    for number, part in enumerate(parts):
        part.write(kept[number] if is_small else part.logs(), shift, means, strength)
    return scales


@dataclass(frozen=True)
class _Part:
    """Some of the features; ``inside``, ``total``, ``occurs`` and ``scales`` are the rows that they have."""

    inside: NDArray[np.float64]
    total: NDArray[np.float64]
    occurs: NDArray[np.bool_]
    scales: NDArray[np.uint16]

    def sums(self) -> NDArray[np.float64]:
        """Return the smoothed sums inside each section and outside it, over all features: shape (2, n_sections)."""
        sums = np.zeros((2, self.inside.shape[1]))
        _add_smoothed(self.inside, self.total, self.occurs, sums)
        return sums

    def logs(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the logarithms of ratios of smoothed sums: those of features that a section lacks, and the others.

        Most features occur in no article of a rare section: their logarithms are the same in all such sections.

        Returns
        -------
        float64 arrays of shape (n_features,) and (n_others,)
            The others are in the order of ``inside``.
        """
        n_others = np.count_nonzero(self.inside)
        sums = np.empty((2, n_others))
        _pick(self.inside, self.total, sums)
        logs = np.log(sums, out=sums)
        without = np.log(_smoothed(np.zeros(1))) - np.log(_smoothed(self.total))
        return without, logs[0] - logs[1]

    def ratios(
        self, logs: tuple[NDArray[np.float64], NDArray[np.float64]], shift: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the sums of the absolute logarithms, each less the ``shift`` of its section: shape (n_sections,)."""
        sums = np.zeros(len(shift))
        _add_ratios(self.inside, self.occurs, *logs, shift, sums)
        return sums

    def write(
        self,
        logs: tuple[NDArray[np.float64], NDArray[np.float64]],
        shift: NDArray[np.float64],
        means: NDArray[np.float64],
        strength: float,
    ) -> None:
        """Write the squared scales of the features that occur."""
        _write_squares(self.inside, self.occurs, *logs, shift, means, strength, self.scales)


_INSIDE = "const float64[:,:]"


@compiled_when_called("void", _INSIDE, "const float64[:]", "const bool_[:]", "float64[:,:]")
def _add_smoothed(inside: Any, total: Any, occurs: Any, sums: Any) -> None:
    """Add the smoothed sums of features inside each section and outside to ``sums``."""
    for i in range(len(inside)):
        if occurs[i]:
            for s in range(inside.shape[1]):
                sums[0, s] += max(inside[i, s], 0.0) + _SMOOTHING
                sums[1, s] += max(total[i] - inside[i, s], 0.0) + _SMOOTHING


@compiled_when_called("void", _INSIDE, "const float64[:]", "float64[:,:]")
def _pick(inside: Any, total: Any, sums: Any) -> None:
    """Write the smoothed sums inside sections that are not 0, and those outside of the same."""
    n = np.uint64(0)
    for i in range(len(inside)):
        for s in range(inside.shape[1]):
            if inside[i, s] != 0.0:
                sums[0, n] = max(inside[i, s], 0.0) + _SMOOTHING
                sums[1, n] = max(total[i] - inside[i, s], 0.0) + _SMOOTHING
                n += np.uint64(1)


@inlined
def _log_ratio(inside: Any, without: Any, others: Any, n: Any) -> Any:
    """Return the logarithm of a feature in a section, and the place of the next one in ``others``."""
    return (without, n) if inside == 0.0 else (others[n], n + np.uint64(1))


@compiled_when_called(
    "void", _INSIDE, "const bool_[:]", "const float64[:]", "const float64[:]", "const float64[:]", "float64[:]"
)
def _add_ratios(inside: Any, occurs: Any, without: Any, others: Any, shift: Any, sums: Any) -> None:
    """Add the absolute logarithms of the features that occur to ``sums``."""
    n = np.uint64(0)
    for i in range(len(inside)):
        for s in range(inside.shape[1]):
            ratio, n = _log_ratio(inside[i, s], without[i], others, n)
            if occurs[i]:
                sums[s] += abs(ratio - shift[s])


@compiled_when_called(
    "void",
    _INSIDE,
    "const bool_[:]",
    "const float64[:]",
    "const float64[:]",
    "const float64[:]",
    "const float64[:]",
    "float64",
    "uint16[:,:]",
)
def _write_squares(
    inside: Any, occurs: Any, without: Any, others: Any, shift: Any, means: Any, strength: float, scales: Any
) -> None:
    """Write the squared scales of the features that occur, rounded to bfloat16."""
    n = np.uint64(0)
    for i in range(len(inside)):
        for s in range(inside.shape[1]):
            ratio, n = _log_ratio(inside[i, s], without[i], others, n)
            if occurs[i]:
                scale = 1.0 - strength + strength * abs(ratio - shift[s]) / means[s]
                bits = np.float32(scale * scale).view(np.uint32)
                scales[i, s] = (bits + np.uint32(0x8000)) >> np.uint32(16)


def _smoothed(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(sums, 0.0) + _SMOOTHING)  # a difference of sums may fall below 0 by rounding


def _log_shares(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the logarithm of each feature's smoothed share of its column."""
    smoothed = _smoothed(sums)
    return np.asarray(np.log(smoothed) - np.log(smoothed.sum(axis=0)))
