"""WordPress exports: every published post with its categories as labels, unless only Copydesk chose them."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.rows import LeftOut, Place, Reading, Reject, Row
from classifier.corpus.readers.wxr_elements import MACHINE_KEY, Broken, Item
from classifier.corpus.readers.wxr_items import read_wxr
from classifier.errors import SectionsError
from classifier.sections import Section, Sections
from classifier.text.markup import unescape

SYSTEM = "wordpress"
#: WordPress puts posts without a category under this one.
UNCATEGORIZED = "uncategorized"
_NOT_PUBLISHED = "items of WordPress exports that are not published posts"
_MACHINE_ONLY = "posts whose labels were all applied by Copydesk itself (--machine-labels keeps them)"
_DELIMITER = re.compile(r"[,|]")
_PHP_TEXT = re.compile(r's:\d+:"([^"]*)"')


def wxr_reader(
    sections: Sections, reading: Reading, limits: Limits = LIMITS
) -> Callable[[Path], Iterator[Row | Reject | LeftOut]]:
    """Return a reader of WordPress exports that finds sections by slug, id, name or alias, in this order."""

    def read_export(path: Path) -> Iterator[Row | Reject | LeftOut]:
        for found in read_wxr(path, limits):
            if isinstance(found, Broken):
                yield Reject(Place(path, found.line), (found.reason,), found.raw)
            elif isinstance(found, Item):
                place = Place(path, found.line)
                yield (
                    _row(found, place, sections, reading) if found.is_published_post else LeftOut(place, _NOT_PUBLISHED)
                )

    return read_export


def display_name(name: str) -> str:
    """Return a category's name as people see it: WordPress stores ``&`` as an entity."""
    return " ".join(unescape(name).split())


def _row(item: Item, place: Place, sections: Sections, reading: Reading) -> Row | Reject | LeftOut:
    try:
        labels = {slug: _section(slug, name, sections) for slug, name in _labels(item)}
        machine = set() if reading.machine_labels else _machine_labels(item, sections)
    except (SectionsError, ValueError) as error:
        return Reject(place, (str(error),), item.raw)
    # slugs in other scripts are percent-encoded, and unreadable in a message
    names = {slug: section.id if section else unquote(slug) for slug, section in labels.items()}
    if _only_machine_chose(labels, names, machine, sections, reading):
        return LeftOut(place, _MACHINE_ONLY)
    fields = {
        "id": _id(item),
        "headline": item.fields.get("title", ""),
        "body": item.fields.get("content:encoded", ""),
        "url": item.fields.get("link", ""),
        "published": _published(item),
        "sections": list(dict.fromkeys(names.values())),
    }
    return Row(place, {name: value for name, value in fields.items() if value is not None}, item.raw)


def _only_machine_chose(
    labels: Mapping[str, Section | None],
    names: Mapping[str, str],
    machine: Collection[str],
    sections: Sections,
    reading: Reading,
) -> bool:
    """Return whether Copydesk chose labels of a post, and no editor chose any.

    An editor who chose one label saw the others. Without them, the post would teach that they do not apply.
    """
    ours = {slug for slug, section in labels.items() if slug in machine or (section and section.id in machine)}
    chosen = [name for slug, name in names.items() if slug not in ours]
    if reading.ignore_unknown:
        chosen = [name for name in chosen if sections.get(name)]
    return bool(ours) and not chosen


def _labels(item: Item) -> Iterator[tuple[str, str]]:
    """Yield the slug of each category, and its name as people see it."""
    for nicename, name in item.categories:
        slug = nicename or display_name(name)
        if slug and slug != UNCATEGORIZED:
            yield slug, display_name(name)


def _section(slug: str, name: str, sections: Sections) -> Section | None:
    return sections.get_external(SYSTEM, slug) or sections.get(unquote(slug)) or sections.get(name)


def _machine_labels(item: Item, sections: Sections) -> set[str]:
    """Return the labels that Copydesk applied, and the ids of their sections."""
    labels = {label for value in item.machine for label in _applied(value)}
    return labels | {section.id for label in labels if (section := _section(label, label, sections))}


def _applied(value: str) -> list[str]:
    """Read labels: JSON (a list, or an object with the labels as keys), a PHP array, or text with commas or pipes."""
    value = value.strip()
    if value.startswith("a:") and value.endswith("}"):
        return _PHP_TEXT.findall(value)
    if not value.startswith(("[", "{")):
        return [label.strip() for label in _DELIMITER.split(value) if label.strip()]
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list | dict) or not all(isinstance(label, str) for label in found):
        raise ValueError(
            f"{MACHINE_KEY}: must be section ids, as a JSON object or list, or separated by commas or pipes"
        )
    return list(found)


def _id(item: Item) -> str | None:
    """Return an id that is unique among several sites. A guid has no fixed form in WordPress."""
    number = item.fields.get("wp:post_id")
    return f"{item.site}/{number}" if number and item.site else number or None


def _published(item: Item) -> str | None:
    dates = (item.fields.get(name, "") for name in ("wp:post_date_gmt", "wp:post_date"))
    return next((date for date in dates if date and not date.startswith("0000")), None)
