"""The questions of both protocols in one form, and what is common in reading them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from classifier.errors import SHOWN_VALUE_LENGTH, FieldProblem, QuestionError

MAX_QUESTIONS = 400
MAX_OPTIONS = 255
MAX_INSTRUCTIONS = 4_000

Kind = Literal["yes-no", "choice"]
#: The value of an option, as its sender wrote it.
OptionValue = str | bool


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a choice: its value, and what its sender says of it."""

    value: OptionValue
    description: str = ""


@dataclass(frozen=True, slots=True)
class ProtocolQuestion:
    """A question of a request.

    Parameters
    ----------
    place : str
        The path to it in the request, for messages.
    name : str or None
        The caller's id or name, which the answer gets too.
    kind : str
        ``yes-no`` or ``choice``.
    instructions : str
        Its wording.
    criterion : str
        For ``yes-no``: what counts as yes.
    options : tuple of Option
        For ``choice``; empty if a group of sections is meant.
    explain : bool
        Whether its answer gets the evidence.
    options_field : str
        The name of the field that has the options.
    """

    place: str
    name: str | None
    kind: Kind
    instructions: str
    criterion: str = ""
    options: tuple[Option, ...] = ()
    explain: bool = False
    options_field: str = "criteria"


def shown_place(*steps: object) -> str:
    """Return the path to a field of a request; a long step is not shown."""
    names = [str(step) for step in steps]
    return ".".join(n if len(n) <= SHOWN_VALUE_LENGTH else f"a name of {len(n):,} characters" for n in names)


def wrong(place: str, detail: str) -> QuestionError:
    """Return the error for a question, or for a part of one."""
    return QuestionError([FieldProblem(place, detail)])


def checked_size(questions: Sequence[Any] | Mapping[str, Any]) -> None:
    """Check the number of the questions.

    Raises
    ------
    QuestionError
        If there are none, or more than `MAX_QUESTIONS`.
    """
    if not questions:
        raise wrong("questions", "there are none. Fix: ask at least one")
    if len(questions) > MAX_QUESTIONS:
        raise wrong(
            "questions",
            f"{len(questions):,} questions, but at most {MAX_QUESTIONS} are allowed. Fix: send several requests",
        )


def kind_of(place: str, about: Any, kinds: Mapping[str, Kind]) -> Kind:
    """Return the kind of a question by its type.

    Raises
    ------
    QuestionError
        If it is not an object, or has another type.
    """
    if not isinstance(about, Mapping):
        raise wrong(place, "must be a JSON object with a type and instructions. Fix: send both in braces")
    given, (first, second) = about.get("type"), kinds
    if isinstance(given, str) and given in kinds:
        return kinds[given]
    if given == "score":
        detail = "a question of the type score cannot be answered, because sections have no levels"
    elif given is None:
        detail = "the type is missing"
    else:
        detail = "not a type of question that is answered here"
    raise wrong(f"{place}.type", f"{detail}. Fix: ask a {first} or a {second}")


def wording(place: str, value: Any) -> str:
    """Return the text of instructions or of a description: a text, or the texts in an object or a list, in order.

    Raises
    ------
    QuestionError
        If it is longer than `MAX_INSTRUCTIONS`.
    """
    text = value if isinstance(value, str) else " ".join(texts_in(value))
    if len(text) > MAX_INSTRUCTIONS:
        raise wrong(
            place, f"{len(text):,} characters, but at most {MAX_INSTRUCTIONS:,} are allowed. Fix: ask in fewer words"
        )
    return text


def texts_in(value: Any) -> Iterator[str]:
    """Yield the texts in a value of JSON, in order, without the names of fields."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from texts_in(inner)


def checked_options(place: str, options: Sequence[Option], fewest: int) -> tuple[Option, ...]:
    """Return the options of a choice.

    Raises
    ------
    QuestionError
        If they are too few or too many, or one is given twice.
    """
    if not fewest <= len(options) <= MAX_OPTIONS:
        raise wrong(
            place,
            f"{len(options):,} {'option' if len(options) == 1 else 'options'}, but {fewest} to {MAX_OPTIONS} are "
            "allowed. Fix: name that many",
        )
    if len({(type(option.value), option.value) for option in options}) < len(options):
        raise wrong(place, "an option is given twice. Fix: give each one once")
    return tuple(options)


def wants_explanation(place: str, about: Mapping[str, Any]) -> bool:
    """Return whether a request or a question has the extra field ``explain``.

    Raises
    ------
    QuestionError
        If that is neither true nor false.
    """
    value = about.get("explain")
    if value is None or isinstance(value, bool):
        return bool(value)
    raise wrong(
        f"{place}.explain" if place else "explain",
        "must be true or false. Fix: send one of these, or leave it out",
    )
