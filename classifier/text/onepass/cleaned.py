"""A cleaned text, as either way of cleaning returns it."""

from typing import NamedTuple


class CleanedText(NamedTuple):
    """A cleaned text as UTF-8, how many letters cleaning left out, and whether boilerplate may be in it."""

    utf8: bytes
    dropped: int
    may_hold_boilerplate: bool
