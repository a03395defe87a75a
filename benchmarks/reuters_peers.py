"""Other classifiers on R90: each learns from the training stories and gives the test stories their topics, once."""

import html
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers import silence
from benchmarks.reuters_data import R90, Story

Labels = NDArray[np.bool_]


@dataclass(frozen=True)
class Given:
    """Topics given to the test stories, a bool array of shape (n_stories, n_topics), and the seconds of training."""

    labels: Labels
    seconds: float


def labels_of(stories: Sequence[Story], topics: Sequence[str]) -> Labels:
    """Return which topics each story has, of shape (n_stories, n_topics)."""
    return np.array([[topic in story.topics for topic in topics] for story in stories], dtype=bool)


def text_of(story: Story) -> str:
    """Return headline and body as plain text."""
    return html.unescape(f"{story.headline}\n\n{story.body}").strip()


def scikit_learn(r90: R90) -> Given:
    """Return what TfidfVectorizer and one LinearSVC a topic give, all with their defaults."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    pipeline = make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LinearSVC()))
    start = time.perf_counter()
    pipeline.fit(list(map(text_of, r90.train)), labels_of(r90.train, r90.topics).astype(int))
    seconds = time.perf_counter() - start
    return Given(pipeline.predict(list(map(text_of, r90.test))).astype(bool), seconds)


def fasttext(r90: R90) -> Given:
    """Return what fastText gives, one-vs-all, with pairs of words, 50 epochs, cut at 0.5."""
    import fasttext as library

    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        lines = (f"{' '.join(f'__label__{t}' for t in s.topics)} {_line(s)}\n" for s in r90.train)
        path.write_text("".join(lines), encoding="utf-8")
        model = library.train_supervised(str(path), loss="ova", wordNgrams=2, epoch=50, lr=0.5, thread=2, verbose=0)
    seconds = time.perf_counter() - start
    column = {f"__label__{topic}": t for t, topic in enumerate(r90.topics)}
    given = np.zeros((len(r90.test), len(r90.topics)), dtype=bool)
    for i, story in enumerate(r90.test):
        # the inner predict: the outer one fails with NumPy 2
        for _, label in model.f.predict(_line(story) + "\n", len(column), 0.5, "strict"):
            given[i, column[label]] = True
    return Given(given, seconds)


def _line(story: Story) -> str:
    return " ".join(text_of(story).lower().split())


def libmultilabel(r90: R90) -> Given:
    """Return what LibMultiLabel's one-vs-rest gives, on TfidfVectorizer's features, as its own preprocessor has."""
    return _libmultilabel(r90, "train_1vsrest")


def libmultilabel_cost_sensitive(r90: R90) -> Given:
    """Return what LibMultiLabel gives whose costs are chosen for micro-F1 by cross-validation."""
    return _libmultilabel(r90, "train_cost_sensitive_micro")


def _libmultilabel(r90: R90, trainer: str) -> Given:
    from libmultilabel import linear
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer()
    start = time.perf_counter()
    features = vectorizer.fit_transform(map(text_of, r90.train))
    model = getattr(linear, trainer)(csr_matrix(labels_of(r90.train, r90.topics).astype(float)), features, "-s 1")
    seconds = time.perf_counter() - start
    values = linear.predict_values(model, vectorizer.transform(map(text_of, r90.test)))
    return Given(np.asarray(values) > 0, seconds)


PEERS: dict[str, Callable[[R90], Given]] = {
    "scikit-learn: TfidfVectorizer, OneVsRest(LinearSVC), defaults": scikit_learn,
    "fastText: one-vs-all, pairs, 50 epochs": fasttext,
    "LibMultiLabel: linear, one-vs-rest": libmultilabel,
    "LibMultiLabel: linear, cost-sensitive (micro)": libmultilabel_cost_sensitive,
}


def available(r90: R90) -> tuple[dict[str, Given], list[str]]:
    """Return what the peers give that are installed, and for each other one a sentence that says why not."""
    found: dict[str, Given] = {}
    missing = []
    for name, peer in PEERS.items():
        try:
            with silence():
                found[name] = peer(r90)
        except ImportError as error:
            missing.append(f"{name} is not measured: {error}; install it with pip install -e '.[bench]'")
    return found, missing
