"""The language of a post, and the languages inside one, as plugins for sites in several languages store them."""

import hashlib
import re
from collections.abc import Iterable, Sequence

from classifier.article import MAX_ID_LENGTH
from classifier.corpus.readers.wordpress.elements import Item
from classifier.language_codes import matches

#: The taxonomy in which Polylang keeps the language of a post.
POLYLANG = "language"
#: The meta keys in which WPML and Bogo keep it.
_META = ("_wpml_language", "wpml_language", "_wpml_import_language_code", "_icl_language_code", "_locale")
#: The taxonomy in which Polylang keeps which posts are translations of each other: one term for each group.
_POLYLANG_GROUPS = "post_translations"
#: The meta keys in which WPML, its export and Bogo keep the same. Bogo's is the address of the original.
_GROUP_META = frozenset(
    (
        *("_wpml_import_translation_group", "_wpml_trid", "wpml_trid", "_icl_trid", "trid", "_trid"),
        *("_translation", "_translation_group", "_original_post"),
    )
)
_CODE = r"[a-z]{2,3}(?:[-_][A-Za-z]{2,4})?"
_IS_CODE = re.compile(_CODE, re.IGNORECASE)
# qTranslate and its successors: [:en]Text[:fr]Texte[:], <!--:en-->Text<!--:-->, {:en}Text{:}
_MARK = re.compile(rf"\[:({_CODE})?\]|<!--:({_CODE})?-->|\{{:({_CODE})?\}}")


def language_of_post(item: Item) -> str | None:
    """Return the language code that Polylang, WPML or Bogo gave a post, or None."""
    codes = [term.slug for term in item.terms_of(POLYLANG)]
    codes += [value.strip() for key, value in item.meta if key in _META]
    return next((code.replace("_", "-") for code in codes if _IS_CODE.fullmatch(code)), None)


def story_of_post(item: Item) -> str | None:
    """Return the name of the group of translations that a post belongs to, or None."""
    groups = [term.slug or term.name for term in item.terms_of(_POLYLANG_GROUPS)]
    groups += [value.strip() for key, value in item.meta if key in _GROUP_META]
    name = next((group for group in groups if group and group != "0"), None)
    if name is None:
        return None
    if name.isdecimal():  # a number is unique on its site alone
        name = f"{item.site}/{name}"
    return name if len(name) <= MAX_ID_LENGTH else hashlib.sha256(name.encode()).hexdigest()


def languages_in(texts: Iterable[str]) -> list[str]:
    """Return the languages that qTranslate's marks name in texts, in their order."""
    marked = [text for text in texts if any(mark in text for mark in ("[:", "<!--:", "{:"))]  # most have none
    found = (code for text in marked for match in _MARK.finditer(text) for code in match.groups() if code)
    return list(dict.fromkeys(found))


def chosen(languages: Sequence[str], asked: Sequence[str]) -> str:
    """Return the first of several languages that was asked for, or else the first of all."""
    return next(iter(wanted(languages, asked)), languages[0])


def wanted(languages: Sequence[str], asked: Sequence[str]) -> list[str]:
    """Return the languages that were asked for: all of them if none was."""
    return [code for code in languages if not asked or any(_same(code, other) for other in asked)]


def part_in(text: str, language: str) -> str:
    """Return the part of a text with qTranslate's marks that is in one language, and all that is in none."""
    parts: list[str] = []
    current, start = "", 0
    for match in _MARK.finditer(text):
        if current in ("", language):
            parts.append(text[start : match.start()])
        current = next(filter(None, match.groups()), "")
        start = match.end()
    if current in ("", language):
        parts.append(text[start:])
    return "".join(parts)


def _same(code: str, asked: str) -> bool:
    try:
        return matches(code, asked)
    except ValueError:
        return False
