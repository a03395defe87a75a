"""One pass over files and folders: every good row becomes a labelled article, every bad row a reject."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifier.article import ALIASES, MAX_ID_LENGTH, MAX_LABELS, Article
from classifier.corpus.readers.feedback import read_feedback
from classifier.corpus.readers.files import find_files, readable
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.registry import Context, format_of, suffixes
from classifier.corpus.readers.rows import Found, LeftOut, Note, Place, Reading, Reject, Row, UnreadLabels
from classifier.errors import InvalidInputError, SectionsError, shown
from classifier.language_codes import language_code
from classifier.progress import Progress
from classifier.sections import Sections
from classifier.text.prepare import PreparedText, prepare

_CANONICAL = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
_FIELDS = {*Article.model_fields, *_CANONICAL}
_REPLACED = "articles from the files, because feedback on the same articles replaces them"
_LABEL_DELIMITER = re.compile(r"[|;]")
_MAX_NAMED = 50
#: The search for the nearest section takes milliseconds: a file of nothing but unknown labels would take hours.
_MAX_NEAREST = 500


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article to learn from: its text as the model sees it, its sections by id, and its place in the files."""

    article: Article
    prepared: PreparedText
    sections: frozenset[str]
    place: Place


@dataclass
class Corpus:
    """The articles of files, and the rows and labels that are not used.

    ``articles`` are in the order of the files. ``ignored_columns`` are the columns that are not fields of
    an article, ``unknown_labels`` the labels dropped as `Reading` allows, and ``left_out`` counts good rows that are
    not learned from. ``file_notes`` are facts about whole files, ``unread_labels`` possible labels that were not read.
    """

    articles: list[LabelledArticle] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    ignored_columns: set[str] = field(default_factory=set)
    unknown_labels: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    file_notes: list[Note] = field(default_factory=list)
    unread_labels: list[UnreadLabels] = field(default_factory=list)

    def notes(self) -> list[str]:
        """Return what was left out on purpose, one line each."""
        notes = [f"{note.place}: {note.message}" for note in self.file_notes]
        notes += [f"left out: {count:,} {what}" for what, count in self.left_out.most_common()]
        if self.unknown_labels:
            counts = [f"{shown(label)} ({count:,})" for label, count in self.unknown_labels.most_common(_MAX_NAMED)]
            notes.append(f"labels dropped because they are not sections: {_listed(counts, len(self.unknown_labels))}")
        if self.ignored_columns:
            names = [_name(column) for column in sorted(self.ignored_columns)[:_MAX_NAMED]]
            ignored = _listed(names, len(self.ignored_columns))
            notes.append(f"columns ignored because they are not fields of an article: {ignored}")
        return notes

    def digest(self) -> str:
        """Return the SHA-256 of everything that training sees of the articles, in their order."""
        found = hashlib.sha256()
        for item in self.articles:
            found.update(json.dumps([item.prepared.text, sorted(item.sections)]).encode() + b"\n")
        return found.hexdigest()


def _listed(shown_ones: list[str], n: int) -> str:
    more = n - len(shown_ones)
    return ", ".join(shown_ones) + (f" and {more:,} more" if more else "")


def _name(column: str) -> str:
    """Return a column's name, or its length if it may be text, as in a file without a header line."""
    quoted = shown(column)
    return quoted if quoted[1:-1] != column else column


