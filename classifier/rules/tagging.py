"""The rules that turn margins into tags: calibration, thresholds and limits.

`ModelRules.predict` applies them to many articles at once, as training and measuring do; `classifier.rules.chooser`
applies them to one article, as serving does. Both compute the same probabilities to the bit and decide the same.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.rules.needs import Need, SectionNeeds, needs_met
from classifier.rules.parents import Parents, lineages, with_parents_raised
from classifier.terms.compiler import compiled_when_called


@dataclass(frozen=True)
class PlattScaling:
    """The calibration of one section: a margin's logit is ``slope * margin + offset``."""

    slope: float
    offset: float

    def probabilities(self, margins: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the probability of each margin, a float64 array of the same shape; NaN stays NaN."""
        logits = np.ascontiguousarray(self.slope * margins + self.offset)
        out = np.empty_like(logits)
        _logistic(logits.reshape(-1), out.reshape(-1))
        return out

    def probability(self, margin: float) -> float:
        """Return the probability of one margin, the same as `probabilities` gives it."""
        logit = self.slope * margin + self.offset
        odds = exp(-abs(logit))  # as in `_logistic`
        return (1.0 if logit >= 0 else odds) / (1.0 + odds)


@dataclass(frozen=True)
class SectionRule:
    """How the margins of one section become tags.

    ``suggest`` and ``apply`` are probabilities; ``apply`` is None for a section that always needs an editor. A tag that
    reaches ``apply`` is also suggested, even if ``suggest`` is higher. ``parent`` is the column of the section that
    this one is a part of. ``need`` is what must be probable too.
    """

    scaling: PlattScaling
    suggest: float
    apply: float | None
    parent: int | None = None
    need: Need | None = None

    @property
    def apply_from(self) -> float:
        """The probability from which a tag is applied; infinite if it never is."""
        return math.inf if self.apply is None else self.apply

    @property
    def suggest_from(self) -> float:
        """The probability from which a tag is suggested: the lower of the two thresholds."""
        return min(self.suggest, self.apply_from)


@dataclass(frozen=True)
class Predictions:
    """The tags of many articles; all three arrays have the shape (n_articles, n_sections).

    ``probabilities`` is float64; ``suggested`` marks the tags that an editor would see, ``applied`` the tags among them
    that need no editor.
    """

    probabilities: NDArray[np.float64]
    suggested: NDArray[np.bool_]
    applied: NDArray[np.bool_]


@dataclass(frozen=True)
class ModelRules:
    """The rules of all sections, in the order of the columns.

    Each article gets at least ``min_tags`` tags and, if ``max_tags`` is given, at most that many. Tags added to reach
    the minimum are suggested, never applied.
    """

    sections: tuple[SectionRule, ...]
    min_tags: int
    max_tags: int | None

    @property
    def parents(self) -> Parents:
        """The column of each section's parent, or None."""
        return tuple(rule.parent for rule in self.sections)

    @property
    def needs(self) -> SectionNeeds:
        """What each section needs, or None."""
        return tuple(rule.need for rule in self.sections)

    @cached_property
    def families(self) -> tuple[tuple[int, ...], ...]:
        """For each section its column, and the columns of the sections below it."""
        above = lineages(self.parents)
        return tuple((s, *(b for b, a in enumerate(above) if s in a)) for s in range(len(self.sections)))

    def deciding(self, margins: Sequence[float] | NDArray[np.float64], column: int) -> int:
        """Return the column whose margin gives a section its probability: its own, or that of a section below it.

        Parameters
        ----------
        margins : sequence of float, or float64 array of shape (n_sections,)
            Of one article.
        column : int
        """
        return max(self.families[column], key=lambda s: self.sections[s].scaling.probability(float(margins[s])))

    def held_back(self, margins: Sequence[float] | NDArray[np.float64], column: int) -> str | None:
        """Return why a section is not applied, or not suggested, although its probability is high enough; or None.

        Parameters
        ----------
        margins : sequence of float, or float64 array of shape (n_sections,)
            Of one article.
        column : int
        """
        rule = self.sections[column]
        if rule.need is None:
            return None
        own, *needed = (
            self.sections[c].scaling.probability(float(margins[c]))
            for c in (self.deciding(margins, s) for s in (column, *rule.need.columns))
        )
        highest = max(needed, default=0.0)
        if own >= rule.suggest_from and not rule.need.met_by(highest, "suggest"):
            return rule.need.unmet("suggest")
        return rule.need.unmet("apply") if own >= rule.apply_from and not rule.need.met_by(highest, "apply") else None

    def predict(self, margins: NDArray[np.float64]) -> Predictions:
        """Return the tags of many articles.

        Parameters
        ----------
        margins : float64 array of shape (n_articles, n_sections)
            A row of NaN gets no tags, whatever ``min_tags`` is.
        """
        probabilities = calibrated((rule.scaling for rule in self.sections), margins, self.parents)
        suggested = at_least(probabilities, [rule.suggest_from for rule in self.sections])
        suggested &= needs_met(probabilities, self.needs, "suggest")
        kept = limit(suggested, probabilities, self.min_tags, self.max_tags) & ~np.isnan(margins)
        applied = kept & at_least(probabilities, [rule.apply_from for rule in self.sections])
        applied &= needs_met(probabilities, self.needs, "apply")
        return Predictions(probabilities, kept, applied)


def calibrated(
    scalings: Iterable[PlattScaling], margins: NDArray[np.float64], parents: Parents = ()
) -> NDArray[np.float64]:
    """Return the probability of each margin, one scaling a column, of shape (n_articles, n_sections); 0 for NaN.

    The probability of a parent is at least that of its children. ``parents`` has the column of each section's parent.
    """
    of_sections = list(scalings)
    slopes, offsets = (np.array([getattr(item, name) for item in of_sections]) for name in ("slope", "offset"))
    out = np.empty(margins.shape)
    _logistic_of_sections(np.ascontiguousarray(margins), slopes, offsets, out)
    return with_parents_raised(out, parents)


def at_least(probabilities: NDArray[np.float64], thresholds: Sequence[float]) -> NDArray[np.bool_]:
    """Return which probabilities, of shape (n_articles, n_sections), reach the threshold of their section."""
    return np.asarray(probabilities >= np.array(thresholds, dtype=np.float64), dtype=np.bool_)


def limit(
    suggested: NDArray[np.bool_], probabilities: NDArray[np.float64], min_tags: int, max_tags: int | None
) -> NDArray[np.bool_]:
    """Remove and add tags so that each article has ``min_tags`` to ``max_tags``.

    The most probable tags are kept, and the most probable ones are added. Of equal probabilities, the lower column
    comes first.

    Parameters
    ----------
    suggested : bool array of shape (n_articles, n_sections)
    probabilities : float64 array of the same shape
    min_tags : int
    max_tags : int, optional

    Returns
    -------
    bool array of the same shape
    """
    if not min_tags and max_tags is None:
        return suggested
    order = np.lexsort((-probabilities, ~suggested), axis=1)  # suggested tags first, then by probability, descending
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.arange(order.shape[1])[None, :], axis=1)
    kept = suggested if max_tags is None else suggested & (place < max_tags)
    return np.asarray(kept | (place < min_tags), dtype=np.bool_)


@compiled_when_called("void", "const float64[:]", "float64[:]")
def _logistic(logits: Any, out: Any) -> None:
    """Write the probability of each logit. Compiled, because NumPy's own exp differs from Python's in the last bit."""
    for i in range(len(logits)):
        odds = math.exp(-abs(logits[i]))  # the odds of the less probable side cannot overflow
        out[i] = (1.0 if logits[i] >= 0 else odds) / (1.0 + odds)


@compiled_when_called("void", "const float64[:,:]", "const float64[:]", "const float64[:]", "float64[:,:]")
def _logistic_of_sections(margins: Any, slopes: Any, offsets: Any, out: Any) -> None:
    """Write the probability of each margin as `_logistic` does, each column by its section's scaling; 0 for NaN."""
    for i in range(margins.shape[0]):
        for s in range(margins.shape[1]):
            logit = slopes[s] * margins[i, s] + offsets[s]
            odds = math.exp(-abs(logit))
            out[i, s] = 0.0 if math.isnan(logit) else (1.0 if logit >= 0 else odds) / (1.0 + odds)
