"""Pairs of words among the features, and which of them are phrases, such as “South China” and “China Sea”."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.terms.feature_text import PAIR_JOINT

#: A pair is a phrase if its normalised pointwise mutual information is higher. That is 0 if two words are neighbours as
#: often as chance has it, and 1 if neither occurs without the other (Bouma, "Normalized (pointwise) mutual information
#: in collocation extraction", 2009).
LEAST_INFORMATION = 0.5
#: And if this many articles have it: what fewer have may be chance.
LEAST_ARTICLES = 3


@dataclass(frozen=True)
class WordPairs:
    """The features that are pairs of words.

    ``marks`` is a bool array of shape (n_features,), true for pairs. ``columns``, ``firsts`` and ``seconds`` are int64
    arrays of shape (n_pairs,): the columns of the pairs, of their first and of their second words. A pair with a word
    that is not a feature is only marked.
    """

    marks: NDArray[np.bool_]
    columns: NDArray[np.int64]
    firsts: NDArray[np.int64]
    seconds: NDArray[np.int64]

    @classmethod
    def of(cls, terms: NDArray[np.object_]) -> "WordPairs":
        """Find the pairs among terms, an object array of shape (n_features,)."""
        marks = np.fromiter((PAIR_JOINT in term for term in terms), np.bool_, len(terms))
        column_of = {term: column for column, term in enumerate(terms.tolist()) if not marks[column]}
        found = np.empty((int(marks.sum()), 3), np.int64)
        for row, column in enumerate(np.flatnonzero(marks).tolist()):
            first, _, second = terms[column].partition(PAIR_JOINT)
            found[row] = column, column_of.get(first, -1), column_of.get(second, -1)
        found = found[(found >= 0).all(axis=1)]
        return cls(marks, *(np.ascontiguousarray(column) for column in found.T))

    def phrases(self, frequency: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the columns of the pairs that are phrases in some articles.

        Parameters
        ----------
        frequency : int64 array of shape (n_features,)
            The number of these articles that have each feature.

        Returns
        -------
        int64 array of shape (n_phrases,)
        """
        often = frequency[self.columns] >= LEAST_ARTICLES
        columns, firsts, seconds = self.columns[often], self.firsts[often], self.seconds[often]
        n = 1.0 + frequency[np.union1d(firsts, seconds)].sum()  # never as many as articles with a pair
        shares = frequency[columns] / n
        by_chance = frequency[firsts] / n * (frequency[seconds] / n)
        information = np.log(shares / by_chance) / -np.log(shares)
        return np.asarray(columns[information > LEAST_INFORMATION])
