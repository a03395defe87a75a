"""Parquet: one article per row, read a few rows at a time. Needs pyarrow, an optional extra."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from classifier.corpus.readers.arrow import BATCH, PEEK_ROWS, ArrowColumns, UnpackedSize, arrow_for, rows_of
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import packed_size, seekable
from classifier.corpus.readers.rows import Found, Header, Place, UnreadRows
from classifier.errors import CorpusError


def read_parquet(path: Path, context: Context) -> Iterator[Found]:
    """Yield the articles of a Parquet file; the number of a row, from 1, is its line.

    The first rows are read with all columns of words or numbers, to find out what each column holds. The other rows are
    read with the columns that may be a field of an article.

    Raises
    ------
    CorpusError
        If pyarrow is not installed, the file is not Parquet, two columns have the same name, or the file unpacks to
        more than its limit.
    """
    pyarrow = arrow_for(path, "Parquet")
    import pyarrow.parquet as parquet

    limits = context.limits
    number = 0
    try:
        with parquet.ParquetFile(seekable(path, limits)) as file:
            schema = file.schema_arrow
            columns = ArrowColumns.of(path, schema, context)
            yield Header(columns.names)
            unpacked = UnpackedSize(path, limits.unpacked_from(packed_size(path)))
            unpacked.check(_largest_row_group(file.metadata, columns.read_later))
            for batch in (_around_damage if context.around_damage else _batches)(file, columns):
                if isinstance(batch, int):
                    yield _unread(path, number, batch)
                    number += batch
                    continue
                unpacked.add(batch.nbytes)
                for row in rows_of(path, batch, number, columns, limits):
                    number += 1
                    yield row
    except MemoryError:
        raise  # as for any other file
    except (pyarrow.ArrowException, UnicodeDecodeError, OSError) as error:
        if _is_of_system(error):
            raise  # a file that cannot be opened, as any other
        raise CorpusError(
            f"{path}: not a Parquet file, or damaged after row {number:,}. Fix: write the file again"
        ) from error


def _batches(file: Any, columns: ArrowColumns) -> Iterator[Any]:
    """Yield the rows a few at a time: the first with more columns than the others."""
    seen = 0
    for batch in file.iter_batches(BATCH, columns=columns.read_first):
        seen += batch.num_rows
        yield batch
        if seen >= PEEK_ROWS:
            break
    else:
        return
    passed = 0
    for batch in file.iter_batches(BATCH, columns=columns.read_later):
        passed += batch.num_rows
        if passed > seen:
            fresh = min(passed - seen, batch.num_rows)
            yield batch.slice(batch.num_rows - fresh)


def _around_damage(file: Any, columns: ArrowColumns) -> Iterator[Any]:
    """Yield the same batches of a file of which row groups may be damaged, and for rows of these their number."""
    import pyarrow

    damage = (pyarrow.ArrowException, UnicodeDecodeError, OSError)
    seen = 0
    try:
        for batch in _batches(file, columns):
            yield batch
            seen += batch.num_rows
    except damage as error:
        if isinstance(error, MemoryError) or _is_of_system(error):
            raise
    else:
        return
    end = 0
    for group in range(file.metadata.num_row_groups):
        at, end = end, end + file.metadata.row_group(group).num_rows
        names = columns.read_first if at < PEEK_ROWS else columns.read_later
        try:
            for batch in file.iter_batches(BATCH, row_groups=[group], columns=names) if end > seen else ():
                at += batch.num_rows
                if at > seen:
                    yield batch.slice(batch.num_rows - min(at - seen, batch.num_rows))
                    seen = at
        except damage as error:
            if isinstance(error, MemoryError) or _is_of_system(error):
                raise
            yield end - seen
            seen = end


def _is_of_system(error: Exception) -> bool:
    """Return whether the system refused to read, whatever is in the file."""
    return isinstance(error, OSError) and bool(error.strerror)


def _unread(path: Path, number: int, n: int) -> UnreadRows:
    reason = (
        f"rows {number + 1:,} to {number + n:,} cannot be read, because this part of the file is damaged. "
        "Fix: write the file again"
    )
    return UnreadRows(Place(path, number + 1), (reason,), "")


def _largest_row_group(metadata: Any, names: Sequence[str]) -> int:
    """Return the bytes of the columns read of the largest row group, as its metadata give them."""
    largest = 0
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        columns = (group.column(j) for j in range(group.num_columns))
        size = sum(c.total_uncompressed_size for c in columns if c.path_in_schema.split(".")[0] in names)
        largest = max(largest, size)
    return largest
