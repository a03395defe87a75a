"""The training task: labelled articles as numbers, with their stories and folds. All parts of training use it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.splits import assign_folds
from classifier.corpus.stored.subset import texts_of
from classifier.corpus.stored.texts import characters_of
from classifier.corpus.stories import sign
from classifier.corpus.translations import stories_of
from classifier.errors import CorpusError, number_of
from classifier.progress import Progress
from classifier.rules.needs import Need, needs_of
from classifier.sections import Section, Sections
from classifier.terms.encoding import utf8
from classifier.terms.hashing import hash_texts
from classifier.training.counts.archive import LatentFeatures
from classifier.training.counts.assembling import CountOptions
from classifier.training.counts.corpus import CountedTexts, count_texts
from classifier.training.counts.cuts import ends_of_first_words
from classifier.training.scheduling import local_threads
from classifier.training.training_settings import TrainingSettings

#: The reason why a section is not trained that every article has.
ON_EVERY_ARTICLE = "on every article"
DEPRECATED = "deprecated"
#: Of more words and pairs of words, those in the fewest articles are left out: rare ones help least, and a fit holds 64
#: bytes and more of each.
MOST_FEATURES = 2_000_000
_TEXTS_AT_ONCE = 256  # that are cut short
_ADD = "Fix: add articles about other stories"


@dataclass(frozen=True)
class Task:
    """Labelled articles as numbers.

    ``trained`` lists the sections with enough stories; they are the columns of ``labels``, a bool array of shape
    (n_articles, n_trained). ``untrained`` lists the other sections that articles have, active or not; ``all_labels``
    holds the labels of the trained sections, then theirs: figures count labels that the model cannot give as missed.
    ``parents`` has for each trained section the column of the nearest trained section above it, or None; ``needs`` what
    it needs, or None.
    ``everywhere`` names the sections that every article has: these cannot be learned. ``support`` counts the articles
    of every active section by id, ``story_support`` their stories. ``signatures`` holds the MinHash signatures of
    `classifier.corpus.stories`. ``stories`` and ``folds`` hold the number of each article's story and fold, both of
    shape (n_articles,). ``texts`` holds the texts that were counted, perhaps on disk; each begins with its headline,
    and ``headlines`` (int32) holds the number of characters of that. ``article_weights`` says by how much the errors of
    each article count in the fit, a float64 array of shape (n_articles,); None if all count the same.
    ``latent`` holds the latent features of an archive if models are to learn from them too; ``counted`` then has
    columns for the words of the archive. ``taught`` marks the articles that a teacher labelled, not a person, a bool
    array of shape (n_articles,); None if there are none.
    """

    counted: CountedTexts
    trained: tuple[Section, ...]
    parents: tuple[int | None, ...]
    needs: tuple[Need | None, ...]
    labels: NDArray[np.bool_]
    untrained: tuple[Section, ...]
    all_labels: NDArray[np.bool_]
    everywhere: frozenset[str]
    support: dict[str, int]
    story_support: dict[str, int]
    signatures: NDArray[np.uint16]
    stories: NDArray[np.int64]
    folds: NDArray[np.int64]
    texts: Sequence[str] = field(default=(), repr=False)
    headlines: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32), repr=False)
    article_weights: NDArray[np.float64] | None = None
    latent: LatentFeatures | None = None
    taught: NDArray[np.bool_] | None = None

    def counted_for(self, settings: TrainingSettings, jobs: int = 1) -> CountedTexts:
        """Return the counts of the terms that these settings ask for, counted again if they ask for other terms."""
        has_enough = self.counted.has_singles or settings.least_articles > 1
        if settings.analyzer == self.counted.analyzer and has_enough:
            return self.counted
        return _count(self.texts, settings, jobs)

    def decided(self, settings: TrainingSettings) -> TrainingSettings:
        """Return the settings with each value filled in that depends on the articles."""
        decided = settings.decided(characters_of(self.texts), len(self.trained))
        raised = self.counted.raised
        return decided if raised is None else replace(decided, min_df=max(raised, decided.least_articles))

    def with_terms_of(self, settings: TrainingSettings, jobs: int = 1) -> "Task":
        """Return the task with the terms that these settings ask for."""
        return replace(self, counted=self.counted_for(settings, jobs))

    def first_words(self, rows: NDArray[np.int64], lengths: Sequence[int]) -> list[list[str | None]]:
        """Return the beginnings of articles, each of them cut after some numbers of words.

        Parameters
        ----------
        rows : int64 array of shape (n_cut,)
            The articles.
        lengths : sequence of int
            Numbers of words, as `classifier.terms.vocabulary` counts them.

        Returns
        -------
        list of lists, one for each length
            The beginning of each article, or None if the article is not longer than that.
        """
        analyzer = self.counted.analyzer
        cuts: list[list[str | None]] = [[] for _ in lengths]
        for share in np.array_split(rows, len(rows) // _TEXTS_AT_ONCE + 1):
            texts = [self.texts[i] for i in share.tolist()]
            hashed = hash_texts(texts, analyzer=analyzer)
            for number, text in enumerate(texts):
                data = utf8(analyzer.fold(text) if number in hashed.folded_by_python else text)
                for of_length, end in zip(cuts, ends_of_first_words(hashed, number, lengths), strict=True):
                    of_length.append(None if end is None else data[:end].decode("utf-8", "surrogatepass"))
        return cuts

    def headline(self, article: int) -> str | None:
        """Return the headline of an article alone, or None if the article has none, or no other text."""
        text, length = self.texts[article], int(self.headlines[article])
        return text[:length] if 0 < length < len(text) else None

    @property
    def n_stories(self) -> int:
        """The number of stories."""
        return len(np.unique(self.stories))

    @property
    def why_untrained(self) -> dict[str, str]:
        """Why a section of the vocabulary, or one that articles have, is not trained: a few words by id."""
        learned = {section.id for section in self.trained}
        reasons = {name: f"{n:,} {'story' if n == 1 else 'stories'}" for name, n in self.story_support.items()}
        reasons |= dict.fromkeys(self.everywhere, ON_EVERY_ARTICLE)
        reasons |= {section.id: DEPRECATED for section in self.untrained if section.status == "deprecated"}
        return {name: why for name, why in reasons.items() if name not in learned}


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
        If no section has ``min_support`` stories without being on every article, or there are fewer stories than folds.
    """
    texts = texts_of(articles)
    progress.stage("grouping articles into stories", 1)
    signatures = sign(texts, jobs=local_threads(jobs))
    stories = stories_of(articles, signatures, texts)
    progress.step()
    active = sections.active
    matrix = _label_matrix(articles, active)
    # copies of one article do not count: every fold needs positives, so these must be in several stories
    n_stories = [len(np.unique(stories[column])) for column in matrix.T]
    everywhere = frozenset(s.id for s, column in zip(active, matrix.T, strict=True) if len(column) and column.all())
    columns = _trained_columns(matrix, stories, n_stories, sections, settings, everywhere)
    labels = matrix[:, columns]
    trained = tuple(active[s] for s in columns)
    untrained = [section for section in sections if section not in trained]
    others = _label_matrix(articles, untrained)
    occurring = np.flatnonzero(others.any(axis=0))
    folds = assign_folds(labels, stories, settings.n_folds, settings.seed)
    progress.stage("counting terms", 1)
    counted = _count(texts, settings.decided(characters_of(texts)), jobs)
    progress.step()
    if counted.raised:
        progress.note(
            f"words and pairs of words in fewer than {counted.raised} articles are left out (min_df), because a model "
            f"has at most {MOST_FEATURES:,} of them"
        )
    return Task(
        counted,
        trained=trained,
        parents=tuple(sections.parent_columns([section.id for section in trained])),
        needs=needs_of(trained),
        labels=labels,
        untrained=tuple(untrained[s] for s in occurring),
        all_labels=np.column_stack([labels, others[:, occurring]]),
        everywhere=everywhere,
        support={section.id: int(column.sum()) for section, column in zip(active, matrix.T, strict=True)},
        story_support={section.id: n for section, n in zip(active, n_stories, strict=True)},
        signatures=signatures,
        stories=stories,
        folds=folds,
        texts=texts,
        headlines=np.fromiter((item.headline_length for item in articles), np.int32, len(articles)),
        article_weights=_weights(articles),
        taught=_taught(articles),
    )


