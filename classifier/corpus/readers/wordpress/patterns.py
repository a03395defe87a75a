"""Synced patterns: blocks that a site keeps once, and that posts refer to by number."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from classifier.article import MAX_BODY_LENGTH
from classifier.corpus.readers.files import open_bytes
from classifier.corpus.readers.limits import Limits
from classifier.corpus.readers.wordpress.elements import Item
from classifier.corpus.readers.wordpress.parsing import read_wxr

#: The post type of a pattern, called a reusable block before WordPress 6.3.
PATTERN = "wp_block"
_REFERENCE = re.compile(r"<!--\s*wp:(?:core/)?block\s+(\{[^<>]{0,5000}\})\s*/?-->")
_MARK = f">{PATTERN}<".encode()
_MARK_CDATA = f"[{PATTERN}]]".encode()
_CHUNK = 1 << 20


class Patterns:
    """The synced patterns of an export, by number. A pattern may refer to others; each is put together once."""

    def __init__(self, contents: Mapping[str, str]) -> None:
        self._contents = contents
        self._whole: dict[str, tuple[str, int] | None] = {}

    def put_into(self, content: str) -> tuple[str, int]:
        """Return a text with its patterns in it, and how many of those the export does not have.

        A pattern that contains itself counts as missing. A text that would be longer than an article may be stays as it
        is.
        """
        missing = 0
        length = len(content)
        pieces: list[str] = []
        start = 0
        for match in _REFERENCE.finditer(content):
            found = self._find(_number(match.group(1)))
            if found is None:
                missing += 1
                continue
            text, inner = found
            missing += inner
            length += len(text)
            if length > MAX_BODY_LENGTH:
                return content, missing
            pieces += [content[start : match.start()], text]
            start = match.end()
        return "".join([*pieces, content[start:]]), missing

    def _find(self, number: str) -> tuple[str, int] | None:
        if number not in self._contents:
            return None
        if number not in self._whole:
            self._whole[number] = None  # while it is put together, so that a pattern inside itself is not found
            self._whole[number] = self.put_into(self._contents[number])
        return self._whole[number]


def _number(attributes: str) -> str:
    """Return the number that the attributes of a block refer to; empty if they are not JSON or name none."""
    try:
        found = json.loads(attributes)
    except (ValueError, RecursionError):
        return ""
    return str(found.get("ref", "")) if isinstance(found, dict) else ""


def find_patterns(path: Path, limits: Limits) -> Patterns:
    """Return the synced patterns of an export.

    The export is parsed for them only if a search of its bytes finds the post type. If their texts together are larger
    than an item may be, only as many are returned as fit.
    """
    found: dict[str, str] = {}
    size = 0
    for element in read_wxr(path, limits) if _has_patterns(path, limits) else ():
        if isinstance(element, Item) and element.kind == PATTERN and element.number:
            size += len(element.content)
            if size > limits.item:
                break
            found[element.number] = element.content
    return Patterns(found)


def _has_patterns(path: Path, limits: Limits) -> bool:
    with open_bytes(path, limits) as file:
        tail = b""
        while chunk := file.read(_CHUNK):
            searched = tail + chunk
            if _MARK in searched or _MARK_CDATA in searched:
                return True
            tail = searched[-len(_MARK_CDATA) :]
    return False
