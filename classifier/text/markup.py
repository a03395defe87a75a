"""HTML as a row of tags with the text between them, in time linear in the length.

No tree is built: a parser searches its stack of open elements again for each misnested tag, and compares every
attribute with all earlier attributes. We need only the text between tags.
"""

import re
from typing import NamedTuple

from classifier.text.entities import unescape as unescape  # readers of exports take it from here

#: Elements in which only their own end tag is markup.
RAW = ("script", "style", "iframe", "textarea", "title")
_RAW = frozenset(RAW)
#: Elements whose content is no text of a page: it is not counted as dropped.
_NO_TEXT = frozenset({"script", "style", "title"})
_CODE = frozenset({"script", "style"})
_MAY_HOLD_RAW = re.compile(rf"<(?:{'|'.join(RAW)})", re.IGNORECASE)
_START_OF_RAW = {name: re.compile(rf"<{name}(?=[\s/>])", re.IGNORECASE) for name in RAW}
_END_OF_RAW = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+(?:>|\Z)", re.IGNORECASE) for name in RAW}

#: Text that is code, up to the next tag; and a block that is none.
_CODE_SIGNS = re.compile(r"[^<{}=;]*+(?:[{}=]|;[ \t]*+\n)")
_BLOCK_OF_WORDS = re.compile(
    r"<(?:p|div|h[1-6]|ul|ol|li|blockquote|section|article)(?=[\s>])[^<>]*+>\s*+[^<>{}=;\\]{20}", re.IGNORECASE
)

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
    if _MAY_HOLD_RAW.search(source):
        return _read_with_care(source)
    pieces = _MARKUP.split(source)
    if len(pieces) > 1 and _never_ends(pieces[-3]):
        return _read_with_care(source)
    names = [name or "" for name in pieces[2::3]]
    if not "".join(names).islower():
        names = [name.lower() for name in names]
    return Markup(pieces[::3], pieces[1::3], names, {})


def closes_itself(tag: str) -> bool:
    """Return whether a tag is written as an element without content, as in ``<iframe src="..."/>``."""
    return tag.endswith("/>")


def _never_ends(tag: str) -> bool:
    return not tag.endswith(("-->", "--!>") if tag.startswith("<!--") else ">")


def _read_with_care(source: str) -> Markup:
    """Read a source that has raw elements, or a tag or comment that never ends."""
    read = Markup([], [], [], {})
    texts, tags, names, raw_texts = read
    places = _RawPlaces(source)
    pattern, at, begin = _MARKUP, 0, 0
    while begin >= 0:
        again, begin = begin, -1
        for found in pattern.finditer(source, again):
            tag, name = found.groups("")
            start, end = found.span()
            if end == len(source) and pattern is _MARKUP and _never_ends(tag):
                pattern, begin = _CRUDE_MARKUP, start
                break
            texts.append(source[at:start])
            tags.append(tag)
            names.append(name := name.lower())
            at = end
            if name in _RAW and (content := places.end_of(name, tag, end)):
                end, at = content
                if name not in _NO_TEXT:
                    raw_texts[len(tags) - 1] = source[found.end() : end]
                begin = at
                break
    texts.append(source[at:])
    return read


class _RawPlaces:
    """The places of raw elements. We ask from left to right, so each stretch of the source is searched once."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: dict[re.Pattern[str], re.Match[str] | None] = {}

    def end_of(self, name: str, tag: str, at: int) -> tuple[int, int] | None:
        """Return the end of a raw element's content, which begins at ``at``, and where the text goes on.

        None if the element is its start tag alone. A script or style goes to the next end tag, whatever it holds. If it
        is written as closed, and also if another raw element is never closed, an end tag behind the next start tag
        belongs to that one.
        """
        end = self._next(_END_OF_RAW[name], at)
        if name in _CODE and not closes_itself(tag):
            if name == "script" and end and self._is_within_comment(at, end.start()):
                end = self._next(_END_OF_RAW[name], end.end()) or end
            return (end.start(), end.end()) if end else self._end_of_open_code(at)
        if not end or (closes_itself(tag) and name not in _CODE):
            return None
        start = self._next(_START_OF_RAW[name], at)
        return (end.start(), end.end()) if not start or start.start() > end.start() else None

    def _is_within_comment(self, at: int, end: int) -> bool:
        """Return whether an end tag belongs to a script in a comment of the script that begins at ``at``."""
        comment = self._source.rfind("<!--", at, end)
        return (
            comment >= 0
            and self._source.find("-->", comment, end) < 0
            and _START_OF_RAW["script"].search(self._source, comment, end) is not None
        )

    def _end_of_open_code(self, at: int) -> tuple[int, int] | None:
        """Return where code that is never closed ends: before the first block that begins with words."""
        if not _CODE_SIGNS.match(self._source, at):
            return None
        block = self._next(_BLOCK_OF_WORDS, at)
        end = block.start() if block else len(self._source)
        return end, end

    def _next(self, pattern: re.Pattern[str], at: int) -> re.Match[str] | None:
        found = self._found.get(pattern)
        if pattern not in self._found or (found and found.start() < at):
            found = self._found[pattern] = pattern.search(self._source, at)
        return found
