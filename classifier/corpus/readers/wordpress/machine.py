"""The labels that Copydesk itself applied to a post, as its plugin records them."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping

from classifier.corpus.readers.rows import Reading
from classifier.corpus.readers.wordpress.elements import MACHINE_KEY, Item
from classifier.sections import Section, Sections

_DELIMITER = re.compile(r"[,|]")
_PHP_TEXT = re.compile(r's:\d+:"([^"]*)"')


def only_machine_chose(
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


def machine_labels(item: Item, find: Callable[[str], Section | None]) -> set[str]:
    """Return the labels that Copydesk applied, and the ids of their sections.

    Raises
    ------
    ValueError
        If the record cannot be read.
    """
    labels = {label for key, value in item.meta if key == MACHINE_KEY for label in _applied(value)}
    return labels | {section.id for label in labels if (section := find(label))}


def _applied(value: str) -> Iterator[str]:
    """Read labels: JSON (a list, or an object with the labels as keys), a PHP array, or text with commas or pipes."""
    value = value.strip()
    if value.startswith("a:") and value.endswith("}"):
        yield from _PHP_TEXT.findall(value)
        return
    if not value.startswith(("[", "{")):
        yield from filter(None, map(str.strip, _DELIMITER.split(value)))
        return
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list | dict) or not all(isinstance(label, str) for label in found):
        raise ValueError(
            f"{MACHINE_KEY}: must be section ids, as a JSON object or list, or separated by commas or pipes"
        )
    yield from found
