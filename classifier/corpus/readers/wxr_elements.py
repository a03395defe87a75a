"""The elements of a WordPress export that readers get: categories, items, and the place at which it is broken."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

#: The post meta in which Copydesk's plugin records the labels that it applied.
MACHINE_KEY = "_copydesk_applied"


@dataclass(slots=True)
class Category:
    """A category as the head of the export declares it; ``parent`` is the nicename of another category."""

    nicename: str
    name: str
    parent: str
    term_id: str


@dataclass(slots=True)
class Item:
    """A post, page or other item: its fields by the names of their elements, and its XML without personal data."""

    line: int
    site: str
    fields: dict[str, str] = field(default_factory=dict)
    #: (nicename, name) of the item's own categories, without their parents
    categories: list[tuple[str, str]] = field(default_factory=list)
    #: Copydesk's own records of the labels that it applied
    machine: list[str] = field(default_factory=list)
    raw: str = ""

    @property
    def is_published_post(self) -> bool:
        """Whether the item is an article that readers of the site can see."""
        return self.fields.get("wp:post_type") == "post" and self.fields.get("wp:status") == "publish"


@dataclass(slots=True)
class Broken:
    """The line at which the XML is broken or over a limit, the reason, and the start of the item that it breaks."""

    line: int
    reason: str
    raw: str


def without_scheme(url: str) -> str:
    """Return the host and path of a site: the sites of a network may share the host."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as a host in a bracket that never closes
        return url
    return (parts.netloc.rpartition("@")[2] + parts.path).rstrip("/")
