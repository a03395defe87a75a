"""Parquet: one article a row, read in batches. Needs pyarrow, an optional extra."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from classifier.corpus.readers.rows import Place, Reject, Row, not_utf8
from classifier.errors import CorpusError

_BATCH = 1_000


def read_parquet(path: Path) -> Iterator[Row | Reject]:
    """Yield the articles of a Parquet file; the number of a row, from 1, is its line.

    Raises
    ------
    CorpusError
        If pyarrow is not installed, the file is no Parquet, or two columns have one name.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise CorpusError(f"{path}: Parquet needs pyarrow; install it with: pip install 'copydesk[parquet]'") from error
    number = 0
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = _names(path, file.schema_arrow.names)
            for batch in file.iter_batches(_BATCH):
                for row in _rows(batch):
                    number += 1
                    yield _row(Place(path, number), dict(zip(names, row, strict=True)))
    except (pyarrow.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.strerror:
            raise  # a file that cannot be opened, as any other
        raise CorpusError(f"{path}: not Parquet, or damaged after row {number:,}; write the file again") from error


def _names(path: Path, columns: Sequence[str]) -> list[str]:
    names = [name.strip().lower() for name in columns]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise CorpusError(f"{path}: every column must have a name of its own; look at {repeated}")
    return names


def _rows(batch: Any) -> Iterator[tuple[Any, ...]]:
    columns = []
    for column in batch.columns:
        try:
            columns.append(column.to_pylist())
        except UnicodeDecodeError:
            columns.append([_decoded(value) for value in column])
    return zip(*columns, strict=True)


def _decoded(value: Any) -> Any:
    """Return a cell with what is not UTF-8 as surrogates, for `not_utf8` to name."""
    try:
        return value.as_py()
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", errors="surrogateescape")


def _row(place: Place, cells: dict[str, Any]) -> Row | Reject:
    raw = json.dumps(cells, default=str, ensure_ascii=False)
    if problem := not_utf8(raw):
        return Reject(place, (problem,), raw)
    if isinstance(cells.get("id"), int):  # tables number their rows; an id is text here
        cells = {**cells, "id": str(cells["id"])}
    return Row(place, {name: cell for name, cell in cells.items() if cell is not None}, raw)
