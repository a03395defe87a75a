"""Tagger: an article in, its tags out. Imports no scikit-learn; the same numbers at every door."""

import math
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from classifier.answer import Answer, Decision, Evidence, Explanation, Outcome, Tag
from classifier.article import Article
from classifier.errors import FieldProblem, InvalidInputError, LanguageError, SectionsError, UnknownFormatError, shown
from classifier.model.files import Model, read_model
from classifier.model.manifest import TrainedSection
from classifier.model.registry import Registry
from classifier.sections import Sections
from classifier.text.hashing import sample
from classifier.text.prepare import prepare
from classifier.text.vocabulary import LinearWeights, Scores, Vocabulary

MAX_EVIDENCE = 10
_MAX_SHARE = 256  # articles that a thread takes at once


@dataclass(frozen=True)
class Choice:
    """What a newsroom has decided already, and what it wants to see.

    Parameters
    ----------
    current, rejected : labels of sections
        Those that the editor chose, and those taken off: neither is suggested again. Where a model has a least or most
        number of tags for an article, those in ``current`` count.
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


class _Rule(NamedTuple):
    """What turns a margin into a tag: what is needed of a `TrainedSection`, at hand."""

    section: str
    name: str
    slope: float
    offset: float
    suggest: float
    apply: float

    @classmethod
    def of(cls, entry: TrainedSection) -> "_Rule":
        apply = math.inf if entry.apply is None else entry.apply
        return cls(entry.section.id, entry.section.name, entry.slope, entry.offset, entry.suggest, apply)

    def decision(self, probability: float) -> Decision:
        if probability >= self.apply:
            return "apply"
        return "review" if probability >= self.suggest else "below"


class Tagger:
    """Tags articles with a model.

    Safe to share between threads: nothing changes after it is made.
    """

    def __init__(self, model: Model) -> None:
        if model.manifest.fingerprint_sample != sample():
            raise UnknownFormatError(
                f"model {model.manifest.version} was written by a Copydesk that hashes terms otherwise; "
                "train again with this version or install the one that wrote it"
            )
        self.manifest = model.manifest
        #: The model's version, as in every answer.
        self.version = model.manifest.version
        self._arrays = arrays = model.arrays
        linear = LinearWeights(arrays.idf, arrays.weights, arrays.intercepts)
        self._vocabulary = Vocabulary(arrays.terms, arrays.table, linear)
        manifest = model.manifest
        self.sections = Sections([*(e.section for e in manifest.trained), *(e.section for e in manifest.untrained)])
        self._spellings = self.sections.spellings
        self._columns = {entry.section.id: s for s, entry in enumerate(manifest.trained)}
        self._rules = [_Rule.of(entry) for entry in manifest.trained]
        self._floors = [_margin_floor(entry) for entry in manifest.trained]
        self._min_tags, self._max_tags = manifest.min_tags, manifest.max_tags

    @classmethod
    def load(cls, models: str | Path = "models", version: str | None = None) -> "Tagger":
        """Load a version from a folder of models, by default the current one.

        Raises
        ------
        ModelError
            If there is none, or it is not whole; the message says what to do.
        """
        return cls(read_model(Registry(Path(models)).folder(version)))

    def tag(self, article: Article, choice: Choice = NO_CHOICE) -> Answer:
        """Return the tags of an article, strongest first.

        Raises
        ------
        LanguageError
            If the article says that it is in another language than the model's.
        InvalidInputError
            If ``choice`` names a section that the model does not know.
        """
        if article.language:
            self._check_language(article.language)
        wanted = None if choice is NO_CHOICE else self._wanted(choice)
        text = prepare(article, self._spellings).text
        scores = self._vocabulary.score(text)
        shown_text = text if choice.explain else None
        if scores is None:
            return Answer(article.id, self.version, "no_known_terms", (), shown_text)
        n_current = len({self._id(label, "current") for label in choice.current})
        chosen = self._chosen(scores.margins.tolist(), wanted, choice.all, n_current)
        tagged = any(tag.decision != "below" for tag in chosen) if choice.all else bool(chosen)
        outcome: Outcome = "tagged" if tagged else "none"
        if choice.explain:
            chosen = self._explained(chosen, text, scores)
        return Answer(article.id, self.version, outcome, tuple(chosen), shown_text)

    def tag_many(self, articles: Iterable[Article], choice: Choice = NO_CHOICE, jobs: int = 1) -> list[Answer]:
        """Return the answer of each article, in order: the same as `tag` gives one by one.

        Parameters
        ----------
        articles : iterable of Article
        choice : Choice
        jobs : int
            How many threads share the work; what is compiled runs on them at the same time.
        """
        if jobs <= 1:
            return [self.tag(article, choice) for article in articles]
        listed = list(articles)
        size = max(1, min(_MAX_SHARE, -(-len(listed) // jobs)))
        shares = [listed[start : start + size] for start in range(0, len(listed), size)]
        with ThreadPoolExecutor(jobs) as threads:
            return [answer for answers in threads.map(lambda s: self.tag_many(s, choice), shares) for answer in answers]

    def _check_language(self, language: str) -> None:
        trained = self.manifest.language
        if language.lower().split("-")[0] != trained:
            detail = (
                f"the article is in {shown(language)}, but the model was trained on “{trained}”; "
                "use a model of that language, or leave the language out if it is wrong"
            )
            raise LanguageError([FieldProblem("language", detail)])

    def _wanted(self, choice: Choice) -> set[int]:
        """Return the columns of the sections that may be suggested."""
        unwanted = {
            self._id(label, field) for field in ("current", "rejected", "exclude") for label in getattr(choice, field)
        }
        only = {self._id(label, "only") for label in choice.only}
        return {s for id_, s in self._columns.items() if id_ not in unwanted and (not only or id_ in only)}

    def _id(self, label: str, field: str) -> str:
        try:
            return self.sections.find(label).id
        except SectionsError as error:
            raise InvalidInputError([FieldProblem(field, error.detail)]) from None

    def _chosen(self, margins: Sequence[float], wanted: set[int] | None, everything: bool, n_current: int) -> list[Tag]:
        """Return the tags, strongest first; with ``everything`` also those below their threshold."""
        if not everything:
            near = [s for s, floor in enumerate(self._floors) if margins[s] >= floor]
            tags = [self._tag(s, margins[s]) for s in near if wanted is None or s in wanted]
            tags = [tag for tag in tags if tag.decision != "below"]
            if len(tags) > 1:
                tags.sort(key=_strength)
            enough = len(tags) + n_current >= self._min_tags
            if enough and (self._max_tags is None or len(tags) + n_current <= self._max_tags):
                return tags
        tags = [self._tag(s, margin) for s, margin in enumerate(margins) if wanted is None or s in wanted]
        tags.sort(key=_strength)
        tags = self._limited(tags, n_current)
        return tags if everything else [tag for tag in tags if tag.decision != "below"]

    def _limited(self, tags: list[Tag], n_current: int) -> list[Tag]:
        """Return all sections, strongest first, with as many tags among them as an article may have and must have.

        What is added for want of tags is for an editor to see, whatever its probability.
        """
        given = [tag.section for tag in tags if tag.decision != "below"]
        kept = set(given if self._max_tags is None else given[: max(0, self._max_tags - n_current)])
        missing = max(0, self._min_tags - n_current - len(kept))
        added = {tag.section for tag in [tag for tag in tags if tag.decision == "below"][:missing]}
        return [
            replace(tag, decision="review")
            if tag.section in added
            else tag
            if tag.section in kept
            else replace(tag, decision="below")
            for tag in tags
        ]

    def _tag(self, column: int, margin: float) -> Tag:
        rule = self._rules[column]
        probability = _logistic(rule.slope * margin + rule.offset)
        return Tag(rule.section, rule.name, probability, rule.decision(probability))

    def _explained(self, tags: Sequence[Tag], text: str, scores: Scores) -> list[Tag]:
        places = self._vocabulary.locate(text)
        return [
            replace(tag, explanation=self._explain(self._columns[tag.section], text, scores, places)) for tag in tags
        ]

    def _explain(
        self, column: int, text: str, scores: Scores, places: dict[int, tuple[tuple[int, int], ...]]
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


def _strength(tag: Tag) -> float:
    return -tag.probability


def _margin_floor(entry: TrainedSection) -> float:
    """Return a margin just under the lowest that can be suggested: below it nothing needs to be computed."""
    lowest = entry.suggest if entry.apply is None else min(entry.suggest, entry.apply)
    if lowest < 1e-12:
        return -math.inf
    lowest = min(lowest, 1 - 1e-12)
    logit = math.log(lowest) - math.log1p(-lowest)
    return (logit - entry.offset) / entry.slope - 1e-6 * (1 + abs(logit) + abs(entry.offset)) / entry.slope
