"""The evaluation of a model version on labelled articles: the tags that it gives, and how good they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.corpus.intake import RefusalAdvice, read_or_refuse
from classifier.corpus.language import languages_of_each
from classifier.corpus.readers import Corpus, LabelledArticle, Reading, Source
from classifier.corpus.stored.subset import texts_of
from classifier.corpus.stories import sign
from classifier.corpus.translations import stories_of
from classifier.errors import number_of
from classifier.progress import Progress
from classifier.request import Choice
from classifier.rules.tagging import Predictions
from classifier.store.files import read_model
from classifier.tagger import Tagger
from classifier.terms.hashing import hash_texts
from classifier.training.measuring.assessment import Assessment, assess, rounded
from classifier.training.measuring.earlier.seen import SeenArticles
from classifier.training.measuring.lengths.quality import LengthQuality, assess_lengths
from classifier.training.measuring.outoffold_file import find_seen

#: What the error on bad rows advises; it goes for “copydesk compare” as well.
ADVICE = RefusalAdvice("measured", skip_bad=True, ignore_unknown=True)
_SEED = 0
_BATCH = 1_000


@dataclass(frozen=True)
class VersionEvaluation:
    """The quality of a version on labelled articles.

    ``section_ids`` are the sections that the version was trained on, then the others that articles are labelled with.
    ``corpus`` also holds the rows and labels that were left out. ``seen`` marks the articles that the version was
    trained on, near copies included: on these the figures are too good. It is None if the version does not record its
    articles.
    ``without_seen`` holds the figures of the other articles; None if there is no seen article, or no other.
    ``by_length`` holds the figures by the length of the text, the shortest texts first, and ``new_by_length`` those of
    ``without_seen``.
    """

    version: str
    section_ids: tuple[str, ...]
    assessment: Assessment
    corpus: Corpus
    seen: SeenArticles | None
    without_seen: Assessment | None = None
    by_length: tuple[LengthQuality, ...] = ()
    new_by_length: tuple[LengthQuality, ...] = ()

    @property
    def trained_on(self) -> int | None:
        """The number of articles that the version was trained on, near copies included; None if that is not known."""
        return None if self.seen is None else self.seen.n

    @property
    def out_of_sample(self) -> bool:
        """Whether the version was trained on none of the articles."""
        return self.trained_on == 0

    @property
    def warning(self) -> str:
        """Sentences on the limits of the figures; empty if they are out-of-sample."""
        if self.seen is None:
            return (
                "the model may have been trained on these articles, because its folder does not record its training "
                "articles. Fix: evaluate on articles that are newer than the model, or train again"
            )
        if not self.seen.n:
            return ""
        was = f"the model was trained on {self.seen.counts}, or on near copies or translations of them"
        if self.without_seen is None:
            return (
                f"{was}: these figures are too good (in-sample), and no other article is left to measure. Fix: read "
                "the honest figures in evaluation.json in the model's folder, or give articles that it was not "
                "trained on"
            )
        return (
            f"{was}: figures that include these are too good (in-sample). Fix: use the figures without them, which are "
            "given next to the others"
        )

    @property
    def of_new_articles(self) -> "VersionEvaluation | None":
        """The evaluation without the articles that the version has seen; None if there are no such figures."""
        if self.without_seen is None:
            return None
        none = np.zeros(self.without_seen.n_articles, dtype=bool)
        return replace(
            self,
            assessment=self.without_seen,
            seen=SeenArticles(none, none, none, none),
            without_seen=None,
            by_length=self.new_by_length,
            new_by_length=(),
        )

    @property
    def words_on_ids(self) -> str:
        """A sentence on articles that have the id of a training article but another text; empty if there are none."""
        n = int(self.seen.same_id.sum()) if self.seen else 0
        if not n:
            return ""
        return (
            f"{number_of(n, 'article has', 'articles have')} the id of a training article but another text, and "
            f"{'counts' if n == 1 else 'count'} as new. Fix: if the ids mean the same articles, leave these out"
        )

    def to_json(self) -> dict[str, Any]:
        """Return the evaluation as plain JSON values."""
        data: dict[str, Any] = rounded(self.assessment.to_json(self.section_ids))
        head = {"model": self.version, "out_of_sample": self.out_of_sample, "trained_on": self.trained_on}
        left_out = {"bad_rows": len(self.corpus.rejects), "dropped_labels": dict(self.corpus.unknown_labels)}
        reading = [account.to_json() for account in self.corpus.accounts]
        others = self.without_seen
        return {
            **head,
            "warning": self.warning,
            "seen": rounded(self.seen.to_json()) if self.seen else None,
            "left_out": left_out,
            "reading": reading,
            "left_out_files": self.corpus.left_out_files,
            **data,
            "by_length": self._lengths_json(self.by_length),
            "without_seen": {
                **rounded(others.to_json(self.section_ids)),
                "by_length": self._lengths_json(self.new_by_length),
            }
            if others
            else None,
            "why_no_without_seen": "" if others else self._why_nothing_beside,
        }

    def _lengths_json(self, lengths: Sequence[LengthQuality]) -> list[dict[str, Any]]:
        return [rounded(quality.to_json(self.section_ids)) for quality in lengths]

    @property
    def _why_nothing_beside(self) -> str:
        if self.seen is None:
            return "the model does not record its training articles"
        return "the model has seen every article" if self.seen.n else "the model has seen no article"


def evaluate_version(
    folder: Path,
    data: Sequence[Source],
    progress: Progress,
    reading: Reading | None = None,
    rejects: Path | None = None,
) -> VersionEvaluation:
    """Tag labelled articles with a version and measure everything.

    Parameters
    ----------
    folder : Path
        Of the version.
    data : sequence of Path or TableSource
        Files, folders and globs of labelled articles, and tables of them in memory.
    progress : Progress
    reading : Reading, optional
    rejects : Path, optional
        Where to set bad rows aside. Without it, bad rows are an error.

    Raises
    ------
    ModelError
        If the version cannot be read.
    CorpusError
        If the articles cannot be read. A row in a language that the model was not trained on is a bad row.
    """
    tagger = Tagger(read_model(folder))
    reading = replace(reading or Reading(), model_languages=tagger.languages)
    corpus = read_or_refuse(data, tagger.sections, rejects, reading, progress, advice=ADVICE)
    articles = corpus.articles
    trained = [entry.section.id for entry in tagger.manifest.trained]
    occurring = {name for item in articles for name in item.sections}
    ids = [*trained, *(s.id for s in tagger.sections if s.id in occurring and s.id not in trained)]
    progress.stage("tagging", len(articles))
    given = _predictions(tagger, trained, articles, progress)
    labels = np.array([[name in item.sections for name in ids] for item in articles], dtype=bool)
    texts = texts_of(articles)
    signatures = sign(texts)
    stories = stories_of(articles, signatures, texts)
    published = [item.published for item in articles]
    languages = _languages(tagger, articles)
    seen = find_seen(folder, articles, signatures, stories)
    n_words = _lengths(texts, tagger)

    def measured(chosen: NDArray[np.bool_]) -> tuple[Assessment, tuple[LengthQuality, ...]]:
        rows = np.flatnonzero(chosen).tolist()
        found = Predictions(given.probabilities[chosen], given.suggested[chosen], given.applied[chosen])
        dates, codes = [published[i] for i in rows], [languages[i] for i in rows]
        whole = assess(found, labels[chosen], stories[chosen], dates, _SEED, codes)
        return whole, assess_lengths(found, n_words[chosen], labels[chosen])

    everything, by_length = measured(np.ones(len(articles), dtype=bool))
    others, new_by_length = measured(~seen.mask) if seen and 0 < seen.n < len(articles) else (None, ())
    return VersionEvaluation(
        tagger.version, tuple(ids), everything, corpus, seen, others, by_length=by_length, new_by_length=new_by_length
    )


def _lengths(texts: Sequence[str], tagger: Tagger) -> NDArray[np.int64]:
    """Return the length of each text in words, as the tagger counts it: int64, of shape (n_texts,)."""
    analyzer = tagger.manifest.terms_analyzer
    parts = [hash_texts(texts[i : i + _BATCH], analyzer=analyzer).lengths for i in range(0, len(texts), _BATCH)]
    return np.concatenate([np.zeros(0, np.int64), *parts])


def _languages(tagger: Tagger, articles: Sequence[LabelledArticle]) -> list[str]:
    """Return the language of each article: the model's, or for a model of several the one named or detected."""
    if len(tagger.languages) == 1:
        return [tagger.languages[0]] * len(articles)
    found, _ = languages_of_each(articles, among=tagger.languages)
    return found


def _predictions(
    tagger: Tagger, ids: Sequence[str], articles: Sequence[LabelledArticle], progress: Progress
) -> Predictions:
    column = {name: s for s, name in enumerate(ids)}
    probabilities = np.zeros((len(articles), len(ids)))
    suggested, applied = np.zeros((2, len(articles), len(ids)), dtype=bool)
    for i, item in enumerate(articles):
        answer = tagger.tag(item.article, Choice(all=True))
        for tag in answer.tags:
            s = column[tag.section]
            probabilities[i, s] = tag.probability
            suggested[i, s] = tag.decision != "below"
            applied[i, s] = tag.decision == "apply"
        progress.step()
    return Predictions(probabilities, suggested, applied)
