"""The training task: labelled articles as numbers, with their stories and folds. All parts of training use it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.splits import assign_folds
from classifier.corpus.stories import group_stories, sign
from classifier.errors import CorpusError
from classifier.progress import Progress
from classifier.sections import Section, Sections
from classifier.training.counts.corpus import CountedTexts, CountOptions, count_texts
from classifier.training.scheduling import local_threads
from classifier.training.training_settings import TrainingSettings

_ADD = "Fix: add articles about other stories"


@dataclass(frozen=True)
class Task:
    """Labelled articles as numbers.

    ``trained`` lists the sections with enough stories; they are the columns of ``labels``, a bool array of shape
    (n_articles, n_sections). ``support`` counts the articles of every active section by id, ``story_support`` their
    stories. ``signatures`` holds the MinHash signatures of `classifier.corpus.stories`. ``stories`` and ``folds`` hold
    the number of each article's story and fold, both of shape (n_articles,).
    """

    counted: CountedTexts
    trained: tuple[Section, ...]
    labels: NDArray[np.bool_]
    support: dict[str, int]
    story_support: dict[str, int]
    signatures: NDArray[np.uint16]
    stories: NDArray[np.int64]
    folds: NDArray[np.int64]

    @property
    def n_stories(self) -> int:
        """The number of stories."""
        return len(np.unique(self.stories))


def make_task(
    articles: Sequence[LabelledArticle],
    sections: Sections,
    settings: TrainingSettings,
    progress: Progress,
    jobs: int = 1,
) -> Task:
    """Group articles into stories, count their terms on ``jobs`` threads, and assign folds.

    Raises
    ------
    CorpusError
        If no section has ``min_support`` stories, every article has the same section, or there are fewer stories than
        folds.
    """
    texts = [article.prepared.text for article in articles]
    progress.stage("grouping articles into stories", 1)
    signatures = sign(texts)
    stories = group_stories(signatures)
    progress.step()
    active = sections.active
    matrix = np.array([[section.id in article.sections for section in active] for article in articles], dtype=bool)
    matrix = matrix.reshape(len(articles), len(active))
    # copies of one article do not count: every fold needs positives, so these must be in several stories
    n_stories = [len(np.unique(stories[column])) for column in matrix.T]
    columns = _trained_columns(matrix, stories, n_stories, sections, settings)
    labels = matrix[:, columns]
    folds = assign_folds(labels, stories, settings.n_folds, settings.seed)
    progress.stage("counting terms", 1)
    counted = count_texts(texts, CountOptions(jobs=local_threads(jobs)))
    progress.step()
    return Task(
        counted,
        trained=tuple(active[s] for s in columns),
        labels=labels,
        support={section.id: int(column.sum()) for section, column in zip(active, matrix.T, strict=True)},
        story_support={section.id: n for section, n in zip(active, n_stories, strict=True)},
        signatures=signatures,
        stories=stories,
        folds=folds,
    )


def _trained_columns(
    matrix: NDArray[np.bool_],
    stories: NDArray[np.int64],
    n_stories: Sequence[int],
    sections: Sections,
    settings: TrainingSettings,
) -> list[int]:
    """Return the columns of ``matrix``, the labels of the active sections, that have enough stories to be trained."""
    columns = [s for s, n in enumerate(n_stories) if n >= settings.min_support]
    in_all = len(np.unique(stories))
    counts = f"{len(matrix):,} articles that can be used make {in_all:,} stories, because near copies count once"
    if not columns:
        raise CorpusError(f"no section has {settings.min_support} stories (--min-support): the {counts}. {_ADD}")
    everywhere = [sections.active[s].id for s in columns if matrix[:, s].all()]
    if everywhere:
        raise CorpusError(
            f"every article has the section {everywhere[0]}, so it cannot be learned. Fix: add articles without it"
        )
    if in_all < settings.n_folds:
        raise CorpusError(
            f"there are fewer stories than {settings.n_folds} folds (parts for cross-validation): the {counts}. {_ADD}"
        )
    return columns
