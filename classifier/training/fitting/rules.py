"""What turns margins into tags: calibration, thresholds and limits, fitted on out-of-fold margins."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.errors import CorpusError
from classifier.rules.scores import Scores
from classifier.training.fitting.calibration import Platt, calibrate
from classifier.training.fitting.thresholds import (
    decide,
    f1_threshold,
    limit,
    precision_threshold,
    shrunk,
    worst_of_each_story,
)
from classifier.training.settings import TrainingSettings

#: A section's own threshold counts as much as that of all sections when it has as many positives: the choices.
STRENGTHS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True)
class SectionRule:
    """How one section's margins become decisions.

    ``suggest`` and ``apply`` are probabilities; ``apply`` is None for a section that always needs an editor.
    """

    platt: Platt
    suggest: float
    apply: float | None


@dataclass(frozen=True)
class Rules:
    """How margins become tags.

    ``strength`` is how hard thresholds were held to that of all sections, in positives. An article gets at least
    ``min_tags`` tags and at most ``max_tags``, where that is given.
    """

    sections: tuple[SectionRule, ...]
    strength: float
    min_tags: int
    max_tags: int | None

    def scores(self, margins: NDArray[np.float64]) -> Scores:
        """Return what is made of margins of shape (n_articles, n_sections); a row of NaN gets no tags."""
        probabilities = _probabilities([rule.platt for rule in self.sections], margins)
        suggested = decide(probabilities, [rule.suggest for rule in self.sections])
        kept = limit(suggested, probabilities, self.min_tags, self.max_tags)
        kept &= ~np.isnan(margins)
        return Scores(probabilities, kept, kept & decide(probabilities, [rule.apply for rule in self.sections]))


@dataclass(frozen=True)
class Choice:
    """How hard thresholds are held to that of all sections, and the F1 that this gives."""

    strength: float
    micro_f1: float
    macro_f1: float


@dataclass(frozen=True)
class _Fitted:
    """Calibration and thresholds of some folds, before the thresholds are held to that of all sections."""

    platts: list[Platt]
    support: NDArray[np.int64]
    own: NDArray[np.float64]
    overall: float

    def thresholds(self, strength: float) -> NDArray[np.float64]:
        return shrunk(self.own, self.overall, self.support, strength)


class RuleFitter:
    """Fits rules on the articles of some folds; what two such fits have in common is computed once.

    Parameters
    ----------
    margins : float64 array of shape (n_articles, n_sections)
        Out-of-fold: the model that gave a margin had not seen the article. A row of NaN is left out.
    labels : bool array of the same shape
    folds, stories : int64 arrays of shape (n_articles,)
    settings : TrainingSettings

    Raises
    ------
    CorpusError
        From each method, if the folds that it fits on hold no row that is not NaN.
    """

    def __init__(
        self,
        margins: NDArray[np.float64],
        labels: NDArray[np.bool_],
        folds: NDArray[np.int64],
        stories: NDArray[np.int64],
        settings: TrainingSettings,
    ) -> None:
        known = ~np.isnan(margins).any(axis=1)
        self._margins, self._labels = margins[known], labels[known]
        self._folds, self._stories = folds[known], stories[known]
        self._n_articles = len(margins)
        self._settings = settings
        self._fitted: dict[frozenset[int], _Fitted] = {}

    def fit(self, without: Iterable[int] = ()) -> Rules:
        """Fit rules on all folds but those; the strength is chosen on folds that calibration and thresholds left out.

        Chosen is what makes micro-F1 plus macro-F1 of the tags highest.
        """
        left_out = frozenset(without)
        fitted = self._fit(left_out)
        strength = self.choose(left_out).strength
        used = self._without(left_out)
        rules = []
        for s, (platt, suggest) in enumerate(zip(fitted.platts, fitted.thresholds(strength).tolist(), strict=True)):
            sure = self._precision_threshold(platt.probabilities(self._margins[used, s]), self._labels[used, s], used)
            rules.append(SectionRule(platt, suggest, None if sure is None else max(sure, suggest)))
        return Rules(tuple(rules), strength, self._settings.min_tags, self._settings.max_tags)

    def _precision_threshold(
        self, probabilities: NDArray[np.float64], labels: NDArray[np.bool_], used: NDArray[np.bool_]
    ) -> float | None:
        one = worst_of_each_story(probabilities, labels, self._stories[used])
        return precision_threshold(probabilities[one], labels[one], self._settings.target_precision)

    def choose(self, without: Iterable[int] = ()) -> Choice:
        """Return the best strength on all folds but those, each scored by rules that had not seen it."""
        left_out = frozenset(without)
        n_sections = self._labels.shape[1]
        correct, given = np.zeros((2, len(STRENGTHS), n_sections), dtype=np.int64)
        for fold in sorted(set(self._folds.tolist()) - left_out):
            held = self._folds == fold
            fitted = self._fit(left_out | {fold})
            labels, probabilities = self._labels[held], _probabilities(fitted.platts, self._margins[held])
            for k, strength in enumerate(STRENGTHS):
                suggested = decide(probabilities, fitted.thresholds(strength).tolist())
                tags = limit(suggested, probabilities, self._settings.min_tags, self._settings.max_tags)
                correct[k] += (tags & labels).sum(axis=0)
                given[k] += tags.sum(axis=0)
        right = self._labels[self._without(left_out)].sum(axis=0)
        total = given + right
        macro = (2 * correct / np.maximum(total, 1)).mean(axis=1)
        micro = 2 * correct.sum(axis=1) / np.maximum(total.sum(axis=1), 1)
        worth = micro + macro
        best = int(np.flatnonzero(worth == worth.max())[-1])  # of equals the one that trusts a section's own least
        return Choice(STRENGTHS[best], float(micro[best]), float(macro[best]))

    def _fit(self, left_out: frozenset[int]) -> _Fitted:
        if left_out not in self._fitted:
            used = self._without(left_out)
            if not used.any():
                known = f"{len(used):,} of {self._n_articles:,} articles"
                raise CorpusError(
                    f"only {known} hold a term that a model of the others knows, "
                    "too few to fit thresholds on; add articles, and see that spaces set their words apart"
                )
            margins, labels = self._margins[used], self._labels[used]
            platts = calibrate(margins, labels)
            probabilities = _probabilities(platts, margins)
            own = [f1_threshold(probabilities[:, s], labels[:, s]) for s in range(labels.shape[1])]
            overall = f1_threshold(probabilities.ravel(), labels.ravel())
            self._fitted[left_out] = _Fitted(platts, labels.sum(axis=0), np.array(own), overall)
        return self._fitted[left_out]

    def _without(self, left_out: frozenset[int]) -> NDArray[np.bool_]:
        return ~np.isin(self._folds, list(left_out))


def _probabilities(platts: Iterable[Platt], margins: NDArray[np.float64]) -> NDArray[np.float64]:
    columns = [platt.probabilities(margins[:, s]) for s, platt in enumerate(platts)]
    return np.nan_to_num(np.column_stack(columns), nan=0.0)
