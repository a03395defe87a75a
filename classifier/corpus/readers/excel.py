"""Excel workbooks: one article per row of the first sheet that is not empty. Needs python-calamine, an extra."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import packed_size, seekable
from classifier.corpus.readers.limits import Limits
from classifier.corpus.readers.row_text import cells_as_json
from classifier.corpus.readers.rows import Found, Header, Note, Place, Row, oversized
from classifier.errors import CorpusError, pip_command, shown


def read_excel(path: Path, context: Context) -> Iterator[Found]:
    """Yield the articles of a workbook; the first row that is not empty names the columns.

    Raises
    ------
    CorpusError
        If python-calamine is not installed, the file is not a workbook, it unpacks to more than its limit, or two
        columns have the same name.
    """
    try:
        import python_calamine as calamine
    except ImportError as error:
        raise CorpusError(
            f"{path}: Excel needs python-calamine. Fix: run {pip_command('excel')}, or save the sheet as CSV"
        ) from error
    file = seekable(path, context.limits)
    _check_size(path, file, context.limits)
    try:
        with calamine.CalamineWorkbook.from_object(file) as book:
            sheets = [sheet for sheet in map(book.get_sheet_by_name, book.sheet_names) if sheet.height]
            names = [sheet.name for sheet in sheets]
            if sheets:
                yield from _rows(path, list(sheets[0].iter_rows()), sheets[0].start or (0, 0), context.limits)
    except calamine.CalamineError as error:
        raise CorpusError(f"{path}: not an Excel workbook, or damaged. Fix: save it again in Excel") from error
    if len(names) > 1:
        others = ", ".join(map(shown, names[1:5]))
        yield Note(Place(path, 1), f"only its first sheet is read, {shown(names[0])}, and not {others}")


def _check_size(path: Path, file: Path | IO[bytes], limits: Limits) -> None:
    """Refuse a workbook that needs far more memory than its size suggests: a sheet is read whole."""
    most = limits.unpacked_from(packed_size(path))
    try:
        with zipfile.ZipFile(file) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except zipfile.BadZipFile as error:
        raise CorpusError(f"{path}: not an Excel workbook, or damaged. Fix: save it again in Excel") from error
    if unpacked > most:
        raise CorpusError(
            f"{path} unpacks to more than {most:,} bytes, far more than its size suggests. "
            "Fix: if you trust the file, save the sheet as CSV"
        )


def _rows(path: Path, rows: Sequence[Sequence[Any]], start: tuple[int, int], limits: Limits) -> Iterator[Found]:
    numbered = ((number, row) for number, row in enumerate(rows, start[0] + 1) if any(map(_is_filled, row)))
    head = next(numbered, None)
    if head is None:
        return
    line, cells = head
    columns = [str(cell).strip() for cell in cells]
    folded = [name.lower() for name in columns]
    repeated = sorted({name for name in folded if name and folded.count(name) > 1})
    if repeated:
        raise CorpusError(
            f"{path}:{line} has repeated column names: {', '.join(map(shown, repeated))}. "
            "Fix: give every column its own name"
        )
    yield Header(tuple(name for name in columns if name))
    if not all(columns):
        yield Note(Place(path, line), "a column without a name is not read")
    for number, row in numbered:
        fields = {name: cell for name, cell in zip(columns, row, strict=False) if name and _is_filled(cell)}
        raw = cells_as_json(fields)
        if len(raw) > limits.row:
            yield oversized(Place(path, number), raw, f"a row of more than {limits.row:,} characters")
        elif fields:
            yield Row(Place(path, number), fields, raw)


def _is_filled(cell: Any) -> bool:
    return cell is not None and cell != "" and not (isinstance(cell, str) and not cell.strip())