def _weights(articles: Sequence[LabelledArticle]) -> NDArray[np.float64] | None:
    weights = np.array([article.weight for article in articles], dtype=np.float64)
    return None if (weights == 1).all() else weights


def _taught(articles: Sequence[LabelledArticle]) -> NDArray[np.bool_] | None:
    taught = np.array([article.taught for article in articles], dtype=np.bool_)
    return taught if taught.any() else None


def _count(texts: Sequence[str], settings: TrainingSettings, jobs: int) -> CountedTexts:
    """Count the features that the settings may keep."""
    threads = local_threads(jobs)
    how = CountOptions(jobs=threads, analyzer=settings.analyzer, by_frequency=True, most_features=MOST_FEATURES)
    if settings.least_articles > 1:
        return count_texts(texts, how)
    return count_texts(texts, how, min_df=1).without_single_pairs()


def _label_matrix(articles: Sequence[LabelledArticle], sections: Sequence[Section]) -> NDArray[np.bool_]:
    """Return which article has which section, a bool array of shape (n_articles, n_sections)."""
    matrix = np.zeros((len(articles), len(sections)), np.bool_)
    column_of = {section.id: column for column, section in enumerate(sections)}
    for row, article in zip(matrix, articles, strict=True):
        row[[column_of[name] for name in article.sections if name in column_of]] = True
    return matrix


def _trained_columns(
    matrix: NDArray[np.bool_],
    stories: NDArray[np.int64],
    n_stories: Sequence[int],
    sections: Sections,
    settings: TrainingSettings,
    everywhere: frozenset[str],
) -> list[int]:
    """Return the columns of ``matrix``, the labels of the active sections, that can be learned.

    They have enough stories, and are not on every article.
    """
    if not len(matrix):
        raise CorpusError("there are no articles to learn from. Fix: give files that contain articles")
    enough = [s for s, n in enumerate(n_stories) if n >= settings.min_support]
    columns = [s for s in enough if sections.active[s].id not in everywhere]
    in_all = len(np.unique(stories))
    can_be_used = number_of(len(matrix), "article that can be used makes", "articles that can be used make")
    counts = f"{can_be_used} {number_of(in_all, 'story', 'stories')}, because near copies count once"
    if not columns and enough:
        named = sections.active[enough[0]].id
        raise CorpusError(
            f"every article has the section {named}, so it cannot be learned, and no other section has "
            f"{settings.min_support} stories (--min-support). Fix: add articles without {named}"
        )
    if not columns:
        raise CorpusError(f"no section has {settings.min_support} stories (--min-support): the {counts}. {_ADD}")
    if in_all < settings.n_folds:
        raise CorpusError(
            f"there are fewer stories than {settings.n_folds} folds (parts for cross-validation): the {counts}. {_ADD}"
        )
    return columns
