"""The vocabulary of a training: given, or drafted from the labels of the data."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from classifier.corpus.drafting.archives import draft_sections
from classifier.corpus.drafting.candidates import Candidate, DraftSection, drafted
from classifier.corpus.readers import Reading, Source
from classifier.errors import SectionsError
from classifier.sections import Section, Sections


def vocabulary_of(
    given: Sections | Iterable[Section | str] | str | Path | None, sources: Sequence[Source], reading: Reading
) -> Sections:
    """Return the sections that are given, or a draft with a section for each label.

    Raises
    ------
    SectionsError
        If they cannot be used.
    CorpusError
        If they are to be drafted, and the articles cannot be read or have no labels.
    """
    if isinstance(given, Sections):
        return given
    if isinstance(given, str | Path):
        return Sections.load(Path(given))
    if given is None:
        return Sections(_sections(draft_sections(sources, reading).sections))
    items = list(given)
    if not all(isinstance(item, str | Section) for item in items):
        raise SectionsError("sections must be names, Sections, or the path of a sections.toml. Fix: give one of these")
    names = dict.fromkeys(item for item in items if isinstance(item, str))
    return Sections(
        [
            *(item for item in items if isinstance(item, Section)),
            *_sections(drafted([Candidate(name, name, (name,)) for name in names]).sections),
        ]
    )


def _sections(found: Iterable[DraftSection]) -> list[Section]:
    return [section for draft in found if (section := draft.section()) is not None]
