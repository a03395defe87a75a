"""The rules that turn margins into tags: calibration, thresholds and limits.

`ModelRules.predict` applies them to many articles at once, as training and measuring do; `TagChooser.choose` applies
them to one article, as serving does. Both compute the same probabilities to the bit and decide the same.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from math import exp
from operator import ge, itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from classifier.answer import Tag, new_tag
from classifier.rules.needs import Need, SectionNeeds, needs_met
from classifier.rules.parents import Parents, lineages, with_parents_raised
from classifier.terms.compiler import compiled_when_called

#: The probability of a tag.
PROBABILITY_OF = itemgetter(Tag._fields.index("probability"))


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
    columns = [scaling.probabilities(margins[:, s]) for s, scaling in enumerate(scalings)]
    return with_parents_raised(np.nan_to_num(np.column_stack(columns), nan=0.0), parents)


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


class Selection(NamedTuple):
    """The sections that an answer may hold.

    ``columns`` are the sections that may be suggested, None for all. ``with_below`` asks for the sections below their
    threshold as well. ``n_current`` counts the sections that the editor has already chosen.
    """

    columns: frozenset[int] | None
    with_below: bool
    n_current: int


EVERY_SECTION = Selection(None, with_below=False, n_current=0)


class _FlatRule(NamedTuple):
    """A `SectionRule` with the section's id and name: one level of attributes, because each is read for each tag."""

    section: str
    name: str
    slope: float
    offset: float
    suggest: float
    apply: float


class TagChooser:
    """Chooses the tags of one article at a time.

    Parameters
    ----------
    rules : ModelRules
    sections : sequence of (str, str)
        The id and name of each section, in the order of the columns.
    """

    def __init__(self, rules: ModelRules, sections: Sequence[tuple[str, str]]) -> None:
        self._rules = [
            _FlatRule(id_, name, rule.scaling.slope, rule.scaling.offset, rule.suggest_from, rule.apply_from)
            for (id_, name), rule in zip(sections, rules.sections, strict=True)
        ]
        self._floors = [margin_floor(rule.slope, rule.offset, rule.suggest) for rule in self._rules]
        self._columns = range(len(self._rules))
        self._min_tags, self._max_tags = rules.min_tags, rules.max_tags
        self._is_limited = rules.min_tags > 0 or rules.max_tags is not None

    def choose(self, margins: Sequence[float], selection: Selection = EVERY_SECTION) -> list[Tag]:
        """Return the tags of an article, the most probable first.

        Parameters
        ----------
        margins : sequence of float
            One for each section, in the order of the columns.
        selection : Selection
        """
        tags = self.over_threshold(margins, selection.columns, selection.with_below)
        return self._within_limits(tags, margins, selection) if self._is_limited else tags

    def over_threshold(self, margins: Sequence[float], columns: frozenset[int] | None, with_below: bool) -> list[Tag]:
        """Return the tags that reach their thresholds, the most probable first, before the limits on their number.

        Parameters
        ----------
        margins : sequence of float
            As for `choose`.
        columns : frozenset of int, optional
            The sections that may be tags.
        with_below : bool
            Return the other sections as well, with the decision ``below``.
        """
        near = self._columns if with_below else compress(self._columns, map(ge, margins, self._floors))
        tags = []
        for s in near if columns is None else [s for s in near if s in columns]:
            section, name, slope, offset, suggest, apply = self._rules[s]
            logit = slope * margins[s] + offset
            odds = exp(-abs(logit))  # as in `_logistic`
            probability = (1.0 if logit >= 0 else odds) / (1.0 + odds)
            if probability >= suggest:
                tags.append(new_tag((section, name, probability, "apply" if probability >= apply else "review", None)))
            elif with_below:
                tags.append(new_tag((section, name, probability, "below", None)))
        if len(tags) > 1:
            tags.sort(key=PROBABILITY_OF, reverse=True)
        return tags

    def _within_limits(self, tags: list[Tag], margins: Sequence[float], selection: Selection) -> list[Tag]:
        """Remove and add tags as `limit` does; the sections that the editor has chosen count as tags.

        A tag that was added needs an editor, whatever its probability.
        """
        given = [tag.section for tag in tags if tag.decision != "below"]
        kept = set(given if self._max_tags is None else given[: max(0, self._max_tags - selection.n_current)])
        missing = max(0, self._min_tags - selection.n_current - len(kept))
        if len(kept) == len(given) and not missing:
            return tags
        ranked = self.over_threshold(margins, selection.columns, with_below=True)
        added = {tag.section for tag in [tag for tag in ranked if tag.decision == "below"][:missing]}
        limited = [_limited(tag, tag.section in kept, tag.section in added) for tag in ranked]
        return limited if selection.with_below else [tag for tag in limited if tag.decision != "below"]


def _limited(tag: Tag, is_kept: bool, is_added: bool) -> Tag:
    """Return a tag with its decision after the limits."""
    if is_added:
        return tag._replace(decision="review")
    return tag if is_kept else tag._replace(decision="below")


def margin_floor(slope: float, offset: float, threshold: float) -> float:
    """Return a margin just under the lowest one whose probability reaches a threshold: no smaller one has to be tried.

    It is for speed, and need not be exact.
    """
    if threshold < 1e-12:
        return -math.inf
    lowest = min(threshold, 1 - 1e-8)  # closer to 1, the logit is too rough
    logit = math.log(lowest) - math.log1p(-lowest)
    return (logit - offset) / slope - 1e-6 * (1 + abs(logit) + abs(offset)) / slope
