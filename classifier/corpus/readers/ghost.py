"""Exports of Ghost: every published post, with its tags as labels."""

import re
from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import open_utf8
from classifier.corpus.readers.json_buffer import JsonBuffer
from classifier.corpus.readers.jsonl import row_of_json
from classifier.corpus.readers.row_text import cells_as_json
from classifier.corpus.readers.rows import Found, LeftOut, Note, Place, Reject, Row
from classifier.errors import CorpusError, shown
from classifier.sections import Section, Sections

_SYSTEM = "ghost"
#: Large fields that say again what ``html`` says.
_NOT_READ = frozenset({"mobiledoc", "lexical", "comment_id", "codeinjection_head", "codeinjection_foot"})
_START = 300
#: An export without the outer ``db``: the tables stand in ``data``, perhaps behind ``meta``.
_BARE = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*("meta"\s*:\s*\{[^{}]*\}\s*,\s*)?"data"\s*:\s*\{')
_POSTS = re.compile(rb'"posts"\s*:\s*\[')
#: One of these shows that posts without ``meta`` before them are Ghost's.
_MARKS = re.compile(rb'"(?:posts_tags|lexical|mobiledoc|comment_id)"\s*:')
_API = re.compile(rb'\s*\{\s*"posts"\s*:\s*\[')
#: The keys under which the tables stand.
_INNER = ("db", "data")
_FIX = "Fix: in Ghost, open Settings, Import/Export, and export the content"
_KINDS = {"page": "pages (type page)"}


def is_ghost(head: bytes) -> bool:
    """Return whether the start of a JSON file is that of an export of Ghost, or of an answer of its API."""
    if b'"exported_on"' in head[:_START]:
        return True
    if b'"db"' in head[:_START]:
        return b'"posts"' in head
    if bare := _BARE.match(head):
        return bool(_POSTS.search(head) and (bare[1] or _MARKS.search(head)))
    return bool(_API.match(head)) and b'"uuid"' in head and b'"slug"' in head


def read_ghost(path: Path, to: Context) -> Iterator[Found]:
    """Yield the published posts of an export in their order; drafts, pages and posts without text are left out.

    Ghost's internal tags, whose names begin with ``#``, are not labels.

    Raises
    ------
    CorpusError
        If the file is not an export of Ghost, or one of its entries is over the limit of a row.
    """
    tags_of = _tags_of_posts(path, to)
    n_internal = 0
    posts = (item for item in _items(path, to, ("posts",)) if isinstance(item.value, dict))
    for number, item in enumerate(posts, 1):
        place = Place(path, number, f"post {item.value.get('id')}")
        row = row_of_json(place, item.value, item.raw)
        if isinstance(row, Reject):
            yield row
            continue
        post = {name: value for name, value in row.fields.items() if name not in _NOT_READ}
        if reason := _left_out(post):
            yield LeftOut(place, reason)
            continue
        own = tags_of.get(post.get("id")) or [tag for tag in post.get("tags") or () if isinstance(tag, dict)]
        n_internal += any(map(_is_internal, own))
        labels = [_label(tag, to.sections) for tag in own if not _is_internal(tag)]
        fields = {
            "id": str(post.get("id")),
            "headline": post.get("title") or "",
            "body": post.get("html") or post.get("plaintext") or "",
            "published": post.get("published_at"),
            "language": post.get("locale"),
            "sections": labels,
        }
        kept = {name: value for name, value in fields.items() if value is not None}
        yield Row(place, kept, cells_as_json(post), "tags" if labels else "", remark=row.remark)
    if n_internal:
        words = "post has internal tags" if n_internal == 1 else "posts have internal tags"
        yield Note(Place(path, 1), f"{n_internal:,} {words} of Ghost, which are not labels")


class _Item(NamedTuple):
    """An entry of a table of an export, and its text in the file; None stands before the first entry."""

    table: str
    value: Any
    raw: str


def _tags_of_posts(path: Path, to: Context) -> dict[object, list[Mapping[str, Any]]]:
    """Return the tags of each post that has some, in their order, after reading the file once to its end.

    Raises
    ------
    CorpusError
        If it is not an export.
    """
    tags: dict[object, Mapping[str, Any]] = {}
    links: list[Mapping[str, Any]] = []
    has_posts = False
    for item in _items(path, to, ("posts", "tags", "posts_tags")):
        has_posts = has_posts or item.table == "posts"
        if item.table == "tags" and isinstance(item.value, dict):
            tags[item.value.get("id")] = item.value
        elif item.table == "posts_tags" and isinstance(item.value, dict):
            links.append(item.value)
    if not has_posts:
        raise CorpusError(f"{path}: not an export of Ghost. {_FIX}")
    tags_of: dict[object, list[Mapping[str, Any]]] = {}
    for link in sorted(links, key=lambda link: _number(link.get("sort_order"))):
        if tag := tags.get(link.get("tag_id")):
            tags_of.setdefault(link.get("post_id"), []).append(tag)
    return tags_of


def _items(path: Path, to: Context, wanted: Container[str]) -> Iterator[_Item]:
    """Yield the entries of some tables of an export; no more than one is in memory at a time.

    Raises
    ------
    CorpusError
        If the file is not JSON, or an entry is over the limit of a row.
    """
    with open_utf8(path, *to.text) as file:
        buffer = JsonBuffer(file, to.limits.row)
        if buffer.next_sign() == "\ufeff":
            buffer.skip()
        try:
            yield from _tables(buffer, wanted)
        except (ValueError, RecursionError) as error:
            raise CorpusError(
                f"{path}: not an export of Ghost that can be read: it is not valid JSON, or an entry has more than "
                f"{to.limits.row:,} characters. {_FIX}"
            ) from error


def _tables(buffer: JsonBuffer, wanted: Container[str]) -> Iterator[_Item]:
    """Yield the entries of the tables in an object, and of those in its ``db`` and ``data``."""
    _enter(buffer, "{")
    while not buffer.at_end():
        name, _ = buffer.next_value()
        sign = buffer.next_sign()
        if sign == "[":
            yield from _entries(buffer, str(name), wanted)
        elif name in _INNER and sign == "{":
            yield from _tables(buffer, wanted)
        else:
            buffer.next_value()
    _enter(buffer, "}")


def _entries(buffer: JsonBuffer, name: str, wanted: Container[str]) -> Iterator[_Item]:
    """Yield the entries of a list if it is a wanted table, or the tables in it if it is the database."""
    _enter(buffer, "[")
    if name in wanted:
        yield _Item(name, None, "")  # a table may be empty
    while not buffer.at_end():
        if name == "db" and buffer.next_sign() == "{":
            yield from _tables(buffer, wanted)
            continue
        value, raw = buffer.next_value()
        if name in wanted:
            yield _Item(name, value, raw)
    _enter(buffer, "]")


def _enter(buffer: JsonBuffer, sign: str) -> None:
    if buffer.next_sign() != sign:
        raise ValueError(sign)
    buffer.skip()


def _left_out(post: Mapping[str, Any]) -> str:
    """Return the kind of a post that is not read, in the plural; empty if it is read."""
    kind = "page" if post.get("page") in (1, True) else str(post.get("type") or "post")
    if kind != "post":
        return _KINDS.get(kind, f"items of the type {shown(kind)}")
    status = str(post.get("status"))
    if status not in ("published", "sent"):
        return f"posts with the status {shown(status)}"
    if not str(post.get("html") or post.get("plaintext") or "").strip():
        return "posts without text, such as pictures and galleries"
    return ""


def _is_internal(tag: Mapping[str, Any]) -> bool:
    return tag.get("visibility") == "internal" or str(tag.get("name", "")).startswith("#")


def _label(tag: Mapping[str, Any], sections: Sections) -> str:
    slug, name = str(tag.get("slug") or ""), str(tag.get("name") or "")
    found: Section | None = sections.get_external(_SYSTEM, slug) or sections.get(slug) or sections.get(name)
    return found.id if found else name or slug


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
