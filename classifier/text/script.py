"""The script of a text, by its letters. Python's ``unicodedata`` has no scripts, so the ranges stand here."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property

#: The first and the last code point of each range, in order. Blocks of one script that follow each other are one range.
_RANGES = (
    *((0x41, 0x5A, "Latin"), (0x61, 0x7A, "Latin"), (0xAA, 0xAA, "Latin"), (0xBA, 0xBA, "Latin")),
    *((0xC0, 0xD6, "Latin"), (0xD8, 0xF6, "Latin"), (0xF8, 0x2B8, "Latin"), (0x370, 0x3FF, "Greek")),
    *((0x400, 0x52F, "Cyrillic"), (0x531, 0x58A, "Armenian"), (0x591, 0x5F4, "Hebrew"), (0x600, 0x6FF, "Arabic")),
    *((0x700, 0x74F, "Syriac"), (0x750, 0x77F, "Arabic"), (0x780, 0x7B1, "Thaana"), (0x7C0, 0x7FF, "Nko")),
    *((0x870, 0x8FF, "Arabic"), (0x900, 0x97F, "Devanagari"), (0x980, 0x9FE, "Bengali"), (0xA01, 0xA76, "Gurmukhi")),
    *((0xA81, 0xAFF, "Gujarati"), (0xB01, 0xB77, "Odia"), (0xB82, 0xBFA, "Tamil"), (0xC00, 0xC7F, "Telugu")),
    *((0xC80, 0xCF3, "Kannada"), (0xD00, 0xD7F, "Malayalam"), (0xD81, 0xDF4, "Sinhala"), (0xE01, 0xE5B, "Thai")),
    *((0xE81, 0xEDF, "Lao"), (0xF00, 0xFDA, "Tibetan"), (0x1000, 0x109F, "Myanmar"), (0x10A0, 0x10FF, "Georgian")),
    *((0x1100, 0x11FF, "Hangul"), (0x1200, 0x139F, "Ethiopic"), (0x13A0, 0x13FD, "Cherokee")),
    *((0x1400, 0x167F, "Canadian"), (0x1780, 0x17F9, "Khmer"), (0x1800, 0x18AA, "Mongolian")),
    *((0x18B0, 0x18F5, "Canadian"), (0x1950, 0x1974, "Tai Le"), (0x1980, 0x19DF, "New Tai Lue")),
    *((0x19E0, 0x19FF, "Khmer"), (0x1A20, 0x1AAD, "Tai Tham"), (0x1B00, 0x1B7E, "Balinese")),
    *((0x1B80, 0x1BBF, "Sundanese"), (0x1C50, 0x1C7F, "Ol Chiki"), (0x1C80, 0x1C88, "Cyrillic")),
    *(
        (0x1C90, 0x1CBF, "Georgian"),
        (0x1E00, 0x1EFF, "Latin"),
        (0x1F00, 0x1FFE, "Greek"),
        (0x212A, 0x212B, "Latin"),
        (0x2183, 0x2184, "Latin"),
        (0x2C60, 0x2C7F, "Latin"),
    ),
    *((0x2D00, 0x2D2D, "Georgian"), (0x2D30, 0x2D7F, "Tifinagh"), (0x2D80, 0x2DDE, "Ethiopic")),
    *((0x2DE0, 0x2DFF, "Cyrillic"), (0x2E80, 0x2FD5, "Han"), (0x3005, 0x3007, "Han"), (0x3021, 0x3029, "Han")),
    *((0x3041, 0x30FF, "Kana"), (0x3105, 0x312F, "Bopomofo"), (0x3131, 0x318E, "Hangul"), (0x31A0, 0x31BF, "Bopomofo")),
    *((0x31F0, 0x31FF, "Kana"), (0x3400, 0x4DBF, "Han"), (0x4E00, 0x9FFF, "Han"), (0xA000, 0xA4C6, "Yi")),
    *((0xA640, 0xA69F, "Cyrillic"), (0xA720, 0xA7FF, "Latin"), (0xA8E0, 0xA8FF, "Devanagari")),
    *((0xA960, 0xA97C, "Hangul"), (0xA980, 0xA9DF, "Javanese"), (0xA9E0, 0xA9FE, "Myanmar"), (0xAA00, 0xAA5F, "Cham")),
    *((0xAA60, 0xAA7F, "Myanmar"), (0xAA80, 0xAADF, "Tai Viet"), (0xAB01, 0xAB2E, "Ethiopic")),
    *((0xAB30, 0xAB64, "Latin"), (0xABC0, 0xABF9, "Meetei Mayek"), (0xAC00, 0xD7FB, "Hangul"), (0xF900, 0xFAD9, "Han")),
    *((0xFB00, 0xFB06, "Latin"), (0xFB13, 0xFB17, "Armenian"), (0xFB1D, 0xFB4F, "Hebrew"), (0xFB50, 0xFDFB, "Arabic")),
    *((0xFE70, 0xFEFC, "Arabic"), (0xFF21, 0xFF3A, "Latin"), (0xFF41, 0xFF5A, "Latin"), (0xFF66, 0xFF9D, "Kana")),
    *((0xFFA0, 0xFFDC, "Hangul"), (0x11100, 0x11147, "Chakma"), (0x1E900, 0x1E95F, "Adlam"), (0x20000, 0x323AF, "Han")),
)
_STARTS = [start for start, _, _ in _RANGES]
_MAX_LOOKED_AT = 256
#: A model knows a script if that many of its terms are in it, or that share of them: a stray name is not enough.
_ENOUGH_TERMS, _ENOUGH_SHARE = 20, 0.01
#: One letter in four among so many characters is in an unknown script: the whole text is looked at.
_ENOUGH_STRANGERS, _GLANCE = 4, 24


class _Scripts(dict[str, str]):
    """The script of each character that was met; empty if it is none's, such as a digit or a mark of punctuation."""

    def __missing__(self, character: str) -> str:
        code = ord(character)
        _, last, name = _RANGES[bisect_right(_STARTS, code) - 1]
        found = name if code >= _STARTS[0] and code <= last and _is_letter(character) else ""
        self[character] = found
        return found


