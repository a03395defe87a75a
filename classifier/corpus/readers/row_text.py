"""The text of a row whose cells are values: JSON without NaN and infinity, which Python would write as well."""

import json
import math
from typing import Any


def cells_as_json(cells: Any, *, ensure_ascii: bool = False) -> str:
    """Return the cells of a row as JSON: null for NaN and infinity, text for values that JSON lacks, such as dates.

    With ``ensure_ascii``, half a character of a pair stays as it was escaped.

    Raises
    ------
    ValueError, TypeError, RecursionError
        If a value holds itself, a key is of a kind that JSON lacks, or values are nested too deeply.
    """
    try:
        return json.dumps(cells, default=str, ensure_ascii=ensure_ascii, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(cells), default=str, ensure_ascii=ensure_ascii, allow_nan=False)


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {name: _finite(item) for name, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
    return value
