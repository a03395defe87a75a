"""Margins of articles cut short, each by a model that has not seen the article: what rules for short texts rest on.

Short articles are rare in many archives, but every story can be cut: its headline alone, its first 25 words, and so on.
The first 12 words stand in for a headline if there is none. Only the margins of the cuts are kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.terms.fingerprints import make_table
from classifier.terms.hashing import hash_texts
from classifier.training.counts.assembling import CountOptions
from classifier.training.counts.corpus import count_known
from classifier.training.fitting.linear import LinearModel, ScoredTexts
from classifier.training.scheduling import local_threads
from classifier.training.task import Task

#: Stands for the headline alone among the lengths of cuts.
HEADLINE = 0
#: How long the cut of a text without a headline is that stands in for its headline.
WORDS_OF_HEADLINE = 12
_CUTS_AT_ONCE = 1_000
#: The lengths of cuts that are always made; longer ones double, for archives of long articles.
CUT_LENGTHS = (HEADLINE, 25, 50, 100)
#: At most so many articles are cut; of a larger archive a sample of stories.
MOST_CUT = 20_000
#: With many sections fewer are cut, so that a length has no more margins than this, but never fewer than these.
MOST_MARGINS, LEAST_CUT = 4_000_000, 2_000


@dataclass(frozen=True)
class CutMargins:
    """The margins of articles cut short.

    ``lengths`` are the numbers of words of the cuts, `HEADLINE` for the headline alone. ``rows`` (int64, of shape
    (n_cut,)) are the articles that were cut. ``margins`` is float32, of shape (n_lengths, n_cut, n_sections); the
    margins of a cut without a known term are NaN. ``n_words`` (int64, of shape (n_lengths, n_cut)) is the length of
    each cut, -1 if there is none because the article is not longer than that. ``has_headline`` (bool, of shape
    (n_cut,)) marks the articles that have a headline; of the others, the first `WORDS_OF_HEADLINE` words stand in for
    it.
    """

    lengths: tuple[int, ...]
    rows: NDArray[np.int64]
    margins: NDArray[np.float32]
    n_words: NDArray[np.int64]
    has_headline: NDArray[np.bool_]

    def exist(self, k: int) -> NDArray[np.bool_]:
        """Return which articles of ``rows`` have a cut of the ``k``-th length, of shape (n_cut,)."""
        return np.asarray(self.n_words[k] >= 0, dtype=np.bool_)


def sample_of_stories(stories: NDArray[np.int64], seed: int, most: int = MOST_CUT) -> NDArray[np.int64]:
    """Return articles of whole stories, as many as ``most`` allows, in ascending order."""
    if len(stories) <= most:
        return np.arange(len(stories))
    numbers, of_article = np.unique(stories, return_inverse=True)
    rank = np.random.default_rng(seed).permutation(len(numbers))[of_article]
    order = np.argsort(rank, kind="stable")
    return np.sort(order[:most])


def most_cut(n_sections: int) -> int:
    """Return how many articles are cut at most if a model has this many sections."""
    return min(MOST_CUT, max(LEAST_CUT, MOST_MARGINS // n_sections))


def lengths_of_cuts(whole: float) -> tuple[int, ...]:
    """Return the lengths of cuts for articles that have at least ``whole`` words as a rule."""
    lengths = list(CUT_LENGTHS)
    while 2 * lengths[-1] <= whole:
        lengths.append(2 * lengths[-1])
    return tuple(lengths)


@dataclass(frozen=True)
class CountedCuts:
    """Articles cut short and counted, and their margins, which are NaN until they are scored.

    ``counted`` has for each length that occurs its number, the places of the cuts that exist, and their counts.
    """

    cuts: CutMargins
    counted: tuple[tuple[int, NDArray[np.int64], csr_matrix], ...]

    def of(self, articles: NDArray[np.bool_]) -> list[ScoredTexts]:
        """Return the cuts of some articles, a bool array of shape (n_articles,), to be scored."""
        found = []
        for k, places, counts in self.counted:
            chosen = np.flatnonzero(articles[self.cuts.rows[places]])
            found.append(ScoredTexts(counts, chosen, self.cuts.margins[k], places[chosen]))
        return found


def score_cuts(
    task: Task,
    models: Sequence[tuple[LinearModel, NDArray[np.bool_]]],
    lengths: Sequence[int],
    rows: NDArray[np.int64],
    jobs: int,
) -> CutMargins:
    """Cut articles and score the cuts.

    Parameters
    ----------
    models : sequence of (LinearModel, bool array of shape (n_articles,))
        Each model and the articles that it scores: it has not seen them.
    task, lengths, rows, jobs : as in `count_cuts`
    """
    counted = count_cuts(task, lengths, rows, jobs)
    for model, scored in models:
        for texts in counted.of(scored):
            texts.margins[texts.places] = model.margins(texts.counts, texts.rows)
    return counted.cuts


def count_cuts(task: Task, lengths: Sequence[int], rows: NDArray[np.int64], jobs: int) -> CountedCuts:
    """Cut articles and count the terms of the cuts.

    Parameters
    ----------
    task : Task
    lengths : sequence of int
        Ascending, from `HEADLINE` on.
    rows : int64 array of shape (n_cut,)
        The articles to cut.
    jobs : int
        Number of threads.
    """
    analyzer = task.counted.analyzer
    first, *others = task.first_words(rows, [WORDS_OF_HEADLINE, *lengths[1:]])
    has_headline = np.array(task.headlines, np.int64)[rows] > 0
    headlines = [
        task.headline(i) if has else cut
        for i, has, cut in zip(rows.tolist(), has_headline.tolist(), first, strict=True)
    ]
    table, how = make_table(0, task.counted.keys), CountOptions(jobs=local_threads(jobs), analyzer=analyzer)
    margins = np.full((len(lengths), len(rows), task.labels.shape[1]), np.nan, np.float32)
    n_words = np.full((len(lengths), len(rows)), -1, np.int64)
    counted = []
    for k, cuts in enumerate([headlines, *others]):
        made = np.array([i for i, cut in enumerate(cuts) if cut is not None], np.int64)
        cut_texts = [cut for cut in cuts if cut is not None]
        if not cut_texts:
            continue
        parts = [cut_texts[at : at + _CUTS_AT_ONCE] for at in range(0, len(cut_texts), _CUTS_AT_ONCE)]
        n_words[k, made] = np.concatenate([hash_texts(part, analyzer=analyzer).lengths for part in parts])
        counted.append((k, made, count_known(cut_texts, how, table, len(task.counted.terms))))
    return CountedCuts(CutMargins(tuple(lengths), rows, margins, n_words, has_headline), tuple(counted))
