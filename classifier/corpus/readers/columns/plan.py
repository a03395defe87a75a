"""The plan of a table: which of its columns hold what, decided by their names and by the values of its first rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifier.article import ALIASES
from classifier.corpus.readers.columns.cells import TO_LABEL, Cells
from classifier.corpus.readers.columns.names import field_of, find_column, plain, rank, split_of
from classifier.corpus.readers.columns.story import set_story_apart
from classifier.corpus.readers.columns.values import is_nothing
from classifier.corpus.readers.columns.weights import may_be_weights
from classifier.corpus.readers.rows import Reading, UnreadLabels
from classifier.errors import CorpusError, shown
from classifier.sections import Sections

#: Columns whose labels are sections at least this often are labels together; the others are another vocabulary's.
_SHARE_OF_SECTIONS = 0.5
#: The column is offered as the one with the labels if its values are sections this often.
_SHARE_TO_OFFER = 0.5
_MAX_LABEL_LENGTH = 60
_MAX_NAMED = 20
_MAX_EXAMPLES = 5
_MAX_NAME_LENGTH = 40
_MAX_NAME_WORDS = 5
#: The outermost keys of exports of Ghost.
_OF_GHOST = (frozenset({"db"}), frozenset({"meta", "data"}))
#: The first names in the row of labels are taken even if nothing in them is a section: then those labels are errors.
_SURE_NAMES = 10
_FLAGS = frozenset({"0", "1", "0.0", "1.0", "true", "false", "yes", "no", ""})
_SET = frozenset({"1", "1.0", "true", "yes"})


@dataclass
class Plan:
    """Which columns of a table hold which field.

    ``labels`` are read together, ``flags`` are columns that are each named like a section. Of ``body`` and
    ``headline`` the first that is not empty in a row is read. ``others`` holds the one column of every other field.
    """

    labels: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    headline: list[str] = field(default_factory=list)
    others: dict[str, str] = field(default_factory=dict)

    @property
    def used(self) -> set[str]:
        """The columns that are read."""
        return {*self.labels, *self.flags, *self.body, *self.headline, *self.others.values()}


def is_set(cell: Any) -> bool:
    """Return whether the cell of a column named like a section means that the section applies."""
    return str(cell).strip().casefold() in _SET


def may_be_used(columns: Iterable[str], sections: Sections, reading: Reading) -> list[str]:
    """Return the columns that a plan may use, by their names alone: the readers of Parquet read no others."""
    asked = {plain(name) for name in (*reading.labels, reading.text, reading.headline, reading.weight) if name}
    return [name for name in columns if field_of(name) or plain(name) in asked or sections.get(name)]


def make_plan(
    path: Path, values: Mapping[str, Sequence[Any]], cells: Cells, sections: Sections, reading: Reading
) -> Plan:
    """Decide which columns hold what.

    Parameters
    ----------
    path : Path
        The file, for messages.
    values : mapping of str to sequence
        The values of each column in the first rows that are not empty; long ones cut.

    Raises
    ------
    CorpusError
        If a column that ``reading`` names is missing, or no column holds the text.
    """
    plan = Plan()
    columns = list(values)
    by_field: dict[str, list[str]] = {}
    for column in columns:
        by_field.setdefault(field_of(column) or "", []).append(column)
    for names in by_field.values():
        names.sort(key=lambda name: rank(name) if field_of(name) else 0)
    set_story_apart(by_field, values, reading.text)
    plan.labels = [_asked(path, name, columns, "--labels") for name in reading.labels]
    if not plan.labels:
        plan.labels = _labels(by_field.get("sections", ()), values, cells)
    plan.flags = [] if plan.labels else _flags(columns, values, sections)
    _choose_texts(plan, path, by_field, values, cells, reading)
    for name in ("id", "published", "language", "source", "url", "story", "translation_of", "weight", "label_source"):
        free = [column for column in by_field.get(name, ()) if column not in plan.used]
        if name == "weight":  # such as the weight of a product
            free = [column for column in free if may_be_weights(values[column])]
        if free:
            plan.others[name] = next((column for column in free if values[column]), free[0])
    if reading.weight:
        plan.others["weight"] = _asked(path, reading.weight, columns, "--weight")
    split = [column for column in by_field.get("split", ()) if values[column] and all(map(split_of, values[column]))]
    if split:
        plan.others["split"] = split[0]
    return plan


def _asked(path: Path, name: str, columns: Sequence[str], option: str) -> str:
    found = find_column(name, columns)
    if found is None:
        raise CorpusError(
            f"{path} has no column {shown(name)}. Its columns are {named(columns)}. "
            f"Fix: give {option} one of these, or leave it out"
        )
    return found


def _labels(candidates: Sequence[str], values: Mapping[str, Sequence[Any]], cells: Cells) -> list[str]:
    """Return the columns that hold labels: those whose values are sections, or else the first with a sure name."""
    shares = {name: cells.share_known(values[name]) for name in candidates}
    known = [name for name in candidates if shares[name] >= _SHARE_OF_SECTIONS]
    if known:  # a column that is empty so far may hold labels further down
        return [name for name in candidates if name in known or (rank(name) < _SURE_NAMES and not values[name])]
    if any(shares.values()):
        return [max(candidates, key=lambda name: shares[name])]
    sure = [name for name in candidates if rank(name) < _SURE_NAMES or _look_like_labels(values[name], cells)]
    return sure[:1]


def _look_like_labels(found: Sequence[Any], cells: Cells) -> bool:
    """Return whether values are few and short, as labels are."""
    labels = [label for value in found for label in cells.good_labels(value)]
    if len(labels) < 2 or any(len(label) > _MAX_LABEL_LENGTH for label in labels):
        return False
    return 1 < len(set(labels)) <= max(2, len(labels) // 2)


def _flags(columns: Sequence[str], values: Mapping[str, Sequence[Any]], sections: Sections) -> list[str]:
    """Return the columns that are named like sections and hold 0 or 1, if there are at least two."""
    found = [
        name
        for name in columns
        if sections.get(name)
        and values[name]
        and all(str(value).strip().casefold() in _FLAGS for value in values[name])
    ]
    return found if len(found) > 1 else []


def _choose_texts(
    plan: Plan,
    path: Path,
    by_field: Mapping[str, Sequence[str]],
    values: Mapping[str, Sequence[Any]],
    cells: Cells,
    reading: Reading,
) -> None:
    columns = list(values)
    taken = {*plan.labels, *plan.flags}
    if reading.text:
        plan.body = [_asked(path, reading.text, columns, "--text")]
    if reading.headline:
        plan.headline = [_asked(path, reading.headline, columns, "--headline")]
    taken |= plan.used
    if not plan.headline:
        plan.headline = _first(by_field.get("headline", ()), taken, values, "headline")
    if not plan.body:
        plan.body = _first(by_field.get("body", ()), taken, values, "body")
    if not plan.body:
        plan.body = _first(by_field.get("summary", ()), taken, values, "summary")[:1]
    if not plan.body and not plan.headline:
        raise CorpusError(_no_text(path, columns, cells))


def _first(
    candidates: Sequence[str], taken: Collection[str], values: Mapping[str, Sequence[Any]], field_name: str
) -> list[str]:
    """Return the first column that has values, and after it others that an article's field may always be called."""
    free = [name for name in candidates if name not in taken]
    first = next((name for name in free if any(map(_says_something, values[name]))), None) or next(iter(free), None)
    if first is None:
        return []
    usual = {plain(name) for name in ALIASES.get(field_name, ())}
    return [first, *(name for name in free if name != first and plain(name) in usual)]


