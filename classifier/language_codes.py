"""Language codes as systems really write them, and whether two of them mean the same language.

`language_code` is used by every door that takes a language. The registry and the replacements come from langcodes.
"""

import re
from functools import lru_cache

from classifier.errors import shown

#: Codes that say that no language is given: unknown, no linguistic content.
_NOT_GIVEN = frozenset({None, "und", "zxx"})
#: Norwegian has a code for each of its two written standards. Systems mix them with the code for both.
_SAME = {"nb": "no", "nn": "no"}
_FIX = "Fix: write a BCP 47 code such as en or pt-BR, or leave the language out"


@lru_cache(maxsize=1024)
def language_code(text: str) -> str | None:
    """Return the code of the language in a tag or locale, without script, region and encoding.

    Two codes mean the same language if they are equal. Old and three-letter codes give the present short code
    (``iw`` and ``heb`` give ``he``, ``deu`` and ``ger`` give ``de``), a language that has a macrolanguage gives that
    (``cmn`` gives ``zh``), ``nb`` and ``nn`` give ``no``, ``tl`` gives ``fil``.

    Parameters
    ----------
    text : str
        A BCP 47 tag (``zh-Hant-TW``) or a locale (``en_US.UTF-8``, ``de_DE_formal``), in any case.

    Returns
    -------
    str or None
        None if no language is given: blank text, ``und``, ``zxx``, ``root``, ``x-default``.

    Raises
    ------
    ValueError
        If the text does not begin with the code of a language. The message names it.
    """
    tag = re.split(r"[.@]", text.strip(), maxsplit=1)[0].replace("_", "-").lower()
    if tag in ("", "x-default"):
        return None
    # nearly every article names the model's own language in two letters, and then this is not needed
    from langcodes import Language, standardize_tag

    try:
        whole = Language.get(standardize_tag(tag, macro=True))
    except ValueError:  # part of it is of no standard, such as “ao90” in WordPress's pt_PT_ao90
        try:
            whole = Language.get(standardize_tag(tag.partition("-")[0], macro=True))
        except ValueError:
            raise ValueError(f"{shown(text)} is not a language code. {_FIX}") from None
    code = whole.language
    if code in _NOT_GIVEN:
        return None
    if not code or not Language.make(language=code).is_valid():
        raise ValueError(f"{shown(text)} is not a language code. {_FIX}")
    return _SAME.get(code, code)


def matches(one: str, other: str) -> bool:
    """Return whether two tags or locales mean the same language.

    Raises
    ------
    ValueError
        As `language_code`, for either of them.
    """
    return language_code(one) == language_code(other)
