"""Reading JSON, and what is wrong with an input, in our own words: each field named, no input shown."""

import re
from collections.abc import Mapping
from typing import Any

import jiter
from pydantic import ValidationError

from classifier.errors import SHOWN_VALUE_LENGTH, FieldProblem, InvalidInputError, MalformedInputError

MAX_LISTED_PROBLEMS = 1_000


def parse_json(data: bytes) -> Any:
    """Return what JSON in UTF-8 says.

    Raises
    ------
    MalformedInputError
        If it is not that, names a field of an object twice, or is nested more than 200 deep; it says where.
    """
    try:
        return jiter.from_json(data, allow_inf_nan=False, cache_mode="none", catch_duplicate_keys=True)
    except ValueError as error:
        raise MalformedInputError(_reason(str(error))) from None


def _reason(message: str) -> str:
    if found := re.fullmatch(r'Detected duplicate key "(.*)" at (line \d+ column \d+)', message, re.DOTALL):
        return f"the field {_shown_name(found[1])} is given twice, at {found[2]}; leave one of them out"
    if found := re.fullmatch(r"recursion limit exceeded at (line \d+ column \d+)", message):
        return f"nested too deep, at {found[1]}; lists and objects in each other may go 200 deep"
    return f"not valid JSON in UTF-8: {message}"


def schema_error(error: ValidationError) -> InvalidInputError:
    """Return our own error for pydantic's, with each field named and no input shown."""
    if error.error_count() > MAX_LISTED_PROBLEMS:  # naming each would take more memory than the input
        return InvalidInputError([FieldProblem("", f"{error.error_count():,} things are wrong: too many to list")])
    entries = error.errors(include_url=False, include_context=True, include_input=False)
    return InvalidInputError(
        [_problem(entry["type"], entry["loc"], entry["msg"], entry.get("ctx", {})) for entry in entries]
    )


def _problem(kind: str, path: tuple[int | str, ...], message: str, context: Mapping[str, Any]) -> FieldProblem:
    field = ".".join(_shown_name(part) for part in path)
    match kind:
        case "extra_forbidden":
            detail = "unknown field, or a second name for a field already given"
        case "string_too_long":
            detail = f"longer than the {context['max_length']:,} characters allowed"
        case "too_long":
            detail = f"{context['actual_length'] or 'more'} items; at most {context['max_length']:,} are allowed"
        case "string_type":
            detail = "must be text"
        case "tuple_type" | "list_type":
            detail = "must be a list of texts"
        case "model_type" | "model_attributes_type" | "dict_type":
            detail = "must be a JSON object with the fields of an article"
        case "string_unicode":
            detail = "holds a lone surrogate, which is not valid Unicode"
        case "string_pattern_mismatch" if r"\x00" in context["pattern"]:
            detail = "must not hold control characters"
        case "value_error":
            detail = str(context["error"])
        case _:
            detail = message
    return FieldProblem(field, detail)


def _shown_name(part: int | str) -> str:
    """Return a step of the path to a field; a name of the sender's own that is long may be text, and is not shown."""
    name = str(part)
    return name if len(name) <= SHOWN_VALUE_LENGTH else f"a name of {len(name):,} characters"
