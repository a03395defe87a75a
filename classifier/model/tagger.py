"""Tagger: an article in, its tags out. Imports no scikit-learn; the same numbers at every door."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.answer import Answer, Decision, Evidence, Explanation, Outcome, Tag
from classifier.article import Article
from classifier.errors import FieldProblem, InvalidInputError, LanguageError, SectionsError, shown
from classifier.model.files import Model, read_model
from classifier.model.manifest import TrainedSection
from classifier.model.registry import Registry
from classifier.sections import Sections
from classifier.text.prepare import prepare
from classifier.text.tfidf import tfidf
from classifier.text.vocabulary import Vocabulary

MAX_EVIDENCE = 10


@dataclass(frozen=True)
class Choice:
    """What a newsroom has decided already, and what it wants to see.

    Parameters
    ----------
    current, rejected : labels of sections
        Those that the editor chose, and those taken off: neither is suggested again.
    only, exclude : labels of sections
        Where ``only`` is given no other section is suggested; those in ``exclude`` never are.
    explain : bool
        Give the evidence of each tag, and the cleaned text that it points into.
    all : bool
        Also give the sections below their threshold, as ``below``.
    """

    current: Sequence[str] = ()
    rejected: Sequence[str] = ()
    only: Sequence[str] = ()
    exclude: Sequence[str] = ()
    explain: bool = False
    all: bool = False


NO_CHOICE = Choice()


@dataclass(frozen=True)
class _Scores:
    """Known features of a text, their TF-IDF values, and each trained section's margin."""

    numbers: NDArray[np.int64]
    values: NDArray[np.float64]
    margins: NDArray[np.float64]


