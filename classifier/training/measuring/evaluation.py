"""The quality of tags: precision, recall and F1 by section, micro and macro.

Labels that a model cannot give count as missed: its tags may have fewer columns than the labels.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_Value = TypeVar("_Value", np.bool_, np.float64)


@dataclass(frozen=True)
class Score:
    """Counts of tags and labels, and the ratios that follow from them; 0 divided by 0 is 0.

    ``support`` counts labels, ``predicted`` tags, and ``correct`` the tags that are also labels.
    """

    support: int
    predicted: int
    correct: int

    @property
    def precision(self) -> float:
        """The share of the tags that are right."""
        return self.correct / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of the labels that are found."""
        return self.correct / self.support if self.support else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.correct / (self.support + self.predicted) if self.support + self.predicted else 0.0

    @property
    def occurs(self) -> bool:
        """Whether there is a label or a tag; without one there is no F1."""
        return bool(self.support or self.predicted)

    @property
    def undefined(self) -> dict[str, str]:
        """Why a ratio does not exist, by its name; empty if all three do."""
        reasons = {
            "precision": "" if self.predicted else "no tags",
            "recall": "" if self.support else "no labels",
            "f1": "" if self.occurs else "neither labels nor tags",
        }
        return {name: why for name, why in reasons.items() if why}

    def to_json(self) -> dict[str, Any]:
        """Return counts and ratios as plain JSON values; a ratio that has nothing to divide by is None, with a reason.

        The reasons are in ``undefined``, which is left out if there is none.
        """
        ratios = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        why = self.undefined
        defined = {name: None if name in why else value for name, value in ratios.items()}
        return {**asdict(self), **defined, **({"undefined": why} if why else {})}


@dataclass(frozen=True)
class Evaluation:
    """The scores of tags: one for each section, one for all together, one for articles without a section.

    ``none`` counts articles, not tags: its support are the articles without labels, its predictions the articles
    without tags.
    """

    sections: tuple[Score, ...]
    micro: Score
    none: Score

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the sections that occur as a label or as a tag; other sections show nothing about the tags."""
        return macro_f1(self.sections)


def macro_f1(scores: Iterable[Score]) -> float:
    """Return the mean F1 of the sections that occur as a label or as a tag; 0 if none does."""
    occurring = [score.f1 for score in scores if score.support or score.predicted]
    return float(np.mean(occurring)) if occurring else 0.0


def widened(values: NDArray[_Value], n_sections: int) -> NDArray[_Value]:
    """Return tags or probabilities with a column of zeros for each further section: the model cannot give these.

    Parameters
    ----------
    values : array of shape (n_articles, n_trained)
        The trained sections come first in every array.
    n_sections : int
        At least n_trained.
    """
    n_more = n_sections - values.shape[1]
    return np.column_stack([values, np.zeros((len(values), n_more), values.dtype)]) if n_more else values


def evaluate(tags: NDArray[np.bool_], labels: NDArray[np.bool_]) -> Evaluation:
    """Score tags by labels.

    Parameters
    ----------
    tags : bool array of shape (n_articles, n_trained)
    labels : bool array of shape (n_articles, n_sections)
        The columns after those of ``tags`` are sections that the model cannot give.
    """
    tags = widened(tags, labels.shape[1])
    counts = (flags.sum(axis=0).tolist() for flags in (labels, tags, tags & labels))
    return Evaluation(
        sections=tuple(Score(*of_section) for of_section in zip(*counts, strict=True)),
        micro=_score(tags, labels),
        none=_score(_is_empty(tags), _is_empty(labels)),
    )


def article_f1(tags: NDArray[np.bool_], labels: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the F1 of each article, a float64 array of shape (n_articles,); 1 for an article rightly without tags.

    The mean of these is the example-based F1 of Godbole and Sarawagi (2004).
    """
    correct = (tags & labels).sum(axis=1)
    total = tags.sum(axis=1) + labels.sum(axis=1)
    return np.where(total > 0, 2 * correct / np.maximum(total, 1), 1.0)


def _is_empty(rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(~rows.any(axis=1), dtype=np.bool_)


def _score(tags: NDArray[np.bool_], labels: NDArray[np.bool_]) -> Score:
    return Score(int(labels.sum()), int(tags.sum()), int((tags & labels).sum()))
