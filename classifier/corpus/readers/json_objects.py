"""The objects of a JSON file, whether it holds one object a line, a list of them, or a single one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from classifier.corpus.readers.files import open_bytes
from classifier.corpus.readers.jsonl import read_jsonl
from classifier.corpus.readers.limits import Limits
from classifier.corpus.readers.rows import Found, Place, Reject, Row
from classifier.errors import CorpusError

#: Keys of an object under which its list of items may stand.
_LISTS = ("items", "_items", "data", "results", "articles", "records")
_WRAPPED = re.compile(rb'\{\s*"(' + "|".join(_LISTS).encode() + rb')"\s*:\s*\[')


def read_json_objects(path: Path, limits: Limits, encoding: str | None = None) -> Iterator[Found]:
    """Yield the objects of a file as rows with their own keys; the number of an object in a list is its line.

    Raises
    ------
    CorpusError
        If the file is one JSON value and that is broken.
    """
    with open_bytes(path, limits) as file:
        start = file.read(1 << 16).removeprefix(b"\xef\xbb\xbf").lstrip()
    if _is_object(start.partition(b"\n")[0]) and not _WRAPPED.match(start):
        yield from read_jsonl(path, limits)
        return
    for number, value in enumerate(_values(path, limits, encoding), 1):
        place, raw = Place(path, number), json.dumps(value, ensure_ascii=False)
        if isinstance(value, dict):
            yield Row(place, value, raw)
        else:
            yield Reject(place, ("not a JSON object with the fields of an article",), raw)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _values(path: Path, limits: Limits, encoding: str | None) -> list[object]:
    with open_bytes(path, limits) as file:
        try:
            value = json.loads(file.read().decode(encoding or "utf-8-sig", errors="replace"))
        except (ValueError, RecursionError) as error:
            raise CorpusError(f"{path}: not valid JSON ({error}). Fix: export the file again") from error
    if isinstance(value, list):
        return value
    return next(
        (value[name] for name in _LISTS if isinstance(value, dict) and isinstance(value.get(name), list)), [value]
    )
