"""The stages of the pass, one after the other, with the arrays that they share."""

import threading
import unicodedata
from functools import cache
from typing import NamedTuple

import numpy as np

from classifier.text.onepass import reader, scan
from classifier.text.onepass.brackets import find_shortcodes
from classifier.text.onepass.table import table_of_shortcodes, table_of_signs

#: The scratch arrays of a longer text are not kept.
_KEPT_BYTES = 1 << 16
_LEAST_BYTES = 1 << 14
_BEYOND = 0x7FFFFFFF
_COUNT = 0xFFFFFFFF
_NO_CODES = np.full(1, _BEYOND, np.int32)
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
        self.bytes_out = memoryview(self.out)
        self.closed = np.empty(64, np.uint64)


def clean_in_one_pass(data: bytes) -> CleanedText | None:
    """Clean a text given as UTF-8, as `classifier.text.clean.clean_and_count` does; None if the pass declines it."""
    scratch = _scratch(len(data))
    source, places, out = scratch.source, scratch.places, scratch.out
    signs = scan.scan(data, source, out, places)
    end, codes = len(data) + scan.PAD, _NO_CODES
    if signs & scan.MAY_HOLD_SHORTCODES:
        codes = np.empty(3 * (signs & _COUNT) + 1, np.int32)
        if find_shortcodes(source, end, places, _shortcodes(), codes, scratch.closed) < 0:
            return None
        if _CDATA in data:
            data = data.replace(_CDATA, b"").replace(b"]]>", b"")
            if codes[0] != _BEYOND or _CDATA in data:
                return None
            signs, end = scan.scan(data, source, out, places), len(data) + scan.PAD
    found = reader.read(source, end, places, codes, _signs(), out)
    if found < 0:
        return None
    text = bytes(scratch.bytes_out[: found & _COUNT])
    if signs & scan.MAY_NOT_BE_NORMAL or not found & reader.IS_SURELY_NORMAL:
        if not unicodedata.is_normalized("NFC", text.decode("utf-8", "surrogatepass")):
            return None
    return CleanedText(text, found >> reader.LETTERS_AT, bool(found & reader.MAY_HOLD_BOILERPLATE))


def _scratch(n_bytes: int) -> _Scratch:
    scratch: _Scratch | None = getattr(_local, "scratch", None)
    if scratch is None or scratch.n_bytes < n_bytes:
        scratch = _Scratch(max(n_bytes, _LEAST_BYTES))
        if n_bytes <= _KEPT_BYTES:
            _local.scratch = scratch
    return scratch


_signs, _shortcodes = cache(table_of_signs), cache(table_of_shortcodes)
