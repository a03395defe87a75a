"""The scripts of languages, and of the letters of a text, by the names that Unicode gives to letters."""

from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from unicodedata import name

LATIN = "LATIN"
#: Script -> the languages of the press that are written in it. Languages that are not listed are in Latin script.
_LANGUAGES = {
    "ARABIC": ("ar", "arz", "ary", "az", "ckb", "fa", "ks", "ku", "lah", "ps", "sd", "sdh", "ug", "ur"),
    "ARMENIAN": ("hy",),
    "BENGALI": ("as", "bn"),
    "CJK": ("ja", "zh"),
    "CYRILLIC": (
        "av",
        "az",
        "ba",
        "be",
        "bg",
        "ce",
        "cv",
        "kk",
        "ky",
        "mk",
        "mn",
        "os",
        "ru",
        "sah",
        "sr",
        "tg",
        "tt",
        "tk",
        "uk",
        "uz",
    ),
    "DEVANAGARI": ("bho", "brx", "doi", "gom", "hi", "kok", "mai", "mr", "ne", "sa", "sd"),
    "ETHIOPIC": ("am", "ti"),
    "GEORGIAN": ("ka",),
    "GREEK": ("el", "grc"),
    "GUJARATI": ("gu",),
    "GURMUKHI": ("pa",),
    "HANGUL": ("ko",),
    "HEBREW": ("hbo", "he", "yi"),
    "HIRAGANA": ("ja",),
    "KANNADA": ("kn",),
    "KATAKANA": ("ja",),
    "KHMER": ("km",),
    "LAO": ("lo",),
    "MALAYALAM": ("ml",),
    "MYANMAR": ("ksw", "mnw", "my", "shn"),
    "OL": ("sat",),
    "ORIYA": ("or",),
    "SINHALA": ("si",),
    "TAMIL": ("ta",),
    "TELUGU": ("te",),
    "THAANA": ("dv",),
    "THAI": ("th",),
    "TIBETAN": ("bo", "dz"),
}
#: Languages of that table that are written in Latin script as well.
_ALSO_LATIN = frozenset({"az", "kk", "ku", "sr", "tk", "tt", "uz"})
#: First words of names that are followed by the script.
_WIDTHS = frozenset({"FULLWIDTH", "HALFWIDTH"})
#: Words in Latin letters occur in the texts of every script, so they count half.
_WEIGHT_OF_LATIN = 0.5
#: The best language's scripts have this share of the letters at least, or the text is in none of the languages.
_LEAST_SHARE = 0.5
#: A language is still possible if its scripts have this share of the letters of the best one's.
_ABOUT_AS_MANY = 0.9
#: Letters, Latin ones counted half, below which nobody can tell.
_FEWEST = {LATIN: 10.0}
_FEWEST_OF_ANY = 3.0


@lru_cache(maxsize=1024)
def scripts_of(language: str) -> frozenset[str]:
    """Return the scripts that a language is written in."""
    found = {script for script, languages in _LANGUAGES.items() if language in languages}
    return frozenset(found if found and language not in _ALSO_LATIN else {*found, LATIN})


class _Scripts(dict[str, str]):
    """The script of each character that was met: the first word of its name, such as ``THAI``; empty for no letter."""

    def __missing__(self, character: str) -> str:
        words = name(character, "").replace("-", " ").split(" ") if character.isalpha() else [""]
        script = self[character] = words[1] if words[0] in _WIDTHS and len(words) > 1 else words[0]
        return script


_SCRIPTS = _Scripts()


def possible_languages(text: str, among: Collection[str]) -> list[str]:
    """Return the languages that a text can be in by its script; none if it has too few letters to tell.

    Parameters
    ----------
    text : str
        Without markup.
    among : collection of str
        The codes of the languages to choose from.
    """
    letters: Counter[str] = Counter()
    for character, n in Counter(text).items():
        letters[_SCRIPTS[character]] += n
    del letters[""]
    weights = {script: n * (_WEIGHT_OF_LATIN if script == LATIN else 1.0) for script, n in letters.items()}
    covered = {code: sum(weights.get(script, 0.0) for script in scripts_of(code)) for code in among}
    best = max(covered.values(), default=0.0)
    most_used = max(weights, key=weights.__getitem__, default="")
    if best < _FEWEST.get(most_used, _FEWEST_OF_ANY) or best < _LEAST_SHARE * sum(weights.values()):
        return []
    return [code for code, n in covered.items() if n >= _ABOUT_AS_MANY * best]
