"""What pydantic finds wrong with an input, in our own words: each field named, no input shown."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from classifier.errors import SHOWN_VALUE_LENGTH, FieldProblem, InvalidInputError, MalformedInputError


def schema_error(error: ValidationError) -> MalformedInputError | InvalidInputError:
    """Return our own error for pydantic's, with each field named and no input shown."""
    entries = error.errors(include_url=False, include_context=True, include_input=False)
    if entries[0]["type"] == "json_invalid":
        reason = str(entries[0]["ctx"]["error"])
        return MalformedInputError(f"not valid JSON in UTF-8: {reason}")
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
        case "value_error":
            detail = str(context["error"])
        case _:
            detail = message
    return FieldProblem(field, detail)


def _shown_name(part: int | str) -> str:
    """Return a step of the path to a field; a name of the sender's own that is long may be text, and is not shown."""
    name = str(part)
    return name if len(name) <= SHOWN_VALUE_LENGTH else f"a name of {len(name):,} characters"
