"""Shortcodes: ``[name attribute="value"]`` and its many kin, which plugins replace when a page is shown.

Brackets that people write, such as “[sic]”, “[2023]”, “[The]” and “[Reuters]”, are text.
"""

import re
from functools import cached_property

#: These are shortcodes even without attributes.
_ALONE_NAMES = """
audio caption contact-form contact-form-7 embed gallery instagram-feed jetpack-related-posts playlist toc video
"""
_ALONE = frozenset(_ALONE_NAMES.split())
#: These show something of another site or file, named by an address, a number or a file.
_EMBED_NAMES = """
audio bandcamp bitchute blip.tv brightcove brightcove-video caption codepen crowdsignal dailymotion datawrapper
documentcloud embed facebook flickr flourish gallery getty gfycat giphy gist googleapps googlemaps hulu iframe
img imgur infogram instagram issuu jwplatform jwplayer kaltura livestream megaphone mixcloud ooyala pinterest
playlist polldaddy reddit rumble scribd slideshare soundcloud spotify storify streamable tableau ted tiktok
tweet twitch twitter ustream video videopress vimeo vine wp_caption wpvideo wufoo youtube
"""
_EMBEDS = frozenset(_EMBED_NAMES.split())
#: What these enclose is encoded.
_ENCODED = frozenset({"vc_raw_html", "vc_raw_js"})
#: These enclose the first letter of a word.
_DROP_CAP = re.compile(r"drop[_-]?cap", re.IGNORECASE)


_NAME = r"[A-Za-z0-9][\w-]*+(?:\.tv)?"
_START = re.compile(rf"\[(?P<end>/?)(?P<name>{_NAME})(?=[\s=/\]])")
_END_NAMES = re.compile(rf"\[/({_NAME})\s*+\]")
_CURLY = "“”„‟″‘’‚′«»"
_CLOSE = re.compile(r"\s*+/?\s*+\]")
#: By far the most frequent attributes.
_QUOTED_ATTRIBUTES = re.compile(r'(?:\s++[\w:.-]++="[^"]*+")++\s*+/?\s*+\]')
_NO_BRACKETS = re.compile(r"[^\[\]]*+\]")
#: The rest of a text that was cut off within an attribute.
_CUT_OFF = re.compile(rf"\s++[\w:.-]++\s*+=\s*+[\"'{_CURLY}][^\[\]<>\n]*+\Z")
_ONLY_AN_ADDRESS = re.compile(r"\s*+[^\s\[\]<]*+\s*+(?=\[/([\w.-]++)\s*+\])")
_ENCODED_TEXT = re.compile(r"[\w+/=%\s-]*+(?=\[/vc_raw_(?:html|js)\])")

_ESCAPED_QUOTE = r"&(?:quot|[lr][ds]quo|#0?3[49]|#82(?:16|17|20|21|42|43));"
_QUOTED = (
    r""""[^"]*+"|'[^']*+'"""
    rf"|[{_CURLY}][^\[\]{_CURLY}]*+[{_CURLY}]"
    rf"|{_ESCAPED_QUOTE}(?:(?!{_ESCAPED_QUOTE})[^\[\]])*+{_ESCAPED_QUOTE}"
)
_ITEM = re.compile(
    rf"""\s*+(?:(?P<attribute>[\w:.-]++\s*+=\s*+(?P<value>{_QUOTED})?+[^\s\[\]"'<>]*+)|(?P<quoted>{_QUOTED})"""
    r"""|(?P<address><a\s[^<>\[\]]*+>[^\s<>\[\]]++</a>|(?:(?:https?:)?//|www\.)[^\s\[\]<>]*+)"""
    r"""|(?P<word>[^\s\[\]"'<>]++|["']))""",
    re.IGNORECASE,
)
#: A number, a file, a key: no word of a sentence.
_ODD_WORD = re.compile(r".*?(?:[0-9]|[/.|=&_#?]\w|[a-z][A-Z]\w{3})", re.DOTALL)


