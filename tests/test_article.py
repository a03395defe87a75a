import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier import Article
from classifier.errors import InvalidInputError, MalformedInputError

SECRET = "the minister will resign on Monday"


@pytest.mark.parametrize(
    ("given_names", "field"),
    [
        ({"title": "T", "body": "x"}, "headline"),
        ({"content": "T"}, "body"),
        ({"text": "T"}, "body"),
        ({"html": "T"}, "body"),
    ],
)
def test_the_names_that_people_use_are_accepted(given_names, field):
    assert getattr(Article.read(given_names), field) == "T"


@pytest.mark.parametrize("name", ["sections", "tags", "categories", "labels"])
def test_labels_have_four_names(name):
    assert Article.read({"body": "x", name: ["a", "b"]}).sections == ("a", "b")


@pytest.mark.parametrize("written", ["2023-11-14", "2023-11-14T08:30:00Z", " 2023-11-14 "])
def test_dates_are_iso_days_or_moments(written):
    assert Article.read({"body": "x", "published": written}).published == date(2023, 11, 14)


@pytest.mark.parametrize(
    ("data", "field", "words"),
    [
        ({"body": 5}, "body", "must be a string"),
        ({"body": "x", "headline": ["a"]}, "headline", "must be a string"),
        ({"body": "x", "colour": "red"}, "colour", "unknown field"),
        ({"body": "x", "text": "y"}, "text", "another name"),
        ({"body": "x", "published": "14/11/23"}, "published", "2023-11-14"),
        ({"body": "x", "published": 20231114}, "published", "2023-11-14"),
        ({"body": "x", "sections": "South Asia"}, "sections", "list"),
        ({"body": "x", "sections": [1]}, "sections.0", "must be a string"),
        ({"body": "x" * 1_000_001}, "body", "1,000,000"),
        ({"body": "x", "id": "i" * 201}, "id", "200"),
        ({}, "", "are both empty"),
        ({"body": " \n", "headline": "\t"}, "", "are both empty"),
    ],
)
def test_a_wrong_field_is_named_with_its_rule(data, field, words):
    with pytest.raises(InvalidInputError) as error:
        Article.read(data)
    assert [problem.field for problem in error.value.problems] == [field]
    assert words in error.value.problems[0].detail


def test_a_lone_surrogate_is_refused():
    with pytest.raises(InvalidInputError, match="surrogate"):
        Article.read({"body": "a\ud800b"})


@pytest.mark.parametrize("data", [b"", b"{", b'{"body": "\xff"}', b'{"body": "\\ud80"}', b"nonsense"])
def test_bytes_that_are_not_json_are_malformed(data):
    with pytest.raises(MalformedInputError, match="not valid JSON"):
        Article.read(data)


@pytest.mark.parametrize("data", ["5", "[]", '"text"', "null"])
def test_json_that_is_no_object_is_invalid(data):
    with pytest.raises(InvalidInputError, match="JSON object"):
        Article.read(data)


@pytest.mark.parametrize(
    "data",
    [
        {"body": [SECRET]},
        {SECRET * 3: "x", "body": "x"},
        {"body": "x", "published": SECRET},
        {"body": "x", "sections": SECRET},
        {"body": SECRET, "language": SECRET * 3},
    ],
)
def test_no_error_shows_text(data):
    with pytest.raises(InvalidInputError) as error:
        Article.read(data)
    assert "minister" not in str(error.value)


@given(st.text(min_size=1).filter(str.strip))
def test_any_text_survives_json(text):
    assert Article.read(json.dumps({"body": text})).body == text
