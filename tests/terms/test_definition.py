import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from classifier.terms import definition
from classifier.terms.analyzer import ANALYZERS, EARLIER, Analyzer
from classifier.terms.definition import Subwords, features
from classifier.terms.earlier_definition import fold_words, word_features
from classifier.terms.feature_text import example
from classifier.terms.scripts import CharacterClass, class_of
from classifier.terms.vocabulary import Vocabulary

UNICODE = st.text(st.characters(codec="utf-8"))
#: Letters, marks and signs of every class, in any order.
MIXED = st.text(
    st.sampled_from(
        "ab Ab12_-. éßΣİıЖ“” क्षि१ বাং১ த்தி සිං්\u200d ກາເແໄ ກ່ງ๑ กาเแไๆำ่้ ខ្មែរ១ ကြောင်းမ့်္တ၁ \u103a\u1037\u1039"
        "أبُمـ٣\u200cیک שָׁ 中国漢々 カなーｸﾞﾊﾟ\uff9e ＮＡ１ 가나다 \u200b\u2060\ufe0f\U000e0100 𝟘𝟙𐐀 ᥖᥭ ᦵᦂ ᨠ᩠ᨠ ꪹꪀ བོད ཨ ⵣ አማ"
    )
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Border clash", ["border", "clash", "border clash"]),
        ("a I x", []),
        ("one", ["one"]),
        ("F-16 and Su-30", ["00", "and", "su", "00", "00 and", "and su", "su 00"]),
        ("In 2023, 1,500", ["in", "0000", "000", "in 0000", "0000 000"]),
        ("Łódź ÉTÉ", ["łódź", "été", "łódź été"]),
        ("snake_case", ["snake_case"]),
        ("", []),
    ],
)
@pytest.mark.parametrize("version", ANALYZERS)
def test_words_are_the_features_of_both_analyzers(version, text, expected):
    assert Analyzer(version).features(text) == expected


def test_the_earlier_analyzer_cuts_words_at_marks_and_leaves_phrases_whole():
    assert word_features("नमस्ते 中国外交部") == ["नमस", "中国外交部", "नमस 中国外交部"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("नमस्ते", ["नमस्ते"]),
        ("ශ්\u200dරී", ["ශ්\u200dරී"]),
        ("中国", ["中", "国", "中+国"]),
        ("中国人", ["中", "国", "人", "中+国", "国+人", "中+国+人"]),
        ("中 国", ["中", "国"]),
        ("2024年", ["0000", "年"]),
        ("ประเทศไทย", ["ป", "ระ", "เท", "ศ", "ไท", "ย", "ป+ระ", "ระ+เท", "เท+ศ", "ศ+ไท", "ไท+ย"]),
        ("ต่าง ๆ", ["ต่า", "ง", "ๆ", "ต่า+ง"]),
        ("ลาว ລາວ", ["ลา", "ว", "ລາ", "ວ", "ลา+ว", "ລາ+ວ"]),
        ("កម្ពុជា", ["ក", "ម្ពុ", "ជា", "ក+ម្ពុ", "ម្ពុ+ជា", "ក+ម្ពុ+ជា"]),
        ("ប្រទេស\u200bកម្ពុជា", ["ប្រ", "ទេ", "ស", "ក", "ម្ពុ", "ជា", "ប្រ+ទេ", "ទេ+ស", "ក+ម្ពុ", "ម្ពុ+ជា"]),
        ("မြန်မာ", ["မြန်", "မာ", "မြန်+မာ"]),
        ("သတ္တဝါ", ["သတ္တ", "ဝါ", "သတ္တ+ဝါ"]),
        ("က\u1037\u103a", ["က\u1037\u103a"]),
        ("서울시", ["서울시", "서", "울", "시", "서울", "울시"]),
        ("서울", ["서울", "서", "울"]),
        ("그", ["그"]),
        ("美전역", ["전역", "美", "전", "역"]),
        ("مُحَمَّد مـحمد", ["محمد", "محمد", "محمد محمد"]),
        ("می\u200cخواهم", ["می", "خواهم", "می خواهم"]),
        ("שָׁלוֹם", ["שלום"]),
        ("İstanbul DİYARBAKIR", ["istanbul", "diyarbakir", "istanbul diyarbakir"]),
        ("ＮＡＴＯ １２", ["nato", "00", "nato 00"]),
        ("ｸﾞﾙ", ["グ", "ル", "グ+ル"]),
        ("१२ ៣", ["००"]),
        ("❤\ufe0fab\ufe0f", ["ab"]),
    ],
)
def test_features_of_other_scripts(text, expected):
    found = [feature for feature in features(text) if feature.count("+") < 2 or len(text) < 4 or text == "កម្ពុជា"]
    assert found == expected


