"""The names and characters that the pass knows, as numbers that compiled code gets as arguments.

So a change of a rule in `elements`, `shortcodes`, `spaces` or `boilerplate` holds at once; numba's cache notices only
changes in the compiled function's own file.
"""

from collections.abc import Iterator
from html import unescape
from html.entities import html5, name2codepoint

import numpy as np
from numpy.typing import NDArray

from classifier.text.boilerplate import MARKERS
from classifier.text.elements import BREAKS
from classifier.text.markup import RAW
from classifier.text.onepass import reader
from classifier.text.spaces import REGULAR
from classifier.text.unread import UNREAD

_KINDS = {
    "script": reader.CODE,
    "style": reader.CODE,
    "title": reader.TITLE,
    "iframe": reader.HOLLOW,
    "textarea": reader.HOLLOW,
    "button": reader.BUTTON,
    "form": reader.FORM,
    "label": reader.LABEL,
    "option": reader.OPTION,
    "sup": reader.ABOVE_LINE,
    "a": reader.LINK,
    **dict.fromkeys((f"h{level}" for level in range(1, 7)), reader.HEADING),
}
_INSTEAD = {"": reader.NOTHING, " ": reader.SPACE, "\n": reader.BREAK}
_MASK = (1 << 64) - 1


def table_of_signs() -> NDArray[np.uint64]:
    """Return what `reader` knows, as a hash table with open addressing.

    Returns
    -------
    uint64 array of shape (n_slots, 3)
        The two numbers of a key, and the value; 0 if the slot is free. ``n_slots`` is a power of two.
    """
    entries = [*_tags(), *_characters(), *_entities(), *_markers()]
    n_slots = 1 << (2 * len(entries)).bit_length()
    table = np.zeros((n_slots, 3), np.uint64)
    for first, second, value in entries:
        mixed = ((first ^ (second * int(reader.FACTOR_2))) * int(reader.FACTOR_1)) & _MASK
        slot = (mixed >> int(reader.SHIFT)) % n_slots
        while table[slot, 2]:
            slot = (slot + 1) % n_slots
        table[slot] = (first, second, value)
    return table


def _tags() -> Iterator[tuple[int, int, int]]:
    paired = [*sorted(UNREAD.difference(RAW)), "label"]
    for name in sorted(BREAKS.keys() | _KINDS.keys() | UNREAD):
        if name.startswith("/"):
            continue
        number = paired.index(name) + 1 if name in paired else 0
        kind = _KINDS.get(name, reader.PAIRED if number else reader.PLAIN)
        yield *_halves(name), _INSTEAD[BREAKS.get(name, "")] | kind << 2 | number << 8


def _characters() -> Iterator[tuple[int, int, int]]:
    for character, instead in REGULAR.items():
        if ord(character) > 127:
            letters = int.from_bytes(instead.encode(), "little") if instead.strip() else 0
            yield ord(character), int(reader.CHARACTER), 4 + _INSTEAD.get(instead, reader.LETTERS) | letters << 8


def _entities() -> Iterator[tuple[int, int, int]]:
    for name in [*name2codepoint, "apos"]:
        yield _halves(name)[0], int(reader.ENTITY), ord(html5[f"{name};"])
    for number in range(127, 160):
        if character := unescape(f"&#{number};"):
            yield number, int(reader.NUMBER), ord(character)


def _markers() -> Iterator[tuple[int, int, int]]:
    for beginning in {marker[:8] for marker in MARKERS}:
        yield _halves(beginning)[0] | 0x2020202020202020, int(reader.MARKER), 1


def _halves(name: str) -> tuple[int, int]:
    """Return the first and the next eight letters as numbers."""
    letters = name.encode()
    return int.from_bytes(letters[:8], "little"), int.from_bytes(letters[8:16], "little")
