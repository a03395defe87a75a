"""Scores: the tags of many articles at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scores:
    """What a model makes of articles; all three of shape (n_articles, n_sections).

    ``probabilities`` are float64; ``suggested`` are the tags that an editor would see, ``applied`` those among them
    that would go without one.
    """

    probabilities: NDArray[np.float64]
    suggested: NDArray[np.bool_]
    applied: NDArray[np.bool_]
