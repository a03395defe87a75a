"""The pass: one scan finds the bytes that are not merely copied, many at a time, and `reader` makes the text of them.

A text whose scan finds only line breaks is plain and done.
"""

import threading
from functools import cache, partial
from typing import Any

import numpy as np

from classifier.terms.compiler import compiled, eight_bytes, inlined
from classifier.terms.encoding import utf8
from classifier.text.boilerplate import MARKERS
from classifier.text.onepass import reader
from classifier.text.onepass.cleaned import CleanedText
from classifier.text.onepass.table import table_of_signs
from classifier.text.shortcodes import without_shortcodes
from classifier.text.spaces import normal_form

#: So many bytes stand before and behind the text in its array, so that no stage need look for the ends.
PAD = 16
#: The number of places is in the lower bits of the result of `scan`; these stand above.
IS_PLAIN, MAY_HOLD_BOILERPLATE, MAY_NOT_BE_NORMAL, MAY_HOLD_SHORTCODES = 1 << 32, 1 << 33, 1 << 34, 1 << 35
MAY_HOLD_CDATA = 1 << 36

_B = np.uint8
_STRIDE = np.uint64(512)
_PAD = np.uint64(PAD)
_U0, _U1, _U2, _U3, _U4, _U7, _U8 = (np.uint64(n) for n in (0, 1, 2, 3, 4, 7, 8))
_BYTE, _HTTP, _FOUR = np.uint64(0xFF), np.uint64(0x70747468), np.uint64(0xFFFFFFFF)
_SEVEN, _CDATA_WORD = np.uint64(0xFFFFFFFFFFFFFF), np.uint64(int.from_bytes(b"[CDATA[", "little"))
#: These bits turn capitals into small letters.
_SMALL = np.uint64(0x2020202020202020)
#: The first eight letters of the markers, each as one number.
_BEGINNINGS = sorted({marker[:8].encode() for marker in MARKERS})
_MARKERS = np.array([int.from_bytes(beginning, "little") for beginning in _BEGINNINGS], np.uint64) | _SMALL
_GATHER = np.uint64(0x0102040810204080)  # a product with it gathers the lowest bits of eight bytes in the highest byte
_BITS = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1, bitorder="little")
_N_PLACES = _BITS.sum(axis=1).astype(np.uint8)
#: The places of the set bits of each byte, in order, one place per byte of a uint64.
_PLACES = np.argsort(1 - _BITS, axis=1, kind="stable").astype(np.uint8).view("<u8")[:, 0].astype(np.uint64)


@inlined
def _is(byte: Any, value: Any) -> Any:
    return _B(byte == value)


@inlined
def _within(byte: Any, least: Any, more: Any) -> Any:
    """Return 1 for a byte that is at least ``least`` and at most ``more`` larger."""
    return _B(_B(byte - least) <= more)


@inlined
def _is_sign(last: Any, here: Any) -> Any:
    """Return 1 for a byte of ASCII that a later stage must see: markup, controls, white space other than one space.

    A no-break space and a line break come before spaces that are left out.
    """
    sign = (
        _is(here, _B(0x3C))
        | _is(here, _B(0x26))
        | _is(here, _B(0x5B))
        | _within(here, _B(0x09), _B(0x04))
        | _within(here, _B(0x1C), _B(0x03))
    )
    return _B(sign | _is(here, _B(0)) | (_is(here, _B(0x20)) & _is(last, _B(0x20))))


