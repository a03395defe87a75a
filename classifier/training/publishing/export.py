"""A model as a scikit-learn pipeline: the same margins, computed by scikit-learn's own classes."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle
import joblib
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import LabelBinarizer
from sklearn.svm import LinearSVC

from classifier.errors import ModelError, unreadable_as
from classifier.rules.needs import Need, needs_of
from classifier.store.files import Model
from classifier.store.manifest import TrainedSection
from classifier.terms import definition, feature_text, scripts
from classifier.terms.analyzer import EARLIER, Analyzer
from classifier.terms.weighing import SparseRows, of_features

#: What the definition of a term consists of. The exported file holds it, so that it works without Copydesk.
_DEFINITION = (definition, feature_text, scripts)


def to_pipeline(model: Model) -> Pipeline:
    """Return a fitted pipeline from cleaned texts, as ``explain`` returns them, to the margins of the trained sections.

    ``decision_function`` gives Copydesk's margins. ``predict`` compares all of them with 0, because OneVsRestClassifier
    has no thresholds. The pipeline's attribute ``copydesk`` holds the model's version, and the slope, offset,
    thresholds, parent and needs of each section in the order of the columns. ``lengths`` and ``shorter`` are
    those of the manifest: the rules of shorter texts.
    """
    arrays, trained = model.arrays, model.manifest.trained
    vectorizer = TfidfVectorizer(
        vocabulary={term: number for number, term in enumerate(arrays.terms)},
        sublinear_tf=True,
        **_analysis(model.manifest.terms_analyzer),
    )
    vectorizer.idf_ = np.array(arrays.idf)
    classifier = OneVsRestClassifier(LinearSVC())
    numbers = np.arange(len(arrays.terms), dtype=np.int32)
    is_sparse = isinstance(arrays.weights, SparseRows)
    classifier.estimators_ = [
        _svm(of_features(arrays.weights, numbers, s), arrays.intercepts[s], is_sparse) for s in range(len(trained))
    ]
    either = np.vstack([np.eye(len(trained), dtype=int), np.zeros(len(trained), dtype=int)])
    classifier.label_binarizer_ = LabelBinarizer(sparse_output=True).fit(either)
    classifier.n_features_in_ = len(arrays.terms)
    pipeline = Pipeline([("tfidf", vectorizer), ("svm", classifier)])
    needs = needs_of([entry.section for entry in trained])
    pipeline.copydesk = {
        "version": model.manifest.version,
        "lengths": list(model.manifest.lengths),
        "sections": {
            entry.section.id: {
                **entry.model_dump(include={"slope", "offset", "suggest", "apply", "shorter"}),
                "parent": entry.section.parent,
                "needs": _needs(need, trained),
            }
            for entry, need in zip(trained, needs, strict=True)
        },
    }
    return pipeline


def _needs(need: Need | None, trained: Sequence[TrainedSection]) -> dict[str, Any] | None:
    """Return a need with the ids of the needed sections."""
    if need is None:
        return None
    ids = [trained[column].section.id for column in need.columns]
    return {"sections": ids, "apply": need.apply, "suggest": need.suggest}


def _analysis(analyzer: Analyzer) -> dict[str, Any]:
    """Return the settings of a vectorizer that make it find the terms of an analyzer."""
    if analyzer.version > EARLIER:
        return {"analyzer": _WrittenOut(partial(definition.features, subwords=analyzer.subwords))}
    return {
        "strip_accents": partial(re.sub, r"\d", "0"),  # called on the lowercased text
        "token_pattern": r"\w\w+",
        "ngram_range": (1, 2),
    }


class _WrittenOut:
    """A function of `_DEFINITION` that is pickled with its code, and loads as the plain function."""

    def __init__(self, function: Callable[[str], list[str]]) -> None:
        self._function = function

    def __call__(self, text: str) -> list[str]:
        return self._function(text)

    def __reduce__(self) -> tuple[Any, ...]:
        for module in _DEFINITION:
            cloudpickle.register_pickle_by_value(module)
        try:
            return cloudpickle.loads, (cloudpickle.dumps(self._function),)
        finally:
            for module in _DEFINITION:
                cloudpickle.unregister_pickle_by_value(module)


def _svm(weights: np.ndarray, intercept: float, is_sparse: bool) -> LinearSVC:
    svm = LinearSVC()
    svm.coef_ = weights.astype(np.float64)[None, :]
    svm.intercept_ = np.array([intercept])
    svm.classes_ = np.array([0, 1])
    svm.n_features_in_ = len(weights)
    return svm.sparsify() if is_sparse else svm


def export_sklearn(model: Model, path: Path) -> None:
    """Write the pipeline of `to_pipeline` with joblib. Loading such a file runs code from it: load only trusted files.

    Raises
    ------
    ModelError
        If the file cannot be written.
    """
    with unreadable_as(ModelError, f"{path} cannot be written"):
        joblib.dump(to_pipeline(model), path)
