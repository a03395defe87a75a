import pytest

from classifier.language_codes import language_code, matches


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


@pytest.mark.parametrize(("one", "other"), [("en", "de"), ("zh", "yue"), ("sr", "hr"), ("no", "da"), ("id", "ms")])
def test_different_languages_do_not_match(one, other):
    assert not matches(one, other)
