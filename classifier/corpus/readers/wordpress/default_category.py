"""WordPress's default category, which it puts on posts that nobody filed: it says nothing about a story.

Its name and slug are in the language that WordPress was installed in.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import unquote

from classifier.corpus.readers.wordpress.elements import CATEGORY, DeclaredTerm

#: WordPress makes the default category first.
_FIRST_ID = "1"
#: The default category in WordPress's translations: names that mean "without a category" and nothing else.
_NAMES = (
    "Uncategorized",  # also the slug in Burmese and in several variants of Chinese
    "Uncategorised",  # British, Australian
    "غير مصنف",  # Arabic
    "Без категория",  # Bulgarian
    "বিভাগবিহীন",  # Bengali
    "Nekategorisano",  # Bosnian
    "هاوپۆلنه\u200cكراو",  # Central Kurdish
    "هاوپۆل نەکراو",
    "Nezařazené",  # Czech
    "Heb Gategori",  # Welsh
    "Ikke kategoriseret",  # Danish
    "Χωρίς κατηγορία",  # Greek
    "Αταξινόμητα",
    "Senkategoria",  # Esperanto
    "Sin categoría",  # Spanish
    "Määratlemata",  # Estonian
    "Sailkatugabeak",  # Basque
    "دسته\u200cبندی نشده",  # Persian
    "Non classé",  # French
    "Gun roinn-seòrsa",  # Scottish Gaelic
    "Sen categorizar",  # Galician
    "Sen categoría",
    "Nekategorizirano",  # Croatian, Slovenian
    "Tak Berkategori",  # Indonesian
    "Senza categoria",  # Italian
    "未分類",  # Japanese, Chinese of Taiwan and Hong Kong
    "未分类",  # Chinese
    "Ora ono kategorine",  # Javanese
    "კატეგორიის გარეშე",  # Georgian
    "미분류",  # Korean
    "Bez tēmas",  # Latvian
    "Bez kategorijas",
    "Некатегоризирано",  # Macedonian
    "က\u200bဏ္ဍ\u200b ခွဲမထား",  # Burmese
    "Ukategorisert",  # Norwegian
    "Geen categorie",  # Dutch
    "Bez kategorii",  # Polish
    "Sem categoria",  # Portuguese
    "Fără categorie",  # Romanian
    "Без рубрики",  # Russian
    "වර්ගීකරණය නොකළ",  # Sinhala
    "Nezaradené",  # Slovak
    "Neuvrščeni",  # Slovenian
    "I pakategorizuar",  # Albanian
    "Некатегоризовано",  # Serbian
    "nekategorizovano",
    "Tanpa Katagori",  # Sundanese
    "Okategoriserade",  # Swedish
    "Isio-gawanyo",  # Swahili
    "Isio-gawanywa",
    "வகைப்படுத்தப்படாதது",  # Tamil
    "பிரிவற்றது",
    "ไม่มีหมวดหมู่",  # Thai
    "سەھىپە ئايرىلمىغان",  # Uyghur
    "سەھىپىگە ئايرىلمىغان",
    "Без категорії",  # Ukrainian
    "Chưa được phân loại",  # Vietnamese
)
#: Names of the default category that are also words for "general" or "other", so a section may bear them.
_COMMON_WORDS = (
    "General",  # Catalan
    "Allgemein",  # German
    "Yleinen",  # Finnish
    "כללי",  # Hebrew
    "Egyéb",  # Hungarian
    "Pelbagai",  # Malay
    "Genel",  # Turkish
    "متفرق",  # Urdu
    "Khác",  # Vietnamese
)
# Polylang and WPML make a default category for each language: uncategorized-fr
_COPY = re.compile(r"-([a-z]{2}(-[a-z]{2})?|\d{1,2})$")


def default_slugs(declared: Iterable[DeclaredTerm]) -> set[str]:
    """Return the slugs of the default category among the terms that an export declares."""
    return {term.slug for term in declared if term.taxonomy == CATEGORY and term.term_id == _FIRST_ID}


@lru_cache(maxsize=4096)
def is_default(slug: str, name: str, ids_are_known: bool = False) -> bool:
    """Return whether a category has the name or the slug of WordPress's default category in any language.

    ``ids_are_known`` means that the export declares its categories with their ids, so that a word such as “General” is
    a category of the newsroom's own unless its id is that of the default category.
    """
    words = {_key(name), _key(unquote(slug)), _key(_COPY.sub("", unquote(slug)))}
    return not words.isdisjoint(_KEYS) or (not ids_are_known and not words.isdisjoint(_COMMON_KEYS))


def _key(name: str) -> str:
    """Return letters alone, without marks: a slug has lost its spaces, and in some languages its accents."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(char for char in plain if char.isalnum() or unicodedata.category(char) == "Mc")
    return letters or plain.strip()


_KEYS = frozenset(map(_key, _NAMES))
_COMMON_KEYS = frozenset(map(_key, _COMMON_WORDS))
