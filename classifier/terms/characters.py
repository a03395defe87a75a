r"""The folded form and the class of each character: one table over all of Unicode, in which equal blocks stand once.

The kernel reads this table instead of calling ``str.lower``, ``unicodedata`` and a list of scripts. There is a table
for each analyzer: in the table of analyzer 1, every character but word characters separates. The running Python makes
the tables, so the kernel and `classifier.terms.definition` cannot disagree about a character.
"""

import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from classifier.terms import scripts
from classifier.terms.scripts import CharacterClass, Ranges

BLOCK_BITS = 7
BLOCK = 1 << BLOCK_BITS
#: Bits of an entry below the distance.
CLASS_BITS = 4
#: Planes 4 and up have no letters, and no marks but the variation selectors: they are for private use and tags.
_END_OF_LETTERS, _SELECTORS, _MOST_SELECTORS = 0x40000, range(0xE0100, 0xE0200), 240
#: Ranges without marks: Han and Hangul, surrogates and private use, planes of Han.
_WITHOUT_MARKS = ((0x3400, 0xA4CF), (0xAC00, 0xFAFF), (0x20000, _END_OF_LETTERS - 1))
_FINAL_SIGMA = "Σ"  # its lowercase depends on the letters around it
_DOTTED_I = "İ"  # the only letter whose lowercase is two characters
_VOICING_MARKS = "\uff9e\uff9f"  # of half-width kana: one character with the kana before it


@dataclass(frozen=True)
class CharacterTable:
    """Folded forms and classes in two levels.

    The entry of a code point ``c`` is ``blocks[block_of[c >> BLOCK_BITS], c & (BLOCK - 1)]``. Its lowest `CLASS_BITS`
    are the class of its folded form, a `CharacterClass`; the bits above are the number to add to ``c`` to get the
    folded form.

    ``block_of`` is uint16 of shape (0x110000 / BLOCK,), ``blocks`` is int32 of shape (n_blocks, BLOCK).
    """

    block_of: NDArray[np.uint16]
    blocks: NDArray[np.int32]


@cache
def character_table(analyzer: int) -> CharacterTable:
    """Return the table of an analyzer, 1 or 2; the first call makes it."""
    return _table() if analyzer > 1 else _table_of_words()


def _table_of_words() -> CharacterTable:
    """Return the table of analyzer 1: word characters, with every digit as ASCII ``0``, and separators."""
    points, characters = _characters()
    unclear = [ord(c) for c in _FINAL_SIGMA + _DOTTED_I]
    for point in unclear:
        characters = characters.replace(chr(point), "a")
    lowered = characters.lower()
    folded = _points(lowered)
    word = _mask(r"\w+", lowered)
    words = np.flatnonzero(word)
    folded[words[_mask(r"\d+", "".join(re.findall(r"\w+", lowered)))]] = ord("0")
    classes = np.where(word, CharacterClass.WORD, CharacterClass.SEPARATOR).astype(np.int32)
    classes[word & (_width(folded) != _width(points))] = CharacterClass.NEEDS_TEXT
    classes[unclear] = CharacterClass.NEEDS_TEXT
    return _share_blocks(points, folded, classes)