def test_three_neighbouring_units_are_a_feature_of_one_run_only():
    assert [feature for feature in features("中国人民 银行 Bank") if feature.count("+") == 2] == [
        "中+国+人",
        "国+人+民",
    ]


@pytest.mark.parametrize(
    ("subwords", "text", "expected"),
    [
        (Subwords.ON, "abc", ["abc", "a*", "*ab*", "*bc*", "*c", "ab*", "*abc*", "*bc", "abc*", "*abc"]),
        (Subwords.ON, "ab", ["ab", "a*", "*ab*", "*b", "ab*", "*ab"]),
        (Subwords.ON, "a", []),
        (Subwords.NON_LATIN, "ab đẹp ﬁx", ["ab", "đẹp", "ﬁx", "ab đẹp", "đẹp ﬁx"]),
        (Subwords.NON_LATIN, "да", ["да", "д*", "*да*", "*а", "да*", "*да"]),
        (Subwords.NON_LATIN, "中国", ["中", "国", "中+国"]),
        (Subwords.OFF, "да", ["да"]),
    ],
)
def test_subwords_are_two_to_four_letters_of_a_word_with_its_ends(subwords, text, expected):
    assert [f for f in features(text, subwords) if not ("ﬁx" in text and "*" in f)] == expected


@given(UNICODE)
def test_words_of_analyzer_1_are_those_of_scikit_learn(text):
    vectorizer = CountVectorizer(preprocessor=fold_words, ngram_range=(1, 2))
    assert sorted(word_features(text)) == sorted(vectorizer.build_analyzer()(text))


@given(st.text(st.characters(max_codepoint=0x2FF, exclude_characters="İ") | st.sampled_from("ΑαЖж“”’—…–€")))
def test_texts_of_letters_and_separators_alone_have_the_features_of_both_analyzers(text):
    assert features(text) == word_features(text)


@pytest.mark.parametrize("analyzer", [Analyzer(EARLIER), Analyzer(subwords=Subwords.ON)])
@given(text=UNICODE)
def test_located_features_are_the_features_in_order(analyzer, text):
    assert [term.text for term in analyzer.located_features(text)] == analyzer.features(text)


@pytest.mark.parametrize("version", ANALYZERS)
@given(text=UNICODE.filter(lambda text: not set("İΣ") & set(text)))
def test_the_text_at_a_place_is_the_term(version, text):
    analyzer = Analyzer(version)
    for term in analyzer.located_features(text):
        parts = re.split("[ +]", term.text)
        at_place = text[term.start : term.end]
        if version != EARLIER:
            at_place = "".join(c for c in at_place if class_of(c) is not CharacterClass.IGNORED)
        at_place = analyzer.fold(at_place)
        assert at_place.startswith(parts[0])
        assert at_place.endswith(parts[-1])


@pytest.mark.parametrize("version", ANALYZERS)
def test_places_are_right_after_a_letter_that_lowercases_to_two(version):
    text = "İİ Border"
    (term,) = [t for t in Analyzer(version).located_features(text) if t.text == "border"]
    assert text[term.start : term.end] == "Border"


@given(MIXED)
def test_every_feature_has_an_example_that_has_it(text):
    for subwords in Subwords:
        assert all(feature in features(example(feature), subwords) for feature in features(text, subwords))


@given(MIXED)
def test_a_folded_text_has_the_features_of_the_text(text):
    assert features(definition.fold(text), Subwords.ON) == features(text, Subwords.ON)


@given(UNICODE, st.lists(st.sampled_from(["ab", "the", "00", "ab the", "日", "日+本"]), unique=True))
def test_a_vocabulary_counts_what_features_lists(text, terms):
    vocabulary = Vocabulary(terms)
    numbers, counts = vocabulary.count(text + " ab the 00 ab 日本")
    listed = [t for t in features(text + " ab the 00 ab 日本") if t in terms]
    assert {terms[n]: c for n, c in zip(numbers, counts, strict=True)} == {t: listed.count(t) for t in listed}
    assert np.all(np.diff(numbers) > 0)


@given(UNICODE)
def test_a_vocabulary_locates_as_often_as_it_counts(text):
    vocabulary = Vocabulary(sorted(set(features(text))))
    numbers, counts = vocabulary.count(text)
    places = vocabulary.locate(text, most=len(text))
    assert {int(n): int(c) for n, c in zip(numbers, counts, strict=True)} == {n: len(s) for n, s in places.items()}