def without_shortcodes(text: str) -> str:
    """Return a text without shortcodes; what they enclose stays. A space or a line break replaces each."""
    if "[" not in text:
        return text
    reader = _ShortcodeReader(text)
    kept: list[str] = []
    at = copied = 0
    while (at := text.find("[", at)) >= 0:
        found = _START.match(text, at)
        if not found:
            at += 1
            continue
        end = reader.end(found)
        if end < 0 or _is_shown(text, found.start(), end):
            at = max(end, found.end())
        else:
            kept += (text[copied:at], _instead_of(found["name"]))
            at = copied = end
    kept.append(text[copied:])
    return "".join(kept)


def _is_shown(text: str, start: int, end: int) -> bool:
    """Return whether a second pair of brackets shows the shortcode, as in ``[[gallery]]``."""
    return text.startswith("[", max(start - 1, 0), start) and text.startswith("]", end)


def _instead_of(name: str) -> str:
    if _DROP_CAP.search(name):
        return ""
    return "\n" if name in _EMBEDS else " "


class _ShortcodeReader:
    """Finds the ends of a text's shortcodes.

    No attribute is read twice: ``_dead`` holds the places from which the reading of attributes failed, with and without
    plain words among them. So the time is linear in the length of the text.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._dead: tuple[set[int], set[int]] = (set(), set())

    @cached_property
    def _closed(self) -> frozenset[str]:
        return frozenset(_END_NAMES.findall(self._text)) if "[/" in self._text else frozenset()

    def end(self, found: re.Match[str]) -> int:
        """Return where the shortcode that may begin here ends, with what it hides; -1 if it is none."""
        text, name, at = self._text, found["name"], found.end()
        if found["end"]:
            close = _CLOSE.match(text, at)
            return close.end() if close else -1
        end = self._end_of_start(name, at)
        if end >= 0 and name in _ENCODED and (encoded := _ENCODED_TEXT.match(text, end)):
            return encoded.end()
        if end >= 0 and name in _EMBEDS and (address := _ONLY_AN_ADDRESS.match(text, end)) and address[1] == name:
            return address.end()
        return end

    def _end_of_start(self, name: str, at: int) -> int:
        text = self._text
        if quoted := _QUOTED_ATTRIBUTES.match(text, at):
            return quoted.end()
        sure = "_" in name or name in self._closed
        if close := _CLOSE.match(text, at):
            return close.end() if sure or name in _ALONE or "/" in close[0] else -1
        if text[at] == "=":
            value = _NO_BRACKETS.match(text, at) if sure or len(name) > 1 else None
            return value.end() if value else -1
        if text[at] == "/" or not (first := _ITEM.match(text, at)):
            return -1
        if _CUT_OFF.match(text, at):
            return len(text)
        with_words = sure or (first["value"] or "") != ""
        if not (with_words or first["attribute"] or first["address"] or (name in _EMBEDS and not _is_plain(first))):
            return -1
        end = self._end_of_items(at, with_words)
        if end < 0 and sure and (simple := _NO_BRACKETS.match(text, at)):  # an apostrophe, taken for a quote
            return simple.end()
        return end

    def _end_of_items(self, at: int, with_words: bool) -> int:
        """Return the end of the bracket behind its attributes; -1 if there is none, or a plain word is not allowed."""
        dead, seen = self._dead[with_words], list[int]()
        while at not in dead:
            seen.append(at)
            if close := _CLOSE.match(self._text, at):
                return close.end()
            item = _ITEM.match(self._text, at)
            if not item or (not with_words and _is_plain(item)):
                break
            at = item.end()
        dead.update(seen)
        return -1


def _is_plain(item: re.Match[str]) -> bool:
    """Return whether an item is a word as in a sentence."""
    return item["word"] is not None and not _ODD_WORD.match(item["word"])