@inlined
def _begins_sign(here: Any, following: Any, after: Any) -> Any:
    """Return 1 for the first byte of a character outside ASCII that is not merely copied."""
    sign = _is(here, _B(0xC2)) & (_within(following, _B(0x80), _B(0x20)) | _is(following, _B(0xAD)))
    sign |= _is(here, _B(0xC5)) & _is(following, _B(0xBF))
    usual = _is(following, _B(0x80)) & (
        _within(after, _B(0x90), _B(0x17)) | _within(after, _B(0xB0), _B(0x0F))
    )  # U+2010-2027, 2030-203F
    usual |= _is(following, _B(0x81)) & _within(after, _B(0x80), _B(0x1E))  # to U+205E
    usual |= _is(following, _B(0x82)) & _within(after, _B(0xA0), _B(0x1F))  # currencies
    usual |= _is(following, _B(0x84)) & _within(after, _B(0x80), _B(0x25))  # № ℃ ™
    sign |= _is(here, _B(0xE2)) & (usual ^ _B(1))
    sign |= _is(here, _B(0xE1)) & _is(following, _B(0x9A))
    sign |= _is(here, _B(0xE3)) & _is(following, _B(0x80)) & _is(after, _B(0x80))
    sign |= _is(here, _B(0xEF)) & (_is(following, _B(0xBB)) | _is(following, _B(0xAC)))
    return _B(sign)


@inlined
def _begins_foreign(here: Any) -> Any:
    """Return 1 for the first byte of a character from U+0300 on, except general punctuation."""
    return _B(_within(here, _B(0xCC), _B(0x33)) & (_is(here, _B(0xE2)) ^ _B(1)))


@inlined
def _is_rare(source: Any, at: Any) -> Any:
    """Return 1 for the first byte of a character that `_may_not_be_normal` must look at, else 0.

    It knows Han, Hangul, kana and wide forms, by the same rules but many bytes at a time. `_is_rare_thai` knows others.
    """
    here, following, after = source[at], source[at + _U1], source[at + _U2]
    kana = _is(here, _B(0xE3)) & (
        (_is(following, _B(0x82)) & _within(after, _B(0x99), _B(0x01)))
        | (_is(following, _B(0x80)) & _within(after, _B(0xAA), _B(0x05)))
    )
    hangul = _is(here, _B(0xEA)) & _B(following < 0xB0)
    hangul |= _is(here, _B(0xED)) & _B(following > 0x9D)
    wide = _is(here, _B(0xEF)) & _B(following < 0xBC)
    other = _within(here, _B(0xCC), _B(0x13)) | _is(here, _B(0xE1)) | _is(here, _B(0xEE)) | _B(here >= 0xF0)
    return _B(kana | hangul | wide | other)


@inlined
def _is_rare_thai(source: Any, at: Any) -> Any:
    """Return 1 for a character that begins with 0xE0 unless it is Thai or Lao and no mark, or a mark in its place."""
    following, after, second, last = source[at + _U1], source[at + _U2], source[at - _U2], source[at - _U1]
    is_second_half, before_is_second_half = _B(following & _B(1)), _B(second & _B(1))
    tone = is_second_half & _within(after, _B(0x88), _B(0x03))
    below = (is_second_half ^ _B(1)) & _within(after, _B(0xB8), _B(0x02))
    same = _is(source[at - _U3], _B(0xE0)) & _is(_B(second | _B(1)), _B(following | _B(1)))
    behind = (before_is_second_half & _within(last, _B(0x88), _B(0x03))) | (
        (before_is_second_half ^ _B(1)) & _within(last, _B(0xB8), _B(0x02))
    )
    misplaced = (tone | below) & ((same ^ _B(1)) | (below & behind))
    return _B(_is(source[at], _B(0xE0)) & ((_within(following, _B(0xB8), _B(0x03)) ^ _B(1)) | misplaced))


@inlined
def _may_not_be_normal(source: Any, at: Any, stop: Any) -> bool:
    """Return False if the characters from ``at`` to ``stop`` surely leave their text in normal form C.

    That is so for the letters of most scripts. A mark may be out of order, or be one letter with the letter before it.
    Marks behind a letter of another script are left to a closer look.
    """
    while at < stop:
        here = int(source[at])
        if here < 0xCC or here == 0xE2:
            at += _U1
        elif 0xE4 <= here <= 0xE9:  # Han
            at += _U3
        elif here == 0xE0:
            if not _is_normal_indic(source, at):
                return True
            at += _U3
        elif here < 0xE0:
            if not _is_normal_of_two(here, int(source[at + _U1])):
                return True
            at += _U2
        elif _is_normal_of_three(source, at, here):
            at += _U3
        else:
            return True
    return False


