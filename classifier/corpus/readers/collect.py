"""One pass over files and folders: every good row becomes a labelled article, every bad row a reject."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from classifier.article import MAX_ID_LENGTH, MAX_LABELS, Article
from classifier.corpus.readers.account import FileAccount
from classifier.corpus.readers.columns.cells import TO_LABEL, problem_of
from classifier.corpus.readers.columns.dates import read_date
from classifier.corpus.readers.columns.languages import language_named, other_language
from classifier.corpus.readers.columns.table import TableReader
from classifier.corpus.readers.columns.weights import read_weight
from classifier.corpus.readers.context import Context
from classifier.corpus.readers.feedback import read_feedback
from classifier.corpus.readers.files import find_files, readable
from classifier.corpus.readers.labelled import Corpus
from classifier.corpus.readers.limits import LIMITS, Limits
from classifier.corpus.readers.registry import format_of, suffixes
from classifier.corpus.readers.rows import (
    MACHINE,
    WITHOUT,
    Columns,
    Found,
    LeftOut,
    Note,
    Place,
    Reading,
    Reject,
    Row,
    Source,
    UnreadLabels,
)
from classifier.corpus.stored.articles import StoredArticles
from classifier.corpus.stored.labelled import LabelledArticle
from classifier.errors import FieldProblem, InvalidInputError, shown
from classifier.language_codes import language_code, words_on_unknown
from classifier.progress import Progress
from classifier.sections import Sections
from classifier.text.clean import clean
from classifier.text.page import HeaderNames
from classifier.text.prepare import PreparedText, prepare

_FIELDS = frozenset(Article.model_fields)
_REPLACED = "articles from the files, because feedback on the same articles replaces them"
_NO_TEXT = "rows without text"
_ONLY_HEADLINE = "articles of which only the headline is read, because cleaning removed their whole body"
_MOSTLY_DROPPED = "articles of whose body cleaning left out more than half of the letters: docs/text.md lists the rules"
_EATEN = (
    "body: nothing is left of it, because all of it is names of sections or buttons of a page, which are removed. "
    "Fix: add the text of the article"
)
_WITH_PARENTS = "articles that also got the parent of a section they have"
_COUNTED = (Row, Reject, LeftOut)
#: The search for the nearest section takes time: it is made for this many labels.
_MAX_NEAREST = 500


def read_corpus(
    paths: Iterable[Source],
    sections: Sections,
    reading: Reading | None = None,
    feedback: str | None = None,
    limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> Corpus:
    """Read labelled articles from files, from every known file in folders, and from the matches of globs.

    Tables in memory may stand among the paths; they are read after the files.

    ``feedback`` is the address of a database of editors' feedback, which is read first. If an article of the files has
    feedback (found by its id), the article of the files is left out. In the same way, the labels of a person replace
    those of a teacher. ``progress`` gets a step for each row.

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
    if feedback:
        collector.begin(Path(feedback), "feedback", may_be_unlabelled=True)
        for item in read_feedback(feedback, sections, reading):
            collector.take(item)
    with_feedback = frozenset(collector.first_use)
    for row in _rows(list(paths), context, collector):
        collector.take(row, with_feedback)
        if progress and isinstance(row, _COUNTED):
            progress.step()
    collector.corpus.prefer_people()
    return collector.corpus


def _rows(sources: Sequence[Source], context: Context, collector: "_Collector") -> Iterator[Found]:
    """Yield the rows of each file, and then of each table in memory; the collector begins an account of each."""
    may_be_unlabelled = context.reading.all_unlabelled
    is_named = bool(context.reading.format)
    given = (source for source in sources if isinstance(source, Path))
    for file in find_files(given, suffixes(), is_named, collector.corpus.passed_over):
        with readable(file):
            form = format_of(file, context.limits, context.reading.format, context.reading.encoding)
            collector.begin(file, form.name, may_be_unlabelled=may_be_unlabelled)
            rows = form.read(file, context)
            yield from collector.tables.read(file, rows) if form.is_table else rows
    for table in sources:
        if not isinstance(table, Path):
            collector.begin(table.path, "DataFrame", may_be_unlabelled=may_be_unlabelled)
            yield from collector.tables.read(table.path, table.rows())


