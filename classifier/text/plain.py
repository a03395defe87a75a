"""Whether a text is plain already, in one compiled pass: what most newsrooms send needs no cleaning at all.

No branch depends on the text, so that the loop runs on many bytes at once: every condition is a number, 0 or 1.
"""

from typing import Any

import numpy as np

from classifier.terms.compiler import compiled, eight_bytes, inlined
from classifier.text.page import MARKERS

#: What `look` tells of a text, added up.
NOT_PLAIN, MAY_HOLD_BOILERPLATE = 1, 2
_B = np.uint8
_ONE = _B(1)
_OUTSIDE = _B(ord("a"))  # what is taken to stand before and behind the text
_STRIDE = np.uint64(1024)
_U1, _U2, _U8 = np.uint64(1), np.uint64(2), np.uint64(8)
#: The first eight letters of the markers, each as a number; with these bits set, capitals are small letters.
_SMALL = np.uint64(0x2020202020202020)
_MARKERS = np.array([int.from_bytes(marker[:8].encode(), "little") for marker in MARKERS], np.uint64) | _SMALL


def is_plain(data: bytes) -> bool:
    """Tell whether `classifier.text.clean` would change nothing of a text, as UTF-8, but white space at its ends.

    Plain are ASCII, letters up to U+02FF and the usual signs, none of which Unicode normalises; not plain is whatever
    could be part of markup or of a web address, and spaces or line breaks that would be fewer. When in doubt, no.
    """
    return not look(data) & NOT_PLAIN


@inlined
def _is(byte: Any, value: int) -> Any:
    return _B(byte == _B(value))


@inlined
def _within(byte: Any, least: int, most: int) -> Any:
    return _B(_B(byte - _B(least)) <= _B(most - least))


@inlined
def _is_odd(before_last: Any, last: Any, here: Any) -> Any:
    """Tell whether a byte of ASCII, with those before it, is anything that cleaning might change."""
    # [ < & and tabs, line breaks of other kinds, separators
    odd = _is(here, 0x5B) | _is(here, 0x3C) | _is(here, 0x26) | _is(here, 0x09)
    odd |= _within(here, 0x0B, 0x0D) | _within(here, 0x1C, 0x1F)
    odd |= _is(here, 0x20) & (_is(last, 0x20) | _is(last, 0x0A))
    odd |= _is(here, 0x0A) & (_is(last, 0x20) | (_is(last, 0x0A) & _is(before_last, 0x0A)))
    odd |= _is(here, 0x2F) & _is(last, 0x2F) & _is(before_last, 0x3A)  # ://
    return _B(odd)


@inlined
def _begins_odd(here: Any, following: Any, after: Any) -> Any:
    """Tell whether a byte, with those behind it, begins a character beyond ASCII that cleaning might change."""
    odd = _is(here, 0xC2) & (_within(following, 0x80, 0xA0) | _is(following, 0xAD))  # odd spaces, the soft hyphen
    odd |= _is(here, 0xC5) & _is(following, 0xBF)  # the long s, which case folding makes an s
    odd |= _within(here, 0xCC, 0xFF) & (_is(here, 0xE2) ^ _ONE)
    sign = _is(following, 0x80) & (_within(after, 0x90, 0xA7) | _within(after, 0xB0, 0xBF))  # U+2010-2027, 2030-203F
    sign |= _is(following, 0x81) & _within(after, 0x80, 0x9E)  # to U+205E
    sign |= _is(following, 0x82) & _within(after, 0xA0, 0xBF)  # currencies
    sign |= _is(following, 0x84) & _within(after, 0x80, 0xA5)  # № ℃ ™
    return _B(odd | (_is(here, 0xE2) & (sign ^ _ONE)))


@inlined
def _may_begin_marker(last: Any, here: Any, following: Any) -> Any:
    """Tell whether a line begins here with the first two letters of a marker of `classifier.text.page`."""
    first, second = _B(here | _B(0x20)), _B(following | _B(0x20))
    o, e = _is(second, ord("o")), _is(second, ord("e"))
    begins = o & (_is(first, ord("c")) | _is(first, ord("p")) | _is(first, ord("y")) | _is(first, ord("m")))
    begins |= e & (_is(first, ord("l")) | _is(first, ord("r")))
    begins |= _is(second, ord("a")) & _is(first, ord("b"))
    begins |= _is(second, ord("h")) & _is(first, ord("s"))
    return _B(_is(last, 0x0A) & begins)


@inlined
def _begins_marker(source: Any, at: Any) -> Any:
    """Tell whether the eight bytes from ``at`` on begin a marker: a line that is shorter is none."""
    if at + _U8 > np.uint64(len(source)):
        return False
    begins, found = eight_bytes(source, at) | _SMALL, False
    for marker in _MARKERS:
        found |= begins == marker
    return found


@inlined
def _at(source: Any, i: int) -> Any:
    return source[i] if 0 <= i < len(source) else _OUTSIDE


@compiled("int64", "bytes", nogil=False)
def look(data: Any) -> int:
    """Return `NOT_PLAIN` where cleaning a text, as UTF-8, might change it; else `MAY_HOLD_BOILERPLATE` or 0."""
    source = np.frombuffer(data, np.uint8)
    n = len(source)
    odd = marker = _B(0)
    for edge in range(min(n, 4)):
        i = edge if edge < 2 else n + 1 - edge
        odd |= _is_odd(_at(source, i - 2), _at(source, i - 1), source[i])
        odd |= _begins_odd(source[i], _at(source, i + 1), _at(source, i + 2))
        marker |= _may_begin_marker(_at(source, i - 1), source[i], _at(source, i + 1))
    at, end = _U2, np.uint64(max(2, n - 2))
    while at < end and not odd:
        stop = min(at + _STRIDE, end)
        odd_here = marker_here = seen = _B(0)
        for i in range(at, stop):
            last, here = source[i - _U1], source[i]
            odd_here = _B(odd_here | _is_odd(source[i - _U2], last, here))
            marker_here = _B(marker_here | _may_begin_marker(last, here, source[i + _U1]))
            seen = _B(seen | here)
        for i in range(at, stop if seen >= 128 else at):  # most strides of English are ASCII
            odd_here = _B(odd_here | _begins_odd(source[i], source[i + _U1], source[i + _U2]))
        for i in range(at, stop if marker_here else at):  # a paragraph that begins with Co, Re, She...
            if source[i - _U1] == 0x0A and _begins_marker(source, i):
                marker = _ONE
        odd |= odd_here
        at = stop
    if odd:
        return NOT_PLAIN
    return MAY_HOLD_BOILERPLATE if marker else 0
