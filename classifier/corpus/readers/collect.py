"""One pass over files and folders: every good row as a labelled article, every bad one as a reject."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifier.article import ALIASES, Article
from classifier.corpus.readers.delimited import read_delimited
from classifier.corpus.readers.jsonl import read_jsonl
from classifier.corpus.readers.pages import page_reader
from classifier.corpus.readers.rows import Place, Reader, Reject, Row
from classifier.errors import CorpusError, InvalidInputError, SectionsError, unreadable_as
from classifier.sections import Sections
from classifier.text.prepare import PreparedText, prepare

_CANONICAL = {alias: name for name, aliases in ALIASES.items() for alias in aliases}
_FIELDS = {*Article.model_fields, *_CANONICAL}
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
    """What was read: articles in the order of the files, rejects, and columns that no field of an article takes."""

    articles: list[LabelledArticle] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    ignored_columns: set[str] = field(default_factory=set)


def read_corpus(paths: Iterable[Path], sections: Sections) -> Corpus:
    """Read labelled articles from files, and from every known file in folders.

    Raises
    ------
    CorpusError
        If a path does not exist, cannot be read, or holds no file of a known kind. Bad rows are no error: they are
        in the corpus's ``rejects``.
    """
    corpus = Corpus()
    first_use: dict[str, Place] = {}
    readers = _readers(sections)
    for file in _files(paths, readers):
        with unreadable_as(CorpusError, f"{file} cannot be read"):
            for row in readers[file.suffix.lower()](file):
                if isinstance(row, Reject):
                    corpus.rejects.append(row)
                else:
                    _take(row, sections, corpus, first_use)
    return corpus


def _readers(sections: Sections) -> Mapping[str, Reader]:
    return {
        ".jsonl": read_jsonl,
        ".csv": read_delimited,
        ".tsv": read_delimited,
        ".txt": page_reader(sections),
    }


def _files(paths: Iterable[Path], known: Mapping[str, Reader]) -> Iterator[Path]:
    kinds = ", ".join(known)
    for path in paths:
        if path.is_dir():
            found = sorted(file for file in path.rglob("*") if file.suffix.lower() in known and file.is_file())
            if not found:
                raise CorpusError(f"{path} holds no {kinds} file")
            yield from found
        elif not path.exists():
            raise CorpusError(f"{path} does not exist")
        elif path.suffix.lower() not in known:
            raise CorpusError(f"{path}: unknown kind of file; Copydesk reads {kinds}")
        else:
            yield path


def _take(row: Row, sections: Sections, corpus: Corpus, first_use: dict[str, Place]) -> None:
    fields = {name: value for name, value in row.fields.items() if name in _FIELDS}
    corpus.ignored_columns.update(set(row.fields) - set(fields))
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
                reasons.append(f"{name}: {error}")
    try:
        article = Article.read({**fields, **{name: _split_labels(value) for name, value in labels.items()}})
    except InvalidInputError as error:
        reasons.extend(map(str, error.problems))
        return None, frozenset(), reasons
    return article, frozenset(ids), reasons


def _split_labels(value: Any) -> Any:
    """Split a cell such as ``South Asia|Partnerships`` into a list; leave what is not text for the schema to judge."""
    if isinstance(value, str):
        return [label.strip() for label in _LABEL_DELIMITER.split(value) if label.strip()]
    if isinstance(value, list) and not all(isinstance(label, str) for label in value):
        return tuple(value)
    return value
