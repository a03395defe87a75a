"""Parquet: one article per row, read a few rows at a time. Needs pyarrow, an optional extra."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.rows import Place, Reject, Row, not_utf8, oversized
from classifier.errors import CorpusError, shown

#: Rows that are decoded at once. A cell may take many times its bytes in the file, because equal cells are stored once.
_BATCH = 16
#: Errors of values that Arrow holds and Python does not. Arrow's own errors are ValueErrors.
_CELL_ERRORS = (ValueError, OverflowError, LookupError, TypeError, NotImplementedError)


def read_parquet(path: Path, limits: Limits = LIMITS) -> Iterator[Row | Reject]:
    """Yield the articles of a Parquet file; the number of a row, from 1, is its line.

    Raises
    ------
    CorpusError
        If pyarrow is not installed, the file is not Parquet, two columns have the same name, or the file unpacks to
        more than its limit.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise CorpusError(f"{path}: Parquet needs pyarrow. Fix: run “pip install 'copydesk[parquet]'”") from error
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = _names(path, file.schema_arrow.names)
            unpacked = _Unpacked(path, limits.unpacked_from(path.stat().st_size))
            unpacked.check(_largest_row_group(file.metadata))
            for batch in file.iter_batches(_BATCH):
                unpacked.add(batch.nbytes)
                is_large = batch.nbytes > limits.row
                for row, cells in enumerate(zip(*_columns(batch), strict=True)):
                    number += 1
                    place = Place(path, number)
                    if is_large and batch.slice(row, 1).nbytes > limits.row:
                        yield oversized(place, "", f"a row of more than {limits.row:,} bytes")
                    else:
                        yield _row(place, dict(zip(names, cells, strict=True)))
    except MemoryError:
        raise  # as for any other file
    except (pyarrow.ArrowException, UnicodeDecodeError, OSError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise  # a file that cannot be opened, as any other
        raise CorpusError(
            f"{path}: not a Parquet file, or damaged after row {number:,}. Fix: write the file again"
        ) from error


@dataclass
class _Unpacked:
    """How many bytes of a file have been unpacked, and how many may be."""

    path: Path
    most: int
    read: int = 0

    def add(self, n_bytes: int) -> None:
        self.read += n_bytes
        self.check(self.read)

    def check(self, n_bytes: int) -> None:
        if n_bytes > self.most:
            raise CorpusError(
                f"{self.path} unpacks to more than {self.most:,} bytes, far more than its size suggests. "
                "Fix: if you trust the file, write it again as JSON Lines"
            )


def _largest_row_group(metadata: Any) -> int:
    """Return the bytes of the largest row group, as its metadata give them."""
    return max((metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)), default=0)


def _names(path: Path, columns: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for name in columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise CorpusError(
            f"{path} has repeated column names: {', '.join(map(shown, repeated))}. Fix: give every column its own name"
        )
    return names


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A cell that Python has no value for, such as a moment after the year 9999."""

    kind: str

    def __str__(self) -> str:
        return f"the value of type {self.kind} cannot be read. Fix: correct it, or write it as a string"


def _columns(batch: Any) -> list[list[Any]]:
    try:
        return [column.to_pylist() for column in batch.columns]
    except _CELL_ERRORS:
        return [[_cell(value) for value in column] for column in batch.columns]


def _cell(value: Any) -> Any:
    """Return a cell as a Python value; bytes that are not UTF-8 become surrogates, for `not_utf8` to name."""
    try:
        return value.as_py()
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", errors="surrogateescape")
    except _CELL_ERRORS:
        return _Unreadable(str(value.type))


def _row(place: Place, cells: dict[str, Any]) -> Row | Reject:
    reasons = [f"{shown(name)}: {cell}" for name, cell in cells.items() if isinstance(cell, _Unreadable)]
    try:
        raw = json.dumps(cells, default=str, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return Reject(
            place, ("a cell is nested too deeply, or of a kind that JSON lacks. Fix: leave out such columns",), ""
        )
    if problem := not_utf8(raw):
        reasons.append(problem)
    if reasons:
        return Reject(place, tuple(reasons), raw)
    if isinstance(cells.get("id"), int):  # tables number their rows, but an id is text
        cells["id"] = str(cells["id"])
    return Row(place, {name: cell for name, cell in cells.items() if cell is not None}, raw)
