from itertools import product
from string import ascii_lowercase

import pytest

from classifier.language_codes import _PRESENT, _TWO_LETTERS, language_code, matches, read_languages


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("en", "en"),
        ("EN-gb", "en"),
        ("en_US", "en"),  # WordPress, Java, POSIX
        ("en_US.UTF-8", "en"),
        ("sr_RS@latin", "sr"),
        ("de_CH_informal", "de"),
        ("pt_PT_ao90", "pt"),
        (" fr-CA ", "fr"),
        ("eng", "en"),
        ("deu", "de"),
        ("ger", "de"),
        ("fre", "fr"),
        ("es-419", "es"),
        ("no", "no"),
        ("nb-NO", "no"),
        ("nn", "no"),
        ("nno", "no"),
        ("tl", "fil"),
        ("fil-PH", "fil"),
        ("tgl", "fil"),
        ("in_ID", "id"),
        ("ind", "id"),
        ("iw", "he"),
        ("heb", "he"),
        ("zsm", "ms"),
        ("ms-MY", "ms"),
        ("zh-Hans", "zh"),
        ("zh_TW", "zh"),
        ("zh-Hant-HK", "zh"),
        ("cmn", "zh"),
        ("zh-cmn-Hans-CN", "zh"),
        ("yue", "zh"),  # the written form of the press is the same
        ("zh-yue-HK", "zh"),
        ("wuu", "zh"),
        ("zh-min-nan", "zh"),
        ("arb", "ar"),
        ("swh", "sw"),
    ],
)
def test_codes_and_locales_give_the_short_code_of_their_language(text, code):
    assert language_code(text) == code
    assert matches(text, code)


@pytest.mark.parametrize("text", ["", " ", "und", "UND", "und-Latn", "zxx", "root", "x-default"])
def test_a_code_that_names_no_language_gives_none(text):
    assert language_code(text) is None


@pytest.mark.parametrize("text", ["English", "xx", "qq-QQ", "日本語", "C", "12", "-", "e", "en us", "a" * 35])
def test_what_is_no_code_is_an_error_that_shows_it_and_a_right_one(text):
    with pytest.raises(ValueError, match=f"“{text}” is not a language code. Fix: write a BCP 47 code such as en or pt"):
        language_code(text)


@pytest.mark.parametrize(("one", "other"), [("en", "de"), ("zh", "bo"), ("sr", "hr"), ("no", "da"), ("id", "ms")])
def test_different_languages_do_not_match(one, other):
    assert not matches(one, other)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ()),
        (" ", ()),
        ("all", ("all",)),
        (" ALL ", ("all",)),
        ("en,hi,th", ("en", "hi", "th")),
        ("en_US, zh-Hant, wuu,", ("en", "zh")),
    ],
)
def test_a_list_of_languages_is_read(text, codes):
    assert read_languages(text) == codes


@pytest.mark.parametrize(
    ("text", "part"), [("en,English", "English"), ("all,en", "all"), ("en;th", "en;th"), ("und", "und")]
)
def test_a_list_with_anything_but_codes_is_an_error_that_names_it(text, part):
    with pytest.raises(ValueError, match=f"must be “all”, or codes .*; “{part}” is not a code"):
        read_languages(text)


def test_the_table_is_that_of_langcodes():
    """To make it again: print what ``expected`` holds here, as CODE:PRESENT, and the two-letter codes."""
    langcodes = pytest.importorskip("langcodes", reason="no langcodes here: pip install langcodes")
    expected, two_letters = {}, set()
    for length in (2, 3):
        for code in map("".join, product(ascii_lowercase, repeat=length)):
            present = langcodes.Language.get(langcodes.standardize_tag(code, macro=True)).language
            if present is None or not langcodes.Language.make(language=present).is_valid():
                continue
            two_letters |= {code} if length == 2 else set()
            if present != code and not code.startswith("q"):  # those are for private use
                expected[code] = present
    assert expected == _PRESENT
    assert two_letters == _TWO_LETTERS
