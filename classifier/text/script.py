"""The script of a text, by its letters. Python's ``unicodedata`` has no scripts, so the ranges stand here."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

#: The first and the last code point of each range, in order. Blocks of one script that follow each other are one range.
_TABLE = """
Latin: 0041-005A 0061-007A 00AA-00AA 00BA-00BA 00C0-00D6 00D8-00F6 00F8-02B8
Greek: 0370-03FF
Cyrillic: 0400-052F
Armenian: 0531-058A
Hebrew: 0591-05F4
Arabic: 0600-06FF
Syriac: 0700-074F
Arabic: 0750-077F
Thaana: 0780-07B1
Nko: 07C0-07FF
Arabic: 0870-08FF
Devanagari: 0900-097F
Bengali: 0980-09FE
Gurmukhi: 0A01-0A76
Gujarati: 0A81-0AFF
Odia: 0B01-0B77
Tamil: 0B82-0BFA
Telugu: 0C00-0C7F
Kannada: 0C80-0CF3
Malayalam: 0D00-0D7F
Sinhala: 0D81-0DF4
Thai: 0E01-0E5B
Lao: 0E81-0EDF
Tibetan: 0F00-0FDA
Myanmar: 1000-109F
Georgian: 10A0-10FF
Hangul: 1100-11FF
Ethiopic: 1200-139F
Cherokee: 13A0-13FD
Canadian: 1400-167F
Khmer: 1780-17F9
Mongolian: 1800-18AA
Canadian: 18B0-18F5
Tai Le: 1950-1974
New Tai Lue: 1980-19DF
Khmer: 19E0-19FF
Tai Tham: 1A20-1AAD
Balinese: 1B00-1B7E
Sundanese: 1B80-1BBF
Ol Chiki: 1C50-1C7F
Cyrillic: 1C80-1C88
Georgian: 1C90-1CBF
Latin: 1E00-1EFF
Greek: 1F00-1FFE
Latin: 212A-212B 2183-2184 2C60-2C7F
Georgian: 2D00-2D2D
Tifinagh: 2D30-2D7F
Ethiopic: 2D80-2DDE
Cyrillic: 2DE0-2DFF
Han: 2E80-2FD5 3005-3007 3021-3029
Kana: 3041-30FF
Bopomofo: 3105-312F
Hangul: 3131-318E
Bopomofo: 31A0-31BF
Kana: 31F0-31FF
Han: 3400-4DBF 4E00-9FFF
Yi: A000-A4C6
Cyrillic: A640-A69F
Latin: A720-A7FF
Devanagari: A8E0-A8FF
Hangul: A960-A97C
Javanese: A980-A9DF
Myanmar: A9E0-A9FE
Cham: AA00-AA5F
Myanmar: AA60-AA7F
Tai Viet: AA80-AADF
Ethiopic: AB01-AB2E
Latin: AB30-AB64
Meetei Mayek: ABC0-ABF9
Hangul: AC00-D7FB
Han: F900-FAD9
Latin: FB00-FB06
Armenian: FB13-FB17
Hebrew: FB1D-FB4F
Arabic: FB50-FDFB FE70-FEFC
Latin: FF21-FF3A FF41-FF5A
Kana: FF66-FF9D
Hangul: FFA0-FFDC
Chakma: 11100-11147
Adlam: 1E900-1E95F
Han: 20000-323AF
"""
_RANGES = tuple(
    (int(start, 16), int(end, 16), name)
    for name, _, ranges in (line.partition(": ") for line in _TABLE.strip().splitlines())
    for start, _, end in (part.partition("-") for part in ranges.split())
)
_STARTS = [start for start, _, _ in _RANGES]
_MAX_LOOKED_AT = 256
#: A model knows a script if that many of its terms are in it, or that share of them: a stray name is not enough.
ENOUGH_TERMS, _ENOUGH_SHARE = 20, 0.01
#: One letter in four among so many characters is in an unknown script: the whole text is looked at.
_ENOUGH_STRANGERS, _GLANCE = 4, 24
_ASCII = bytes(range(128))


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


def scripts_of_terms(terms: Sequence[str]) -> tuple[str, ...]:
    """Return the scripts that a model with these terms knows: a few stray names are not enough."""
    # parts of words begin with a star
    found = count_scripts(letter for term in terms for letter in term.lstrip("*")[:1])
    enough = min(ENOUGH_TERMS, max(1, _ENOUGH_SHARE * len(terms)))
    return tuple(sorted(name for name, n in found.items() if n >= enough))


class KnownScripts:
    """The scripts that a model knows, as `scripts_of_terms` names them; none if that is not recorded.

    Threads can share it.
    """

    def __init__(self, names: Collection[str]) -> None:
        self._known = frozenset(names)
        self._strangers = _Strangers(self._known)
        #: Whether the model knows Latin script, so that a text of ASCII is in no unknown one.
        self.has_latin = "Latin" in self._known

    def unknown(self, data: bytes) -> str | None:
        """Return the script of most letters of a text if the model knows next to no terms in it, or else None.

        Parameters
        ----------
        data : bytes
            The text as UTF-8.
        """
        if not self._known:
            return None
        if self.has_latin:
            sample = data[:: max(1, len(data) // _GLANCE)]
            if _ENOUGH_STRANGERS * len(sample.translate(None, _ASCII)) <= len(sample):
                return None  # nearly every text in Latin script, and at once
        text = data.decode("utf-8", "surrogatepass")
        glance = text[:: max(1, len(text) // _GLANCE)]
        if _ENOUGH_STRANGERS * sum(map(self._strangers.__getitem__, glance)) <= len(glance):
            return None  # nearly every text in another script that is known
        script = script_of(text)
        return script if script and script not in self._known else None


class _Strangers(dict[str, bool]):
    """Whether each character that was met is a letter of a script that is not known."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known

    def __missing__(self, character: str) -> bool:
        found = self[character] = bool(_OF[character]) and _OF[character] not in self._known
        return found
