"""The labels in a cell, in every form in which a table may hold them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from classifier.corpus.readers.columns.classes import ClassNames
from classifier.corpus.readers.columns.lists import MAX_LIST, bare_items, inner_list, parsed
from classifier.corpus.readers.columns.values import is_nothing
from classifier.errors import SectionsError
from classifier.sections import Sections
from classifier.text.markup import unescape

#: Stands where a person is to write the sections. It is no section, so that training refuses a row that still has it.
TO_LABEL = "?"
_MAX_NAME_LENGTH, _MAX_NAME_WORDS = 60, 6
_MAX_KEPT = 50_000
_SEPARATOR = re.compile(r"[\n|;]")
_COMMA = re.compile(",")
#: What stands between a section and its parents in a path.
_STEPS = (">", "/")
#: Keys under which annotation tools and APIs keep the name of a label.
_NAME_KEYS = ("name", "label", "title", "slug", "value", "id")
_LIST_KEYS = ("choices", "labels", "accept")
#: A name behind its number, as tools write classes.
_NUMBERED = re.compile(r"\d+\s*[:.)=\t-]\s*(\S.*)")


class Cells:
    """Reads labels from cells; what is a section decides how a cell is split."""

    def __init__(self, sections: Sections, class_names: ClassNames | None = None) -> None:
        self._sections = sections
        self._class_names = class_names
        spellings = [spelling for section in sections for spelling in section.spellings]
        self._most_separators = max((len(_SEPARATOR.findall(spelling)) for spelling in spellings), default=0)
        self._most_commas = max((spelling.count(",") for spelling in spellings), default=0)
        self._most_steps = {step: max((spelling.count(step) for spelling in spellings), default=0) for step in _STEPS}
        self._known: dict[str, bool] = {}
        self._read: dict[str, tuple[str, ...]] = {}

    def is_section(self, label: str) -> bool:
        """Return whether a label is a section."""
        known = self._known.get(label)
        if known is None:
            known = self._sections.get(label) is not None
            if len(self._known) < _MAX_KEPT:
                self._known[label] = known
        return known

    def labels(self, cell: Any) -> Any:
        """Return the labels in a cell as a list without repetitions, or the cell itself if it has no form of labels.

        Raises
        ------
        CorpusError
            If a number has no name in the file of class names.
        """
        if isinstance(cell, str):
            return list(self._of_text(cell))
        if isinstance(cell, list) and all(isinstance(label, str) and self._known.get(label) for label in cell):
            return list(dict.fromkeys(cell))
        found = self._of_value(cell)
        return cell if found is None else list(dict.fromkeys(found))

    def share_known(self, cells: Iterable[Any]) -> float:
        """Return the share of the labels in cells that are sections."""
        labels = [label for cell in cells for label in self.good_labels(cell)]
        return sum(map(self.is_section, labels)) / len(labels) if labels else 0.0

    def good_labels(self, cell: Any) -> Sequence[str]:
        """Return the labels in a cell, or none if it has no form of labels."""
        found = self.labels(cell)
        return found if isinstance(found, list) and all(isinstance(label, str) for label in found) else ()

    def _of_text(self, cell: str) -> tuple[str, ...]:
        found = self._read.get(cell)
        if found is None:
            found = tuple(dict.fromkeys(self._split(cell.strip())))
            if len(self._read) < _MAX_KEPT and len(cell) <= MAX_LIST:
                self._read[cell] = found
        return found

    def _split(self, cell: str) -> list[str]:
        if not cell:
            return []
        if self.is_section(cell):
            return [cell]
        if is_nothing(cell):
            return []
        if "&" in cell:
            cell = unescape(cell)
        if cell[-1] in "])}" and len(cell) <= MAX_LIST and (listed := inner_list(cell)):
            found = self._of_value(parsed(listed))
            if found is None and listed[0] != "(":  # a name may be in round brackets
                found = self._bare_list(listed[1:-1])
            if found is not None:
                return found
        return self._parts(cell)

    def _parts(self, text: str) -> list[str]:
        """Split text at separators; a section whose name has one in it stays whole."""
        parts = [part for part in self._cut(text, _SEPARATOR, self._most_separators) if part]
        return [label for part in parts for label in self._between_commas(part)]

    def _between_commas(self, text: str) -> list[str]:
        if "#" in text and not self.is_section(text):  # as doccano joins them in CSV
            parts = [self._item(part) for part in text.split("#")]
            if all(map(self.is_section, parts)):
                return parts
        if "," not in text or self.is_section(text):
            return [self._item(text)]
        parts = [self._item(part) for part in self._cut(text, _COMMA, self._most_commas) if part]
        if all(map(self.is_section, parts)):
            return parts
        # otherwise it may be a name with a comma in a spelling that no section has, or a sentence
        return parts if not self._most_commas and all(map(_may_be_a_name, parts)) else [self._item(text)]

    def _cut(self, text: str, separator: re.Pattern[str], most: int) -> list[str]:
        """Cut text at a separator, but not within a section, whose name has at most ``most`` of them."""
        ends = [found.start() for found in separator.finditer(text)] + [len(text)]
        parts: list[str] = []
        begin = first = 0
        while first < len(ends):
            last = min(len(ends) - 1, first + most)
            while last > first and not self.is_section(text[begin : ends[last]].strip()):
                last -= 1
            parts.append(text[begin : ends[last]].strip())
            begin, first = ends[last] + 1, last + 1
        return parts

    def _item(self, label: str) -> str:
        """Return one label: as it is, without its parents, or the name of its number."""
        label = label.strip()
        if self.is_section(label):
            return label
        if self._class_names:
            label = self._class_names.name(label)
        if (numbered := _NUMBERED.fullmatch(label)) and self.is_section(numbered[1]):
            return numbered[1]
        return self._end_of_path(label) if "/" in label or ">" in label else label

    def _end_of_path(self, path: str) -> str:
        """Return the section at the end of a path, whose name may hold the sign of a step, or else the path."""
        for step in _STEPS:
            parts = path.rsplit(step, self._most_steps[step] + 1)
            for first in range(1, len(parts)):
                if self.is_section(end := step.join(parts[first:]).strip()):
                    return end
        return path

    def _of_value(self, value: Any) -> list[str] | None:
        """Return the labels in a value that is not a text, or None if it has no form of labels."""
        match value:
            case bool() | None:
                return None
            case int() | float():
                return [] if value != value else [self._item(str(int(value)) if value % 1 == 0 else str(value))]
            case {**entries} if isinstance(value, dict):
                return self._of_mapping(entries)
            case list() | tuple() | set() | frozenset():
                return self._of_list(value if isinstance(value, list | tuple) else sorted(value, key=str))
        return None

    def _of_list(self, values: Iterable[Any]) -> list[str] | None:
        found: list[str] = []
        for value in values:
            inner = [self._item(value)] if isinstance(value, str) else self._of_value(value)
            if inner is None:
                return None
            found += filter(None, inner)
        return found

    def _of_mapping(self, value: Mapping[Any, Any]) -> list[str] | None:
        if not all(isinstance(key, str) for key in value):
            return None
        for key in _LIST_KEYS:
            if key in value:
                inner = value[key]
                return [self._item(inner)] if isinstance(inner, str) else self._of_value(inner)
        if value and all(isinstance(share, int | float) for share in value.values()):  # scores, as spaCy keeps them
            return [self._item(key) for key, share in value.items() if share >= 0.5]
        names = [value[key] for key in _NAME_KEYS if isinstance(value.get(key), str)]
        known = next((name for name in names if self.is_section(name)), None)
        return [known or self._item(names[0])] if names else None

    def _bare_list(self, inner: str) -> list[str]:
        """Return the items of a list without quotes, as DuckDB and PostgreSQL write it."""
        parts, has_quotes = bare_items(inner)
        if not has_quotes:
            parts = self._cut(inner, _COMMA, self._most_commas)
        return [self._item(part) for part in parts if part.strip() and part != "NULL"]


def _may_be_a_name(label: str) -> bool:
    return len(label) <= _MAX_NAME_LENGTH and len(label.split()) <= _MAX_NAME_WORDS


def problem_of(sections: Sections, label: str) -> str:
    """Return what is wrong with an unknown label, with the nearest one."""
    if label == TO_LABEL:
        return "nobody has labelled this row. Fix: replace “?” with its sections, or with nothing if it has none"
    try:
        sections.find(label)
    except SectionsError as error:
        is_list = "," in label and any(map(sections.get, label.split(",")))
        hint = ". If these are several, separate them with “|” or “;”, not with a comma" if is_list else ""
        return f"{error}{hint}"
    return ""
