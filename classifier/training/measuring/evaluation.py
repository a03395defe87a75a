"""How good decisions are: precision, recall and F1 per section, micro and macro."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Score:
    """Counts of decisions against labels, and what follows from them; a ratio of nothing to nothing is 0."""

    support: int
    predicted: int
    correct: int

    @property
    def precision(self) -> float:
        """Share of the given tags that are right."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the right tags that are given."""
        return self.correct / self.support if self.support else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.correct / (self.support + self.predicted) if self.support + self.predicted else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return counts and ratios as plain JSON values."""
        return {**asdict(self), "precision": self.precision, "recall": self.recall, "f1": self.f1}


@dataclass(frozen=True)
class Evaluation:
    """Decisions against labels: one score a section, all tags together, and articles with no section as an outcome.

    ``none`` counts articles, not tags: those that have no section, those given none, and those of which both hold.
    """

    sections: tuple[Score, ...]
    micro: Score
    none: Score

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the sections that occur, as a label or as a tag; that of others would say nothing of the tags."""
        occurring = [score.f1 for score in self.sections if score.support or score.predicted]
        return float(np.mean(occurring)) if occurring else 0.0


def evaluate(decisions: NDArray[np.bool_], labels: NDArray[np.bool_]) -> Evaluation:
    """Score decisions against labels, both of shape (n_articles, n_sections)."""
    return Evaluation(
        sections=tuple(_score(decisions[:, s], labels[:, s]) for s in range(labels.shape[1])),
        micro=_score(decisions, labels),
        none=_score(_is_empty(decisions), _is_empty(labels)),
    )


def article_f1(decisions: NDArray[np.bool_], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return each article's F1, of shape (n_articles,); rightly giving no tags is worth 1.

    The example-based F1 of Godbole and Sarawagi (2004) is the mean of these.
    """
    correct = (decisions & labels).sum(axis=1)
    total = decisions.sum(axis=1) + labels.sum(axis=1)
    return np.where(total > 0, 2 * correct / np.maximum(total, 1), 1.0)


def _is_empty(rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(~rows.any(axis=1), dtype=np.bool_)


def _score(decisions: NDArray[np.bool_], labels: NDArray[np.bool_]) -> Score:
    return Score(int(labels.sum()), int(decisions.sum()), int((decisions & labels).sum()))
