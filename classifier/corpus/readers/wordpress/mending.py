"""Text of an export made fit for an XML parser: what XML forbids is replaced, a character at a time.

WordPress exports bytes that are not UTF-8, control characters that were pasted into a post, and where a plugin or an
old version left out the CDATA marks, entities of HTML and bare ampersands. None of them says anything about the rest
of the file.
"""

import re
from collections import Counter
from html.entities import html5

REPLACEMENT = "\ufffd"
NOT_DECODED = "bytes that are not valid in its encoding were replaced by “\ufffd”"
FORBIDDEN = "characters that XML forbids were replaced"
ENTITIES = "HTML entities outside CDATA were replaced by their characters"
UNESCAPED = "“&” or “<” that were not escaped were taken as text"

# what the decoder made of bytes that it does not know, or half of a surrogate pair
_UNDECODED = re.compile(r"[\ud800-\udfff]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NO_CHARACTERS = re.compile(r"[\ufffe\uffff]")
_ANY_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_OPENING = re.compile(r"<!\[CDATA\[|<!--")
_CLOSING = {"<![CDATA[": "]]>", "<!--": "-->"}
_AMPERSAND = re.compile(r"&(?:(#(?:[0-9]{1,8}|[xX][0-9a-fA-F]{1,6})|[A-Za-z][A-Za-z0-9]{1,31});)?")
_LONE_LESS = re.compile(r"<(?![A-Za-z_:/!?])")
_XML_ENTITIES = {"amp", "lt", "gt", "quot", "apos"}
#: No entity and no opening is longer: as much is held back at the end of a piece.
_LONGEST = 40


class Mender:
    """Mends one document that comes in pieces of any size.

    ``faults`` counts what was mended, by kind, and ``lines`` has the line of the first fault of each kind.
    """

    def __init__(self, line: int, faults: Counter[str], lines: dict[str, int]) -> None:
        self.faults = faults
        self.lines = lines
        self._line = line
        self._held = ""
        self._closing = ""  # what ends the CDATA section or comment that is open

    @property
    def held(self) -> str:
        """Text taken in, but not yet given back."""
        return self._held

    def mend(self, text: str, final: bool) -> str:
        """Return the mended text of all pieces so far that can be judged; the last piece leaves nothing over."""
        text = self._characters(self._held + text)
        done: list[str] = []
        start = 0
        while start < len(text):
            if self._closing:
                end = text.find(self._closing, start)
                found = end >= 0
                end = end + len(self._closing) if found else _judged(text, start, final)
                if found:
                    self._closing = ""
                piece = text[start:end]
            else:
                opening = _OPENING.search(text, start)
                end = opening.start() if opening else _judged(text, start, final)
                piece = self._markup(text[start:end])
                found = opening is not None
                if opening:
                    self._closing = _CLOSING[opening.group()]
                    piece += opening.group()
                    end = opening.end()
            done.append(piece)
            self._line += text.count("\n", start, end)
            start = end
            if not found:
                break
        self._held = text[start:]
        return "".join(done)

    def _characters(self, text: str) -> str:
        if not _ANY_FORBIDDEN.search(text):
            return text
        for pattern, what, by in (
            (_UNDECODED, NOT_DECODED, REPLACEMENT),
            (_CONTROLS, FORBIDDEN, " "),
            (_NO_CHARACTERS, FORBIDDEN, REPLACEMENT),
        ):
            if first := pattern.search(text):
                text, count = pattern.subn(by, text)
                self._count(what, text, first.start(), count)
        return text

    def _markup(self, text: str) -> str:
        """Mend text outside CDATA sections and comments."""
        if "&" in text:
            text = _AMPERSAND.sub(lambda match: self._entity(match, text), text)
        if first := _LONE_LESS.search(text):
            text, count = _LONE_LESS.subn("&lt;", text)
            self._count(UNESCAPED, text, first.start(), count)
        return text

    def _entity(self, match: "re.Match[str]", text: str) -> str:
        name = match.group(1)
        if name in _XML_ENTITIES:
            return match.group()
        if name and name.startswith("#"):
            code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
            if _is_allowed(code):
                return match.group()
            self._count(FORBIDDEN, text, match.start())
            return " " if code < 0x20 else REPLACEMENT
        if name and (characters := html5.get(f"{name};")):
            self._count(ENTITIES, text, match.start())
            return characters.translate({ord("<"): "&lt;", ord("&"): "&amp;"})
        self._count(UNESCAPED, text, match.start())
        return "&amp;" + match.group()[1:]

    def _count(self, what: str, text: str, at: int, count: int = 1) -> None:
        self.faults[what] += count
        if what not in self.lines:
            self.lines[what] = self._line + text.count("\n", 0, at)


def _judged(text: str, start: int, final: bool) -> int:
    """Return the end of the part of ``text`` that no later piece can change."""
    if final:
        return len(text)
    safe = max(start, len(text) - _LONGEST)
    marks = [at for mark in "<&]-" if (at := text.find(mark, safe)) >= 0]
    return min(marks, default=len(text))


def _is_allowed(code: int) -> bool:
    """Return whether XML allows a character with this number."""
    if code < 0x20:
        return code in (0x09, 0x0A, 0x0D)
    return code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code <= 0x10FFFF
