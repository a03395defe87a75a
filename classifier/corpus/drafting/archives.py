"""A first sections.toml, drafted from the labels of any files that training reads."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from classifier.corpus.drafting.candidates import MAX_NAME, Candidate, Draft, drafted, folded, slug
from classifier.corpus.readers import Reading, Source, read_corpus
from classifier.corpus.readers.account import grouped
from classifier.corpus.readers.files import find_files, left_out_files, readable
from classifier.corpus.readers.registry import WORDPRESS, format_of, suffixes
from classifier.corpus.readers.rows import TableSource
from classifier.corpus.readers.wordpress.default_category import is_default
from classifier.corpus.readers.wordpress.reader import SYSTEM
from classifier.corpus.readers.wordpress.terms import ExportTerms, terms_of_export
from classifier.errors import CorpusError, number_of
from classifier.sections import Section, Sections, is_visible

_MAX_NAMED = 5
#: Parents are written before their children with this sign in the exports of shops and other tools.
_PARENT_SIGN = re.compile(r"\s*>\s*")
#: Training reads labels by the spellings of sections. A draft has none yet, so every label is an unknown one.
_NO_SECTIONS = Sections([Section(id="copydesk-draft", name="copydesk-draft")])


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
    passed_over: list[Path] = []
    files = list(find_files(given, suffixes(), bool(reading.format), passed_over))
    tables: list[TableSource] = [source for source in sources if not isinstance(source, Path)]
    notes = left_out_files(passed_over)
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
        if not files:
            raise CorpusError(_no_labels_in_tables(tables))
        raise CorpusError(_no_labels(files, unread) if len(files) + len(tables) > len(others) else _no_columns(notes))
    candidates.sort(key=lambda candidate: (-(candidate.count or 0), candidate.key))
    return drafted(candidates, notes)


def _no_labels(files: Sequence[Path], unread: Mapping[str, int]) -> str:
    names = ", ".join(str(file) for file in files[:_MAX_NAMED])
    if unread:
        others = ", ".join(
            f"{name} ({number_of(count, 'post')})" for name, count in Counter(unread).most_common(_MAX_NAMED)
        )
        return (
            f"{names} has no categories, but its posts have terms of other taxonomies: {others}. "
            f"Fix: name the taxonomy of the sections, as in --taxonomy {next(iter(Counter(unread).most_common(1)))[0]}"
        )
    return (
        f"{names} has no categories or other labels besides WordPress's default category. Fix: give a file of "
        "labelled articles; name the column of the labels with --labels; in WordPress, open Tools, Export and choose "
        "“All content”"
    )


def _no_columns(accounts: Sequence[str]) -> str:
    return "\n".join(["no article has a label. Fix: name the column of the labels with --labels", *accounts])


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
        notes.append(f"{number_of(len(corpus.rejects), 'row')} cannot be used; the first is {corpus.rejects[0]}")
    spellings: dict[tuple[str, ...], Counter[str]] = {}
    for label, count in corpus.unknown_labels.items():
        if is_visible(label):
            path = tuple(map(folded, _path(label)))
            spellings.setdefault(path, Counter())[" ".join(label.split())] += count
    found: dict[tuple[str, ...], Candidate] = {}
    for path, counts in spellings.items():
        whole = counts.most_common(1)[0][0]
        *parents, name = _path(whole)
        found[path] = Candidate(
            whole,
            name[:MAX_NAME].strip(),
            (name, whole),
            counts.total(),
            parent_name=parents[-1] if parents else "",
            aliases=[spelling for spelling in counts if folded(spelling) != folded(name)],
            is_default=is_default(slug(name), name, ids_are_known=True),
        )
    for path, candidate in found.items():
        parent = found.get(path[:-1]) or found.get(path[-2:-1])
        candidate.parent = parent.key if parent else candidate.parent_name
    yield from found.values()


def _path(label: str) -> list[str]:
    """Return the parents in a label, if it has any, and its name."""
    parts = _PARENT_SIGN.split(label)
    return parts if all(parts) else [label]


def _merge(candidates: list[Candidate], more: Iterable[Candidate]) -> None:
    """Add candidates; one with the name or slug of another adds its count, and a parent if the other has none."""
    known = {key: candidate for candidate in candidates for key in _keys(candidate)}
    replaced: dict[str, str] = {}
    for new in more:
        same = next((known[key] for key in _keys(new) if key in known), None)
        if same is None:
            candidates.append(new)
            continue
        replaced[new.key] = same.key
        same.count = (same.count or 0) + (new.count or 0)
        same.unit = new.unit if same.unit == new.unit else "article"
        if not same.parent:
            same.parent, same.parent_name = new.parent, new.parent_name
    for candidate in candidates:
        candidate.parent = replaced.get(candidate.parent, candidate.parent)


def _keys(candidate: Candidate) -> set[str]:
    """Return what two candidates of different files must share to be one."""
    slugs = (folded(unquote(id_)) for id_ in candidate.external.values())
    return {*slugs, folded(candidate.key), folded(candidate.name), slug(candidate.name)} - {""}
