"""The XML of a WordPress export (WXR) as a stream of categories and items, whatever the size of the file.

Nothing here holds more than one item. Authors, comments and passwords of posts are personal or secret: they are cut out
of an item before anyone sees it. The parser is Python's own expat; a file with a document type is refused before
anything in it could name an entity.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from xml.parsers import expat

from classifier.corpus.readers.files import open_bytes
from classifier.errors import CorpusError

MACHINE_KEY = "_copydesk_applied"

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
# WordPress writes control characters that were pasted into a post as they are, though XML forbids them. A space each
# saves the rest of the export, and leaves the offset of every byte as it was.
_FORBIDDEN = bytes(set(range(0x20)) - {0x09, 0x0A, 0x0D})
_MENDED = bytes.maketrans(_FORBIDDEN, b" " * len(_FORBIDDEN))


@dataclass(slots=True)
class Category:
    """A category as the head of the export declares it; ``parent`` is the nicename of another."""

    nicename: str
    name: str
    parent: str
    term_id: str


@dataclass(slots=True)
class Item:
    """A post, page or other item: its fields by the names of their elements, and its XML without what is personal."""

    line: int
    site: str
    fields: dict[str, str] = field(default_factory=dict)
    #: (nicename, name) of the item's own categories; parents are not among them
    categories: list[tuple[str, str]] = field(default_factory=list)
    #: what Copydesk wrote down of the labels that it applied
    machine: list[str] = field(default_factory=list)
    raw: str = ""

    @property
    def is_published_post(self) -> bool:
        """Whether readers of the site can see it, and it is an article."""
        return self.fields.get("wp:post_type") == "post" and self.fields.get("wp:status") == "publish"


@dataclass(slots=True)
class Broken:
    """Where the XML ends to make sense, why, and the item that it breaks, as far as it goes."""

    line: int
    reason: str
    raw: str


def read_wxr(path: Path) -> Iterator[Category | Item | Broken]:
    """Yield what an export holds; where its XML is broken, that comes last.

    Raises
    ------
    CorpusError
        If the file is no WordPress export, or declares a document type.
    """
    export = _Export(path)
    with open_bytes(path) as file:
        more = True
        while more:
            more = bool(chunk := file.read(_CHUNK))
            broken = export.feed(chunk)
            yield from export.take()
            if broken:
                yield broken
                return


class _Export:
    """Expat's handlers. One element at a time collects text; what lies in a cut element is passed over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._done: list[Category | Item] = []
        self._item: Item | None = None
        self._category: dict[str, str] | None = None
        self._field = ""
        self._text: list[str] | None = None
        self._attributes: dict[str, str] = {}
        self._site: dict[str, str] = {}
        self._is_wxr = False
        self._encoding = "utf-8"
        # the file from _base on, kept from the start of the item that is open; places in it are the parser's
        self._window = bytearray()
        self._base = 0
        self._item_start = 0
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
        """Parse some more of the file, an empty chunk for its end; return what is wrong if it is broken."""
        if not self._base and not self._window and chunk[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise CorpusError(f"{self._path}:1: UTF-16, which WordPress does not write; save the file as UTF-8")
        self._window += chunk
        try:
            self._parser.Parse(chunk.translate(_MENDED), not chunk)
        except expat.ExpatError as error:
            return self._broken(error)
        except (LookupError, ValueError) as error:  # from Python's codecs, for an encoding that expat does not know
            raise CorpusError(f"{self._path}:1: an encoding that cannot be read; save the file as UTF-8") from error
        keep_from = self._item_start if self._item else self._parser.CurrentByteIndex
        if keep_from > self._base:
            del self._window[: keep_from - self._base]
            self._base = keep_from
        if not chunk and not self._is_wxr:
            raise self._no_export(self._parser.CurrentLineNumber)
        return None

    def take(self) -> list[Category | Item]:
        """Return what was completed since the last call."""
        done, self._done = self._done, []
        return done

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:  # noqa: ARG002 - expat's call
        self._encoding = encoding or "utf-8"

    def _refuse_doctype(self, *_: object) -> None:
        raise CorpusError(
            f"{self._path}:{self._parser.CurrentLineNumber}: declares a document type (DTD), which no WordPress export "
            "does and which can make a parser read other files or fill the memory; remove the DOCTYPE if you trust it"
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _CUT:
            self._cut = name
            self._cuts.append((self._parser.CurrentByteIndex, -1))
            self._parser.StartElementHandler = None
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
        # a handler only where text is wanted: expat makes no strings of the rest
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
        if self._cut is not None:
            if name == self._cut:
                self._end_cut()
            return
        item, text = self._item, self._text
        if text is not None:
            if name != self._field:  # markup inside the field that nobody escaped; its text counts
                return
            self._text = None
            self._parser.CharacterDataHandler = None
            self._end_field(name, "".join(text))
        elif item is not None and name == "item":
            item.raw = self._raw(self._parser.CurrentByteIndex) + "</item>"
            item.fields.pop("wp:meta_key", None)
            self._done.append(item)
            self._item = None
        elif name == "wp:category" and self._category is not None:
            self._end_category(self._category)

    def _end_cut(self) -> None:
        self._cut = None
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
                self._site[name] = _without_scheme(text.strip())
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
        """Return the open item up to ``end`` without what was cut out of it."""
        pieces, start = [], self._item_start
        for cut_start, cut_end in [*self._cuts, (end, end)]:
            pieces.append(bytes(self._window[start - self._base : cut_start - self._base]))
            if cut_end < 0:  # the file breaks in the midst of it
                break
            start = cut_end
        return b"".join(pieces).decode(self._encoding, errors="surrogateescape")

    def _broken(self, error: expat.ExpatError) -> Broken:
        if not self._is_wxr:
            raise self._no_export(error.lineno) from error
        reason = (
            f"broken XML ({expat.ErrorString(error.code)}); what came before was read, nothing after it was; "
            "export again, or mend the line"
        )
        raw = self._raw(self._base + len(self._window)) if self._item else ""
        return Broken(error.lineno, reason, raw)

    def _no_export(self, line: int) -> CorpusError:
        return CorpusError(
            f"{self._path}:{line}: not a WordPress export: no wp:wxr_version up to here; export from Tools, Export"
        )


def _without_scheme(url: str) -> str:
    """Return host and path of a site: sites of one network may share the host."""
    parts = urlsplit(url)
    return (parts.netloc.rpartition("@")[2] + parts.path).rstrip("/")
