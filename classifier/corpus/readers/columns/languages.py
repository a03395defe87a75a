"""Languages as tables name them: by a code, or by the English name."""

from collections.abc import Sequence

from classifier.errors import shown
from classifier.language_codes import language_code

#: The English names of languages that newsrooms write in.
_NAMES = (
    "af afrikaans, am amharic, ar arabic, as assamese, az azerbaijani, be belarusian, bg bulgarian, bn bengali, "
    "bn bangla, bs bosnian, ca catalan, cs czech, cy welsh, da danish, de german, el greek, en english, es spanish, "
    "et estonian, eu basque, fa persian, fa farsi, fi finnish, fil filipino, fil tagalog, fo faroese, fr french, "
    "ga irish, gl galician, gu gujarati, ha hausa, heb hebrew, hi hindi, hr croatian, ht haitian creole, hu hungarian, "
    "hy armenian, id indonesian, ig igbo, is icelandic, it italian, ja japanese, jv javanese, ka georgian, kk kazakh, "
    "km khmer, kn kannada, ko korean, ku kurdish, ky kyrgyz, lb luxembourgish, lo lao, lt lithuanian, lv latvian, "
    "mg malagasy, mk macedonian, ml malayalam, mn mongolian, mr marathi, ms malay, mt maltese, my burmese, ne nepali, "
    "nl dutch, no norwegian, or odia, or oriya, pa punjabi, pl polish, ps pashto, pt portuguese, ro romanian, "
    "ru russian, rw kinyarwanda, si sinhala, sk slovak, sl slovenian, sm samoan, so somali, sq albanian, sr serbian, "
    "st sotho, su sundanese, sv swedish, sw swahili, ta tamil, te telugu, tet tetum, tg tajik, th thai, ti tigrinya, "
    "tk turkmen, to tongan, tpi tok pisin, tr turkish, ug uyghur, uk ukrainian, ur urdu, uz uzbek, vi vietnamese, "
    "xh xhosa, yo yoruba, zh chinese, zh mandarin, zu zulu"
)
_CODES = {name: code for code, _, name in (entry.partition(" ") for entry in _NAMES.split(", "))}


def language_named(text: str) -> str | None:
    """Return the code of the language that a cell names, without its region, or None if it names none.

    Raises
    ------
    ValueError
        If it is neither a code nor the English name of a language.
    """
    return language_code(_CODES.get(" ".join(text.casefold().split()), text))


def other_language(given: object, asked: Sequence[str]) -> str:
    """Return the kind of a row in another language than is asked for; empty if it is in that, or names none."""
    if not asked or not isinstance(given, str):
        return ""
    try:
        found = language_named(given)
        is_other = found is not None and found not in map(language_code, asked)
    except ValueError:  # neither a code nor a name: that is an error of the row
        return ""
    return f"articles in other languages than {shown(', '.join(asked))}: {shown(found)}" if is_other and found else ""
