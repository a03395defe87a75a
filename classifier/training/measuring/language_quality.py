"""The quality of tags in each language. The thresholds of a model are the same in all of its languages."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.rules.tagging import Predictions
from classifier.training.measuring.bootstrap import Interval, interval_of, ratio, resampled_sums
from classifier.training.measuring.evaluation import Score, evaluate


@dataclass(frozen=True)
class LanguageQuality:
    """The quality of the tags of the articles in one language.

    ``f1`` is the micro-F1 with its interval; ``macro_f1`` is over the sections that occur in the language as a label or
    as a tag. ``support`` counts the articles of each section, in the order of the columns.
    """

    language: str
    n_articles: int
    micro: Score
    f1: Interval
    macro_f1: float
    applied: Score
    support: tuple[int, ...]

    @property
    def applied_share(self) -> float:
        """The share of suggested tags that are applied without an editor."""
        return self.applied.predicted / self.micro.predicted if self.micro.predicted else 0.0

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain JSON values; a figure that does not exist is None."""
        has_f1 = self.micro.occurs
        share = self.applied_share if self.micro.predicted else None
        return {
            "articles": self.n_articles,
            "micro": {**self.micro.to_json(), "f1_interval": [self.f1.low, self.f1.high] if has_f1 else None},
            "macro_f1": self.macro_f1 if has_f1 else None,
            "applied": {**self.applied.to_json(), "share_of_suggested": share},
        }


def assess_languages(
    predictions: Predictions,
    labels: NDArray[np.bool_],
    stories: NDArray[np.int64],
    languages: Sequence[str],
    seed: int,
    whole: Interval,
) -> tuple[LanguageQuality, ...]:
    """Measure the quality of tags in each language, the one with the most articles first.

    Parameters
    ----------
    predictions : Predictions
        Arrays of shape (n_articles, n_sections).
    labels : bool array of shape (n_articles, n_sections)
    stories : int64 array of shape (n_articles,)
    languages : sequence of str
        One for each article; empty for no figures.
    seed : int
        Of the bootstrap.
    whole : Interval
        The micro-F1 of all articles, which is that of the only language if there is one.
    """
    of_article = np.array(languages)
    return tuple(
        _quality(language, of_article == language, predictions, labels, stories, seed, whole)
        for language, _ in Counter(languages).most_common()
    )


def _quality(
    language: str,
    chosen: NDArray[np.bool_],
    predictions: Predictions,
    labels: NDArray[np.bool_],
    stories: NDArray[np.int64],
    seed: int,
    whole: Interval,
) -> LanguageQuality:
    given, right = predictions.suggested[chosen], labels[chosen]
    found = evaluate(given, right)
    return LanguageQuality(
        language=language,
        n_articles=int(chosen.sum()),
        micro=found.micro,
        f1=whole if chosen.all() else _interval(given, right, stories[chosen], seed),
        macro_f1=found.macro_f1,
        applied=evaluate(predictions.applied[chosen], right).micro,
        support=tuple(right.sum(axis=0).tolist()),
    )


def _interval(given: NDArray[np.bool_], right: NDArray[np.bool_], stories: NDArray[np.int64], seed: int) -> Interval:
    columns = np.column_stack([(given & right).sum(axis=1), given.sum(axis=1), right.sum(axis=1)])
    correct, n_given, n_right = resampled_sums(columns.astype(np.float64), stories, seed).T
    return interval_of(ratio(2 * correct, n_given + n_right))
