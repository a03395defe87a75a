"""The rivals: each learns from the texts of a task, and gives other texts their labels."""

import tempfile
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from benchmarks.peers import silence
from benchmarks.rivals.tasks import Task

if TYPE_CHECKING:
    from sklearn.feature_extraction.text import TfidfVectorizer

#: From texts to the scores of all labels, of shape (n_texts, n_labels); a label is given if its score is above 0.
Scores = Callable[[Sequence[str]], NDArray[np.float64]]
_CHARACTERS = (2, 5)


@dataclass(frozen=True)
class Rival:
    """A classifier: its name, how it is trained on a task, and the tasks that it is made for."""

    name: str
    train: Callable[[Task], Scores]
    suits: Callable[[Task], bool] = lambda _: True


def _features(task: Task, **options: Any) -> "TfidfVectorizer":
    """Return the vectorizer of a task: words, or runs of 2 to 5 characters in words if the script is not Latin.

    Its pattern for words cuts other scripts at marks, or not at all.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    terms = {} if task.is_latin else {"analyzer": "char_wb", "ngram_range": _CHARACTERS}
    return TfidfVectorizer(**{**options, **terms})


def linear_svc(task: Task) -> Scores:
    """Train TfidfVectorizer and one LinearSVC a label, all with their defaults."""
    from sklearn.svm import LinearSVC

    return _one_vs_rest(task, _features(task), LinearSVC())


def linear_svc_pairs(task: Task) -> Scores:
    """Train LinearSVC on words and pairs that two texts have, with the logarithm of counts."""
    from sklearn.svm import LinearSVC

    return _one_vs_rest(task, _features(task, ngram_range=(1, 2), sublinear_tf=True, min_df=2), LinearSVC())


def logistic(task: Task) -> Scores:
    """Train TfidfVectorizer and one logistic regression a label, all with their defaults but for the steps."""
    from sklearn.linear_model import LogisticRegression

    return _one_vs_rest(task, _features(task), LogisticRegression(max_iter=1_000))


def _one_vs_rest(task: Task, features: "TfidfVectorizer", classifier: Any) -> Scores:
    from sklearn.multiclass import OneVsRestClassifier

    model, labels = OneVsRestClassifier(classifier), task.right(task.train).astype(int)
    _fit(model, features.fit_transform([item.text for item in task.train]), labels)
    return lambda texts: without_untrained(model.decision_function(features.transform(texts)), labels)


def _fit(model: Any, features: Any, labels: NDArray[np.integer]) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Label not ", UserWarning)  # there are labels without a text
        model.fit(features, labels)


def without_untrained(scores: ArrayLike, labels: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return scores with -inf for labels without an article, for which scikit-learn returns 0: more than for most.

    Parameters
    ----------
    scores : array of shape (n_texts, n_labels), or (n_texts,) for a single label
    labels : int array of shape (n_trained, n_labels)
    """
    found = np.array(scores, np.float64, copy=True)
    if found.ndim > 1:
        found[:, labels.sum(axis=0) == 0] = -np.inf
    return found


def fasttext(task: Task) -> Scores:
    """Train fastText on one thread, because on more no two runs are the same: pairs, and subwords if not Latin."""
    import fasttext as library

    subwords = {} if task.is_latin else {"minn": _CHARACTERS[0], "maxn": _CHARACTERS[1]}
    with tempfile.TemporaryDirectory() as folder, silence():
        path = Path(folder) / "train.txt"
        column = {label: f"__label__{c}" for c, label in enumerate(task.labels)}
        lines = (f"{' '.join(column[label] for label in item.labels)} {_line(item.text)}\n" for item in task.train)
        path.write_text("".join(lines), encoding="utf-8")
        loss, epochs = ("softmax", 25) if task.most == 1 else ("ova", 50)
        model = library.train_supervised(
            str(path), loss=loss, wordNgrams=2, epoch=epochs, lr=0.5, bucket=200_000, thread=1, verbose=0, **subwords
        )
    inner, n = model.f, len(task.labels)  # the outer predict fails with NumPy 2

    def scores(texts: Sequence[str]) -> NDArray[np.float64]:
        found = np.full((len(texts), n), -1.0)
        for i, text in enumerate(texts):
            for probability, label in inner.predict(_line(text) + "\n", n, 0.0, "strict"):
                found[i, int(label.removeprefix("__label__"))] = probability - 0.5
        return found

    return scores


def _line(text: str) -> str:
    return " ".join(text.lower().split())


def libmultilabel(task: Task) -> Scores:
    """Train LibMultiLabel's linear one-vs-rest on TfidfVectorizer's features, as its own preprocessor has them."""
    return _libmultilabel(task, "train_1vsrest")


def libmultilabel_cost_sensitive(task: Task) -> Scores:
    """Train LibMultiLabel with costs that it chooses for micro-F1 by cross-validation."""
    return _libmultilabel(task, "train_cost_sensitive_micro")


def _libmultilabel(task: Task, trainer: str) -> Scores:
    from libmultilabel import linear
    from scipy.sparse import csr_matrix

    features = _features(task)
    with silence():
        found = features.fit_transform([item.text for item in task.train])
        model = getattr(linear, trainer)(csr_matrix(task.right(task.train).astype(float)), found, "-s 1")
    return lambda texts: np.asarray(linear.predict_values(model, features.transform(texts)))


def static_vectors(task: Task) -> Scores:
    """Train logistic regression on the mean of static word vectors: model2vec with the vectors that WordLlama ships.

    These are for English; model2vec's own are not in a package registry.
    """
    import wordllama
    from model2vec import StaticModel
    from safetensors.numpy import load_file
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from tokenizers import Tokenizer

    folder = Path(wordllama.__file__).parent
    (vectors,) = load_file(folder / "weights" / "l2_supercat_256.safetensors").values()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    encoder = StaticModel(vectors.astype(np.float32), tokenizer, normalize=True)
    model = OneVsRestClassifier(LogisticRegression(C=100.0, max_iter=2_000))
    labels = task.right(task.train).astype(int)
    _fit(model, encoder.encode([item.text for item in task.train]), labels)
    return lambda texts: without_untrained(model.decision_function(encoder.encode(list(texts))), labels)


def _several(task: Task) -> bool:
    return task.most != 1


def _english(task: Task) -> bool:
    return task.is_latin


RIVALS = (
    Rival("scikit-learn: TF-IDF, LinearSVC, defaults", linear_svc),
    Rival("scikit-learn: TF-IDF of words and pairs, LinearSVC", linear_svc_pairs),
    Rival("scikit-learn: TF-IDF, logistic regression", logistic),
    Rival("fastText", fasttext),
    Rival("LibMultiLabel: linear, one-vs-rest", libmultilabel),
    Rival("LibMultiLabel: linear, cost-sensitive (micro)", libmultilabel_cost_sensitive, _several),
    Rival("model2vec with WordLlama's vectors, logistic regression", static_vectors, _english),
)
