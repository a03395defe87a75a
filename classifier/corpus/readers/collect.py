"""One pass over files and folders: every good row as a labelled article, every bad one as a reject."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifier.article import ALIASES, Article
from classifier.corpus.readers.delimited import read_delimited
from classifier.corpus.readers.feedback import read_feedback
from classifier.corpus.readers.files import PARQUET, find_files, kind_of, readable
from classifier.corpus.readers.jsonl import read_jsonl
from classifier.corpus.readers.pages import page_reader
from classifier.corpus.readers.parquet import read_parquet
from classifier.corpus.readers.rows import LeftOut, Place, Reader, Reading, Reject, Row
from classifier.corpus.readers.wxr import wxr_reader
from classifier.errors import InvalidInputError, SectionsError, shown
from classifier.sections import Sections
from classifier.text.prepare import PreparedText, prepare

_CANONICAL = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
_FIELDS = {*Article.model_fields, *_CANONICAL}
_REPLACED = "articles of the files that have feedback, which replaces them"
_LABEL_DELIMITER = re.compile(r"[|;]")


@dataclass(frozen=True, slots=True)
class LabelledArticle:
    """An article to learn from: its text as the model sees it, its sections by id, and where it was read."""

    article: Article
    prepared: PreparedText
    sections: frozenset[str]
    place: Place


@dataclass
class Corpus:
    """What was read, and what was not.

    Articles come in the order of the files. ``ignored_columns`` are those that no field of an article takes,
    ``unknown_labels`` those dropped as `Reading` allows, ``left_out`` counts good rows that are not to be learned from.
    """

    articles: list[LabelledArticle] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    ignored_columns: set[str] = field(default_factory=set)
    unknown_labels: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def notes(self) -> list[str]:
        """Say what was passed over on purpose, a line each."""
        notes = [f"left out: {count:,} {what}" for what, count in self.left_out.most_common()]
        if self.unknown_labels:
            counts = ", ".join(f"{shown(label)} ({count:,})" for label, count in self.unknown_labels.most_common())
            notes.append(f"labels dropped, for they are no section: {counts}")
        if self.ignored_columns:
            notes.append(f"not read, for they are no field of an article: {', '.join(sorted(self.ignored_columns))}")
        return notes


def read_corpus(
    paths: Iterable[Path], sections: Sections, reading: Reading | None = None, feedback: str | None = None
) -> Corpus:
    """Read labelled articles from files, from every known file in folders, and from what globs match.

    ``feedback`` is the address of a database of editors' feedback, which is read first: an article of the files that
    has feedback (by its id) is left out.

    Raises
    ------
    CorpusError
        If a path does not exist, cannot be read, or holds no file of a known kind. Bad rows are no error: they are
        in the corpus's ``rejects``.
    FeedbackError
        If the database does not exist or does not answer.
    """
    reading = reading or Reading()
    corpus = Corpus()
    first_use: dict[str, Place] = {}
    readers = _readers(sections, reading)
    for item in read_feedback(feedback, sections, reading) if feedback else ():
        if isinstance(item, LeftOut):
            corpus.left_out[item.what] += 1
        else:
            _take(item, sections, reading, corpus, first_use)
    with_feedback = frozenset(first_use)
    for file in find_files(paths, readers):
        with readable(file):
            for row in readers[kind_of(file)](file):
                if isinstance(row, Reject):
                    corpus.rejects.append(row)
                elif isinstance(row, LeftOut):
                    corpus.left_out[row.what] += 1
                elif isinstance(id_ := row.fields.get("id"), str) and id_ in with_feedback:
                    corpus.left_out[_REPLACED] += 1
                else:
                    _take(row, sections, reading, corpus, first_use)
    return corpus


def _readers(sections: Sections, reading: Reading) -> Mapping[str, Reader]:
    read_wxr = wxr_reader(sections, reading)
    return {
        ".jsonl": read_jsonl,
        ".csv": read_delimited,
        ".tsv": read_delimited,
        ".txt": page_reader(sections),
        ".xml": read_wxr,
        ".wxr": read_wxr,
        PARQUET: read_parquet,
    }


def _take(row: Row, sections: Sections, reading: Reading, corpus: Corpus, first_use: dict[str, Place]) -> None:
    fields = {name: value for name, value in row.fields.items() if name in _FIELDS}
    corpus.ignored_columns.update(set(row.fields) - set(fields))
    if reading.ignore_unknown:
        fields = _without_unknown(fields, sections, corpus.unknown_labels)
    article, ids, reasons = _article(fields, sections)
    prepared = prepare(article, sections.spellings) if article else None
    if article and prepared and len(prepared.text) == prepared.headline_length:
        reasons.append("body: empty")
    if article and article.id:
        first = first_use.setdefault(article.id, row.place)
        if first is not row.place:
            reasons.append(f"id: already used at {first}")
    if reasons or not article or not prepared:
        corpus.rejects.append(Reject(row.place, tuple(reasons), row.raw))
    else:
        corpus.articles.append(LabelledArticle(article, prepared, ids, row.place))


def _without_unknown(fields: dict[str, Any], sections: Sections, dropped: Counter[str]) -> dict[str, Any]:
    """Return the fields without labels that are no section; each of those is counted in ``dropped``."""
    known = dict(fields)
    for name, value in fields.items():
        split = _split_labels(value) if _CANONICAL.get(name) == "sections" else None
        if isinstance(split, list):
            known[name] = [label for label in split if sections.get(label)]
            dropped.update(label for label in split if not sections.get(label))
    return known


def _article(fields: Mapping[str, Any], sections: Sections) -> tuple[Article | None, frozenset[str], list[str]]:
    """Return the article, its sections by id, and everything that is wrong with it."""
    reasons: list[str] = []
    ids: set[str] = set()
    labels = {name: value for name, value in fields.items() if _CANONICAL.get(name) == "sections"}
    for name, value in labels.items():
        split = _split_labels(value)
        for label in split if isinstance(split, list) else ():
            try:
                ids.add(sections.find(label).id)
            except SectionsError as error:
                reasons.append(f"{name}: {error}{_separator_hint(label, sections)}")
    try:
        article = Article.read({**fields, **{name: _split_labels(value) for name, value in labels.items()}})
    except InvalidInputError as error:
        reasons.extend(map(str, error.problems))
        return None, frozenset(), reasons
    return article, frozenset(ids), reasons


def _separator_hint(label: str, sections: Sections) -> str:
    """Say what separates labels where commas seem to; a section's own name may hold one."""
    is_list = "," in label and any(map(sections.get, label.split(",")))
    return "; separate sections by “|” or “;”, not by a comma" if is_list else ""


def _split_labels(value: Any) -> Any:
    """Split a cell such as ``South Asia|Partnerships`` into a list; leave what is not text for the schema to judge."""
    if isinstance(value, str):
        return [label.strip() for label in _LABEL_DELIMITER.split(value) if label.strip()]
    if isinstance(value, list) and not all(isinstance(label, str) for label in value):
        return tuple(value)
    return value
