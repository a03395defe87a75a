"""The comparison of two model versions on labelled articles."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.answer import Evidence, Tag
from classifier.corpus.intake import read_or_refuse
from classifier.corpus.readers import LabelledArticle, Reading
from classifier.corpus.stories import group_stories, sign
from classifier.errors import CorpusError
from classifier.progress import Progress
from classifier.request import Choice
from classifier.sections import Sections
from classifier.store.files import read_model
from classifier.tagger import Tagger
from classifier.training.measuring.assessment import rounded
from classifier.training.measuring.comparison import Comparison, compare_tags
from classifier.training.measuring.outoffold_file import UnseenAnswers, answer_unseen

MAX_SHOWN = 5
_SEED = 0


@dataclass(frozen=True)
class VersionComparison:
    """Two versions on the same articles, the rows of ``comparison``.

    ``n_left_out`` counts the articles that could not be compared fairly.
    """

    first: Tagger
    second: Tagger
    comparison: Comparison
    articles: tuple[LabelledArticle, ...]
    suggested: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    section_ids: tuple[str, ...]
    n_left_out: int

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values, with the articles that changed most."""
        data: dict[str, Any] = rounded(self.comparison.to_json())
        examples = {
            name: [self.example(i) for i in getattr(self.comparison, name)[:MAX_SHOWN]] for name in ("won", "lost")
        }
        head = {"first": self.first.version, "second": self.second.version, "left_out": self.n_left_out}
        return {**head, **data, "examples": examples}

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
        tags = tagger.tag(item.article, Choice(only=(name,), explain=True, all=True)).tags
        return {
            "section": name,
            "change": "added" if added else "dropped",
            "right": added == (name in item.sections),
            "evidence": [[e.term, round(e.share, 3)] for e in _evidence_for(tags)],
        }


def _evidence_for(tags: Sequence[Tag]) -> list[Evidence]:
    return [e for tag in tags if tag.explanation for e in tag.explanation.evidence if e.share > 0]


def compare_versions(first: Path, second: Path, data: Sequence[Path], progress: Progress) -> VersionComparison:
    """Compare two versions on labelled articles that neither has seen, or by their out-of-fold tags.

    Raises
    ------
    ModelError
        If a version cannot be read.
    CorpusError
        If the articles cannot be read, the two have no section in common, or no article can be compared fairly.
    """
    taggers = Tagger(read_model(first)), Tagger(read_model(second))
    vocabulary = Sections([*taggers[0].sections, *(s for s in taggers[1].sections if s.id not in _ids(taggers[0]))])
    articles = read_or_refuse(data, vocabulary, None, Reading(), progress).articles
    ids = _common_ids(taggers, vocabulary)
    if not ids:
        raise CorpusError(
            "the two models have no sections in common, so they cannot be compared. "
            "Fix: choose two versions trained on the same vocabulary"
        )
    signatures = sign([item.prepared.text for item in articles])
    stories = group_stories(signatures)
    answers: list[UnseenAnswers] = []
    progress.stage("tagging", 2)
    for folder in (first, second):
        answers.append(answer_unseen(folder, ids, articles, signatures, stories))
        progress.step()
    fair = answers[0].fair & answers[1].fair
    if not fair.any():
        raise CorpusError(
            "no article can be compared fairly, because each is a near copy of an article that a model was trained "
            "on. Fix: give articles that neither model was trained on"
        )
    chosen = tuple(articles[i] for i in np.flatnonzero(fair))
    labels = np.array([[name in item.sections for name in ids] for item in chosen], dtype=bool)
    suggested = answers[0].suggested[fair], answers[1].suggested[fair]
    comparison = compare_tags(*suggested, labels, stories[fair], ids, _SEED)
    return VersionComparison(*taggers, comparison, chosen, suggested, tuple(ids), int((~fair).sum()))


def _common_ids(taggers: tuple[Tagger, Tagger], vocabulary: Sections) -> list[str]:
    """Return the sections that both vocabularies hold and at least one of the two versions scores."""
    scored = {entry.section.id for tagger in taggers for entry in tagger.manifest.trained}
    return [s.id for s in vocabulary if s.id in scored & _ids(taggers[0]) & _ids(taggers[1])]


def _ids(tagger: Tagger) -> set[str]:
    return {section.id for section in tagger.sections}
