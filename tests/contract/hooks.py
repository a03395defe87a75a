"""What schemathesis is told of the service beyond its contract, by the environment variable SCHEMATHESIS_HOOKS."""

import schemathesis
from schemathesis.core import INTERNAL_BUFFER_SIZE

_CLOSED = ("Changed", "Problem", "ProblemField", "ProtocolError")


@schemathesis.hook
def before_load_schema(_context, raw_schema):
    """Make the schemas as narrow and as wide as the service.

    Limits of length that no generated text can reach are left out; tests/faults sends texts of that length. Put the
    other way round, as "at least a million and one characters", such a limit ends the run of an operation, or keeps it
    busy without end. The contract describes plain objects, for generators of clients: requests may hold more than it
    says, and answers hold nothing else.
    """
    _leave_out_long_limits(raw_schema)
    schemas = raw_schema["components"]["schemas"]
    for name in ("TagRequest", "Feedback"):
        _take_more(schemas[name])
    schemas["NinjsRequest"]["properties"] = {}  # a field of another kind is passed over
    for name in ("SystemOneRequest", "DecisionsRequest"):
        _take_any_json(schemas[name], "state", "input", "model", "explain", "set")
        schemas[name]["required"].remove("model")
    for name in ("SystemOneQuestion", "DecisionQuestion", "DecisionOption"):
        _take_any_json(schemas[name], "instructions", "criteria", "choices", "description", "name", "explain", "value")
    for name, schema in schemas.items():
        if name.endswith(("Answer", "List", "Version", "Model")) or name in _CLOSED:
            schema["additionalProperties"] = False
    text = raw_schema["paths"]["/v1/tags/text"]["post"]["requestBody"]["content"]["text/plain"]
    text["schema"]["pattern"] = r"\S"


def _take_any_json(schema, *names):
    """Let fields be any JSON: what the service reads of it, and refuses, is for tests/service/protocols."""
    for name in names:
        if name in schema["properties"]:
            schema["properties"][name] = {"examples": schema["properties"][name]["examples"]}


def _take_more(schema):
    fields = schema["properties"]
    fields["published"] = {"anyOf": [{"type": "string", "format": kind} for kind in ("date", "date-time")]}
    if "id" in fields:  # an article
        fields["published"]["anyOf"].append({"type": "string", "pattern": r"^\s*$"})
        for name in fields:
            fields[name] = {"anyOf": [fields[name], {"type": "null"}]}
        fields["id"]["anyOf"].append({"type": "integer"})
        return
    for name in ("article", "revision"):
        fields[name] = {"anyOf": [fields[name], {"type": "integer"}]}
    for name in fields.keys() - {"article", "revision"}:
        fields[name] = {"anyOf": [fields[name], {"type": "null"}]}


def _leave_out_long_limits(schema):
    if isinstance(schema, dict):
        limit = schema.get("maxLength")
        if isinstance(limit, int) and limit >= INTERNAL_BUFFER_SIZE:
            del schema["maxLength"]
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _leave_out_long_limits(inner)


@schemathesis.hook
def filter_case(_context, case):
    """Leave out text bodies that should be refused for their type: whatever is sent as text is a text."""
    text = (case.media_type or "").startswith("text/")
    return not (text and case.meta.generation.mode.is_negative)