def _table() -> CharacterTable:
    """Return the table of analyzer 2."""
    points, characters = _characters()
    lowered = characters.replace(_DOTTED_I, "i").replace(_FINAL_SIGMA, "a").lower()
    folded = _points(lowered)
    wide = (points >= 0xFF01) & (points <= 0xFF5E)
    folded[wide] -= 0xFF01 - ord("!")
    narrow = np.arange(0xFF66, 0xFF9E)
    folded[narrow] = [ord(unicodedata.normalize("NFKC", chr(point))) for point in narrow.tolist()]
    text = folded.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
    word = _mask(r"\w+", text)
    words = np.flatnonzero(word)
    digits = words[_mask(r"\d+", "".join(re.findall(r"\w+", text)))]
    folded[digits] -= [unicodedata.decimal(text[place]) for place in digits.tolist()]
    classes = np.where(word, CharacterClass.WORD, CharacterClass.SEPARATOR).astype(np.int32)
    letters = word.copy()
    letters[digits] = False
    for ranges, kind in (
        (scripts.ARABIC, CharacterClass.ARABIC),
        (scripts.HANGUL, CharacterClass.HANGUL),
        (scripts.UNSPACED, CharacterClass.BASE),
        (scripts.MYANMAR, CharacterClass.MYANMAR),
        (scripts.FOLLOWING, CharacterClass.FOLLOWING),
        (scripts.LEADING, CharacterClass.LEADING),
    ):
        classes[_within(ranges) & letters] = kind
    classes[_marks(characters) & ~word] = CharacterClass.MARK
    classes[ord(scripts.ZERO_WIDTH_JOINER)] = CharacterClass.MARK
    classes[ord(scripts.ZERO_WIDTH_NON_JOINER)] = CharacterClass.NON_JOINER
    classes[_within(scripts.STACKERS)] = CharacterClass.STACKER
    classes[_within(scripts.IGNORED)] = CharacterClass.IGNORED
    moved = np.flatnonzero(word & (folded != points))
    classes[moved] = classes[folded[moved]]
    classes[word & (_width(folded) < _width(points))] = CharacterClass.NARROWED
    classes[word & (_width(folded) > _width(points))] = CharacterClass.NEEDS_TEXT
    classes[[ord(c) for c in _FINAL_SIGMA + _VOICING_MARKS]] = CharacterClass.NEEDS_TEXT
    return _share_blocks(points, folded, classes, selectors=True)


def _characters() -> tuple[NDArray[np.int32], str]:
    """Return every code point that may have a folded form or a class, and its character."""
    points = np.arange(_END_OF_LETTERS, dtype=np.int32)
    return points, points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")


def _points(characters: str) -> NDArray[np.int32]:
    return np.frombuffer(characters.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int32)


def _width(points: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return how many bytes each code point has in UTF-8."""
    return np.searchsorted([0x80, 0x800, 0x10000], points, side="right")


def _mask(pattern: str, text: str) -> NDArray[np.bool_]:
    mask = np.zeros(len(text), dtype=bool)
    for match in re.finditer(pattern, text):
        mask[match.start() : match.end()] = True
    return mask


def _marks(characters: str) -> NDArray[np.bool_]:
    """Return which characters are marks; no others are looked at where there are none."""
    marks = np.zeros(len(characters), dtype=bool)
    places = np.flatnonzero(~_within(_WITHOUT_MARKS))
    categories = map(unicodedata.category, map(characters.__getitem__, places.tolist()))
    marks[places] = [category in scripts.MARKS for category in categories]
    return marks


def _within(ranges: Ranges) -> NDArray[np.bool_]:
    """Return which of the code points up to the end of the letters lie in one of the ranges."""
    found = np.zeros(_END_OF_LETTERS, dtype=bool)
    for first, last in ranges:
        found[first : last + 1] = True
    return found


def _share_blocks(
    points: NDArray[np.int32], folded: NDArray[np.int32], classes: NDArray[np.int32], selectors: bool = False
) -> CharacterTable:
    change = np.where(classes == CharacterClass.SEPARATOR, 0, folded - points)
    rows = ((change << CLASS_BITS) | classes).astype(np.int32).reshape(-1, BLOCK)
    number_of: dict[bytes, int] = {np.full(BLOCK, CharacterClass.SEPARATOR, np.int32).tobytes(): 0}
    block_of = np.zeros((sys.maxunicode + 1) // BLOCK, dtype=np.uint16)
    block_of[: len(rows)] = [number_of.setdefault(row.tobytes(), len(number_of)) for row in rows]
    if selectors:
        beyond = np.full(len(_SELECTORS), CharacterClass.SEPARATOR, np.int32)
        beyond[:_MOST_SELECTORS] = CharacterClass.IGNORED
        for place, row in enumerate(beyond.reshape(-1, BLOCK), _SELECTORS.start // BLOCK):
            block_of[place] = number_of.setdefault(row.tobytes(), len(number_of))
    return CharacterTable(block_of, np.frombuffer(b"".join(number_of), np.int32).reshape(-1, BLOCK))
