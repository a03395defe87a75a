"""The terms that speak most for and against each section, over all training articles."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csc_matrix

from classifier.training.fitting.trainer import TrainedModel
from classifier.training.task import Task

N_TERMS = 12
_ARTICLES_AT_ONCE = 2_000


@dataclass(frozen=True)
class SectionTerms:
    """Terms with their mean share of the section's logit, the strongest first.

    The shares of ``speak_for`` are means over the section's own articles, those of ``speak_against`` over all others.
    """

    speak_for: tuple[tuple[str, float], ...]
    speak_against: tuple[tuple[str, float], ...]


def section_terms(task: Task, trained: TrainedModel) -> list[SectionTerms]:
    """Return the terms of each trained section.

    A share is slope times TF-IDF value times weight, as in the evidence of a tag. Its mean over articles is large for a
    term that often decides, and small for a term with a large weight that almost never occurs.
    """
    labels = csc_matrix(task.labels)
    total = _sums(task, trained, np.arange(labels.shape[0]))
    terms = task.counted.terms[trained.model.tfidf.columns]
    out = []
    for s, rule in enumerate(trained.rules.sections):
        kept, found = trained.model.kept(s)
        weights = rule.scaling.slope * found
        rows = labels.indices[labels.indptr[s] : labels.indptr[s + 1]]
        own = _sums(task, trained, rows)[kept]
        # a section of no article, or of all articles, has no mean on one side
        mean_own = weights * own / max(len(rows), 1)
        mean_others = weights * (total[kept] - own) / max(labels.shape[0] - len(rows), 1)
        out.append(SectionTerms(_strongest(mean_own, terms[kept], 1), _strongest(mean_others, terms[kept], -1)))
    return out


def _sums(task: Task, trained: TrainedModel, rows: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the sum of each feature's TF-IDF over some articles, worked out a few at a time: all take gigabytes."""
    found = np.zeros(len(trained.model.tfidf.columns))
    for begin in range(0, len(rows), _ARTICLES_AT_ONCE):
        some = rows[begin : begin + _ARTICLES_AT_ONCE].astype(np.int64)
        found += np.asarray(trained.model.tfidf.transform(task.counted.counts, rows=some).sum(axis=0)).ravel()
    return found


def _strongest(shares: NDArray[np.float64], terms: NDArray[np.object_], sign: int) -> tuple[tuple[str, float], ...]:
    n = min(4 * N_TERMS, len(shares))
    if not n:
        return ()
    candidates = np.argpartition(-sign * shares, n - 1)[:n]
    order = candidates[np.lexsort((candidates, -sign * shares[candidates]))][:N_TERMS]
    return tuple((str(terms[k]), float(shares[k])) for k in order if sign * shares[k] > 0)
