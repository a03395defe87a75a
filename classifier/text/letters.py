"""The letters of a text: the measure of what cleaning leaves out."""

import re

_ASCII = re.compile(r"[\x00-\x7f]+")
#: Every byte that is no letter of ASCII.
_OTHER_BYTES = bytes(byte for byte in range(256) if not (byte < 128 and chr(byte).isalpha()))


def count_letters(text: str) -> int:
    """Return the number of letters in a text: characters for which ``str.isalpha`` is true."""
    if text.isascii():
        return len(text.encode().translate(None, _OTHER_BYTES))
    letters = len(text.encode("utf-8", "surrogatepass").translate(None, _OTHER_BYTES))
    return letters + sum(map(str.isalpha, _ASCII.sub("", text)))


def has_fewer_letters(text: str, n: int) -> bool:
    """Return whether a text has fewer than ``n`` letters. It looks no further than needed."""
    return len(text) < n or (count_letters(text[: 2 * n]) < n and count_letters(text) < n)
