"""Tables of Arrow: what Parquet, Feather and the files of Hugging Face have in common. Needs pyarrow, an extra."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from classifier.corpus.readers.columns.classes import classes_of_columns, named_classes
from classifier.corpus.readers.columns.names import field_of
from classifier.corpus.readers.columns.plan import may_be_used
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import not_utf8, packed_size, seekable
from classifier.corpus.readers.limits import Limits
from classifier.corpus.readers.row_text import cells_as_json
from classifier.corpus.readers.rows import Found, Header, Place, Reject, Row, oversized
from classifier.errors import CorpusError, pip_command, shown

#: Rows that are decoded at once. A cell may take many times its bytes in the file, because equal cells are stored once.
BATCH = 16
#: The rows of which more columns are read than may hold an article, to see where its labels are.
PEEK_ROWS = 304
#: Errors of values that Arrow holds and Python does not. Arrow's own errors are ValueErrors.
_CELL_ERRORS = (ValueError, OverflowError, LookupError, TypeError, NotImplementedError)


def arrow_for(path: Path, kind: str) -> Any:
    """Return pyarrow.

    Raises
    ------
    CorpusError
        If it is not installed; the message names the extra.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise CorpusError(f"{path}: {kind} needs pyarrow. Fix: run {pip_command('parquet')}") from error
    return pyarrow


@dataclass(frozen=True, slots=True)
class ArrowColumns:
    """The columns of a table, those read of its first rows, and those read of the others.

    ``classes`` has the names of numbered classes of the columns that the file describes so, by column.
    """

    names: tuple[str, ...]
    read_first: list[str]
    read_later: list[str]
    classes: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, path: Path, schema: Any, context: Context) -> "ArrowColumns":
        """Choose columns by their names, and for the first rows by their types.

        Raises
        ------
        CorpusError
            If two columns have the same name.
        """
        names = tuple(name.strip() for name in schema.names)
        folded = [name.lower() for name in names]
        repeated = sorted({name for name in folded if folded.count(name) > 1})
        if repeated:
            raise CorpusError(
                f"{path} has repeated column names: {', '.join(map(shown, repeated))}. "
                "Fix: give every column its own name"
            )
        used = set(may_be_used(schema.names, context.sections, context.reading))
        first = [field.name for field in schema if field.name in used or _is_simple(field.type)]
        classes = {} if context.reading.label_names else classes_of_columns(schema.metadata)
        return cls(names, first, [name for name in schema.names if name in used], classes)


def _is_simple(kind: Any) -> bool:
    """Return whether a column may hold labels: words, numbers or lists of them."""
    import pyarrow.types as types

    if types.is_dictionary(kind):
        kind = kind.value_type
    if types.is_list(kind) or types.is_large_list(kind):
        kind = kind.value_type
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_string_view(kind)
        or types.is_integer(kind)
        or types.is_boolean(kind)
    )


@dataclass
class UnpackedSize:
    """How many bytes of a file have been unpacked, and how many may be."""

    path: Path
    most: int
    read: int = 0

    def add(self, n_bytes: int) -> None:
        """Count bytes that were unpacked."""
        self.read += n_bytes
        self.check(self.read)

    def check(self, n_bytes: int) -> None:
        """Raise CorpusError if these are more bytes than may be unpacked."""
        if n_bytes > self.most:
            raise CorpusError(
                f"{self.path} unpacks to more than {self.most:,} bytes, far more than its size suggests. "
                "Fix: if you trust the file, write it again as JSON Lines"
            )


