"""The account of what was read: for each file the articles, where their labels were found, and what was left out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from classifier.article import ALIASES
from classifier.corpus.readers.columns.dates import AMBIGUOUS
from classifier.corpus.readers.columns.names import field_of, plain
from classifier.corpus.readers.columns.plan import named
from classifier.corpus.readers.rows import Columns, Note, UnreadLabels
from classifier.corpus.readers.unread import labels_elsewhere, labels_instead
from classifier.errors import CorpusError, number_of

_MAX_NAMED = 50
_MAX_NAMED_IN_LINE = 12
#: Files are grouped by folder if there are more than this.
_MAX_FILES_SHOWN = 12
#: A file with this many articles is not judged by itself: a folder may hold one article a file.
_SINGLE = 1
#: Names of columns that need no explanation.
_USUAL = {field_name: frozenset(map(plain, ALIASES[field_name])) for field_name in ("body", "headline")}


@dataclass
class WeightAccount:
    """How many articles have a weight of their own, and the least and the most of these; 0 if there are none."""

    n_articles: int = 0
    least: float = 0.0
    most: float = 0.0

    def add(self, weight: float) -> None:
        """Count the weight of an article."""
        self.join(WeightAccount(1, weight, weight))

    def join(self, other: "WeightAccount") -> None:
        """Add the weights of other articles."""
        if other.n_articles:
            self.least = min(self.least, other.least) if self.n_articles else other.least
            self.most = max(self.most, other.most)
            self.n_articles += other.n_articles

    def __str__(self) -> str:
        bounds = f"{self.least:g}" if self.least == self.most else f"{self.least:g} to {self.most:g}"
        return f"{number_of(self.n_articles, 'article')}, {bounds}, only used to fit"


@dataclass
class FileAccount:
    """What was read of one file.

    Parameters
    ----------
    file : Path
    format : str
        The name of its format.
    n_articles, n_labelled, n_rejects : int
        Articles, those of them that have a label, and rows that cannot be used.
    labels_from : Counter of str
        How many articles have their labels from which column, key or taxonomy.
    left_out : Counter of str
        Good rows that are not learned from, by kind.
    remarks : Counter of str
        Rows that were read with a small change, by kind.
    undated : Counter of str
        Articles whose date is not used, by kind.
    columns : Columns, optional
        Of a table: what its columns hold.
    notes : list of Note
    unread_labels : list of UnreadLabels
    weights : WeightAccount
    n_taught : int
        Articles that a teacher labelled, not a person.
    n_beyond_ascii : int
        Rows with characters that are UTF-8, not ASCII.
    """

    file: Path
    format: str
    n_articles: int = 0
    n_labelled: int = 0
    n_rejects: int = 0
    labels_from: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)
    undated: Counter[str] = field(default_factory=Counter)
    columns: Columns | None = None
    notes: list[Note] = field(default_factory=list)
    unread_labels: list[UnreadLabels] = field(default_factory=list)
    weights: WeightAccount = field(default_factory=WeightAccount)
    may_be_unlabelled: bool = False
    n_files: int = 1
    n_taught: int = 0
    n_beyond_ascii: int = 0

    @property
    def source(self) -> tuple[object, ...]:
        """What the files of one archive share: their folder, their format and, if they are tables, the label columns.

        A file without labels among labelled ones of the same source may be one of articles without a section.
        """
        labels = self.columns.labels if self.columns and self.n_articles > _SINGLE else None
        return (self.file.parent, self.format, labels)

    def add(self, other: "FileAccount") -> None:
        """Add the account of another file of the same kind."""
        self.n_articles += other.n_articles
        self.n_labelled += other.n_labelled
        self.n_rejects += other.n_rejects
        self.n_files += other.n_files
        self.n_taught += other.n_taught
        self.n_beyond_ascii += other.n_beyond_ascii
        for name in ("labels_from", "left_out", "remarks", "undated"):
            getattr(self, name).update(getattr(other, name))
        self.weights.join(other.weights)
        if self.columns and other.columns:
            not_read = dict.fromkeys((*self.columns.not_read, *other.columns.not_read))
            every = dict.fromkeys((*self.columns.all, *other.columns.all))
            self.columns = replace(self.columns, not_read=tuple(not_read), all=tuple(every))
        self.notes += other.notes
        self.unread_labels += other.unread_labels

    def replace_taught(self, reason: str, *, has_labels: bool) -> None:
        """Count an article that a teacher labelled as left out after all."""
        self.n_articles -= 1
        self.n_labelled -= has_labels
        self.n_taught -= 1
        self.left_out[reason] += 1

    def to_json(self, *, with_names: bool = True) -> dict[str, Any]:
        """Return the account as plain JSON values, with the names of files unless they are not wanted."""
        columns = self.columns or Columns((), (), (), ())
        names = {"file": str(self.file), "notes": [f"{note.place}: {note.message}" for note in self.notes]}
        return {
            **(names if with_names else {}),
            "format": self.format,
            "articles": self.n_articles,
            "with_labels": self.n_labelled,
            **({"labelled_by_a_teacher": self.n_taught} if self.n_taught else {}),
            "bad_rows": self.n_rejects,
            "labels_from": dict(self.labels_from),
            "columns": {
                "labels": list(columns.labels),
                "body": list(columns.body),
                "headline": list(columns.headline),
                "not_read": list(columns.not_read),
            },
            "weights": self._weights_to_json(),
            "left_out": dict(self.left_out),
            "undated": dict(self.undated),
            "changed": dict(self.remarks),
        }

    def _weights_to_json(self) -> dict[str, Any] | None:
        """Return the account of weights as plain JSON values; None if no article has one."""
        found = self.weights
        column = self.columns.weight if self.columns else ""
        bounds = {"least": found.least, "most": found.most}
        return {"column": column, "articles": found.n_articles, **bounds} if found.n_articles else None

    def lines(self) -> list[str]:
        """Return the account in words: a line, and one more for everything that was left out or changed."""
        name = str(self.file) if self.n_files == 1 else f"{self.file.parent} ({self.n_files:,} files, {self.format})"
        line = f"{name}: {number_of(self.n_articles, 'article')}, {self.n_labelled:,} with labels{self._found()}"
        lines = [line]
        lines += [f"  left out ({count:,}): {what}" for what, count in self.left_out.most_common()]
        if self.undated:
            kinds = ", ".join(_articles(count, what) for what, count in self.undated.most_common())
            lines.append(f"  undated: {kinds}. Fix: give the form of the dates, such as --date-format {_example(self)}")
        lines += [f"  changed ({count:,}): {what}" for what, count in self.remarks.most_common()]
        if self.columns and self.columns.not_read:
            lines.append(f"  columns not read: {_names(self.columns.not_read, _MAX_NAMED_IN_LINE)}")
            if self.columns.headline and not self.columns.body:
                lines.append("  only headlines are read. Fix: if a column not read has the text, name it with --text")
        lines += [f"  {line}" for line in labels_instead(self.unread_labels)]
        lines += [f"  {note.place}: {note.message}" for note in self.notes]
        return lines

    def _found(self) -> str:
        """Return where labels and text were found, if a person may wonder."""
        found = []
        if self.labels_from:
            found.append(f"labels from {named(self.labels_from)}")
        if self.n_taught:
            found.append(f"{self.n_taught:,} labelled by a teacher")
        if self.columns:
            for what, names in (("body", self.columns.body[:1]), ("headline", self.columns.headline[:1])):
                others = any(field_of(name) == what for name in self.columns.not_read)
                if names and (others or plain(names[0]) not in _USUAL[what]):
                    found.append(f"{what} from {named(names)}")
        if self.weights.n_articles:
            column = named([self.columns.weight]) if self.columns and self.columns.weight else "weight"
            found.append(f"weights from {column}: {self.weights}")
        return f" ({', '.join(found)})" if found else ""


def _articles(count: int, kind: str) -> str:
    """Return a kind of articles with their number."""
    return f"{number_of(count, 'article')} {kind.removeprefix('articles ')}"


def _example(account: FileAccount) -> str:
    return '"%d/%m/%Y"' if account.undated.get(AMBIGUOUS) else '"%d.%m.%Y"'


def _names(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return named(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def grouped(accounts: Sequence[FileAccount]) -> list[FileAccount]:
    """Return the accounts of a few files as they are, and of many files one for each source."""
    if len(accounts) <= _MAX_FILES_SHOWN:
        return list(accounts)
    return _by_source(accounts)


def _by_source(accounts: Iterable[FileAccount]) -> list[FileAccount]:
    found: dict[object, FileAccount] = {}
    for account in accounts:
        if account.source not in found:
            found[account.source] = FileAccount(
                account.file,
                account.format,
                columns=account.columns,
                n_files=0,
                may_be_unlabelled=account.may_be_unlabelled,
            )
        found[account.source].add(account)
    return list(found.values())


def refuse_unlabelled(accounts: Iterable[FileAccount]) -> None:
    """Refuse files in which no article has a label: all their articles would count as articles of no section.

    Raises
    ------
    CorpusError
        If there is such a file; the message names it, and where it has values that look like labels.
    """
    faults = [
        _unlabelled(account)
        for account in _by_source(accounts)
        if account.n_articles and not account.n_labelled and not account.may_be_unlabelled
    ]
    if faults:
        raise CorpusError("\n".join(faults))


def _unlabelled(account: FileAccount) -> str:
    name = str(account.file) if account.n_files == 1 else f"{account.file.parent} ({account.n_files:,} files)"
    n = account.n_articles
    count = f"none of its {n:,} articles has" if n > 1 else "its only article does not have"
    fate = "all would count as articles" if n > 1 else "it would count as an article"
    head = f"{name}: {count} a label, so {fate} without a section"
    if not account.columns:
        why = ""
    elif account.columns.labels:
        why = f". Nothing in {named(account.columns.labels)} is a label that can be used"
    else:
        listed = _names(account.columns.all, _MAX_NAMED_IN_LINE)
        why = f". No column is known to hold labels; the columns are {listed}"
    looks, options = labels_elsewhere(account.unread_labels)
    if looks:
        fix = f"Fix: add {options}, or add --all-unlabelled if it is true"
        return f"{head}{why}. Labels may be elsewhere: {looks}. {fix}"
    advice = "name the column of the labels with --labels, or add" if account.columns else "add labels, or add"
    return f"{head}{why}. Fix: {advice} --all-unlabelled if it is true"
