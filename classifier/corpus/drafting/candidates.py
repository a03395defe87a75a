"""Candidates for sections, and a vocabulary of them: unique ids and names, and parents that make no circle."""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from anyascii import anyascii

from classifier.errors import number_of, shown
from classifier.sections import MAX_ANCESTORS, Section, is_visible

_MAX_ID = 80
#: The longest name in a draft: room is left for what tells it from others.
MAX_NAME = 150


@dataclass(slots=True)
class Candidate:
    """A label that may become a section.

    ``key`` is unique among the candidates, ``parent`` the key or the name of another one. ``group`` is a heading;
    ``parent_name`` is the heading if no candidate is the parent. ``wanted`` are the texts that an id is made of, best
    first.
    """

    key: str
    name: str
    wanted: Sequence[str]
    count: int | None = None
    unit: str = "article"
    parent: str = ""
    parent_name: str = ""
    group: str = ""
    aliases: list[str] = field(default_factory=list)
    definition: str = ""
    external: dict[str, str] = field(default_factory=dict)
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class DraftSection:
    """A drafted section, and how many articles have it if that is known; ``parent`` is an id, or None."""

    id: str
    name: str
    group: str
    parent: str | None
    source: Candidate

    def section(self) -> Section | None:
        """Return the section; None for a default category."""
        source = self.source
        if source.is_default:
            return None
        return Section(
            id=self.id,
            name=self.name,
            group=self.group,
            parent=self.parent,
            definition=source.definition,
            aliases=tuple(source.aliases),
            external=source.external,
        )

    def to_toml(self) -> str:
        """Return the section as a ``[[section]]`` table; a default category is a comment."""
        source = self.source
        lines = ["[[section]]", f"id = {_toml(self.id)}", f"name = {_toml(self.name)}"]
        if self.group:
            lines.append(f"group = {_toml(self.group)}")
        if self.parent:
            lines.append(f"parent = {_toml(self.parent)}")
        if source.definition:
            lines.append(f"definition = {_toml(source.definition)}")
        if source.aliases:
            lines.append(f"aliases = [{', '.join(map(_toml, source.aliases))}]")
        lines += [f"external.{system} = {_toml(id_)}" for system, id_ in source.external.items()]
        if source.is_default:
            lines = [f"# {line}" for line in ["Not a section, but WordPress's default category:", *lines]]
        if source.count is not None:
            lines.insert(0, f"# {source.count:,} {source.unit}{'' if source.count == 1 else 's'}")
        return "\n".join(lines) + "\n"


@dataclass
class Draft:
    """Drafted sections, most used first, and what its user should know."""

    sections: list[DraftSection]
    notes: list[str]

    def to_toml(self) -> str:
        """Return the sections as the text of a vocabulary."""
        return "\n".join(section.to_toml() for section in self.sections)


def drafted(candidates: Sequence[Candidate], notes: Sequence[str] = ()) -> Draft:
    """Return candidates as sections with unique ids and names, though several share a name, and with valid parents."""
    for candidate in candidates:
        candidate.name = _without_controls(candidate.name)
        candidate.group = _without_controls(candidate.group)
        candidate.parent_name = _without_controls(candidate.parent_name)
        candidate.aliases = [alias for alias in candidate.aliases if alias == _without_controls(alias)]
    parents, more = _parents(candidates)
    groups = {c.key: c.group or c.parent_name for c in candidates}
    ids = _ids(candidates)
    headings = {c.key: parents[c.key].name if c.key in parents else groups[c.key] for c in candidates}
    names = _names(candidates, ids, headings)
    _drop_shared_aliases(candidates, ids, names)
    sections = [
        DraftSection(ids[c.key], names[c.key], groups[c.key], ids[parents[c.key].key] if c.key in parents else None, c)
        for c in candidates
    ]
    return Draft(sections, [*notes, *more])


