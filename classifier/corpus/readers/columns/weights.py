"""The weight of an article: by how much its errors count when a model is fitted."""

import math

#: The most that an article may weigh. Any more, and single articles decide.
MAX_WEIGHT = 100.0


def read_weight(value: object) -> float | str:
    """Return the weight in a cell, or what is wrong with it.

    A weight is a number above 0 and at most `MAX_WEIGHT`, or the text of one. Text that is no number is not shown,
    because it may be part of an article.
    """
    fix = f"Fix: give a number above 0 and at most {MAX_WEIGHT:g}, or leave the cell empty for 1"
    try:
        weight = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (ValueError, TypeError, OverflowError):
        return f"not a number. {fix}"
    if math.isnan(weight):
        return f"not a number. {fix}"
    if weight <= 0:
        return f"{weight:g} is not above 0. {fix}; to leave an article out, remove its row"
    return weight if weight <= MAX_WEIGHT else f"{weight:g} is above {MAX_WEIGHT:g}. {fix}"
