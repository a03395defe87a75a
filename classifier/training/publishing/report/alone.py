"""Which sections can go without an editor, and how many more stories the others take."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifier.sections import Section
from classifier.training.fitting.applying import NeverApplied


@dataclass(frozen=True)
class GoesAlone:
    """A section that is applied without an editor; ``since`` says from which length on, in words."""

    section: Section
    since: str


@dataclass(frozen=True)
class NeedsStories:
    """A section that would be applied with about ``more`` stories more than the ``have`` that it has."""

    section: Section
    have: int
    more: int

    @property
    def percent(self) -> float:
        """How much of the way is done, 0 to 100."""
        return 100 * self.have / (self.have + self.more)


@dataclass(frozen=True)
class NeedsOther:
    """A section that more stories like the present ones are not known to help; ``why`` is what stands in the way."""

    section: Section
    why: NeverApplied


@dataclass(frozen=True)
class Readiness:
    """All trained sections, sorted: able to go alone, in need of stories (the nearest first), or of something else."""

    alone: tuple[GoesAlone, ...]
    need_stories: tuple[NeedsStories, ...]
    need_other: tuple[NeedsOther, ...]


def readiness(
    sections: Iterable[tuple[Section, str]], never: Mapping[str, NeverApplied], stories: Mapping[str, int]
) -> Readiness:
    """Sort the sections of a model by what it takes until they can go without an editor.

    Parameters
    ----------
    sections : iterable of (Section, str)
        Each trained section with the length from which on it is applied, in words.
    never : mapping
        Why sections are never applied, by id.
    stories : mapping
        The number of stories of each section, by id.
    """
    alone: list[GoesAlone] = []
    nearest: list[NeedsStories] = []
    others: list[NeedsOther] = []
    for section, since in sections:
        why = never.get(section.id)
        if why is None:
            alone.append(GoesAlone(section, since))
        elif why.more_stories:
            nearest.append(NeedsStories(section, stories.get(section.id, 0), why.more_stories))
        else:
            others.append(NeedsOther(section, why))
    nearest.sort(key=lambda item: item.more)
    return Readiness(tuple(alone), tuple(nearest), _by_cause(others))


def _by_cause(items: Sequence[NeedsOther]) -> tuple[NeedsOther, ...]:
    return tuple(sorted(items, key=lambda item: item.why.cause))
