"""The choice of the tags of one article in serving, by the rules that `ModelRules.predict` applies to many."""

import math
from collections.abc import Iterable, Sequence, Set
from itertools import compress
from math import exp
from operator import ge, itemgetter
from typing import NamedTuple

import numpy as np

from classifier.answer import Reason, Tag, new_tag
from classifier.rules.needs import Need
from classifier.rules.tagging import ModelRules, SectionRule
from classifier.terms.vocabulary import MANY_SECTIONS, viewed

#: The probability of a tag.
PROBABILITY_OF = itemgetter(Tag._fields.index("probability"))


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
    """A `SectionRule` with the section's id and name: one level of attributes, because each is read for each tag.

    ``unsure`` is the reason of a tag that is suggested and not applied.
    """

    section: str
    name: str
    slope: float
    offset: float
    suggest: float
    apply: float
    unsure: Reason


class TagChooser:
    """Chooses the tags of one article at a time.

    Parameters
    ----------
    rules : ModelRules
    sections : sequence of (str, str)
        The id and name of each section, in the order of the columns.
    elsewhere : set of int
        The columns of sections that are applied to texts of some length.
    """

    def __init__(
        self, rules: ModelRules, sections: Sequence[tuple[str, str]], elsewhere: Set[int] = frozenset()
    ) -> None:
        self._rules = [
            _FlatRule(
                *(id_, name, rule.scaling.slope, rule.scaling.offset, rule.suggest_from, rule.apply_from),
                unsure=_reason(rule, s in elsewhere),
            )
            for s, ((id_, name), rule) in enumerate(zip(sections, rules.sections, strict=True))
        ]
        self._floors = floors_of(margin_floor(rule.slope, rule.offset, rule.suggest) for rule in self._rules)
        self._is_wide = len(self._rules) >= MANY_SECTIONS
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
        near: Iterable[int] = self._columns
        if self._is_wide and not with_below:
            near = columns_over(margins, self._floors)
        elif not with_below:
            near = compress(self._columns, map(ge, margins, self._floors))
        tags = []
        for s in near if columns is None else [s for s in near if s in columns]:
            section, name, slope, offset, suggest, apply, unsure = self._rules[s]
            logit = slope * margins[s] + offset
            odds = exp(-abs(logit))  # as in `_logistic`
            probability = (1.0 if logit >= 0 else odds) / (1.0 + odds)
            if probability >= apply:
                tags.append(new_tag((section, name, probability, "apply", None, None)))
            elif probability >= suggest:
                tags.append(new_tag((section, name, probability, "review", None, unsure)))
            elif with_below:
                tags.append(new_tag((section, name, probability, "below", None, "threshold")))
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


def floors_of(floors: Iterable[float]) -> Sequence[float]:
    """Return the lowest margins that have to be tried: a list, or, of many sections, a view of an array."""
    found = list(floors)
    return found if len(found) < MANY_SECTIONS else viewed(np.array(found))


def columns_over(margins: Sequence[float], floors: Sequence[float]) -> list[int]:
    """Return the columns of the margins that reach their floors, of many sections."""
    found: list[int] = np.flatnonzero(np.asarray(margins) >= np.asarray(floors)).tolist()
    return found


def _reason(rule: SectionRule, is_applied_elsewhere: bool) -> Reason:
    """Return why tags of a section that are suggested may not be applied."""
    if rule.apply is not None:
        return "threshold"
    return "length" if is_applied_elsewhere else "never_applied"


def _limited(tag: Tag, is_kept: bool, is_added: bool) -> Tag:
    """Return a tag with its decision after the limits."""
    if is_added:
        return tag._replace(decision="review", reason="limit")
    return tag if is_kept or tag.decision == "below" else tag._replace(decision="below", reason="limit")


def margin_floor(slope: float, offset: float, threshold: float) -> float:
    """Return a margin just under the lowest one whose probability reaches a threshold: no smaller one has to be tried.

    It is for speed, and need not be exact.
    """
    if threshold < 1e-12:
        return -math.inf
    lowest = min(threshold, 1 - 1e-8)  # closer to 1, the logit is too rough
    logit = math.log(lowest) - math.log1p(-lowest)
    return (logit - offset) / slope - 1e-6 * (1 + abs(logit) + abs(offset)) / slope


class _Needed(NamedTuple):
    """A need, the ids of the needed sections, and the columns that give them their probability."""

    need: Need
    ids: frozenset[str]
    columns: tuple[int, ...]


class NeedingChooser(TagChooser):
    """A `TagChooser` that holds back the tags whose needs are not met.

    It takes a little longer, so a vocabulary without needs does without it.

    Parameters
    ----------
    rules : ModelRules
    sections : sequence of (str, str)
        The id and name of each section, in the order of the columns.
    free : TagChooser
        What chooses without regard to needs.
    """

    def __init__(self, rules: ModelRules, sections: Sequence[tuple[str, str]], free: TagChooser) -> None:
        super().__init__(rules, sections)
        self._free = free
        self._scalings = [rule.scaling for rule in rules.sections]
        made: dict[Need, _Needed] = {}
        self._needing: dict[str, _Needed] = {}
        for (name, _), rule in zip(sections, rules.sections, strict=True):
            if (need := rule.need) is not None:
                if need not in made:  # the sections of a group share one
                    ids = frozenset(sections[column][0] for column in need.columns)
                    columns = {below for column in need.columns for below in rules.families[column]}
                    made[need] = _Needed(need, ids, tuple(sorted(columns)))
                self._needing[name] = made[need]
        self._needed = tuple(made.values())

    def over_threshold(self, margins: Sequence[float], columns: frozenset[int] | None, with_below: bool) -> list[Tag]:
        """Return the tags that reach their thresholds and whose needs are met, as `TagChooser.over_threshold` does."""
        tags = self._free.over_threshold(margins, columns, with_below)
        for needed in self._needed:
            ids, enough = needed.ids, needed.need.apply
            for tag in tags:
                if tag.section in ids and tag.probability >= enough:
                    break
            else:
                return self._checked(tags, margins, with_below)
        return tags  # as nearly always: each need is met by one of the tags

    def _checked(self, tags: Sequence[Tag], margins: Sequence[float], with_below: bool) -> list[Tag]:
        highest: dict[int, float] = {}
        kept = []
        for tag in tags:
            needed = self._needing.get(tag.section)
            if needed is not None and tag.decision != "below":
                if (number := id(needed)) not in highest:
                    found = (self._scalings[c].probability(margins[c]) for c in needed.columns)
                    highest[number] = max(found, default=0.0)
                tag = _held_back(tag, needed.need, highest[number])
                if tag.decision == "below" and not with_below:
                    continue
            kept.append(tag)
        return kept


def _held_back(tag: Tag, need: Need, highest: float) -> Tag:
    """Return a tag with its decision after its need."""
    if not need.met_by(highest, "suggest"):
        return tag._replace(decision="below", reason="needs")
    if tag.decision == "apply" and not need.met_by(highest, "apply"):
        return tag._replace(decision="review", reason="needs")
    return tag
