"""Whether a text is plain already, in one compiled pass: what most newsrooms send needs no cleaning at all."""

from typing import Any

import numpy as np

from classifier.text.compiler import compiled

#: What markup, shortcodes, entities and unusual white space are made of, and the colon of "://".
_TELLING = np.zeros(128, np.bool_)
_TELLING[[ord(c) for c in "[<&\t\r\v\f"]] = True


@compiled("boolean", "bytes")
def is_plain(data: Any) -> bool:
    """Tell whether `classifier.text.clean` would change nothing of a text, as UTF-8, but white space at its ends.

    Plain are ASCII, letters up to U+02FF and the usual signs, none of which Unicode normalises; not plain is whatever
    could be part of markup or of a web address, and spaces or line breaks that would be fewer. When in doubt, no.
    """
    last: Any = ord("a")
    before: Any = last
    at, end = 0, len(data)
    while at < end:
        here = np.int64(data[at])
        if here < 128:
            if _TELLING[here]:
                return False
            if here == ord(" ") and (last == ord(" ") or last == ord("\n")):
                return False
            if here == ord("\n") and (last == ord(" ") or (last == ord("\n") and before == ord("\n"))):
                return False
            if here == ord("/") and last == ord("/") and before == ord(":"):
                return False
            at += 1
        elif 0xC2 <= here <= 0xCB:
            point = (here & 0x1F) << 6 | np.int64(data[at + 1]) & 0x3F
            if point <= 0xA0 or point == 0xAD:
                return False
            at += 2
        elif here == 0xE2:
            point = 0x2000 | (np.int64(data[at + 1]) & 0x3F) << 6 | np.int64(data[at + 2]) & 0x3F
            if not (
                0x2010 <= point <= 0x2027
                or 0x2030 <= point <= 0x205E
                or 0x20A0 <= point <= 0x20BF
                or 0x2100 <= point <= 0x2125
            ):
                return False
            at += 3
        else:
            return False
        before, last = last, here
    return True
