"""The second stage: which brackets are shortcodes, by the rules of `classifier.text.shortcodes`.

It runs only if a bracket stands before a letter or digit. What it cannot decide surely, the whole pass declines.
"""

from typing import Any

import numpy as np

from classifier.terms.compiler import compiled, eight_bytes, inlined

DECLINED = -1
#: What a name is known for.
STANDS_ALONE, IS_EMBED, IS_ENCODED = 1, 2, 4
#: A shortcode becomes a space or, if it embeds something, a line break, as in `reader`.
_SPACE, _BREAK = 1, 2
_BEYOND = 0x7FFFFFFF
_MOST_CLOSED = 32

_U0, _U3, _U8 = (np.uint64(i) for i in (0, 3, 8))
_ALL, _DROP, _SMALL_FOUR = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(0x706F7264), np.uint64(0x20202020)
_FOUR = np.uint64(0xFFFFFFFF)
_WWW, _HTTP = np.uint64(0x2E777777), np.uint64(0x70747468)
_OPEN, _CLOSE, _SLASH, _EQUALS, _QUOTE, _APOSTROPHE, _LESS, _AMPERSAND, _GREATER = 91, 93, 47, 61, 34, 39, 60, 38, 62


@inlined
def _is_alphanumeric(byte: int) -> bool:
    return 97 <= (byte | 32) <= 122 or 48 <= byte <= 57


@inlined
def _is_blank(byte: int) -> bool:
    return byte == 32 or 9 <= byte <= 13


@inlined
def _is_unsure(byte: int) -> bool:
    """Return whether a byte may be white space or a letter or quote, which Python knows."""
    return byte >= 128 or 28 <= byte <= 31


@inlined
def _past_blanks(source: Any, at: int) -> int:
    while _is_blank(np.int64(source[at])):
        at += 1
    return at


@inlined
def _part(source: Any, at: int, length: int) -> Any:
    if length <= 0:
        return _U0
    return eight_bytes(source, np.uint64(at)) & (_ALL >> ((_U8 - np.uint64(min(length, 8))) << _U3))


@inlined
def _name_end(source: Any, at: int) -> int:
    """Return where a name ends."""
    while _is_alphanumeric(np.int64(source[at])) or source[at] == 95 or source[at] == 45:
        at += 1
    return at


@inlined
def _close(source: Any, at: int) -> int:
    """Return the place behind the bracket that closes here, behind white space and a slash; or -1."""
    at = _past_blanks(source, at)
    at = _past_blanks(source, at + np.int64(source[at] == _SLASH))
    return at + 1 if source[at] == _CLOSE else -1


@inlined
def _is_closed(source: Any, begin: int, length: int, closed: Any, n_closed: int) -> bool:
    first, second = _part(source, begin, length), _part(source, begin + 8, length - 8)
    for i in range(n_closed):
        if closed[2 * i] == first and closed[2 * i + 1] == second:
            return True
    return False


@inlined
def _known(source: Any, begin: int, length: int, names: Any) -> int:
    first, second = _part(source, begin, length), _part(source, begin + 8, length - 8)
    for i in range(len(names)):
        if names[i, 0] == first and names[i, 1] == second:
            return np.int64(names[i, 2])
    return 0


@inlined
def _past_word(source: Any, at: int) -> int:
    """Return the place behind what is no white space, bracket, quote or angle bracket; -1 if that is not sure."""
    while True:
        byte = np.int64(source[at])
        if _is_unsure(byte) or byte == 0:
            return -1
        if _is_blank(byte) or byte == _OPEN or byte == _CLOSE or byte == _QUOTE or byte == _APOSTROPHE:
            return at
        if byte == _LESS or byte == _GREATER:
            return at
        at += 1


@inlined
def _past_items(source: Any, at: int, end: int, sure: bool, is_embed: bool) -> int:
    """Return the place behind the bracket that closes behind attributes, -1 if it is no shortcode, -2 if unsure."""
    is_first, with_words = True, sure
    while True:
        close = _close(source, at)
        if close > 0:
            return close
        at = _past_blanks(source, at)
        begin, byte = at, np.int64(source[at])
        if byte == _OPEN:
            return -2 if sure else -1
        while _is_alphanumeric(np.int64(source[at])) or 45 <= source[at] <= 46 or source[at] == 58 or source[at] == 95:
            at += 1
        equals = _past_blanks(source, at)
        if at > begin and source[equals] == _EQUALS:
            at = _past_blanks(source, equals + 1)
            quote = np.int64(source[at])
            if quote == _QUOTE or quote == _APOSTROPHE:
                at += 1
                while at < end and source[at] != quote:
                    at += 1
                if at >= end:
                    return -2
                at += 1
                with_words |= is_first
            elif quote == _AMPERSAND:
                return -2
            at = _past_word(source, at)
            if at < 0:
                return -2
        else:
            word = _part(source, begin, 4) | _SMALL_FOUR
            is_address = word == _HTTP or (word & _FOUR) == (_WWW | _SMALL_FOUR) or byte == _SLASH
            is_sign = byte == _QUOTE or byte == _APOSTROPHE or byte == _AMPERSAND or byte == _LESS or byte == _EQUALS
            at = _past_word(source, begin)
            if is_address or is_sign or at <= begin:
                return -2
            if not with_words:
                if is_first and not is_embed:
                    return -1
                return -2
        is_first = False


