"""A first sections.toml, drafted from the labels of any files that training reads."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

from anyascii import anyascii

from classifier.corpus.readers import Reading, Source, read_corpus
from classifier.corpus.readers.account import grouped
from classifier.corpus.readers.files import find_files, readable
from classifier.corpus.readers.registry import WORDPRESS, format_of, suffixes
from classifier.corpus.readers.rows import TableSource
from classifier.corpus.readers.wordpress.default_category import is_default
from classifier.corpus.readers.wordpress.reader import SYSTEM
from classifier.corpus.readers.wordpress.terms import ExportTerms, terms_of_export
from classifier.errors import CorpusError
from classifier.sections import Section, Sections, is_visible

_MAX_ID = 80
_MAX_NAME = 150
_MAX_NAMED = 5
#: Parents are written before their children with this sign in the exports of shops and other tools.
_PARENT_SIGN = re.compile(r"\s*>\s*")
#: Training reads labels by the spellings of sections. A draft has none yet, so every label is an unknown one.
_NO_SECTIONS = Sections([Section(id="copydesk-draft", name="copydesk-draft")])


@dataclass(slots=True)
class Candidate:
    """A label that may become a section.

    ``key`` is unique among the candidates, ``parent`` the key of another one or a name. ``wanted`` are the texts that
    an id is made of, best first.
    """

    key: str
    name: str
    wanted: Sequence[str]
    count: int | None = None
    unit: str = "article"
    parent: str = ""
    aliases: list[str] = field(default_factory=list)
    definition: str = ""
    external: dict[str, str] = field(default_factory=dict)
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class DraftSection:
    """A drafted section, and how many articles have it if that is known."""

    id: str
    name: str
    group: str
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


def draft_sections(paths: Iterable[Source], reading: Reading | None = None) -> Draft:
    """Return a section for each label of files that training reads, and of tables in memory.

    Raises
    ------
    CorpusError
        If a file cannot be read, or the files have no labels.
    """
    reading = reading or Reading()
    sources = list(paths)
    given = (source for source in sources if isinstance(source, Path))
    files = list(find_files(given, suffixes(), any_kind=bool(reading.format)))
    tables: list[TableSource] = [source for source in sources if not isinstance(source, Path)]
    notes: list[str] = []
    candidates: list[Candidate] = []
    unread: Counter[str] = Counter()
    others: list[Source] = []
    for file in files:
        with readable(file):
            if format_of(file, name=reading.format, encoding=reading.encoding).name != WORDPRESS:
                others.append(file)
                continue
            terms = terms_of_export(file, reading)
        notes += terms.notes
        unread += terms.unread
        _merge(candidates, _of_export(terms))
    others += tables
    if others:
        _merge(candidates, _of_labels(others, reading, notes))
    if not any(not candidate.is_default for candidate in candidates):
        raise CorpusError(_no_labels(files, unread) if files else _no_labels_in_tables(tables))
    candidates.sort(key=lambda candidate: (-(candidate.count or 0), candidate.key))
    return Draft(named(candidates), notes)


def _no_labels(files: Sequence[Path], unread: Mapping[str, int]) -> str:
    names = ", ".join(str(file) for file in files[:_MAX_NAMED])
    if unread:
        others = ", ".join(f"{name} ({count:,} posts)" for name, count in Counter(unread).most_common(_MAX_NAMED))
        return (
            f"{names} has no categories, but its posts have terms of other taxonomies: {others}. "
            f"Fix: name the taxonomy of the sections, as in --taxonomy {next(iter(Counter(unread).most_common(1)))[0]}"
        )
    return (
        f"{names} has no categories or other labels besides WordPress's default category. Fix: give a file of "
        "labelled articles; name the column of the labels with --labels; in WordPress, open Tools, Export and choose "
        "“All content”"
    )


def _no_labels_in_tables(tables: Sequence[TableSource]) -> str:
    names = ", ".join(str(table.path) for table in tables)
    return (
        f"{names}: no article has a label, so no vocabulary can be drafted. Fix: name the column of the labels with "
        "--labels; if each section has a column of its own, name these with --sections"
    )


def _of_export(found: ExportTerms) -> Iterator[Candidate]:
    for term in found.terms:
        slug_ = unquote(term.slug)
        yield Candidate(
            term.slug,
            term.name if is_visible(term.name) else slug_ if is_visible(slug_) else "",
            (slug_, term.name, f"category {term.term_id}"),
            found.counts[term.slug],
            "published post",
            term.parent,
            external={SYSTEM: term.slug},
            is_default=term.slug in found.defaults,
        )


def _of_labels(files: Sequence[Source], reading: Reading, notes: list[str]) -> Iterator[Candidate]:
    """Yield the labels of files that are no WordPress exports, spellings that differ in their case as one."""
    corpus = read_corpus(files, _NO_SECTIONS, replace(reading, ignore_unknown=True, all_unlabelled=True, drafting=True))
    notes += [line for account in grouped(corpus.accounts) for line in account.lines()]
    if corpus.rejects:
        notes.append(f"{len(corpus.rejects):,} rows cannot be used; the first is {corpus.rejects[0]}")
    spellings: dict[str, Counter[str]] = {}
    for label, count in corpus.unknown_labels.items():
        if is_visible(label):
            spellings.setdefault(_folded(label), Counter())[" ".join(label.split())] += count
    for counts in spellings.values():
        whole = counts.most_common(1)[0][0]
        *parents, name = _PARENT_SIGN.split(whole) if all(_PARENT_SIGN.split(whole)) else [whole]
        yield Candidate(
            whole,
            name[:_MAX_NAME].strip(),
            (name, whole),
            counts.total(),
            parent=parents[-1] if parents else "",
            aliases=[spelling for spelling in counts if _folded(spelling) != _folded(name)],
            is_default=is_default(slug(name), name, ids_are_known=True),
        )


def _merge(candidates: list[Candidate], more: Iterable[Candidate]) -> None:
    """Add candidates; one with the name or slug of another only adds its count."""
    known = {key: candidate for candidate in candidates for key in _keys(candidate)}
    for new in more:
        same = next((known[key] for key in _keys(new) if key in known), None)
        if same is None:
            candidates.append(new)
        else:
            same.count = (same.count or 0) + (new.count or 0)
            same.unit = new.unit if same.unit == new.unit else "article"


def _keys(candidate: Candidate) -> set[str]:
    """Return what two candidates of different files must share to be one."""
    slugs = (_folded(unquote(id_)) for id_ in candidate.external.values())
    return {*slugs, _folded(candidate.key), _folded(candidate.name), slug(candidate.name)} - {""}


def named(candidates: Sequence[Candidate]) -> list[DraftSection]:
    """Return sections with ids and names that are unique, though several candidates share a name."""
    for candidate in candidates:
        candidate.name, candidate.parent = _without_controls(candidate.name), _without_controls(candidate.parent)
        candidate.aliases = [alias for alias in candidate.aliases if alias == _without_controls(alias)]
    by_name = {_folded(candidate.name): candidate for candidate in reversed(candidates)}
    by_key = by_name | {candidate.key: candidate for candidate in candidates}
    ids = _ids(candidates)
    names = _names(candidates, ids, by_key)
    _drop_shared_aliases(candidates, ids, names)
    return [DraftSection(ids[c.key], names[c.key], _group(c, by_key), c) for c in candidates]


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


def _names(candidates: Iterable[Candidate], ids: Mapping[str, str], by_key: Mapping[str, Candidate]) -> dict[str, str]:
    """Return a unique name for each candidate, which is no other's id either: sites have a “News” in every region."""
    names: dict[str, str] = {}
    taken = {_folded(id_) for id_ in ids.values()}
    for candidate in candidates:
        own = ids[candidate.key]
        name = next(filter(is_visible, (candidate.name[:_MAX_NAME].strip(), own)))
        group = _group(candidate, by_key)
        options = (name, *([f"{name} ({group[:30]})"] if group else []), f"{name} ({own[:30]})")
        names[candidate.key] = _first_free(chain(options, _numbered(name, "{} ({})")), taken - {own})
        taken.add(_folded(names[candidate.key]))
    return names


