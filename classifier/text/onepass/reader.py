"""The last stage: from the source to the text, sign by sign. The bytes between two signs are copied.

`DECLINED` is the answer to anything rare. A text that is not declined is that of `classifier.text.clean` to the byte,
and so is the number of letters left out. All functions stand in one file because numba's cache does not notice a change
in another file.

Recurring arguments:

- ``source`` and ``places`` are those that `scan` writes.
- ``table`` is the table of `classifier.text.onepass.table`: what becomes of tags, entities and characters.
- ``out`` is the text as it is written; ``n`` bytes of it are there, and its last line begins at ``line``.
"""

from typing import Any

import numpy as np

from classifier.terms.compiler import byte_at, compiled, eight_bytes, inlined, put_byte, put_eight_bytes

DECLINED = -1
#: The length of the text is in the lower bits of the result, and the letters left out stand above `LETTERS_AT`.
MAY_HOLD_BOILERPLATE, IS_SURELY_NORMAL, LETTERS_AT = 1 << 32, 1 << 33, 36

#: What becomes of a tag or a character; other letters stand in the bits from 8 on.
NOTHING, SPACE, BREAK, LETTERS = 0, 1, 2, 3
#: Kinds of tags, in the bits from 2 on; the number of an element that is paired stands in those from 8 on.
PLAIN, CODE, TITLE, HOLLOW, PAIRED, BUTTON, FORM, LABEL, OPTION, ABOVE_LINE, LINK, HEADING = range(12)
#: The second halves of keys of the table that are no names of tags.
ENTITY, NUMBER, CHARACTER, MARKER = (np.uint64(0xFFFFFFFFFFFFFF00 + i) for i in range(4))
FACTOR_1, FACTOR_2, SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(40)

_PAD = 16
_FEW, _DEEPEST = 8, 15
_U0, _U1, _U2, _U3, _U8 = (np.uint64(i) for i in (0, 1, 2, 3, 8))
_ALL, _SMALL = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(0x2020202020202020)
_ZERO_WIDTH_SPACE = 0x200B
_TAB, _NEWLINE, _RETURN, _BLANK, _BANG, _QUOTE, _AMPERSAND, _APOSTROPHE = 9, 10, 13, 32, 33, 34, 38, 39
_MINUS, _SLASH, _SEMICOLON, _LESS, _EQUALS, _GREATER, _QUESTION, _BRACKET, _HASH = 45, 47, 59, 60, 61, 62, 63, 91, 35
_HTTP, _ACCORDION, _TOGGLE, _FOUR = (np.uint64(i) for i in (0x70747468, 0x6F636361, 0x67676F74, 0xFFFFFFFF))
_FAQ, _TAB_WORD, _THREE = np.uint64(0x716166), np.uint64(0x626174), np.uint64(0xFFFFFF)


@inlined
def _found(table: Any, first: Any, second: Any) -> Any:
    """Return the value of a key of two numbers, or 0."""
    mask = np.uint64(len(table) - 1)
    slot = ((first ^ (second * FACTOR_2)) * FACTOR_1) >> SHIFT & mask
    while table[slot, 2] != _U0:
        if table[slot, 0] == first and table[slot, 1] == second:
            return np.int64(table[slot, 2])
        slot = (slot + _U1) & mask
    return 0


@inlined
def _is_letter(byte: Any) -> Any:
    return 97 <= (byte | 32) <= 122


@inlined
def _is_digit(byte: Any) -> Any:
    return 48 <= byte <= 57


@inlined
def _is_blank(byte: Any) -> Any:
    return byte == _BLANK or 9 <= byte <= 13


@inlined
def _part(source: Any, at: Any, length: Any) -> Any:
    """Return up to eight bytes as a number."""
    if length <= 0:
        return _U0
    return eight_bytes(source, np.uint64(at)) & (_ALL >> ((_U8 - np.uint64(min(length, 8))) << _U3))


@inlined
def _small(word: Any, length: Any) -> Any:
    """Return up to eight letters in small letters."""
    return word | (_SMALL & (_ALL >> ((_U8 - np.uint64(min(length, 8))) << _U3))) if length > 0 else _U0


@inlined
def _name_end(source: Any, at: Any) -> Any:
    byte = byte_at(source, at)
    while _is_letter(byte) or _is_digit(byte) or byte == _MINUS or byte == 58 or byte == 95:
        at += 1
        byte = byte_at(source, at)
    return at


