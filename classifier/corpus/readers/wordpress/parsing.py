"""The XML of a WordPress export (WXR) as a stream of terms and items, whatever the size of the file.

At most one item is in memory. Authors, comments and passwords of posts are personal or secret: they are cut out of an
item before any other code sees it. The parser is Python's own expat. A file with a document type is refused before
anything in it can name an entity. An item whose XML is broken costs no other: the parser starts again at the next one.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.wordpress.document import Document
from classifier.corpus.readers.wordpress.elements import Broken, Correction
from classifier.corpus.readers.wordpress.handlers import Element, ExportHandlers
from classifier.errors import CorpusError

#: What a parser is given first if it starts in the middle of an export.
_PROLOGUE = b"<rss><channel>"
#: Characters that are parsed at a time: after a fault, what was parsed is searched for the next item.
_PIECE = 1 << 13
#: No archive has more broken items, and each takes much longer to read than a good one.
_MOST_BROKEN = 10_000
_NEXT_ITEM = re.compile(r"<item[\s>]")
_NEXT_DOCUMENT = re.compile(r"<rss[\s>]|<item[\s>]")
_POST_ID = re.compile(r"<wp:post_id>\s*(?:<!\[CDATA\[)?\s*([0-9]{1,20})")

_NOTHING_READ = "Everything before it was read, and nothing after it was"
_ONLY_THIS = "Only this item is lost: reading went on at the next one"
_READ_ON = "Reading went on at the next item"
AFTER_END = "texts after the end of the export were skipped"


def read_wxr(path: Path, limits: Limits = LIMITS) -> Iterator[Element]:
    """Yield the terms and items of an export, a `Broken` for each part that cannot be read, and last the corrections.

    Raises
    ------
    CorpusError
        If the file is not a WordPress export, or declares a document type.
    """
    document = Document(path, limits)
    export: _Export | None = None
    for piece in document.pieces():
        if export is None:
            export = _Export(path, limits, document.line)
        export.feed(piece)
        yield from export.take()
    export = export or _Export(path, limits, 1)
    export.feed("", final=True)
    yield from export.take()
    if document.skipped:
        yield Correction(1, f"skipped before the XML begins: {document.skipped}")
    yield from export.corrections()


class _Export(ExportHandlers):
    """An export in which the next item is sought after every fault."""

    def __init__(self, path: Path, limits: Limits, line: int) -> None:
        #: while there is no parser, the text that may hold the start of the next item
        self._sought = ""
        #: what is broken before the item that is sought
        self._broken: Broken | None = None
        self._remedy, self._item_is_lost, self._n_broken = "", False, 0
        super().__init__(path, limits, line)

    def feed(self, text: str, final: bool = False) -> None:
        """Parse the next text of the file; after a fault, go on at the next item."""
        for start in range(0, len(text) or 1, _PIECE):
            self._feed_piece(text[start : start + _PIECE], final and start + _PIECE >= len(text))
        if final and not self._is_wxr:
            raise self._no_export(self._line_now())

    def _feed_piece(self, text: str, is_end: bool) -> None:
        while self._parser is not None or (text := self._at_next(text, is_end)):
            data = self._corrector.correct(text, is_end).encode("utf-8")
            self._window.add(data)
            fault = self._fault_of(data, is_end)
            if fault is None:
                break
            self._give_up(*fault, is_end)
            text = ""

    def _give_up(self, problem: str, remedy: str, is_end: bool) -> None:
        """Note what is broken. From now on, the next item is sought."""
        at, line, item = self._active.ErrorByteIndex, self._line_now(), self._item
        if not self._is_wxr:
            raise self._no_export(line)
        start = at
        if item is not None and not self._item_is_oversized:
            start = self._item_start + 1
        elif self._text is not None:
            start = self._text_start + 1
        self._sought = self._window.piece(start).decode("utf-8", errors="surrogateescape") + self._corrector.held
        if self._is_closed:
            if self._sought.strip():
                self._count(AFTER_END, line)
        else:
            raw = item.raw if item and self._item_is_oversized else ""
            if item and not self._item_is_oversized:
                raw = self._window.text(self._item_start, at, self._cuts)
            self._broken = Broken(line, problem, raw, item.number if item else "", is_last=is_end)
            self._remedy, self._item_is_lost = remedy, item is not None
        self._line = line - self._window.lines(start, at)
        self._parser = None

    def _at_next(self, text: str, is_end: bool) -> str:
        """Start a parser at the next item and return the text from there on; empty if it is not in the text."""
        text = self._sought + text
        found = (_NEXT_DOCUMENT if self._is_closed else _NEXT_ITEM).search(text)
        end = found.start() if found else len(text) if is_end else max(0, len(text) - len("<item"))
        self._line += text.count("\n", 0, end)
        self._sought = "" if found else text[end:]
        if self._broken is not None:
            if not self._broken.post and (post := _POST_ID.search(text, 0, end)):
                self._broken.post = post.group(1)
            if found or is_end:
                self._end_broken(self._broken, found is not None)
        if not found:
            return ""
        self._start_parser(_PROLOGUE if found.group().startswith("<item") else b"")
        return text[end:]

    def _end_broken(self, broken: Broken, goes_on: bool) -> None:
        """Complete the report of what is broken, when it is known whether an item follows."""
        broken.is_last = broken.is_last and not goes_on
        where = _NOTHING_READ if broken.is_last else _ONLY_THIS if self._item_is_lost else _READ_ON
        broken.reason = f"{broken.reason}. {where}. Fix: {self._remedy}"
        self._done.append(broken)
        self._broken = None
        self._n_broken += 1
        if self._n_broken > _MOST_BROKEN:
            raise CorpusError(
                f"{self._path}:{broken.line}: more than {_MOST_BROKEN:,} items are broken. Fix: export again"
            )

    def corrections(self) -> Iterator[Correction]:
        """Yield what was corrected in the whole file."""
        for what, count in self._faults.most_common():
            yield Correction(self._fault_lines[what], f"{what} ({count:,} {'time' if count == 1 else 'times'})")

    def _count(self, what: str, line: int) -> None:
        self._faults[what] += 1
        self._fault_lines.setdefault(what, line)
