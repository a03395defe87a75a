"""Texts as the bytes that compiled code reads, and back."""

from collections.abc import Callable
from operator import methodcaller

#: Returns a text as UTF-8; lone surrogates pass through.
utf8: Callable[[str], bytes] = methodcaller("encode", "utf-8", "surrogatepass")


def lines_of(encoded: bytes) -> list[str]:
    """Return each line of UTF-8 as a string without its line break: the inverse of `utf8`."""
    return encoded.decode("utf-8", "surrogatepass").split("\n")[:-1]
