"""reliability.json: how often a section's out-of-fold probabilities are right, as counts of training articles.

The file is kept in a version's folder. With it, probabilities on an archive can be corrected for the errors that the
model makes, without the training articles.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.errors import DamagedModelError, ModelError, unreadable_as

RELIABILITY_FILE = "reliability.json"
N_BINS = 120
#: Probabilities closer to 0 or 1 than this are counted in the outermost bins.
LEAST = 1e-5
_END = float(np.log((1 - LEAST) / LEAST))
_WIDTH = 2 * _END / N_BINS
#: The logit in the middle of each bin.
BIN_LOGITS = np.linspace(-_END + _WIDTH / 2, _END - _WIDTH / 2, N_BINS)


@dataclass(frozen=True)
class ProbabilityCounts:
    """Training articles by their out-of-fold probability of a section: with the section, and without it.

    Both arrays are int64 of shape (`N_BINS`,); the bins are of equal width in the logit, the lowest first.
    """

    labelled: NDArray[np.int64]
    others: NDArray[np.int64]


def bins_of(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the bin of each probability, an int64 array of the same shape."""
    p = np.clip(probabilities, LEAST, 1 - LEAST)
    places = np.floor((np.log(p) - np.log1p(-p) + _END) / _WIDTH).astype(np.int64)
    return np.clip(places, 0, N_BINS - 1)


def count_probabilities(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> list[ProbabilityCounts]:
    """Count the articles of each bin and section; both arrays have the shape (n_articles, n_sections)."""
    bins = bins_of(probabilities)
    return [
        ProbabilityCounts(np.bincount(own[y], minlength=N_BINS), np.bincount(own[~y], minlength=N_BINS))
        for own, y in zip(bins.T, labels.T, strict=True)
    ]


def reliability_text(section_ids: Sequence[str], probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> str:
    """Return the content of reliability.json: for each section the bins with articles, and the articles in them."""
    found = {
        name: [[b, int(counts.labelled[b]), int(counts.others[b])] for b in _occupied(counts)]
        for name, counts in zip(section_ids, count_probabilities(probabilities, labels), strict=True)
    }
    return json.dumps({"bins": N_BINS, "least": LEAST, "sections": found}, allow_nan=False) + "\n"


def _occupied(counts: ProbabilityCounts) -> list[int]:
    occupied: list[int] = np.flatnonzero(counts.labelled + counts.others).tolist()
    return occupied


def read_reliability(folder: Path) -> Mapping[str, ProbabilityCounts]:
    """Return the counts of a version by section.

    Raises
    ------
    ModelError
        If the version was trained before such counts were kept.
    DamagedModelError
        If the file is not one that training wrote.
    """
    path = folder / RELIABILITY_FILE
    if not path.exists():
        raise ModelError(
            f"{folder.name} has no {RELIABILITY_FILE}, which shares are corrected with: it was trained by an earlier "
            "version of Copydesk. Fix: train again"
        )
    with unreadable_as(DamagedModelError, f"{path} cannot be read"):
        text = path.read_text(encoding="utf-8")
    try:
        data = json.loads(text)
        found = {name: _counts(rows) for name, rows in data["sections"].items()}
        is_known = (data["bins"], data["least"]) == (N_BINS, LEAST)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        found, is_known = {}, False
    if not is_known:
        raise DamagedModelError(f"{path} is damaged, or was not written by training. Fix: train again")
    return found


def _counts(rows: Sequence[tuple[int, int, int]]) -> ProbabilityCounts:
    labelled, others = np.zeros((2, N_BINS), np.int64)
    for place, n_labelled, n_others in rows:
        labelled[place], others[place] = n_labelled, n_others
    return ProbabilityCounts(labelled, others)
