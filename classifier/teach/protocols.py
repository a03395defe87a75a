"""The two protocols of decision models, as a client speaks them: the body of a request, and the meaning of an answer.

System One: ``POST /v1/systemone``, a map of questions of the type ``noul``. OpenAI Decisions: ``POST /v1/decisions``, a
list of questions of the type ``predicate``. Both answer each question with the probability of “yes”.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from classifier.teach.questions import Question

ProtocolName = Literal["systemone", "decisions"]
PROTOCOLS: tuple[ProtocolName, ...] = ("systemone", "decisions")


class GarbledAnswerError(ValueError):
    """An answer that is not in the form of the protocol; the message names the fault, without any of its text."""


@dataclass(frozen=True, slots=True)
class TaughtAnswer:
    """The probabilities of an answer by section, the sections the teacher refused, and the tokens that it counted."""

    probabilities: Mapping[str, float]
    refused: tuple[str, ...]
    input_tokens: int


def address_of(teacher: str, protocol: ProtocolName | None) -> tuple[str, ProtocolName]:
    """Return the address to post to, and its protocol, from the address that was given.

    An address that ends in the path of a protocol is used as it is. Otherwise the path is added to it: ``/v1`` too,
    unless the address ends in it.
    """
    parts = urlsplit(teacher)
    path = parts.path.rstrip("/")
    for name in PROTOCOLS:
        if path.endswith(f"/{name}"):
            return parts._replace(path=path).geturl(), name
    chosen = protocol or "systemone"
    base = path if path.endswith("/v1") else f"{path}/v1"
    return parts._replace(path=f"{base}/{chosen}").geturl(), chosen


def request_body(protocol: ProtocolName, model: str, text: str, questions: Sequence[Question]) -> dict[str, Any]:
    """Return the body of a request that asks questions about a text."""
    if protocol == "systemone":
        asked = {
            question.section: {
                "type": "noul",
                "instructions": question.instructions,
                "criteria": {"true": question.yes, "false": question.no},
            }
            for question in questions
        }
        return {"model": model, "state": text, "questions": asked}
    predicates = [
        {
            "type": "predicate",
            "name": question.section,
            "instructions": " ".join(
                [question.instructions, "Answer true when:", question.yes, "Answer false when:", question.no]
            ),
        }
        for question in questions
    ]
    return {"model": model, "input": text, "questions": predicates}


def read_answer(protocol: ProtocolName, data: object, questions: Sequence[Question]) -> TaughtAnswer:
    """Read the answer to a request.

    Raises
    ------
    GarbledAnswerError
        If it does not answer each question with a probability from 0 to 1, or a refusal.
    """
    if not isinstance(data, Mapping):
        raise GarbledAnswerError("it is not a JSON object")
    found = _by_section(protocol, data.get("answers"), questions)
    probabilities, refused = {}, []
    for question in questions:
        answer = found[question.section]
        if answer.get("type") == "refusal":
            refused.append(question.section)
        else:
            field = "noul" if protocol == "systemone" else "probability"
            probabilities[question.section] = _probability(answer.get(field), field, question.section)
    usage = data.get("usage")
    counted = usage.get("input_tokens") if isinstance(usage, Mapping) else None
    return TaughtAnswer(probabilities, tuple(refused), counted if type(counted) is int and counted > 0 else 0)


def _by_section(protocol: ProtocolName, answers: object, questions: Sequence[Question]) -> dict[str, Mapping[str, Any]]:
    """Return the answers by section: System One has a map, OpenAI Decisions a list in the order of the questions."""
    if protocol == "systemone":
        named: dict[Any, Any] = dict(answers) if isinstance(answers, Mapping) else {}
    else:
        listed = answers if isinstance(answers, list) else []
        if len(listed) != len(questions):
            raise GarbledAnswerError(f"it has {len(listed)} answers to {len(questions)} questions")
        named = {question.section: answer for question, answer in zip(questions, listed, strict=True)}
    missing = [question.section for question in questions if not isinstance(named.get(question.section), Mapping)]
    if missing:
        raise GarbledAnswerError(f"it has no answer to the question about {missing[0]}")
    wrong = [name for name, answer in named.items() if answer.get("name") not in (None, name)]
    if protocol == "decisions" and wrong:
        raise GarbledAnswerError(f"the answer about {wrong[0]} has the name of another question")
    return named


def _probability(value: object, field: str, section: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1 or math.isnan(value):
        raise GarbledAnswerError(f"“{field}” of the answer about {section} is not a number from 0 to 1")
    return float(value)
