"""POST /v1/decisions: the documented requests, adapted to our sections, and their answers."""

import pytest

from tests.service.protocols.conftest import TEXT

DOCUMENTED = {
    "model": "copydesk",
    "input": [{"role": "user", "content": [{"type": "input_text", "text": TEXT}]}],
    "questions": [
        {"type": "choice", "name": "category", "instructions": "Classify the article.",
         "choices": [{"value": "conflicts"}, {"value": "technology", "description": "Software and hardware"}]},
        {"type": "predicate", "name": "south_asia", "instructions": "The article is about South Asia."},
    ],
    "safety_identifier": None,
}  # fmt: skip


def test_a_documented_request_has_the_documented_answer(client, tags):
    answer = client.post("/v1/decisions", json=DOCUMENTED).get_json()
    assert set(answer) == {"model", "answers", "usage"}
    category, south_asia = answer["answers"]
    assert south_asia == {"type": "predicate", "name": "south_asia", "probability": tags(TEXT)["south-asia"]}
    assert list(category) == ["type", "name", "choice", "probabilities", "confidence"]
    assert (category["type"], category["name"], category["choice"]) == ("choice", "category", "conflicts")
    assert [each["value"] for each in category["probabilities"]] == ["conflicts", "technology"]
    assert sum(each["probability"] for each in category["probabilities"]) == pytest.approx(1, abs=1e-12)
    n = answer["usage"]["total_tokens"]
    assert answer["usage"] == {
        "input_tokens": n,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": n,
    }


def test_names_may_be_null_missing_or_shared_and_come_back_in_order(decide, tags):
    expected = tags(TEXT)
    asked = [
        {"type": "predicate", "instructions": "Oceania?"},
        {"type": "predicate", "name": None, "instructions": "Terrorism?"},
        {"type": "predicate", "name": "x", "instructions": "Conflicts?"},
        {"type": "predicate", "name": "x", "instructions": "Technology?"},
    ]
    answers = decide(TEXT, asked)
    assert [each["name"] for each in answers] == [None, None, "x", "x"]
    ids = ("oceania", "terrorism", "conflicts", "technology")
    assert [each["probability"] for each in answers] == [expected[id_] for id_ in ids]


def test_a_choice_may_be_between_true_and_false(decide, systemone, tags):
    p = tags(TEXT)["south-asia"]
    for yes, no in ((True, False), ("true", "false"), ("yes", "no")):
        choices = [{"value": no, "description": None}, {"value": yes}]
        asked = {"type": "choice", "name": "q", "instructions": "About South Asia?", "choices": choices}
        (answer,) = decide(TEXT, [asked])
        assert answer["probabilities"] == [{"value": no, "probability": 1 - p}, {"value": yes, "probability": p}]
        assert answer["choice"] == (yes if p > 0.5 else no)
        assert answer["confidence"] == pytest.approx(abs(2 * p - 1))
    asked = {"type": "choice", "instructions": "About South Asia?", "criteria": {"true": None, "false": None}}
    assert systemone(TEXT, {"q": asked})["q"]["probabilities"] == {"true": p, "false": 1 - p}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"type": "noul", "instructions": "Oceania?"}, "Fix: ask a predicate or a choice"),
        ({"type": "score", "instructions": "How bad?", "levels": [{"label": "a"}]}, "sections have no levels"),
        ({"type": "predicate", "name": 5, "instructions": "Oceania?"}, "questions.0.name: must be a string, or null"),
        ({"type": "choice", "choices": [{"value": "oceania"}]}, "1 option, but 2 to 255 are allowed"),
        ({"type": "choice", "choices": [{"value": "foip"}, {"value": "foip"}]}, "an option is given twice"),
        ({"type": "choice", "choices": ["foip", "oceania"]}, "questions.0.choices.0: must be an object whose value"),
        ({"type": "choice", "choices": [{"value": 1}, {"value": "foip"}]}, "questions.0.choices.0: must be an object"),
        ({"type": "choice", "choices": {"foip": None}}, "must be a list of objects"),
        ({"type": "choice", "choices": [{"value": "Oceana"}, {"value": "foip"}]}, "the nearest is “Oceania”"),
    ],
)
def test_what_cannot_be_answered_is_a_422_that_says_why(decide, question, said):
    assert said in decide(TEXT, [question], 422)["detail"]


@pytest.mark.parametrize("questions", [{}, {"a": {}}, "x", None, []])
def test_questions_are_a_list_with_one_at_least(decide, questions):
    assert decide(TEXT, questions, 422)["error"]["param"] == "questions"


def test_an_option_may_be_named_by_its_description(decide):
    choices = [{"value": "a", "description": "It is about South Asia"}, {"value": "b", "description": "FOIP"}]
    (answer,) = decide(TEXT, [{"type": "choice", "instructions": "Which?", "choices": choices}])
    assert answer["choice"] == "a"
