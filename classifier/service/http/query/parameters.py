"""The parameters of a query: their names and values, with messages made from the contract."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from classifier.errors import FieldProblem, InvalidInputError, shown
from classifier.service.present import this_request

_Schema = TypeVar("_Schema", bound=BaseModel)


def check_names(*known: str) -> None:
    """Refuse a query with other parameters than these.

    Raises
    ------
    InvalidInputError
        It names each one, unless it is long or has control characters.
    """
    call = this_request()
    if not call.query_string:
        return
    fix = f"use only {_listed(known, 'and')}" if known else "leave it out, because this route has no parameters"
    unknown = [f"unknown parameter {shown(name)}. Fix: {fix}" for name in call.args if name not in known]
    if unknown:
        raise InvalidInputError([FieldProblem("query", detail) for detail in unknown])


def read_parameters(schema: type[_Schema], contract: Sequence[Mapping[str, Any]], *others: str) -> _Schema:
    """Return the query of the request, read as a schema.

    Parameters
    ----------
    schema : type
    contract : sequence of mappings
        What the contract says of each parameter of the schema.
    *others : str
        Parameters that are read elsewhere.

    Raises
    ------
    InvalidInputError
        If a parameter is unknown, given twice, or its value cannot be used.
    """
    by_name = {parameter["name"]: parameter for parameter in contract}
    check_names(*by_name, *others)
    given = {name: values for name, values in this_request().args.lists() if name in by_name}
    if twice := [name for name, values in given.items() if len(values) > 1]:
        raise InvalidInputError([FieldProblem(name, "given twice. Fix: send it once") for name in twice])
    try:
        return schema.model_validate({name: values[0] for name, values in given.items()})
    except ValidationError as error:
        wrong = dict.fromkeys(str(entry["loc"][0]) for entry in error.errors(include_input=False))
        raise InvalidInputError([FieldProblem(name, _expected(by_name[name])) for name in wrong]) from None


def _listed(names: Sequence[str], last: str) -> str:
    *first, end = map(shown, names)
    return f"{', '.join(first)} {last} {end}" if first else end


def _expected(parameter: Mapping[str, Any]) -> str:
    """Return what the contract says of the value of a parameter, and the fix."""
    match parameter["schema"]:
        case {"enum": values}:
            what = f"be {_listed(values, 'or')}"
        case {"type": "integer" | "number" as kind, "minimum": least, "maximum": most}:
            what = f"be a {'whole ' if kind == 'integer' else ''}number from {least:,} to {most:,}"
        case {"format": "date-time"}:
            what = "be a time with its time zone"
        case {"maxLength": most}:
            what = f"have 1 to {most:,} characters"
        case _:
            what = "have another value"
    return f"must {what}. Fix: correct it, as in “{parameter['name']}={parameter['example']}”"