def _drop_shared_aliases(candidates: Sequence[Candidate], ids: Mapping[str, str], names: Mapping[str, str]) -> None:
    """Keep an alias only if nothing else has that spelling."""
    taken = {_folded(spelling) for spelling in (*ids.values(), *names.values())}
    for candidate in candidates:
        kept = []
        for alias in candidate.aliases:
            if _folded(alias) not in taken and is_visible(alias):
                taken.add(_folded(alias))
                kept.append(alias)
        candidate.aliases = kept


def _group(candidate: Candidate, by_key: Mapping[str, Candidate]) -> str:
    """Return the name of the parent: of the candidate with that key, or the parent as a label names it."""
    parent = by_key.get(candidate.parent) or by_key.get(_folded(candidate.parent))
    if parent:
        return parent.name if parent is not candidate else ""
    return "" if candidate.external else candidate.parent


def _numbered(base: str, form: str) -> Iterator[str]:
    number = 2
    while True:
        yield form.format(base, number)
        number += 1


def _first_free(candidates: Iterable[str], taken: set[str]) -> str:
    return next(candidate for candidate in candidates if _folded(candidate) not in taken)


def _folded(text: str) -> str:
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return unicodedata.normalize("NFC", composed.casefold())


def _toml(text: str) -> str:
    """Return a TOML basic string: a JSON string, but TOML forbids one more character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