@inlined
def _is_normal_of_two(here: int, following: int) -> bool:
    """Judge Greek, Cyrillic, Hebrew and Arabic."""
    if here in (0xCF, 0xD0, 0xD1, 0xD3, 0xDA):
        return True
    if here == 0xCE:
        return following != 0x87
    if here == 0xD2:
        return following < 0x83 or following > 0x87
    if here == 0xD8:
        return following < 0x90 or following > 0x9A
    if here == 0xD9:
        return following < 0x8B or (following > 0x9F and following != 0xB0)
    return here == 0xDB and (following < 0x96 or following > 0xAD)


@inlined
def _is_normal_of_three(source: Any, at: Any, here: int) -> bool:
    """Judge Hangul, kana, wide forms and Khmer."""
    following, after = int(source[at + _U1]), int(source[at + _U2])
    if here in (0xEB, 0xEC):
        return True
    if here == 0xEA:
        return following >= 0xB0
    if here == 0xED:
        return following <= 0x9D
    if here == 0xEF:
        return following >= 0xBC
    if here == 0xE3:
        is_mark = (following == 0x82 and 0x99 <= after <= 0x9A) or (following == 0x80 and 0xAA <= after <= 0xAF)
        return not is_mark
    if here == 0xE1 and following == 0x9E:
        return True
    is_khmer = here == 0xE1 and following == 0x9F and after != 0x9D
    return is_khmer and (after != 0x92 or (source[at - _U3] == 0xE1 and int(source[at - _U2]) | 1 == 0x9F))


@inlined
def _is_normal_indic(source: Any, at: Any) -> bool:
    """Judge Thai, Lao and Devanagari."""
    following, after = int(source[at + _U1]), int(source[at + _U2])
    script = following | 1
    if 0xB8 <= following <= 0xBB:
        is_below = 0xB8 <= after <= 0xBA and following != script
        if not is_below and not (0x88 <= after <= 0x8B and following == script):
            return True
        second, last = int(source[at - _U2]), int(source[at - _U1])
        if source[at - _U3] != 0xE0 or second | 1 != script:
            return False
        is_behind = (second == script and 0x88 <= last <= 0x8B) or (second != script and 0xB8 <= last <= 0xBA)
        return not (is_below and is_behind)
    if script != 0xA5 or (following == 0xA5 and (0x91 <= after <= 0x94 or 0x98 <= after <= 0x9F)):
        return False
    is_dot = following == 0xA4 and after == 0xBC
    if not is_dot and not (following == 0xA5 and after == 0x8D):
        return True
    second, last = int(source[at - _U2]), int(source[at - _U1])
    if source[at - _U3] != 0xE0 or second | 1 != script:
        return False
    return not (is_dot and (second == 0xA5 or last in (0xA8, 0xB0, 0xB3, 0xBC)))


@inlined
def _mark(source: Any, at: Any, stop: Any, marks: Any) -> Any:
    """Write 1 for each byte that is a sign, else 0. Return whether some character may not be in normal form C."""
    seen = foreign = _B(0)
    for i in range(at, stop):
        marks[i] = _is_sign(source[i - _U1], source[i])
        seen = _B(seen | source[i])
    for i in range(at, stop if seen >= 128 else at):  # most strides of English are ASCII
        here = source[i]
        marks[i] |= _begins_sign(here, source[i + _U1], source[i + _U2])
        foreign = _B(foreign | _begins_foreign(here))
    rare = thai = _B(0)
    for i in range(at, stop if foreign != 0 else at):
        rare = _B(rare | _is_rare(source, i))
        thai = _B(thai | _is(source[i], _B(0xE0)))
    for i in range(at, stop if thai != 0 else at):
        rare = _B(rare | _is_rare_thai(source, i))
    return _B(rare != 0 and _may_not_be_normal(source, at, stop))