@inlined
def _past(source: Any, at: Any, end: Any, sign: Any) -> Any:
    """Return the place behind the next byte of a kind, or -1."""
    while at < end and byte_at(source, at) != sign:
        at += 1
    return at + 1 if at < end else -1


@inlined
def _past_tag(source: Any, at: Any, end: Any) -> Any:
    """Return the place behind the ``>`` of a tag, or -1. A quote counts only at the start of a value."""
    while at < end:
        byte = byte_at(source, at)
        at += 1
        if byte == _GREATER:
            return at
        if byte == _EQUALS:
            while _is_blank(byte_at(source, at)):
                at += 1
            byte = byte_at(source, at)
            if byte == _QUOTE or byte == _APOSTROPHE:
                at = _past(source, at + 1, end, byte)
                if at < 0:
                    return -1
            elif byte >= 128 or 28 <= byte <= 31:  # may be white space
                return -1
    return -1


@inlined
def _past_comment(source: Any, at: Any, end: Any) -> Any:
    """Return the place behind a comment, whose text begins at a place; -1 if it may hide a block, or never ends."""
    if byte_at(source, at) == _GREATER:
        return at + 1
    if byte_at(source, at) == _MINUS and byte_at(source, at + 1) == _GREATER:
        return at + 2
    while at < end:
        byte = byte_at(source, at)
        if byte == _MINUS and byte_at(source, at + 1) == _MINUS:
            bang = np.int64(byte_at(source, at + 2) == _BANG)
            if byte_at(source, at + 2 + bang) == _GREATER and at + 2 + bang < end:
                return at + 3 + bang
        if byte == 86 and byte_at(source, at - 1) == 107:  # as in blockVisibility
            return -1
        at += 1
    return -1


@inlined
def _raw_end(source: Any, places: Any, k: Any, at: Any, end: Any, name: Any, length: Any, is_code: Any) -> Any:
    """Return the place of the end tag of a raw element, or -1. Code may hold tags; other raw elements may not."""
    while places[k] < end:
        place: Any = np.int64(places[k])
        k += 1
        if place < at or byte_at(source, place) != _LESS:
            continue
        if byte_at(source, place + 1) == _SLASH:
            behind = byte_at(source, place + 2 + length)
            if _small(_part(source, place + 2, length), length) == name:
                if _is_blank(behind) or behind == _SLASH or behind == _GREATER:
                    return place
            for i in range(9):
                if byte_at(source, place + 2 + i) >= 128:  # some letters outside ASCII stand for letters of names
                    return -1
        if not is_code or byte_at(source, place + 1) == _BANG:
            return -1
    return -1


@inlined
def _may_lead_within_page(source: Any, at: Any, stop: Any) -> Any:
    """Return whether a value in a tag may begin with ``#``."""
    while at < stop:
        if byte_at(source, at) == _HASH:
            before = byte_at(source, at - 1)
            if not _is_letter(before) and before != _SLASH:
                return True
        at += 1
    return False


@inlined
def _begins_with_letter(source: Any, at: Any) -> Any:
    while _is_blank(byte_at(source, at)):
        at += 1
    return _is_letter(byte_at(source, at))


@inlined
def _may_be_title(source: Any, at: Any, stop: Any) -> Any:
    """Return whether a button may be the title of an accordion or tab: whether its tag may name one."""
    while at < stop:
        word = (eight_bytes(source, np.uint64(at)) | _SMALL) & _FOUR
        if word == _ACCORDION or word == _TOGGLE or (word & _THREE) == _FAQ or (word & _THREE) == _TAB_WORD:
            return True
        if byte_at(source, at) >= 128:
            return True
        at += 1
    return False


@inlined
def _may_go_on(source: Any, at: Any) -> Any:
    """Return whether an entity may begin with the ``&`` before a place, once the entities are replaced."""
    byte = byte_at(source, at)
    while _is_letter(byte) or _is_digit(byte) or byte == _HASH:
        at += 1
        byte = byte_at(source, at)
    if byte != _AMPERSAND or byte_at(source, at + 1) != _HASH:
        return byte == _SEMICOLON
    is_large = 49 <= byte_at(source, at + 2) <= 57 and _is_digit(byte_at(source, at + 3))
    return not (is_large and _is_digit(byte_at(source, at + 4)) and _is_digit(byte_at(source, at + 5)))  # no letter


