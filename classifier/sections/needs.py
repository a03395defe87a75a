"""Needs: a section that is applied without an editor only if one of certain other sections is probable too."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from classifier.errors import SectionsError, shown

_MAX_NAMED = 20


class Needs(BaseModel):
    """What a section needs: a section of ``group``, or ``section`` (an id), that is probable too.

    While none of these sections reaches the probability ``apply``, the section is not applied without an editor. While
    none reaches ``suggest``, it is not suggested.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    group: Annotated[str, Field(min_length=1)] | None = None
    section: Annotated[str, Field(min_length=1)] | None = None
    apply: Annotated[float, Field(gt=0, lt=1)] = 0.5
    suggest: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="before")
    @classmethod
    def _is_table(cls, data: Any) -> Any:
        if not isinstance(data, Mapping | Needs):
            problem = 'must be a table. Fix: write { group = "..." } or { section = "..." }'
            raise ValueError(problem)  # noqa: TRY004 - pydantic reports no other
        return data

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.group is None) == (self.section is None):
            raise ValueError("must name either a group or a section. Fix: give one of “group” and “section”")
        if self.suggest > self.apply:
            raise ValueError(
                f"suggest ({self.suggest:g}) must not be above apply ({self.apply:g}). Fix: lower “suggest”, or raise "
                "“apply”"
            )
        return self

    @model_serializer(mode="wrap")
    def _without_absent_fields(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = serialize(self)
        return {name: value for name, value in fields.items() if value is not None}

    @property
    def words(self) -> str:
        """The needed sections in words, such as “a section of the group theme”."""
        return f"a section of the group {self.group}" if self.group is not None else f"the section {self.section}"


class NeedingSection(Protocol):
    """The parts of a section that needs depend on."""

    @property
    def id(self) -> str:
        """The section's id."""

    @property
    def group(self) -> str:
        """Its group."""

    @property
    def needs(self) -> Needs | None:
        """What it needs."""


def check_needs(active: Sequence[NeedingSection]) -> None:
    """Check what the active sections of a vocabulary need.

    Raises
    ------
    SectionsError
        If a need names no active section or group, or needs go in a circle.
    """
    groups = {section.group for section in active if section.group}
    ids = {section.id for section in active}
    for section in active:
        if section.needs is not None:
            _check_target(section, section.needs, groups, ids)
    _check_circles(active)


def unknown_group(name: str, groups: Iterable[str]) -> str:
    """Return a fix for a group that no section has."""
    known = sorted(groups)
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"Fix: write {shown(near[0])}, or give that group to a section"
    named = f"; the groups are {', '.join(map(shown, known[:_MAX_NAMED]))}" if known else ""
    return f"Fix: give that group to a section, or correct the name{named}"


def _check_target(section: NeedingSection, needs: Needs, groups: set[str], ids: set[str]) -> None:
    where = f"{section.id}: needs"
    if needs.group is not None and needs.group not in groups:
        fix = unknown_group(needs.group, groups)
        raise SectionsError(f"{where} names the group {shown(needs.group)}, but no active section has it. {fix}")
    if needs.section is not None and needs.section not in ids:
        raise SectionsError(
            f"{where} must name the id of an active section, not {shown(needs.section)}. Fix: correct or remove needs"
        )


def _check_circles(active: Sequence[NeedingSection]) -> None:
    """Raise if a section needs itself, directly or by a detour. Groups are steps, so that there are few edges."""
    edges: dict[str, list[str]] = {}
    for section in active:
        if section.group:
            edges.setdefault(f"group {section.group}", []).append(section.id)
        needs = section.needs
        if needs is not None:
            edges[section.id] = [f"group {needs.group}" if needs.group is not None else str(needs.section)]
    done: set[str] = set()
    for start in edges:
        path: dict[str, None] = {}
        stack = [(start, False)]
        while stack:
            step, is_left = stack.pop()
            if is_left:
                del path[step]
                done.add(step)
            elif step in path:
                circle = [*list(path)[list(path).index(step) :], step]
                raise SectionsError(
                    f"needs go in a circle ({' needs '.join(_named(circle))}). Fix: remove needs from one of these"
                )
            elif step not in done:
                path[step] = None
                stack.append((step, True))
                stack += [(following, False) for following in edges.get(step, ())]


def _named(circle: Sequence[str]) -> list[str]:
    """Return the steps of a circle for a message; a section that stands for its group is left out."""
    groups = [step for step in circle if step.startswith("group ")]
    return groups if len(groups) > 1 else list(circle)
