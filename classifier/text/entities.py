"""Entities: the signs that HTML writes as ``&...;``, once or, by mistake, twice."""

import html
import re

_LONG_NUMBER = re.compile(r"&#([0-9]{9,})")
#: An entity that is left after unescaping: its ``&`` was escaped again, once or more often.
_ESCAPED_AGAIN = re.compile(
    r"&(?P<again>(?:amp;)*+)(?P<entity>(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?"
)
#: A text that shows these is about HTML: they stay.
_SHOWN = ("<", ">")


def unescape(text: str) -> str:
    """Return a text with its entities replaced, as `html.unescape`, which fails on numbers of thousands of digits."""
    try:
        return html.unescape(text)
    except ValueError:  # Python's limit on the digits of an integer
        return html.unescape(_LONG_NUMBER.sub(_shortened, text))


def _shortened(number: re.Match[str]) -> str:
    """Return a number that means the same: eight digits are beyond Unicode's last character."""
    return f"&#{number[1].lstrip('0')[:8] or '0'}"


def as_read(text: str) -> str:
    """Return a text with its entities replaced, also if they were escaped twice.

    Entities of ``<`` and ``>`` are replaced once only. A ``&`` that begins no entity stays.
    """
    text = unescape(text)
    return _ESCAPED_AGAIN.sub(_once_more, text) if "&" in text and ";" in text else text


def _once_more(found: re.Match[str]) -> str:
    if not found["entity"]:
        return "&" if found["again"] else found[0]
    entity = f"&{found['entity']}"
    sign = html.unescape(entity)
    return found[0] if sign in _SHOWN else sign
