"""Sections that hold two subjects: a model that learned one part of the articles does not recognize the other part.

The articles of a section are divided in two by their words, after removing what other sections explain. Any division in
two can be learned, so that it can be learned shows nothing. The test is transfer: in a section of one subject, a
model of one part ranks the articles of the other part above those outside the section.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import roc_auc_score

from classifier.progress import Progress
from classifier.training.diagnosing.subjects import NamedArticles
from classifier.training.diagnosing.texts import ArticlePoints
from classifier.training.fitting.linear import fit
from classifier.training.scheduling import local_threads
from classifier.training.task import Task
from classifier.training.training_settings import TrainingSettings

#: The transfer (AUC) below which a section counts as two subjects. In two joined sections of the starter corpus it is
#: 0.58 to 0.88, in ten of its thirteen sections 0.82 to 0.95.
MOST_TRANSFER = 0.835
LEAST_ARTICLES = 40
#: If fewer than that share of the sections look like one subject, or fewer than that many, none is divided.
_LEAST_WHOLE = 0.25
_FEWEST_WHOLE = 2
#: At most that share of the sections is divided, the clearest ones.
_MOST_DIVIDED = 0.5
_LEAST_COMPARED = 4
_LEAST_SHARE = 0.05
_LEAST_PART = 12
_TRIALS = 4
_MOST_OTHERS = 3_000


@dataclass(frozen=True)
class Division:
    """A subject in two parts, both bool arrays of shape (n_articles,), and how well each part is recognized (AUC)."""

    subject: NamedArticles
    first: NDArray[np.bool_]
    second: NDArray[np.bool_]
    transfer: float


def two_subjects(
    task: Task,
    points: ArticlePoints,
    subjects: Sequence[NamedArticles],
    explained: NDArray[np.bool_],
    settings: TrainingSettings,
    jobs: int,
    progress: Progress,
) -> list[Division]:
    """Return the divisions of subjects whose parts have too little in common.

    Parameters
    ----------
    task : Task
    points : ArticlePoints
    subjects : sequence of NamedArticles
    explained : bool array of shape (n_articles, n_columns)
        Labels whose words do not count: those of all subjects and of missing sections.
    settings : TrainingSettings
    jobs : int
        Number of threads.
    progress : Progress
    """
    rest = points.unexplained(explained)
    large = _large(subjects)
    progress.stage("looking for sections with two subjects", len(large))

    def run(subject: NamedArticles) -> Division | None:
        return _division(subject, rest, task, settings)

    found = []
    with ThreadPoolExecutor(local_threads(jobs)) as threads:
        for division in threads.map(run, large):
            progress.step()
            if division and division.transfer < MOST_TRANSFER:
                found.append(division)
    return sorted(found, key=lambda division: division.transfer)


def credible(
    divisions: Sequence[Division], subjects: Sequence[NamedArticles]
) -> tuple[Sequence[Division], tuple[str, ...]]:
    """Return the credible divisions, and a reason if some or all are left out.

    In very short texts the parts of any subject share few words, and every subject seems to be two. So the test must
    recognize at least two subjects as one before its result on the others is credible.
    """
    n = len(_large(subjects))
    most = int(_MOST_DIVIDED * n)
    if n < _LEAST_COMPARED or len(divisions) <= most:
        return divisions, ()
    named = f"{len(divisions)} of {n} sections look like two subjects"
    if n - len(divisions) < max(_FEWEST_WHOLE, _LEAST_WHOLE * n):
        return (), (
            f"{named}. That is too many to be credible, as is usual for very short texts, so no split is proposed",
        )
    clearest = sorted(divisions, key=lambda division: division.transfer)[:most]
    return clearest, (
        f"{named}. At most half of the sections are proposed for a split, so only the {most} clearest are",
    )


def _large(subjects: Sequence[NamedArticles]) -> list[NamedArticles]:
    return [subject for subject in subjects if subject.labels.sum() >= LEAST_ARTICLES and not subject.labels.all()]


def _division(
    subject: NamedArticles, rest: NDArray[np.float64], task: Task, settings: TrainingSettings
) -> Division | None:
    rows = np.flatnonzero(subject.labels)
    is_second = _in_two(rest[rows], max(_LEAST_PART, _LEAST_SHARE * len(rows)), settings.seed)
    if is_second is None:
        return None
    first, second = np.zeros((2, len(rest)), dtype=bool)
    first[rows[~is_second]], second[rows[is_second]] = True, True
    found = [_transfer(one, other, subject, task, settings) for one, other in ((first, second), (second, first))]
    return Division(subject, first, second, float(np.mean(found)))


def _in_two(points: NDArray[np.float64], least: float, seed: int) -> NDArray[np.bool_] | None:
    """Divide points in two parts of ``least`` points or more, by 2-means; None if that is not possible.

    A part that is smaller is put aside, and the rest is divided again; in the end its points go to the nearer part.
    """
    kept = np.arange(len(points))
    for _ in range(_TRIALS):
        means = KMeans(2, n_init=10, random_state=seed).fit(points[kept])
        sizes = np.bincount(means.labels_, minlength=2)
        if sizes.min() >= least:
            return np.asarray(means.predict(points) == 1, dtype=np.bool_)
        kept = kept[means.labels_ == sizes.argmax()]
    return None


def _transfer(
    learned: NDArray[np.bool_],
    asked: NDArray[np.bool_],
    subject: NamedArticles,
    task: Task,
    settings: TrainingSettings,
) -> float:
    """Return how well a model of one part tells the other part from articles outside the section that it has not seen.

    No story is on both sides.
    """
    outside = ~subject.labels
    halves = task.folds < (settings.n_folds + 1) // 2
    rng = np.random.default_rng(settings.seed)
    negatives, unseen = (rng.permutation(np.flatnonzero(outside & half))[:_MOST_OTHERS] for half in (halves, ~halves))
    positives = np.flatnonzero(learned)
    rows = np.sort(np.concatenate([positives, negatives]))
    model = fit(task.counted.counts, learned[:, None], settings, task.counted.pairs, 1, rows, task.article_weights)
    tested = np.concatenate([np.flatnonzero(asked & ~np.isin(task.stories, task.stories[positives])), unseen])
    # only evidence for the section: without the words of other sections, an article is not recognized yet
    evidence = model.tfidf.transform(task.counted.counts, rows=tested) @ np.maximum(model.of_section(0), 0)
    right = asked[tested]
    return float(roc_auc_score(right, evidence)) if 0 < right.sum() < len(right) else 1.0
