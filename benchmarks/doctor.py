"""The vocabulary doctor on the starter corpus, with faults planted in its labels; and what it proposes for Reuters."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import click
import numpy as np

from benchmarks.report import Report, json_option
from benchmarks.reuters import SECTIONS_FILE, TRAIN_FILE, write_training_part
from benchmarks.reuters_data import read_r90
from benchmarks.speed import CORPUS, SECTIONS

if TYPE_CHECKING:
    from classifier.corpus.readers import LabelledArticle
    from classifier.corpus.stored.articles import StoredArticles
    from classifier.sections import Sections
    from classifier.training.diagnosing.proposals import Diagnosis, Proposal

DUPLICATES, PAIRS, MISSING = 6, 3, 2
HEADERS = ["seed", "duplicates", "joined pairs", "missing", "recall", "other proposals", "seconds"]


@dataclass(frozen=True)
class Planted:
    """Articles with changed labels, and the faults: ids that are the same, that hold two subjects, that are gone."""

    articles: Sequence["LabelledArticle"]
    ids: tuple[str, ...]
    duplicates: tuple[frozenset[str], ...]
    joined: tuple[frozenset[str], ...]
    missing: tuple[str, ...]


@click.command()
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True, help="How often faults are planted.")
@click.option("--first", type=click.IntRange(min=0), default=1, show_default=True, help="The first seed.")
@click.option("--reuters", type=click.Path(exists=True, path_type=Path), help="List the proposals for R90 as well.")
@json_option
def doctor(seeds: int, first: int, reuters: Path | None, as_json: bool) -> None:
    """Plant duplicates, joined pairs and missing sections in the starter corpus, and count how many are found."""
    from classifier.corpus.readers import Reading, read_corpus
    from classifier.sections import Sections

    report = Report("The vocabulary doctor on planted faults", HEADERS)
    vocabulary = Sections.load(SECTIONS)
    corpus = read_corpus([CORPUS], vocabulary, Reading())
    for seed in range(first, first + seeds):
        _add(report, corpus.articles, plant(corpus.articles, [s.id for s in vocabulary.active], seed), seed)
    found, seconds = _diagnosed(corpus.articles, vocabulary, 5)
    report.rows.append(("no faults", "", "", "", None, len(found.proposals), seconds))
    report.notes += [f"no faults: {_line(proposal)}" for proposal in found.proposals]
    if reuters:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_training_part(read_r90(reuters), folder)
            vocabulary = Sections.load(folder / SECTIONS_FILE)
            corpus = read_corpus([folder / TRAIN_FILE], vocabulary, Reading())
        found, seconds = _diagnosed(corpus.articles, vocabulary, 1)
        report.rows.append(("R90", "", "", "", None, len(found.proposals), seconds))
        report.notes += [f"R90: {_line(proposal)}" for proposal in found.proposals]
        report.notes += [f"R90, too early to judge: {unjudged.named}: {unjudged.reason}" for unjudged in found.unjudged]
    report.show(as_json)


def _add(report: Report, articles: "StoredArticles", planted: Planted, seed: int) -> None:
    from classifier.sections import Section, Sections

    vocabulary = Sections([Section(id=id_, name=id_) for id_ in planted.ids])
    found, seconds = _diagnosed(planted.articles, vocabulary, 5)
    original = {item.place: item.sections for item in articles}
    hits, others = matched(found.proposals, planted, original)
    n = len(hits)
    kinds = [sum(kind == wanted for kind, _ in hits) for wanted in ("merge", "split", "missing")]
    recall = n / (DUPLICATES + PAIRS + MISSING)
    report.rows.append((str(seed), *map(str, kinds), recall, len(others), seconds))
    report.notes += [f"seed {seed}, other proposal: {_line(proposal)}" for proposal in others]


def _diagnosed(
    articles: Sequence["LabelledArticle"], vocabulary: "Sections", min_support: int
) -> tuple["Diagnosis", float]:
    from classifier.commands.console import progress
    from classifier.training.diagnosing.doctor import examine
    from classifier.training.training_settings import TrainingSettings

    settings = TrainingSettings(min_support=min_support)
    start = perf_counter()
    with progress() as watched:
        found = examine(articles, vocabulary, settings, -1, watched)
    return found, perf_counter() - start


def plant(articles: "StoredArticles", ids: Sequence[str], seed: int) -> Planted:
    """Remove two sections, join three pairs, and deal the labels of six sections at random between two ids each.

    The starter vocabulary has thirteen sections, one fewer than the faults need, so one of the six is a joined pair.
    """
    rng = np.random.default_rng(seed)
    order = [ids[k] for k in rng.permutation(len(ids))]
    missing, rest = order[:MISSING], order[MISSING:]
    pairs = [(rest[2 * k], rest[2 * k + 1]) for k in range(PAIRS)]
    name_of = {part: f"{a}-and-{b}" for a, b in pairs for part in (a, b)} | {id_: id_ for id_ in rest[2 * PAIRS :]}
    names = list(dict.fromkeys([*rest[2 * PAIRS :], *name_of.values()]))
    dealt = names[:DUPLICATES]
    changed: dict[int, frozenset[str]] = {}
    for row, item in enumerate(articles):
        kept = {name_of[id_] for id_ in sorted(item.sections) if id_ in name_of}
        changed[row] = frozenset(f"{name}-{rng.integers(1, 3)}" if name in dealt else name for name in sorted(kept))
    return Planted(
        articles=articles.relabelled(changed),
        ids=tuple(sorted({id_ for drawn in changed.values() for id_ in drawn})),
        duplicates=tuple(frozenset({f"{name}-1", f"{name}-2"}) for name in dealt),
        joined=tuple(
            frozenset({name, f"{name}-1", f"{name}-2"}) for name in dict.fromkeys(name_of[a] for a, _ in pairs)
        ),
        missing=tuple(missing),
    )


def matched(
    proposals: Sequence["Proposal"], planted: Planted, original: "dict[object, frozenset[str]]"
) -> tuple[set[tuple[str, object]], list["Proposal"]]:
    """Return the planted faults that proposals name, and the proposals that name none.

    A missing section is found if two of the three examples had it.
    """
    hits: set[tuple[str, object]] = set()
    others = []
    for proposal in proposals:
        found: list[tuple[str, object]] = []
        if proposal.kind == "merge":
            found = [("merge", pair) for pair in planted.duplicates if pair == set(proposal.sections)]
        elif proposal.kind == "split":
            found = [("split", names) for names in planted.joined if set(proposal.sections) <= names]
        elif proposal.kind == "missing":
            examples = [original[item.place] for item in proposal.groups[0].examples]
            found = [("missing", id_) for id_ in planted.missing if sum(id_ in labels for labels in examples) >= 2]
        hits |= set(found)
        if not found:
            others.append(proposal)
    return hits, others


def _line(proposal: "Proposal") -> str:
    before, after = (
        ", ".join(f"{name} {f1:.2f}" for name, f1 in found.items()) for found in (proposal.before, proposal.after)
    )
    words = " / ".join(", ".join(group.words) for group in proposal.groups)
    head = f"{proposal.kind} {', '.join(proposal.sections)}: {proposal.reason}"
    return f"{head}; F1 {before or '–'} to {after or '–'}; {words}"
