"""The text of HTML without a tree: tag by tag, in time linear in the length.

A parser searches its stack of open elements again for each misnested tag, and compares every attribute with all earlier
attributes. Pages long enough for that to matter are read here. For valid pages the text is the same as a parser's.
"""

import html
import re

#: Elements that hold no text of the story.
UNREAD = (
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "object",
    "svg",
    "math",
    "form",
    "button",
    "select",
    "textarea",
)
_NOT_NESTED = frozenset({"form", "button", "select"})  # a second one inside is ignored, or ends the first
_MAY_CLOSE_ITSELF = frozenset({"svg", "math"})
#: Elements in which only their own end tag is markup.
_RAW = ("script", "style", "iframe", "textarea", "title")
_END_OF_RAW = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}

_LONG_NUMBER = re.compile(r"&#([0-9]{9,})")

# "*+" never backtracks, so a match that fails does so at once. A quote counts only at the start of a value.
_MARKUP = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?:[!?]|/(?![A-Za-z]))[^>]*(?:>|\Z)"
    r"""|<(?P<end>/?)(?P<name>[A-Za-z][^\s/>]*)(?:[^>="']+|=\s*(?:"[^"]*"|'[^']*')?|["'])*+(?:>|\Z)""",
    re.DOTALL,
)


def unescape(text: str) -> str:
    """Return a text with its entities replaced, as `html.unescape`, which fails on numbers of thousands of digits."""
    try:
        return html.unescape(text)
    except ValueError:  # Python's limit on the digits of an integer
        return html.unescape(_LONG_NUMBER.sub(_shortened, text))


def _shortened(number: re.Match[str]) -> str:
    """Return a number that means the same: eight digits are beyond Unicode's last character."""
    return f"&#{number[1].lstrip('0')[:8] or '0'}"


def text_between_tags(source: str) -> str:
    """Return the text of HTML without `UNREAD` elements, comments and the page's title."""
    kept: list[str] = []
    unread, depth, at = "", 0, 0  # the outermost open unread element, and how many of its kind are open
    while found := _MARKUP.search(source, at):
        if not unread:
            kept.append(unescape(source[at : found.start()]))
        at = found.end()
        name = (found["name"] or "").lower()
        if found["end"]:
            depth -= name == unread
            unread = unread if depth else ""
        elif name in _RAW:
            end = _END_OF_RAW[name].search(source, at)
            at = end.start() if end else len(source)
        elif name == unread:
            depth += name not in _NOT_NESTED
        elif not unread and name in UNREAD and not (name in _MAY_CLOSE_ITSELF and found[0].endswith("/>")):
            unread, depth = name, 1
    if not unread:
        kept.append(unescape(source[at:]))
    return "".join(kept).replace("\0", "")
