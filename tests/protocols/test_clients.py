"""Real clients of the decision protocols: 100 articles, every probability that of POST /v1/tags, and a wrong question.

``make verify-protocols`` installs the clients, in the versions of requirements.txt and package.json, and runs this.
Everything is on loopback.
"""

import json
import os
import subprocess
from pathlib import Path

import httpx
import pytest

from classifier.service.guard.keys import create
from tests.conftest import ARTICLES
from tests.driver.processes import serving
from tests.driver.service import Service
from tests.helpers import ROOT

pytestmark = pytest.mark.protocols
PROGRAMS = Path(__file__).parent / "programs"
PLACE = ROOT / ".venv-protocols"
PYTHON = PLACE / "bin" / "python"
N_ARTICLES = 100
MASTER = "sk-master"
WRONG = "Is the article about Sout Asia?"
REASON = "questions.{}.instructions: the question names no section of the vocabulary"
NEAREST = "the nearest is “South Asia” (south-asia)"
#: The question of Annif's backend dm_rerank about each candidate subject, as its documentation has it.
DM_RERANK = (
    "Is '{}' a central subject of this document — one a librarian would assign as a primary heading — not merely a "
    "passing or incidental mention?"
)


@pytest.fixture(scope="module")
def service(starter_models, tmp_path_factory):
    folder = tmp_path_factory.mktemp("protocols")
    _, key = create(folder / "keys.json", "clients", "tag")
    service = Service(starter_models, folder / "log", keys=str(folder / "keys.json"), rate_limit="off")
    service.http.headers["authorization"] = f"Bearer {key}"
    yield service
    assert service.stop() == 0


@pytest.fixture(scope="module")
def articles():
    found = []
    for path in sorted(ARTICLES.glob("*.jsonl")):
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        found += [{name: row[name] for name in ("headline", "body") if row.get(name)} for row in rows]
    step = len(found) // N_ARTICLES
    chosen = found[::step][:N_ARTICLES]
    assert len(chosen) == N_ARTICLES
    return chosen


@pytest.fixture(scope="module")
def names(service):
    return {each["id"]: each["name"] for each in service.http.get("/v1/sections").json()["sections"]}


@pytest.fixture(scope="module")
def expected(service, articles, names):
    """The probabilities of POST /v1/tags: a list for each article, in the order of the sections."""
    found = []
    for article in articles:
        tags = service.http.post("/v1/tags?all=true", json=article).raise_for_status().json()["tags"]
        of = {tag["section"]: tag["probability"] for tag in tags}
        found.append([of[section] for section in names])
    return found


@pytest.fixture(scope="module")
def told(service, articles, names):
    return {
        "url": service.url,
        "key": service.http.headers["authorization"].removeprefix("Bearer "),
        "articles": articles,
        "questions": {section: f"Is the article about “{name}”?" for section, name in names.items()},
        "choice": [*names, "none"],
        "wrong": WRONG,
    }


@pytest.fixture(scope="module")
def chosen(service, told):
    """The answer to the choice without any client."""
    choice = {"type": "choice", "instructions": "Which?", "criteria": dict.fromkeys(told["choice"])}
    sent = {"model": "latest", "state": told["articles"][0], "questions": {"which": choice}}
    answer = service.http.post("/v1/systemone", json=sent).raise_for_status().json()["answers"]["which"]
    return [answer["choice"], answer["confidence"]]


def answers_of(program, told):
    command = ["node", program] if program.endswith(".mjs") else [str(PYTHON), str(PROGRAMS / program)]
    if program.endswith(".mjs"):  # modules are looked for next to the program
        (PLACE / program).write_bytes((PROGRAMS / program).read_bytes())
    path = f"{PLACE / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=PLACE,
        env=os.environ | {"PATH": path, "LITELLM_LOCAL_MODEL_COST_MAP": "True"},
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3_000:]
    return json.loads(done.stdout.splitlines()[-1])


def says_why(refused, place):
    status, message = refused
    assert status == 422
    assert REASON.format(place) in message
    assert NEAREST in message


@pytest.mark.parametrize(
    ("program", "place"),
    [
        ("openai_sdk.py", "0"),
        ("openai_sdk.mjs", "0"),
        ("langchain.py", "0"),
        ("typesafe.py", "wrong"),
        ("typesafe.mjs", "wrong"),
    ],
)
def test_an_sdk_is_answered_and_shows_why_a_question_is_refused(told, expected, chosen, program, place):
    answers = answers_of(program, told)
    assert answers["probabilities"] == expected
    assert answers["chosen"] == chosen
    says_why(answers["refused"], place)


