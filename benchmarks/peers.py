"""Other taggers, trained on the same articles: each as one call from text to tags."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from benchmarks.synthetic import Synthetic

#: From a text to its tags, in the peer's own form.
Predict = Callable[[str], object]
_BUCKETS = 100_000


def fasttext(synthetic: Synthetic) -> Predict:
    """Train fastText, one-vs-all with pairs and its default of 100 dimensions.

    The inner predict is called, for the outer one fails with NumPy 2.
    """
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        path.write_text("".join(f"{labels} {text}\n" for labels, text in _fasttext_lines(synthetic)), encoding="utf-8")
        model = fasttext.train_supervised(str(path), loss="ova", wordNgrams=2, bucket=_BUCKETS, thread=2, verbose=0)
    inner = model.f
    n = len(synthetic.sections)
    return lambda text: inner.predict(text.replace("\n", " ") + "\n", n, 0.5, "strict")


def _fasttext_lines(synthetic: Synthetic) -> Iterable[tuple[str, str]]:
    for text, row in zip(synthetic.training, synthetic.labels, strict=True):
        labels = " ".join(f"__label__{synthetic.sections[s]}" for s in np.flatnonzero(row))
        yield labels or "__label__none", text.replace("\n", " ")


def vowpal_wabbit(synthetic: Synthetic) -> Predict:
    """Train Vowpal Wabbit, one-against-all for several labels, with pairs, one pass."""
    from vowpalwabbit import Workspace

    n = len(synthetic.sections)
    workspace = Workspace(f"--multilabel_oaa {n} --ngram 2 -b 18 --loss_function logistic --quiet")
    for text, row in zip(synthetic.training, synthetic.labels, strict=True):
        workspace.learn(f"{','.join(map(str, np.flatnonzero(row)))} | {_vw_text(text)}")
    return lambda text: workspace.predict(f"| {_vw_text(text)}")


def _vw_text(text: str) -> str:
    return text.replace(":", " ").replace("|", " ").replace("\n", " ")


def omikuji(synthetic: Synthetic) -> Predict:
    """Train Omikuji's default, three trees, on TfidfVectorizer's features."""
    import omikuji as library

    vectorizer = synthetic.pipeline[0]
    features = vectorizer.transform(synthetic.training)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        path.write_text("".join(_xc_lines(features, synthetic)), encoding="utf-8")
        model = library.Model.train_on_data(str(path), n_threads=2)
    model.init_prediction_thread_pool(1)
    n = len(synthetic.sections)

    def predict(text: str) -> object:
        row = vectorizer.transform([text])
        return model.predict(list(zip(row.indices.tolist(), row.data.tolist(), strict=True)), top_k=n)

    return predict


def _xc_lines(features: csr_matrix, synthetic: Synthetic) -> Iterable[str]:
    """Yield the lines of the format of the Extreme Classification Repository."""
    labelled = np.flatnonzero(synthetic.labels.any(axis=1))
    yield f"{len(labelled)} {features.shape[1]} {len(synthetic.sections)}\n"
    for i in labelled:
        row = features[i]
        values = " ".join(f"{c}:{v:.6g}" for c, v in zip(row.indices, row.data, strict=True))
        yield f"{','.join(map(str, np.flatnonzero(synthetic.labels[i])))} {values}\n"


def libmultilabel(synthetic: Synthetic) -> Predict:
    """Train LibMultiLabel's linear one-vs-rest on TfidfVectorizer's features, as its own preprocessor has them."""
    from libmultilabel import linear

    vectorizer = synthetic.pipeline[0]
    labels = csr_matrix(synthetic.labels.astype(float))
    model = linear.train_1vsrest(labels, vectorizer.transform(synthetic.training), "-s 1")

    def predict(text: str) -> object:
        return model.predict_values(vectorizer.transform([text])) > 0

    return predict


PEERS: dict[str, Callable[[Synthetic], Predict]] = {
    "fastText": fasttext,
    "Vowpal Wabbit": vowpal_wabbit,
    "Omikuji": omikuji,
    "LibMultiLabel": libmultilabel,
}


def available(synthetic: Synthetic, wanted: Iterable[str]) -> tuple[dict[str, Predict], list[str]]:
    """Return the peers that can be run, and for each other one a sentence that says why not."""
    found: dict[str, Predict] = {}
    missing = []
    for name in wanted:
        try:
            with silence():
                found[name] = PEERS[name](synthetic)
        except ImportError as error:
            missing.append(f"{name} is not measured: {_reason(error)}; install it with pip install -e '.[bench]'")
    return found, missing


def _reason(error: Any) -> str:
    return str(error).splitlines()[0] or type(error).__name__


@contextmanager
def silence() -> Iterator[None]:
    """Drop what the peers' native code writes to standard output and error as it trains."""
    kept = [(stream, stream.fileno(), os.dup(stream.fileno())) for stream in (sys.__stdout__, sys.__stderr__) if stream]
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a file descriptor is wanted
        for stream, number, _ in kept:
            stream.flush()
            os.dup2(nowhere.fileno(), number)
    try:
        yield
    finally:
        for stream, number, copy in kept:
            stream.flush()
            os.dup2(copy, number)
            os.close(copy)
