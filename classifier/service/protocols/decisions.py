"""OpenAI's Decisions: its questions are a list, and its answers come in the same order, each with its name."""

from collections.abc import Mapping, Sequence
from typing import Any

from classifier.errors import FieldProblem, InvalidInputError, QuestionError
from classifier.service.protocols.answering import Answered, YesNo
from classifier.service.protocols.questions import (
    Kind,
    Option,
    ProtocolQuestion,
    checked_options,
    checked_size,
    kind_of,
    shown_place,
    wants_explanation,
    wording,
    wrong,
)

TEXT = "input"
_NO_VALUE = 'must be an object whose value is a string, true or false. Fix: send it as {"value": "..."}'
_KINDS: Mapping[str, Kind] = {"predicate": "yes-no", "choice": "choice"}


def read_questions(sent: Any) -> list[ProtocolQuestion]:
    """Return the questions of a request, from its field ``questions``.

    Raises
    ------
    QuestionError
        If there are none or too many, or some are not in the form of the protocol; it names each of these.
    """
    if not isinstance(sent, list):
        raise wrong("questions", "must be a list of questions. Fix: put them in square brackets")
    checked_size(sent)
    found, problems = [], list[FieldProblem]()
    for number, about in enumerate(sent):
        try:
            found.append(_question(number, about))
        except InvalidInputError as error:
            problems += error.problems
    if problems:
        raise QuestionError(problems)
    return found


def _question(number: int, about: Any) -> ProtocolQuestion:
    place = shown_place("questions", number)
    kind = kind_of(place, about, _KINDS)
    name = about.get("name")
    if name is not None and not isinstance(name, str):
        raise wrong(f"{place}.name", "must be a string, or null. Fix: send a text, or leave it out")
    instructions = wording(f"{place}.instructions", about.get("instructions"))
    explain = wants_explanation(place, about)
    options = _options(f"{place}.choices", about.get("choices")) if kind == "choice" else ()
    return ProtocolQuestion(place, name, kind, instructions, "", options, explain, "choices")


def _options(place: str, choices: Any) -> tuple[Option, ...]:
    if not choices:
        return ()
    if not isinstance(choices, list):
        raise wrong(place, "must be a list of objects, each with a value. Fix: put the options in square brackets")
    given = []
    for number, choice in enumerate(choices):
        value = choice.get("value") if isinstance(choice, Mapping) else None
        if not isinstance(value, str | bool):
            raise wrong(
                f"{place}.{number}",
                _NO_VALUE,
            )
        given.append(Option(value, wording(f"{place}.{number}.description", choice.get("description"))))
    return checked_options(place, given, 2)


def written(answers: Sequence[Answered]) -> list[dict[str, Any]]:
    """Return the field ``answers`` of the answer, in the order of the questions."""
    return [_written(answer) for answer in answers]


def written_plainly(answers: Sequence[tuple[str | None, float]]) -> list[dict[str, Any]]:
    """Return the same for questions about sections, by name and probability, without explanations."""
    return [{"type": "predicate", "name": name, "probability": probability} for name, probability in answers]


def _written(answer: Answered) -> dict[str, Any]:
    made: dict[str, Any]
    if isinstance(answer, YesNo):
        made = {"type": "predicate", "name": answer.name, "probability": answer.probability}
    else:
        made = {
            "type": "choice",
            "name": answer.name,
            "choice": answer.choice,
            "probabilities": [
                {"value": value, "probability": probability}
                for value, probability in zip(answer.values, answer.probabilities, strict=True)
            ],
            "confidence": answer.confidence,
        }
    if answer.explanation is not None:
        made["explanation"] = answer.explanation
    return made


def usage(n_tokens: int) -> dict[str, Any]:
    """Return the field ``usage`` of the answer, with the details that OpenAI's clients know."""
    return {
        "input_tokens": n_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": 0,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": n_tokens,
    }
