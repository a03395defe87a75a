r"""Analyzer 2 in plain Python: the definition of a term, and the place of each term in the text.

Every character has a folded form and a class (`classifier.terms.scripts`). Runs of letters are cut into terms by class:

- A run of letters of a script with spaces is a word, with its marks. Words of two code points or more are terms.
- A run of letters of a script without spaces is cut into units: letters with all that belongs to them. Units are terms,
  and so are two and three neighbouring units of a run.
- A Hangul syllable of a word is a unit besides, and so are two neighbouring ones.
- With subwords, so are the 2 to 4 letters in each place of a word, its ends counted as letters.

The features of a text are its words, units by their number, subwords, and pairs of adjacent words. A text of Latin,
Greek or Cyrillic letters has the features that scikit-learn's TfidfVectorizer finds with ``ngram_range=(1, 2)`` and its
default token pattern, if the digits of the text are folded first.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from classifier.terms.feature_text import PAIR_JOINT, REST, UNIT_JOINT, Term
from classifier.terms.scripts import DOT_BELOW, KILLER, LATIN, STACKER, CharacterClass, class_of, within

LEAST_GRAM, LONGEST_GRAM = 2, 4
MOST_UNITS, _MOST_SYLLABLES = 3, 2
_WIDE = range(0xFF01, 0xFF5F)  # full-width forms of the signs of ASCII
_TO_ASCII = 0xFF01 - ord("!")
_HALF_WIDTH_KANA = range(0xFF66, 0xFFA0)
_VOICING = {"\uff9e": "\u3099", "\uff9f": "\u309a"}
_BEHIND = (CharacterClass.MARK, CharacterClass.IGNORED, CharacterClass.STACKER)
_OF_UNITS = (CharacterClass.BASE, CharacterClass.LEADING, CharacterClass.FOLLOWING, CharacterClass.MYANMAR)


class Subwords(StrEnum):
    """In which words there are subwords: in none, in words outside Latin script, in all."""

    OFF = "off"
    NON_LATIN = "non-latin"
    ON = "on"


class Letter(NamedTuple):
    """A folded character, its class, and its characters in the text."""

    text: str
    kind: CharacterClass
    start: int
    end: int


Run = Sequence[Letter]


def fold(text: str) -> str:
    """Return the text lowercased, with full-width forms as ASCII, half-width kana as kana, and each digit as 0.

    The zero is the zero of the digit's own script. ``İ`` becomes ``i``.
    """
    return "".join(letter.text for letter in _letters(text))


def places(text: str) -> Sequence[int]:
    """Map each position of the folded text to a position of the text; the last one is the end."""
    return [*(letter.start for letter in _letters(text)), len(text)]


def features(text: str, subwords: Subwords = Subwords.OFF) -> list[str]:
    """Return the features of a text, each as often as it occurs."""
    return [term.text for term in located_features(text, subwords)]


def located_features(text: str, subwords: Subwords = Subwords.OFF) -> Iterator[Term]:
    """Yield the features of a text with their places in the text before folding.

    The place of a subword is the place of its word.
    """
    runs = list(_runs(text))
    word_runs = [run for run in runs if _is_term(run)]
    words = [_term(run) for run in word_runs]
    yield from words
    for n in range(1, MOST_UNITS + 1):
        for run in runs:
            yield from _hangul(run, n) if _is_word(run) else _neighbours(_units(run), n, UNIT_JOINT)
    for word in words:
        if subwords is Subwords.ON or (subwords is Subwords.NON_LATIN and not within(ord(word.text[0]), LATIN)):
            yield from (word._replace(text=part) for part in _subwords(word.text))
    for first, second in pairwise(words):
        yield Term(f"{first.text}{PAIR_JOINT}{second.text}", first.start, second.end)


def _letters(text: str) -> Iterator[Letter]:
    lowered = text.replace("İ", "i").lower()
    kinds: dict[str, CharacterClass] = {}
    at = 0
    while at < len(text):
        character, end = lowered[at], at + 1
        if ord(character) in _HALF_WIDTH_KANA:
            character = unicodedata.normalize("NFKC", character)
            voiced = unicodedata.normalize("NFC", character + _VOICING.get(lowered[end : end + 1], "--"))
            if len(voiced) == 1:
                character, end = voiced, end + 1
        elif ord(character) in _WIDE:
            character = chr(ord(character) - _TO_ASCII)
        if character.isdecimal():
            character = chr(ord(character) - unicodedata.decimal(character))
        kind = kinds.get(character)
        if kind is None:
            kind = kinds[character] = class_of(character)
        yield Letter(character, kind, at, end)
        at = end


def _runs(text: str) -> Iterator[Run]:
    """Yield the runs of a text: of letters of words, or of letters of units, each with its marks."""
    run: list[Letter] = []
    of_units = after_arabic = False
    for letter in _letters(text):
        if letter.kind in _BEHIND or (letter.kind is CharacterClass.NON_JOINER and not after_arabic):
            if run:
                run.append(letter)
            continue
        separates = letter.kind in (CharacterClass.SEPARATOR, CharacterClass.NON_JOINER)
        if run and (separates or of_units != (letter.kind in _OF_UNITS)):
            yield run
            run = []
        if not separates:
            run.append(letter)
        of_units = letter.kind in _OF_UNITS
        after_arabic = letter.kind is CharacterClass.ARABIC
    if run:
        yield run


def _is_word(run: Run) -> bool:
    return run[0].kind not in _OF_UNITS


def _is_term(run: Run) -> bool:
    return _is_word(run) and len(_term(run).text) > 1


def _term(letters: Run) -> Term:
    text = "".join(letter.text for letter in letters if letter.kind is not CharacterClass.IGNORED)
    return Term(text, letters[0].start, letters[-1].end)


def _units(run: Run) -> list[Term]:
    """Cut a run of letters of a script without spaces into units."""
    units: list[list[Letter]] = []
    goes_on = False
    for n, letter in enumerate(run):
        if letter.kind in _OF_UNITS:
            if units and (letter.kind is CharacterClass.FOLLOWING or _belongs_to_unit(run, n, goes_on)):
                units[-1].append(letter)
            else:
                units.append([letter])
            goes_on = letter.kind is CharacterClass.LEADING
        else:
            units[-1].append(letter)
            goes_on |= letter.kind is CharacterClass.STACKER
    return [_term(unit) for unit in units]


def _belongs_to_unit(run: Run, n: int, goes_on: bool) -> bool:
    """Return whether a letter of a run belongs to the unit before it."""
    if run[n].kind is CharacterClass.LEADING:
        return False
    if goes_on or run[n].kind is not CharacterClass.MYANMAR:
        return goes_on
    behind = [letter.text for letter in run[n + 1 :] if letter.kind is not CharacterClass.IGNORED][:2]
    return behind[:1] in ([KILLER], [STACKER]) or behind == [DOT_BELOW, KILLER]


def _hangul(run: Run, n: int) -> Iterator[Term]:
    """Yield the syllables of a word, or the neighbouring two, unless they are the whole word."""
    chains: list[list[list[Letter]]] = [[]]
    for letter in run:
        if letter.kind is CharacterClass.HANGUL:
            chains[-1].append([letter])
        elif letter.kind in (*_BEHIND, CharacterClass.NON_JOINER):
            if chains[-1]:
                chains[-1][-1].append(letter)
        else:
            chains.append([])
    if n <= _MOST_SYLLABLES:
        for chain in chains:
            for term in _neighbours([_term(syllable) for syllable in chain], n, ""):
                if term != _term(run) or not _is_term(run):
                    yield term


def _neighbours(units: Sequence[Term], n: int, joint: str) -> Iterator[Term]:
    for first in range(len(units) - n + 1):
        together = units[first : first + n]
        yield Term(joint.join(unit.text for unit in together), together[0].start, together[-1].end)


def _subwords(word: str) -> Iterator[str]:
    """Yield 2 to 4 signs in each place of a word between two end marks, but not all of them."""
    for n in range(LEAST_GRAM, LONGEST_GRAM + 1):
        for start in range(-1, len(word) - n + 2):
            begins, ends = start < 0, start + n > len(word)
            if begins and not ends:
                yield word[: n - 1] + REST
            elif ends and not begins:
                yield REST + word[start:]
            elif not begins:
                yield REST + word[start : start + n] + REST
