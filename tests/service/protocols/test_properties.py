"""Properties that hold for every request: equal to POST /v1/tags to the digit, in order, never a 5xx."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.service.protocols.conftest import TEXT, post

WORDS = [
    *TEXT.split(),
    "navy",
    "island",
    "drone",
    "flood",
    "treaty",
    "Taliban",
    "satellite",
    "minister",
    "kidnap",
    "\n\n",
]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=60).map(" ".join).filter(str.strip)
ids = [
    *("south-asia", "southeast-asia", "northeast-asia", "oceania", "conflicts", "partnerships", "global-commons"),
    *("terrorism", "transnational-crime", "weapons-proliferation", "technology", "climate-and-disasters"),
    "free-and-open-indo-pacific",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["type", "instructions", "criteria", "choices", "name", "value", "explain", "description", "role"]
)
QUESTION = st.dictionaries(
    KEYS, JSON | st.sampled_from(["noul", "choice", "predicate", "Oceania", "score"]), max_size=5
)
FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FEW
@given(text=TEXTS, asked=st.permutations(ids), n=st.integers(1, 13))
def test_both_protocols_give_the_probabilities_of_tags_in_the_order_of_the_questions(client, text, asked, n):
    answer = client.post("/v1/tags?all=true", json={"body": text}).get_json()
    expected = {tag["section"]: tag["probability"] for tag in answer["tags"]}
    questions = {f"{i}": {"type": "noul", "instructions": f"Is “{id_}” right?"} for i, id_ in enumerate(asked[:n])}
    one = post(client, "/v1/systemone", {"state": text, "questions": questions})
    listed = [{"type": "predicate", "name": name, "instructions": q["instructions"]} for name, q in questions.items()]
    other = post(client, "/v1/decisions", {"input": text, "questions": listed})
    if answer["outcome"] == "no_known_terms":
        assert (one.status_code, other.status_code) == (422, 422)
        return
    found = [expected[id_] for id_ in asked[:n]]
    assert [(name, a["noul"]) for name, a in one.get_json()["answers"].items()] == list(
        zip(questions, found, strict=True)
    )
    assert [(a["name"], a["probability"]) for a in other.get_json()["answers"]] == list(
        zip(questions, found, strict=True)
    )


@FEW
@given(state=JSON, questions=st.dictionaries(st.text(max_size=5), QUESTION | JSON, max_size=3) | JSON)
def test_no_request_ends_in_a_server_error(client, state, questions):
    listed = list(questions.values()) if isinstance(questions, dict) else questions
    for path, sent in (
        ("/v1/systemone", {"state": state, "questions": questions}),
        ("/v1/decisions", {"input": state, "questions": listed}),
    ):
        answer = post(client, path, sent)
        assert answer.status_code in (200, 400, 422), answer.data
        body = json.loads(answer.data)
        assert body["answers"] if answer.status_code == 200 else body["error"]["message"]