@inlined
def _judge(source: Any, places: Any, n: Any) -> Any:
    """Return whether all signs are line breaks that cleaning leaves, and what may begin: a marker, a shortcode, CDATA.

    ``[CDATA[`` begins no shortcode.
    """
    first = eight_bytes(source, _PAD)
    plain: Any = source[_PAD] != 0x20 and (first & _FOUR) != _HTTP
    marker: Any = False
    brackets: Any = False
    cdata: Any = False
    for k in range(n):
        place = np.uint64(places[k])
        sign, following = source[place], source[place + _U1]
        if sign == 0x5B:
            letter = _B((following | _B(32)) - _B(0x61)) < 26 or _B(following - _B(0x2F)) < 11
            is_cdata = eight_bytes(source, place) & _SEVEN == _CDATA_WORD
            brackets = brackets or (letter and not is_cdata)
            cdata = cdata or is_cdata
        line = eight_bytes(source, place + _U1)
        odd = sign != 0x0A or source[place - _U1] == 0x20 or following == 0x20 or (line & _FOUR) == _HTTP
        plain = plain and not odd and (following != 0x0A or source[place + _U2] != 0x0A)
        for beginning in _MARKERS:
            marker = marker or (line | _SMALL) == beginning
    return plain, marker, brackets, cdata


@compiled("int64", "bytes", "uint8[:]", "uint8[:]", "int32[:]", nogil=False)
def scan(data: Any, source: Any, marks: Any, places: Any) -> int:
    """Copy a text, given as UTF-8, and write the places in the copy that a later stage must see.

    Parameters
    ----------
    data : bytes
    source : uint8 array
        Room for the text, `PAD` bytes before it and `PAD` behind it.
    marks : uint8 array
        Scratch space of the same length.
    places : int32 array
        Room for one place per byte and ten more. The end of the text is the last place.

    Returns
    -------
    int
        The number of places before the end, with `IS_PLAIN`, `MAY_HOLD_BOILERPLATE`, `MAY_NOT_BE_NORMAL`,
        `MAY_HOLD_SHORTCODES` and `MAY_HOLD_CDATA`, where each is so. Cleaning changes a plain text at its ends at most.
    """
    text = np.frombuffer(data, np.uint8)
    length = np.uint64(len(text))
    end = length + _PAD
    for i in range(length):
        source[i + _PAD] = text[i]
    for i in range(_PAD):
        source[i] = _B(0x61)
        source[end + i] = _B(1)
        marks[end + i] = _B(0)
    odd = _B(0)
    for at in range(_PAD, end, _STRIDE):
        odd = _B(odd | _mark(source, at, min(at + _STRIDE, end), marks))
    n = _U0
    for at in range(_PAD, end, _U8):
        bits = (eight_bytes(marks, at) * _GATHER) >> np.uint64(56)
        if bits == _U0:
            continue
        where = _PLACES[bits]
        n_where = np.uint64(_N_PLACES[bits])
        for k in range(_U4):
            places[n + k] = np.int32(at + ((where >> (k << _U3)) & _BYTE))
        if n_where > _U4:
            for k in range(_U4, _U8):
                places[n + k] = np.int32(at + ((where >> (k << _U3)) & _BYTE))
        n += n_where
    places[n] = np.int32(end)
    plain, marker, brackets, cdata = _judge(source, places, n)
    found: Any = np.int64(n)
    if odd:
        found |= MAY_NOT_BE_NORMAL
    elif plain:
        found |= IS_PLAIN
    if marker:
        found |= MAY_HOLD_BOILERPLATE
    if cdata:
        found |= MAY_HOLD_CDATA
    return found | MAY_HOLD_SHORTCODES if brackets else found  # type: ignore[no-any-return]