class Tagger:
    """Tags articles with a model.

    Safe to share between threads: nothing changes after it is made.
    """

    def __init__(self, model: Model) -> None:
        self.manifest = model.manifest
        self._arrays = model.arrays
        self._vocabulary = Vocabulary(model.arrays.terms)
        manifest = model.manifest
        self.sections = Sections([*(e.section for e in manifest.trained), *(e.section for e in manifest.untrained)])
        self._columns = {entry.section.id: s for s, entry in enumerate(model.manifest.trained)}

    @classmethod
    def load(cls, models: str | Path = "models", version: str | None = None) -> "Tagger":
        """Load a version from a folder of models, by default the current one.

        Raises
        ------
        ModelError
            If there is none, or it is not whole; the message says what to do.
        """
        return cls(read_model(Registry(Path(models)).folder(version)))

    @property
    def version(self) -> str:
        """The model's version, as in every answer."""
        return self.manifest.version

    def tag(self, article: Article, choice: Choice = NO_CHOICE) -> Answer:
        """Return the tags of an article, strongest first.

        Raises
        ------
        LanguageError
            If the article says that it is in another language than the model's.
        InvalidInputError
            If ``choice`` names a section that the model does not know.
        """
        self._check_language(article)
        wanted = self._wanted(choice)
        text = prepare(article, self.sections.spellings).text
        scores = self._score(text)
        shown_text = text if choice.explain else None
        if scores is None:
            return Answer(article.id, self.version, "no_known_terms", (), shown_text)
        tags = [self._tag(self.manifest.trained[s], s, scores) for s in wanted]
        chosen = sorted((t for t in tags if choice.all or t.decision != "below"), key=lambda t: -t.probability)
        outcome: Outcome = "tagged" if any(tag.decision != "below" for tag in chosen) else "none"
        if choice.explain:
            chosen = self._explained(chosen, text, scores)
        return Answer(article.id, self.version, outcome, tuple(chosen), shown_text)

    def tag_many(self, articles: Iterable[Article], choice: Choice = NO_CHOICE) -> list[Answer]:
        """Return the answer of each article, in order: the same as `tag` gives one by one."""
        return [self.tag(article, choice) for article in articles]

    def _check_language(self, article: Article) -> None:
        trained = self.manifest.language
        if article.language and article.language.lower().split("-")[0] != trained:
            detail = (
                f"the article is in {shown(article.language)}, but the model was trained on “{trained}”; "
                "use a model of that language, or leave the language out if it is wrong"
            )
            raise LanguageError([FieldProblem("language", detail)])

    def _wanted(self, choice: Choice) -> list[int]:
        """Return the columns of the sections that may be suggested."""
        unwanted = {
            self._id(label, field) for field in ("current", "rejected", "exclude") for label in getattr(choice, field)
        }
        only = {self._id(label, "only") for label in choice.only}
        return [s for id_, s in self._columns.items() if id_ not in unwanted and (not only or id_ in only)]

    def _id(self, label: str, field: str) -> str:
        try:
            return self.sections.find(label).id
        except SectionsError as error:
            raise InvalidInputError([FieldProblem(field, error.detail)]) from None

    def _score(self, text: str) -> _Scores | None:
        """Score a text, or return None where no term of it is known: the intercepts alone say nothing."""
        numbers, counts = self._vocabulary.count(text)
        if not len(numbers):
            return None
        values = tfidf(counts, self._arrays.idf[numbers])
        # summed feature by feature: the result of a matrix product would depend on how many are scored at once
        margins = (values[:, None] * self._arrays.weights[numbers]).sum(axis=0) + self._arrays.intercepts
        return _Scores(numbers, values, margins)

    def _tag(self, entry: TrainedSection, column: int, scores: _Scores) -> Tag:
        logit = entry.slope * float(scores.margins[column]) + entry.offset
        probability = _logistic(logit)
        return Tag(entry.section.id, entry.section.name, probability, _decision(probability, entry))

    def _explained(self, tags: Sequence[Tag], text: str, scores: _Scores) -> list[Tag]:
        places = self._vocabulary.locate(text)
        return [
            replace(tag, explanation=self._explain(self._columns[tag.section], text, scores, places)) for tag in tags
        ]

    def _explain(
        self, column: int, text: str, scores: _Scores, places: dict[int, tuple[tuple[int, int], ...]]
    ) -> Explanation:
        """Split a section's logit into the shares of its strongest terms, for or against, and a rest."""
        entry = self.manifest.trained[column]
        logit = entry.slope * float(scores.margins[column]) + entry.offset
        shares = entry.slope * scores.values * self._arrays.weights[scores.numbers, column]
        strongest = np.argsort(-np.abs(shares), kind="stable")[:MAX_EVIDENCE]
        spans = [places[int(scores.numbers[i])] for i in strongest]
        evidence = tuple(
            Evidence(_as_written(text, spans_[0]), float(share), spans_)
            for spans_, share in zip(spans, shares[strongest], strict=True)
        )
        return Explanation(logit, logit - math.fsum(item.share for item in evidence), evidence)

    def probe_terms(self, n: int) -> Sequence[str]:
        """Return some terms that the model knows, enough to see whether it scores."""
        return self._arrays.terms[:n]

    def vocabulary_json(self) -> list[dict[str, Any]]:
        """Return every section with what the model knows of it, as GET /v1/sections sends it."""
        trained = [
            {
                **entry.section.model_dump(mode="json"),
                **entry.model_dump(mode="json", exclude={"section", "slope", "offset"}),
                "trained": True,
            }
            for entry in self.manifest.trained
        ]
        untrained = [
            {**entry.section.model_dump(mode="json"), "support": entry.support, "trained": False}
            for entry in self.manifest.untrained
        ]
        return trained + untrained


def _as_written(text: str, span: tuple[int, int]) -> str:
    return " ".join(text[span[0] : span[1]].split())


def _logistic(logit: float) -> float:
    """Return the probability of a logit, without overflow."""
    if logit >= 0:
        return 1.0 / (1.0 + math.exp(-logit))
    odds = math.exp(logit)
    return odds / (1.0 + odds)


def _decision(probability: float, entry: TrainedSection) -> Decision:
    if entry.apply is not None and probability >= entry.apply:
        return "apply"
    return "review" if probability >= entry.suggest else "below"
