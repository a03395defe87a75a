"""TF-IDF, computed alike by training and serving.

Sublinear term frequency times smooth inverse document frequency, scaled to unit length, as in scikit-learn's
TfidfTransformer with ``sublinear_tf=True`` and the other parameters at their defaults.
"""

import numpy as np
from numpy.typing import NDArray


def inverse_document_frequency(document_frequency: NDArray[np.int64], n_documents: int) -> NDArray[np.float64]:
    """Return ``ln((1 + n) / (1 + df)) + 1`` for each feature."""
    return np.asarray(np.log((1.0 + n_documents) / (1.0 + document_frequency)) + 1.0)


def tfidf(counts: NDArray[np.int64], idf: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the unit-length TF-IDF values of one text's features.

    Parameters
    ----------
    counts : int64 array of shape (n_known,)
        How often each known feature occurs; at least 1.
    idf : float64 array of shape (n_known,)
        The inverse document frequency of the same features.

    Returns
    -------
    float64 array of shape (n_known,)
    """
    values = (1.0 + np.log(counts)) * idf
    length = np.sqrt(values @ values)
    return values / length if length else values
