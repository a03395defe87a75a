"""The comparison of two model versions on labelled articles."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.answer import Evidence, Tag
from classifier.corpus.intake import read_or_refuse
from classifier.corpus.readers import Corpus, LabelledArticle, Reading
from classifier.corpus.stored.subset import Subset, texts_of
from classifier.corpus.stories import sign
from classifier.corpus.translations import stories_of
from classifier.errors import CorpusError
from classifier.progress import Progress
from classifier.request import Choice
from classifier.store.files import read_model
from classifier.tagger import Tagger
from classifier.training.measuring.assessment import rounded
from classifier.training.measuring.comparison import Comparison, compare_tags
from classifier.training.measuring.earlier.seen import percent
from classifier.training.measuring.earlier.unseen_answers import UnseenAnswers, answer_unseen
from classifier.training.measuring.outoffold_file import read_outoffold
from classifier.training.measuring.version_evaluation import ADVICE
from classifier.training.measuring.vocabularies import VocabularyChange, compare_vocabularies, merged

MAX_SHOWN = 5
_SEED = 0


@dataclass(frozen=True)
class VersionComparison:
    """Two versions on the same articles, the rows of ``comparison``.

    ``n_left_out`` counts the articles that could not be compared fairly, ``n_copies`` those of them that are near
    copies of training articles of a version, or others of their stories; a version does not know the language of the
    rest. ``unrecorded`` names the versions that do not record their training articles. ``change`` names the sections
    that were compared; ``n_labels_left_out`` counts the labels of the others. ``n_labels_untrained`` counts the labels
    that neither version can give: they count as missed by both. ``corpus`` also holds the rows and labels that were
    left out.
    """

    first: Tagger
    second: Tagger
    comparison: Comparison
    articles: Sequence[LabelledArticle]
    suggested: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    section_ids: tuple[str, ...]
    n_left_out: int
    change: VocabularyChange
    n_labels_left_out: int
    n_labels_untrained: int
    corpus: Corpus
    n_copies: int = 0
    unrecorded: tuple[str, ...] = ()

    @property
    def warning(self) -> str:
        """A sentence on figures that may be too good; empty if both versions record their training articles."""
        if not self.unrecorded:
            return ""
        named = " and ".join(self.unrecorded)
        return (
            f"the folder of {named} does not record the training articles, so the figures of that version may be too "
            "good (in-sample). Fix: compare on articles that are newer than the versions, or train again"
        )

    @property
    def words_on_left_out(self) -> str:
        """How many articles were left out, with the share and the reason; empty if none was."""
        n = self.n_left_out + len(self.articles)
        n_foreign = self.n_left_out - self.n_copies
        parts = [
            f"{self.n_copies:,} of {n:,} ({percent(self.n_copies / n)}) left out as near copies of training articles"
        ]
        if n_foreign:
            parts.append(
                f"{n_foreign:,} ({percent(n_foreign / n)}) left out because a version does not know their language"
            )
        return ", ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values, with the articles that changed most."""
        data: dict[str, Any] = rounded(self.comparison.to_json())
        examples = {
            name: [self.example(i) for i in getattr(self.comparison, name)[:MAX_SHOWN]] for name in ("won", "lost")
        }
        head = {
            "first": self.first.version,
            "second": self.second.version,
            "warning": self.warning,
            "left_out": self.n_left_out,
            "left_out_as_copies": self.n_copies,
            "share_left_out_as_copies": rounded(self.n_copies / (self.n_left_out + len(self.articles))),
        }
        reading = {
            "reading": [account.to_json() for account in self.corpus.accounts],
            "left_out_files": self.corpus.left_out_files,
        }
        return {**head, "vocabulary": self._vocabulary_to_json(), **reading, **data, "examples": examples}

    def _vocabulary_to_json(self) -> dict[str, Any]:
        return {
            "compared": list(self.change.compared),
            "only_in_second": list(self.change.new),
            "gone_in_second": dict(self.change.gone),
            "renamed": dict(self.change.renamed),
            "changes": self.change.to_json(),
            "labels_left_out": self.n_labels_left_out,
            "labels_missed_by_both": self.n_labels_untrained,
        }

    def example(self, i: int) -> dict[str, Any]:
        """Return the tags of an article that only one of the two versions gives, with that version's evidence.

        The tags may be out-of-fold; the evidence always comes from the version itself.
        """
        item = self.articles[i]
        differing = np.flatnonzero(self.suggested[0][i] != self.suggested[1][i])
        return {
            "place": str(item.place),
            "id": item.article.id,
            "sections": sorted(item.sections),
            "changes": [self._change(item, i, int(s)) for s in differing],
        }

    def _change(self, item: LabelledArticle, i: int, s: int) -> dict[str, Any]:
        name = self.section_ids[s]
        added = bool(self.suggested[1][i, s])
        tagger = self.second if added else self.first
        earlier = [before for before, after in self.change.renamed.items() if after == name]
        known = {entry.section.id for entry in tagger.manifest.trained}
        only = tuple(id_ for id_ in (name, *earlier) if id_ in known)
        tags = tagger.tag(item.article, Choice(only=only, explain=True, all=True)).tags
        return {
            "section": name,
            "change": "added" if added else "dropped",
            "right": added == (name in item.sections),
            "evidence": [[e.term, round(e.share, 3)] for e in _evidence_for(tags)],
        }


