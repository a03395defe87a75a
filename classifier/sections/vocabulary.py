"""Section and Sections: the closed vocabulary that a newsroom tags with."""

import difflib
import heapq
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from classifier.errors import SectionsError, shown
from classifier.schema import schema_error
from classifier.sections.groups import with_needs_of_groups
from classifier.sections.needs import check_needs
from classifier.sections.section import Section
from classifier.toml_file import read_toml

_MAX_NAMED = 20
#: Spellings that are compared with an unknown label letter by letter.
_MAX_COMPARED = 20
#: The most sections that may stand above a section, one over the other.
MAX_ANCESTORS = 12


class Sections:
    """An ordered, closed set of sections, looked up by id, name or alias without regard to case.

    Raises
    ------
    SectionsError
        If two sections share a spelling, a ``replaced_by`` names no active section, or a ``parent`` is not the id of
        another section, goes in a circle, or has more than 12 sections above it; or if ``needs`` names no active
        section or group, or goes in a circle.
    """

    def __init__(self, sections: Iterable[Section]) -> None:
        self._sections = tuple(sections)
        if not self._sections:
            raise SectionsError("there are no sections. Fix: give at least one [[section]] with an id and a name")
        self._by_spelling: dict[str, Section] = {}
        for section in self._sections:
            for spelling in section.spellings:
                other = self._by_spelling.setdefault(_key(spelling), section)
                if other is not section:
                    raise SectionsError(
                        f"{shown(spelling)} stands for both {other.id} and {section.id}. Fix: rename one of them"
                    )
        self._by_id = {section.id: section for section in self._sections}
        for section in self._sections:
            self._check_replacement(section)
            self._check_parent(section)
        check_needs(self.active)
        above = [(section, self._ancestors_of(section)) for section in self._sections if section.parent]
        self._ancestors = {section.id: found for section, found in above if section.status == "active"}

    def _check_replacement(self, section: Section) -> None:
        if section.replaced_by is None:
            return
        target = self._by_spelling.get(_key(section.replaced_by))
        if target is None or target.status != "active":
            raise SectionsError(
                f"{section.id}: replaced_by must name an active section, not {shown(section.replaced_by)}. "
                "Fix: correct or remove replaced_by"
            )

    def _check_parent(self, section: Section) -> None:
        if section.parent is None:
            return
        parent = self._by_id.get(section.parent)
        where = f"{section.id}: parent"
        if parent is None:
            meant = self._by_spelling.get(_key(section.parent))
            fix = f"write {meant.id}" if meant else "correct or remove parent, or add that section"
            raise SectionsError(f"{where} must be the id of another section, not {shown(section.parent)}. Fix: {fix}")
        if section.status == "active" and parent.status != "active":
            raise SectionsError(
                f"{where} must be an active section, but {parent.id} is deprecated. Fix: name another section, or "
                "remove parent"
            )

    def _ancestors_of(self, section: Section) -> tuple[str, ...]:
        found: list[str] = []
        above = section.parent
        while above is not None:
            if above == section.id or above in found:
                circle = ", ".join([section.id, *found, above])
                raise SectionsError(
                    f"{section.id}: parent goes in a circle ({circle}). Fix: remove parent from one of these sections"
                )
            found.append(above)
            if len(found) > MAX_ANCESTORS:
                raise SectionsError(
                    f"{section.id} has too many levels of parents above it; {MAX_ANCESTORS} are allowed. Fix: remove "
                    "parent from one of the sections above it"
                )
            above = self._by_id[above].parent
        return tuple(found)

    def __iter__(self) -> Iterator[Section]:
        return iter(self._sections)

    def __len__(self) -> int:
        return len(self._sections)

    @classmethod
    def load(cls, path: Path) -> "Sections":
        """Read a TOML file of ``[[section]]`` tables, and of ``[group.NAME]`` tables with what the group needs.

        Raises
        ------
        SectionsError
            If the file cannot be read or is not TOML, or if a section or group is not valid; the message names it.
        """
        draft = f"copydesk sections --from ARCHIVE > {path}"
        data, _ = read_toml(path, SectionsError, missing=f"write it with “{draft}”, or start with “copydesk init DIR”")
        tables = data.get("section")
        others = ", ".join(map(shown, sorted(set(data) - {"section", "group"})[:_MAX_NAMED]))
        if not isinstance(tables, list):
            found = f" (found instead: {others})" if others else ""
            raise SectionsError(
                f"{path} has no [[section]] table{found}. Fix: write each section as a [[section]] table"
            )
        if others:
            raise SectionsError(
                f"{path} must contain [[section]] and [group.NAME] tables and nothing else. Fix: remove {others}"
            )
        sections = [_section(table, f"{path}, section {number}") for number, table in enumerate(tables, 1)]
        try:
            return cls(with_needs_of_groups(sections, data.get("group", {})))
        except SectionsError as error:
            raise SectionsError(f"{path}: {error}") from None

    @property
    def have_parents(self) -> bool:
        """Whether an active section has a parent."""
        return bool(self._ancestors)

    def ancestors(self, id: str) -> tuple[str, ...]:  # noqa: A002 - as the field is called
        """Return the ids of the parent of an active section, of that one's parent and so on; empty without a parent."""
        return self._ancestors.get(id, ())

    def parent_columns(self, columns: Sequence[str]) -> list[int | None]:
        """Return for each of these sections the column of the nearest one above it that is among them, or None."""
        at = {name: column for column, name in enumerate(columns)}
        return [next((at[above] for above in self.ancestors(name) if above in at), None) for name in columns]

    @property
    def active(self) -> tuple[Section, ...]:
        """The sections that may be trained and suggested, in order."""
        return tuple(section for section in self._sections if section.status == "active")

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """Names and aliases of all sections, longest first: the header line of a page consists of them."""
        names = (name for section in self._sections for name in (section.name, *section.aliases))
        found = {unicodedata.normalize("NFC", name) for name in names}  # as texts are
        return tuple(sorted(found, key=lambda name: (-len(name), name)))

    def find(self, label: str) -> Section:
        """Return the section that a label means; a deprecated one stands for its replacement.

        Raises
        ------
        SectionsError
            If no section has this spelling; the message names the nearest.
        """
        section = self.get(label)
        if section is None:
            raise SectionsError(f"unknown section {shown(label)}. {self.fix(label)}")
        return section

    def get(self, label: str) -> Section | None:
        """Return what `find` does, or None if the label is unknown."""
        section = self._by_spelling.get(_key(label))
        return self._current(section) if section else None

    def nearest(self, label: str) -> str | None:
        """Return the spelling that is most similar to a label, in lower case, or None if none is similar."""
        return next(iter(self._nearest(label)), None)

    def get_external(self, system: str, id: str) -> Section | None:  # noqa: A002 - it is the id there
        """Return the section that has this id in another system, such as ``wordpress``, or None.

        Raises
        ------
        SectionsError
            If several sections claim the id.
        """
        found = {self._current(section).id: section for section in self._by_external.get((system, _key(id)), ())}
        if len(found) > 1:
            raise SectionsError(
                f"{shown(id)} is the {system} id of {' and '.join(found)}. Fix: keep it only in one of them"
            )
        return next((self._current(section) for section in found.values()), None)

    def _current(self, section: Section) -> Section:
        return self._by_spelling[_key(section.replaced_by)] if section.replaced_by else section

    @cached_property
    def _by_external(self) -> Mapping[tuple[str, str], Sequence[Section]]:
        found: dict[tuple[str, str], list[Section]] = {}
        for section in self._sections:
            for system, id_ in section.external.items():
                found.setdefault((system, _key(id_)), []).append(section)
        return found

    @cached_property
    def _by_pair(self) -> Mapping[str, Sequence[str]]:
        """The spellings in which each pair of neighbouring characters occurs."""
        found: dict[str, list[str]] = {}
        for spelling in self._by_spelling:
            for pair in _pairs(spelling):
                found.setdefault(pair, []).append(spelling)
        return found

    def _nearest(self, label: str) -> list[str]:
        """Return the most similar spelling, or nothing if none is similar.

        Only the spellings that share most pairs of characters with the label are compared letter by letter, which
        takes far longer.
        """
        shared: Counter[str] = Counter()
        for pair in _pairs(_key(label)):
            shared.update(self._by_pair.get(pair, ()))
        candidates = heapq.nlargest(_MAX_COMPARED, shared, key=lambda name: shared[name] / (len(label) + len(name)))
        return difflib.get_close_matches(_key(label), candidates, n=1, cutoff=0.6)

    def fix(self, label: str) -> str:
        """Return the next step if a label is unknown: it names the nearest section, or those that there are."""
        near = self._nearest(label)
        if near:
            section = self._by_spelling[near[0]]
            return f"Fix: use a section of the vocabulary; the nearest is “{section.name}” ({section.id})"
        more = len(self._sections) - _MAX_NAMED
        named = ", ".join(section.id for section in self._sections[:_MAX_NAMED])
        return f"Fix: use a section of the vocabulary: {named}{f' and {more:,} more' if more > 0 else ''}"


def _section(table: Mapping[str, Any], where: str) -> Section:
    try:
        return Section.model_validate(table)
    except ValidationError as error:
        raise SectionsError(f"{where}: {schema_error(error).detail}") from None


def _key(spelling: str) -> str:
    """Return a spelling without regard to case, to white space, and to how Unicode composes its characters."""
    composed = unicodedata.normalize("NFC", re.sub(r"\s+", " ", spelling.strip()))
    return unicodedata.normalize("NFC", composed.casefold())


def _pairs(spelling: str) -> set[str]:
    padded = f" {spelling} "
    return {first + second for first, second in pairwise(padded)}
