"""The reasons for a tag: its logit split into the shares of the article's terms."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.rules.tagging import PlattScaling

MAX_EVIDENCE = 10


@dataclass(frozen=True, slots=True)
class LogitSplit:
    """A section's logit for an article, and what each known term of the article adds to it.

    ``shares`` is a float64 array of shape (n_terms,): slope times TF-IDF value times weight. A share below 0 speaks
    against the section. What the shares leave of ``logit`` is the intercept and the offset.
    """

    logit: float
    shares: NDArray[np.float64]

    def strongest(self, most: int = MAX_EVIDENCE) -> NDArray[np.int64]:
        """Return the places of the terms with the largest shares, for or against; an int64 array, largest first."""
        return np.argsort(-np.abs(self.shares), kind="stable")[:most]

    def strongest_for(self, most: int) -> NDArray[np.int64]:
        """Return the places of the terms that speak most for the section, as `strongest`."""
        return np.argsort(-self.shares, kind="stable")[:most]

    def strongest_against(self, most: int) -> NDArray[np.int64]:
        """Return the places of the terms that speak most against the section, as `strongest`."""
        return np.argsort(self.shares, kind="stable")[:most]

    def rest(self, places: NDArray[np.int64]) -> float:
        """Return the part of the logit that the shares at these places do not explain."""
        return self.logit - math.fsum(self.shares[places].tolist())


def split_logit(
    margin: float, scaling: PlattScaling, values: NDArray[np.float64], weights: NDArray[np.floating]
) -> LogitSplit:
    """Split a section's logit into the shares of an article's terms.

    Parameters
    ----------
    margin : float
    scaling : PlattScaling
        The section's calibration.
    values : float64 array of shape (n_terms,)
        The TF-IDF value of each known term of the article.
    weights : float array of shape (n_terms,)
        The section's weight for each of these terms.
    """
    return LogitSplit(scaling.slope * margin + scaling.offset, scaling.slope * values * weights)
