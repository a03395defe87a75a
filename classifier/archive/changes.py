"""The difference between the tags of an article and the labels that it carries."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from classifier.answer import Answer, Tag
from classifier.sections import Sections


@dataclass(frozen=True, slots=True)
class TagChange:
    """The sections that the model would add to an article and remove from it; ``labels`` are those that it carries.

    ``removed`` holds the probabilities too. ``unknown`` are labels that are not sections; they are not compared.
    """

    labels: tuple[str, ...]
    added: tuple[Tag, ...]
    removed: tuple[tuple[str, float], ...]
    unknown: tuple[str, ...]


class LabelComparison:
    """Compares answers with labels.

    Parameters
    ----------
    sections : Sections
    trained : iterable of str
        The ids of the sections that the model can give. Labels of others are neither right nor wrong.
    """

    def __init__(self, sections: Sections, trained: Iterable[str]) -> None:
        self._sections = sections
        self._trained = frozenset(trained)

    def change(self, labels: Any, answer: Answer) -> TagChange:
        """Return the difference between labels and an answer that lists the sections below their threshold too."""
        ids: set[str] = set()
        unknown = []
        for label in labels if isinstance(labels, list | tuple) else ():
            section = self._sections.get(label) if isinstance(label, str) else None
            if section is None:
                unknown.append(str(label))
            else:
                ids.add(section.id)
        carried = ids.union(*map(self._sections.ancestors, ids)) if self._sections.have_parents else ids
        added = tuple(tag for tag in answer.tags if tag.decision != "below" and tag.section not in carried)
        probabilities = {tag.section: tag.probability for tag in answer.tags if tag.decision == "below"}
        lost = sorted(ids & probabilities.keys() & self._trained)
        return TagChange(
            tuple(sorted(ids)), added, tuple((section, probabilities[section]) for section in lost), tuple(unknown)
        )