class _Collector:
    """Makes a corpus of rows, one after the other."""

    def __init__(self, sections: Sections, reading: Reading) -> None:
        self._articles = StoredArticles()
        self.corpus = Corpus(self._articles)
        self.tables = TableReader(sections, reading)
        #: the place of the first article with each id
        self.first_use: dict[str, Place] = {}
        self._first_taught: dict[str, Place] = {}  # the same of the ones that a teacher labelled
        self._sections = sections
        self._header = HeaderNames(sections.spellings)
        self._reading = reading
        self._account = FileAccount(Path(), "")
        self._ids: dict[str, str] = {}  # the section of each label met
        self._problems: dict[str, str] = {}  # what is wrong with each unknown label met
        self._languages: dict[str, str | None] = {}  # the code of each language met
        self._model_languages = frozenset(language_code(code) or code for code in reading.model_languages)

    def begin(self, file: Path, form: str, *, may_be_unlabelled: bool) -> None:
        """Begin the account of a file."""
        self._account = FileAccount(file, form, may_be_unlabelled=may_be_unlabelled)
        self.corpus.accounts.append(self._account)

    def take(self, row: Found, with_feedback: frozenset[str] = frozenset()) -> None:
        """Add a row, unless feedback replaces the article with its id."""
        if isinstance(row, Row):
            self._account.n_beyond_ascii += not row.raw.isascii()
            id_ = row.fields.get("id")
            if isinstance(id_, str) and id_ in with_feedback:
                self._account.left_out[_REPLACED] += 1
            else:
                self._take(row)
            return
        match row:
            case Reject():
                self._reject(row)
            case LeftOut():
                self._account.left_out[row.what] += 1
            case Note():
                self._account.notes.append(row)
            case UnreadLabels():
                self._account.unread_labels.append(row)
            case Columns():
                self._account.columns = row

    def _take(self, row: Row) -> None:
        if other := other_language(row.fields.get("language"), self._reading.asked_languages):
            self._account.left_out[other] += 1
            return
        fields = row.fields
        if not row.columns:  # the rows of tables have fields of articles alone, and none without a value
            fields = {name: value for name, value in fields.items() if name in _FIELDS and value is not None}
        if not (_says_something(fields.get("body")) or _says_something(fields.get("headline"))):
            self._account.left_out[_NO_TEXT] += 1
            return
        # a draft has no sections yet, so that every label is an unknown one
        has_labels = self._reading.drafting and bool(fields.get("sections"))
        weight = read_weight(fields.pop("weight", 1.0)) if (is_weighted := "weight" in fields) else 1.0
        taught = fields.pop("label_source", None) == MACHINE
        undated, reasons = self._prepare_fields(fields)
        if isinstance(weight, str):
            reasons.append(f"{row.columns.get('weight', 'weight')}: {weight}")
        labels = fields.get("sections", ())
        ids, unknown = self._resolved(labels)
        try:
            article = Article.read(fields)
        except InvalidInputError as error:
            self._refuse(row, [*reasons, *(_in_words(problem, row.columns) for problem in error.problems)], unknown)
            return
        if TO_LABEL in unknown and (of_desk := self._of_desk(article)) is not None:
            ids, unknown = of_desk, []
        prepared = prepare(article, self._header)
        if row.dropped:
            prepared = PreparedText(prepared.utf8, prepared.headline_length, prepared.dropped + row.dropped)
        if not prepared.text:
            if not clean(article.body).strip():
                self._account.left_out[_NO_TEXT] += 1
                return
            reasons.append(_EATEN)
        if article.id:
            first = (self._first_taught if taught else self.first_use).setdefault(article.id, row.place)
            if first is not row.place:
                reasons.append(f"id: already used at {first}. Fix: give each article its own id")
        if reasons or unknown or isinstance(weight, str):
            self._refuse(row, reasons, unknown)
            return
        self._count(row, article, prepared, undated, has_labels or bool(article.sections))
        if is_weighted:
            self._account.weights.add(weight)
        whole = ids.union(*map(self._sections.ancestors, ids)) if self._sections.have_parents else ids
        if len(whole) > len(ids):
            self._account.remarks[_WITH_PARENTS] += 1
        self._account.n_taught += taught
        self._articles.append(LabelledArticle(article, prepared, whole, row.place, weight, taught))

    def _of_desk(self, article: Article) -> frozenset[str] | None:
        verdicts = self._reading.verdicts
        return verdicts.get(article.digest.hex()) if verdicts else None

    def _count(self, row: Row, article: Article, prepared: PreparedText, undated: str, has_labels: bool) -> None:
        account = self._account
        account.n_articles += 1
        if has_labels:
            account.n_labelled += 1
            if row.labels_from:
                account.labels_from[row.labels_from] += 1
        if undated:
            account.undated[undated] += 1
        if row.remark:
            account.remarks[row.remark] += 1
        account.remarks.update(WITHOUT.format(name) for name in row.without)
        if article.body.strip() and len(prepared.text) == prepared.headline_length:
            account.remarks[_ONLY_HEADLINE] += 1
        elif prepared.is_mostly_dropped:
            account.remarks[_MOSTLY_DROPPED] += 1

    def _prepare_fields(self, fields: dict[str, Any]) -> tuple[str, list[str]]:
        """Read dates, languages and labels in place; return why there is no date, and what is wrong."""
        undated, reasons = "", []
        if "published" in fields:
            found = read_date(fields["published"], self._reading.date_format)
            if isinstance(found, str):
                undated, found = found, None
            fields["published"] = found
        if "language" in fields:
            try:
                given = fields["language"]
                fields["language"] = code = self._language(given)
                if code is not None and self._model_languages and code not in self._model_languages:
                    reasons.append(f"language: {words_on_unknown(str(given), self._reading.model_languages)}")
            except ValueError as error:
                reasons.append(f"language: {error}")
                del fields["language"]
        if isinstance(source := fields.get("source", ""), str):
            fields["source"] = source[:MAX_ID_LENGTH]  # it is not used for tagging
        else:
            del fields["source"]
        if self._reading.ignore_unknown and "sections" in fields:
            fields["sections"] = self._without_unknown(fields["sections"])
        return undated, reasons

    def _language(self, value: object) -> str | None:
        name = str(value)
        if name not in self._languages:
            self._languages[name] = language_named(name)
        return self._languages[name]

    def _reject(self, reject: Reject) -> None:
        self._account.n_rejects += 1
        self.corpus.rejects.append(reject)

    def _refuse(self, row: Row, reasons: Iterable[str], unknown: Sequence[str]) -> None:
        column = row.columns.get("sections", "sections")
        problems = [f"{column}: {self._problem(label)}" for label in unknown]
        self._reject(Reject(row.place, (*problems, *reasons), row.raw, tuple(unknown)))

    def _without_unknown(self, labels: Any) -> Any:
        """Return the labels that are sections, and count the others as dropped.

        A row that nobody has labelled keeps its mark, and so is refused, unless labels do not count.
        """
        if not isinstance(labels, list) or (TO_LABEL in labels and not self._reading.all_unlabelled):
            return labels
        known = [label for label in labels if self._sections.get(label)]
        self.corpus.unknown_labels.update(label for label in labels if not self._sections.get(label))
        return known

    def _resolved(self, labels: Any) -> tuple[frozenset[str], list[str]]:
        """Return the sections of labels, by id, and the labels that are not sections."""
        ids: set[str] = set()
        unknown: list[str] = []
        for label in labels[:MAX_LABELS] if isinstance(labels, list) else ():  # the schema refuses any more
            if label not in self._ids and (section := self._sections.get(label)):
                self._ids[label] = section.id
            if label in self._ids:
                ids.add(self._ids[label])
            else:
                unknown.append(label)
        return frozenset(ids), unknown

    def _problem(self, label: str) -> str:
        """Return the problem with a label that is not a section."""
        if label not in self._problems:
            if len(self._problems) >= _MAX_NEAREST or len(label) > MAX_ID_LENGTH:
                return f"unknown section {shown(label)}"
            self._problems[label] = problem_of(self._sections, label)
        return self._problems[label]


def _says_something(text: object) -> bool:
    return bool(text.strip() if isinstance(text, str) else text)


def _in_words(problem: FieldProblem, columns: Mapping[str, str]) -> str:
    """Return a problem with the name that its field has in the file."""
    target, dot, rest = problem.field.partition(".")
    return str(FieldProblem(f"{columns.get(target, target)}{dot}{rest}", problem.detail))
