"""Intervals by the bootstrap over stories: all copies of a story are one observation."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.training.measuring.evaluation import widened

RESAMPLES = 1_000
LEVEL = 0.95
_BLOCK = 50
#: Fewer resamples are a block if it would hold more draws of stories than this.
_DRAWN_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Interval:
    """A figure with the bounds of its 95 % interval."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, Any]:
        """Return the interval as plain JSON values."""
        return {"value": self.value, "low": self.low, "high": self.high}

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f}-{self.high:.3f})"


def f1_intervals(
    tags: NDArray[np.bool_], labels: NDArray[np.bool_], stories: NDArray[np.int64], seed: int
) -> tuple[Interval, Interval]:
    """Return micro-F1 and macro-F1 with percentile intervals (Efron and Tibshirani, 1993).

    Macro-F1 is the mean over the sections that occur as a label or as a tag.

    Parameters
    ----------
    tags : bool array of shape (n_articles, n_trained)
    labels : bool array of shape (n_articles, n_sections)
        The columns after those of ``tags`` are sections that the model cannot give; their labels count as missed.
    stories : int64 array of shape (n_articles,)
    seed : int
    """
    tags = widened(tags, labels.shape[1])
    occurs = (tags | labels).any(axis=0)
    if not occurs.any():
        return Interval(0.0, 0.0, 0.0), Interval(0.0, 0.0, 0.0)
    counts = story_counts(tags[:, occurs], labels[:, occurs], stories)
    value = _f1(counts.sum(axis=0, keepdims=True))
    sample = _f1(_resampled(counts, seed), shape=counts.shape[1:])
    return _interval(value[0][0], sample[0]), _interval(value[1][0], sample[1])


def f1_gains(
    first: NDArray[np.bool_],
    second: NDArray[np.bool_],
    labels: NDArray[np.bool_],
    stories: NDArray[np.int64],
    seed: int,
) -> NDArray[np.float64]:
    """Return how much higher micro-F1 plus macro-F1 is with the second tags than with the first.

    Parameters
    ----------
    first, second, labels : bool arrays of shape (n_articles, n_sections)
    stories : int64 array of shape (n_articles,)
    seed : int

    Returns
    -------
    float64 array of shape (1 + RESAMPLES,)
        The first value is that of the articles, the others those of the same resamples of stories for both.
    """
    occurs = (first | second | labels).any(axis=0)
    values = []
    for tags in (first, second):
        counts = story_counts(tags[:, occurs], labels[:, occurs], stories)
        sums = np.vstack([counts.sum(axis=0).reshape(1, -1), _resampled(counts, seed)])
        micro, macro = _f1(sums, shape=counts.shape[1:])
        values.append(micro + macro)
    return np.asarray(values[1] - values[0])


def story_counts(tags: NDArray[np.bool_], labels: NDArray[np.bool_], stories: NDArray[np.int64]) -> NDArray[np.float64]:
    """Count the correct tags, all tags and labels of each story and section: float64, (n_stories, 3, n_sections)."""
    _, story = np.unique(stories, return_inverse=True)
    counts = np.zeros((story.max() + 1, 3, labels.shape[1]))
    for k, flags in enumerate((tags & labels, tags, labels)):
        np.add.at(counts[:, k], story, flags)
    return counts


def resampled_sums(
    columns: NDArray[np.float64] | csr_matrix, stories: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """Return the sums of columns over all articles, and over each of `RESAMPLES` draws of stories.

    Parameters
    ----------
    columns : float64 array or csr_matrix of shape (n_articles, n_columns)
        Sparse if there are many columns: of a thousand sections, an article has few.
    stories : int64 array of shape (n_articles,)
    seed : int

    Returns
    -------
    float64 array of shape (1 + RESAMPLES, n_columns)
        The first row holds the sums over the original articles.
    """
    _, story = np.unique(stories, return_inverse=True)
    n_stories = int(story.max()) + 1 if len(story) else 0
    if not n_stories:
        return np.zeros((1 + RESAMPLES, columns.shape[1]))
    belongs = csr_matrix((np.ones(len(story)), (story, np.arange(len(story)))))
    sums = (belongs @ csr_matrix(columns)).T.tocsr()  # a row for each column
    rng = np.random.default_rng(seed)
    out = np.empty((1 + RESAMPLES, columns.shape[1]))
    out[0] = np.asarray(sums.sum(axis=1)).ravel()
    start = 1
    for n_draws in _blocks(n_stories):
        drawn = rng.integers(n_stories, size=(n_draws, n_stories))
        weights = np.array([np.bincount(row, minlength=n_stories) for row in drawn], dtype=np.float64)
        out[start : start + n_draws] = (sums @ weights.T).T
        start += n_draws
    return out


def _blocks(n_stories: int) -> list[int]:
    """Return how many resamples are drawn together, block by block: a draw takes 8 bytes for each story."""
    size = max(1, min(_BLOCK, _DRAWN_AT_ONCE // n_stories))
    return [min(size, RESAMPLES - begin) for begin in range(0, RESAMPLES, size)]


def ratio(numerator: NDArray[np.float64], denominator: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide one array by another; the result is 0 where the denominator is 0."""
    return np.divide(numerator, denominator, out=np.zeros(np.shape(numerator)), where=denominator > 0)


def interval_of(values: NDArray[np.float64]) -> Interval:
    """Return the percentile interval of a figure: the first value is the figure, the other values are resamples."""
    return _interval(float(values[0]), values[1:])


def _resampled(counts: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the sums of counts, whose first axis are the stories, over each resample: (RESAMPLES, n_counts)."""
    n_stories = len(counts)
    rng, of_story, shares = (
        np.random.default_rng(seed),
        counts.reshape(n_stories, -1),
        np.full(n_stories, 1 / n_stories),
    )
    blocks = [rng.multinomial(n_stories, shares, size=n_draws) @ of_story for n_draws in _blocks(n_stories)]
    return np.concatenate(blocks)


def _f1(
    counts: NDArray[np.float64], shape: tuple[int, ...] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return micro-F1 and macro-F1 of each row of counts."""
    if shape is not None:
        counts = counts.reshape(len(counts), *shape)
    correct, total = counts[:, 0], counts[:, 1] + counts[:, 2]
    per_section = np.divide(2 * correct, total, out=np.zeros_like(correct), where=total > 0)
    micro_total = total.sum(axis=1)
    micro = np.divide(2 * correct.sum(axis=1), micro_total, out=np.zeros(len(counts)), where=micro_total > 0)
    return micro, per_section.mean(axis=1)


def _interval(value: float, sample: NDArray[np.float64]) -> Interval:
    low, high = np.quantile(sample, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(value), float(low), float(high))
