"""JSON Lines: one article a line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classifier.corpus.readers.files import open_bytes
from classifier.corpus.readers.rows import Place, Reject, Row, not_utf8


def read_jsonl(path: Path) -> Iterator[Row | Reject]:
    """Yield the articles of a JSON Lines file; empty lines are passed over."""
    with open_bytes(path) as file:
        for number, line in enumerate(file, 1):
            raw = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="surrogateescape").rstrip("\r\n")
            if raw.strip():
                yield _row(Place(path, number), raw)


def _row(place: Place, raw: str) -> Row | Reject:
    if problem := not_utf8(raw):
        return Reject(place, (problem,), raw)
    try:
        fields: Any = json.loads(raw)
    except json.JSONDecodeError as error:
        return Reject(place, (f"not JSON: {error.msg} at column {error.colno}",), raw)
    except RecursionError:
        return Reject(place, ("not JSON that can be read: nested too deep",), raw)
    if not isinstance(fields, dict):
        return Reject(place, ("not a JSON object with the fields of an article",), raw)
    return Row(place, fields, raw)
