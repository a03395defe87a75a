"""The elements of a WordPress export that readers get: terms, items, and the places at which it is broken."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

#: The post meta in which Copydesk's plugin records the labels that it applied.
MACHINE_KEY = "_copydesk_applied"
CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class DeclaredTerm:
    """A term of a taxonomy as the head of the export declares it; ``parent`` is the slug of another term."""

    slug: str
    name: str
    parent: str
    term_id: str
    taxonomy: str = CATEGORY


@dataclass(frozen=True, slots=True)
class ItemTerm:
    """A term that an item has; its parents are not among the item's terms."""

    taxonomy: str
    slug: str
    name: str


@dataclass(slots=True)
class Item:
    """A post, page or other item: its fields by the names of their elements, and its XML without personal data."""

    line: int
    site: str
    fields: dict[str, str] = field(default_factory=dict)
    terms: list[ItemTerm] = field(default_factory=list)
    #: keys and values of the post meta, in their order
    meta: list[tuple[str, str]] = field(default_factory=list)
    raw: str = ""

    @property
    def number(self) -> str:
        """The id of the post on its site; empty if it has none."""
        return self.fields.get("wp:post_id", "")

    @property
    def kind(self) -> str:
        """The post type, such as ``post`` or ``page``."""
        return self.fields.get("wp:post_type", "")

    @property
    def status(self) -> str:
        """The status, such as ``publish`` or ``draft``."""
        return self.fields.get("wp:status", "")

    @property
    def content(self) -> str:
        """The text as WordPress stores it, with its blocks and shortcodes."""
        return self.fields.get("content:encoded", "")

    def terms_of(self, taxonomy: str) -> list[ItemTerm]:
        """Return the item's terms of one taxonomy."""
        return [term for term in self.terms if term.taxonomy == taxonomy]


@dataclass(slots=True)
class Broken:
    """A part of the export that cannot be read.

    Parameters
    ----------
    line : int
        Where it is broken or over a limit.
    reason : str
    raw : str
        The start of the item, as far as it was parsed and without personal data.
    post : str
        The id of the post, if it is known.
    is_last : bool
        Whether nothing after it could be read.
    """

    line: int
    reason: str
    raw: str
    post: str = ""
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """A kind of fault that was corrected in an export, how often, and the line of the first one."""

    line: int
    what: str


def without_scheme(url: str) -> str:
    """Return the host and path of a site: the sites of a network may share the host."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as a host in a bracket that never closes
        return url
    return (parts.netloc.rpartition("@")[2] + parts.path).rstrip("/")
