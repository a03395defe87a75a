"""Texts to a TF-IDF matrix: counted once, then weighted anew for each fold from that fold's articles alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from classifier.text.terms import features
from classifier.text.tfidf import inverse_document_frequency, tfidf


@dataclass(frozen=True)
class CountedTexts:
    """How often each feature occurs in each text.

    ``counts`` is of shape (n_texts, n_features), int64; ``terms`` names its columns, in code point order.
    """

    counts: csr_matrix
    terms: NDArray[np.str_]


def count_texts(texts: Sequence[str]) -> CountedTexts:
    """Count the features of texts, leaving out those that occur in a single text: no fold could learn from them."""
    per_text = [Counter(features(text)) for text in texts]
    document_frequency = Counter(term for counted in per_text for term in counted)
    terms = sorted(term for term, count in document_frequency.items() if count > 1)
    columns = {term: column for column, term in enumerate(terms)}
    indptr: list[int] = [0]
    indices: list[int] = []
    data: list[int] = []
    for counted in per_text:
        known = sorted((columns[term], count) for term, count in counted.items() if term in columns)
        indices.extend(column for column, _ in known)
        data.extend(count for _, count in known)
        indptr.append(len(indices))
    shape = (len(texts), len(terms))
    matrix = csr_matrix((np.array(data, np.int64), np.array(indices, np.int32), np.array(indptr)), shape=shape)
    return CountedTexts(matrix, np.array(terms))


@dataclass(frozen=True)
class TfidfWeights:
    """The features that a set of articles keeps, as columns of the counts, and their inverse document frequency."""

    columns: NDArray[np.int64]
    idf: NDArray[np.float64]

    @classmethod
    def fit(cls, counts: csr_matrix, min_df: int, max_df: float) -> "TfidfWeights":
        """Keep the features found in at least ``min_df`` articles and at most the share ``max_df`` of them."""
        n_texts, n_features = counts.shape
        document_frequency = np.bincount(counts.indices, minlength=n_features)
        kept = np.flatnonzero((document_frequency >= min_df) & (document_frequency <= max_df * n_texts))
        return cls(kept, inverse_document_frequency(document_frequency[kept], n_texts))

    def transform(self, counts: csr_matrix) -> csr_matrix:
        """Return the float64 TF-IDF matrix of shape (n_texts, n_kept), each row of unit length."""
        kept = counts[:, self.columns]
        kept.sort_indices()
        values = np.empty(kept.nnz)
        for start, end in zip(kept.indptr[:-1], kept.indptr[1:], strict=True):
            values[start:end] = tfidf(kept.data[start:end], self.idf[kept.indices[start:end]])
        return csr_matrix((values, kept.indices, kept.indptr), shape=kept.shape)
