"""HTML as a row of tags with the text between them, in time linear in the length.

No tree is built: a parser searches its stack of open elements again for each misnested tag, and compares every attribute
with all earlier attributes. We need only the text between tags.
"""

import re
from typing import NamedTuple

from classifier.text.entities import unescape as unescape  # readers of exports take it from here

#: Elements in which only their own end tag is markup.
RAW = ("script", "style", "iframe", "textarea", "title")
#: Elements whose content is no text of a page: it is not counted as dropped.
_NO_TEXT = frozenset({"script", "style", "title"})
_CODE = frozenset({"script", "style"})
_START_OF_RAW = {name: re.compile(rf"<{name}(?=[\s/>])", re.IGNORECASE) for name in RAW}
_END_OF_RAW = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+(?:>|\Z)", re.IGNORECASE) for name in RAW}

# "*+" never backtracks, so a match that fails does so at once. A quote counts only at the start of a value.
_NAME = r"(/?[A-Za-z][^\s/>]*+)"
_MARKUP = re.compile(
    rf"""(<(?:{_NAME}(?:>|(?:[^>="']++|=\s*+(?:"[^"]*+"|'[^']*+')?|["'])*+(?:>|\Z))"""
    r"|!--(?:-?>|(?:[^-]++|-(?!-!?>))*+(?:--!?>|\Z))"
    r"|(?:[!?]|/(?![A-Za-z]))[^>]*+(?:>|\Z)))"
)
#: How markup is read from a tag or comment on that never ends: a tag ends at its first ">", or costs its name and
#: attributes alone; a comment ends with its line, if no tag begins and no ">" stands before that.
_CRUDE_MARKUP = re.compile(
    r"""(<(?:(/?[A-Za-z][^\s/<>]*+)(?:[^<>]*+>|(?:\s++[\w:.-]++\s*+=\s*+(?:"[^"<>\n]*+"|'[^'<>\n]*+'|[^\s<>]++))*+)"""
    r"|[!?/][^<>\n]*+>?))"
)


class Markup(NamedTuple):
    """The tags and comments of a source, and the text before, between and after them.

    ``names`` are small letters, with a ``/`` in end tags, and empty in comments. ``texts`` is one longer than ``tags``:
    text i + 1 follows tag i. A raw element with its content and end tag is one tag; ``raw_texts`` holds the content by
    the number of the tag, if it is text of the page.
    """

    texts: list[str]
    tags: list[str]
    names: list[str]
    raw_texts: dict[int, str]


def read_markup(source: str) -> Markup:
    """Return the tags of HTML and the text between them, as it is written, with entities."""
    pieces = _MARKUP.split(source)
    names = [name or "" for name in pieces[2::3]]
    if any(not name.islower() for name in set(names)):
        names = [name.lower() for name in names]
    if len(pieces) > 1 and (_never_ends(pieces[-3]) or not _RAW.isdisjoint(names)):
        return _read_with_care(source)
    return Markup(pieces[::3], pieces[1::3], names, {})


_RAW = frozenset(RAW)


def closes_itself(tag: str) -> bool:
    """Return whether a tag is written as an element without content, as in ``<iframe src="..."/>``."""
    return tag.endswith("/>")


def _never_ends(tag: str) -> bool:
    return not tag.endswith(("-->", "--!>") if tag.startswith("<!--") else ">")


def _read_with_care(source: str) -> Markup:
    """Read a source that has raw elements, or a tag or comment that never ends."""
    read = Markup([], [], [], {})
    pattern, at, ends = _MARKUP, 0, _Places(source, _END_OF_RAW)
    starts = _Places(source, _START_OF_RAW)
    while found := pattern.search(source, at):
        tag, name = found[0], (found[2] or "").lower()
        if pattern is _MARKUP and _never_ends(tag):
            pattern = _CRUDE_MARKUP
            continue
        read.texts.append(source[at : found.start()])
        at = found.end()
        if name in _RAW and (end := _end_of_raw(name, tag, at, starts, ends)):
            if name not in _NO_TEXT:
                read.raw_texts[len(read.tags)] = source[at : end.start()]
            at = end.end()
        read.tags.append(tag)
        read.names.append(name)
    read.texts.append(source[at:])
    return read


class _Places:
    """The next place of each pattern. Each stretch of the source is searched once, as long as we ask from left to right."""

    def __init__(self, source: str, patterns: dict[str, re.Pattern[str]]) -> None:
        self._source = source
        self._patterns = patterns
        self._found: dict[str, re.Match[str] | None] = {}

    def next(self, name: str, at: int) -> re.Match[str] | None:
        """Return the first place of a pattern from ``at`` on."""
        found = self._found.get(name)
        if name not in self._found or (found and found.start() < at):
            found = self._found[name] = self._patterns[name].search(self._source, at)
        return found


def _end_of_raw(name: str, tag: str, at: int, starts: _Places, ends: _Places) -> re.Match[str] | None:
    """Return the end tag of a raw element, or None if the element is its start tag alone.

    Scripts and styles go to the next end tag, whatever they hold. If one is written as closed, and also if another raw
    element is never closed, an end tag behind the next start tag belongs to that one.
    """
    end = ends.next(name, at)
    if not end or (closes_itself(tag) and name not in _CODE):
        return None
    if name in _CODE and not closes_itself(tag):
        return end
    start = starts.next(name, at)
    return end if not start or start.start() > end.start() else None