def _says_something(value: Any) -> bool:
    return not (isinstance(value, str) and is_nothing(value))


def _no_text(path: Path, columns: Sequence[str], cells: Cells) -> str:
    if not all(map(_is_a_name, columns)) or any(map(cells.is_section, columns)):
        return (
            f"{path}:1: no column holds the text, and the first line looks like an article, not like the names of "
            "columns. Fix: add a first line with the names of the columns, such as labels,headline,body"
        )
    ghost = ", or add --format ghost if the file is an export of Ghost" if set(columns) in _OF_GHOST else ""
    return (
        f"{path}: no column is known to hold the text. Its columns are {named(columns)}. "
        f"Fix: name the column with --text, or rename it to body{ghost}"
    )


def _is_a_name(column: str) -> bool:
    """Return whether the name of a column may be one, not a value in a table without names."""
    name = column.strip()
    if len(name) > _MAX_NAME_LENGTH or len(name.split()) > _MAX_NAME_WORDS or not name.isprintable():
        return False
    return bool(name) and any(character.isalpha() for character in name)


def named(columns: Iterable[str]) -> str:
    """Return the names of columns for a message; a name that may be text is not shown."""
    names = [name if _is_a_name(name) else f"a name of {len(name):,} characters" for name in columns]
    more = len(names) - _MAX_NAMED
    return ", ".join(names[:_MAX_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def look_for_labels(
    path: Path, plan: Plan, values: Mapping[str, Sequence[Any]], counts: Mapping[str, int], cells: Cells
) -> list[UnreadLabels]:
    """Return the columns that are not read, but whose values are sections or, if no labels are read, look like some."""
    found = []
    has_none = not plan.flags and not any(values[name] for name in plan.labels)
    instead_of = named(plan.labels) if _hold_other_labels([values[name] for name in plan.labels], cells) else ""
    for name in values:
        if name in plan.used or not _is_a_name(name):
            continue
        labels = [label for value in values[name] for label in cells.good_labels(value)]
        are_sections = cells.share_known(values[name]) >= _SHARE_TO_OFFER
        if are_sections or (has_none and _look_like_labels(values[name], cells)):
            examples = tuple(dict.fromkeys(label for label in labels if len(label) <= _MAX_LABEL_LENGTH))
            option = f"--labels {_quoted(name)}"
            place = f"column “{name}”"
            found.append(
                UnreadLabels(path, place, option, counts[name], examples[:_MAX_EXAMPLES], are_sections, instead_of)
            )
    return found


def _hold_other_labels(columns: Iterable[Sequence[Any]], cells: Cells) -> bool:
    """Return whether columns hold labels, and none of them is a section."""
    labels = {label for found in columns for value in found for label in cells.good_labels(value)}
    return bool(labels - {TO_LABEL}) and not any(map(cells.is_section, labels))


def _quoted(name: str) -> str:
    return f"'{name}'" if " " in name else name
