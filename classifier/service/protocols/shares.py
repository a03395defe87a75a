"""The distribution of a choice: section probabilities, which overlap, turned into shares of options, which do not.

The most probable option keeps its probability, to the digit. The others share the rest in proportion to theirs, so each
gets at most its own. Of the forms that were tried, this one is calibrated best: docs/decisions/0049-protocols.md.
"""

import math
from collections.abc import Sequence


def shares(probabilities: Sequence[float], *, with_none: bool) -> list[float]:
    """Return the share of each option; they add up to 1.

    Parameters
    ----------
    probabilities : sequence of float
        The probability of each option that stands for sections, from 0 to 1.
    with_none : bool
        Whether "none of these" is an option too: its probability is the product of those against each of the others,
        and its share comes last. Without it, some option is right, and all probabilities are taken under that
        condition.
    """
    none = math.prod(1.0 - p for p in probabilities)
    # 1 - none would lose the digits of small probabilities
    some = 1.0 if none == 0 else -math.expm1(math.fsum(math.log1p(-p) for p in probabilities))
    if with_none:
        found = [*probabilities, none]
    elif some > 0:
        found = [min(1.0, p / some) for p in probabilities]
    else:
        return [1.0 / len(probabilities)] * len(probabilities)
    top = max(range(len(found)), key=found.__getitem__)
    kept = found[top]
    rest = math.fsum(found) - kept
    factor = min(1.0, (1.0 - kept) / rest) if rest > 0 else 0.0
    return [kept if i == top else p * factor for i, p in enumerate(found)]


def confidence(found: Sequence[float]) -> float:
    """Return how far the largest share lies above equal shares: 0 if all are equal, 1 if it has everything.

    For n options it is ``(max - 1/n) / (1 - 1/n)``, as the first provider of System One computes it; 1 for one option.
    """
    n = len(found)
    return 1.0 if n < 2 else min(1.0, max(0.0, (max(found) * n - 1) / (n - 1)))
