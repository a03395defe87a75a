"""The results of every reader: a row with its place and its raw text, or a reject with the reasons."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from classifier.corpus.readers.files import not_utf8 as not_utf8
from classifier.corpus.readers.limits import KEPT_OF_OVERSIZED, KEPT_OVERSIZED_NOTE
from classifier.corpus.stored.labelled import Place as Place

#: The value of ``label_source`` of articles that no person has labelled.
MACHINE = "machine"
#: The remark of rows with a character cut in two.
CUT_CHARACTER = "rows with half of a character, such as an emoji cut in two, which is read as U+FFFD"

#: The remark of rows that lack a text, with its name.
WITHOUT = "articles without a {}, because the cell holds a word for nothing, such as nan or None"


@dataclass(frozen=True, slots=True)
class Row:
    """One article as a file gives it: its fields by their names in the file, and the whole text of the row.

    ``labels_from`` is the column, key or taxonomy where its labels were found; empty if none was found. ``columns`` are
    the names of fields in the file, if they differ, for messages. ``remark`` is the kind of a row that was read with a
    small change, in the plural. ``dropped`` counts the letters of the body that its reader left out by cleaning.
    ``without`` names the texts that it lacks because their cells hold a word for nothing: headline, body.
    """

    place: Place
    fields: dict[str, Any]
    raw: str
    labels_from: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""
    dropped: int = 0
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot be used, the reasons, and its whole text; ``unknown`` are its labels that are not sections."""

    place: Place
    reasons: tuple[str, ...]
    raw: str
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.place}: {'; '.join(self.reasons)}"


@dataclass(frozen=True, slots=True)
class UnreadRows(Reject):
    """Rows that cannot be read because their file is damaged; the place is the first of them."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A good row that is not learned from, such as a draft; ``what`` names its kind, in the plural."""

    place: Place
    what: str


@dataclass(frozen=True, slots=True)
class Note:
    """A fact about a whole file that its user must know, such as bytes that were replaced; ``place`` is the first."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class UnreadLabels:
    """Possible labels of a file in a place that is not read, such as another taxonomy of a WordPress export.

    Parameters
    ----------
    file : Path
    name : str
        The name of the place, in words: ``taxonomy “section”``.
    option : str
        The option that reads it: ``--taxonomy section``.
    n_articles : int
        How many articles have a label there: of all that were read if ``is_counted``, or else of the first ones.
    examples : tuple of str
        The most frequent labels there.
    has_sections : bool
        Whether labels there are sections.
    instead_of : str
        The columns that were read for labels, in words, if none of their values looked at is a section.
    """

    file: Path
    name: str
    option: str
    n_articles: int
    examples: tuple[str, ...]
    has_sections: bool = False
    instead_of: str = ""
    is_counted: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table that hold labels, body, headline and weight, the ones that are not read, and ``all``.

    ``labels_are_named``: an option named the columns of the labels.
    """

    labels: tuple[str, ...]
    body: tuple[str, ...]
    headline: tuple[str, ...]
    not_read: tuple[str, ...]
    weight: str = ""
    labels_are_named: bool = False
    all: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns of a table, which its reader yields before any row if it knows them."""

    columns: tuple[str, ...]


class TableSource(Protocol):
    """A table in memory, such as a DataFrame; ``path`` stands for it in messages."""

    @property
    def path(self) -> Path:
        """Its name in messages and places."""

    def rows(self) -> "Iterator[Found]":
        """Yield a header and the rows, as the reader of a table does."""


#: Where articles come from: a file, folder or glob, or a table in memory.
Source = Path | TableSource

#: All that a reader yields. Columns take the place of Header once it is known what they hold.
Found = Row | Reject | LeftOut | Note | UnreadLabels | Header | Columns


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read files.

    Parameters
    ----------
    ignore_unknown : bool
        Drop and count labels that are not sections, instead of rejecting their rows.
    machine_labels : bool
        Keep articles whose every label Copydesk itself applied, and which no editor is known to have checked. A model
        that learns from them learns from its own answers.
    labels : tuple of str
        The columns of tables that hold the labels. Empty: they are found by their names and values.
    text, headline : str, optional
        The column of tables that holds the body, and the one that holds the headline.
    weight : str, optional
        The column of tables that holds the weights of articles in the fit. Without it, one named ``weight``.
    taxonomies, post_types, body_meta : tuple of str
        Of a WordPress export: the taxonomies whose terms are the labels, the types of posts to read, and the meta keys
        whose text is part of the body. Empty: ``category``, ``post`` and none.
    language : str, optional
        The language to read. Articles that name another are left out; of an article in several languages only the part
        in this one is read. Without it, all articles are read.
    languages : tuple of str
        The languages to read, by code: articles that name another are left out. Empty: all.
    model_languages : tuple of str
        The languages on which the measured model was trained: a row that names another one is bad. Empty: no row is
        bad because of its language.
    each_language : bool
        Read each language of an article in several as an article of its own.
    format : str, optional
        The format of all files, by its name. Without it, the suffix and the start of a file decide.
    drafting : bool
        Read for a first vocabulary: the names of folders that hold text files are labels although no section has them.
    encoding : str, optional
        The encoding of text files. Without it, a byte order mark decides, or else it is UTF-8.
    date_format : str, optional
        How dates are written, such as ``%d.%m.%Y``. Without it, only dates that cannot be misread are used.
    label_names : Path, optional
        A file with the names of labels that are numbers.
    split : str, optional
        ``train`` or ``test``: the part to read of a table that has a column for the split. Without it, all is read.
    all_unlabelled : bool
        Allow files in which no article has a label: all their articles count as articles of no section.
    feedback_models : frozenset of str, optional
        The versions of models whose feedback is read, because a database holds that of several sets of models. Without
        it, all feedback is read.
    verdicts : mapping of str to frozenset of str, optional
        The sections of articles by the digest of their text, from the desk: the labels of rows with a question mark.
    """

    ignore_unknown: bool = False
    machine_labels: bool = False
    labels: tuple[str, ...] = ()
    text: str | None = None
    headline: str | None = None
    weight: str | None = None
    taxonomies: tuple[str, ...] = ()
    post_types: tuple[str, ...] = ()
    body_meta: tuple[str, ...] = ()
    encoding: str | None = None
    date_format: str | None = None
    label_names: Path | None = None
    split: str | None = None
    all_unlabelled: bool = False
    language: str | None = None
    languages: tuple[str, ...] = ()
    model_languages: tuple[str, ...] = ()
    each_language: bool = False
    format: str | None = None
    drafting: bool = False
    feedback_models: frozenset[str] | None = None
    verdicts: Mapping[str, frozenset[str]] | None = None

    @property
    def asked_languages(self) -> tuple[str, ...]:
        """The languages to read; empty for all."""
        return (self.language,) if self.language else self.languages


def oversized(place: Place, raw: str, what: str) -> Reject:
    """Return the reject of a row over a limit; ``what`` names the limit. Only the start of the row is kept."""
    reason = f"{what}. Fix: shorten it ({KEPT_OVERSIZED_NOTE})"
    return Reject(place, (reason,), raw[:KEPT_OF_OVERSIZED])
