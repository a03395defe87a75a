"""System One: its questions are a map from the caller's id, and so are its answers."""

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

TEXT = "state"
_KINDS: Mapping[str, Kind] = {"noul": "yes-no", "choice": "choice"}


def read_questions(sent: Any) -> list[ProtocolQuestion]:
    """Return the questions of a request, from its field ``questions``.

    Raises
    ------
    QuestionError
        If there are none or too many, or some are not in the form of the protocol; it names each of these.
    """
    if not isinstance(sent, Mapping):
        raise wrong("questions", "must be a JSON object. Fix: send each question under an id of its own")
    checked_size(sent)
    found, problems = [], list[FieldProblem]()
    for name, about in sent.items():
        try:
            found.append(_question(name, about))
        except InvalidInputError as error:
            problems += error.problems
    if problems:
        raise QuestionError(problems)
    return found


def _question(name: str, about: Any) -> ProtocolQuestion:
    place = shown_place("questions", name)
    kind = kind_of(place, about, _KINDS)
    instructions = wording(f"{place}.instructions", about.get("instructions"))
    explain = wants_explanation(place, about)
    criteria = about.get("criteria")
    where = f"{place}.criteria"
    if kind == "yes-no":
        criterion = criteria.get("true") if isinstance(criteria, Mapping) else criteria
        return ProtocolQuestion(place, name, kind, instructions, wording(where, criterion), explain=explain)
    return ProtocolQuestion(place, name, kind, instructions, options=_options(where, criteria), explain=explain)


def _options(place: str, criteria: Any) -> tuple[Option, ...]:
    if not criteria:
        return ()
    if isinstance(criteria, Mapping):
        given = [Option(value, wording(place, about)) for value, about in criteria.items()]
    elif isinstance(criteria, list) and all(isinstance(value, str) for value in criteria):
        given = [Option(value) for value in criteria]
    else:
        raise wrong(place, "must be a JSON object. Fix: send a description or null under each option")
    return checked_options(place, given, 1)


def written(answers: Sequence[Answered]) -> dict[str | None, Any]:
    """Return the field ``answers`` of the answer: one under each id, in the order of the questions."""
    return {answer.name: _written(answer) for answer in answers}


def written_plainly(answers: Sequence[tuple[str | None, float]]) -> dict[str | None, Any]:
    """Return the same for questions about sections, by name and probability, without explanations."""
    return {name: {"type": "noul", "noul": probability} for name, probability in answers}


def _written(answer: Answered) -> dict[str, Any]:
    made: dict[str, Any]
    if isinstance(answer, YesNo):
        made = {"type": "noul", "noul": answer.probability}
    else:
        made = {
            "type": "choice",
            "choice": answer.choice,
            "probabilities": dict(zip(answer.values, answer.probabilities, strict=True)),
            "confidence": answer.confidence,
        }
    if answer.explanation is not None:
        made["explanation"] = answer.explanation
    return made


def usage(n_tokens: int) -> dict[str, Any]:
    """Return the field ``usage`` of the answer."""
    return {"input_tokens": n_tokens, "output_tokens": 0, "total_tokens": n_tokens}
