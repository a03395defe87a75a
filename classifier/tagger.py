"""Tagger: an article in, its tags out. Imports no scikit-learn; the same numbers at every door."""

import math
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from classifier.answer import Answer, Evidence, Explanation, new_answer
from classifier.article import Article
from classifier.errors import FieldProblem, InvalidInputError, LanguageError, SectionsError, UnknownFormatError, shown
from classifier.request import NO_CHOICE, Choice
from classifier.rules.deciding import Deciding, Wish
from classifier.sections import Sections
from classifier.store.files import Model, read_model
from classifier.store.registry import Registry
from classifier.terms.hashing import sample
from classifier.terms.vocabulary import LinearWeights, Scores, Vocabulary
from classifier.text.prepare import prepare

MAX_EVIDENCE = 10
MAX_SPANS = 100  # a text that repeats one term would else be answered with all its places, for every section
_MAX_SHARE = 64  # articles that a thread scores at once


_NO_WISH = Wish(None, everything=False, n_current=0)


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
        self._deciding = Deciding(manifest)

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
        text = self._text(article)
        wish = self._wish(choice)
        if choice.explain:
            return self._explained(article, text, wish)
        return self._answer(article, self._vocabulary.margins(text), wish)

    def tag_many(self, articles: Iterable[Article], choice: Choice = NO_CHOICE, jobs: int = 1) -> list[Answer]:
        """Return the answer of each article, in order: the same as `tag` gives one by one, to the bit.

        Parameters
        ----------
        articles : iterable of Article
        choice : Choice
        jobs : int
            How many threads share the work; what is compiled runs on them at the same time.

        Raises
        ------
        LanguageError, InvalidInputError
            As `tag`, for the first article that it concerns.
        """
        listed = list(articles)
        shares = [listed[start : start + _MAX_SHARE] for start in range(0, len(listed), _MAX_SHARE)]
        wish = self._wish(choice)
        if jobs <= 1 or len(shares) <= 1:
            return [answer for share in shares for answer in self._tag_share(share, wish, choice.explain)]
        found = _threads(jobs).map(lambda share: self._tag_share(share, wish, choice.explain), shares)
        return [answer for answers in found for answer in answers]

    def _tag_share(self, articles: Sequence[Article], wish: Wish, explain: bool) -> list[Answer]:
        texts = [self._text(article) for article in articles]
        if explain:
            return [self._explained(article, text, wish) for article, text in zip(articles, texts, strict=True)]
        margins, is_known = self._vocabulary.margins_of_each(texts)
        return [
            self._answer(article, found if known else None, wish)
            for article, found, known in zip(articles, margins.tolist(), is_known.tolist(), strict=True)
        ]

    def _text(self, article: Article) -> str:
        if article.language:
            self._check_language(article.language)
        return prepare(article, self._spellings).text

    def _answer(self, article: Article, margins: Sequence[float] | None, wish: Wish, text: str | None = None) -> Answer:
        if margins is None:
            return Answer(article.id, self.version, "no_known_terms", (), text)
        tags = self._deciding.tags(margins, wish)
        tagged = any(tag.decision != "below" for tag in tags) if wish.everything else bool(tags)
        return new_answer((article.id, self.version, "tagged" if tagged else "none", tuple(tags), text))

    def _explained(self, article: Article, text: str, wish: Wish) -> Answer:
        scores = self._vocabulary.score(text)
        if scores is None:
            return self._answer(article, None, wish, text)
        answer = self._answer(article, scores.margins.tolist(), wish, text)
        places = self._vocabulary.locate(text, MAX_SPANS)
        tags = tuple(
            tag._replace(explanation=self._explain(self._columns[tag.section], text, scores, places))
            for tag in answer.tags
        )
        return answer._replace(tags=tags)

    def _check_language(self, language: str) -> None:
        trained = self.manifest.language
        if language.lower().split("-")[0] != trained:
            detail = (
                f"the article is in {shown(language)}, but the model was trained on “{trained}”; "
                "use a model of that language, or leave the language out if it is wrong"
            )
            raise LanguageError([FieldProblem("language", detail)])

    def _wish(self, choice: Choice) -> Wish:
        """Return what a choice asks for, in columns."""
        if choice is NO_CHOICE:
            return _NO_WISH
        decided = choice.current or choice.rejected or choice.exclude or choice.only
        if not decided:
            return Wish(None, choice.all, 0)
        current = {self._id(label, "current") for label in choice.current}
        unwanted = current | {
            self._id(label, field) for field in ("rejected", "exclude") for label in getattr(choice, field)
        }
        only = {self._id(label, "only") for label in choice.only}
        columns = (s for id_, s in self._columns.items() if id_ not in unwanted and (not only or id_ in only))
        return Wish(frozenset(columns), choice.all, len(current))

    def _id(self, label: str, field: str) -> str:
        try:
            return self.sections.find(label).id
        except SectionsError as error:
            raise InvalidInputError([FieldProblem(field, error.detail)]) from None

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


@cache
def _threads(jobs: int) -> ThreadPoolExecutor:
    """Return threads that are kept: new ones, and new scratch space for each, cost as much as sixty articles."""
    return ThreadPoolExecutor(jobs, thread_name_prefix="tagger")


os.register_at_fork(after_in_child=_threads.cache_clear)  # a child has the object and none of the threads


def _as_written(text: str, span: tuple[int, int]) -> str:
    return " ".join(text[span[0] : span[1]].split())
