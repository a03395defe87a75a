"""The language of a text, out of a few: by its script if that tells them apart, else by the package py3langid."""

from collections.abc import Collection
from copy import copy
from functools import lru_cache
from threading import Lock
from typing import Any

from classifier.language_codes import language_code
from classifier.routing.scripts import possible_languages, scripts_of

#: A language is detected only if it is at least this probable. py3langid lets the probability grow with the length.
SURE = 0.8
#: More text than this says no more about its language.
_ENOUGH_CHARACTERS = 1_000
_loading = Lock()


def detected_language(text: str, among: Collection[str]) -> str | None:
    """Return the language of a text, or None if it is not clear: the text is too short, or in none of the languages.

    Parameters
    ----------
    text : str
        Without markup.
    among : collection of str
        The codes of the languages to choose from, as `language_code` returns them.
    """
    text = text[:_ENOUGH_CHARACTERS]
    possible = possible_languages(text, among)
    if len(possible) < 2:
        return possible[0] if possible else None
    identifier = _identifier(frozenset(possible))
    if identifier is None:
        return None
    probabilities: dict[str, float] = dict.fromkeys(possible, 0.0)
    for label, probability in identifier.rank(text):
        probabilities[_code(label)] += probability
    likely = max(possible, key=probabilities.__getitem__)
    return likely if probabilities[likely] >= SURE else None


def load_detector(among: Collection[str]) -> None:
    """Load what the detection of these languages needs now: processes that are forked later share its memory.

    If no two of them share a script, nothing is needed.
    """
    for group in _groups(among):
        _identifier(group)


def undetectable(among: Collection[str]) -> list[tuple[str, ...]]:
    """Return each group of languages that detection cannot tell apart: py3langid does not know one of its script."""
    return [tuple(sorted(group)) for group in _groups(among) if _identifier(group) is None]


def _groups(among: Collection[str]) -> list[frozenset[str]]:
    """Return the languages that share a script with another of them, script by script."""
    by_script: dict[str, set[str]] = {}
    for code in among:
        for script in scripts_of(code):
            by_script.setdefault(script, set()).add(code)
    return [frozenset(codes) for codes in by_script.values() if len(codes) > 1]


@lru_cache(maxsize=64)
def _identifier(languages: frozenset[str]) -> Any:
    """Return py3langid restricted to some languages, or None if it does not know one of them."""
    if not languages <= _labels().keys():
        return None
    identifier = copy(py3langid_identifier())  # restricted on its own; both share their arrays
    identifier.set_languages([label for code in languages for label in _labels()[code]])
    return identifier


@lru_cache(maxsize=1)
def _labels() -> dict[str, list[str]]:
    """Return the labels of py3langid for each language: it knows some by several, such as ``nn`` and ``no``."""
    found: dict[str, list[str]] = {}
    for label in py3langid_identifier().labels:
        found.setdefault(_code(label), []).append(label)
    return found


def py3langid_identifier() -> Any:
    """Return py3langid's identifier of all its languages. Restrict only copies of it: others use it too."""
    with _loading:  # its model takes 80 MB, so it is never loaded twice
        return _load()


@lru_cache(maxsize=1)
def _load() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # half a second, so other programs are spared it

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _code(label: str) -> str:
    try:
        return language_code(label) or label
    except ValueError:
        return label