@inlined
def _entity(source: Any, at: Any, table: Any) -> Any:
    """Return the character of the entity whose ``&`` stands before a place, and the place behind it; else -1."""
    byte, point, begin = byte_at(source, at), 0, at
    if byte == _HASH:
        is_hex = (byte_at(source, at + 1) | 32) == 120
        at += 1 + int(is_hex)
        begin = at
        byte = byte_at(source, at)
        while at - begin < 8 and (_is_digit(byte) or (is_hex and 97 <= (byte | 32) <= 102)):
            point = point * (16 if is_hex else 10) + (byte - 48 if byte < 58 else (byte | 32) - 87)
            at += 1
            byte = byte_at(source, at)
        if byte != _SEMICOLON or at == begin or at - begin > 6:
            return -1, at
        if point < 160:
            odd = point < 32 and point != _TAB and point != _NEWLINE
            point = _found(table, np.uint64(point), NUMBER) if point > 126 else (-1 if odd else point)
            if point == 0:
                point = -1
        elif 0xD800 <= point < 0xE000 or 0xFDD0 <= point < 0xFDF0 or point > 0x10FFFF or (point & 0xFFFE) == 0xFFFE:
            point = -1
        at += 1
    else:
        while (_is_letter(byte) or _is_digit(byte)) and at - begin < 9:
            at += 1
            byte = byte_at(source, at)
        length = at - begin
        if byte == _SEMICOLON and length > 1:
            if length > 8:
                return -1, at
            point = _found(table, _part(source, begin, length), ENTITY)
            if point == 0:
                return -1, at
            at += 1
        elif length > 1:
            return -1, at
        else:
            point, at = _AMPERSAND, begin
    if point == _AMPERSAND and _may_go_on(source, at):
        point = -1
    return point, at


@inlined
def _decode(source: Any, at: Any) -> Any:
    """Return the code point (above 127) that begins at a place, and its number of bytes."""
    first = byte_at(source, at)
    second = byte_at(source, at + 1) & 0x3F
    if first < 0xE0:
        return (first & 0x1F) << 6 | second, 2
    third = byte_at(source, at + 2) & 0x3F
    if first < 0xF0:
        return (first & 0x0F) << 12 | second << 6 | third, 3
    return (first & 0x07) << 18 | second << 12 | third << 6 | byte_at(source, at + 3) & 0x3F, 4


@inlined
def _ends_unspaced(out: Any, n: int) -> Any:
    """Return whether a text ends with a character of Thai, Lao, Khmer or Myanmar script."""
    if n < 3:
        return False
    first, second = byte_at(out, n - 3), byte_at(out, n - 2)
    return (first == 0xE1 and 0x9E <= second <= 0x9F) or (first == 0xE1 and second < 0x83) or _is_thai(first, second)


@inlined
def _is_thai(first: Any, second: Any) -> Any:
    return first == 0xE0 and 0xB8 <= second <= 0xBB


@inlined
def _append(point: Any, out: Any, n: Any) -> Any:
    """Write a character; return the new length."""
    if point < 0x80:
        put_byte(out, n, point)
        return n + 1
    width = 2 if point < 0x800 else (3 if point < 0x10000 else 4)
    for byte in range(width - 1, 0, -1):
        put_byte(out, n + byte, 0x80 | point & 0x3F)
        point >>= 6
    put_byte(out, n, (0xF00 >> width) & 0xFF | point)
    return n + width


@inlined
def _copy(source: Any, at: Any, stop: Any, out: Any, n: Any) -> Any:
    """Copy what stands between two signs, but no second space; return the new length. Up to seven bytes more change."""
    if byte_at(source, at) == _BLANK and (n == 0 or byte_at(out, n - 1) == _BLANK or byte_at(out, n - 1) == _NEWLINE):
        at += 1
    new = n + stop - at
    while at < stop:
        put_eight_bytes(out, np.uint64(n), eight_bytes(source, np.uint64(at)))
        at += 8
        n += 8
    return new


@inlined
def _letters(source: Any, at: Any, stop: Any) -> Any:
    """Return how many letters stand between two places, or -1 if that is not surely known."""
    n = 0
    while at < stop:
        if byte_at(source, at) < 128:
            n += int(_is_letter(byte_at(source, at)))
            at += 1
            continue
        point, width = _decode(source, at)
        is_letter = _is_other_letter(point)
        if is_letter < 0:
            return -1
        n += is_letter
        at += width
    return n


