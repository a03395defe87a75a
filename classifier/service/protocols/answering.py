"""Answering: the questions, matched with sections, and the tags of an article give the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from classifier.answer import Tag
from classifier.service.protocols.matching import Asked, AskedChoice, AskedSection
from classifier.service.protocols.questions import OptionValue
from classifier.service.protocols.shares import confidence, shares


@dataclass(frozen=True, slots=True)
class YesNo:
    """The answer to a question about one section: its probability, the same as that of POST /v1/tags."""

    name: str | None
    probability: float
    explanation: list[dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The answer to a choice: the option with the largest share, and the share of each, in the order of the options."""

    name: str | None
    values: Sequence[OptionValue]
    probabilities: Sequence[float]
    explanation: list[dict[str, Any]] | None = None

    @property
    def choice(self) -> OptionValue:
        """The option with the largest share; of equal ones, the first."""
        return max(zip(self.probabilities, self.values, strict=True), key=lambda pair: pair[0])[1]

    @property
    def confidence(self) -> float:
        """How far its share lies above equal shares."""
        return confidence(self.probabilities)


Answered = YesNo | Chosen


def answers_to(asked: Sequence[Asked], tags: Mapping[str, Tag], explain: bool) -> list[Answered]:
    """Return the answers, in the order of the questions.

    Parameters
    ----------
    asked : sequence of AskedSection or AskedChoice
    tags : mapping
        The tag of every section that the model knows, by the section's id.
    explain : bool
        Whether all answers get the evidence, or only those whose questions ask for it.
    """
    return [
        _of_section(each, tags, explain) if isinstance(each, AskedSection) else _of_choice(each, tags, explain)
        for each in asked
    ]


def _of_section(asked: AskedSection, tags: Mapping[str, Tag], explain: bool) -> Answered:
    tag = tags[asked.section]
    explanation = [tag.to_json()] if explain or asked.explain else None
    if not asked.values:
        return YesNo(asked.name, tag.probability, explanation)
    both = [tag.probability if i == asked.yes else 1.0 - tag.probability for i in range(len(asked.values))]
    return Chosen(asked.name, asked.values, both, explanation)


def _of_choice(asked: AskedChoice, tags: Mapping[str, Tag], explain: bool) -> Chosen:
    given = [_any([tags[section].probability for section in sections]) for sections in asked.sections if sections]
    found = shares(given, with_none=len(given) < len(asked.sections))
    none = found.pop() if len(given) < len(asked.sections) else 0.0
    rest = iter(found)
    ordered = [next(rest) if sections else none for sections in asked.sections]
    explanation = None
    if explain or asked.explain:
        explanation = [tags[section].to_json() for sections in asked.sections for section in sections]
    return Chosen(asked.name, asked.values, ordered, explanation)


def _any(probabilities: Sequence[float]) -> float:
    """Return the probability that any of some sections is right; that of one section as it is."""
    if len(probabilities) == 1:
        return probabilities[0]
    return 1.0 - reduce(lambda none, probability: none * (1.0 - probability), probabilities, 1.0)
