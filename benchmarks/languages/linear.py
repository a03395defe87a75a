"""The peers' linear model: Copydesk's TF-IDF settings on any terms, and scikit-learn's LinearSVC for each label."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

#: From a text to its terms.
Terms = Callable[[str], Sequence[str]]
PAIR_JOINT = "\x1f"  # no tokenizer gives it
PAIR_WEIGHT = 0.3
MIN_DF, MAX_DF = 2, 0.5
RARITY = 0.5
_JOBS = 2


def with_pairs(terms: Sequence[str]) -> list[str]:
    """Return terms and then their pairs of neighbours."""
    return [*terms, *(f"{first}{PAIR_JOINT}{second}" for first, second in pairwise(terms))]


def classify(train: Sequence[str], labels: Sequence[str], test: Sequence[str], terms: Terms) -> list[str]:
    """Train one LinearSVC a label on the terms of texts, and return the label with the highest margin for each test.

    The settings are Copydesk's defaults: 1 + ln of the count, smooth inverse document frequency, terms of two texts to
    half of them, pairs at 0.3 of a term's weight, positives at (negatives / positives) ** 0.5.
    """
    vectorizer = TfidfVectorizer(analyzer=terms, sublinear_tf=True, min_df=MIN_DF, max_df=MAX_DF, norm=None)
    features = vectorizer.fit_transform(train)
    names = vectorizer.get_feature_names_out()
    weights = np.where([PAIR_JOINT in name for name in names], PAIR_WEIGHT, 1.0)
    classes, column = np.unique(np.asarray(labels), return_inverse=True)
    margins = _margins(_weighed(features, weights), column, _weighed(vectorizer.transform(test), weights), len(classes))
    return [str(classes[best]) for best in margins.argmax(axis=1)]


def _weighed(features: csr_matrix, weights: NDArray[np.float64]) -> csr_matrix:
    return normalize(features @ diags(weights))


def _margins(train: csr_matrix, column: NDArray[np.int64], test: csr_matrix, n_classes: int) -> NDArray[np.float64]:
    """Return the margins of the tests, of shape (n_tests, n_classes)."""

    def margins_of(label: int) -> NDArray[np.float64]:
        mine = column == label
        cost = {True: ((~mine).sum() / mine.sum()) ** RARITY, False: 1.0}
        model = LinearSVC(class_weight=cost, random_state=0, tol=1e-3, max_iter=10_000).fit(train, mine)
        return np.asarray(model.decision_function(test))

    with ThreadPoolExecutor(_JOBS) as threads:  # liblinear releases the interpreter's lock
        return np.column_stack(list(threads.map(margins_of, range(n_classes))))
