"""Fit the rules that turn margins into tags, on out-of-fold margins: calibration, thresholds and limits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.errors import CorpusError
from classifier.rules.lengths import RulesByLength
from classifier.rules.needs import SectionNeeds, needs_met
from classifier.rules.parents import Parents
from classifier.rules.tagging import ModelRules, PlattScaling, SectionRule, at_least, calibrated, limit
from classifier.training.fitting.applying import ApplyChoice, NeverApplied, choose_apply
from classifier.training.fitting.calibration import calibrate
from classifier.training.fitting.thresholds import f1_threshold, shrunk
from classifier.training.training_settings import TrainingSettings

#: The strengths to choose from: with that many positives, a section's own threshold counts as much as the threshold of
#: all sections together.
STRENGTHS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True)
class FittedRules(RulesByLength):
    """Rules by length, and the ``strength`` with which thresholds are pulled towards the threshold of all sections.

    It is in positives. ``never`` says of each section why the longest texts never get it without an editor, or None;
    rules that are fitted without some folds do not say it. ``floors`` are probabilities below which tags of each class
    and section were not right often enough in unseen articles; empty if there are none.
    """

    strength: float = 0.0
    never: tuple[NeverApplied | None, ...] = ()
    floors: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class StrengthChoice:
    """The strength that was chosen, and the F1 that it gives."""

    strength: float
    micro_f1: float
    macro_f1: float


@dataclass(frozen=True)
class _FoldFit:
    """Calibration and thresholds of some folds, before thresholds are pulled towards the threshold of all sections."""

    scalings: list[PlattScaling]
    parents: Parents
    support: NDArray[np.int64]
    own: NDArray[np.float64]
    overall: float

    def probabilities(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        return calibrated(self.scalings, margins, self.parents)

    def thresholds(self, strength: float) -> list[float]:
        thresholds: list[float] = shrunk(self.own, self.overall, self.support, strength).tolist()
        return thresholds


class RuleFitter:
    """Fits rules on the articles of some folds. Fits that share folds share the work.

    Parameters
    ----------
    margins : float64 array of shape (n_articles, n_sections)
        Out-of-fold: the model that gave a margin has not seen the article. Rows of NaN are left out.
    labels : bool array of the same shape
    folds, stories : int64 arrays of shape (n_articles,)
    settings : TrainingSettings
    parents : sequence of int or None
        The column of each section's parent.
    needs : sequence of Need or None
        What each section needs.

    Raises
    ------
    CorpusError
        From each method, if every row of the folds that it fits on is NaN.
    """

    def __init__(
        self,
        margins: NDArray[np.float64],
        labels: NDArray[np.bool_],
        folds: NDArray[np.int64],
        stories: NDArray[np.int64],
        settings: TrainingSettings,
        parents: Parents = (),
        needs: SectionNeeds = (),
    ) -> None:
        known = ~np.isnan(margins).any(axis=1)
        self._margins, self._labels = margins[known], labels[known]
        self._folds, self._stories = folds[known], stories[known]
        self._n_articles = len(margins)
        self._settings = settings
        self._parents = parents or (None,) * margins.shape[1]
        self._needs = needs or (None,) * margins.shape[1]
        self._fits: dict[frozenset[int], _FoldFit] = {}
        self._scalings: dict[frozenset[int], list[PlattScaling]] = {}

    def fit(self, without: Iterable[int] = (), strength: float | None = None) -> FittedRules:
        """Fit rules on all folds except ``without``.

        If no strength is given, it is chosen on folds that calibration and thresholds have not seen: the one with the
        highest micro-F1 plus macro-F1. The rules say why a section is never applied if they are fitted on all folds and
        no strength is given.
        """
        left_out = frozenset(without)
        fitted = self._fit(left_out)
        with_reasons = not left_out and strength is None
        if strength is None:
            strength = self.choose_strength(left_out).strength
        used = self._folds_without(left_out)
        suggest = fitted.thresholds(strength)
        chosen = self._choose_apply(left_out, suggest, used, with_reasons=with_reasons)
        rules = tuple(
            SectionRule(scaling, low, choice.threshold, parent, need)
            for scaling, low, choice, parent, need in zip(
                fitted.scalings, suggest, chosen, self._parents, self._needs, strict=True
            )
        )
        whole = ModelRules(rules, self._settings.min_tags, self._settings.max_tags)
        return FittedRules((whole,), strength=strength, never=tuple(choice.never for choice in chosen))

    def _choose_apply(
        self,
        left_out: frozenset[int],
        suggest: Sequence[float],
        used: NDArray[np.bool_],
        *,
        with_reasons: bool,
    ) -> list[ApplyChoice]:
        target = self._settings.target_precision
        if self._settings.review_only:
            return [ApplyChoice(None, NeverApplied("review_only", target))] * len(suggest)
        probabilities = self._unseen(left_out)[used]
        met = needs_met(probabilities, self._needs, "apply")
        labels, stories = self._labels[used], self._stories[used]
        chosen = choose_apply(probabilities, labels, stories, suggest, met, target, with_reasons=with_reasons)
        untrained = {s: need for s, need in enumerate(self._needs) if need is not None and not need.columns}
        return [
            ApplyChoice(None, NeverApplied("needs", target, detail=untrained[s].unmet("apply")))
            if s in untrained
            else c
            for s, c in enumerate(chosen)
        ]

    def choose_strength(self, without: Iterable[int] = ()) -> StrengthChoice:
        """Return the best strength on all folds except ``without``; each fold is scored by rules that have not seen it.

        Of equal strengths, the highest wins: it trusts a section's own threshold least.
        """
        left_out = frozenset(without)
        n_sections = self._labels.shape[1]
        correct, given = np.zeros((2, len(STRENGTHS), n_sections), dtype=np.int64)
        for fold in sorted(set(self._folds.tolist()) - left_out):
            held_out = self._folds == fold
            fitted = self._fit(left_out | {fold})
            labels, probabilities = self._labels[held_out], fitted.probabilities(self._margins[held_out])
            met = needs_met(probabilities, self._needs, "suggest")
            for k, strength in enumerate(STRENGTHS):
                suggested = at_least(probabilities, fitted.thresholds(strength)) & met
                tags = limit(suggested, probabilities, self._settings.min_tags, self._settings.max_tags)
                correct[k] += (tags & labels).sum(axis=0)
                given[k] += tags.sum(axis=0)
        right = self._labels[self._folds_without(left_out)].sum(axis=0)
        total = given + right
        macro = (2 * correct / np.maximum(total, 1)).mean(axis=1)
        micro = 2 * correct.sum(axis=1) / np.maximum(total.sum(axis=1), 1)
        value = micro + macro
        best = int(np.flatnonzero(value == value.max())[-1])
        return StrengthChoice(STRENGTHS[best], float(micro[best]), float(macro[best]))

    def _fit(self, left_out: frozenset[int]) -> _FoldFit:
        if left_out not in self._fits:
            scalings, used = self._calibrate(left_out), self._folds_without(left_out)
            margins, labels = self._margins[used], self._labels[used]
            probabilities = calibrated(scalings, margins, self._parents)
            columns = np.ascontiguousarray(probabilities.T), np.ascontiguousarray(labels.T)
            own = [f1_threshold(p, y) for p, y in zip(*columns, strict=True)]
            overall = f1_threshold(probabilities.ravel(), labels.ravel())
            self._fits[left_out] = _FoldFit(scalings, self._parents, labels.sum(axis=0), np.array(own), overall)
        return self._fits[left_out]

    def _unseen(self, left_out: frozenset[int]) -> NDArray[np.float64]:
        """Return the probabilities of all articles, of each fold by a calibration on the others; 0 if left out."""
        probabilities = np.zeros(self._margins.shape)
        for fold in sorted(set(self._folds.tolist()) - left_out):
            held_out = self._folds == fold
            scalings = self._calibrate(left_out | {fold})
            probabilities[held_out] = calibrated(scalings, self._margins[held_out], self._parents)
        return probabilities

    def _calibrate(self, left_out: frozenset[int]) -> list[PlattScaling]:
        if left_out not in self._scalings:
            used = self._folds_without(left_out)
            if not used.any():
                known = f"{len(used):,} of {self._n_articles:,} articles"
                raise CorpusError(
                    f"only {known} share words with the articles that a model was trained on, too few to choose "
                    "thresholds. Fix: add articles, and check that spaces separate their words"
                )
            self._scalings[left_out] = calibrate(self._margins[used], self._labels[used])
        return self._scalings[left_out]

    def _folds_without(self, left_out: frozenset[int]) -> NDArray[np.bool_]:
        return ~np.isin(self._folds, list(left_out))
