"""What became of the sections between two models: shared, renamed, new, gone, swapped."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from classifier.corpus.findings import first_few
from classifier.sections import Section, Sections
from classifier.store.manifest import Manifest
from classifier.training.measuring.earlier.moves import Relabelled, SectionMove, find_moves, swapped, words_on_moves

_MAX_NAMED = 10


@dataclass(frozen=True)
class VocabularyChange:
    """The sections of two models, by the ids of the later one.

    ``columns`` are the sections to compare: both vocabularies have them. ``compared`` are the ones among them that at
    least one of the models gives; ``n_given`` counts all sections of the later vocabulary that at least one gives.
    ``renamed`` maps earlier ids to later ids. ``new`` are the sections that only the later vocabulary has. ``gone`` are
    the sections that the earlier model gives and the later one cannot give, by their earlier ids, with the reason.
    ``removed`` are sections that the earlier model did not give, and that the later vocabulary does not have;
    ``newly_given`` those that only the later model gives, of those that both have. ``names`` maps ids that both have to
    their earlier and later names, if these differ. ``moves`` are the sections whose articles have another section now.
    """

    columns: tuple[str, ...]
    compared: tuple[str, ...]
    n_given: int
    renamed: Mapping[str, str]
    new: tuple[str, ...]
    gone: Mapping[str, str]
    removed: tuple[str, ...] = ()
    newly_given: tuple[str, ...] = ()
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    moves: tuple[SectionMove, ...] = ()

    def with_moves(self, articles: Iterable[Relabelled]) -> "VocabularyChange":
        """Return the change with the sections that moved, found from articles that both models were trained on."""
        return replace(self, moves=find_moves(articles, self.renamed))

    @property
    def swapped(self) -> tuple[tuple[str, ...], ...]:
        """The sections that exchanged their articles, in rings of two or more."""
        return swapped(self.moves)

    @property
    def likely_renames(self) -> dict[str, str]:
        """The later ids of sections that are gone, and whose articles have a new section now."""
        return {move.before: move.after for move in self.moves if move.before in self.gone and move.after in self.new}

    @property
    def scope(self) -> str:
        """How many of the sections are compared, such as “2 of 7 sections”."""
        if len(self.compared) == self.n_given:
            return "its only section" if self.n_given == 1 else f"all {self.n_given:,} sections"
        return f"{len(self.compared):,} of {self.n_given:,} sections"

    @property
    def words(self) -> str:
        """The sections that are swapped, moved, new, gone and renamed; empty if there are none."""
        parts = (
            ("new", list(self.new)),
            ("gone", [f"{name} ({why})" for name, why in self.gone.items()]),
            ("renamed", [f"{before} to {after}" for before, after in self.renamed.items()]),
            ("other names", [f"{id_} (“{before}” is now “{after}”)" for id_, (before, after) in self.names.items()]),
            ("trained for the first time", list(self.newly_given)),
            ("removed from the vocabulary, never trained", list(self.removed)),
        )
        named = [f"{what}: {first_few(names, _MAX_NAMED)}" for what, names in parts if names]
        return "; ".join([*words_on_moves(self.moves), *named])

    def to_json(self) -> dict[str, Any]:
        """Return what changed as plain JSON values."""
        return {
            "new": list(self.new),
            "gone": dict(self.gone),
            "renamed": dict(self.renamed),
            "renamed_by_articles": self.likely_renames,
            "swapped": [list(ring) for ring in self.swapped],
            "moved": [asdict(move) for move in self.moves],
            "other_names": {id_: list(names) for id_, names in self.names.items()},
            "newly_given": list(self.newly_given),
            "removed": list(self.removed),
        }


def compare_vocabularies(
    before: Manifest, sections: Sections, trained: Collection[str], why_untrained: Mapping[str, str]
) -> VocabularyChange:
    """Find what became of the sections of a model in a later vocabulary.

    A section is renamed if its earlier id, or else its earlier name, means another section of the later vocabulary: as
    an alias, as a name, or by ``replaced_by``.

    Parameters
    ----------
    before : Manifest
        Of the earlier model.
    sections : Sections
        The later vocabulary.
    trained : collection of str
        The sections that the later model gives.
    why_untrained : mapping
        Why the later model does not give a section of its vocabulary, by id.
    """
    given_before = {entry.section.id: entry.section for entry in before.trained}
    earlier = given_before | {entry.section.id: entry.section for entry in before.untrained}
    later = {section.id: section for section in sections}
    renamed = _renamed(earlier.values(), sections)
    known = {renamed.get(name, name) for name in earlier} & set(later)
    given = {renamed.get(name, name) for name in given_before} | set(trained)
    columns = [s.id for s in sections if s.id in known and (s.status == "active" or s.id not in given)]
    of_vocabulary = [section.id for section in sections.active if section.id in given]
    return VocabularyChange(
        columns=tuple(columns),
        compared=tuple(name for name in columns if name in given),
        n_given=len(of_vocabulary),
        renamed=renamed,
        new=tuple(section.id for section in sections.active if section.id not in known),
        gone={
            name: why_untrained.get(renamed.get(name, name), "not in the vocabulary")
            for name in given_before
            if renamed.get(name, name) not in trained
        },
        removed=tuple(name for name in earlier if name not in given_before and renamed.get(name, name) not in later),
        newly_given=tuple(
            name for name in columns if name in trained and name not in {renamed.get(id_, id_) for id_ in given_before}
        ),
        names={
            id_: (section.name, later[id_].name)
            for id_, section in earlier.items()
            if id_ in later and id_ not in renamed and later[id_].name != section.name
        },
    )


def _renamed(earlier: Iterable[Section], sections: Sections) -> dict[str, str]:
    """Return the later id of each earlier section that has another one."""
    found = {}
    by_id = {section.id: section for section in sections}
    for section in earlier:
        own = by_id.get(section.id)
        if own is not None and own.replaced_by is None:
            continue
        after = sections.get(section.id) or sections.get(section.name)
        if after is not None and after.id != section.id:
            found[section.id] = after.id
    return found


def merged(first: Sections, second: Sections) -> Sections:
    """Return a vocabulary that reads the labels of two: the second, with what only the first has."""
    taken = {key for section in second for key in map(str.casefold, section.spellings)}
    more: list[Section] = []
    aliases: defaultdict[str, list[str]] = defaultdict(list)
    for section in first:
        target = first.find(section.id)
        found = (second.get(name) for name in (section.id, section.name, target.id, target.name))
        same = next(filter(None, found), None)
        own = [name for name in section.spellings if name.casefold() not in taken and second.get(name) is None]
        taken.update(map(str.casefold, own))
        if same is not None:
            aliases[same.id] += own
        elif target.id != section.id:
            aliases[target.id] += own
        else:
            kept = {"aliases": tuple(name for name in section.aliases if name in own)}
            more.append(
                section.model_copy(update={**kept, "parent": _parent_among(section, first, second), "needs": None})
            )
    return Sections(s.model_copy(update={"aliases": (*s.aliases, *aliases[s.id])}) for s in (*second, *more))


def _parent_among(section: Section, first: Sections, second: Sections) -> str | None:
    """Return the parent of a section of the first vocabulary in the two together; the second counts where both differ.

    Without one if the second has deprecated it.
    """
    if section.parent is None:
        return None
    parent = first.find(section.parent)
    found = second.get(parent.id) or second.get(parent.name) or parent
    return found.id if found.status == "active" else None
