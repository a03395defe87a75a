"""The tagger: an article in, its tags out. It imports no scikit-learn and gives the same numbers everywhere."""

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.answer import Answer, Evidence, Explanation, html_table, new_answer
from classifier.article import Article
from classifier.errors import (
    FieldProblem,
    InvalidInputError,
    LanguageError,
    ModelError,
    SectionsError,
    unreadable_as,
)
from classifier.language_codes import language_code, words_on_unknown
from classifier.request import NO_CHOICE, Choice, Taggable, read_article, read_taggable
from classifier.rules.chooser import EVERY_SECTION, Selection
from classifier.rules.evidence import Sign, is_made_of_parts, signs_of
from classifier.rules.explaining import MAX_EVIDENCE, split_logit
from classifier.rules.lengths import RulesByLength, choosers_by_length
from classifier.rules.needs import needs_of
from classifier.rules.tagging import ModelRules, PlattScaling, SectionRule
from classifier.rules.words import WrittenForms, is_piece
from classifier.schema import memory_errors_unwrapped
from classifier.sections import Section, Sections
from classifier.store.files import Model, read_model
from classifier.store.manifest import Manifest, TrainedSection, UntrainedSection
from classifier.store.probe import check_hashing
from classifier.store.registry import Registry
from classifier.terms.feature_text import example
from classifier.terms.vocabulary import MANY_SECTIONS, LocatedFeature, ScoredText, Vocabulary, viewed
from classifier.terms.weighing import SparseRows, of_features
from classifier.text.page import HeaderNames
from classifier.text.prepare import PreparedText, prepare
from classifier.text.script import KnownScripts

MAX_SPANS = 100  # without a limit, a text that repeats one term gets all its places, once for every section
_MAX_SHARE = 64  # articles that a thread scores at once
_BYTES_FOR_TERM = 16  # a text with a known term for that many bytes is in a script that the model knows


