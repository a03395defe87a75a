"""Classifiers for many labels, each in a process of its own: run as a script by a Python that has their packages.

Arguments: the name of a peer, and a folder with articles.jsonl and words.json, as `benchmarks.sections` writes them.
Four fifths of the articles are learned from, the last fifth is scored. All peers get the TF-IDF features of
scikit-learn: words and pairs in two texts. Standard output: one line of JSON.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

#: From a matrix of features to scores, of shape (n_texts, n_sections).
Scores = Callable[[Any], Any]


def scikit_learn(features: Any, labels: Any) -> tuple[Scores, float]:
    """Train one LinearSVC a section."""
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    model = OneVsRestClassifier(LinearSVC()).fit(features, labels)
    size = sum(item.coef_.nbytes for item in model.estimators_ if hasattr(item, "coef_"))
    untrained = np.flatnonzero(np.asarray(labels.sum(axis=0)).ravel() == 0)

    def scores(texts: Any) -> Any:
        found = model.decision_function(texts)
        found[:, untrained] = -np.inf  # scikit-learn returns 0 for them, which is more than for most sections
        return found

    return scores, size


def omikuji(features: Any, labels: Any, **options: Any) -> tuple[Scores, float]:
    """Train Omikuji's Parabel, its default, or another kind of trees."""
    import omikuji as library

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.txt"
        n, n_sections = labels.shape
        with data.open("w") as file:
            file.write(f"{n} {features.shape[1]} {n_sections}\n")
            for row in range(n):
                some = slice(*features.indptr[row : row + 2])
                pairs = zip(features.indices[some], features.data[some], strict=True)
                names = ",".join(map(str, labels[row].indices))
                file.write(f"{names} {' '.join(f'{column}:{value:.6g}' for column, value in pairs)}\n")
        settings = library.Model.default_hyper_param()
        for name, value in options.items():
            setattr(settings, name, value)
        model = library.Model.train_on_data(str(data), settings, n_threads=2)
        model.save(str(Path(folder) / "model"))
        size = sum(path.stat().st_size for path in (Path(folder) / "model").iterdir())

    def scores(texts: Any) -> Any:
        found = np.zeros((texts.shape[0], n_sections))
        for row in range(texts.shape[0]):
            some = slice(*texts.indptr[row : row + 2])
            pairs = list(zip(texts.indices[some].tolist(), texts.data[some].tolist(), strict=True))
            for section, score in model.predict(pairs, top_k=50):
                found[row, section] = score
        return found

    return scores, size


def bonsai(features: Any, labels: Any) -> tuple[Scores, float]:
    """Train Omikuji's Bonsai, as Annif does for tens of thousands of subjects."""
    return omikuji(features, labels, cluster_balanced=False, cluster_k=100, max_depth=3)


def one_vs_rest(features: Any, labels: Any) -> tuple[Scores, float]:
    """Train LibMultiLabel's linear one-vs-rest."""
    from libmultilabel import linear

    model = linear.train_1vsrest(labels.astype(float), features, "-s 1")
    return lambda texts: np.asarray(linear.predict_values(model, texts)), float(model.weights.nbytes)


def tree(features: Any, labels: Any) -> tuple[Scores, float]:
    """Train LibMultiLabel's tree of linear classifiers."""
    from libmultilabel import linear

    model = linear.train_tree(labels.astype(float), features, "-s 1")
    size = model.flat_model.weights
    return lambda texts: np.asarray(linear.predict_values(model, texts)), float(getattr(size, "nbytes", size.size * 8))


PEERS: dict[str, Callable[[Any, Any], tuple[Scores, float]]] = {
    "scikit-learn: LinearSVC, one-vs-rest": scikit_learn,
    "Omikuji: Parabel": omikuji,
    "Omikuji: Bonsai": bonsai,
    "LibMultiLabel: one-vs-rest": one_vs_rest,
    "LibMultiLabel: tree": tree,
}


def main() -> None:
    """Train a peer and score it."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    name, folder = sys.argv[1], Path(sys.argv[2])
    rows = [json.loads(line) for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines()]
    column = {word: s for s, word in enumerate(json.loads((folder / "words.json").read_text(encoding="utf-8")))}
    texts = [f"{row['headline']}\n{row['body']}" for row in rows]
    places = [(i, column[word]) for i, row in enumerate(rows) for word in row["sections"]]
    row_numbers, columns = np.array(places).T
    labels = csr_matrix((np.ones(len(places), np.int64), (row_numbers, columns)), shape=(len(rows), len(column)))
    n = len(rows) * 4 // 5
    begun, used = time.monotonic(), time.process_time()
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2, dtype=np.float64)
    scores, size = PEERS[name](vectorizer.fit_transform(texts[:n]), labels[:n])
    seconds, cpu = time.monotonic() - begun, time.process_time() - used
    begun = time.process_time()
    scored = scores(vectorizer.transform(texts[n:]))
    microseconds = (time.process_time() - begun) / (len(texts) - n) * 1e6
    f1 = best_f1(scored, labels[n:].toarray() > 0)
    found = {"seconds": seconds, "cpu": cpu, "size": size, "microseconds": microseconds, "f1": f1}
    print(json.dumps(found, allow_nan=False))


def best_f1(scores: Any, right: Any) -> float:
    """Return the highest micro-F1 of a single cut through all scores."""
    order = np.argsort(-scores.ravel(), kind="stable")
    correct = np.cumsum(right.ravel()[order])
    return float((2 * correct / (np.arange(1, len(correct) + 1) + right.sum())).max())


if __name__ == "__main__":
    main()