def _evidence_for(tags: Sequence[Tag]) -> list[Evidence]:
    return [e for tag in tags if tag.explanation for e in tag.explanation.evidence if e.share > 0]


def compare_versions(
    first: Path,
    second: Path,
    data: Sequence[Path],
    progress: Progress,
    reading: Reading | None = None,
    rejects: Path | None = None,
) -> VersionComparison:
    """Compare two versions on labelled articles that neither has seen, or by their out-of-fold tags.

    Parameters
    ----------
    first, second : Path
        The folders of the versions.
    data : sequence of Path
        Files, folders and globs of labelled articles.
    progress : Progress
    reading : Reading, optional
    rejects : Path, optional
        Where to set bad rows aside. Without it, bad rows are an error.

    Raises
    ------
    ModelError
        If a version cannot be read.
    CorpusError
        If the articles cannot be read, the two have no section in common, or no article can be compared fairly.
    """
    taggers = Tagger(read_model(first)), Tagger(read_model(second))
    vocabulary = merged(taggers[0].sections, taggers[1].sections)
    corpus = read_or_refuse(data, vocabulary, rejects, reading or Reading(), progress, advice=ADVICE)
    articles = corpus.articles
    change = _vocabulary_change(taggers, (first, second))
    ids = list(change.columns)
    if not change.compared:
        raise CorpusError(
            "the two models have no sections in common, so they cannot be compared. "
            "Fix: choose two versions trained on the same vocabulary"
        )
    texts = texts_of(articles)
    signatures = sign(texts)
    stories = stories_of(articles, signatures, texts)
    answers: list[UnseenAnswers] = []
    progress.stage("tagging", 2)
    for folder, renamed in ((first, change.renamed), (second, None)):
        answers.append(answer_unseen(folder, ids, articles, signatures, stories, renamed))
        progress.step()
    fair = answers[0].fair & answers[1].fair
    if not fair.any():
        raise CorpusError(
            "no article can be compared fairly, because each is a near copy of an article that a model was trained "
            "on, or is in a language that one of the models does not know. Fix: give articles that neither model was "
            "trained on, in a language that both know"
        )
    copies = answers[0].copies | answers[1].copies
    chosen = Subset(articles, np.flatnonzero(fair))
    labels = np.array([[name in item.sections for name in ids] for item in chosen], dtype=bool)
    suggested = answers[0].suggested[fair], answers[1].suggested[fair]
    comparison = compare_tags(*suggested, labels, stories[fair], ids, _SEED)
    untrained = [name not in change.compared for name in ids]
    return VersionComparison(
        *taggers,
        comparison,
        chosen,
        suggested,
        tuple(ids),
        int((~fair).sum()),
        change,
        n_labels_left_out=sum(len(item.sections - set(ids)) for item in chosen),
        n_labels_untrained=int(labels[:, untrained].sum()),
        corpus=corpus,
        n_copies=int(copies.sum()),
        unrecorded=tuple(
            tagger.version for tagger, answer in zip(taggers, answers, strict=True) if answer.seen is None
        ),
    )


def _vocabulary_change(taggers: tuple[Tagger, Tagger], folders: tuple[Path, Path]) -> VocabularyChange:
    first, second = (tagger.manifest for tagger in taggers)
    trained = {entry.section.id for entry in second.trained}
    why = {entry.section.id: "not trained" for entry in second.untrained}
    change = compare_vocabularies(first, taggers[1].sections, trained, why)
    before, after = map(read_outoffold, folders)
    return change.with_moves(before.relabelled_by(after)) if before and after else change
