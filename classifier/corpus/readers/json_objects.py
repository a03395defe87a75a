"""The objects of a JSON file, whether it holds one object a line, a list of them, or a single one."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import open_utf8
from classifier.corpus.readers.jsonl import is_json_lines, is_json_list, read_json_list, read_jsonl, row_of_json
from classifier.corpus.readers.row_text import cells_as_json
from classifier.corpus.readers.rows import Found, Place
from classifier.errors import CorpusError

_HEAD = 1 << 16
#: Keys of an object under which its list of items may stand, apart from those that every list of JSON may have.
_LISTS = ("_items", "items")
_WRAPPED = re.compile(rb'\s*\{\s*"_?items"\s*:\s*\[')


def read_json_objects(path: Path, to: Context) -> Iterator[Found]:
    """Yield the objects of a file as rows with their own keys; the number of an object in a list is its line.

    Raises
    ------
    CorpusError
        If the file is one JSON value and that is broken.
    """
    with open_utf8(path, *to.text) as file:
        head = file.read(_HEAD)
    if is_json_list(head):
        yield from read_json_list(path, *to.text)
    elif is_json_lines(head) and not _WRAPPED.match(head.removeprefix(b"\xef\xbb\xbf")):
        yield from read_jsonl(path, *to.text)
    else:
        yield from _of_one(path, to)


def _of_one(path: Path, to: Context) -> Iterator[Found]:
    with open_utf8(path, *to.text) as file:
        data = file.read(to.limits.item + 1)
    if len(data) > to.limits.item:
        raise CorpusError(
            f"{path}: one JSON object of more than {to.limits.item:,} bytes. Fix: write a list of objects"
        )
    try:
        found: Any = json.loads(data.decode("utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise CorpusError(f"{path}: not valid JSON. Fix: export the file again") from error
    if not isinstance(found, dict | list):
        raise CorpusError(f"{path}: not a list of articles in JSON. Fix: write a list of objects, or JSON Lines")
    listed = (found[name] for name in _LISTS if isinstance(found, dict) and isinstance(found.get(name), list))
    for number, value in enumerate(next(listed, [found]), 1):
        yield row_of_json(Place(path, number), value, cells_as_json(value, ensure_ascii=True))
