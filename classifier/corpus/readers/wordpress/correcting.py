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
_CLOSING = {"<![CDATA[": "]]>", "<!--": "-->"}
#: What opens a CDATA section or a comment, an ampersand that is none of XML's own, with its reference, and a lone “<”.
_TOKEN = re.compile(
    r"<!\[CDATA\[|<!--|<(?![A-Za-z_:/!?])|&(?!(?:amp|lt|gt|quot|apos);)"
    r"(?:(#(?:[0-9]{1,8}|[xX][0-9a-fA-F]{1,6})|[A-Za-z][A-Za-z0-9]{1,31});)?"
)
#: No entity and no opening is longer: as much is held back at the end of a piece.
_LONGEST = 40


class Corrector:
    """Corrects one document that comes in pieces of any size.

    ``faults`` counts what was corrected, by kind, and ``lines`` has the line of the first fault of each kind.
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

    def correct(self, text: str, final: bool) -> str:
        """Return the corrected text of all pieces so far that can be judged; the last piece leaves nothing over."""
        text = self._characters(self._held + text)
        done: list[str] = []
        copied = at = 0
        while at < len(text):
            if self._closing:
                end = text.find(self._closing, at)
                if end < 0:
                    at = _judged(text, at, final)
                    break
                at = end + len(self._closing)
                self._closing = ""
                continue
            token = _TOKEN.search(text, at)
            if token is None or token.start() > len(text) - _LONGEST:
                judged = _judged(text, at, final)
                if token is None or token.start() >= judged:
                    at = judged
                    break
            at = token.end()
            self._closing = _CLOSING.get(token.group(), "")
            if not self._closing and (by := self._replacement(token)) != token.group():
                done += [text[copied : token.start()], by]
                copied = at
        done.append(text[copied:at])
        self._line += text.count("\n", 0, at)
        self._held = text[at:]
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

    def _replacement(self, token: "re.Match[str]") -> str:
        """Return what an ampersand or a sign “<” outside CDATA sections and comments should be."""
        found, name = token.group(), token.group(1)
        if name and name.startswith("#"):
            code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
            if _is_allowed(code):
                return found
            self._count(FORBIDDEN, token.string, token.start())
            return " " if code < 0x20 else REPLACEMENT
        if name and (characters := html5.get(f"{name};")):
            self._count(ENTITIES, token.string, token.start())
            return characters.translate({ord("<"): "&lt;", ord("&"): "&amp;"})
        self._count(UNESCAPED, token.string, token.start())
        return "&lt;" if found == "<" else "&amp;" + found[1:]

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
