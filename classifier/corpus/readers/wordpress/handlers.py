"""Expat's handlers for an export: elements become terms and items, and what is personal is cut out."""

from collections import Counter
from pathlib import Path
from xml.parsers import expat

from classifier.corpus.readers.limits import KEPT_OF_OVERSIZED, KEPT_OVERSIZED_NOTE, Limits
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
from classifier.corpus.readers.wordpress.elements import Broken, Correction, DeclaredTerm, Item, without_scheme
from classifier.corpus.readers.wordpress.window import Window
from classifier.errors import CorpusError

Element = DeclaredTerm | Item | Broken | Correction

_NAMESPACE = "wordpress.org/export/"
_SHORTEN = "shorten or remove that element in the file, then run the command again"


class _FaultError(Exception):
    """A fault that expat does not see, and how to fix it."""

    def __init__(self, problem: str, remedy: str = _SHORTEN) -> None:
        super().__init__(problem)
        self.remedy = remedy


class ExportHandlers:
    """Expat's handlers. One element at a time collects text; cut elements are skipped.

    Parameters
    ----------
    path : Path
        The file, for messages.
    limits : Limits
    line : int
        The line of the file where the text begins that the parser is given.
    """

    def __init__(self, path: Path, limits: Limits, line: int) -> None:
        self._path = path
        self._limits = limits
        self._done: list[Element] = []
        self._site: dict[str, str] = {}
        self._is_wxr = False
        self._faults: Counter[str] = Counter()
        self._fault_lines: dict[str, int] = {}
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

    @property
    def _active(self) -> expat.XMLParserType:
        if self._parser is None:
            raise RuntimeError("there is no parser between two items")
        return self._parser

    def _line_now(self) -> int:
        return self._line + (self._parser.CurrentLineNumber - 1 if self._parser else 0)

    def _refuse_doctype(self, *_: object) -> None:
        raise CorpusError(
            f"{self._path}:{self._line_now()}: the file declares a document type (DTD). No WordPress "
            "export has one, and it can make a parser read other files or fill the memory. "
            "Fix: remove the DOCTYPE if you trust the file"
        )

    def _deeper(self, name: str, _attributes: object = None) -> None:
        self._depth += 1
        if name == "item" and self._item is not None and not self._item_is_oversized:
            raise _FaultError("the item before this one has no end", "add </item> before this line, or export again")
        if self._depth > self._limits.depth:
            raise _FaultError(f"XML elements are nested more than {self._limits.depth:,} levels deep")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._deeper(name)
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
