"""A model version on labelled articles of one's own: what the tagger gives them, and how good that is."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.answer import Tag
from classifier.corpus.intake import read_or_refuse
from classifier.corpus.readers import LabelledArticle, Reading
from classifier.corpus.stories import group_stories, sign
from classifier.errors import CorpusError, LanguageError
from classifier.progress import Progress
from classifier.request import Choice
from classifier.rules.scores import Scores
from classifier.sections import Sections
from classifier.store.files import read_model
from classifier.tagger import Tagger
from classifier.training.measuring.assessment import Assessment, assess, rounded
from classifier.training.measuring.compare import Comparison, compare_decisions
from classifier.training.measuring.outoffold_file import ask, n_trained_on

MAX_SHOWN = 5
_SEED = 0


@dataclass(frozen=True)
class Trial:
    """What a version is worth on articles.

    ``trained_on`` counts the articles that the version was trained on, near copies included: on those the figures are
    too good. It is None where the version was written without what tells its articles, so that nobody can say.
    """

    version: str
    section_ids: tuple[str, ...]
    assessment: Assessment
    trained_on: int | None

    @property
    def out_of_sample(self) -> bool:
        """Whether the version was trained on none of the articles."""
        return self.trained_on == 0

    @property
    def warning(self) -> str:
        """A sentence on what the figures are not, empty where they are out-of-sample."""
        if self.trained_on is None:
            return "nobody can tell whether the model was trained on these articles: it holds too little about its own"
        if self.trained_on:
            return (
                f"the model was trained on {self.trained_on:,} of the {self.assessment.n_articles:,} articles or near "
                "copies of them: these figures are in-sample and too good; "
                "evaluation.json in its folder holds honest ones"
            )
        return ""

    def to_json(self) -> dict[str, Any]:
        """Return the trial as plain JSON values."""
        data: dict[str, Any] = rounded(self.assessment.to_json(self.section_ids))
        head = {"model": self.version, "out_of_sample": self.out_of_sample, "trained_on": self.trained_on}
        return {**head, "warning": self.warning, **data}


@dataclass(frozen=True)
class Duel:
    """Two versions on the same articles, the rows of ``comparison``, and how many were left out as unfair."""

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
        """Return the tags of an article that only one of the two gives, with the evidence of the version that does.

        Decisions may be out-of-fold, evidence is always that of the version itself.
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
            "evidence": [[e.term, round(e.share, 3)] for e in _evidence(tags)],
        }


def _evidence(tags: Sequence[Tag]) -> list[Any]:
    return [e for tag in tags if tag.explanation for e in tag.explanation.evidence if e.share > 0]


def evaluate_version(folder: Path, data: Sequence[Path], progress: Progress) -> Trial:
    """Tag labelled articles with a version and measure everything.

    Raises
    ------
    ModelError
        If the version cannot be read.
    CorpusError
        If the articles cannot be read, or one is in a language that the model does not know.
    """
    tagger = Tagger(read_model(folder))
    articles = read_or_refuse(data, tagger.sections, None, Reading(), progress).articles
    ids = [entry.section.id for entry in tagger.manifest.trained]
    progress.stage("tagging", 1)
    scores = _scores(tagger, ids, articles)
    progress.step()
    labels = np.array([[name in item.sections for name in ids] for item in articles], dtype=bool)
    signatures = sign([item.prepared.text for item in articles])
    published = [item.article.published for item in articles]
    assessment = assess(scores, labels, group_stories(signatures), published, _SEED)
    return Trial(tagger.version, tuple(ids), assessment, n_trained_on(folder, articles, signatures))


def _scores(tagger: Tagger, ids: Sequence[str], articles: Sequence[LabelledArticle]) -> Scores:
    column = {name: s for s, name in enumerate(ids)}
    probabilities = np.zeros((len(articles), len(ids)))
    suggested, applied = np.zeros((2, len(articles), len(ids)), dtype=bool)
    for i, item in enumerate(articles):
        try:
            answer = tagger.tag(item.article, Choice(all=True))
        except LanguageError as error:
            raise CorpusError(f"{item.place}: {error}") from None
        for tag in answer.tags:
            s = column[tag.section]
            probabilities[i, s] = tag.probability
            suggested[i, s] = tag.decision != "below"
            applied[i, s] = tag.decision == "apply"
    return Scores(probabilities, suggested, applied)


def compare_versions(first: Path, second: Path, data: Sequence[Path], progress: Progress) -> Duel:
    """Compare two versions on labelled articles that neither has seen, or by what each would have given them unseen.

    Raises
    ------
    ModelError
        If a version cannot be read.
    CorpusError
        If the articles cannot be read, the two have no section in common, or too few articles can be judged fairly.
    """
    taggers = Tagger(read_model(first)), Tagger(read_model(second))
    vocabulary = Sections([*taggers[0].sections, *(s for s in taggers[1].sections if s.id not in _ids(taggers[0]))])
    articles = read_or_refuse(data, vocabulary, None, Reading(), progress).articles
    scored = {entry.section.id for tagger in taggers for entry in tagger.manifest.trained}
    ids = [s.id for s in vocabulary if s.id in scored & _ids(taggers[0]) & _ids(taggers[1])]
    if not ids:
        raise CorpusError("the two models have no section in common, so there is nothing to compare")
    progress.stage("tagging", 2)
    signatures = sign([item.prepared.text for item in articles])
    stories = group_stories(signatures)
    opinions = []
    for folder in (first, second):
        opinions.append(ask(folder, ids, articles, signatures, stories))
        progress.step()
    fair = opinions[0].fair & opinions[1].fair
    if not fair.any():
        raise CorpusError("no article can be judged fairly: each is a near copy of one that a model was trained on")
    chosen = tuple(articles[i] for i in np.flatnonzero(fair))
    labels = np.array([[name in item.sections for name in ids] for item in chosen], dtype=bool)
    suggested = opinions[0].suggested[fair], opinions[1].suggested[fair]
    comparison = compare_decisions(*suggested, labels, stories[fair], ids, _SEED)
    return Duel(*taggers, comparison, chosen, suggested, tuple(ids), int((~fair).sum()))


def _ids(tagger: Tagger) -> set[str]:
    return {section.id for section in tagger.sections}
