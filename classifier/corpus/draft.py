"""A first sections.toml, drafted from the categories of a WordPress export."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from urllib.parse import unquote

from classifier.corpus.readers.files import readable
from classifier.corpus.readers.wordpress.reader import SYSTEM, display_name
from classifier.errors import CorpusError
from classifier.sections import is_visible

_MAX_ID = 80
_MAX_NAME = 150


@dataclass(frozen=True, slots=True)
class DraftSection:
    """A drafted section, and the number of published posts in its category."""

    id: str
    name: str
    group: str
    slug: str
    n_posts: int

    def to_toml(self) -> str:
        """Return the section as a ``[[section]]`` table."""
        posts = "post" if self.n_posts == 1 else "posts"
        lines = [
            f"# {self.n_posts:,} published {posts}",
            "[[section]]",
            f"id = {_toml(self.id)}",
            f"name = {_toml(self.name)}",
        ]
        if self.group:
            lines.append(f"group = {_toml(self.group)}")
        lines.append(f"external.{SYSTEM} = {_toml(self.slug)}")
        return "\n".join(lines) + "\n"


def draft_sections(path: Path) -> list[DraftSection]:
    """Return a section for each category of a WordPress export, most used first.

    Raises
    ------
    CorpusError
        If the file is not a WordPress export, is broken, or has no categories.
    """
    categories, counts = _read(path)
    if not categories:
        raise CorpusError(f"{path} has no categories. Fix: in WordPress, open Tools, Export and choose “All content”")
    ordered = sorted(categories.values(), key=lambda category: (-counts[category.nicename], category.nicename))
    ids = _ids(ordered)
    names = _names(ordered, ids, categories)
    return [
        DraftSection(ids[c.nicename], names[c.nicename], _group(c, categories), c.nicename, counts[c.nicename])
        for c in ordered
    ]


def _read(path: Path) -> tuple[dict[str, Category], Counter[str]]:
    """Return the categories by nicename, and the number of published posts of each."""
    declared: dict[str, Category] = {}
    met: dict[str, Category] = {}  # an export of posts only declares no categories
    counts: Counter[str] = Counter()
    with readable(path):
        for found in read_wxr(path):
            if isinstance(found, Broken):
                raise CorpusError(f"{path}:{found.line}: {found.reason}")
            if isinstance(found, Category):
                declared[found.nicename] = found
            elif isinstance(found, Item) and found.is_published_post:
                counts.update({nicename for nicename, _ in found.categories})
                met.update((nicename, Category(nicename, name, "", "")) for nicename, name in found.categories)
    every = met | declared
    return {slug: category for slug, category in every.items() if slug and slug != UNCATEGORIZED}, counts


def _ids(categories: Iterable[Category]) -> dict[str, str]:
    ids: dict[str, str] = {}
    taken: set[str] = set()
    for category in categories:
        wanted = slug(unquote(category.nicename)) or slug(category.name) or slug(f"category {category.term_id}")
        ids[category.nicename] = _first_free(chain([wanted], _numbered(wanted, "{}-{}")), taken)
        taken.add(ids[category.nicename])
    return ids


def slug(text: str) -> str:
    """Return ``text`` as an id: groups of ASCII letters and digits joined by hyphens; empty if it has none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_ID].strip("-")


def _names(categories: Iterable[Category], ids: dict[str, str], by_nicename: dict[str, Category]) -> dict[str, str]:
    """Return a unique name for each category, which is no other's id either: sites have a “News” in every region."""
    names: dict[str, str] = {}
    taken = {id_.casefold() for id_ in ids.values()}
    for category in categories:
        own = ids[category.nicename]
        wanted = (display_name(category.name)[:_MAX_NAME].strip(), unquote(category.nicename)[:_MAX_NAME], own)
        name = next(filter(is_visible, wanted))
        group = _group(category, by_nicename)
        candidates = (name, *([f"{name} ({group[:30]})"] if group else []), f"{name} ({own[:30]})")
        names[category.nicename] = _first_free(chain(candidates, _numbered(name, "{} ({})")), taken - {own})
        taken.add(names[category.nicename].casefold())
    return names


def _group(category: Category, by_nicename: dict[str, Category]) -> str:
    parent = by_nicename.get(category.parent)
    return display_name(parent.name) if parent else ""


def _numbered(base: str, form: str) -> Iterator[str]:
    number = 2
    while True:
        yield form.format(base, number)
        number += 1


def _first_free(candidates: Iterable[str], taken: set[str]) -> str:
    return next(candidate for candidate in candidates if candidate.casefold() not in taken)


def _toml(text: str) -> str:
    """Return a TOML basic string: a JSON string, but TOML forbids one more character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
