"""POST /v1/systemone: the documented requests, adapted to our sections, and their answers."""

import json

import pytest

from classifier.teach.protocols import read_answer, request_body
from classifier.teach.questions import questions_of
from tests.service.protocols.conftest import ARTICLE, TEXT, post

#: The example of the providers' documentation (a customer's message, a refund, an urgency), with sections.
DOCUMENTED = {
    "model": "latest",
    "state": "Customer wrote: " + TEXT,
    "questions": {
        "is_south_asia": {"type": "noul", "instructions": "Is the article about South Asia?"},
        "theme": {
            "type": "choice",
            "instructions": "Which theme is it?",
            "criteria": {"conflicts": "fighting and threats", "technology": None},
        },
    },
}


def test_a_documented_request_has_the_documented_answer(client, tags):
    answer = post(client, "/v1/systemone", DOCUMENTED).get_json()
    expected = tags(DOCUMENTED["state"])
    assert set(answer) == {"model", "answers", "usage"}
    assert answer["model"] == client.get("/readyz").get_json()["model"]
    assert answer["answers"]["is_south_asia"] == {"type": "noul", "noul": expected["south-asia"]}
    theme = answer["answers"]["theme"]
    assert set(theme) == {"type", "choice", "probabilities", "confidence"}
    assert (theme["type"], theme["choice"]) == ("choice", "conflicts")
    assert list(theme["probabilities"]) == ["conflicts", "technology"]
    assert sum(theme["probabilities"].values()) == pytest.approx(1, abs=1e-12)
    assert 0 < theme["confidence"] <= 1
    usage = answer["usage"]
    assert usage == {"input_tokens": usage["total_tokens"], "output_tokens": 0, "total_tokens": usage["total_tokens"]}
    assert usage["total_tokens"] > len(TEXT) / 4


def test_answers_come_in_the_order_of_the_questions_with_their_ids(client, systemone, tags):
    expected = tags(TEXT)
    ids = sorted(expected, key=lambda id_: id_[::-1])
    questions = {f"q {n} {id_}": {"type": "noul", "instructions": f"Is it {id_}?"} for n, id_ in enumerate(ids)}
    answers = systemone(TEXT, questions)
    assert list(answers) == list(questions)
    assert [answer["noul"] for answer in answers.values()] == [expected[id_] for id_ in ids]


def test_a_question_is_read_by_its_wording_and_never_by_its_id(systemone, tags):
    expected = tags(TEXT)
    asked = {"technology": {"type": "noul", "instructions": "Is it about Conflicts?"}}
    assert systemone(TEXT, asked)["technology"]["noul"] == expected["conflicts"]
    problem = systemone(TEXT, {"technology": {"type": "noul", "instructions": "Is it about this?"}}, 422)
    assert "questions.technology.instructions: the question names no section" in problem["detail"]


@pytest.mark.parametrize(
    "question",
    [
        {"instructions": "Is this about FOIP?"},
        {"instructions": {"question": "Is it about the section", "section": "Free and Open Indo-Pacific"}},
        {"instructions": ["Is it about", "free-and-open-indo-pacific", "?"]},
        {"instructions": "Does it fit?", "criteria": {"true": "It is about FOIP", "false": "It is about Oceania"}},
        {"instructions": "Does it fit?", "criteria": {"true": {"is": "FOIP"}, "false": None}},
        {"instructions": None, "criteria": {"true": "FOIP"}},
        {"instructions": "Does it fit?\nAnswer true when: it is about FOIP\nAnswer false when: it is about Oceania"},
        {
            "instructions": "Is 'FOIP' a central subject of this document — one a librarian would assign as a primary "
            "heading — not merely a passing or incidental mention?"
        },
    ],
)
def test_a_section_is_named_by_name_alias_or_id_in_instructions_or_criteria(systemone, tags, question):
    answer = systemone(TEXT, {"a": {"type": "noul"} | question})["a"]
    assert answer == {"type": "noul", "noul": tags(TEXT)["free-and-open-indo-pacific"]}