@inlined
def _is_other_letter(point: Any) -> Any:
    """Return 1 for a letter outside ASCII, 0 for another sign, -1 if that is not known here."""
    if point < 0xC0:
        return int(point == 0xAA or point == 0xB5 or point == 0xBA)
    if point < 0x2B0:
        return int(point != 0xD7 and point != 0xF7)
    return 0 if 0x2000 <= point < 0x2060 else -1


@inlined
def _end_line(out: Any, line: Any, n: Any, table: Any) -> Any:
    """Leave out the space at the end of the last line, and the line if it is only an address.

    Returns
    -------
    n : int
        The new length, or -1.
    letters : int
        The letters left out.
    begins_marker : bool
        Whether the line may begin a marker of boilerplate.
    """
    if n == line:
        return n, 0, False
    n -= np.int64(byte_at(out, n - 1) == _BLANK)
    first = eight_bytes(out, np.uint64(line))
    if (first & _FOUR) == _HTTP:
        at = line + 4 + np.int64(byte_at(out, line + 4) == 115)
        if n - at > 3 and byte_at(out, at) == 58 and byte_at(out, at + 1) == _SLASH and byte_at(out, at + 2) == _SLASH:
            letters, is_ascii, at = 0, True, line
            while at < n and byte_at(out, at) != _BLANK:
                letters += int(_is_letter(byte_at(out, at)))
                is_ascii = is_ascii and byte_at(out, at) < 128
                at += 1
            if at == n:
                return line if is_ascii else -1, letters, False
    return n, 0, n - line >= 8 and _found(table, first | _SMALL, MARKER) != 0


