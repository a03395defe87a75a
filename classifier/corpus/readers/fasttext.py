"""Training files of fastText: a line each, with labels that begin with ``__label__``."""

import re
from collections.abc import Iterator
from pathlib import Path

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import bounded_lines, not_utf8, open_utf8
from classifier.corpus.readers.rows import Found, Place, Reject, Row, oversized
from classifier.sections import Sections

_PREFIX = "__label__"
_LABEL = re.compile(rf"(?:^|(?<=\s)){_PREFIX}(\S*)\s*")
# some files have a comma between the labels and the text
_LEAD = re.compile(r"^[\s,]+(?=\s)|^\s+")


def is_fasttext(head: bytes) -> bool:
    """Return whether the first line that is not empty has a label of fastText."""
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")[0]
    return bool(_LABEL.search(first.decode("utf-8", errors="replace")))


def read_fasttext(path: Path, to: Context) -> Iterator[Found]:
    """Yield the lines of a file. A label has no spaces, so ``South_Asia`` is a section “South Asia” if there is one."""
    with open_utf8(path, *to.text) as file:
        for number, data in enumerate(bounded_lines(file, to.limits.row), 1):
            place = Place(path, number)
            raw = data.decode("utf-8-sig" if number == 1 else "utf-8", errors="surrogateescape").rstrip("\r\n")
            if len(data) > to.limits.row:
                yield oversized(place, raw, f"a line of more than {to.limits.row:,} bytes")
            elif problem := not_utf8(raw):
                yield Reject(place, (problem,), raw)
            elif raw.strip():
                labels = [_spelled(label, to.sections) for label in _LABEL.findall(raw) if label]
                body = _LEAD.sub("", _LABEL.sub("", raw)).strip()
                yield Row(place, {"body": body, "sections": labels}, raw, _PREFIX if labels else "")


def _spelled(label: str, sections: Sections) -> str:
    spaced = label.replace("_", " ").strip()
    return spaced if spaced and not sections.get(label) and sections.get(spaced) else label
