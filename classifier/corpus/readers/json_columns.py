"""JSON files of one object: an article, or a table by columns, as pandas writes it by default."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import not_utf8, open_utf8
from classifier.corpus.readers.jsonl import row_of_json
from classifier.corpus.readers.row_text import cells_as_json
from classifier.corpus.readers.rows import Found, Place
from classifier.errors import CorpusError

_FIX = "Fix: write a list of objects, or JSON Lines: in pandas, df.to_json(orient='records', lines=True)"
_BY_COLUMNS = re.compile(rb'\s*\{\s*"[^"]*"\s*:\s*(?:\{\s*"0"\s*:|\[)')


def is_by_columns(head: bytes) -> bool:
    """Return whether the start of a file is that of a table by columns."""
    return bool(_BY_COLUMNS.match(head.removeprefix(b"\xef\xbb\xbf")))


def read_json_object(path: Path, context: Context) -> Iterator[Found]:
    """Yield the article in a file of one JSON object, or the rows of a table by columns; it is read whole.

    Raises
    ------
    CorpusError
        If the file is not JSON, not an object, or too large to be read whole.
    """
    limits, encoding = context.text
    with open_utf8(path, limits, encoding) as file:
        data = file.read(limits.row + 1)
    if len(data) > limits.row:
        raise CorpusError(
            f"{path}: one JSON object of more than {limits.row:,} bytes, the most that is read at once. {_FIX}"
        )
    text = data.decode("utf-8-sig", errors="surrogateescape")
    if problem := not_utf8(text):
        raise CorpusError(f"{path}: {problem}")
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{path}: not valid JSON, or neither a list of articles nor JSON Lines. {_FIX}") from error
    if not isinstance(found, dict):
        raise CorpusError(f"{path}: not a list of articles in JSON. {_FIX}")
    for number, fields in enumerate(_rows(found), 1):
        yield row_of_json(Place(path, number), fields, cells_as_json(fields, ensure_ascii=True))


def _rows(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    columns, data = found.get("columns"), found.get("data")
    if isinstance(columns, list) and isinstance(data, list) and all(_fits(row, columns) for row in data):
        yield from (dict(zip(map(str, columns), row, strict=True)) for row in data)
        return
    parts = list(found.values())
    if parts and all(isinstance(part, dict) and part.keys() == parts[0].keys() for part in parts):
        yield from ({name: found[name][key] for name in found} for key in parts[0])
    elif parts and all(isinstance(part, list) and len(part) == len(parts[0]) for part in parts):
        yield from (dict(zip(found, row, strict=True)) for row in zip(*parts, strict=True))
    else:
        yield found


def _fits(row: Any, columns: Sequence[Any]) -> bool:
    return isinstance(row, list) and len(row) == len(columns)
