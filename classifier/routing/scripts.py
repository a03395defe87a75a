"""The scripts of languages, and the languages that a text can be in by the script of its letters."""

from collections.abc import Collection
from functools import lru_cache

from classifier.text.script import count_scripts

#: The languages of the press in each script, the most usual first. A language that is not listed is in Latin script.
LANGUAGES_OF_SCRIPT: dict[str, tuple[str, ...]] = {
    "Arabic": ("ar", "fa", "ur", "ps", "sd", "ug", "ku", "ks", "az"),
    "Armenian": ("hy",),
    "Bengali": ("bn", "as", "mni"),
    "Cyrillic": ("ru", "uk", "be", "bg", "mk", "sr", "kk", "ky", "tg", "mn", "tt", "uz", "ba", "ce", "cv", "os"),
    "Devanagari": ("hi", "mr", "ne", "sa", "bho", "mai", "kok", "doi", "sd"),
    "Ethiopic": ("am", "ti"),
    "Georgian": ("ka",),
    "Greek": ("el",),
    "Gujarati": ("gu",),
    "Gurmukhi": ("pa",),
    "Han": ("zh", "ja"),
    "Hangul": ("ko",),
    "Hebrew": ("he", "yi"),
    "Kana": ("ja",),
    "Kannada": ("kn",),
    "Khmer": ("km",),
    "Lao": ("lo",),
    "Malayalam": ("ml",),
    "Meetei Mayek": ("mni",),
    "Mongolian": ("mn",),
    "Myanmar": ("my", "shn", "mnw", "ksw"),
    "Odia": ("or",),
    "Ol Chiki": ("sat",),
    "Sinhala": ("si",),
    "Tamil": ("ta",),
    "Telugu": ("te",),
    "Thaana": ("dv",),
    "Thai": ("th",),
    "Tibetan": ("bo", "dz"),
}
#: Languages that are not written in Latin script.
NOT_LATIN = frozenset(code for codes in LANGUAGES_OF_SCRIPT.values() for code in codes) - {"az", "uz", "sr", "ku"}
LATIN = "Latin"
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
    found = {script for script, languages in LANGUAGES_OF_SCRIPT.items() if language in languages}
    return frozenset(found if language in NOT_LATIN else {*found, LATIN})


def possible_languages(text: str, among: Collection[str]) -> list[str]:
    """Return the languages that a text can be in by its script; none if it has too few letters to tell.

    Parameters
    ----------
    text : str
        Without markup.
    among : collection of str
        The codes of the languages to choose from.
    """
    letters = count_scripts(text)
    weights = {script: n * (_WEIGHT_OF_LATIN if script == LATIN else 1.0) for script, n in letters.items()}
    covered = {code: sum(weights.get(script, 0.0) for script in scripts_of(code)) for code in among}
    best = max(covered.values(), default=0.0)
    most_used = max(weights, key=weights.__getitem__, default="")
    if best < _FEWEST.get(most_used, _FEWEST_OF_ANY) or best < _LEAST_SHARE * sum(weights.values()):
        return []
    return [code for code, n in covered.items() if n >= _ABOUT_AS_MANY * best]
