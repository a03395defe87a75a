"""A stranger's table: its rows become rows with the fields of an article."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from classifier.corpus.readers.columns.cells import Cells
from classifier.corpus.readers.columns.classes import ClassNames
from classifier.corpus.readers.columns.names import field_of, split_of
from classifier.corpus.readers.columns.plan import Plan, is_set, look_for_labels, make_plan
from classifier.corpus.readers.columns.story import is_story, names_a_story
from classifier.corpus.readers.columns.values import LONGEST_NOTHING, id_of, is_nothing, text_of
from classifier.corpus.readers.packed import DAMAGE
from classifier.corpus.readers.rows import Columns, Found, Header, LeftOut, Reading, Row
from classifier.errors import CorpusError
from classifier.sections import Sections

#: The rows that decide which columns hold what, and the most characters of them that are kept meanwhile.
_PEEK_ROWS = 300
_PEEK_SIZE = 5_000_000
_MAX_VALUE = 300
_EMPTY_LISTS: tuple[Any, ...] = ([], (), {}, "[]", "{}")
_ORIGIN = ("url", "source")
_IDS = ("id", "story", "translation_of")


@dataclass(frozen=True)
class TablePlan:
    """The columns of the first rows of a table, and what they hold."""

    plan: Plan
    columns: tuple[str, ...]


class TableReader:
    """Finds the fields of articles in the rows of tables."""

    def __init__(self, sections: Sections, reading: Reading) -> None:
        self._sections = sections
        self._reading = reading
        self._names = ClassNames.load(reading.label_names) if reading.label_names else None
        self._cells = Cells(sections, self._names)

    def read(self, path: Path, rows: Iterator[Found]) -> Iterator[Found]:
        """Yield the rows of one table with the fields of an article, and after them the columns that hold these.

        Raises
        ------
        CorpusError
            If a column that was asked for is missing, or no column holds text. If the table is damaged, after the rows
            before the damage.
        """
        first, header, fault = _peek(rows)
        values, counts = _values(first, header)
        if values:
            try:
                plan = make_plan(path, values, self._cells, self._sections, self._reading)
            except CorpusError as error:
                raise fault or error from None
            yield from look_for_labels(path, plan, values, counts, self._cells)
        else:
            plan = Plan()
        yield from self.read_planned(TablePlan(plan, tuple(values)), chain(first, rows))
        if fault:
            raise fault
        if self._names:
            self._names.check_first()

    def plan(self, path: Path, rows: Iterator[Found]) -> "TablePlan":
        """Return what the first rows of a table decide, so that parts of it can be read apart from each other.

        Raises
        ------
        CorpusError
            As `read`.
        """
        first, header, _ = _peek(rows)  # of a damaged table, the rows before the damage decide
        values, _ = _values(first, header)
        plan = make_plan(path, values, self._cells, self._sections, self._reading) if values else Plan()
        return TablePlan(plan, tuple(values))

    def read_planned(self, planned: "TablePlan", rows: Iterator[Found]) -> Iterator[Found]:
        """Yield rows of a table as `read` does, by what its first rows have decided."""
        table = _Table(deepcopy(planned.plan), planned.columns, self._sections, self._cells, self._reading)
        yield from table.read(rows)

    def labels(self, cell: Any) -> Any:
        """Return the labels in a value, of whatever form; see `Cells.labels`."""
        return self._cells.labels(cell)


def _peek(rows: Iterator[Found]) -> tuple[list[Found], list[str], Exception | None]:
    """Return what stands before the row that is certain to come after the decision, and the names of the columns.

    Also why there is no more, if the table is damaged there.
    """
    first: list[Found] = []
    header: list[str] = []
    n_rows = size = 0
    try:
        for item in rows:
            if isinstance(item, Header):
                header = list(item.columns)
                continue
            first.append(item)
            if isinstance(item, Row):
                n_rows += 1
                size += len(item.raw)
            if n_rows >= _PEEK_ROWS or size > _PEEK_SIZE:
                break
    except (CorpusError, OSError, *DAMAGE) as fault:
        return first, header, fault
    return first, header, None


def _values(first: list[Found], header: list[str]) -> tuple[dict[str, list[Any]], Counter[str]]:
    """Return the short values of each column, and how many rows have one of any length."""
    values: dict[str, list[Any]] = {name: [] for name in header}
    counts: Counter[str] = Counter()
    for item in first:
        if isinstance(item, Row):
            for name, cell in item.fields.items():
                column = values.setdefault(name, [])
                if not _is_empty(cell) and cell not in _EMPTY_LISTS:
                    counts[name] += 1
                    column.append(cell[:_MAX_VALUE] if isinstance(cell, str) else cell)
    return values, counts


class _Table:
    """The rows of one table, read by a plan; a column that only later rows have joins it."""

    def __init__(self, plan: Plan, columns: Iterable[str], sections: Sections, cells: Cells, reading: Reading) -> None:
        self._plan = plan
        self._seen = dict.fromkeys(columns)
        self._sections = sections
        self._cells = cells
        self._split = reading.split
        self._asked = bool(reading.labels)
        self._held: list[Row] = []  # rows of a validation part, until it is known whether there is a test part
        self._has_test = False
        self._columns = _messages(plan)
        self._single = _single(plan)

    def read(self, rows: Iterator[Found]) -> Iterator[Found]:
        for item in rows:
            if not isinstance(item, Row):
                yield item
            elif self._split and "split" in self._plan.others:
                yield from self._chosen(item)
            else:
                yield self._article(item)
        for held in self._held:
            yield LeftOut(held.place, self._of_split("validation")) if self._has_test else self._article(held)
        used = self._plan.used
        not_read = tuple(name for name in self._seen if name not in used)
        labels = (*self._plan.labels, *self._plan.flags)
        weight = self._plan.others.get("weight", "")
        texts = tuple(self._plan.body), tuple(self._plan.headline)
        yield Columns(labels, *texts, not_read, weight, self._asked, tuple(self._seen))

    def _chosen(self, row: Row) -> Iterator[Found]:
        """Yield a row if it belongs to the part of the split that is wanted, or else that it is left out."""
        part = split_of(row.fields.get(self._plan.others["split"])) or "train"
        if self._split == "test":
            self._has_test = self._has_test or part == "test"
            if part == "validation" and not self._has_test:
                self._held.append(row)
                return
        yield self._article(row) if part == self._split else LeftOut(row.place, self._of_split(part))

    def _of_split(self, part: str) -> str:
        return f"rows of the {part} part, as the column “{self._plan.others['split']}” says"

    def _article(self, row: Row) -> Row:
        fields = row.fields
        if not self._seen.keys() >= fields.keys():
            self._meet(fields)
        found: dict[str, Any] = {}
        passed_over = []
        plan = self._plan
        for target, columns in (("headline", plan.headline), ("body", plan.body)):
            for column in columns:
                cell = fields.get(column)
                if isinstance(cell, str):
                    if not cell or cell.isspace():
                        continue
                    if len(cell.strip()) <= LONGEST_NOTHING and is_nothing(cell):
                        passed_over.append(target)
                        continue
                elif _is_empty(cell):
                    continue
                else:
                    cell = text_of(cell)
                found[target] = cell
                break
        found["sections"], labels_from = self._labels(fields)
        for target, column in plan.others.items():
            cell = fields.get(column)
            if target == "story" and is_story(column) and not names_a_story(cell):
                continue  # a text after all, beside the column that is the body
            if isinstance(cell, str):
                if cell and not cell.isspace():
                    found[target] = cell
            elif not _is_empty(cell):
                # the origin is not used for tagging, so it may be of any type
                found[target] = id_of(cell) if target in _IDS else str(cell) if target in _ORIGIN else cell
        found.pop("split", None)
        without = tuple(target for target in dict.fromkeys(passed_over) if target not in found)
        return Row(row.place, found, row.raw, labels_from, self._columns, row.remark, without=without)

    def _labels(self, fields: Mapping[str, Any]) -> tuple[Any, str]:
        """Return the labels of all columns together, and the columns that gave some."""
        if self._single:  # nearly every table: no labels to join
            cell = fields.get(self._single)
            labels = [] if cell is None or _is_empty(cell) else self._cells.labels(cell)
            return tuple(labels) if _is_mixed(labels) else labels, self._single if labels else ""
        found: dict[str, None] = {}
        sources = []
        for column in self._plan.labels:
            if _is_empty(cell := fields.get(column)):
                continue
            labels = self._cells.labels(cell)
            if not isinstance(labels, list) or _is_mixed(labels):
                return tuple(labels) if isinstance(labels, list) else labels, column  # the schema says what is wrong
            found.update(dict.fromkeys(labels))
            if labels:
                sources.append(column)
        for column in self._plan.flags:
            if is_set(fields.get(column)):
                found[column] = None
                sources = ["one column for each section"]
        return list(found), " + ".join(sources)

    def _meet(self, fields: Mapping[str, Any]) -> None:
        """Add the columns of a row that no earlier row has."""
        for name in [name for name in fields if name not in self._seen]:
            self._seen[name] = None
            match field_of(name):
                case "sections" if not self._asked and not self._plan.flags:
                    if not self._plan.labels or self._cells.share_known([fields[name]]):
                        self._plan.labels.append(name)
                case "body" if is_story(name) and self._plan.body and names_a_story(fields[name]):
                    self._plan.others.setdefault("story", name)
                case "body":
                    self._plan.body.append(name)
                case "headline":
                    self._plan.headline.append(name)
                case str(target) if target not in ("sections", "summary", "split"):
                    self._plan.others.setdefault(target, name)
        self._columns = _messages(self._plan)
        self._single = _single(self._plan)


def _single(plan: Plan) -> str | None:
    """Return the one column of all labels, or None if there are several or none."""
    return plan.labels[0] if len(plan.labels) == 1 and not plan.flags else None


def _is_mixed(labels: Any) -> bool:
    return isinstance(labels, list) and not all(isinstance(label, str) for label in labels)


def _messages(plan: Plan) -> dict[str, str]:
    """Return the column of each field that a message names."""
    first = {"sections": plan.labels[:1], "body": plan.body[:1], "headline": plan.headline[:1]}
    return plan.others | {target: names[0] for target, names in first.items() if names}


def _is_empty(cell: Any) -> bool:
    """Return whether a cell holds no value; a word for nothing is a value, because a section may have that name."""
    if isinstance(cell, str):
        return not cell or cell.isspace()
    return cell is None or (isinstance(cell, float) and cell != cell)