def read_arrow(path: Path, context: Context) -> Iterator[Found]:
    """Yield the articles of a file of Arrow, as Feather and Hugging Face write it.

    Raises
    ------
    CorpusError
        If pyarrow is not installed, the file is not of Arrow, or two columns have the same name.
    """
    pyarrow = arrow_for(path, "Arrow")
    import pyarrow.ipc as ipc

    number = 0
    try:
        with _opened(pyarrow, seekable(path, context.limits)) as source:
            try:
                table = ipc.open_file(source)
                batches = (table.get_batch(i) for i in range(table.num_record_batches))
            except pyarrow.ArrowInvalid:
                source.seek(0)
                table = ipc.open_stream(source)
                batches = iter(table)
            columns = ArrowColumns.of(path, table.schema, context)
            yield Header(columns.names)
            unpacked = UnpackedSize(path, context.limits.unpacked_from(packed_size(path)))
            for batch in batches:
                unpacked.check(batch.nbytes)
                for start in range(0, batch.num_rows, BATCH):
                    chosen = columns.read_first if number < PEEK_ROWS else columns.read_later
                    for row in rows_of(path, batch.slice(start, BATCH).select(chosen), number, columns, context.limits):
                        number += 1
                        yield row
    except MemoryError:
        raise
    except (pyarrow.ArrowException, UnicodeDecodeError, OSError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise
        raise CorpusError(
            f"{path}: not an Arrow file, or damaged after row {number:,}. Fix: write the file again"
        ) from error


def _opened(pyarrow: Any, file: Path | IO[bytes]) -> Any:
    return pyarrow.memory_map(str(file)) if isinstance(file, Path) else pyarrow.PythonFile(file, mode="r")


def rows_of(path: Path, batch: Any, number: int, columns: ArrowColumns, limits: Limits) -> Iterator[Found]:
    """Yield the rows of a batch; ``number`` is how many rows stand before it."""
    names = [name.strip() for name in batch.schema.names]
    is_large = batch.nbytes > limits.row
    values = [
        [named_classes(cell, columns.classes[name]) for cell in cells] if name in columns.classes else cells
        for name, cells in zip(names, _columns(batch), strict=True)
    ]
    for row, cells in enumerate(zip(*values, strict=True)):
        place = Place(path, number + row + 1)
        if is_large and batch.slice(row, 1).nbytes > limits.row:
            yield oversized(place, "", f"a row of more than {limits.row:,} bytes")
        else:
            yield _row(place, dict(zip(names, cells, strict=True)))


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A cell that Python has no value for, such as a moment after the year 9999."""

    kind: str

    def __str__(self) -> str:
        return f"the value of type {self.kind} cannot be read. Fix: correct it, or write it as a string"


def _columns(batch: Any) -> list[list[Any]]:
    columns = [_without_nanoseconds(column) for column in batch.columns]
    try:
        return [column.to_pylist() for column in columns]
    except _CELL_ERRORS:
        return [[_cell(value) for value in column] for column in columns]


def _without_nanoseconds(column: Any) -> Any:
    """Return a column of moments in microseconds: Python has nothing finer, and dates need only the day."""
    import pyarrow

    kind = column.type
    if pyarrow.types.is_timestamp(kind) and kind.unit == "ns":
        return column.cast(pyarrow.timestamp("us", kind.tz), safe=False)
    return column


def _cell(value: Any) -> Any:
    """Return a cell as a Python value; bytes that are not UTF-8 become surrogates, for `not_utf8` to name."""
    try:
        return value.as_py()
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", errors="surrogateescape")
    except _CELL_ERRORS:
        return _Unreadable(str(value.type))


def _row(place: Place, cells: dict[str, Any]) -> Row | Reject:
    reasons = []
    for name, cell in cells.items():
        if isinstance(cell, _Unreadable) and field_of(name) == "published":
            cells[name] = str(cell)  # an article without a date is an article
        elif isinstance(cell, _Unreadable):
            reasons.append(f"{shown(name)}: {cell}")
    try:
        raw = cells_as_json(cells)
    except (ValueError, TypeError, RecursionError):
        return Reject(
            place, ("a cell is nested too deeply, or has a type that JSON lacks. Fix: leave out its column",), ""
        )
    if problem := not_utf8(raw):
        reasons.append(problem)
    if reasons:
        return Reject(place, tuple(reasons), raw)
    return Row(place, {name: cell for name, cell in cells.items() if cell is not None}, raw)