@inlined
def _past_address(source: Any, at: int, begin: int, length: int) -> int:
    """Return where the address that an embed encloses ends, or ``at``; -1 if that is not sure."""
    to = _past_blanks(source, at)
    while not _is_blank(np.int64(source[to])) and source[to] != _OPEN and source[to] != _CLOSE and source[to] != _LESS:
        if _is_unsure(np.int64(source[to])):
            return -1
        if source[to] == 0:
            return at
        to += 1
    to = _past_blanks(source, to)
    if _is_unsure(np.int64(source[to])):
        return -1
    if source[to] != _OPEN or source[to + 1] != _SLASH:
        return at
    for i in range(length):
        if source[to + 2 + i] != source[begin + i]:
            return at
    behind = _past_blanks(source, to + 2 + length)
    if source[behind] != _CLOSE:
        return -1
    return to


@compiled("int64", "uint8[:]", "int64", "int32[:]", "const uint64[:,:]", "int32[:]", "uint64[:]", nogil=False)
def find_shortcodes(source: Any, end: int, places: Any, names: Any, codes: Any, closed: Any) -> int:
    """Write the begin and end of each shortcode, and what it becomes; then a begin beyond the text.

    Parameters
    ----------
    source, end, places
        As `scan` writes them, and the end of the text.
    names : uint64 array of shape (n_names, 3)
        Up to 16 letters of each known name, and what it is known for.
    codes : int32 array
        Room for three numbers for each bracket, and one more.
    closed : uint64 array of shape (64,)
        Scratch space.

    Returns
    -------
    int
        The number of shortcodes, or `DECLINED`.
    """
    n_closed, k = np.int64(0), np.int64(0)
    while places[k] < end:
        begin = np.int64(places[k]) + 2
        k += 1
        if source[begin - 2] == _OPEN and source[begin - 1] == _SLASH and _is_alphanumeric(np.int64(source[begin])):
            length = _name_end(source, begin) - begin
            if length > 16:
                return DECLINED
            if not _is_closed(source, begin, length, closed, n_closed):
                if n_closed == _MOST_CLOSED:
                    return DECLINED
                closed[2 * n_closed] = _part(source, begin, length)
                closed[2 * n_closed + 1] = _part(source, begin + 8, length - 8)
                n_closed += 1
    n, at, k = np.int64(0), np.int64(0), np.int64(0)
    while places[k] < end:
        place = np.int64(places[k])
        k += 1
        if place < at or source[place] != _OPEN:
            continue
        is_end = source[place + 1] == _SLASH
        begin = place + 1 + np.int64(is_end)
        if not _is_alphanumeric(np.int64(source[begin])):
            continue
        stop = _name_end(source, begin)
        byte, length = np.int64(source[stop]), stop - begin
        if _is_unsure(byte) or length > 16 or (byte == 46 and (source[stop + 1] | 32) == 116):  # name.tv
            return DECLINED
        if not _is_blank(byte) and byte != _EQUALS and byte != _SLASH and byte != _CLOSE:
            continue
        kind = _known(source, begin, length, names)
        has_line = False
        for i in range(begin, stop):
            has_line |= source[i] == 95
            if (_part(source, i, 4) | _SMALL_FOUR) == _DROP:  # a drop cap joins what stands around it
                return DECLINED
        sure = has_line or _is_closed(source, begin, length, closed, n_closed)
        close = _close(source, stop)
        behind = np.int64(-1)
        if is_end:
            behind = close
        elif close > 0:
            behind = close if sure or kind & STANDS_ALONE else -1
            for i in range(stop, close):
                behind = close if source[i] == _SLASH else behind
        elif byte == _EQUALS:
            if sure or length > 1:
                behind = stop
                while behind < end and source[behind] != _OPEN and source[behind] != _CLOSE:
                    behind += 1
                behind = behind + 1 if source[behind] == _CLOSE else -1
        elif byte != _SLASH:
            behind = _past_items(source, stop, end, sure, (kind & IS_EMBED) != 0)
            if behind == -2:
                return DECLINED
        if behind > 0 and not is_end and kind & IS_EMBED:
            behind = _past_address(source, behind, begin, length)
            if behind < 0:
                return DECLINED
        if kind & IS_ENCODED:
            return DECLINED
        at = max(behind, stop)
        if behind < 0 or (source[place - 1] == _OPEN and source[behind] == _CLOSE):
            continue
        codes[3 * n], codes[3 * n + 1] = place, behind
        codes[3 * n + 2] = _BREAK if kind & IS_EMBED else _SPACE
        n += 1
    codes[3 * n] = _BEYOND
    return n
