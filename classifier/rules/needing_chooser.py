"""The choice of tags in a vocabulary whose sections need others, and which chooser of tags is the quickest."""

from collections.abc import Sequence
from typing import NamedTuple

from classifier.answer import Tag
from classifier.rules.family_chooser import FamilyChooser
from classifier.rules.needs import Need
from classifier.rules.tagging import ModelRules, TagChooser


class _Needed(NamedTuple):
    """A need, the ids of the needed sections, and the columns that give them their probability."""

    need: Need
    ids: frozenset[str]
    columns: tuple[int, ...]


class NeedingChooser(TagChooser):
    """A `TagChooser` that holds back the tags whose needs are not met.

    It takes a little longer, so a vocabulary without needs does without it.
    """

    def __init__(self, rules: ModelRules, sections: Sequence[tuple[str, str]]) -> None:
        super().__init__(rules, sections)
        self._free = _free_chooser(rules, sections)
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
        return tag._replace(decision="below")
    if tag.decision == "apply" and not need.met_by(highest, "apply"):
        return tag._replace(decision="review")
    return tag


def _free_chooser(rules: ModelRules, sections: Sequence[tuple[str, str]]) -> TagChooser:
    has_parents = any(parent is not None for parent in rules.parents)
    return (FamilyChooser if has_parents else TagChooser)(rules, sections)


def chooser_for(rules: ModelRules, sections: Sequence[tuple[str, str]]) -> TagChooser:
    """Return a chooser of tags: the quickest that these rules allow.

    Parameters
    ----------
    rules : ModelRules
    sections : sequence of (str, str)
        The id and name of each section, in the order of the columns.
    """
    has_needs = any(need is not None for need in rules.needs)
    return NeedingChooser(rules, sections) if has_needs else _free_chooser(rules, sections)
