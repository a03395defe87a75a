"""The article in a ninjs item: its headline, text, language and subjects, in versions 1, 2 and 3 of the format.

ninjs is the IPTC's JSON format for news. Version 1 has one ``headline``, one ``body_xhtml`` or ``body_text`` and
``subject``; versions 2 and 3 have lists, ``headlines``, ``bodies`` and ``subjects``. Version 3 writes
``versionCreated`` and ``contentType`` where the others have ``versioncreated`` and ``contenttype``: the case of keys
does not matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: Keys that only a ninjs item has among the forms of JSON that Copydesk reads.
_KEYS = frozenset({"headlines", "bodies", "body_xhtml", "body_text", "versioncreated", "pubstatus", "description_text"})
_MEDIA_TOPICS = "cv.iptc.org/newscodes/mediatopic/"
#: Version 1 names the bodies of other media types body_NAME.
_BODIES = ("body_xhtml", "body_html", "body_text")
#: What an item without a body may have.
_DESCRIPTIONS = ("description_xhtml", "description_text", "description_summary")
_DATES = ("firstcreated", "contentcreated", "versioncreated")


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject of an item: its name in one or several languages, and its codes, such as ``medtop:20000124``."""

    names: tuple[str, ...]
    codes: tuple[str, ...]

    @property
    def label(self) -> str:
        """The name, or the code of a subject without a name."""
        return next(iter((*self.names, *self.codes)))


def is_ninjs(item: Mapping[str, Any]) -> bool:
    """Return whether a JSON object is a ninjs item: it has a ``uri`` and a key that other forms do not have."""
    if not isinstance(item.get("uri"), str):
        return False
    standard = item.get("standard")
    is_declared = isinstance(standard, Mapping) and standard.get("name") == "ninjs"
    return is_declared or not _KEYS.isdisjoint(map(str.lower, item))


def article_fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of an article that a ninjs item holds, by the names of `Article`.

    Only fields that are present and not empty are returned; ``sections`` are the labels of the item's subjects. Of
    several headlines or bodies the one with the role ``main`` is taken, or else the first with text; XHTML is
    preferred to plain text. An item without a body gives its description. Fields of other kinds, or of wrong types, are
    passed over.
    """
    item = _lower(item)
    fields = {
        "id": _text(item.get("uri")),
        "headline": _text(item.get("headline")) or _main(item.get("headlines")),
        "body": _first(item, _BODIES)
        or _main(item.get("bodies"))
        or _first(item, _DESCRIPTIONS)
        or _main(item.get("descriptions")),
        "language": _text(item.get("language")),
        "published": _first(item, _DATES),
        "sections": list(dict.fromkeys(subject.label for subject in subjects(item))),
    }
    return {name: value for name, value in fields.items() if value}


def subjects(item: Mapping[str, Any]) -> list[Subject]:
    """Return the subjects of an item that have a name or a code."""
    item = _lower(item)
    found = [subject for name in ("subject", "subjects") for subject in _subjects(item.get(name))]
    return [subject for subject in found if subject.names or subject.codes]


def _subjects(value: Any) -> Iterator[Subject]:
    for entry in value if isinstance(value, list) else ():
        if not isinstance(entry, Mapping):
            continue
        names = [_text(entry.get("name")), *(_text(name) for name in _values(entry.get("names")))]
        codes = [code for key in ("code", "literal", "uri") for code in _codes(_text(entry.get(key)))]
        yield Subject(tuple(dict.fromkeys(filter(None, names))), tuple(dict.fromkeys(codes)))


def _values(value: Any) -> list[Any]:
    """Return the texts in a list of texts or of objects with a ``value``."""
    entries = value if isinstance(value, list) else ()
    return [entry.get("value") if isinstance(entry, Mapping) else entry for entry in entries]


def _codes(code: str) -> list[str]:
    """Return a code as it is, and the code ``medtop:N`` if it is the address or the bare number of a Media Topic."""
    if not code:
        return []
    if _MEDIA_TOPICS in code:
        return [f"medtop:{code.rpartition('/')[2]}", code]
    return [f"medtop:{code}", code] if code.isdecimal() and len(code) == 8 else [code]


def _main(value: Any) -> str:
    """Return the text of the main entry of a list of ``{"role", "contenttype", "value"}``."""
    entries = [_lower(entry) for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
    with_text = [entry for entry in entries if _text(entry.get("value"))]
    with_text.sort(key=lambda entry: (not _is_main(entry), "html" not in str(entry.get("contenttype", "")).lower()))
    return _text(with_text[0]["value"]) if with_text else ""


def _is_main(entry: Mapping[str, Any]) -> bool:
    return str(entry.get("role", "")).rpartition("/")[2].rpartition(":")[2].lower() in ("main", "")


def _lower(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {str(name).lower(): value for name, value in entry.items()}


def _first(item: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the first of several fields that has text; empty if none has."""
    return next((text for name in names if (text := _text(item.get(name)))), "")


def _text(value: Any) -> str:
    """Return text without the white space around it; other values are empty."""
    return value.strip() if isinstance(value, str) else ""
