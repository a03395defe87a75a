"""Reading JSON, and validation errors in our own words: each names its field, and none shows the input."""

import codecs
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

import jiter
from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from classifier.errors import SHOWN_VALUE_LENGTH, FieldProblem, InvalidInputError, MalformedInputError

_Model = TypeVar("_Model", bound=BaseModel)

MAX_LISTED_PROBLEMS = 1_000
#: The schemas of articles, by name: this module may not import them.
_ARTICLES = ("Article", "TagRequest")
_NO_ARTICLE = 'must be a JSON object with the fields of an article. Fix: write it as {"headline": "...", "body": "..."}'
_NO_OBJECT = "must be an object with named fields. Fix: put its fields in braces"
_GZIP = b"\x1f\x8b"
#: Escapes in JSON: escaped backslashes, a whole pair of surrogates, or half of one.
_SURROGATES = re.compile(
    rb"(?:\\\\)++|\\u[dD](?:[89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>[89a-fA-F][0-9a-fA-F]{2}))"
)
#: Parses JSON in UTF-8, for callers that see nearly nothing else. For a ValueError call `repaired_json`.
valid_json: Callable[[bytes], Any] = partial(
    jiter.from_json, allow_inf_nan=False, cache_mode="none", catch_duplicate_keys=True
)


def parse_json(data: bytes) -> Any:
    r"""Parse JSON in UTF-8.

    A byte order mark before it is passed over. Half a character, such as ``\ud83d`` where a text was cut within an
    emoji, is read as U+FFFD, as browsers do.

    Raises
    ------
    MalformedInputError
        If it is not JSON in UTF-8, has a field twice, or is nested more than 200 levels deep; the message
        names the place.
    """
    try:
        return valid_json(data)
    except ValueError as error:
        return repaired_json(data, error)


def repaired_json(data: bytes, error: ValueError) -> Any:
    """Return what `parse_json` does, for JSON that `valid_json` refuses with an error.

    Raises
    ------
    MalformedInputError
        As `parse_json`.
    """
    try:
        return _parse_repaired(data, str(error))
    except ValueError as second:
        raise MalformedInputError(_reason(str(second), data)) from None


def _parse_repaired(data: bytes, message: str) -> Any:
    if data.startswith(codecs.BOM_UTF8):
        data = data.removeprefix(codecs.BOM_UTF8)
        try:
            return valid_json(data)
        except ValueError as error:
            message = str(error)
    if "hex escape" not in message:
        raise ValueError(message)
    return valid_json(_SURROGATES.sub(_whole, data))


def _whole(found: re.Match[bytes]) -> bytes:
    return found[0] if found["half"] is None else rb"\ufffd"


def _reason(message: str, data: bytes) -> str:
    if data.startswith(_GZIP):
        return "compressed with gzip. Fix: unpack it, or for HTTP add “Content-Encoding: gzip”"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:2]:
        return "not valid JSON in UTF-8, because it is in UTF-16. Fix: write it as UTF-8"
    if found := re.fullmatch(r'Detected duplicate key "(.*)" at (line \d+ column \d+)', message, re.DOTALL):
        return f"the field {_shown_name(found[1])} is given twice, at {found[2]}. Fix: leave one out"
    if found := re.fullmatch(r"recursion limit exceeded at (line \d+ column \d+)", message):
        return f"nested too deeply, at {found[1]}: at most 200 levels are allowed. Fix: nest it less"
    if found := re.fullmatch(r"invalid unicode code point at (line \d+ column \d+)", message):
        return f"not valid JSON in UTF-8: bytes that are not UTF-8, at {found[1]}. Fix: write it as UTF-8"
    return f"not valid JSON in UTF-8: {message}. Fix: correct it at that place"


def read_as_meant(model: type[_Model], sent: Any, meant: Any, error: ValidationError) -> _Model:
    """Return the model in the value ``meant`` by a sender, after the value ``sent`` was refused with an error.

    Raises
    ------
    InvalidInputError
        If both are the same, or both are wrong; the error names each field.
    """
    if meant is sent:
        raise schema_error(error) from None
    try:
        return model.model_validate(meant)
    except ValidationError as second:
        raise schema_error(second) from None


def schema_error(error: ValidationError, *, fixes: bool = True) -> InvalidInputError:
    """Turn pydantic's error into our own, which names each field and shows no input.

    Parameters
    ----------
    error : ValidationError
    fixes : bool
        Whether each field comes with its fix. Leave them out if the message that is made of the error has one of its
        own.
    """
    if error.error_count() > MAX_LISTED_PROBLEMS:  # naming each would take more memory than the input
        detail = f"{error.error_count():,} validation errors, too many to list. Fix: check that this is the right data"
        return InvalidInputError([FieldProblem("", detail)])
    entries = error.errors(include_url=False, include_context=True, include_input=False)
    found = [_problem(entry["type"], entry["loc"], entry["msg"], entry.get("ctx", {})) for entry in entries]
    if not fixes:
        found = [FieldProblem(problem.field, problem.detail.partition(". Fix: ")[0]) for problem in found]
    return InvalidInputError(found)


def _problem(kind: str, path: tuple[int | str, ...], message: str, context: Mapping[str, Any]) -> FieldProblem:
    field = ".".join(_shown_name(part) for part in path)
    match kind:
        case "extra_forbidden":
            detail = "unknown field, or another name for a field that is already given. Fix: correct or remove it"
        case "string_too_long":
            detail = f"longer than the {context['max_length']:,} characters allowed. Fix: shorten it"
        case "too_long":
            found, most = context["actual_length"] or "too many", context["max_length"]
            detail = f"has {found} items; at most {most:,} are allowed. Fix: shorten the list"
        case "string_type":
            detail = "must be a string. Fix: give one text, in quotation marks"
        case "tuple_type" | "list_type":
            detail = "must be a list. Fix: put its items in square brackets"
        case "model_type" | "model_attributes_type" | "dict_type":
            detail = _NO_ARTICLE if context.get("class_name") in _ARTICLES else _NO_OBJECT
        case "string_unicode":
            detail = "contains half of a surrogate pair, which is not valid Unicode. Fix: remove that character"
        case "string_pattern_mismatch" if r"\x00" in context["pattern"]:
            detail = "must not contain control characters. Fix: remove them"
        case "value_error":
            detail = str(context["error"])
        case "missing":
            detail = "missing. Fix: add it"
        case _:
            detail = re.sub(r"^\w+ should ", "must ", message) + ". Fix: correct it"
    return FieldProblem(field, detail)


def _shown_name(part: int | str) -> str:
    """Return a step of the path to a field; a long name is not shown, because it may be text."""
    name = str(part)
    return name if len(name) <= SHOWN_VALUE_LENGTH else f"a name of {len(name):,} characters"


@contextmanager
def memory_errors_unwrapped() -> Iterator[None]:
    """Raise a MemoryError as such: pydantic wraps an error in a serializer of ours, which fails for no other reason."""
    try:
        yield
    except PydanticSerializationError as error:
        raise MemoryError(str(error)) from None
