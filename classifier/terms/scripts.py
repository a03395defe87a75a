r"""The scripts, as ranges of code points, and the class of each character: what it does to the run that it stands in.

Python's `unicodedata` knows no scripts, so the ranges stand here. A class belongs to the folded form of a character.
"""

import unicodedata
from enum import IntEnum


class CharacterClass(IntEnum):
    """What a character does. The letters in brackets are those of docs/analyzer.md."""

    #: A letter or digit of a script with spaces between words (W).
    WORD = 0
    #: The same, of Arabic script: a zero-width non-joiner behind it separates.
    ARABIC = 1
    #: Ends a run: spaces, punctuation, signs (N).
    SEPARATOR = 2
    #: The folded form depends on other characters, so the text is folded as a whole before anything else.
    NEEDS_TEXT = 3
    #: A Hangul syllable: a letter of a word, and a unit besides.
    HANGUL = 4
    #: A letter or digit of a word whose folded form has fewer bytes in UTF-8.
    NARROWED = 5
    #: A combining mark: goes on with the run that it stands in, and begins none (M).
    MARK = 6
    #: The same, but left out of the term (I): vowel points, the Arabic tatweel, variation selectors.
    IGNORED = 7
    #: The zero-width non-joiner: a separator behind an Arabic letter, a mark elsewhere.
    NON_JOINER = 8
    #: A letter of a script without spaces: begins a unit (B).
    BASE = 9
    #: A vowel written before its consonant: begins a unit that the next letter belongs to (P).
    LEADING = 10
    #: A vowel or sign written behind: goes on with the unit (F).
    FOLLOWING = 11
    #: A sign that stacks the next letter below: goes on, and the next letter goes on too (L).
    STACKER = 12
    #: A Myanmar letter: as a base, but goes on with the unit if a killer or stacker follows (K).
    MYANMAR = 13


Ranges = tuple[tuple[int, int], ...]

#: Han, kana, Bopomofo; Thai and Lao; Khmer; Tai Le, New Tai Lue, Tai Tham, Tai Viet. Their letters make units.
UNSPACED: Ranges = (
    (0x0E00, 0x0EFF),
    (0x1780, 0x17FF),
    (0x1950, 0x19DF),
    (0x1A20, 0x1AAF),
    (0x3005, 0x303F),
    (0x3041, 0x312F),
    (0x31A0, 0x31BF),
    (0x31F0, 0x31FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAA80, 0xAADF),
    (0xF900, 0xFAFF),
    (0x16FE2, 0x16FE3),
    (0x1AFF0, 0x1AFFF),
    (0x1B000, 0x1B16F),
    (0x20000, 0x3FFFF),
)
MYANMAR: Ranges = ((0x1000, 0x109F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0x116D0, 0x116E3))
ARABIC: Ranges = (
    (0x0600, 0x06FF),
    (0x0750, 0x077F),
    (0x0870, 0x08FF),
    (0xFB50, 0xFDFF),
    (0xFE70, 0xFEFF),
    (0x10EC0, 0x10EFF),
    (0x1EE00, 0x1EEFF),
)
HANGUL: Ranges = ((0xAC00, 0xD7A3),)
#: Words that begin with one of these are words of Latin script. Digits of ASCII are among them.
LATIN: Ranges = ((0x0000, 0x02AF), (0x1E00, 0x1EFF), (0x2C60, 0x2C7F), (0xA720, 0xA7FF), (0xAB30, 0xAB6F))
LEADING: Ranges = (
    (0x0E40, 0x0E44),
    (0x0EC0, 0x0EC4),
    (0x19B5, 0x19B7),
    (0x19BA, 0x19BA),
    (0xAAB5, 0xAAB6),
    (0xAAB9, 0xAAB9),
    (0xAABB, 0xAABC),
)
FOLLOWING: Ranges = (
    (0x0E2F, 0x0E30),
    (0x0E32, 0x0E33),
    (0x0E45, 0x0E46),
    (0x0EAF, 0x0EB0),
    (0x0EB2, 0x0EB3),
    (0x0EBD, 0x0EBD),
    (0x0EC6, 0x0EC6),
)
STACKERS: Ranges = ((0x17D2, 0x17D2), (0x1039, 0x1039), (0x1A60, 0x1A60))
#: Arabic vowel points and tatweel, Hebrew points, variation selectors.
IGNORED: Ranges = (
    (0x0591, 0x05BD),
    (0x05BF, 0x05BF),
    (0x05C1, 0x05C2),
    (0x05C4, 0x05C5),
    (0x05C7, 0x05C7),
    (0x0640, 0x0640),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06DC),
    (0x06DF, 0x06E4),
    (0x06E7, 0x06E8),
    (0x06EA, 0x06ED),
    (0xFE00, 0xFE0F),
    (0xE0100, 0xE01EF),
)
ZERO_WIDTH_NON_JOINER, ZERO_WIDTH_JOINER = "\u200c", "\u200d"
#: Of Myanmar: the killer of a vowel, the stacker, and the dot that may stand before the killer.
KILLER, STACKER, DOT_BELOW = "\u103a", "\u1039", "\u1037"
MARKS = ("Mn", "Mc")


def class_of(character: str) -> CharacterClass:
    """Return the class of a folded character."""
    point = ord(character)
    if within(point, IGNORED):
        return CharacterClass.IGNORED
    if within(point, STACKERS):
        return CharacterClass.STACKER
    if character == ZERO_WIDTH_NON_JOINER:
        return CharacterClass.NON_JOINER
    if character == ZERO_WIDTH_JOINER or unicodedata.category(character) in MARKS:
        return CharacterClass.MARK
    if not (character.isalnum() or character == "_"):
        return CharacterClass.SEPARATOR
    return CharacterClass.WORD if character.isdecimal() else _class_of_letter(point)


def _class_of_letter(point: int) -> CharacterClass:
    for ranges, found in (
        (LEADING, CharacterClass.LEADING),
        (FOLLOWING, CharacterClass.FOLLOWING),
        (MYANMAR, CharacterClass.MYANMAR),
        (UNSPACED, CharacterClass.BASE),
        (HANGUL, CharacterClass.HANGUL),
        (ARABIC, CharacterClass.ARABIC),
    ):
        if within(point, ranges):
            return found
    return CharacterClass.WORD


def within(point: int, ranges: Ranges) -> bool:
    """Return whether a code point lies in one of the ranges, ends included."""
    return any(first <= point <= last for first, last in ranges)


def is_of_spaced_word(character: str) -> bool:
    """Return whether a character is a letter, a digit or a mark of a script that has spaces between words."""
    code = ord(character)
    if any(first <= code <= last for first, last in (*UNSPACED, *MYANMAR)):
        return False
    return character.isalnum() or unicodedata.category(character).startswith("M")
