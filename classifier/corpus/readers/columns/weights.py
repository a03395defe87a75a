"""The weight of an article: by how much its errors count when a model is fitted."""

import math
from collections.abc import Iterable

#: The most that an article may weigh. Any more, and single articles decide.
MAX_WEIGHT = 100.0


def read_weight(value: object) -> float | str:
    """Return the weight in a cell, or what is wrong with it.

    A weight is a number above 0 and at most `MAX_WEIGHT`, or the text of one. Other text is not shown,
    because it may be part of an article.
    """
    fix = f"Fix: give a number above 0 and at most {MAX_WEIGHT:g}, or leave the cell empty for 1"
    rename = "rename the column if it holds no weights"
    weight = _number(value)
    if math.isnan(weight):
        return f"not a number. {fix}; {rename}"
    if weight <= 0:
        return f"{weight:g} is not above 0. {fix}; to leave an article out, remove its row"
    return weight if weight <= MAX_WEIGHT else f"{weight:g} is above {MAX_WEIGHT:g}. {fix}; {rename}"


def may_be_weights(values: Iterable[object]) -> bool:
    """Return whether at least half of the values of a column are numbers; true without values."""
    found = [not math.isnan(_number(value)) for value in values]
    return 2 * sum(found) >= len(found)


def _number(value: object) -> float:
    """Return a value as a number, NaN if it is none."""
    try:
        return math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError):
        return math.nan
