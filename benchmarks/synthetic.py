"""One linear model in two dresses: scikit-learn's pipeline, and the same weights as a model of Copydesk."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from benchmarks.recombine import MadeArticle, Recombiner, without_digits
from classifier.store.arrays import ModelArrays
from classifier.store.files import write_model
from classifier.store.registry import Registry
from classifier.terms.analyzer import CURRENT
from classifier.terms.hashing import hash_digest

ARTICLE_LENGTH = 3_250  # characters; sentences run on to about 3.3 kB
N_ARTICLES = 500
_SEED = 20_231_114


@dataclass(frozen=True)
class Synthetic:
    """A model and texts to tag.

    ``labels`` is a bool array of shape (n_training, n_sections); ``texts`` are of news length, ``articles`` of 3.3 kB.
    """

    pipeline: Pipeline
    sections: tuple[str, ...]
    training: tuple[str, ...]
    labels: NDArray[np.bool_]
    articles: tuple[str, ...]
    texts: tuple[str, ...]

    @property
    def n_features(self) -> int:
        """The number of features."""
        return len(self.pipeline[0].vocabulary_)


def synthesise(
    articles: Path, sections: Path, n_training: int, n_texts: int, n_features: int, n_sections: int
) -> Synthetic:
    """Fit scikit-learn's pipeline on made articles.

    The sections are those of the articles and, until there are enough, the pairs of them that go together most often.
    Digits are written as 0 beforehand, so that scikit-learn need not do it and both have the same features.
    """
    recombiner = Recombiner(articles, sections)
    made = list(recombiner.articles(n_training + n_texts, _SEED))
    names, labels = _label_matrix(made[:n_training], n_sections)
    texts = [without_digits(f"{item.headline}\n\n{item.body}") for item in made]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=n_features)
    pipeline = make_pipeline(vectorizer, OneVsRestClassifier(LinearSVC(random_state=0)))
    pipeline.fit(texts[:n_training], labels.astype(int))
    random = Random(_SEED)
    bodies = [recombiner.body(random, item.sections, ARTICLE_LENGTH) for item in made[:N_ARTICLES]]
    articles_ = tuple(without_digits(body) for body in bodies)
    return Synthetic(pipeline, names, tuple(texts[:n_training]), labels, articles_, tuple(texts[n_training:]))


def _label_matrix(made: Sequence[MadeArticle], n_sections: int) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    single = Counter(label for item in made for label in item.sections)
    together = Counter(pair for item in made for pair in combinations(item.sections, 2))
    wanted: list[tuple[str, ...]] = [(label,) for label in sorted(single)]
    wanted += [pair for pair, _ in sorted(together.items(), key=lambda entry: (-entry[1], entry[0]))]
    wanted = wanted[:n_sections]
    matrix = np.array([[set(labels) <= set(item.sections) for labels in wanted] for item in made])
    return tuple("-and-".join(labels) for labels in wanted), matrix


def write_as_model(synthetic: Synthetic, models: Path) -> str:
    """Write the pipeline's weights as the current model of a folder; a margin of 0 is where a tag begins."""
    vectorizer, classifier = synthetic.pipeline[0], synthetic.pipeline[1]
    terms = vectorizer.get_feature_names_out().tolist()
    weights = np.vstack([e.coef_[0] for e in classifier.estimators_]).T
    intercepts = np.array([e.intercept_[0] for e in classifier.estimators_])
    arrays = ModelArrays.by_frequency(terms, weights, intercepts, vectorizer.idf_)
    about: dict[str, Any] = {
        "language": "en",
        "trained": [_trained(name) for name in synthetic.sections],
        "untrained": [],
        "n_articles": len(synthetic.training),
        "n_stories": len(synthetic.training),
        "data_digest": "",
        "fingerprint_seed": arrays.table.seed,
        "fingerprint_sample": hash_digest(),
        "analyzer": CURRENT,
        "settings": {},
        "libraries": {},
    }
    version = write_model(models, about, arrays, {})
    Registry(models).promote(version)
    return version


def _trained(name: str) -> dict[str, Any]:
    quality = dict.fromkeys(("precision", "recall", "f1"), 0.0)
    return {
        "section": {"id": name, "name": name},
        "support": 1,
        "slope": 1.0,
        "offset": 0.0,
        "suggest": 0.5,
        "apply": None,
        **quality,
    }