def _is_letter(character: str) -> bool:
    # vowel signs and other marks belong to their script; digits and punctuation to none
    return character.isalpha() or not (character.isascii() or character.isdecimal() or character in "।॥،؛؟۔፡።、。")


_OF = _Scripts()


def count_scripts(text: Iterable[str]) -> Counter[str]:
    """Count the letters of a text by script. Hiragana and Katakana are ``Kana``."""
    found = Counter(map(_OF.__getitem__, text))
    del found[""]
    return found


def script_of(text: str) -> str | None:
    """Return the script of more than half of the letters of a text, or None if no script has that many.

    Of a long text, 256 characters that are spread evenly over it decide.
    """
    step = max(1, len(text) // _MAX_LOOKED_AT)
    found = count_scripts(text[::step])
    for name, n in found.most_common(1):
        if 2 * n > found.total():
            return name
    return None


class KnownScripts:
    """The scripts of a model's terms. Threads can share it."""

    def __init__(self, terms: Sequence[str]) -> None:
        self._terms = terms

    def unknown(self, text: str) -> str | None:
        """Return the script of most letters of a text if the model knows next to no terms in it, or else None."""
        if text.isascii():
            return None if self._is_latin_known else script_of(text)
        sample = text[:: max(1, len(text) // _GLANCE)]
        if _ENOUGH_STRANGERS * sum(map(self._strangers.__getitem__, sample)) <= len(sample):
            return None  # nearly every text, and at once
        script = script_of(text)
        return script if script and script not in self._known else None

    @cached_property
    def _known(self) -> frozenset[str]:
        found = count_scripts(term[0] for term in self._terms if term)
        enough = min(_ENOUGH_TERMS, max(1, _ENOUGH_SHARE * len(self._terms)))
        return frozenset(name for name, n in found.items() if n >= enough)

    @cached_property
    def _is_latin_known(self) -> bool:
        return "Latin" in self._known

    @cached_property
    def _strangers(self) -> "_Strangers":
        return _Strangers(self._known)


class _Strangers(dict[str, bool]):
    """Whether each character that was met is a letter of a script that is not known."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known

    def __missing__(self, character: str) -> bool:
        found = self[character] = bool(_OF[character]) and _OF[character] not in self._known
        return found