def test_a_definition_names_its_section(systemone, tags, sections):
    definition = sections.find("terrorism").definition
    asked = {"type": "noul", "instructions": "Does the definition fit?", "criteria": {"true": definition}}
    assert systemone(TEXT, {"a": asked})["a"]["noul"] == tags(TEXT)["terrorism"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"type": "noul", "instructions": "Is it about Sout Asia?"}, "the nearest is “South Asia” (south-asia)"),
        ({"type": "noul", "instructions": "Is 'Sports' its subject?"}, "the quoted name “Sports” is not a section"),
        ({"type": "noul", "instructions": "Is it not about Oceania?"}, "take 1 minus the probability"),
        ({"type": "noul", "instructions": "Oceania or South Asia?"}, "names several sections (oceania, south-asia)"),
        ({"type": "score", "instructions": "How bad?", "criteria": ["calm", "bad"]}, "sections have no levels"),
        ({"type": "box", "instructions": "Where is South Asia?"}, "Fix: ask a noul or a choice"),
        ({"type": "predicate", "instructions": "South Asia?"}, "Fix: ask a noul or a choice"),
        ({"instructions": "South Asia?"}, "the type is missing"),
        ("South Asia?", "must be a JSON object"),
        (
            {"type": "choice", "criteria": {"oceania": None, "billing": "money"}},
            "the option “billing” is not a section",
        ),
        ({"type": "choice", "criteria": {"oceania": None, "Oceania": None}}, "both stand for oceania"),
        ({"type": "choice", "criteria": {"none": None, "other": None}}, "no option is a section"),
        ({"type": "choice", "criteria": {"foip": None, "none": None, "other": None}}, "two options stand for “none"),
        ({"type": "choice", "criteria": {f"o{i}": None for i in range(256)}}, "256 options, but 1 to 255 are allowed"),
        ({"type": "choice", "instructions": "Which?"}, "do not name one group"),
        ({"type": "noul", "instructions": "South Asia " * 400}, "4,400 characters, but at most 4,000"),
        ({"type": "noul", "instructions": "South Asia", "explain": "yes"}, "must be true or false"),
    ],
)
def test_what_cannot_be_answered_is_a_422_that_says_why(systemone, question, said):
    problem = systemone(TEXT, {"mine": question}, 422)
    assert said in problem["detail"]
    assert problem["detail"].startswith("questions.mine")
    assert "Fix: " in problem["detail"] or "must be" in problem["detail"]
    error = problem["error"]
    assert (error["type"], error["message"], error["code"]) == ("invalid_request_error", problem["detail"], "question")
    assert error["param"].startswith("questions.mine")
    assert "Ladakh" not in json.dumps(problem)


def test_every_wrong_question_is_named(systemone):
    asked = {name: {"type": "noul", "instructions": f"Is it about {name}?"} for name in ("bees", "oceania", "ants")}
    problem = systemone(TEXT, asked, 422)
    assert [each["field"] for each in problem["errors"]] == [
        "questions.bees.instructions",
        "questions.ants.instructions",
    ]


@pytest.mark.parametrize(
    ("questions", "said"),
    [({}, "there are none"), ([], "must be a JSON object"), (None, "is missing"), ("x", "must be a JSON object")],
)
def test_questions_are_a_map_with_one_at_least(systemone, questions, said):
    assert said in systemone(TEXT, questions, 422)["detail"]
    too_many = {str(i): {"type": "noul", "instructions": "Oceania"} for i in range(401)}
    assert "401 questions, but at most 400" in systemone(TEXT, too_many, 422)["detail"]


def test_an_explanation_is_an_extra_field(client, systemone, tags):
    questions = {
        "a": {"type": "noul", "instructions": "Is it about South Asia?"},
        "b": {"type": "choice", "criteria": {"conflicts": None, "none": None}},
    }
    plain = systemone(TEXT, questions)
    whole = client.post("/v1/tags?all=true&explain=true", json={"body": TEXT}).get_json()
    of = {tag["section"]: tag for tag in whole["tags"]}
    for asked in (
        systemone(TEXT, questions, query="?explain=true"),
        systemone(TEXT, questions, query="?set=default", explain=True),
    ):
        assert asked["text"] == whole["text"]
        assert asked["answers"]["a"] == plain["a"] | {"explanation": [of["south-asia"]]}
        assert asked["answers"]["b"] == plain["b"] | {"explanation": [of["conflicts"]]}
    one = systemone(TEXT, {"a": questions["a"] | {"explain": True}, "b": questions["b"]})
    assert "explanation" in one["a"]
    assert "explanation" not in one["b"]


def test_the_model_is_the_live_version_or_a_name_of_it(client, systemone):
    asked = {"a": {"type": "noul", "instructions": "Oceania"}}
    version = client.get("/readyz").get_json()["model"]
    found = [systemone(TEXT, asked, model=model) for model in ("latest", "copydesk", "default", version, None)]
    assert found == found[:1] * 5
    for model in ("jev-1.13.0", "20200101T000000Z-00000000", "", 5):
        problem = systemone(TEXT, asked, 422, model=model)
        assert problem["type"] == "urn:copydesk:problem:model-name"
        assert problem["error"]["param"] == "model"
    assert f"“latest” or “{version}”" in systemone(TEXT, asked, 422, model="gpt-6")["detail"]


def test_a_text_without_a_known_word_and_a_foreign_one_cannot_be_answered(systemone):
    asked = {"a": {"type": "noul", "instructions": "Oceania"}}
    assert "no word of the text" in systemone("Zxqw vbnm", asked, 422)["detail"]
    foreign = systemone(ARTICLE | {"language": "de"}, asked, 422)
    assert (foreign["type"], foreign["error"]["code"]) == ("urn:copydesk:problem:language", "language")


@pytest.mark.parametrize("protocol", ["systemone", "decisions"])
def test_copydesks_own_questions_to_a_teacher_are_understood(client, tags, sections, protocol):
    expected, questions = tags(TEXT), questions_of(sections.active)
    answer = post(client, f"/v1/{protocol}", request_body(protocol, "latest", TEXT, questions))
    found = read_answer(protocol, answer.get_json(), questions)
    assert found.probabilities == expected
    assert found.refused == ()