def _parents(candidates: Sequence[Candidate]) -> tuple[dict[str, Candidate], list[str]]:
    """Return the parent of each candidate that has one, by key, and notes on parents that are left out."""
    by_name = {folded(candidate.name): candidate for candidate in reversed(candidates)}
    by_key = by_name | {candidate.key: candidate for candidate in candidates}
    parents: dict[str, Candidate] = {}
    absent = 0
    for candidate in candidates:
        parent = by_key.get(candidate.parent) or by_key.get(folded(candidate.parent))
        if parent is None or parent.is_default:
            absent += bool(candidate.parent) and not candidate.parent_name and not candidate.is_default
            continue
        candidate.parent_name = ""
        if parent is not candidate:
            parents[candidate.key] = parent
    cut = [candidate for candidate in candidates if _is_cut(candidate, parents)]
    notes = []
    if absent:
        some = number_of(absent, "section has", "sections have")
        notes.append(f"{some} no parent here, because the file names one that is not among the sections")
    if cut:
        some = number_of(len(cut), "section has", "sections have")
        notes.append(
            f"{some} no parent here, because the parents in the file form a circle, or more than {MAX_ANCESTORS} "
            f"levels; the first is {shown(cut[0].name)}"
        )
    return parents, notes


def _is_cut(candidate: Candidate, parents: dict[str, Candidate]) -> bool:
    """Take the parent of a candidate away if the way up from it comes back to it, or is too long; return whether."""
    step = parents.get(candidate.key)
    for _ in range(MAX_ANCESTORS):
        if step is None or step is candidate:
            break
        step = parents.get(step.key)
    if step is None:
        return False
    del parents[candidate.key]
    return True


def _without_controls(text: str) -> str:
    return "".join(char for char in text if unicodedata.category(char) != "Cc")


def _ids(candidates: Iterable[Candidate]) -> dict[str, str]:
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for candidate in candidates:
        wanted = next(filter(None, map(slug, (*candidate.wanted, "section"))))
        ids[candidate.key] = _first_free(chain([wanted], _numbered(wanted, "{}-{}")), taken)
        taken.add(ids[candidate.key])
    return ids


def slug(text: str) -> str:
    """Return ``text`` as an id: groups of ASCII letters and digits joined by hyphens; empty if it has none.

    Letters of other scripts are written in Latin letters.
    """
    plain = re.sub(r"['’]", "", anyascii(unicodedata.normalize("NFC", text))).lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_ID].strip("-")


def _names(candidates: Iterable[Candidate], ids: Mapping[str, str], headings: Mapping[str, str]) -> dict[str, str]:
    """Return a unique name for each candidate, which is no other's id either: sites have a “News” in every region."""
    names: dict[str, str] = {}
    taken = {folded(id_) for id_ in ids.values()}
    for candidate in candidates:
        own, heading = ids[candidate.key], headings[candidate.key]
        name = next(filter(is_visible, (candidate.name[:MAX_NAME].strip(), own)))
        options = (name, *([f"{name} ({heading[:30]})"] if heading else []), f"{name} ({own[:30]})")
        names[candidate.key] = _first_free(chain(options, _numbered(name, "{} ({})")), taken - {own})
        taken.add(folded(names[candidate.key]))
    return names


def _drop_shared_aliases(candidates: Sequence[Candidate], ids: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Keep an alias only if nothing else has that spelling."""
    taken = {folded(spelling) for spelling in (*ids.values(), *names.values())}
    for candidate in candidates:
        kept = []
        for alias in candidate.aliases:
            if folded(alias) not in taken and is_visible(alias):
                taken.add(folded(alias))
                kept.append(alias)
        candidate.aliases = kept


def _numbered(base: str, form: str) -> Iterator[str]:
    number = 2
    while True:
        yield form.format(base, number)
        number += 1


def _first_free(candidates: Iterable[str], taken: set[str]) -> str:
    return next(candidate for candidate in candidates if folded(candidate) not in taken)


def folded(text: str) -> str:
    """Return a text without regard to case, white space and how Unicode composes its characters."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return unicodedata.normalize("NFC", composed.casefold())


def _toml(text: str) -> str:
    """Return a TOML basic string: a JSON string, but TOML forbids one more character."""
    return json.dumps(text, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")