class Tagger:
    """Tags articles with a model.

    Threads can share it: nothing in it changes after it is made.
    """

    def __init__(self, model: Model, folder: Path | None = None) -> None:
        check_hashing(model)
        #: The folder of the version, if it was loaded from one.
        self.folder = folder
        self.manifest = model.manifest
        #: The model's version, as in every answer.
        self.version = model.manifest.version
        self._arrays = arrays = model.arrays
        self._weights = arrays.weights if isinstance(arrays.weights, SparseRows) else np.asarray(arrays.weights)
        manifest = model.manifest
        self._vocabulary = Vocabulary(arrays.terms, arrays.table, arrays.linear, manifest.terms_analyzer)
        self.sections = Sections([*(e.section for e in manifest.trained), *(e.section for e in manifest.untrained)])
        self._header = HeaderNames(self.sections.spellings)
        self._scripts = KnownScripts(manifest.scripts)
        self._columns = {entry.section.id: s for s, entry in enumerate(manifest.trained)}
        self._languages = frozenset(language_code(code) or code for code in manifest.languages)
        self._rules = rules_of(manifest, self.sections)
        names = [(entry.section.id, entry.section.name) for entry in manifest.trained]
        #: The chooser of tags for each number of words; the last one is for all longer texts.
        self._choosers = choosers_by_length(self._rules, names)
        self._last_length = len(self._choosers) - 1

    @classmethod
    def load(cls, models: str | Path = "models", version: str | None = None) -> "Tagger":
        """Load a version from a folder of models, by default the live one.

        Raises
        ------
        ModelError
            If there is no such version, or it is damaged. The message names the remedy.
        """
        folder = Registry(Path(models)).folder(version)
        with unreadable_as(ModelError, f"{folder} cannot be loaded"):
            return cls(read_model(folder), folder)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the model was trained on, the one with the most articles first."""
        return self.manifest.languages

    def tag(self, article: Taggable, choice: Choice = NO_CHOICE) -> Answer:
        """Return the tags of an article, strongest first.

        Parameters
        ----------
        article : Article, mapping or str
            A mapping has the fields of the HTTP API, ``current``, ``rejected``, ``only`` and ``exclude`` included. A
            string is the body, as plain text or HTML.
        choice : Choice

        Raises
        ------
        LanguageError
            If the article names a language that the model was not trained on.
        InvalidInputError
            If ``article`` is not an article, or a choice names a section that the model does not know.
        """
        if not isinstance(article, Article):
            article, choice = read_taggable(article, choice)
        prepared = self._prepared(article)
        selection = self._selection(choice)
        if choice.explain:
            return self._explained(article, prepared, selection)
        data = prepared.utf8
        margins, n_known, n_words = self._vocabulary.margins(data)
        answer = self._answer(article, margins, n_known, n_words, selection)
        if prepared.dropped or n_known * _BYTES_FOR_TERM < len(data):
            return self._with_remarks(answer, prepared, n_known)
        return answer

    def tag_many(self, articles: Iterable[Taggable], choice: Choice = NO_CHOICE, jobs: int = 1) -> list[Answer]:
        """Return the answer for each article, in order; each is identical to the answer of `tag`, to the bit.

        Parameters
        ----------
        articles : iterable of Article, mapping or str
            As `tag` takes them, but one choice holds for all: a mapping cannot have a choice of its own.
        choice : Choice
        jobs : int
            Number of threads that share the work. Compiled code runs on them in parallel.

        Raises
        ------
        LanguageError, InvalidInputError
            As `tag` does, for the first article that has the error.
        """
        if isinstance(articles, str | Mapping):
            raise InvalidInputError(
                [FieldProblem("", "this is one article. Fix: give a list of articles, or use tag()")]
            )
        listed = [item if isinstance(item, Article) else read_article(item) for item in articles]
        shares = [listed[start : start + _MAX_SHARE] for start in range(0, len(listed), _MAX_SHARE)]
        selection = self._selection(choice)
        if jobs <= 1 or len(shares) <= 1:
            return [answer for share in shares for answer in self._tag_share(share, selection, choice.explain)]
        found = _threads(jobs).map(lambda share: self._tag_share(share, selection, choice.explain), shares)
        return [answer for answers in found for answer in answers]

    def scored_last(self) -> tuple[bytes, ScoredText] | None:
        """Return the text that `tag` has just scored on this thread, for `words_for`; None if that is not kept."""
        return self._vocabulary.scored_last()

    def words_for(
        self, article: Article, sections: Sequence[str], most: int, scored: tuple[bytes, ScoredText] | None = None
    ) -> list[tuple[str, ...]]:
        """Return the words of an article that speak most for each of some sections, the strongest first.

        They are those of `Explanation.evidence` with a share above 0, at a fraction of its cost: most are as written in
        the article, and some are in lower case.

        Parameters
        ----------
        article : Article
        sections : sequence of str
            Ids of sections that the model was trained on.
        most : int
            The largest number of words for a section.
        scored : tuple, optional
            Of `scored_last` after the article was tagged. Without it, the article is scored again.
        """
        if scored is None:
            prepared = self._prepared(article)
            if (known := self._vocabulary.score(prepared.text)) is None:
                return [() for _ in sections]
            scored = prepared.utf8, known
        data, known = scored
        written = WrittenForms(data)
        rules = self._rules.of(known.n_words)
        found: list[tuple[str, ...]] = []
        weights, numbers = self._weights, known.numbers
        for section in sections:
            column = rules.deciding(known.margins, self._columns[section])
            shares = known.values * of_features(weights, numbers, column)
            features = [self._arrays.terms[number] for number in _strongest(shares, numbers, most)]
            if any(map(is_piece, features)):
                text = data.decode("utf-8", "surrogatepass")
                located = _Places(self._vocabulary.located(text, MAX_SPANS))
                evidence = self._explain(self._columns[section], text, known, located).evidence
                found.append(tuple(item.term for item in evidence if item.share > 0)[:most])
            else:
                found.append(tuple(map(written.of, features)))
        return found

    def _tag_share(self, articles: Sequence[Article], selection: Selection, explain: bool) -> list[Answer]:
        texts = [self._prepared(article) for article in articles]
        if explain:
            return [self._explained(article, text, selection) for article, text in zip(articles, texts, strict=True)]
        margins, n_known, n_words = self._vocabulary.margins_of_each([prepared.utf8 for prepared in texts])
        rows = margins.tolist() if margins.shape[1] < MANY_SECTIONS else map(viewed, margins)
        scored = zip(articles, texts, rows, n_known.tolist(), n_words.tolist(), strict=True)
        return [
            self._with_remarks(self._answer(article, found, n, length, selection), prepared, n)
            for article, prepared, found, n, length in scored
        ]

    def _with_remarks(self, answer: Answer, prepared: PreparedText, n_known: int) -> Answer:
        """Return an answer with remarks on its text: most of it was dropped, or its script is unknown."""
        if prepared.dropped and prepared.is_mostly_dropped:
            answer = answer._replace(text_dropped=prepared.dropped_share)
        if n_known * _BYTES_FOR_TERM < len(data := prepared.utf8) and (script := self._scripts.unknown(data)):
            answer = answer._replace(unknown_script=script)
        return answer

    def _prepared(self, article: Article) -> PreparedText:
        if article.language:
            self._check_language(article.language)
        return prepare(article, self._header)

    def _answer(
        self,
        article: Article,
        margins: Sequence[float],
        n_known: int,
        n_words: int,
        selection: Selection,
        text: str | None = None,
    ) -> Answer:
        if not n_known:
            return Answer(article.id, self.version, "no_known_terms", (), text)
        tags = self._choosers[n_words if n_words < self._last_length else -1].choose(margins, selection)
        tagged = any(tag.decision != "below" for tag in tags) if selection.with_below else bool(tags)
        outcome = "tagged" if tagged else "none"
        return new_answer((article.id, self.version, outcome, tuple(tags), text, None, None, None))

    def _explained(self, article: Article, prepared: PreparedText, selection: Selection) -> Answer:
        text = prepared.text
        scored = self._vocabulary.score(text)
        if scored is None:
            return self._explained_with_remarks(self._answer(article, (), 0, 0, selection, text), prepared, 0)
        n_known = len(scored.numbers)
        answer = self._answer(article, scored.margins.tolist(), n_known, scored.n_words, selection, text)
        places = _Places(self._vocabulary.located(text, MAX_SPANS))
        tags = tuple(
            tag._replace(explanation=self._explain(self._columns[tag.section], text, scored, places))
            for tag in answer.tags
        )
        return self._explained_with_remarks(answer._replace(tags=tags), prepared, n_known)

    def _explained_with_remarks(self, answer: Answer, prepared: PreparedText, n_known: int) -> Answer:
        return self._with_remarks(answer._replace(text_dropped=prepared.dropped_share), prepared, n_known)

    def _check_language(self, language: str) -> None:
        try:
            code = language_code(language)
        except ValueError as error:
            raise LanguageError([FieldProblem("language", str(error))]) from None
        if code is not None and code not in self._languages:
            raise LanguageError([FieldProblem("language", words_on_unknown(language, self.languages))])

    def _selection(self, choice: Choice) -> Selection:
        """Return the sections that a choice leaves, as columns."""
        if choice is NO_CHOICE:
            return EVERY_SECTION
        names_sections = choice.current or choice.rejected or choice.exclude or choice.only
        if not names_sections:
            return Selection(None, choice.all, 0)
        current = {self._id(label, "current") for label in choice.current}
        unwanted = current | {
            self._id(label, field) for field in ("rejected", "exclude") for label in getattr(choice, field)
        }
        only = {self._id(label, "only") for label in choice.only}
        columns = (s for id_, s in self._columns.items() if id_ not in unwanted and (not only or id_ in only))
        return Selection(frozenset(columns), choice.all, len(current))

    def _id(self, label: str, field: str) -> str:
        try:
            return self.sections.find(label).id
        except SectionsError as error:
            raise InvalidInputError([FieldProblem(field, error.detail)]) from None

    def _explain(self, column: int, text: str, scored: ScoredText, places: "_Places") -> Explanation:
        """Split a section's logit into the shares of its strongest terms, for or against, and a rest.

        If a section below it gives it its probability, the logit is that of the section below.
        """
        rules = self._rules.of(scored.n_words)
        asked, column = column, rules.deciding(scored.margins, column)
        weights = of_features(self._weights, scored.numbers, column)
        margin = float(scored.margins[column])
        split = split_logit(margin, rules.sections[column].scaling, scored.values, weights)
        if places.are_made_of_parts:
            located = [places.of[number] for number in scored.numbers.tolist()]
            signs = signs_of(text, split.shares.tolist(), located, MAX_EVIDENCE)
            rest = split.logit - math.fsum(sign.share for sign in signs)
        else:
            strongest = split.strongest()
            signs = [Sign(float(split.shares[i]), places.of[int(scored.numbers[i])].spans) for i in strongest]
            rest = split.rest(strongest)
        evidence = tuple(Evidence(_as_written(text, sign.spans[0]), sign.share, sign.spans) for sign in signs)
        raised_by = self.manifest.trained[column].section.id if column != asked else None
        return Explanation(split.logit, rest, evidence, raised_by, rules.held_back(scored.margins, asked))

    def _repr_html_(self) -> str:
        """Return the version, and its sections as a table that a notebook shows."""
        manifest = self.manifest
        rows = [
            (entry.section.name, f"{entry.support:,}", f"{entry.f1:.3f}", f"{entry.suggest:.2f}", _apply(entry.apply))
            for entry in manifest.trained
        ]
        named = f"{'language' if len(self.languages) == 1 else 'languages'} {', '.join(self.languages)}"
        caption = f"Model {self.version}, {named}, trained on {manifest.n_articles:,} articles"
        return html_table(("section", "articles", "F1", "suggest from", "apply from"), rows, caption)

    def thresholds(self, text: str) -> dict[str, tuple[float, float | None]]:
        """Return the thresholds ``suggest`` and ``apply`` of each trained section for a cleaned text of this length."""
        scored = self._vocabulary.score(text)
        rules = self._rules.of(scored.n_words if scored else 0).sections
        return {id_: (rules[s].suggest, rules[s].apply) for id_, s in self._columns.items()}

    def probe_terms(self, n: int) -> Sequence[str]:
        """Return texts that hold the first ``n`` terms that the model knows, to probe whether it scores."""
        return [example(term) for term in self._arrays.terms[:n]]

    def vocabulary_json(
        self, search: str = "", start: int = 0, most: int | None = None
    ) -> tuple[list[dict[str, Any]], int]:
        """Return sections with their thresholds and quality, as GET /v1/sections sends them, and how many are found.

        Parameters
        ----------
        search : str
            A part of the id, the name or an alias, without regard to case. By default all sections are found.
        start : int
            How many of the sections that are found come before the first one.
        most : int, optional
            The largest number of sections to return.
        """
        part = search.casefold()
        entries: list[TrainedSection | UntrainedSection] = [*self.manifest.trained, *self.manifest.untrained]
        found = [
            entry
            for entry in entries
            if not part or any(part in spelling.casefold() for spelling in entry.section.spellings)
        ]
        end = None if most is None else start + most
        return [self._entry_json(entry) for entry in found[start:end]], len(found)

    def _entry_json(self, entry: TrainedSection | UntrainedSection) -> dict[str, Any]:
        if isinstance(entry, UntrainedSection):
            return {**_section_json(entry.section), "support": entry.support, "trained": False}
        return {
            **_section_json(entry.section),
            **entry.model_dump(mode="json", exclude={"section", "slope", "offset", "shorter"}),
            **({"thresholds": self.manifest.thresholds_of(entry)} if entry.shorter else {}),
            "trained": True,
        }


def load(models: str | Path = "models", version: str | None = None) -> Tagger:
    """Load a version from a folder of models, by default the live one.

    Raises
    ------
    ModelError
        If there is no such version, or it is damaged. The message names the remedy.
    """
    return Tagger.load(models, version)


def rules_of(manifest: Manifest, sections: Sections) -> RulesByLength:
    """Return the rules that a manifest holds, over the ``sections`` of its vocabulary."""
    ids = [entry.section.id for entry in manifest.trained]
    parents, needs = sections.parent_columns(ids), needs_of([entry.section for entry in manifest.trained])
    found = []
    for number in range(len(manifest.lengths) + 1):
        of_class = [entry.rules[number] for entry in manifest.trained]
        rules = tuple(
            SectionRule(PlattScaling(rule.slope, rule.offset), rule.suggest, rule.apply, parent, need)
            for rule, parent, need in zip(of_class, parents, needs, strict=True)
        )
        found.append(ModelRules(rules, manifest.min_tags, manifest.max_tags))
    return RulesByLength(tuple(found), manifest.lengths)


class _Places:
    """The places of the known features of a text, by number, and whether words are made of several of them."""

    def __init__(self, of: dict[int, LocatedFeature]) -> None:
        self.of = of
        self.are_made_of_parts = is_made_of_parts(of.values())  # once for all sections


@cache
def _threads(jobs: int) -> ThreadPoolExecutor:
    """Return a pool of threads that is kept: new threads, each with new scratch space, cost as much as 60 articles."""
    return ThreadPoolExecutor(jobs, thread_name_prefix="tagger")


os.register_at_fork(
    after_in_child=_threads.cache_clear
)  # a forked child inherits the pool object but none of its threads


def _strongest(shares: NDArray[np.float64], numbers: NDArray[np.int32], most: int) -> list[int]:
    """Return the features with the largest shares above 0, at most a few; overwrites these shares."""
    found: list[int] = []
    for _ in range(min(most, len(shares))):  # a few times the largest takes half as long as a partition
        place = shares.argmax()  # of equal ones the first, as in `Explanation.evidence`
        if shares.item(place) <= 0:
            break
        found.append(numbers.item(place))
        shares[place] = 0
    return found


def _section_json(section: Section) -> dict[str, Any]:
    with memory_errors_unwrapped():
        return {**section.model_dump(mode="json"), "parent": section.parent}


def _apply(threshold: float | None) -> str:
    return "never" if threshold is None else f"{threshold:.2f}"


def _as_written(text: str, span: tuple[int, int]) -> str:
    return " ".join(text[span[0] : span[1]].split())