def test_litellms_router_gives_the_same_on_both_routes(told, expected, chosen):
    answers = answers_of("litellm_router.py", told)
    assert len(answers["probabilities"]) == 6
    for name, found in answers["probabilities"].items():
        assert found == expected, name
    assert answers["chosen"] == chosen
    for refused, place in zip(answers["refused"], ("wrong", "0"), strict=True):
        says_why(refused, place)


@pytest.fixture(scope="module")
def proxy(service, told, tmp_path_factory):
    """LiteLLM's proxy in front of the service."""
    folder = tmp_path_factory.mktemp("litellm")
    models = [
        {
            "model_name": provider,
            "litellm_params": {"model": f"{provider}/latest", "api_base": service.url, "api_key": told["key"]},
        }
        for provider in ("typesafe", "openai")
    ]
    settings = {"model_list": models, "general_settings": {"master_key": MASTER}}
    (folder / "config.yaml").write_text(json.dumps(settings))  # JSON is YAML
    command = [str(PLACE / "bin" / "litellm"), "--config", str(folder / "config.yaml"), "--host", "127.0.0.1"]
    variables = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
    # its first start compiles all of it, which takes a minute on a busy machine
    with serving(command, "/health/liveliness", folder / "log", variables, seconds=240) as server:
        headers = {"Authorization": f"Bearer {MASTER}"}
        with httpx.Client(base_url=server.url, headers=headers, timeout=60, trust_env=False) as client:
            yield client


@pytest.mark.parametrize("provider", ["typesafe", "openai"])
def test_litellms_proxy_gives_the_same_on_both_routes(proxy, told, expected, provider):
    nouls = {name: {"type": "noul", "instructions": text} for name, text in told["questions"].items()}
    listed = [{"type": "predicate", "name": name, "instructions": text} for name, text in told["questions"].items()]
    for article, probabilities in zip(told["articles"], expected, strict=True):
        sent = {"model": provider, "state": article, "questions": nouls}
        answers = proxy.post("/v1/systemone", json=sent).raise_for_status().json()["answers"]
        assert [answers[name]["noul"] for name in nouls] == probabilities
        sent = {"model": provider, "input": json.dumps(article), "questions": listed}
        answers = proxy.post("/v1/decisions", json=sent).raise_for_status().json()["answers"]
        assert [(each["name"], each["probability"]) for each in answers] == list(zip(nouls, probabilities, strict=True))


@pytest.mark.parametrize("provider", ["typesafe", "openai"])
def test_a_wrong_question_is_a_clear_422_behind_litellms_proxy_and_shuts_nobody_out(proxy, told, provider):
    wrong = {"wrong": {"type": "noul", "instructions": WRONG}}
    right = {"right": {"type": "noul", "instructions": "Oceania?"}}
    for questions, status in ((wrong, 422), (right, 200), (wrong, 422), (right, 200)):
        sent = {"model": provider, "state": told["articles"][0], "questions": questions}
        answer = proxy.post("/v1/systemone", json=sent)
        assert answer.status_code == status, answer.text
        if status == 422:
            assert NEAREST in json.dumps(answer.json(), ensure_ascii=False).replace("\\u201c", "“").replace(
                "\\u201d", "”"
            )


def test_the_questions_of_annifs_dm_rerank_are_answered_on_both_routes(service, articles, names, expected):
    questions = {f"c{n}": DM_RERANK.format(name) for n, name in enumerate(names.values())}
    nouls = {name: {"type": "noul", "instructions": text} for name, text in questions.items()}
    listed = [{"type": "predicate", "name": name, "instructions": text} for name, text in questions.items()]
    for article, probabilities in zip(articles, expected, strict=True):
        one = service.http.post("/v1/systemone", json={"state": article, "questions": nouls}).json()["answers"]
        other = service.http.post("/v1/decisions", json={"input": [article], "questions": listed}).json()["answers"]
        assert [answer["noul"] for answer in one.values()] == probabilities
        assert [answer["probability"] for answer in other] == probabilities
    wrong = {"c0": {"type": "noul", "instructions": DM_RERANK.format("aviation")}}
    refused = service.http.post("/v1/systemone", json={"state": articles[0], "questions": wrong})
    assert (refused.status_code, "the quoted name “aviation” is not a section" in refused.json()["detail"]) == (
        422,
        True,
    )
