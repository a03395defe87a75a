"""Exports of Ghost: every published post, with its tags as labels."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import open_utf8
from classifier.corpus.readers.rows import Found, LeftOut, Note, Place, Row
from classifier.errors import CorpusError, shown
from classifier.sections import Section, Sections

_SYSTEM = "ghost"
#: Large fields that say again what ``html`` says.
_NOT_READ = frozenset({"mobiledoc", "lexical", "comment_id", "codeinjection_head", "codeinjection_foot"})
_START = 300
_API = re.compile(rb'\s*\{\s*"posts"\s*:\s*\[')
_KINDS = {"page": "pages (type page)"}


def is_ghost(head: bytes) -> bool:
    """Return whether the start of a JSON file is that of an export of Ghost, or of an answer of its API."""
    if b'"exported_on"' in head[:_START]:
        return True
    if b'"db"' in head[:_START]:
        return b'"posts"' in head
    return bool(_API.match(head)) and b'"uuid"' in head and b'"slug"' in head


def read_ghost(path: Path, to: Context) -> Iterator[Found]:
    """Yield the published posts of an export in their order; drafts, pages and posts without text are left out.

    Ghost's internal tags, whose names begin with ``#``, are not labels.

    Raises
    ------
    CorpusError
        If the file is not an export of Ghost.
    """
    data = _data(path, to)
    tags = {tag.get("id"): tag for tag in _objects(data, "tags")}
    links = sorted(_objects(data, "posts_tags"), key=lambda link: _number(link.get("sort_order")))
    tags_of: dict[object, list[Mapping[str, Any]]] = {}
    for link in links:
        if tag := tags.get(link.get("tag_id")):
            tags_of.setdefault(link.get("post_id"), []).append(tag)
    n_internal = 0
    for number, post in enumerate(_objects(data, "posts"), 1):
        place = Place(path, number, f"post {post.get('id')}")
        if reason := _left_out(post):
            yield LeftOut(place, reason)
            continue
        own = tags_of.get(post.get("id")) or _objects(post, "tags")
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
        yield Row(place, kept, json.dumps(post, ensure_ascii=False), "tags" if labels else "")
    if n_internal:
        words = "post has internal tags" if n_internal == 1 else "posts have internal tags"
        yield Note(Place(path, 1), f"{n_internal:,} {words} of Ghost, which are not labels")


def _data(path: Path, to: Context) -> Mapping[str, Any]:
    with open_utf8(path, *to.text) as file:
        text = file.read().decode("utf-8-sig", errors="replace")
    try:
        found = json.loads(text, object_hook=_slim)
        entry = found["db"][0] if isinstance(found.get("db"), list) else found.get("db", found)
        data: Mapping[str, Any] = entry.get("data", entry)
        list(data["posts"])
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise CorpusError(
            f"{path}: not an export of Ghost. Fix: in Ghost, open Settings, Import/Export, and export the content"
        ) from error
    return data


def _slim(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in _NOT_READ}


def _objects(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = data.get(name)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


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