@compiled("int64", "uint8[:]", "int64", "int32[:]", "const uint64[:,:]", "uint8[:]", nogil=False)
def read(source: Any, end: Any, places: Any, table: Any, out: Any) -> Any:
    """Write the text of a source.

    Parameters
    ----------
    end : int
        The end of the source.
    out : uint8 array
        Room for as many bytes as the source has, and 16 more.

    Returns
    -------
    int
        `DECLINED`, or the length of the text with the rest of what is known about it.
    """
    at, n, line, k, gap = _PAD, 0, 0, 0, NOTHING
    tags, heading, dropped, unread, most_unread = 0, -_FEW, 0, 0, 0
    opened, depth, n_forms = 0, 0, 0
    may_be_escaped, may_hold_marker, is_normal = False, False, True
    while True:
        place: Any = np.int64(places[k])
        k += 1
        if place < at:
            continue
        if at < place:
            if depth == 0:
                n = _copy(source, at, place, out, n)
            else:
                letters = _letters(source, at, place)
                if letters < 0:
                    return DECLINED
                dropped += letters
                unread += place - at
        if place >= end:
            break
        byte = byte_at(source, place)
        at = place + 1
        gap, point, is_read = NOTHING, -1, depth == 0
        following = byte_at(source, at)
        if byte == _LESS:
            is_end = following == _SLASH
            name_at = at + int(is_end)
            if _is_letter(byte_at(source, name_at)):
                stop = _name_end(source, name_at)
                length = stop - name_at
                behind = byte_at(source, stop)
                if behind == _GREATER:
                    at = stop + 1
                elif behind == _SLASH or _is_blank(behind):
                    at = _past_tag(source, stop, end)
                else:
                    return DECLINED
                if at < 0:
                    return DECLINED
                tags += 1
                name = _small(_part(source, name_at, length), length)
                rest = _small(_part(source, name_at + 8, length - 8), length - 8)
                action = _found(table, name, rest) if length <= 16 else 0
                gap, kind = action & 3, (action >> 2) & 63
                closes_itself = byte_at(source, at - 2) == _SLASH
                if kind == PLAIN:
                    pass
                elif kind == HEADING:
                    if not is_end:
                        heading = tags
                elif kind == LINK or kind == ABOVE_LINE:  # may be a footnote
                    if not is_end and is_read and (kind == ABOVE_LINE or _may_lead_within_page(source, stop, at)):
                        if not _begins_with_letter(source, at):
                            return DECLINED
                elif kind == OPTION:
                    if not is_end and is_read:
                        return DECLINED
                elif kind <= HOLLOW:
                    if not is_end:
                        if closes_itself:
                            return DECLINED
                        content = at
                        at = _raw_end(source, places, k, at, end, name, length, kind == CODE)
                        if at < 0:
                            return DECLINED
                        if kind == HOLLOW:
                            for i in range(content, at):
                                if not _is_blank(byte_at(source, i)):
                                    return DECLINED
                        at = _past(source, at, end, _GREATER)
                        if at < 0:
                            return DECLINED
                elif is_end:
                    if depth > 0:
                        if (opened & 15) != action >> 8:
                            return DECLINED
                        opened >>= 4
                        depth -= 1
                        if depth == 0:
                            most_unread = max(most_unread, unread if n_forms else 0)
                elif not closes_itself and (depth > 0 or kind != LABEL):
                    if is_read:
                        if kind == BUTTON and (tags - heading < _FEW or _may_be_title(source, stop, at)):
                            return DECLINED
                        unread = n_forms = 0
                    if depth == _DEEPEST:
                        return DECLINED
                    n_forms += int(kind == FORM)
                    opened = opened << 4 | action >> 8
                    depth += 1
            elif following == _BANG or following == _QUESTION or is_end:
                if following == _BANG and byte_at(source, at + 1) == _MINUS and byte_at(source, at + 2) == _MINUS:
                    at = _past_comment(source, at + 3, end)
                elif byte_at(source, at + 1) == _BRACKET and (byte_at(source, at + 2) | 32) == 99:  # <![CDATA[
                    return DECLINED
                else:
                    at = _past(source, at, end, _GREATER)
                if at < 0:
                    return DECLINED
                tags += 1
            else:
                point = byte
        elif byte == _AMPERSAND:
            point, at = _entity(source, at, table)
            if point < 0:
                return DECLINED
            may_be_escaped |= point == _LESS
        elif byte == _BRACKET:
            point = byte
        elif byte >= 128:
            point, width = _decode(source, place)
            at = place + width
        else:
            at = place
            while _is_blank(byte_at(source, at)):
                if byte_at(source, at) == _RETURN:
                    following = byte_at(source, at + 1)
                    if following == _LESS or following == _AMPERSAND or following == _BRACKET:
                        return DECLINED  # a line break that follows may belong to this one
                    at += int(following == _NEWLINE)
                    gap += BREAK
                elif byte_at(source, at) != _BLANK and byte_at(source, at) != _TAB:
                    gap += BREAK
                else:
                    gap |= SPACE
                at += 1
            if gap == 0:  # a control character
                return DECLINED
        if not is_read:
            if point >= 0:
                letter = int(_is_letter(point)) if point < 128 else _is_other_letter(point)
                if letter < 0:
                    return DECLINED
                dropped += letter
                unread += 4
            continue
        if point == _ZERO_WIDTH_SPACE:
            if not _ends_unspaced(out, n):
                return DECLINED
            gap = SPACE
        elif point >= 128:
            change = _found(table, np.uint64(point), CHARACTER)
            is_usual = point < 0x300 or 0x2010 <= point < 0x205F or 0x20A0 <= point < 0x20C0 or 0x2100 <= point < 0x2126
            is_normal = is_normal and (is_usual or change > 0)
            may_hold_marker |= point == 0x17F  # the long s is an s to the markers
            if change == 0:
                n = _append(point, out, n)
            elif change & 3 == LETTERS:
                change >>= 8
                while change > 0:
                    n = _append(change & 0xFF, out, n)
                    change >>= 8
            else:
                gap = (change & 7) - 4
        elif point == _TAB or point == _BLANK:
            gap = SPACE
        elif point == _NEWLINE:
            gap = BREAK
        elif point >= 0:
            n = _append(point, out, n)
        if gap >= BREAK:
            n, letters, begins_marker = _end_line(out, line, n, table)
            if n < 0:
                return DECLINED
            dropped += letters
            may_hold_marker |= begins_marker
            for _ in range(2 if gap >= 2 * BREAK else 1):
                if n > 0 and (n < 2 or byte_at(out, n - 1) != _NEWLINE or byte_at(out, n - 2) != _NEWLINE):
                    put_byte(out, n, _NEWLINE)
                    n += 1
            line = n
        elif gap == SPACE and n > 0 and byte_at(out, n - 1) != _BLANK and byte_at(out, n - 1) != _NEWLINE:
            put_byte(out, n, _BLANK)
            n += 1
    n, letters, begins_marker = _end_line(out, line, n, table)
    if n < 0 or depth > 0 or (may_be_escaped and tags == 0):
        return DECLINED
    while n > 0 and byte_at(out, n - 1) == _NEWLINE:
        n -= 1
    if most_unread * 8 > n:
        return DECLINED
    found = n | (dropped + letters) << LETTERS_AT
    if may_hold_marker or begins_marker:
        found |= MAY_HOLD_BOILERPLATE
    return found | IS_SURELY_NORMAL if is_normal else found
