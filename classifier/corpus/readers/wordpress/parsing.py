"""The XML of a WordPress export (WXR) as a stream of terms and items, whatever the size of the file.

At most one item is in memory. Authors, comments and passwords of posts are personal or secret: they are cut out of an
item before any other code sees it. The parser is Python's own expat. A file with a document type is refused before
anything in it can name an entity. An item whose XML is broken costs no other: the parser starts again at the next one.
"""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from classifier.corpus.readers.limits import KEPT_OF_OVERSIZED, KEPT_OVERSIZED_NOTE, LIMITS, Limits
from classifier.corpus.readers.wordpress.collecting import (
    CUT,
    ITEM_FIELDS,
    SITE_FIELDS,
    TERM_FIELDS,
    TERMS,
    declared_term,
    put_field,
)
from classifier.corpus.readers.wordpress.correcting import Corrector
from classifier.corpus.readers.wordpress.document import Document
from classifier.corpus.readers.wordpress.elements import Broken, Correction, DeclaredTerm, Item, without_scheme
from classifier.corpus.readers.wordpress.window import Window
from classifier.errors import CorpusError

Element = DeclaredTerm | Item | Broken | Correction

_NAMESPACE = "wordpress.org/export/"
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
_SHORTEN = "shorten or remove that element in the file, then run the command again"
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
        yield Correction(1, f"skipped what stands before the XML: {document.skipped}")
    yield from export.corrections()


class _FaultError(Exception):
    """A fault that expat does not see, and how to fix it."""

    def __init__(self, problem: str, remedy: str = _SHORTEN) -> None:
        super().__init__(problem)
        self.remedy = remedy


