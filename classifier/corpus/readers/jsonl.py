"""JSON Lines: one article per line."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classifier.corpus.readers.files import bounded_lines, open_bytes
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.rows import Place, Reject, Row, not_utf8, oversized

#: Half of a pair that stands for one character; Python reads it without the other half as well.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_jsonl(path: Path, limits: Limits = LIMITS) -> Iterator[Row | Reject]:
    """Yield the articles of a JSON Lines file; empty lines are skipped."""
    with open_bytes(path, limits) as file:
        for number, line in enumerate(bounded_lines(file, limits.row), 1):
            raw = line.decode("utf-8-sig" if number == 1 else "utf-8", errors="surrogateescape").rstrip("\r\n")
            if len(line) > limits.row:
                yield oversized(Place(path, number), raw, f"a line of more than {limits.row:,} bytes")
            elif raw.strip():
                yield _parse(Place(path, number), raw)


def _parse(place: Place, raw: str) -> Row | Reject:
    if problem := not_utf8(raw):
        return Reject(place, (problem,), raw)
    try:
        fields: Any = json.loads(raw)
    except json.JSONDecodeError as error:
        return Reject(place, (f"not valid JSON: {error.msg} at column {error.colno}",), raw)
    except ValueError:  # Python's own limit, against numbers that take minutes to read
        return Reject(place, ("not valid JSON: a number has too many digits",), raw)
    except RecursionError:
        return Reject(place, ("not valid JSON: it is nested too deeply",), raw)
    if not isinstance(fields, dict):
        return Reject(place, ("not a JSON object with the fields of an article",), raw)
    if _SURROGATE.search(raw) and (problem := not_utf8(json.dumps(fields, ensure_ascii=False))):
        return Reject(place, (problem,), raw)
    return Row(place, fields, raw)
