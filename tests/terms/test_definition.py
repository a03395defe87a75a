import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer

from classifier.terms.definition import features, fold, located_features
from classifier.terms.vocabulary import Vocabulary

UNICODE = st.text(st.characters(codec="utf-8"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Border clash", ["border", "clash", "border clash"]),
        ("a I x", []),
        ("one", ["one"]),
        ("F-16 and Su-30", ["00", "and", "su", "00", "00 and", "and su", "su 00"]),
        ("In 2023, 1,500", ["in", "0000", "000", "in 0000", "0000 000"]),
        ("Łódź ÉTÉ", ["łódź", "été", "łódź été"]),
        ("नमस्ते", ["नमस"]),
        ("snake_case", ["snake_case"]),
        ("", []),
    ],
)
def test_features(text, expected):
    assert features(text) == expected


@given(UNICODE)
def test_features_are_those_of_scikit_learn(text):
    vectorizer = CountVectorizer(preprocessor=fold, ngram_range=(1, 2))
    assert sorted(features(text)) == sorted(vectorizer.build_analyzer()(text))


@given(UNICODE)
def test_located_features_are_the_features_in_order(text):
    assert [term.text for term in located_features(text)] == features(text)


@given(UNICODE.filter(lambda text: not set("İΣ") & set(text)))
def test_the_text_at_a_place_is_the_term(text):
    for term in located_features(text):
        assert fold(text[term.start : term.end]).startswith(term.text.split(" ")[0])
        assert fold(text[term.start : term.end]).endswith(term.text.split(" ")[-1])


def test_places_are_right_after_a_letter_that_lowercases_to_two():
    text = "İİ Border"
    (term,) = [t for t in located_features(text) if t.text == "border"]
    assert text[term.start : term.end] == "Border"


@given(UNICODE, st.lists(st.sampled_from(["ab", "the", "00", "ab the"]), unique=True))
def test_a_vocabulary_counts_what_features_lists(text, terms):
    vocabulary = Vocabulary(terms)
    numbers, counts = vocabulary.count(text + " ab the 00 ab")
    listed = [t for t in features(text + " ab the 00 ab") if t in terms]
    assert {terms[n]: c for n, c in zip(numbers, counts, strict=True)} == {t: listed.count(t) for t in listed}
    assert np.all(np.diff(numbers) > 0)


@given(UNICODE)
def test_a_vocabulary_locates_as_often_as_it_counts(text):
    vocabulary = Vocabulary(sorted(set(features(text))))
    numbers, counts = vocabulary.count(text)
    places = vocabulary.locate(text, most=len(text))
    assert {int(n): int(c) for n, c in zip(numbers, counts, strict=True)} == {n: len(s) for n, s in places.items()}
