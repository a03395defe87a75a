"""Verdicts: an editor's word on the labels of single articles, from tables of suspects and from the desk."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from classifier.corpus.readers import LabelledArticle
from classifier.corpus.readers.sheets import read_sheet
from classifier.corpus.stored.subset import relabelled
from classifier.errors import CorpusError, SectionsError, shown
from classifier.sections import Sections

SUSPECT_COLUMNS = ["file", "line", "id", "headline", "sections", "add?", "remove?", "because of", "verdict"]
_RIGHT, _AS_THE_MODEL, _NONE = "ok", "model", "none"


@dataclass(frozen=True)
class Verdicts:
    """The sections that articles should have, by the digest of their text and by their place in the files.

    ``unknown`` are ids of the desk's verdicts that are not in the vocabulary.
    """

    of_text: Mapping[str, frozenset[str]]
    of_place: Mapping[tuple[str, str], frozenset[str]]
    unknown: tuple[str, ...] = field(default=())

    def applied_to(self, articles: Sequence[LabelledArticle]) -> Sequence[LabelledArticle]:
        """Return the articles, those with a verdict with the sections that it gives them, as labelled by a person."""
        found = {n: sections for n, item in enumerate(articles) if (sections := self._of(item)) is not None}
        return relabelled(articles, found) if found else articles

    def notes(self, articles: Sequence[LabelledArticle]) -> list[str]:
        """Return what to say about the verdicts on these articles."""
        if not (self.of_text or self.of_place or self.unknown):
            return []
        n = sum(self._of(item) is not None for item in articles)
        notes = [f"{n:,} of {len(self.of_text) + len(self.of_place):,} verdicts are on articles of this run"]
        if self.unknown:
            notes.append(
                f"verdicts of the desk that were left out, because the vocabulary lacks their sections: "
                f"{', '.join(map(shown, self.unknown[:5]))}"
            )
        return notes

    def _of(self, item: LabelledArticle) -> frozenset[str] | None:
        place = str(item.place.file), item.names.id or str(item.place.line)
        found = self.of_place.get(place) if self.of_place else None
        if found is None and self.of_text:
            found = self.of_text.get(item.article.digest.hex())
        return found


def read_verdicts(tables: Iterable[Path], feedback: str | None, sections: Sections) -> Verdicts:
    """Read the verdicts of tables of suspects, and those of the desk in a feedback database.

    Raises
    ------
    CorpusError
        If a table cannot be read, or a verdict in it is not clear. The message names the row.
    FeedbackError
        If the database cannot be read.
    """
    of_place: dict[tuple[str, str], frozenset[str]] = {}
    for path in tables:
        of_place |= _read_table(path, sections)
    of_text, unknown = _read_desk(feedback, sections) if feedback else ({}, ())
    return Verdicts(of_text, of_place, unknown)


def _read_desk(address: str, sections: Sections) -> tuple[dict[str, frozenset[str]], tuple[str, ...]]:
    from classifier.feedback.store import FeedbackStore
    from classifier.feedback.verdicts import VerdictStore

    found, unknown = {}, set[str]()
    with FeedbackStore.existing(address) as store:
        for digest, verdict in VerdictStore(store.database).all().items():
            now = {id_: sections.get(id_) for id_ in verdict.sections}  # a section may have another id since
            unknown |= {id_ for id_, section in now.items() if section is None}
            if all(now.values()):
                found[digest] = frozenset(section.id for section in now.values() if section)
    return found, tuple(sorted(unknown))


def _read_table(path: Path, sections: Sections) -> dict[tuple[str, str], frozenset[str]]:
    header, *rows = list(read_sheet(path, CorpusError)) or [[]]
    if header[: len(SUSPECT_COLUMNS)] != SUSPECT_COLUMNS:
        raise CorpusError(
            f"{path} is not a table of suspects: its first row is not {', '.join(SUSPECT_COLUMNS)}. Fix: name the file "
            "that “copydesk check” wrote, or the review.csv of “copydesk archive”, saved as CSV"
        )
    found = {}
    for number, row in enumerate(rows, start=2):
        cells = dict(zip(SUSPECT_COLUMNS, row, strict=False))
        if word := cells.get("verdict", "").strip():
            if len(row) != len(header):
                raise CorpusError(
                    f"{path}, row {number}: {len(row)} cells, but the first row has {len(header)}, so the verdict is "
                    "not clear. Fix: restore or delete the row"
                )
            sure = _sections_of(word, cells, sections, f"{path}, row {number}")
            found[cells["file"].removeprefix("'"), cells["id"].removeprefix("'") or cells["line"]] = sure
    return found


def _sections_of(word: str, cells: Mapping[str, str], sections: Sections, where: str) -> frozenset[str]:
    before = {name for name in cells["sections"].removeprefix("'").split("|") if name}
    names = {name.strip() for name in word.split("|") if name.strip()}
    if word.casefold() == _RIGHT:
        names = before
    elif word.casefold() == _AS_THE_MODEL:
        names = (before | _proposed(cells["add?"])) - _proposed(cells["remove?"])
    elif word.casefold() == _NONE:
        names = set()
    try:
        return frozenset(sections.find(name).id for name in names)
    except SectionsError as error:
        raise CorpusError(
            f"{where}: the verdict is not clear: {error.detail}. Or write “{_RIGHT}” (the labels are right), "
            f"“{_AS_THE_MODEL}” (as the model says), “{_NONE}” (no section), or sections separated by |"
        ) from None


def _proposed(cell: str) -> set[str]:
    """Return the sections in a cell of proposals, each of which is followed by its probability."""
    return {part.rpartition(" ")[0] for part in cell.removeprefix("'").split("|") if part.strip()}
