"""The comparison of two models on the same articles: differences with 95 % intervals, by a paired bootstrap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.training.measuring.bootstrap import Interval, interval_of, ratio, resampled_sums
from classifier.training.measuring.evaluation import article_f1


@dataclass(frozen=True)
class Difference:
    """A figure of two models, and the second minus the first."""

    first: float
    second: float
    difference: Interval

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values."""
        return {"first": self.first, "second": self.second, "difference": self.difference.to_json()}


@dataclass(frozen=True)
class Comparison:
    """The differences between a first and a second model.

    ``sections`` gives the difference of F1 by id. ``won`` and ``lost`` are the row numbers of the articles that the
    second model tags better or worse than the first; the articles that changed most come first.
    """

    n_articles: int
    n_stories: int
    micro_f1: Difference
    macro_f1: Difference
    article_f1: Difference
    sections: dict[str, Difference]
    support: dict[str, int]
    won: tuple[int, ...]
    lost: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values, articles as counts."""
        return {
            "articles": self.n_articles,
            "stories": self.n_stories,
            "micro_f1": self.micro_f1.to_json(),
            "macro_f1": self.macro_f1.to_json(),
            "article_f1": self.article_f1.to_json(),
            "sections": {
                name: {"support": self.support[name], **item.to_json()} for name, item in self.sections.items()
            },
            "won": len(self.won),
            "lost": len(self.lost),
        }


def compare_tags(
    first: NDArray[np.bool_],
    second: NDArray[np.bool_],
    labels: NDArray[np.bool_],
    stories: NDArray[np.int64],
    section_ids: Sequence[str],
    seed: int,
    judged: NDArray[np.bool_] | None = None,
) -> Comparison:
    """Compare the tags of two models.

    Both are scored on the same resamples of stories (Efron and Tibshirani, 1993): if a resample is easy or hard for
    both models, that cancels out.

    Parameters
    ----------
    first, second, labels : bool arrays of shape (n_articles, n_sections)
    stories : int64 array of shape (n_articles,)
    section_ids : sequence of str
    seed : int
    judged : bool array of shape (n_articles, n_sections), optional
        The pairs of article and section that count, by default all.
    """
    counted = np.ones_like(labels) if judged is None else judged
    labels, first, second = labels & counted, first & counted, second & counted
    n_sections = labels.shape[1]
    columns = [labels, *(part for given in (first, second) for part in (given & labels, given))]
    per_article = [article_f1(given, labels)[:, None] for given in (first, second)]
    table = np.column_stack([*columns, *per_article, np.ones(len(labels))]).astype(np.float64)
    sums = resampled_sums(table, stories, seed)
    right, hits_1, given_1, hits_2, given_2 = (sums[:, k * n_sections : (k + 1) * n_sections] for k in range(5))
    f1 = [ratio(2 * hits, given + right) for hits, given in ((hits_1, given_1), (hits_2, given_2))]
    micro = [
        ratio(2 * hits.sum(axis=1), (given + right).sum(axis=1))
        for hits, given in ((hits_1, given_1), (hits_2, given_2))
    ]
    used = (right[0] + given_1[0] + given_2[0]) > 0
    macro = [part[:, used].mean(axis=1) if used.any() else np.zeros(len(part)) for part in f1]
    won, lost = _won_and_lost(first, second, labels)
    return Comparison(
        n_articles=len(labels),
        n_stories=len(np.unique(stories)),
        micro_f1=_difference(micro[0], micro[1]),
        macro_f1=_difference(macro[0], macro[1]),
        article_f1=_difference(ratio(sums[:, -3], sums[:, -1]), ratio(sums[:, -2], sums[:, -1])),
        sections={name: _difference(f1[0][:, s], f1[1][:, s]) for s, name in enumerate(section_ids) if used[s]},
        support={name: int(right[0, s]) for s, name in enumerate(section_ids) if used[s]},
        won=won,
        lost=lost,
    )


def _difference(first: NDArray[np.float64], second: NDArray[np.float64]) -> Difference:
    return Difference(float(first[0]), float(second[0]), interval_of(second - first))


def _won_and_lost(
    first: NDArray[np.bool_], second: NDArray[np.bool_], labels: NDArray[np.bool_]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    gained = (first != labels).sum(axis=1) - (second != labels).sum(axis=1)
    order = np.argsort(-np.abs(gained), kind="stable")
    return tuple(int(i) for i in order if gained[i] > 0), tuple(int(i) for i in order if gained[i] < 0)
