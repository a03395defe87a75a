"""The stages of the pass, one after the other, with the arrays that they share."""

import threading
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from classifier.terms.encoding import utf8
from classifier.text.onepass import reader, scan
from classifier.text.onepass.table import table_of_signs
from classifier.text.shortcodes import without_shortcodes
from classifier.text.spaces import normal_form

#: The scratch arrays of a longer text are not kept.
_KEPT_BYTES = 1 << 16
_LEAST_BYTES = 1 << 14
_COUNT = 0xFFFFFFFF
#: These marks are removed; what they enclose is read.
_CDATA = b"<![CDATA["
_local = threading.local()


class CleanedText(NamedTuple):
    """A cleaned text as UTF-8, how many letters cleaning left out, and whether boilerplate may be in it."""

    utf8: bytes
    dropped: int
    may_hold_boilerplate: bool


class _Scratch:
    """Arrays that the stages write to. Each thread has its own."""

    def __init__(self, n_bytes: int) -> None:
        self.n_bytes = n_bytes
        n = n_bytes + 2 * scan.PAD
        self.source = np.empty(n, np.uint8)
        self.places = np.empty(n, np.int32)
        self.out = np.empty(n, np.uint8)  # its first use is for the marks of `scan`
        self.bytes_out = memoryview(self.out.data)


def clean_in_one_pass(data: bytes) -> CleanedText | None:
    """Clean a text given as UTF-8, as `classifier.text.clean.clean_and_count` does; None if the pass declines it."""
    scratch = _scratch(len(data))
    found = scan.scan(data, scratch.source, scratch.out, scratch.places)
    if found & scan.IS_PLAIN:
        return _new_cleaned((data.strip(), 0, found & scan.MAY_HOLD_BOILERPLATE != 0))
    if found & scan.MAY_HOLD_SHORTCODES:
        data = utf8(without_shortcodes(_text(data)))
        if _CDATA in data:
            data = data.replace(_CDATA, b"").replace(b"]]>", b"")
            if _CDATA in data:
                return None
        found = scan.scan(data, scratch.source, scratch.out, scratch.places)
    read = reader.read(scratch.source, len(data) + scan.PAD, scratch.places, _signs(), scratch.out)
    if read < 0:
        return None
    text = bytes(scratch.bytes_out[: read & _COUNT])
    may_hold_boilerplate = read & reader.MAY_HOLD_BOILERPLATE != 0
    if found & scan.MAY_NOT_BE_NORMAL or not read & reader.IS_SURELY_NORMAL:
        written = _text(text)
        normal = normal_form(written)
        if normal is not written:
            text, may_hold_boilerplate = utf8(normal), True
    return _new_cleaned((text, read >> reader.LETTERS_AT, may_hold_boilerplate))


def scan_text(data: bytes) -> int:
    """Return what `scan` finds in a text given as UTF-8."""
    scratch = _scratch(len(data))
    return int(scan.scan(data, scratch.source, scratch.out, scratch.places))


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
