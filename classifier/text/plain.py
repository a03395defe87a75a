"""Whether a text is plain, in one compiled pass: the texts of most newsrooms need no cleaning at all.

No branch depends on the text, so that the loop handles many bytes at once: every condition is a number, 0 or 1.
"""

from typing import Any

import numpy as np

from classifier.terms.compiler import compiled, eight_bytes, inlined
from classifier.text.boilerplate import MARKERS

#: The results of `look`.
NOT_PLAIN, MAY_HOLD_BOILERPLATE = 1, 2
_B = np.uint8
_ONE = _B(1)
_OUTSIDE = _B(ord("a"))  # stands for every byte before and after the text
_STRIDE = np.uint64(1024)
_U1, _U2, _U8 = np.uint64(1), np.uint64(2), np.uint64(8)
#: These bits turn capitals into small letters.
_SMALL = np.uint64(0x2020202020202020)
#: The first eight letters of each marker, as one number.
_MARKERS = np.array([int.from_bytes(marker[:8].encode(), "little") for marker in MARKERS], np.uint64) | _SMALL


def is_plain(data: bytes) -> bool:
    """Return whether cleaning this text, given as UTF-8, would change only white space at its ends.

    A plain text consists of ASCII, letters up to U+02FF and the usual signs, none of which Unicode normalises. It holds
    nothing that could be markup or a web address, and no spaces or line breaks that cleaning would remove. In doubt,
    the answer is no.
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
    """Return 1 if cleaning might change a byte of ASCII, judged with the two bytes before it."""
    # [ < & and tabs, line breaks of other kinds, separators
    odd = _is(here, 0x5B) | _is(here, 0x3C) | _is(here, 0x26) | _is(here, 0x09)
    odd |= _within(here, 0x0B, 0x0D) | _within(here, 0x1C, 0x1F)
    odd |= _is(here, 0x20) & (_is(last, 0x20) | _is(last, 0x0A))
    odd |= _is(here, 0x0A) & (_is(last, 0x20) | (_is(last, 0x0A) & _is(before_last, 0x0A)))
    odd |= _is(here, 0x2F) & _is(last, 0x2F) & _is(before_last, 0x3A)  # ://
    return _B(odd)


@inlined
def _begins_odd(here: Any, following: Any, after: Any) -> Any:
    """Return 1 if a byte, judged with the two after it, begins a non-ASCII character that cleaning might change."""
    odd = _is(here, 0xC2) & (_within(following, 0x80, 0xA0) | _is(following, 0xAD))  # odd spaces, the soft hyphen
    odd |= _is(here, 0xC5) & _is(following, 0xBF)  # the long s, which case folding turns into an s
    odd |= _within(here, 0xCC, 0xFF) & (_is(here, 0xE2) ^ _ONE)
    sign = _is(following, 0x80) & (_within(after, 0x90, 0xA7) | _within(after, 0xB0, 0xBF))  # U+2010-2027, 2030-203F
    sign |= _is(following, 0x81) & _within(after, 0x80, 0x9E)  # to U+205E
    sign |= _is(following, 0x82) & _within(after, 0xA0, 0xBF)  # currencies
    sign |= _is(following, 0x84) & _within(after, 0x80, 0xA5)  # № ℃ ™
    return _B(odd | (_is(here, 0xE2) & (sign ^ _ONE)))


@inlined
def _may_begin_marker(last: Any, here: Any, following: Any) -> Any:
    """Return 1 if a line begins here with the first two letters of a marker of `classifier.text.boilerplate`."""
    first, second = _B(here | _B(0x20)), _B(following | _B(0x20))
    o, e = _is(second, ord("o")), _is(second, ord("e"))
    begins = o & (_is(first, ord("c")) | _is(first, ord("p")) | _is(first, ord("y")) | _is(first, ord("m")))
    begins |= e & (_is(first, ord("l")) | _is(first, ord("r")))
    begins |= _is(second, ord("a")) & _is(first, ord("b"))
    begins |= _is(second, ord("h")) & _is(first, ord("s"))
    return _B(_is(last, 0x0A) & begins)


@inlined
def _begins_marker(source: Any, at: Any) -> Any:
    """Return whether the eight bytes from ``at`` on begin a marker. Fewer bytes than that are never a marker."""
    if at + _U8 > np.uint64(len(source)):
        return False
    begins, found = eight_bytes(source, at) | _SMALL, False
    for marker in _MARKERS:
        found |= begins == marker
    return found


@inlined
def _at(source: Any, i: int) -> Any:
    return source[i] if 0 <= i < len(source) else _OUTSIDE


@inlined
def _look_at_ends(source: Any) -> Any:
    """Return whether the first two and the last two bytes are odd, and whether a marker may begin there, as 0 or 1."""
    n = len(source)
    odd = marker = _B(0)
    for edge in range(min(n, 4)):
        i = edge if edge < 2 else n + 1 - edge
        odd |= _is_odd(_at(source, i - 2), _at(source, i - 1), source[i])
        odd |= _begins_odd(source[i], _at(source, i + 1), _at(source, i + 2))
        marker |= _may_begin_marker(_at(source, i - 1), source[i], _at(source, i + 1))
    return odd, marker


@inlined
def _look_at_stride(source: Any, at: Any, stop: Any) -> Any:
    """Return whether any byte from ``at`` to ``stop`` is odd, and whether a marker may begin there, as 0 or 1."""
    odd = marker = seen = _B(0)
    for i in range(at, stop):
        last, here = source[i - _U1], source[i]
        odd = _B(odd | _is_odd(source[i - _U2], last, here))
        marker = _B(marker | _may_begin_marker(last, here, source[i + _U1]))
        seen = _B(seen | here)
    for i in range(at, stop if seen >= 128 else at):  # most strides of English are ASCII
        odd = _B(odd | _begins_odd(source[i], source[i + _U1], source[i + _U2]))
    return odd, marker


@inlined
def _holds_marker(source: Any, at: Any, stop: Any) -> Any:
    """Return 1 if a line that starts between ``at`` and ``stop`` begins a marker."""
    for i in range(at, stop):
        if source[i - _U1] == 0x0A and _begins_marker(source, i):
            return _ONE
    return _B(0)


@compiled("int64", "bytes", nogil=False)
def look(data: Any) -> int:
    """Return `NOT_PLAIN` if cleaning might change this text, given as UTF-8; else `MAY_HOLD_BOILERPLATE` or 0.

    The first two and the last two bytes are checked apart, because `_OUTSIDE` stands next to them.
    """
    source = np.frombuffer(data, np.uint8)
    n = len(source)
    odd, marker = _look_at_ends(source)
    at, end = _U2, np.uint64(max(2, n - 2))
    while at < end and not odd:
        stop = min(at + _STRIDE, end)
        odd, may_hold_marker = _look_at_stride(source, at, stop)
        if may_hold_marker:  # a paragraph that begins with Co, Re, She...
            marker |= _holds_marker(source, at, stop)
        at = stop
    if odd:
        return NOT_PLAIN
    return MAY_HOLD_BOILERPLATE if marker else 0
