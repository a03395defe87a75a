"""Themes that no section names, among articles with fewer sections than most."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.decomposition import NMF
from sklearn.preprocessing import normalize

from classifier.progress import Progress
from classifier.training.diagnosing.subjects import NamedArticles
from classifier.training.diagnosing.texts import ArticlePoints
from classifier.training.fitting.linear import fit
from classifier.training.scheduling import local_threads
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

MOST_THEMES = 4
_N_TOPICS = (2, 3, 4, 5, 6, 8)
_TOPIC_STEPS = 60
_MOST_SAME = 0.8
_LEAST_ARTICLES = 10
_MOST_POOL = 5_000
_MOST_FEATURES = 2_000
#: How clear a theme must be, as a part of how clear sections are.
_CLEARNESS = 0.45


@dataclass(frozen=True)
class Theme:
    """Articles that share a theme, a bool array of shape (n_articles,), and how clear and frequent the theme is."""

    articles: NDArray[np.bool_]
    strength: float


def missing_themes(
    task: Task,
    points: ArticlePoints,
    subjects: Sequence[NamedArticles],
    settings: TrainingSettings,
    jobs: int,
    progress: Progress,
) -> list[Theme]:
    """Return themes that are as clear and as frequent as sections, and that no section names; the strongest first.

    If most articles have two sections or more, these are themes of articles with fewer, but one at least: an article
    without a section does not belong to the vocabulary. Otherwise they are themes of articles without a section.
    """
    labels = np.column_stack([subject.labels for subject in subjects])
    n_labels = labels.sum(axis=1)
    usual = float(np.median(n_labels[n_labels > 0]))
    is_rich = usual >= 2
    eligible = n_labels > 0 if is_rich else np.ones(len(labels), dtype=bool)
    sizes = labels.sum(axis=0)
    least = max(_LEAST_ARTICLES, float(np.quantile(sizes, 0.25)) / 5)
    clear = [points.contrast(subject.labels) * np.sqrt(subject.labels.sum()) for subject in subjects]
    required = _CLEARNESS * float(np.quantile(clear, 0.25))
    progress.stage("looking for missing sections", MOST_THEMES)
    found: list[Theme] = []
    for _ in range(MOST_THEMES):
        poor = eligible & ((n_labels < usual) if is_rich else (n_labels == 0))
        theme = _clearest(task, points, poor, eligible, least, settings, jobs) if poor.sum() >= least else None
        progress.step()
        if theme is None or theme.strength < required:
            break
        found.append(theme)
        n_labels = n_labels + theme.articles
    return found


def _clearest(
    task: Task,
    points: ArticlePoints,
    poor: NDArray[np.bool_],
    eligible: NDArray[np.bool_],
    least: float,
    settings: TrainingSettings,
    jobs: int,
) -> Theme | None:
    """Return the clearest theme of the articles with few sections, by the words that these have more than others."""
    if not (eligible & ~poor).any():
        return None
    rows = np.flatnonzero(eligible)
    threads, pairs = local_threads(jobs), task.counted.pairs
    model = fit(task.counted.counts, poor[:, None], settings, pairs, threads, rows, task.article_weights)
    chosen = np.random.default_rng(settings.seed).permutation(np.flatnonzero(poor))[:_MOST_POOL]
    chosen.sort()
    features = model.tfidf.transform(task.counted.counts, rows=chosen)
    weighed = features.multiply(np.maximum(model.of_section(0), 0)[None, :]).tocsc()
    strongest = np.argsort(-np.asarray(weighed.sum(axis=0)).ravel(), kind="stable")[:_MOST_FEATURES]
    evidence = normalize(weighed[:, np.sort(strongest)].tocsr())
    themes = [
        Theme(articles, points.contrast(articles) * float(np.sqrt(articles.sum())))
        for articles in _topics(evidence, chosen, len(poor), least, settings.seed)
    ]
    return max(themes, key=lambda theme: theme.strength, default=None)


def _topics(
    evidence: csr_matrix, chosen: NDArray[np.int64], n: int, least: float, seed: int
) -> Iterator[NDArray[np.bool_]]:
    """Yield the topics of several non-negative factorizations, each once, if several are nearly the same."""
    seen: list[NDArray[np.bool_]] = []
    for n_topics in _N_TOPICS:
        if n_topics >= min(evidence.shape):
            return
        topics = NMF(n_topics, init="nndsvd", max_iter=_TOPIC_STEPS, tol=0.0, random_state=seed)
        strongest = topics.fit_transform(evidence).argmax(axis=1)
        for topic in range(n_topics):
            articles = np.zeros(n, dtype=bool)
            articles[chosen[strongest == topic]] = True
            if articles.sum() < least or any(_are_same(articles, other) for other in seen):
                continue
            seen.append(articles)
            yield articles


def _are_same(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> bool:
    return bool((one & other).sum() > _MOST_SAME * (one | other).sum())
