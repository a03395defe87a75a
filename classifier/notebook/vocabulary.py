"""The vocabulary of a training: given, or drafted from the labels of the data."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from classifier.corpus.draft import slug
from classifier.corpus.readers import Reading, Source, read_corpus
from classifier.errors import CorpusError, SectionsError, shown
from classifier.progress import Progress
from classifier.sections import Section, Sections, is_visible

_MAX_NAME = 200


def vocabulary_of(
    given: Sections | Iterable[Section | str] | str | Path | None,
    sources: Sequence[Source],
    reading: Reading,
    progress: Progress,
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
        return named_sections(labels_of_all(sources, reading, progress))
    items = list(given)
    if not all(isinstance(item, str | Section) for item in items):
        raise SectionsError("sections must be names, Sections, or the path of a sections.toml. Fix: give one of these")
    names = [item for item in items if isinstance(item, str)]
    return Sections([*(item for item in items if isinstance(item, Section)), *(named_sections(names) if names else ())])


def labels_of_all(sources: Sequence[Source], reading: Reading, progress: Progress) -> list[str]:
    """Return the labels of the data, the most frequent first.

    Raises
    ------
    CorpusError
        If there are none.
    """
    # every label is unknown to a vocabulary of one section that nobody writes, and is counted
    nobody = Sections([Section(id="no-section-of-anybody", name="\u2060No section of anybody")])
    wanted = replace(reading, ignore_unknown=True, all_unlabelled=True)
    corpus = read_corpus(sources, nobody, wanted, progress=progress)
    if not corpus.unknown_labels:
        account = "\n".join(corpus.account())
        raise CorpusError(
            f"{account}\nno article has a label, so no vocabulary can be drafted. Fix: name the column of the labels "
            "with --labels, or give --sections"
        )
    return [label for label, _ in Counter(corpus.unknown_labels).most_common()]


def named_sections(names: Iterable[str]) -> Sections:
    """Return a section for each name, with an id made of it; spellings that differ only in case are one section."""
    sections: dict[str, Section] = {}
    ids: set[str] = set()
    for name in names:
        key = re.sub(r"\s+", " ", name.strip()).casefold()
        if key in sections or key in ids or not is_visible(name):
            continue
        if len(name) > _MAX_NAME:
            raise SectionsError(
                f"{shown(name)} is too long for a section: at most {_MAX_NAME} characters are allowed. "
                "Fix: shorten it, or name another column with --labels"
            )
        wanted = slug(name) or "section"
        number = 1
        while (id_ := wanted if number == 1 else f"{wanted}-{number}") in ids or id_ in sections:
            number += 1
        ids.add(id_)
        sections[key] = Section(id=id_, name=name.strip())
    return Sections(sections.values())
