"""The values in the cells of tables: words for an empty cell, and texts and ids of every type."""

import math
from decimal import Decimal
from typing import Any
from uuid import UUID

#: How programs write an empty cell as text.
_NOTHING = frozenset({"nan", "none", "null", "n/a", "<na>"})
LONGEST_NOTHING = max(map(len, _NOTHING))
_TEXT_KEYS = ("rendered", "raw", "html", "text", "value")


def is_nothing(text: str) -> bool:
    """Return whether a text is only a word that programs write for an empty cell, such as ``nan``."""
    return text.strip().casefold() in _NOTHING


def text_of(cell: Any) -> Any:
    """Return the text of a cell: numbers as written, paragraphs joined; the schema judges all else."""
    if isinstance(cell, list | tuple) and all(isinstance(part, str) for part in cell):
        return "\n\n".join(cell)
    if isinstance(cell, dict):  # as APIs keep a text beside its other forms
        return next((cell[key] for key in _TEXT_KEYS if isinstance(cell.get(key), str)), cell)
    return str(cell) if _is_finite(cell) else cell


def id_of(cell: Any) -> Any:
    """Return an id as text: tables number their rows."""
    if isinstance(cell, UUID):
        return str(cell)
    return str(int(cell)) if _is_finite(cell) and cell % 1 == 0 else cell


def _is_finite(cell: Any) -> bool:
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) and math.isfinite(cell)
