"""The language of a text that names none: by its script where that tells, or else by py3langid.

py3langid is right nearly always in 500 characters. It also names languages that nobody publishes in: short English of
India becomes Nigerian Pidgin. Among few languages that it may choose from, it needs less text.
"""

from collections.abc import Sequence
from copy import copy
from functools import cached_property
from typing import Any

from classifier.language_codes import language_code
from classifier.routing.detecting import py3langid_identifier
from classifier.routing.scripts import LANGUAGES_OF_SCRIPT, NOT_LATIN
from classifier.text.script import count_scripts

#: Language is detected only in texts of at least this length, because it is often misjudged in shorter ones.
MIN_LENGTH_FOR_LANGUAGE = 500
#: The same where the language is one of a few.
MIN_LENGTH_AMONG_FEW = 40
_ENOUGH_LENGTH = 1_000
_MIN_LETTERS = 4
#: Japanese is written with Han and Kana; a text in Han with a smaller share of Kana is Chinese with a name in it.
_MIN_KANA = 0.05
#: Scripts in which one language has nearly all of the press: a few words are enough to tell it.
_TELLING = frozenset(
    (
        *("Armenian", "Georgian", "Greek", "Gujarati", "Gurmukhi", "Han", "Hangul", "Hebrew", "Kana", "Kannada"),
        *("Khmer", "Lao", "Malayalam", "Myanmar", "Odia", "Sinhala", "Tamil", "Telugu", "Thaana", "Thai"),
    )
)


def share_script(one: str, other: str) -> bool:
    """Return whether two languages are written in one script, other than Latin."""
    return any(one in codes and other in codes for codes in LANGUAGES_OF_SCRIPT.values())


class LanguageDetector:
    """Finds the language of texts, among all languages or a few.

    Parameters
    ----------
    among : sequence of str
        Codes of languages that a text may be in. Empty for any.
    """

    def __init__(self, among: Sequence[str] = ()) -> None:
        self._among = frozenset(among)

    def detect(self, text: str) -> str | None:
        """Return the language of a text, or None if it is too short to tell, or in none of the few."""
        script = _script_of(text)
        if found := self._by_script(script):
            return found
        if self._among and (not (possible := self._written_in(script)) or self._undetectable & {*possible}):
            return None
        if len(text) < (MIN_LENGTH_AMONG_FEW if self._among else MIN_LENGTH_FOR_LANGUAGE):
            return None
        return _base(str(self._identifier.classify(text[:_ENOUGH_LENGTH])[0])) if self._labels else None

    def by_script(self, text: str) -> str | None:
        """Return the language of a text, however short, if its script tells it, or else None."""
        return self._by_script(_script_of(text))

    @property
    def undetectable(self) -> list[str]:
        """The languages among the few that can be detected neither by py3langid nor by their script.

        Texts in their scripts are not judged, because they would be taken for another language.
        """
        return sorted(self._undetectable)

    @cached_property
    def _undetectable(self) -> frozenset[str]:
        told = {self._by_script(script) for script in (*LANGUAGES_OF_SCRIPT, "Latin")}
        return self._among - told - {_base(label) for label in self._labels}

    def _by_script(self, script: str | None) -> str | None:
        if not self._among:
            return LANGUAGES_OF_SCRIPT[script][0] if script in _TELLING else None
        possible = self._written_in(script) if script else []
        return possible[0] if len(possible) == 1 or (possible and script in _TELLING) else None

    def _written_in(self, script: str | None) -> list[str]:
        """Return the languages among the few that are written in a script; all of them if the script is not known."""
        if script is None:
            return sorted(self._among)
        if script in LANGUAGES_OF_SCRIPT:
            return [code for code in LANGUAGES_OF_SCRIPT[script] if code in self._among]
        return sorted(self._among - NOT_LATIN) if script == "Latin" else []

    @property
    def _labels(self) -> list[str]:
        """The names that py3langid has for the languages."""
        labels: list[str] = self._identifier.labels
        return labels

    @cached_property
    def _identifier(self) -> Any:
        found = py3langid_identifier()
        if self._among:
            found = copy(found)  # it keeps the whole model, and only chooses columns of it
            found.set_languages([label for label in found.labels if _base(label) in self._among])
        return found


def _script_of(text: str) -> str | None:
    """Return the script of more than half of the letters of a text; Kana stands for Japanese, whose Han are counted."""
    text = text[:_ENOUGH_LENGTH]
    if text.isascii():
        return "Latin" if sum(map(str.isalpha, text)) >= _MIN_LETTERS else None
    found = count_scripts(text)
    total = found.total()
    if total < _MIN_LETTERS:
        return None
    kana, han = found["Kana"], found["Han"]
    if 2 * (kana + han) > total:
        return "Kana" if kana >= _MIN_KANA * (kana + han) else "Han"
    name, n = found.most_common(1)[0]
    return name if 2 * n > total else None


def _base(label: str) -> str | None:
    try:
        return language_code(label)
    except ValueError:
        return label