class _Export:
    """Expat's handlers. One element at a time collects text; cut elements are skipped."""

    def __init__(self, path: Path, limits: Limits, line: int) -> None:
        self._path = path
        self._limits = limits
        self._done: list[Element] = []
        self._site: dict[str, str] = {}
        self._is_wxr = False
        self._faults: Counter[str] = Counter()
        self._fault_lines: dict[str, int] = {}
        #: while there is no parser, the text that may hold the start of the next item
        self._sought = ""
        #: what is broken before the item that is sought
        self._broken: Broken | None = None
        self._remedy, self._item_is_lost, self._n_broken = "", False, 0
        self._line = line  # of the start of what the parser, or the search for the next item, is given
        self._start_parser(b"")

    def _start_parser(self, prologue: bytes) -> None:
        self._corrector = Corrector(self._line, self._faults, self._fault_lines)
        self._item: Item | None = None
        self._declared: tuple[str, dict[str, str]] | None = None
        self._depth = 0
        self._is_closed = False
        self._field = ""
        self._text: list[str] | None = None
        self._attributes: dict[str, str] = {}
        self._window = Window(len(prologue))
        self._item_start = 0
        self._item_is_oversized = False
        self._text_start = 0
        self._cut: str | None = None
        self._cuts: list[tuple[int, int]] = []
        # the text is decoded and corrected before the parser gets it, so it is in UTF-8 whatever the file declares
        self._parser: expat.XMLParserType | None = expat.ParserCreate("utf-8")
        self._parser.buffer_text = True
        self._parser.buffer_size = 1 << 16
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.EndElementHandler = self._end
        self._parser.StartElementHandler = self._start
        self._parser.Parse(prologue)

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

    def _fault_of(self, data: bytes, final: bool) -> tuple[str, str] | None:
        """Parse bytes; return what is wrong with them and how to fix it, or None."""
        try:
            self._active.Parse(data, final)
            self._check_size()
        except expat.ExpatError as error:
            return f"broken XML ({expat.ErrorString(error.code)})", "correct the line, or export again"
        except _FaultError as error:
            return str(error), error.remedy
        return None

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

    def _check_size(self) -> None:
        """Forget the part of the file that is done with, and any item that is too large."""
        is_kept = self._item is not None and not self._item_is_oversized
        keep_from = self._item_start if is_kept else self._active.CurrentByteIndex
        open_from = min(keep_from, self._text_start) if self._text is not None else keep_from
        if self._window.end - open_from > self._limits.item:
            if self._item is None or self._item_is_oversized:
                raise _FaultError(f"an XML element is over the limit of {self._limits.item:,} bytes")
            self._forget(self._item)
            open_from = self._active.CurrentByteIndex
        self._window.drop(open_from)

    def _forget(self, item: Item) -> None:
        """Keep only the start of an item that is too large, and collect no more of it."""
        end = self._item_start + KEPT_OF_OVERSIZED
        item.raw = self._window.text(self._item_start, end, self._cuts)[:KEPT_OF_OVERSIZED]
        self._item_is_oversized = True
        self._cuts = []
        self._text = None
        self._active.CharacterDataHandler = None

    def take(self) -> list[Element]:
        """Return everything completed since the last call."""
        done, self._done = self._done, []
        return done

    def corrections(self) -> Iterator[Correction]:
        """Yield what was corrected in the whole file."""
        for what, count in self._faults.most_common():
            yield Correction(self._fault_lines[what], f"{what} ({count:,} {'time' if count == 1 else 'times'})")

    @property
    def _active(self) -> expat.XMLParserType:
        if self._parser is None:
            raise RuntimeError("there is no parser between two items")
        return self._parser

    def _line_now(self) -> int:
        return self._line + (self._parser.CurrentLineNumber - 1 if self._parser else 0)

    def _count(self, what: str, line: int) -> None:
        self._faults[what] += 1
        self._fault_lines.setdefault(what, line)

    def _refuse_doctype(self, *_: object) -> None:
        raise CorpusError(
            f"{self._path}:{self._line_now()}: the file declares a document type (DTD). No WordPress "
            "export has one, and it can make a parser read other files or fill the memory. "
            "Fix: remove the DOCTYPE if you trust the file"
        )

    def _deeper(self, _name: str = "", _attributes: object = None) -> None:
        self._depth += 1
        if self._depth > self._limits.depth:
            raise _FaultError(f"XML elements are nested over the limit of {self._limits.depth:,} levels")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._deeper()
        if self._item_is_oversized:
            return
        if name in CUT:
            self._cut = name
            self._cuts.append((self._active.CurrentByteIndex, -1))
            self._active.StartElementHandler = self._deeper
            self._active.CharacterDataHandler = None
        elif self._item is not None:
            if name in ITEM_FIELDS:
                self._collect(name)
            elif name == "category":
                self._collect(name)
                self._attributes = attributes
            elif name == "item":
                raise _FaultError(
                    "the item before this one has no end", "add </item> before this line, or export again"
                )
        elif name == "item":
            self._start_item()
        elif name in TERMS:
            self._declared = name, {}
        elif name in SITE_FIELDS or name == "wp:wxr_version" or name in TERM_FIELDS:
            self._collect(name)
        elif name == "rss" and any(_NAMESPACE in value for value in attributes.values()):
            self._is_wxr = True

    def _collect(self, name: str) -> None:
        self._field, self._text = name, []
        self._text_start = self._active.CurrentByteIndex
        # without a handler expat makes no strings, so there is one only while text is wanted
        self._active.CharacterDataHandler = self._text.append

    def _start_item(self) -> None:
        if not self._is_wxr:
            raise self._no_export(self._line_now())
        self._item_start = self._active.CurrentByteIndex
        self._cuts = []
        self._item = Item(self._line_now(), next(filter(None, map(self._site.get, SITE_FIELDS)), ""))

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._is_closed = self._depth == 0
        if self._cut is not None:
            if name == self._cut:
                self._end_cut()
            return
        item, text = self._item, self._text
        if text is not None:
            if name != self._field:  # unescaped markup inside the field; its text counts
                return
            self._text = None
            self._active.CharacterDataHandler = None
            self._end_field(name, "".join(text))
        elif item is not None and name == "item":
            self._end_item(item)
        elif self._declared and name == self._declared[0]:
            self._end_term(*self._declared)

    def _end_item(self, item: Item) -> None:
        end = self._active.CurrentByteIndex
        if not self._item_is_oversized and end - self._item_start > self._limits.item:
            self._forget(item)
        if self._item_is_oversized:
            reason = f"an item of more than {self._limits.item:,} bytes. Fix: shorten it ({KEPT_OVERSIZED_NOTE})"
            self._done.append(Broken(item.line, reason, item.raw, item.number))
        else:
            item.raw = self._window.text(self._item_start, end, self._cuts) + "</item>"
            item.fields.pop("wp:meta_key", None)
            self._done.append(item)
        self._item = None
        self._item_is_oversized = False

    def _end_cut(self) -> None:
        self._cut = None
        if self._cuts:  # an oversized item has forgotten them
            self._cuts[-1] = (self._cuts[-1][0], self._window.after(b">", self._active.CurrentByteIndex))
        self._active.StartElementHandler = self._start
        if self._text is not None:
            self._active.CharacterDataHandler = self._text.append

    def _end_field(self, name: str, text: str) -> None:
        item = self._item
        if item is None:
            if name == "wp:wxr_version":
                self._is_wxr = True
            elif name in SITE_FIELDS:
                self._site[name] = without_scheme(text.strip())
            elif self._declared:
                self._declared[1][name] = text.strip()
        else:
            put_field(item, name, text, self._attributes)

    def _end_term(self, element: str, values: dict[str, str]) -> None:
        self._done.append(declared_term(element, values))
        self._declared = None

    def _no_export(self, line: int) -> CorpusError:
        return CorpusError(
            f"{self._path}:{line}: not a WordPress export: it has no wp:wxr_version before this line. "
            "Fix: in WordPress, export again with Tools, Export"
        )
