"""Sections that moved: most articles that had one section in an earlier training have another one instead now.

Only labels tell. Two ids that were exchanged look the same in both vocabularies.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from classifier.corpus.findings import first_few

#: Fewer articles than this move no section.
MIN_MOVED = 5
#: A section moved if more than this share of its articles have the same other section instead.
MAX_SHARE = 0.5
_MAX_NAMED = 10

#: The sections of an article in the earlier training and in the later one, by id.
Relabelled = tuple[frozenset[str], frozenset[str]]


@dataclass(frozen=True)
class SectionMove:
    """``n_moved`` of the ``n_before`` articles that had the section ``before`` have ``after`` instead."""

    before: str
    after: str
    n_moved: int
    n_before: int

    def __str__(self) -> str:
        return f"{self.before} to {self.after} ({self.n_moved:,} of its {self.n_before:,} articles)"


def find_moves(articles: Iterable[Relabelled], renamed: Mapping[str, str] | None = None) -> tuple[SectionMove, ...]:
    """Return the sections that moved, by their earlier ids.

    Parameters
    ----------
    articles : iterable of (frozenset of str, frozenset of str)
        The labels before and after, of the articles that both trainings have.
    renamed : mapping, optional
        Later ids by earlier ones, as the vocabularies declare them: these sections did not move.
    """
    names = renamed or {}
    had, has, moved = Counter[str](), Counter[str](), Counter[tuple[str, str]]()
    for earlier, after in articles:
        before = {names.get(name, name) for name in earlier}
        had.update(before)
        has.update(after)
        moved.update((one, other) for one in before - after for other in after - before)
    most: dict[str, tuple[int, int, str]] = {}
    for (one, other), n in sorted(moved.items()):
        # of two sections that all articles got, such as one and the section above it, the rarer one says more
        most[one] = max(most.get(one, (0, 0, "")), (n, -has[other], other))
    return tuple(
        SectionMove(one, other, n, had[one])
        for one, (n, _, other) in most.items()
        if n >= MIN_MOVED and n > MAX_SHARE * had[one]
    )


def swapped(moves: Iterable[SectionMove]) -> tuple[tuple[str, ...], ...]:
    """Return the sections that exchanged their articles: each moved to the next one, and the last to the first."""
    to = {move.before: move.after for move in moves}
    found: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in to:
        chain: list[str] = []
        name = start
        while name in to and name not in done:
            done.add(name)
            chain.append(name)
            name = to[name]
        if name in chain:
            found.append(tuple(chain[chain.index(name) :]))
    return tuple(found)


def words_on_moves(moves: Iterable[SectionMove]) -> list[str]:
    """Return words on sections that were swapped, and on those that moved otherwise; empty if none did."""
    moves = tuple(moves)
    rings = swapped(moves)
    in_rings = {name for ring in rings for name in ring}
    parts = []
    if rings:
        named = [" and ".join(ring) if len(ring) == 2 else " to ".join([*ring, ring[0]]) for ring in rings]
        parts.append(f"swapped, as their articles show: {first_few(named, _MAX_NAMED)}")
    if others := [str(move) for move in moves if move.before not in in_rings]:
        parts.append(f"moved, as their articles show: {first_few(others, _MAX_NAMED)}")
    return parts
