import unicodedata

import pytest

from classifier.text.script import KnownScripts, count_scripts, script_of, scripts_of_terms


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Troops left", "Latin"),
        ("Việt Nam", "Latin"),
        ("ＮＡＴＯ", "Latin"),
        ("Войска", "Cyrillic"),
        ("हिन्दी में", "Devanagari"),
        ("ประเทศไทย", "Thai"),
        ("မြန်မာ", "Myanmar"),
        ("中国人民", "Han"),
        ("カタカナとひらがな", "Kana"),
        ("한국어", "Hangul"),
        ("اردو میں", "Arabic"),
        ("12 % – … “”", None),
        ("", None),
        ("ab вг", None),  # neither has more than half
        ("中国 AB", None),
        ("中国经济 GDP", "Han"),
    ],
)
def test_the_script_of_a_text_is_that_of_most_of_its_letters(text, script):
    assert script_of(text) == script


def test_a_long_text_is_looked_at_all_over():
    assert script_of("ab" * 100 + "войска" * 10_000) == "Cyrillic"


def test_letters_are_in_the_script_that_their_names_begin_with():
    names = {"CJK": "Han", "HIRAGANA": "Kana", "KATAKANA": "Kana", "ORIYA": "Odia"}
    wanted = {
        *("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "HEBREW", "ARABIC", "DEVANAGARI", "BENGALI", "GURMUKHI", "TAMIL"),
        *("TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "THAI", "LAO", "TIBETAN", "MYANMAR", "GEORGIAN", "HANGUL"),
        *("ETHIOPIC", "KHMER", "MONGOLIAN", "GUJARATI", "TIFINAGH", *names),
    }
    for code in range(0x3400):
        character = chr(code)
        first = unicodedata.name(character, "").partition(" ")[0]
        if first in wanted and character.isalpha() and unicodedata.normalize("NFKC", character) == character:
            if 0x1D00 <= code < 0x1E00:  # phonetic letters
                continue
            expected = names.get(first, first.capitalize())
            assert dict(count_scripts(character)) == {expected: 1}, hex(code)


def test_marks_count_and_digits_and_punctuation_do_not():
    assert count_scripts("कि। १२ 12 ،") == {"Devanagari": 2}


def test_a_few_stray_terms_do_not_make_a_script_known():
    terms = [f"term{n}" for n in range(1_000)] + ["москва", "киев"] + ["ไทย"] * 30
    known = KnownScripts(scripts_of_terms(terms))
    assert known.unknown("Войска ушли на рассвете".encode()) == "Cyrillic"
    assert known.unknown("ทหารออกไปแล้ว".encode()) is None
    assert known.unknown(b"Troops left") is None


def test_a_small_model_knows_the_script_of_any_of_its_terms():
    assert KnownScripts(scripts_of_terms(["москва", "troops"])).unknown("Войска ушли".encode()) is None


def test_a_model_without_latin_terms_does_not_know_that_script():
    known = KnownScripts(scripts_of_terms(["москва", "киев"]))
    assert known.unknown(b"Troops left") == "Latin"
    assert known.unknown(b"12.30") is None
    assert known.unknown(b"") is None


def test_a_model_that_does_not_record_its_scripts_calls_none_unknown():
    assert KnownScripts(()).unknown("Войска ушли".encode()) is None


def test_the_scripts_of_terms_are_told_by_units_pairs_and_parts_of_words():
    assert scripts_of_terms(["中+国", "border clash", "*рде*", "ไทย", "12"]) == ("Cyrillic", "Han", "Latin", "Thai")
