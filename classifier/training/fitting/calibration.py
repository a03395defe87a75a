"""Calibration: Platt scaling of each section, fitted by the Brier score and pulled towards that of all sections.

docs/decisions/0005-settings-and-thresholds.md gives the reasons and the figures.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.rules.tagging import PlattScaling
from classifier.terms.compiler import compiled_when_called
from classifier.training.fitting.grouping import grouped, grouped_sums
from classifier.training.training_settings import SPARSE_FROM

#: How strongly a section is pulled towards the slope and offset expected for its support: weights of the ratio of
#: slopes to 1, and of the offset.
PULL = np.array([2.5, 0.1])
_LEAST_SLOPE = 1e-3
_MAX_STEPS = 60
_LEAST_DAMPING = 1e-9  # with less, sums dominated by one article have no stable solution
_PRECISION = 1e-7
#: A function from slopes and offsets, of shape (n_chosen, 2), and the chosen sections to six sums for each of these.
_Sums: TypeAlias = Callable[[NDArray[np.float64], NDArray[np.int64]], NDArray[np.float64]]


def calibrate(margins: NDArray[np.float64], labels: NDArray[np.bool_]) -> list[PlattScaling]:
    """Fit the slope and offset of every section.

    The form is Platt's (1999). The loss is the Brier score (1950): a proper score like the likelihood, but not
    dominated by the many articles far from the boundary. First all sections together give the expected slope and
    offset, each a line over the logarithm of a section's positives. Then each section's own slope and offset are pulled
    towards these, which decides if positives are few. With `SPARSE_FROM` sections or more, articles without a section
    that have nearly the same margin are added up as one.

    Parameters
    ----------
    margins : float64 array of shape (n_articles, n_sections)
        Out-of-fold: the model that gave a margin has not seen the article. None is NaN.
    labels : bool array of the same shape

    Returns
    -------
    list of PlattScaling
        One a section. Every slope is positive.
    """
    margins, labels = np.ascontiguousarray(margins.T), np.ascontiguousarray(labels.T)  # a section is a row from here on
    support = labels.sum(axis=1)
    logs = np.log(np.maximum(support, 1.0))
    basis = np.column_stack([np.ones(len(logs)), logs - logs.mean()])
    spread = float(margins.std()) or 1.0
    share = float(np.clip(labels.mean(), 1e-6, 0.5))
    if len(margins) < SPARSE_FROM:
        scaled = margins / spread
        expected = _expected(partial(_brier_sums, scaled, labels), float(np.quantile(scaled, 1 - share)), basis)
    else:
        groups = grouped(margins, labels)
        of_all = partial(grouped_sums, *groups, np.full(len(margins), 1 / spread))
        expected = _expected(of_all, float(np.quantile(margins, 1 - share)) / spread, basis)
    # a slope of 0 or less means that the margins rank nothing; a higher margin must never give a lower probability
    slopes = np.maximum(expected[:, 0], _LEAST_SLOPE) / spread
    if len(margins) < SPARSE_FROM:
        own = _own(partial(_brier_sums, margins * slopes[:, None], labels), expected[:, 1])
    else:
        own = _own(partial(grouped_sums, *groups, slopes), expected[:, 1])
    own = np.where(
        ((own[:, 0] > 0) & (support > 0))[:, None], own, np.column_stack([np.ones(len(slopes)), expected[:, 1]])
    )
    return [
        PlattScaling(float(ratio * slope), float(offset)) for (ratio, offset), slope in zip(own, slopes, strict=True)
    ]


def _expected(sums_of: _Sums, even: float, basis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the expected slope and offset of each section, a float64 array of shape (n_sections, 2).

    ``even`` is the margin that as many pairs exceed as there are labels. ``basis`` has the shape (n_sections, 2): 1,
    and the logarithm of the section's positives minus the mean of all.
    """
    # slope and its gradient, offset and its gradient; the start gives even chances at the margin ``even``
    start = np.array([1.0, 0.0, -even, 0.0])
    pull = np.array([0.0, PULL[1], 0.0, PULL[1]])  # without it, a single section leaves the gradients undetermined

    def at(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack([basis @ x[:2], basis @ x[2:]])

    def sums(x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        s = sums_of(at(x), np.arange(len(basis)))
        gradient = np.concatenate([basis.T @ s[:, 1], basis.T @ s[:, 2]]) + pull * x
        aa, ab, bb = (basis.T @ (s[:, k, None] * basis) for k in (3, 4, 5))
        hessian = np.block([[aa, ab], [ab.T, bb]]) + np.diag(pull)
        return float(s[:, 0].sum() + pull @ x**2), gradient, hessian

    x, damping = start, 1e-3
    value, gradient, hessian = sums(x)
    for _ in range(_MAX_STEPS):
        damped = hessian + damping * np.diag(np.diag(hessian) + 1e-12)
        new = x - np.linalg.solve(damped, gradient)
        new_value, new_gradient, new_hessian = sums(new)
        if new_value > value:
            damping *= 8
            if damping > 1e12:
                break
            continue
        done = value - new_value <= _PRECISION * value
        x, value, gradient, hessian = new, new_value, new_gradient, new_hessian
        damping = max(damping / 8, _LEAST_DAMPING)
        if done:
            break
    return at(x)


def _own(sums_of: _Sums, offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each section's slope and offset, of shape (n_sections, 2), by the Levenberg-Marquardt method.

    The expected values are a slope of 1 and ``offsets``.
    """
    expected = np.column_stack([np.ones(len(offsets)), offsets])
    x = expected.copy()
    damping = np.full(len(x), 1e-3)
    open_ = np.ones(len(x), dtype=bool)

    def sums(x: NDArray[np.float64], which: NDArray[np.int64]) -> NDArray[np.float64]:
        s = sums_of(x, which)
        apart = x - expected[which]
        s[:, 0] += (PULL * apart**2).sum(axis=1)
        s[:, 1:3] += PULL * apart
        s[:, [3, 5]] += PULL
        return s

    state = sums(x, np.arange(len(x)))
    for _ in range(_MAX_STEPS):
        which = np.flatnonzero(open_)
        if not len(which):
            break
        _, ga, gb, haa, hab, hbb = state[which].T
        haa, hbb = haa * (1 + damping[which]), hbb * (1 + damping[which])
        determinant = haa * hbb - hab**2
        step = np.column_stack([hbb * ga - hab * gb, haa * gb - hab * ga]) / determinant[:, None]
        new = sums(x[which] - step, which)
        better = new[:, 0] <= state[which, 0]
        done = better & (state[which, 0] - new[:, 0] <= _PRECISION * state[which, 0])
        taken = which[better]
        x[taken] -= step[better]
        state[taken] = new[better]
        damping[taken] /= 8
        damping[which[~better]] *= 8
        open_[which[done]] = False
        open_ &= damping < 1e12
    return x


def _brier_sums(
    margins: NDArray[np.float64], labels: NDArray[np.bool_], platts: NDArray[np.float64], which: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return six sums for each of some sections: squared error, half its gradient, half its Gauss-Newton Hessian."""
    out = np.zeros((len(which), 6))
    _add_up(margins, labels, np.ascontiguousarray(platts), which, out)
    return out


@compiled_when_called(
    "void", "const float64[:,:]", "const boolean[:,:]", "const float64[:,:]", "const int64[:]", "float64[:,:]"
)
def _add_up(margins: Any, labels: Any, platts: Any, which: Any, out: Any) -> None:
    for k in range(len(which)):
        slope, offset = platts[k, 0], platts[k, 1]
        errors = ga = gb = haa = hab = hbb = 0.0
        for i in range(margins.shape[1]):
            margin = margins[which[k], i]
            probability = 1.0 / (1.0 + np.exp(-(slope * margin + offset)))
            error = probability - np.float64(labels[which[k], i])
            change = probability * (1.0 - probability)
            errors += error * error
            ga += error * change * margin
            gb += error * change
            haa += change * change * margin * margin
            hab += change * change * margin
            hbb += change * change
        out[k, 0], out[k, 1], out[k, 2] = errors, ga, gb
        out[k, 3], out[k, 4], out[k, 5] = haa, hab, hbb
