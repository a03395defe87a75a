"""Training files of fastText: a line each, with labels that begin with ``__label__``."""

import re
from collections.abc import Iterator
from pathlib import Path

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.lines import read_lines
from classifier.corpus.readers.rows import Found, Reject, Row
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
    for line in read_lines(path, to):
        if isinstance(line, Reject):
            yield line
            continue
        place, raw = line
        labels = [_spelled(label, to.sections) for label in _LABEL.findall(raw) if label]
        body = _LEAD.sub("", _LABEL.sub("", raw)).strip()
        yield Row(place, {"body": body, "sections": labels}, raw, _PREFIX if labels else "")


def _spelled(label: str, sections: Sections) -> str:
    spaced = label.replace("_", " ").strip()
    return spaced if spaced and not sections.get(label) and sections.get(spaced) else label
