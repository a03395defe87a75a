"""The quality of tags by the length of the text: under 30, 30 to 59, 60 to 119, and 120 words and more.

Each article counts as it stands in the class of its length. In each shorter class it counts once more, cut short: to
its headline (its first 12 words if it has none) for the first class, to its first 50 or 100 words for the next two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.rules.lengths import MEASURED_BOUNDS
from classifier.rules.tagging import Predictions
from classifier.training.fitting.lengths.cut_margins import HEADLINE, WORDS_OF_HEADLINE, CutMargins
from classifier.training.measuring.evaluation import Score, evaluate
from classifier.training.measuring.probability import brier, expected_calibration_error, reliability

#: The length of the cuts that stand for each class, None for whole articles only.
_CUT_OF_CLASS = (HEADLINE, 50, 100, None)


@dataclass(frozen=True)
class LengthQuality:
    """The quality of the tags of texts of ``words_from`` to fewer than ``words_below`` words (None: no limit).

    ``cut`` is the length of the cuts, `HEADLINE` for headlines alone, None if there are none; ``n_cut`` of the
    ``n_texts`` texts are cuts, the others are articles as they stand. ``n_openings`` of the cuts are the first words of
    articles without a headline. ``sections`` and ``applied_sections`` are in the order of the columns.
    ``calibration_error`` is None if no probability is above 0.01, ``brier`` without texts.
    """

    words_from: int
    words_below: int | None
    cut: int | None
    n_texts: int
    n_cut: int
    n_openings: int
    micro: Score
    macro_f1: float
    applied: Score
    brier: float | None
    calibration_error: float | None
    sections: tuple[Score, ...]
    applied_sections: tuple[Score, ...]

    @property
    def words(self) -> str:
        """The lengths in words, such as “30 to 59 words”."""
        if self.words_below is None:
            return f"{self.words_from} words and more"
        if not self.words_from:
            return f"under {self.words_below} words"
        return f"{self.words_from} to {self.words_below - 1} words"

    @property
    def texts(self) -> str:
        """What the texts are, in words."""
        if not self.n_cut:
            return "articles"
        n_articles = self.n_texts - self.n_cut
        short = f", and {n_articles:,} short {'article' if n_articles == 1 else 'articles'}" if n_articles else ""
        return f"{self.cuts}{short}"

    @property
    def cuts(self) -> str:
        """What the cuts are, in words; empty if there are none."""
        if not self.n_cut:
            return ""
        if self.cut != HEADLINE:
            return f"first {self.cut} words of articles"
        if not self.n_openings:
            return "headlines alone"
        opening = f"first {WORDS_OF_HEADLINE} words"
        if self.n_openings == self.n_cut:
            return f"{opening} of articles (no headlines)"
        return f"headlines, or the {opening} where there is none"

    @property
    def applied_share(self) -> float:
        """The share of suggested tags that are applied without an editor."""
        return self.applied.predicted / self.micro.predicted if self.micro.predicted else 0.0

    def to_json(self, section_ids: Sequence[str]) -> dict[str, Any]:
        """Return the figures as plain JSON values; a figure that does not exist is None."""
        has_f1 = self.micro.support + self.micro.predicted > 0
        return {
            "words_from": self.words_from,
            "words_below": self.words_below,
            "texts": self.n_texts,
            "cut": {
                "texts": self.n_cut,
                "to": "headline" if self.cut == HEADLINE else self.cut,
                **({"without_headline": self.n_openings} if self.n_openings else {}),
            },
            "micro": self.micro.to_json(),
            "macro_f1": self.macro_f1 if has_f1 else None,
            "brier": self.brier,
            "calibration_error": self.calibration_error,
            "applied": {
                **self.applied.to_json(),
                "share_of_suggested": self.applied_share if self.micro.predicted else None,
            },
            "sections": {
                name: {**score.to_json(), "applied": applied.to_json()}
                for name, score, applied in zip(section_ids, self.sections, self.applied_sections, strict=True)
            },
        }


def assess_lengths(
    whole: Predictions,
    n_words: NDArray[np.int64],
    labels: NDArray[np.bool_],
    cuts: CutMargins | None = None,
    of_cuts: Sequence[Predictions] = (),
) -> tuple[LengthQuality, ...]:
    """Measure the quality of tags for each class of lengths, the shortest texts first.

    Parameters
    ----------
    whole : Predictions
        Of articles as they stand: arrays of shape (n_articles, n_trained).
    n_words : int64 array of shape (n_articles,)
        Their lengths.
    labels : bool array of shape (n_articles, n_sections)
        The columns after the trained sections are sections that the model cannot give.
    cuts : CutMargins, optional
        The articles cut short; their ``rows`` are rows of ``labels``.
    of_cuts : sequence of Predictions
        For each length of ``cuts``.
    """
    ends = (*MEASURED_BOUNDS, None)
    found = []
    for low, high, cut in zip((0, *MEASURED_BOUNDS), ends, _CUT_OF_CLASS, strict=True):
        most = np.iinfo(np.int64).max if high is None else high
        rows = np.flatnonzero((n_words >= low) & (n_words < most))
        parts, right = [_taken(whole, rows)], [labels[rows]]
        n_cut = n_openings = 0
        if cuts is not None and cut is not None and cut in cuts.lengths:
            k = cuts.lengths.index(cut)
            lengths = cuts.n_words[k]
            which = np.flatnonzero(cuts.exist(k) & (lengths >= low) & (lengths < most) & (n_words[cuts.rows] >= most))
            parts.append(_taken(of_cuts[k], which))
            right.append(labels[cuts.rows[which]])
            n_cut = len(which)
            n_openings = 0 if cut != HEADLINE else int(np.count_nonzero(~cuts.has_headline[which]))
        joined, joined_right = _joined(parts), np.concatenate(right)
        found.append(_quality(low, high, cut if n_cut else None, n_cut, n_openings, joined, joined_right))
    return tuple(found)


def _quality(
    low: int,
    high: int | None,
    cut: int | None,
    n_cut: int,
    n_openings: int,
    found: Predictions,
    labels: NDArray[np.bool_],
) -> LengthQuality:
    suggested, applied = evaluate(found.suggested, labels), evaluate(found.applied, labels)
    trained = labels[:, : found.probabilities.shape[1]]
    return LengthQuality(
        words_from=low,
        words_below=high,
        cut=cut,
        n_texts=len(labels),
        n_cut=n_cut,
        n_openings=n_openings,
        micro=suggested.micro,
        macro_f1=suggested.macro_f1,
        applied=applied.micro,
        brier=brier(found.probabilities, trained),
        calibration_error=expected_calibration_error(reliability(found.probabilities, trained)),
        sections=suggested.sections,
        applied_sections=applied.sections,
    )


def _taken(found: Predictions, rows: NDArray[np.int64]) -> Predictions:
    return Predictions(found.probabilities[rows], found.suggested[rows], found.applied[rows])


def _joined(parts: Sequence[Predictions]) -> Predictions:
    return Predictions(
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.suggested for part in parts]),
        np.concatenate([part.applied for part in parts]),
    )
