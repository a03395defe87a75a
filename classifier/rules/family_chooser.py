"""The choice of tags in a vocabulary whose sections have parents, and which chooser of tags is the quickest."""

from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import compress
from operator import ge

from classifier.answer import Tag, new_tag
from classifier.rules.chooser import (
    PROBABILITY_OF,
    NeedingChooser,
    TagChooser,
    columns_over,
    floors_of,
    margin_floor,
)
from classifier.rules.parents import lineages
from classifier.rules.tagging import ModelRules


class FamilyChooser(TagChooser):
    """A `TagChooser` in which the probability of a parent is at least that of its children.

    It takes a little longer, so a vocabulary without parents does without it.
    """

    def __init__(
        self, rules: ModelRules, sections: Sequence[tuple[str, str]], elsewhere: Set[int] = frozenset()
    ) -> None:
        super().__init__(rules, sections, elsewhere)
        self._lineages = lineages(rules.parents)
        self._scalings = [rule.scaling for rule in rules.sections]
        #: Below its margin here, a section is not suggested, and raises no section above it to where that one is.
        self._family_floors = floors_of(
            min(margin_floor(rule.slope, rule.offset, self._rules[s].suggest) for s in (own, *above))
            for own, (rule, above) in enumerate(zip(self._rules, self._lineages, strict=True))
        )

    def over_threshold(self, margins: Sequence[float], columns: frozenset[int] | None, with_below: bool) -> list[Tag]:
        """Return the tags that reach their thresholds, as `TagChooser.over_threshold` does."""
        near: Iterable[int] = self._columns
        if self._is_wide and not with_below:
            near = columns_over(margins, self._family_floors)
        elif not with_below:
            near = compress(self._columns, map(ge, margins, self._family_floors))
        tags = []
        for s, probability in sorted(self._raised(near, margins).items()):
            if columns is not None and s not in columns:
                continue
            rule = self._rules[s]
            if probability >= rule.apply:
                tags.append(new_tag((rule.section, rule.name, probability, "apply", None, None)))
            elif probability >= rule.suggest:
                tags.append(new_tag((rule.section, rule.name, probability, "review", None, rule.unsure)))
            elif with_below:
                tags.append(new_tag((rule.section, rule.name, probability, "below", None, "threshold")))
        tags.sort(key=PROBABILITY_OF, reverse=True)
        return tags

    def _raised(self, near: Iterable[int], margins: Sequence[float]) -> Mapping[int, float]:
        """Return the probabilities of sections and of the sections above them, by column."""
        found: dict[int, float] = {}
        for s in near:
            probability = self._scalings[s].probability(margins[s])
            for column in (s, *self._lineages[s]):
                if probability > found.get(column, -1.0):
                    found[column] = probability
        return found


def chooser_for(
    rules: ModelRules, sections: Sequence[tuple[str, str]], elsewhere: Set[int] = frozenset()
) -> TagChooser:
    """Return a chooser of tags: the quickest that these rules allow.

    Parameters
    ----------
    rules : ModelRules
    sections : sequence of (str, str)
        The id and name of each section, in the order of the columns.
    elsewhere : set of int
        The columns of sections that are applied to texts of some length.
    """
    has_parents = any(parent is not None for parent in rules.parents)
    free = (FamilyChooser if has_parents else TagChooser)(rules, sections, elsewhere)
    has_needs = any(need is not None for need in rules.needs)
    return NeedingChooser(rules, sections, free) if has_needs else free
