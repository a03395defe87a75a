"""What schemathesis is told of the service beyond its contract, by the environment variable SCHEMATHESIS_HOOKS."""

import schemathesis


@schemathesis.hook
def filter_case(_context, case):
    """Leave out text bodies that should be refused for their type: whatever is sent as text is a text."""
    text = (case.media_type or "").startswith("text/")
    return not (text and case.meta.generation.mode.is_negative)
