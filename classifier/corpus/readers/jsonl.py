"""JSON Lines: one article per line. Also JSON files that hold a list of articles."""

import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from jiter import from_json

from classifier.corpus.readers.files import bounded_lines, not_utf8, open_utf8, with_cut_characters_replaced
from classifier.corpus.readers.json_buffer import JsonBuffer
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.rows import CUT_CHARACTER, Found, Place, Reject, Row, oversized
from classifier.errors import CorpusError

#: Half of a pair that stands for one character; Python reads it without the other half as well.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_HALVES = re.compile("[\ud800-\udfff]")
_FIX = "Fix: correct this line, or export the file again"
#: Keys of an object under which its list of articles may stand.
_LIST_KEYS = ("articles", "data", "items", "posts", "records", "results", "rows", "documents", "docs", "examples")


def read_jsonl(path: Path, limits: Limits = LIMITS, encoding: str | None = None) -> Iterator[Found]:
    """Yield the articles of a JSON Lines file; empty lines are skipped."""
    with open_utf8(path, limits, encoding) as file:
        yield from rows_of_lines(path, file, 1, limits)


def rows_of_lines(path: Path, file: IO[bytes], first: int, limits: Limits = LIMITS) -> Iterator[Found]:
    """Yield the articles in lines of JSON, given as UTF-8; empty lines are skipped.

    Parameters
    ----------
    path : Path
        The file that the lines are from.
    file : binary file
        The lines.
    first : int
        The number of the first line in the file that they are from.
    limits : Limits
    """
    for number, line in enumerate(bounded_lines(file, limits.row), first):
        line = line.removeprefix(BOM_UTF8) if number == 1 else line
        try:
            raw = line.decode().rstrip("\r\n")
            is_utf8 = True
        except UnicodeDecodeError:
            raw = line.decode(errors="surrogateescape").rstrip("\r\n")
            is_utf8 = False
        if len(line) > limits.row:
            yield oversized(Place(path, number), raw, f"a line of more than {limits.row:,} bytes")
        elif raw and not raw.isspace():
            yield _parse(Place(path, number), line, raw, is_utf8=is_utf8)


def is_json_lines(head: bytes) -> bool:
    """Return whether the start of a file is an object on a line of its own, and not the only one."""
    line, newline, rest = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    if not line.startswith(b"{"):
        return False
    try:
        return isinstance(json.loads(line), dict) and bool(rest.strip())
    except (ValueError, RecursionError):
        return not newline and b'":' in line  # one line that is longer than the start that was read


def is_json_list(head: bytes) -> bool:
    """Return whether the start of a file is a list of objects, or an object with such a list under a usual name."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return bool(_LIST.match(start.decode("utf-8", errors="replace")))


def read_json_list(path: Path, limits: Limits = LIMITS, encoding: str | None = None) -> Iterator[Found]:
    """Yield the articles of a JSON file that holds a list of objects; the number of an object, from 1, is its line.

    No more than one object is in memory at a time.

    Raises
    ------
    CorpusError
        If the file has no such list, or its JSON is broken; the rows before are read.
    """
    with open_utf8(path, limits, encoding) as file:
        buffer = JsonBuffer(file, limits.row)
        found = _LIST.match(buffer.more())
        if not found:
            raise CorpusError(f"{path}: not a list of articles in JSON. Fix: write a list of objects, or JSON Lines")
        buffer.skip(found.end())
        number = 0
        while not buffer.at_end():
            number += 1
            place = Place(path, number)
            try:
                fields, raw = buffer.next_value()
            except RecursionError:
                raise CorpusError(f"{path}: object {number:,} is nested too deeply. Fix: remove it") from None
            except ValueError as error:
                raise CorpusError(
                    f"{path}: object {number:,} is not valid JSON, or has more than {limits.row:,} characters. "
                    "Fix: correct it, or write the articles as JSON Lines, one a line"
                ) from error
            yield row_of_json(place, fields, raw)


#: The start of a list of objects, perhaps below a usual key of an object.
_LIST = re.compile(
    r'\ufeff?\s*(?:\{\s*"(?:' + "|".join(_LIST_KEYS) + r')"\s*:\s*)?\[\s*(?=[{\]])',
)


def _parse(place: Place, line: bytes, raw: str, *, is_utf8: bool) -> Row | Reject:
    remark = ""
    if not is_utf8 and (problem := not_utf8(raw)):
        whole = with_cut_characters_replaced(raw)
        if not_utf8(whole):
            return Reject(place, (problem,), raw)
        line, raw, remark = whole.encode(), whole, CUT_CHARACTER
    try:
        return _row(place, from_json(line, cache_mode="none"), raw, remark)
    except ValueError:  # what it does not take, Python's own parser may, or gives the reason
        pass
    try:
        fields: Any = json.loads(raw)
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at").rstrip(": ")  # such as “Unterminated string starting at”
        return Reject(place, (f"not valid JSON: {what} at column {error.colno}. {_FIX}",), raw)
    except ValueError:  # Python's own limit, against numbers that take minutes to read
        return Reject(place, (f"not valid JSON: a number has too many digits. {_FIX}",), raw)
    except RecursionError:
        return Reject(place, (f"not valid JSON: it is nested too deeply. {_FIX}",), raw)
    return _row(place, fields, raw, remark)


def row_of_json(place: Place, fields: Any, raw: str, remark: str = "") -> Row | Reject:
    """Return the row of a JSON value; half a character in it is read as U+FFFD, and the remark names that."""
    problem = not_utf8(raw)
    return Reject(place, (problem,), raw) if problem else _row(place, fields, raw, remark)


def _row(place: Place, fields: Any, raw: str, remark: str) -> Row | Reject:
    if not isinstance(fields, dict):
        return Reject(
            place, ("not a JSON object with the fields of an article. Fix: write one object for each article",), raw
        )
    if "\\u" not in raw or not _SURROGATE.search(raw):
        return Row(place, fields, raw, remark=remark)
    whole = _whole(fields)
    return Row(place, whole, raw, remark=remark if whole == fields else CUT_CHARACTER)


def _whole(value: Any) -> Any:
    """Return a value with U+FFFD instead of every half character."""
    match value:
        case str():
            return _HALVES.sub("\ufffd", value)
        case list():
            return [_whole(item) for item in value]
        case dict():
            return {_whole(key): _whole(item) for key, item in value.items()}
    return value