#: The scratch arrays of a longer text are not kept.
_KEPT_BYTES = 1 << 16
_LEAST_BYTES = 1 << 14
_COUNT = 0xFFFFFFFF
#: These marks are removed; what they enclose is read. Where the first bracket of each stands.
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
_BRACKET_AT = {_CDATA: 2, _CDATA_END: 0}
_MAY_HOLD_BRACKETS = MAY_HOLD_SHORTCODES | MAY_HOLD_CDATA
_MANY = 100
_local = threading.local()


class _Scratch:
    """Arrays that the stages write to. Each thread has its own."""

    def __init__(self, n_bytes: int) -> None:
        self.n_bytes = n_bytes
        n = n_bytes + 2 * PAD
        self.source = np.empty(n, np.uint8)
        self.places = np.empty(n, np.int32)
        self.out = np.empty(n, np.uint8)  # its first use is for the marks of `scan`
        self.bytes_out = memoryview(self.out.data)


def clean_in_one_pass(data: bytes) -> CleanedText | None:
    """Clean a text given as UTF-8, as `classifier.text.clean.clean_and_count` does; None if the pass declines it."""
    scratch = _scratch(len(data))
    found = scan(data, scratch.source, scratch.out, scratch.places)
    if found & IS_PLAIN:
        return _new_cleaned((data.strip(), 0, found & MAY_HOLD_BOILERPLATE != 0))
    if found & _MAY_HOLD_BRACKETS:
        read_before = data
        if found & MAY_HOLD_SHORTCODES:
            written = _text(data)
            shorter = without_shortcodes(written)
            data = data if shorter is written else utf8(shorter)
        without = _without(_CDATA, data)
        if without is not data:
            data = _without(_CDATA_END, without)
            if _without(_CDATA, data) is not data:
                return None
        if data is not read_before:
            found = scan(data, scratch.source, scratch.out, scratch.places)
    read = reader.read(scratch.source, len(data) + PAD, scratch.places, _signs(), scratch.out)
    if read < 0:
        return None
    text = bytes(scratch.bytes_out[: read & _COUNT])
    may_hold_boilerplate = read & reader.MAY_HOLD_BOILERPLATE != 0
    if found & MAY_NOT_BE_NORMAL or not read & reader.IS_SURELY_NORMAL:
        written = _text(text)
        normal = normal_form(written)
        if normal is not written:
            text, may_hold_boilerplate = utf8(normal), True
    return _new_cleaned((text, read >> reader.LETTERS_AT, may_hold_boilerplate))


def _without(mark: bytes, data: bytes) -> bytes:
    """Return a text without a mark, itself if there is none. One byte is found much quicker than several."""
    bracket, within = mark[_BRACKET_AT[mark] :][:1], _BRACKET_AT[mark]
    parts, begin, at = list[bytes](), 0, data.find(bracket)
    for _ in range(_MANY):
        if at < 0:
            return b"".join([*parts, data[begin:]]) if parts else data
        if at >= within and data.startswith(mark, at - within):
            parts.append(data[begin : at - within])
            at = begin = at - within + len(mark)
        else:
            at += 1
        at = data.find(bracket, at)
    return data.replace(mark, b"")


def scan_text(data: bytes) -> int:
    """Return what `scan` finds in a text given as UTF-8."""
    scratch = _scratch(len(data))
    return int(scan(data, scratch.source, scratch.out, scratch.places))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _scratch(n_bytes: int) -> _Scratch:
    scratch: _Scratch | None = getattr(_local, "scratch", None)
    if scratch is None or scratch.n_bytes < n_bytes:
        scratch = _Scratch(max(n_bytes, _LEAST_BYTES))
        if n_bytes <= _KEPT_BYTES:
            _local.scratch = scratch
    return scratch


_signs = cache(table_of_signs)
#: Half the time of the class's own constructor.
_new_cleaned = partial(tuple.__new__, CleanedText)
