"""Margins to tags: which sections an article is given, and which of them without an editor."""

import math
from collections.abc import Sequence
from itertools import compress
from math import exp
from operator import ge, itemgetter
from typing import NamedTuple

from classifier.answer import Tag, new_tag
from classifier.store.manifest import Manifest, TrainedSection

_PROBABILITY = itemgetter(Tag._fields.index("probability"))


class Wish(NamedTuple):
    """What is asked of an article's tags.

    ``columns`` are those of the sections that may be suggested, None where all may; ``everything`` asks for sections
    below their threshold too; ``n_current`` counts the sections that the editor has chosen already.
    """

    columns: frozenset[int] | None
    everything: bool
    n_current: int


class _Rule(NamedTuple):
    """What turns a margin into a tag: what is needed of a `TrainedSection`, at hand."""

    section: str
    name: str
    slope: float
    offset: float
    suggest: float
    apply: float

    @classmethod
    def of(cls, entry: TrainedSection) -> "_Rule":
        apply = math.inf if entry.apply is None else entry.apply
        suggest = min(entry.suggest, apply)
        return cls(entry.section.id, entry.section.name, entry.slope, entry.offset, suggest, apply)


class Deciding:
    """A model's rules."""

    def __init__(self, manifest: Manifest) -> None:
        self._rules = [_Rule.of(entry) for entry in manifest.trained]
        self._floors = [_margin_floor(entry) for entry in manifest.trained]
        self._columns = range(len(self._rules))
        self._min_tags, self._max_tags = manifest.min_tags, manifest.max_tags
        self._is_limited = manifest.min_tags > 0 or manifest.max_tags is not None

    def tags(self, margins: Sequence[float], wish: Wish) -> list[Tag]:
        """Return the tags, strongest first; where everything is wanted also the sections below their threshold."""
        tags = self._reached(margins, wish.columns, wish.everything)
        return self._limited(tags, margins, wish) if self._is_limited else tags

    def _reached(self, margins: Sequence[float], columns: frozenset[int] | None, everything: bool) -> list[Tag]:
        near = self._columns if everything else compress(self._columns, map(ge, margins, self._floors))
        tags = []
        for s in near if columns is None else [s for s in near if s in columns]:
            section, name, slope, offset, suggest, apply = self._rules[s]
            logit = slope * margins[s] + offset
            odds = exp(-abs(logit))  # of the less probable side: no overflow
            probability = (1.0 if logit >= 0 else odds) / (1.0 + odds)
            if probability >= suggest:
                tags.append(new_tag((section, name, probability, "apply" if probability >= apply else "review", None)))
            elif everything:
                tags.append(new_tag((section, name, probability, "below", None)))
        if len(tags) > 1:
            tags.sort(key=_PROBABILITY, reverse=True)
        return tags

    def _limited(self, tags: list[Tag], margins: Sequence[float], wish: Wish) -> list[Tag]:
        """Return as many tags as an article may have and must have, those that the editor has chosen included.

        What is added for want of tags is for an editor to see, whatever its probability.
        """
        given = [tag.section for tag in tags if tag.decision != "below"]
        kept = set(given if self._max_tags is None else given[: max(0, self._max_tags - wish.n_current)])
        missing = max(0, self._min_tags - wish.n_current - len(kept))
        if len(kept) == len(given) and not missing:
            return tags
        ranked = self._reached(margins, wish.columns, everything=True)
        added = {tag.section for tag in [tag for tag in ranked if tag.decision == "below"][:missing]}
        decided = [
            tag._replace(decision="review")
            if tag.section in added
            else tag
            if tag.section in kept
            else tag._replace(decision="below")
            for tag in ranked
        ]
        return decided if wish.everything else [tag for tag in decided if tag.decision != "below"]


def _margin_floor(entry: TrainedSection) -> float:
    """Return a margin just under the lowest that can be suggested: below it nothing needs to be computed."""
    lowest = entry.suggest if entry.apply is None else min(entry.suggest, entry.apply)
    if lowest < 1e-12:
        return -math.inf
    lowest = min(lowest, 1 - 1e-12)
    logit = math.log(lowest) - math.log1p(-lowest)
    return (logit - entry.offset) / entry.slope - 1e-6 * (1 + abs(logit) + abs(entry.offset)) / entry.slope
