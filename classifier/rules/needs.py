"""Sections that need others: a region is applied only if some theme is probable too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.sections import Section


@dataclass(frozen=True)
class Need:
    """What a section needs: that one of ``columns`` reaches a probability.

    Below ``suggest`` the section is not even suggested, below ``apply`` it is not applied without an editor. ``words``
    names the needed sections, such as “a section of the group theme”. ``columns`` is empty if none of them is trained:
    then the section is never applied, but it is suggested as if it needed nothing.
    """

    columns: tuple[int, ...]
    apply: float
    suggest: float
    words: str

    def met_by(self, highest: float, to: Literal["suggest", "apply"]) -> bool:
        """Return whether the need is met if the most probable of the needed sections has the probability ``highest``.

        ``highest`` is 0 if none of them is trained.
        """
        return highest >= self.apply if to == "apply" else not self.columns or highest >= self.suggest

    def unmet(self, to: Literal["suggest", "apply"]) -> str:
        """Return what is missing, such as “no section of the group theme reaches 0.5”."""
        probability = self.apply if to == "apply" else self.suggest
        if self.words.startswith("a "):
            return f"no {self.words[2:]} {f'reaches {probability:g}' if self.columns else 'is trained'}"
        return f"{self.words} {f'does not reach {probability:g}' if self.columns else 'is not trained'}"


#: What each section needs, in the order of the columns; None for a section that needs nothing.
SectionNeeds: TypeAlias = Sequence[Need | None]


def needs_of(trained: Sequence[Section]) -> tuple[Need | None, ...]:
    """Return what each of the trained sections needs, as columns; they are in the order of the columns."""
    at = {section.id: (column,) for column, section in enumerate(trained)}
    of_group: dict[str, tuple[int, ...]] = {}
    for column, section in enumerate(trained):
        of_group[section.group] = (*of_group.get(section.group, ()), column)
    found: list[Need | None] = []
    for section in trained:
        needs = section.needs
        if needs is None:
            found.append(None)
            continue
        needed = of_group.get(needs.group, ()) if needs.group is not None else at.get(str(needs.section), ())
        found.append(Need(needed, needs.apply, needs.suggest, needs.words))
    return tuple(found)


def needs_met(
    probabilities: NDArray[np.float64], needs: SectionNeeds, to: Literal["suggest", "apply"]
) -> NDArray[np.bool_]:
    """Return where the needs of each section are met, a bool array of the shape of ``probabilities``.

    Parameters
    ----------
    probabilities : float64 array of shape (n_articles, n_sections)
    needs : sequence of Need or None
    to : {"suggest", "apply"}
        What the needs are to be met for.
    """
    met = np.ones(probabilities.shape, dtype=np.bool_)
    for s, need in enumerate(needs):
        if need is not None and need.columns:
            highest = probabilities[:, list(need.columns)].max(axis=1)
            met[:, s] = highest >= (need.apply if to == "apply" else need.suggest)
        elif need is not None:
            met[:, s] = need.met_by(0.0, to)
    return met
