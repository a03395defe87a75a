r"""The folded form of each character: one table over all of Unicode, in which repeated blocks are stored once.

The kernel reads this table instead of calling ``str.lower`` and matching ``\w`` and ``\d``. The running Python makes
the table from those three, so the kernel and `classifier.terms.definition` cannot disagree about a character.
"""

import re
import sys
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

BLOCK_BITS = 7
BLOCK = 1 << BLOCK_BITS
#: Values of the table that are not the distance from a character to its folded form.
NO_WORD, NEEDS_TEXT = 1 << 30, 1 << 29
#: Planes 4 and up have no letters: Unicode keeps them for private use, tags and later versions.
_END_OF_LETTERS = 0x40000
_FINAL_SIGMA = "Σ"  # its lowercase depends on the letters around it


@dataclass(frozen=True)
class CharacterTable:
    """Folded forms in two levels.

    The entry of a code point ``c`` is ``blocks[block_of[c >> BLOCK_BITS], c & (BLOCK - 1)]``. It is one of:

    - the number to add to ``c`` to get its folded form: lowercase, with every decimal digit as ``0``;
    - `NO_WORD`: the folded form is not a word character;
    - `NEEDS_TEXT`: the text must be folded as a whole, because the folded form depends on other characters or its
      length in UTF-8 differs (digits of other scripts, a few letters).

    ``block_of`` is uint16 of shape (0x110000 / BLOCK,), ``blocks`` is int32 of shape (n_blocks, BLOCK).
    """

    block_of: NDArray[np.uint16]
    blocks: NDArray[np.int32]


@cache
def character_table() -> CharacterTable:
    """Return the table; the first call makes it."""
    points = np.arange(_END_OF_LETTERS, dtype=np.int32)
    characters = points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    unclear = [ord(c) for c in _FINAL_SIGMA + _longer_when_lowered(characters)]
    for point in unclear:
        characters = characters.replace(chr(point), "a")
    lowered = characters.lower()
    values = np.frombuffer(lowered.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int32) - points
    word = _mask(r"\w+", lowered)
    words = np.flatnonzero(word)
    digit = words[_mask(r"\d+", "".join(re.findall(r"\w+", lowered)))]
    values[~word] = NO_WORD
    values[digit] = ord("0") - points[digit]
    values[word & (_width(points + values) != _width(points))] = NEEDS_TEXT
    values[unclear] = NEEDS_TEXT
    return _share_blocks(values.reshape(-1, BLOCK))


def _width(points: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many bytes each code point has in UTF-8."""
    return np.searchsorted([0x80, 0x800, 0x10000], points, side="right")


def _longer_when_lowered(characters: str) -> str:
    """Return the characters whose lowercase is several characters: only ``İ``, as long as Unicode adds none."""
    if len(characters.replace("İ", "").lower()) == len(characters) - 1:
        return "İ"
    return "".join(c for c in characters if len(c.lower()) != 1)


def _mask(pattern: str, text: str) -> NDArray[np.bool_]:
    mask = np.zeros(len(text), dtype=bool)
    for match in re.finditer(pattern, text):
        mask[match.start() : match.end()] = True
    return mask


def _share_blocks(rows: NDArray[np.int32]) -> CharacterTable:
    number_of: dict[bytes, int] = {np.full(BLOCK, NO_WORD, np.int32).tobytes(): 0}
    block_of = np.zeros((sys.maxunicode + 1) // BLOCK, dtype=np.uint16)
    block_of[: len(rows)] = [number_of.setdefault(row.tobytes(), len(number_of)) for row in rows]
    return CharacterTable(block_of, np.frombuffer(b"".join(number_of), np.int32).reshape(-1, BLOCK))
