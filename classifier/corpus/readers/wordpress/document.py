"""The text of an export as it comes: decoded, and without what stands before its XML."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

from classifier.corpus.readers.files import open_bytes
from classifier.corpus.readers.limits import Limits
from classifier.errors import CorpusError

_CHUNK = 1 << 18
_START = re.compile(rb"<\?xml\s|<rss[\s>]")
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")
_DEFAULT = "utf-8"
_NOTICE = re.compile(r"\b(Notice|Warning|Deprecated|Parse error|Fatal error|Strict Standards)\b")


class Document:
    """A file that should be an export.

    While it is read, ``line`` becomes the line where its XML starts, counted from 1, and ``skipped`` names what stands
    before that, in words; it is empty if nothing does.

    Raises
    ------
    CorpusError
        While it is read, if the file is in UTF-16, or in an encoding that Python does not know.
    """

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self.line = 1
        self.skipped = ""

    def pieces(self) -> Iterator[str]:
        """Yield the text piece by piece; what cannot be decoded is in it as surrogates."""
        size = min(_CHUNK, self._limits.item)
        with open_bytes(self._path, self._limits) as file:
            chunk = file.read(size)
            if chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
                raise CorpusError(
                    f"{self._path}:1: the file is in UTF-16, but WordPress writes UTF-8. Fix: save the file as UTF-8"
                )
            while not (start := _START.search(chunk)) and len(chunk) < _CHUNK and (more := file.read(size)):
                chunk += more
            decoder = codecs.getincrementaldecoder(self._encoding(chunk))("surrogateescape")
            if start and start.start():
                before = chunk[: start.start()].decode("utf-8", "replace")
                self.line += before.count("\n")
                self.skipped = _described(before)
                chunk = chunk[start.start() :]
            while chunk:
                yield decoder.decode(chunk)
                chunk = file.read(size)
            yield decoder.decode(b"", final=True)

    def _encoding(self, head: bytes) -> str:
        """Return the encoding that the XML declares, if it can be: a declaration in ASCII is not in UTF-16."""
        declared = _ENCODING.search(head)
        name = declared.group(1).decode() if declared else _DEFAULT
        try:
            in_ascii = "<?xml".encode(name) == b"<?xml"
        except (LookupError, UnicodeError) as error:
            raise CorpusError(
                f"{self._path}:{self.line}: unknown text encoding. Fix: save the file as UTF-8"
            ) from error
        return name if in_ascii else _DEFAULT


def _described(before: str) -> str:
    """Return what stands before the XML in words, without quoting it: a notice of PHP shows folders of the server."""
    marks = before.count("\ufeff")
    text = before.replace("\ufeff", "").strip()
    lines = before.count("\n")
    found = []
    if marks > 1 or (marks and before[0] != "\ufeff"):
        found.append(f"{marks} byte order {'mark' if marks == 1 else 'marks'}")
    if text:
        what = "a PHP message" if _NOTICE.search(text) else "text"
        found.append(f"{what} of {len(text):,} characters")
    elif lines:
        found.append(f"{lines} blank {'line' if lines == 1 else 'lines'}")
    elif before.replace("\ufeff", ""):
        found.append("white space")
    return " and ".join(found)
