"""The articles of files, and what was read and left out of each file."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classifier.corpus.readers.account import FileAccount, grouped
from classifier.corpus.readers.files import left_out_files
from classifier.corpus.readers.not_read import why_not_read
from classifier.corpus.readers.rows import Note, Reject, UnreadLabels
from classifier.corpus.readers.unread import labels_instead
from classifier.corpus.stored.articles import StoredArticles
from classifier.corpus.stored.labelled import LabelledArticle as LabelledArticle
from classifier.corpus.stored.subset import Subset
from classifier.errors import shown
from classifier.terms.encoding import utf8

_MAX_NAMED = 50
_BY_PERSON = "articles that a teacher labelled, because a person labelled them too"


@dataclass
class Corpus:
    """The articles of files, and the rows and labels that are not used.

    ``articles`` are in the order of the files, with their texts on disk; ``accounts`` are those of each file.
    ``unknown_labels`` are the labels dropped as `Reading` allows. ``passed_over`` are files of folders and of .zip
    files that are of a kind that is not read.
    """

    articles: Sequence[LabelledArticle] = field(default_factory=StoredArticles)
    rejects: list[Reject] = field(default_factory=list)
    unknown_labels: Counter[str] = field(default_factory=Counter)
    accounts: list[FileAccount] = field(default_factory=list)
    passed_over: list[Path] = field(default_factory=list)

    @property
    def left_out(self) -> Counter[str]:
        """How many good rows are not learned from, by kind."""
        return sum((account.left_out for account in self.accounts), Counter[str]())

    @property
    def left_out_files(self) -> list[str]:
        """The files of a kind that is not read, in folders and .zip files: their paths, sorted."""
        return sorted(map(str, self.passed_over))

    @property
    def ignored_columns(self) -> set[str]:
        """The columns of tables that are not read."""
        return {name for account in self.accounts if account.columns for name in account.columns.not_read}

    @property
    def file_notes(self) -> list[Note]:
        """Facts about whole files."""
        return [note for account in self.accounts for note in account.notes]

    @property
    def unread_labels(self) -> list[UnreadLabels]:
        """Possible labels that were not read."""
        return [unread for account in self.accounts for unread in account.unread_labels]

    def prefer_people(self) -> None:
        """Leave out what a teacher labelled if a person labelled the same article: the same id, or the same text."""
        n_taught = sum(account.n_taught for account in self.accounts)
        if n_taught in (0, len(self.articles)):
            return
        ids: set[str] = set()
        texts: set[bytes] = set()
        for item in self.articles:
            if not item.taught:
                ids.update([item.names.id] if item.names.id else [])
                texts.add(_fingerprint(item))
        accounts = {account.file: account for account in self.accounts}
        kept = []
        for row, item in enumerate(self.articles):
            if item.taught and (item.names.id in ids or _fingerprint(item) in texts):
                accounts[item.place.file].replace_taught(_BY_PERSON, has_labels=bool(item.article.sections))
            else:
                kept.append(row)
        self.articles = Subset(self.articles, kept)

    def account(self) -> list[str]:
        """Return what was read and what was not, in words: a line for each file, and more if something was left out."""
        lines = [line for account in grouped(self.accounts) for line in account.lines()]
        return lines + self._dropped() + left_out_files(self.passed_over)

    def notes(self) -> list[str]:
        """Return what was left out on purpose, one line each, over all files."""
        notes = [f"{note.place}: {note.message}" for note in self.file_notes]
        notes += [f"left out ({count:,}): {what}" for what, count in self.left_out.most_common()]
        for kind in ("undated", "remarks"):
            counts = sum((getattr(account, kind) for account in self.accounts), Counter[str]())
            notes += [f"{what} ({count:,})" for what, count in counts.most_common()]
        notes += self._dropped() + left_out_files(self.passed_over)
        for reason, columns in why_not_read(account.columns for account in self.accounts if account.columns).items():
            names = [_name(column) for column in sorted(columns)[:_MAX_NAMED]]
            notes.append(f"{reason}: {_listed(names, len(columns))}")
        return notes

    def labels_instead(self) -> list[str]:
        """Return a line for each file and column of which no label is a section, if another column holds sections."""
        lines = [(account.file, line) for account in self.accounts for line in labels_instead(account.unread_labels)]
        return [f"{file}: {line}" for file, line in lines]

    def _dropped(self) -> list[str]:
        if not self.unknown_labels:
            return []
        counts = [f"{shown(label)} ({count:,})" for label, count in self.unknown_labels.most_common(_MAX_NAMED)]
        return [f"labels dropped because they are not sections: {_listed(counts, len(self.unknown_labels))}"]

    def digest(self) -> str:
        """Return the SHA-256 of everything that training sees of the articles, in their order."""
        found = hashlib.sha256()
        for item in self.articles:
            seen: list[object] = [item.prepared.text, sorted(item.sections)]
            id_, story, original = item.names
            names = {"story": story, "id": id_, "original": original}
            if names["story"] is not None or names["original"] is not None:
                seen.append(names)  # they decide how the articles are split
            if item.weight != 1:
                seen.append({"weight": item.weight})
            if item.taught:
                seen.append("taught")
            found.update(json.dumps(seen, allow_nan=False).encode() + b"\n")
        return found.hexdigest()


def _fingerprint(item: LabelledArticle) -> bytes:
    return hashlib.sha256(utf8(item.prepared.text)).digest()


def _listed(shown_ones: list[str], n: int) -> str:
    more = n - len(shown_ones)
    return ", ".join(shown_ones) + (f" and {more:,} more" if more else "")


def _name(column: str) -> str:
    """Return a column's name, or its length if it may be text, as in a file without a header line."""
    quoted = shown(column)
    return quoted if quoted[1:-1] != column else column
