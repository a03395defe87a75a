"""Regular characters, lines and spaces: the last steps of cleaning."""

import re
import unicodedata
from itertools import groupby

from classifier.terms.scripts import is_of_spaced_word

#: Signs outside ASCII in a row. Most signs of such a long run are marks on one letter.
_MANY_SIGNS = re.compile(r"[^\w\s\x00-\x7f]{50,}")
_INVISIBLE = "\u00ad\u2060\ufeff"  # soft hyphen, word joiner, byte order mark
_ODD_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_ZERO_WIDTH_SPACE = "\u200b"
_ZERO_WIDTH_SPACES = re.compile(f"{_ZERO_WIDTH_SPACE}+")
_LINE_BREAKS = "\r\v\f\u0085\u2028\u2029"
#: Text of a PDF holds these signs for two or three letters.
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
REGULAR = (
    dict.fromkeys(_INVISIBLE, "") | dict.fromkeys(_ODD_SPACES, " ") | dict.fromkeys(_LINE_BREAKS, "\n") | _LIGATURES
)
_IRREGULAR = re.compile(f"[{''.join(REGULAR)}]")


def regular_characters(text: str) -> str:
    """Return a text in normal form C, without invisible characters, odd spaces, odd line breaks and ligatures."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text.replace("\v", "\n").replace("\f", "\n") if "\v" in text or "\f" in text else text
    if "\u00a0" in text:  # by far the most frequent
        text = text.replace("\u00a0", " ")
    if _ZERO_WIDTH_SPACE in text:
        text = _ZERO_WIDTH_SPACES.sub(_break_or_nothing, text)
    if _IRREGULAR.search(text):
        text = _IRREGULAR.sub(lambda found: REGULAR[found[0]], text)
    return normal_form(text)


def _break_or_nothing(found: re.Match[str]) -> str:
    """Return what zero-width spaces become: nothing within a word, a space elsewhere.

    In scripts without spaces, writers put them between words. In the others, they are left by software within words.
    """
    start, end = found.span()
    text = found.string
    is_within = start > 0 and end < len(text) and is_of_spaced_word(text[start - 1]) and is_of_spaced_word(text[end])
    return "" if is_within else " "


def normal_form(text: str) -> str:
    """Return a text in normal form C: the text itself if it is so already."""
    if unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", _MANY_SIGNS.sub(_marks_in_order, text))


def _marks_in_order(found: re.Match[str]) -> str:
    """Put the marks of each letter in canonical order: ``normalize`` sorts them by insertion, in quadratic time."""
    parted = "".join(unicodedata.normalize("NFD", sign) for sign in found[0])
    runs = groupby(parted, key=lambda sign: unicodedata.combining(sign) > 0)
    return "".join("".join(sorted(run, key=unicodedata.combining) if marks else run) for marks, run in runs)


def regular_spaces(text: str) -> str:
    """Return a text with single spaces, none at the ends of lines, and at most one empty line in a row."""
    if "\t" in text:
        text = text.replace("\t", " ")
    while "  " in text:  # each round halves the longest run
        text = text.replace("  ", " ")
    if " \n" in text or "\n " in text:
        text = "\n".join([line.strip(" ") for line in text.split("\n")])
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip()
