"""Fit rules for each class of lengths, so that the probabilities of a headline are as honest as those of a whole story.

Rules are fitted at a few lengths, on articles cut to that length and on short articles as they stand. Between these
lengths, slopes, offsets and thresholds change evenly with the logarithm of the length, in steps of half a doubling.
From half a doubling above the longest of these lengths on, the rules of whole articles hold. They are fitted on the
articles that are at least as long as that cut.

docs/decisions/0034-lengths.md gives the reasons and the figures.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.rules.lengths import MEASURED_BOUNDS
from classifier.rules.tagging import ModelRules, PlattScaling, SectionRule
from classifier.training.fitting.lengths.cut_margins import HEADLINE, CutMargins
from classifier.training.fitting.rule_fitter import FittedRules, RuleFitter
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

#: Two fifths of the articles are shorter: no rules for short texts are fitted at such lengths.
WHOLE_SHARE = 0.4
#: Short articles count as often as this many cuts of the same length: they are labelled as they stand.
WEIGHT_OF_SHORT = 2
#: Two lengths at which rules are fitted lie at least this factor apart.
_APART = math.sqrt(2)
#: A length with fewer cuts gets no rules of its own.
_FEWEST_CUTS = 20
_FEWEST_FOLDS = 3
#: Texts shorter than nine in ten of the shortest cuts are never applied: nothing was proven for them.
_PROVEN_SHARE = 0.1
#: One of the bounds of the classes of lengths; the others are half a doubling apart.
_ONE_BOUND = MEASURED_BOUNDS[0]


@dataclass(frozen=True)
class FittedLength:
    """A length in words, and the fitter of its rules."""

    n_words: float
    fitter: RuleFitter


class LengthFitter:
    """Fits rules by length on the articles of some folds.

    Parameters
    ----------
    whole : RuleFitter
        Of whole articles.
    shorter : sequence of FittedLength
        One at least, ascending.
    whole_from : float
        The length from which on the rules of whole articles hold.
    proven_from : float
        No tag is applied to shorter texts.
    """

    def __init__(
        self, whole: RuleFitter, shorter: Sequence[FittedLength], whole_from: float, proven_from: float
    ) -> None:
        self._whole = whole
        self._shorter = shorter
        self._at = [math.log(item.n_words) for item in shorter] + [math.log(whole_from)]
        self._bounds = bounds_between(proven_from, whole_from)

    def fit(self, without: Iterable[int] = ()) -> FittedRules:
        """Fit rules on all folds except ``without``; see `RuleFitter.fit`."""
        left_out = frozenset(without)
        whole = self._whole.fit(left_out)
        fitted = [item.fitter.fit(left_out, whole.strength).longest for item in self._shorter] + [whole.longest]
        classes = [self._rules(fitted, math.log(max(bound, 1))) for bound in (0, *self._centres())]
        classes[0] = _never_applied(classes[0])
        return replace(whole, classes=(*classes, whole.longest), bounds=self._bounds)

    def _centres(self) -> list[float]:
        return [math.sqrt(a * b) for a, b in zip(self._bounds, self._bounds[1:], strict=False)]

    def _rules(self, fitted: Sequence[ModelRules], at: float) -> ModelRules:
        """Return the rules at a length, given as its logarithm, between the fitted ones."""
        k = bisect_right(self._at, at)
        if k in (0, len(fitted)):
            return fitted[min(k, len(fitted) - 1)]
        before, after = fitted[k - 1], fitted[k]
        share = (at - self._at[k - 1]) / (self._at[k] - self._at[k - 1])
        rules = (_between(a, b, share) for a, b in zip(before.sections, after.sections, strict=True))
        return replace(before, sections=tuple(rules))


def bounds_between(shortest: float, longest: float) -> tuple[int, ...]:
    """Return the bounds of classes of lengths: half a doubling apart, with those of the figures among them.

    Parameters
    ----------
    shortest, longest : float
        The first bound is the lowest one not below ``shortest``, the last one the lowest not below ``longest``.
    """
    first, last = (math.ceil(2 * math.log2(max(n, 1) / _ONE_BOUND) - 1e-9) for n in (shortest, longest))
    return tuple(sorted({round(_ONE_BOUND * 2 ** (k / 2)) for k in range(first, last + 1)} - {0}))


def _between(a: SectionRule, b: SectionRule, share: float) -> SectionRule:
    """Return a rule between two; it applies only what both apply, from the higher of their thresholds."""

    def mean(first: float, second: float) -> float:
        return (1 - share) * first + share * second

    scaling = PlattScaling(mean(a.scaling.slope, b.scaling.slope), mean(a.scaling.offset, b.scaling.offset))
    suggest = mean(a.suggest, b.suggest)
    apply = None if a.apply is None or b.apply is None else max(a.apply, b.apply, suggest)
    return replace(a, scaling=scaling, suggest=suggest, apply=apply)


def _never_applied(rules: ModelRules) -> ModelRules:
    return replace(rules, sections=tuple(replace(rule, apply=None) for rule in rules.sections))


def fitter_for(
    margins: NDArray[np.float64],
    cuts: CutMargins | None,
    task: Task,
    settings: TrainingSettings,
    used: NDArray[np.bool_] | None = None,
) -> RuleFitter | LengthFitter:
    """Return the fitter of the rules of a task: by length if articles were cut.

    Parameters
    ----------
    margins : float64 array of shape (n_articles, n_sections)
        Out-of-fold.
    cuts : CutMargins, optional
        Out-of-fold.
    task : Task
    settings : TrainingSettings
    used : bool array of shape (n_articles,), optional
        The articles that rules may be fitted on, by default all.
    """
    chosen = np.ones(len(margins), np.bool_) if used is None else used
    whole = _fitter(margins[chosen], np.flatnonzero(chosen), task, settings)
    if cuts is None or not chosen.any():
        return whole
    long = float(np.quantile(task.counted.n_words[chosen], WHOLE_SHARE))
    shorter: list[FittedLength] = []
    proven_from = 0.0
    for k, length in enumerate(cuts.lengths):
        usable = chosen[cuts.rows] & cuts.exist(k) & ~np.isnan(cuts.margins[k]).any(axis=1)
        n_words = cuts.n_words[k, usable]
        rows = cuts.rows[usable]
        if not _are_enough(rows, task):
            continue
        at = float(np.median(n_words)) if length == HEADLINE else float(length)
        if at < 1 or at * _APART > long or (shorter and at < shorter[-1].n_words * _APART):
            continue
        if not shorter:
            proven_from = float(np.quantile(n_words, _PROVEN_SHARE))
        short = _short_articles(at, cuts.rows, task, chosen)
        both = np.concatenate([cuts.margins[k, usable].astype(np.float64), margins[short]])
        shorter.append(FittedLength(at, _fitter(both, np.concatenate([rows, short]), task, settings)))
    if not shorter:
        return whole
    whole_from = shorter[-1].n_words * _APART
    rows = np.flatnonzero(chosen & (task.counted.n_words >= whole_from / _APART))
    if _are_enough(rows[~np.isnan(margins[rows]).any(axis=1)], task):
        whole = _fitter(margins[rows], rows, task, settings)
    return LengthFitter(whole, shorter, whole_from, proven_from)


def _are_enough(rows: NDArray[np.int64], task: Task) -> bool:
    """Return whether rules can be fitted on some articles."""
    return len(rows) >= _FEWEST_CUTS and len(np.unique(task.folds[rows])) >= _FEWEST_FOLDS


def _short_articles(
    n_words: float, rows: NDArray[np.int64], task: Task, chosen: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the articles that are about as long as a cut, each as often as it counts."""
    lengths = task.counted.n_words[rows]
    near = chosen[rows] & (lengths >= n_words / _APART) & (lengths < n_words * _APART)
    return np.repeat(rows[near], WEIGHT_OF_SHORT)


def _fitter(
    margins: NDArray[np.float64], rows: NDArray[np.int64], task: Task, settings: TrainingSettings
) -> RuleFitter:
    labels, folds, stories = task.labels[rows], task.folds[rows], task.stories[rows]
    return RuleFitter(margins, labels, folds, stories, settings, task.parents, task.needs)
