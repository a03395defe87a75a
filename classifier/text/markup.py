"""The text of HTML without a tree: tag by tag, in time that grows with the length and with nothing else.

A parser keeps a stack of open elements, which misnested tags have it search again and again, and it compares every
attribute with all before it. Pages that are long enough for that to matter are read here; on those that browsers show
as they were meant the text is the same.
"""

import html
import re

#: What holds no text of the story.
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
_NOT_NESTED = frozenset({"form", "button", "select"})  # a second one within is none, or ends the first
_MAY_CLOSE_ITSELF = frozenset({"svg", "math"})
#: Nothing within is markup but the end of the element itself.
_RAW = ("script", "style", "iframe", "textarea", "title")
_END_OF_RAW = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}

# "*+" gives nothing back: what fails once fails at once. A quote counts only where a value begins.
_MARKUP = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?:[!?]|/(?![A-Za-z]))[^>]*(?:>|\Z)"
    r"""|<(?P<end>/?)(?P<name>[A-Za-z][^\s/>]*)(?:[^>="']+|=\s*(?:"[^"]*"|'[^']*')?|["'])*+(?:>|\Z)""",
    re.DOTALL,
)


def text_between_tags(source: str) -> str:
    """Return the text of HTML, without that of `UNREAD` elements, comments and the page's title."""
    kept: list[str] = []
    unread, depth, at = "", 0, 0  # the outermost unread element that is open, and how many of its kind
    while found := _MARKUP.search(source, at):
        if not unread:
            kept.append(html.unescape(source[at : found.start()]))
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
        kept.append(html.unescape(source[at:]))
    return "".join(kept).replace("\0", "")
