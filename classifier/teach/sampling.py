"""The articles that a person should label first: those that the model is unsure of, spread over the whole archive."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import kmeans_plusplus
from sklearn.feature_extraction.text import TfidfTransformer

from classifier.terms.analyzer import Analyzer
from classifier.training.counts.assembling import CountOptions
from classifier.training.counts.corpus import count_texts

#: Added to each article's uncertainty: an article that the model is sure of may be one that it gets wrong.
_LEAST = 0.02


@dataclass(frozen=True, slots=True)
class Drawn:
    """An article that was drawn: its number, and the uncertainty of the model about it in bits."""

    number: int
    uncertainty: float


def uncertainty(probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the entropy of the answers about each article, in bits, summed over its sections.

    Parameters
    ----------
    probabilities : float64 array of shape (n_articles, n_sections)

    Returns
    -------
    float64 array of shape (n_articles,)
        At most n_sections.
    """
    p = np.clip(probabilities, 1e-12, 1 - 1e-12)
    return np.asarray(-(p * np.log2(p) + (1 - p) * np.log2(1 - p)).sum(axis=1), dtype=np.float64)


def draw(texts: Sequence[str], unsure: NDArray[np.float64] | None, n: int, seed: int) -> list[Drawn]:
    """Draw articles that are uncertain and far from each other.

    Seeds of k-means++ (Arthur and Vassilvitskii, 2007) are drawn among the TF-IDF vectors of the texts: the chance of a
    text is the square of its distance from the ones that are drawn already, times its uncertainty.

    Parameters
    ----------
    texts : sequence of str
        Without copies.
    unsure : float64 array of shape (n_articles,), optional
        The uncertainty of each; all count the same without it.
    n : int
        How many to draw; all are returned if there are fewer.
    seed : int

    Returns
    -------
    list of Drawn
        In the order in which they were drawn. If too few are far from each other, the most uncertain others follow.
    """
    known = np.zeros(len(texts)) if unsure is None else unsure
    if n >= len(texts):
        order = np.argsort(-known, kind="stable")
        return [Drawn(int(i), float(known[i])) for i in order]
    counted = count_texts(texts, CountOptions(jobs=1, analyzer=Analyzer()))
    vectors = TfidfTransformer(sublinear_tf=True).fit_transform(counted.counts[:, ~counted.pairs.marks])
    _, drawn = kmeans_plusplus(vectors, n, sample_weight=known + _LEAST, random_state=seed)
    # texts without a term in common with others are all in one place, of which only one is drawn
    chosen = dict.fromkeys([*drawn.tolist(), *np.argsort(-known, kind="stable").tolist()])
    return [Drawn(i, float(known[i])) for i in list(chosen)[:n]]