def read_corpus(
    paths: Iterable[Path],
    sections: Sections,
    reading: Reading | None = None,
    feedback: str | None = None,
    limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> Corpus:
    """Read labelled articles from files, from every known file in folders, and from the matches of globs.

    ``feedback`` is the address of a database of editors' feedback, which is read first. If an article of the files has
    feedback (found by its id), the article of the files is left out. ``progress`` gets a step for each row.

    Raises
    ------
    CorpusError
        If a path does not exist, cannot be read or parsed, or holds no file of a known kind. Bad rows raise no
        error: they are in the corpus's ``rejects``.
    FeedbackError
        If the database does not exist or does not answer.
    """
    reading = reading or Reading()
    if progress:
        progress.stage("reading articles", 0)
    collector = _Collector(sections, reading)
    context = Context(sections, reading, limits)
    for item in read_feedback(feedback, sections, reading) if feedback else ():
        collector.take(item)
    with_feedback = frozenset(collector.first_use)
    for file in find_files(paths, suffixes()):
        with readable(file):
            for row in format_of(file, limits).read(file, context):
                collector.take(row, with_feedback)
                if progress:
                    progress.step()
    return collector.corpus


class _Collector:
    """Makes a corpus of rows, one after the other."""

    def __init__(self, sections: Sections, reading: Reading) -> None:
        self.corpus = Corpus()
        #: the place of the first article with each id
        self.first_use: dict[str, Place] = {}
        self._sections = sections
        self._reading = reading
        self._ids: dict[str, str] = {}  # the section of each label met
        self._problems: dict[str, str] = {}  # what is wrong with each unknown label met

    def take(self, row: Found, with_feedback: frozenset[str] = frozenset()) -> None:
        """Add a row, unless feedback replaces the article with its id."""
        match row:
            case Reject():
                self.corpus.rejects.append(row)
            case LeftOut():
                self.corpus.left_out[row.what] += 1
            case Note():
                self.corpus.file_notes.append(row)
            case UnreadLabels():
                self.corpus.unread_labels.append(row)
            case Row(fields={"id": str(id_)}) if id_ in with_feedback:
                self.corpus.left_out[_REPLACED] += 1
            case Row():
                self._take(row)

    def _take(self, row: Row) -> None:
        if other := _other_language(row, self._reading.language):
            self.corpus.left_out[other] += 1
            return
        fields = {name: value for name, value in row.fields.items() if name in _FIELDS}
        self.corpus.ignored_columns.update(set(row.fields) - set(fields))
        labels = {name: _split_labels(value) for name, value in fields.items() if _CANONICAL.get(name) == "sections"}
        if self._reading.ignore_unknown:
            labels = {name: self._without_unknown(split) for name, split in labels.items()}
        ids, reasons = self._resolved(labels)
        try:
            article = Article.read({**fields, **labels})
        except InvalidInputError as error:
            self._reject(row, [*reasons, *map(str, error.problems)])
            return
        prepared = prepare(article, self._sections.spellings)
        if len(prepared.text) == prepared.headline_length:
            reasons.append("body: empty. Fix: add the text of the article")
        if article.id:
            first = self.first_use.setdefault(article.id, row.place)
            if first is not row.place:
                reasons.append(f"id: already used at {first}. Fix: give each article its own id")
        if reasons:
            self._reject(row, reasons)
            return
        self.corpus.articles.append(LabelledArticle(article, prepared, ids, row.place))

    def _reject(self, row: Row, reasons: Iterable[str]) -> None:
        self.corpus.rejects.append(Reject(row.place, tuple(reasons), row.raw))

    def _without_unknown(self, labels: Any) -> Any:
        """Return the labels that are sections, and count the others as dropped."""
        if not isinstance(labels, list):
            return labels
        known = [label for label in labels if self._sections.get(label)]
        self.corpus.unknown_labels.update(label for label in labels if not self._sections.get(label))
        return known

    def _resolved(self, labels: Mapping[str, Any]) -> tuple[frozenset[str], list[str]]:
        """Return the sections of labels, by id, and the problem with each label that is not a section."""
        ids: set[str] = set()
        problems: list[str] = []
        for name, split in labels.items():
            for label in split[:MAX_LABELS] if isinstance(split, list) else ():  # the schema refuses any more
                if label not in self._ids and (section := self._sections.get(label)):
                    self._ids[label] = section.id
                if label in self._ids:
                    ids.add(self._ids[label])
                else:
                    problems.append(f"{name}: {self._problem(label)}")
        return frozenset(ids), problems

    def _problem(self, label: str) -> str:
        """Return the problem with a label that is not a section."""
        if label not in self._problems:
            if len(self._problems) >= _MAX_NEAREST or len(label) > MAX_ID_LENGTH:
                return f"unknown section {shown(label)}"
            try:
                self._sections.find(label)
            except SectionsError as error:
                self._problems[label] = f"{error}{_separator_hint(label, self._sections)}"
        return self._problems[label]


def _other_language(row: Row, asked: str | None) -> str:
    """Return the kind of a row in another language than the one asked for; empty if it is in that, or names none."""
    code = row.fields.get("language")
    if not asked or not isinstance(code, str):
        return ""
    try:
        found = language_code(code)
        is_other = found is not None and found != language_code(asked)
    except ValueError:  # not a code: the article's schema decides about it
        return ""
    return f"articles in other languages than {shown(asked)}: {shown(found)}" if is_other and found else ""


def _separator_hint(label: str, sections: Sections) -> str:
    """Return advice on the separator if a label looks like several with commas; a section's name may hold a comma."""
    is_list = "," in label and any(map(sections.get, label.split(",")))
    return ". If these are several, separate them with “|” or “;”, not with a comma" if is_list else ""


def _split_labels(value: Any) -> Any:
    """Split a cell such as ``South Asia|Partnerships`` into a list; the schema judges everything except text."""
    if isinstance(value, str):
        return [label.strip() for label in _LABEL_DELIMITER.split(value) if label.strip()]
    if isinstance(value, list) and not all(isinstance(label, str) for label in value):
        return tuple(value)
    return value
