"""The ``[group.NAME]`` tables of a vocabulary: what all sections of a group need."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from classifier.errors import SectionsError, shown
from classifier.schema import schema_error
from classifier.sections.needs import Needs, unknown_group
from classifier.sections.section import Section


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    needs: Needs | None = None


def with_needs_of_groups(sections: Sequence[Section], tables: Any) -> list[Section]:
    """Return sections that need what their group needs; what a section itself needs comes first.

    Parameters
    ----------
    sections : sequence of Section
    tables : mapping
        The ``[group.NAME]`` tables by name, as read from a file.

    Raises
    ------
    SectionsError
        If a table is not valid, or no section has its group; the message names it.
    """
    if not isinstance(tables, Mapping):
        raise SectionsError("group must be a table for each group. Fix: write [group.NAME]")
    groups = {section.group for section in sections if section.group}
    found: dict[str, Needs | None] = {}
    for name, table in tables.items():
        where = f"[group.{_as_key(name)}]"
        if not isinstance(table, Mapping):
            raise SectionsError(f"{where} must be a table. Fix: write {where} on a line of its own, and needs below it")
        if name not in groups:
            raise SectionsError(f"{where}: no section has this group. {unknown_group(name, groups)}")
        try:
            found[name] = _Group.model_validate(table).needs
        except ValidationError as error:
            raise SectionsError(f"{where}: {schema_error(error).detail}") from None
    return [
        section.model_copy(update={"needs": found[section.group]})
        if section.needs is None and found.get(section.group) is not None and section.status == "active"
        else section
        for section in sections
    ]


def _as_key(name: str) -> str:
    """Return a name as a TOML file has it after “group.”."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", name) else shown(name)
