"""The lines of a text file with one article a line, checked for length and encoding."""

from collections.abc import Iterator
from pathlib import Path

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import bounded_lines, not_utf8, open_utf8
from classifier.corpus.readers.rows import Place, Reject, oversized


def read_lines(path: Path, to: Context) -> Iterator[tuple[Place, str] | Reject]:
    """Yield the place and the text of each line that is not blank, or a reject if it is too long or not UTF-8."""
    with open_utf8(path, *to.text) as file:
        for number, data in enumerate(bounded_lines(file, to.limits.row), 1):
            place = Place(path, number)
            raw = data.decode("utf-8-sig" if number == 1 else "utf-8", errors="surrogateescape").rstrip("\r\n")
            if len(data) > to.limits.row:
                yield oversized(place, raw, f"a line of more than {to.limits.row:,} bytes")
            elif problem := not_utf8(raw):
                yield Reject(place, (problem,), raw)
            elif raw.strip():
                yield place, raw
