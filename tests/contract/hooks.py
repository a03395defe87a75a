"""What schemathesis is told of the service beyond its contract, by the environment variable SCHEMATHESIS_HOOKS."""

import schemathesis
from schemathesis.core import INTERNAL_BUFFER_SIZE


@schemathesis.hook
def before_load_schema(_context, raw_schema):
    """Leave out limits of length that no generated text can reach; tests/faults sends texts of that length.

    Put the other way round, as "at least a million and one characters", such a limit ends the run of an operation, or
    keeps it busy without end.
    """
    _leave_out_long_limits(raw_schema)


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
