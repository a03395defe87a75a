"""Counts of labelled articles and of an archive over the same columns, and the latent features of the archive."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from classifier.training.counts.assembling import CountOptions
from classifier.training.counts.corpus import CountedTexts, count_texts

#: A word that no labelled article has must be in that many articles of the archive.
_LEAST_ARTICLES = 2
#: In a large archive it must also be in this share of the articles: rarer words only add to the size of the model.
_LEAST_SHARE = 1e-4


@dataclass(frozen=True)
class LatentFeatures:
    """Directions in the space of words along which the articles of an archive differ most.

    Both arrays have a row for each column of the counts, and zeros for features that the archive does not have.

    Parameters
    ----------
    idf : float64 array of shape (n_features,)
        The inverse document frequency in the archive.
    vectors : float32 array of shape (n_features, n_dims)
        Orthonormal columns.
    """

    idf: NDArray[np.float64]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class JoinedCounts:
    """The counts of labelled articles, and those of the words of an archive in the same columns."""

    labelled: CountedTexts
    archive: csr_matrix


def join_archive(
    counted: CountedTexts, texts: Sequence[str], archive_texts: Sequence[str], jobs: int = 1
) -> JoinedCounts:
    """Count the words of an archive, and add them to the columns of counted texts.

    Pairs of words come from the labelled articles alone: those of an archive are too many.

    Parameters
    ----------
    counted : CountedTexts
        Of the labelled articles.
    texts, archive_texts : sequences of str
        Of the labelled articles, and of the archive.
    jobs : int
        Number of threads.
    """
    n = len(texts)
    how = CountOptions(longest=1, jobs=jobs, analyzer=counted.analyzer)
    words = count_texts([*texts, *archive_texts], how, min_df=1)
    least = max(_LEAST_ARTICLES, int(np.ceil(_LEAST_SHARE * len(archive_texts))))
    in_labelled, in_archive = _frequency(words.counts[:n]), _frequency(words.counts[n:])
    kept = np.flatnonzero((in_labelled > 0) | (in_archive >= least))
    pairs = np.flatnonzero(counted.pairs.marks)
    terms = np.concatenate([words.terms[kept], counted.terms[pairs]])
    order = np.argsort(terms, kind="stable")
    if counted.by_frequency:
        frequency = np.concatenate([in_labelled[kept], _frequency(counted.counts)[pairs]])
        order = order[np.argsort(-frequency[order], kind="stable")]
    labelled = hstack([words.counts[:n, kept], counted.counts[:, pairs]], format="csr")[:, order]
    no_pairs = csr_matrix((len(archive_texts), len(pairs)), dtype=words.counts.dtype)
    archive = hstack([words.counts[n:, kept], no_pairs], format="csr")[:, order]
    for matrix in (labelled, archive):
        matrix.sort_indices()
    keys = np.concatenate([words.keys[kept], counted.keys[pairs]])[order]
    joined = CountedTexts(labelled, terms[order], keys, counted.n_words, counted.analyzer, True, counted.by_frequency)
    return JoinedCounts(joined, archive)


def _frequency(counts: csr_matrix) -> NDArray[np.int64]:
    return np.bincount(counts.indices, minlength=counts.shape[1])
