"""The XML of a WordPress export (WXR) as a stream of categories and items, whatever the size of the file.

At most one item is in memory. Authors, comments and passwords of posts are personal or secret: they are cut out of an
item before any other code sees it. The parser is Python's own expat. A file with a document type is refused before
anything in it can name an entity.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from classifier.corpus.readers.files import open_bytes
from classifier.corpus.readers.limits import KEPT_OF_OVERSIZED, KEPT_OVERSIZED_NOTE, LIMITS, Limits
from classifier.corpus.readers.wxr_elements import MACHINE_KEY, Broken, Category, Item, without_scheme
from classifier.errors import CorpusError

_CHUNK = 1 << 18
_ITEM_FIELDS = frozenset(
    {
        "title",
        "link",
        "content:encoded",
        "wp:post_id",
        "wp:post_date",
        "wp:post_date_gmt",
        "wp:status",
        "wp:post_type",
        "wp:meta_key",
    }
)
_SITE_FIELDS = ("wp:base_blog_url", "wp:base_site_url")
_CATEGORY_FIELDS = frozenset({"wp:category_nicename", "wp:category_parent", "wp:cat_name", "wp:term_id"})
_CUT = frozenset({"wp:comment", "dc:creator", "wp:author", "wp:post_password"})
# WordPress exports control characters that were pasted into a post, though XML forbids them. Each is read as a space,
# which saves the rest of the export and leaves the offset of every byte unchanged.
_FORBIDDEN = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D})
_AS_SPACES = bytes.maketrans(_FORBIDDEN, b" " * len(_FORBIDDEN))


def read_wxr(path: Path, limits: Limits = LIMITS) -> Iterator[Category | Item | Broken]:
    """Yield the categories and items of an export. If its XML is broken, a `Broken` comes last.

    An item over its limit is a `Broken` too, but reading goes on after it.

    Raises
    ------
    CorpusError
        If the file is not a WordPress export, or declares a document type.
    """
    export = _Export(path, limits)
    with open_bytes(path, limits) as file:
        more = True
        while more:
            more = bool(chunk := file.read(min(_CHUNK, limits.item)))
            broken = export.feed(chunk)
            yield from export.take()
            if broken:
                yield broken
                return


class _BreaksLimitError(Exception):
    """The export is over a limit after which it cannot be read on."""


class _Export:
    """Expat's handlers. One element at a time collects text; cut elements are skipped."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        self._done: list[Category | Item | Broken] = []
        self._item: Item | None = None
        self._depth = 0
        self._category: dict[str, str] | None = None
        self._field = ""
        self._text: list[str] | None = None
        self._attributes: dict[str, str] = {}
        self._site: dict[str, str] = {}
        self._is_wxr = False
        self._encoding = "utf-8"
        # the file from byte _base on, kept from the start of the open item; its positions are the parser's
        self._window = bytearray()
        self._base = 0
        self._item_start = 0
        self._item_is_oversized = False
        self._text_start = 0
        self._cut: str | None = None
        self._cuts: list[tuple[int, int]] = []
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.buffer_size = 1 << 16
        self._parser.XmlDeclHandler = self._declaration
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.EndElementHandler = self._end
        self._parser.StartElementHandler = self._start

    def feed(self, chunk: bytes) -> Broken | None:
        """Parse the next chunk of the file, or its end if the chunk is empty; return the fault if it is broken."""
        if not self._base and not self._window and chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise CorpusError(
                f"{self._path}:1: the file is in UTF-16, but WordPress writes UTF-8. Fix: save the file as UTF-8"
            )
        self._window += chunk
        try:
            self._parser.Parse(chunk.translate(_AS_SPACES), not chunk)
            self._check_size()
        except expat.ExpatError as error:
            problem = f"broken XML ({expat.ErrorString(error.code)})"
            return self._broken(error.lineno, problem, "export again, or correct the line")
        except _BreaksLimitError as error:
            remedy = "shorten or remove that element in the file, then run the command again"
            return self._broken(self._parser.CurrentLineNumber, str(error), remedy)
        except (LookupError, ValueError) as error:  # from Python's codecs, for an encoding that expat does not know
            raise CorpusError(f"{self._path}:1: unknown text encoding. Fix: save the file as UTF-8") from error
        if not chunk and not self._is_wxr:
            raise self._no_export(self._parser.CurrentLineNumber)
        return None

    def _check_size(self) -> None:
        """Forget the part of the file that is done with, and any item that is too large."""
        is_kept = self._item is not None and not self._item_is_oversized
        keep_from = self._item_start if is_kept else self._parser.CurrentByteIndex
        open_from = min(keep_from, self._text_start) if self._text is not None else keep_from
        if self._base + len(self._window) - open_from > self._limits.item:
            if self._item is None or self._item_is_oversized:
                raise _BreaksLimitError(f"an XML element is over the limit of {self._limits.item:,} bytes")
            self._forget(self._item)
            keep_from = self._parser.CurrentByteIndex
        if keep_from > self._base:
            del self._window[: keep_from - self._base]
            self._base = keep_from

    def _forget(self, item: Item) -> None:
        """Keep only the start of an item that is too large, and collect no more of it."""
        item.raw = self._raw(self._item_start + KEPT_OF_OVERSIZED)[:KEPT_OF_OVERSIZED]
        self._item_is_oversized = True
        self._cuts = []
        self._text = None
        self._parser.CharacterDataHandler = None

    def take(self) -> list[Category | Item | Broken]:
        """Return everything completed since the last call."""
        done, self._done = self._done, []
        return done

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:  # noqa: ARG002 - expat's call
        self._encoding = encoding or "utf-8"

    def _refuse_doctype(self, *_: object) -> None:
        raise CorpusError(
            f"{self._path}:{self._parser.CurrentLineNumber}: the file declares a document type (DTD). No WordPress "
            "export has one, and it can make a parser read other files or fill the memory. "
            "Fix: remove the DOCTYPE if you trust the file"
        )

    def _deeper(self, _name: str = "", _attributes: object = None) -> None:
        self._depth += 1
        if self._depth > self._limits.depth:
            raise _BreaksLimitError(f"XML elements are nested over the limit of {self._limits.depth:,} levels")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._deeper()
        if self._item_is_oversized:
            return
        if name in _CUT:
            self._cut = name
            self._cuts.append((self._parser.CurrentByteIndex, -1))
            self._parser.StartElementHandler = self._deeper
            self._parser.CharacterDataHandler = None
        elif self._item is not None:
            if name in _ITEM_FIELDS or (name == "wp:meta_value" and self._is_machine_meta()):
                self._collect(name)
            elif name == "category":
                self._collect(name)
                self._attributes = attributes
        elif name == "item":
            self._start_item()
        elif name == "wp:category":
            self._category = {}
        elif name in _SITE_FIELDS or name == "wp:wxr_version" or name in _CATEGORY_FIELDS:
            self._collect(name)

    def _collect(self, name: str) -> None:
        self._field, self._text = name, []
        self._text_start = self._parser.CurrentByteIndex
        # without a handler expat makes no strings, so there is one only while text is wanted
        self._parser.CharacterDataHandler = self._text.append

    def _start_item(self) -> None:
        if not self._is_wxr:
            raise self._no_export(self._parser.CurrentLineNumber)
        self._item_start = self._parser.CurrentByteIndex
        self._cuts = []
        self._item = Item(self._parser.CurrentLineNumber, next(filter(None, map(self._site.get, _SITE_FIELDS)), ""))

    def _is_machine_meta(self) -> bool:
        return self._item is not None and self._item.fields.get("wp:meta_key") == MACHINE_KEY

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._cut is not None:
            if name == self._cut:
                self._end_cut()
            return
        item, text = self._item, self._text
        if text is not None:
            if name != self._field:  # unescaped markup inside the field; its text counts
                return
            self._text = None
            self._parser.CharacterDataHandler = None
            self._end_field(name, "".join(text))
        elif item is not None and name == "item":
            self._end_item(item)
        elif name == "wp:category" and self._category is not None:
            self._end_category(self._category)

    def _end_item(self, item: Item) -> None:
        if not self._item_is_oversized and self._parser.CurrentByteIndex - self._item_start > self._limits.item:
            self._forget(item)
        if self._item_is_oversized:
            reason = f"an item of more than {self._limits.item:,} bytes. Fix: shorten it ({KEPT_OVERSIZED_NOTE})"
            self._done.append(Broken(item.line, reason, item.raw))
        else:
            item.raw = self._raw(self._parser.CurrentByteIndex) + "</item>"
            item.fields.pop("wp:meta_key", None)
            self._done.append(item)
        self._item = None
        self._item_is_oversized = False

    def _end_cut(self) -> None:
        self._cut = None
        if self._cuts:  # an oversized item has forgotten them
            start, _ = self._cuts[-1]
            end = self._window.find(b">", self._parser.CurrentByteIndex - self._base)
            self._cuts[-1] = (start, self._base + end + 1)
        self._parser.StartElementHandler = self._start
        if self._text is not None:
            self._parser.CharacterDataHandler = self._text.append

    def _end_field(self, name: str, text: str) -> None:
        item = self._item
        if item is None:
            if name == "wp:wxr_version":
                self._is_wxr = True
            elif name in _SITE_FIELDS:
                self._site[name] = without_scheme(text.strip())
            elif self._category is not None:
                self._category[name] = text.strip()
        elif name == "category":
            if self._attributes.get("domain") == "category":
                item.categories.append((self._attributes.get("nicename", "").strip(), text.strip()))
        elif name == "wp:meta_value":
            item.machine.append(text)
        else:
            item.fields[name] = text if name == "content:encoded" else text.strip()

    def _end_category(self, values: dict[str, str]) -> None:
        names = ("wp:category_nicename", "wp:cat_name", "wp:category_parent", "wp:term_id")
        self._done.append(Category(*(values.get(name, "") for name in names)))
        self._category = None

    def _raw(self, end: int) -> str:
        """Return the open item up to byte ``end``, without the elements that were cut out of it."""
        pieces, start = [], self._item_start
        for cut_start, cut_end in [*self._cuts, (end, end)]:
            pieces.append(bytes(self._window[start - self._base : cut_start - self._base]))
            if cut_end < 0:  # the file is broken inside the cut element
                break
            start = cut_end
        try:
            return b"".join(pieces).decode(self._encoding, errors="surrogateescape")
        except (LookupError, UnicodeError):
            return b"".join(pieces).decode("utf-8", errors="surrogateescape")

    def _broken(self, line: int, problem: str, remedy: str) -> Broken:
        if not self._is_wxr:
            raise self._no_export(line)
        reason = f"{problem}. Everything before it was read, and nothing after it was. Fix: {remedy}"
        item = self._item
        if item is None or self._item_is_oversized:
            return Broken(line, reason, item.raw if item else "")
        return Broken(line, reason, self._raw(self._base + len(self._window)))

    def _no_export(self, line: int) -> CorpusError:
        return CorpusError(
            f"{self._path}:{line}: not a WordPress export: it has no wp:wxr_version before this line. "
            "Fix: in WordPress, export again with Tools, Export"
        )
