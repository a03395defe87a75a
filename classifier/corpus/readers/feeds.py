"""RSS and Atom feeds: their categories are the labels."""

import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from classifier.corpus.readers.context import Context
from classifier.corpus.readers.files import open_bytes
from classifier.corpus.readers.rows import Found, LeftOut, Place, Row
from classifier.corpus.readers.wordpress.default_category import is_default
from classifier.errors import CorpusError, pip_command
from classifier.sections import Sections

_FEED = re.compile(rb"<(?:[A-Za-z]+:)?(rss|feed|RDF)[\s>]")
_WXR = b"wordpress.org/export/"


def is_feed(head: bytes) -> bool:
    """Return whether the start of an XML file is that of a feed, and not of a WordPress export."""
    return bool(_FEED.search(head)) and _WXR not in head and b"wxr_version" not in head


def read_feed(path: Path, to: Context) -> Iterator[Found]:
    """Yield the entries of a feed; the number of an entry, from 1, is its line.

    The body is the full content, or else the summary. The file is read whole.

    Raises
    ------
    CorpusError
        If feedparser is not installed, the file is larger than an item may be, or it is not a feed.
    """
    try:
        import feedparser
    except ImportError as error:
        raise CorpusError(f"{path}: feeds need feedparser. Fix: run {pip_command('formats')}") from error
    with open_bytes(path, to.limits) as file:
        data = file.read(to.limits.item + 1)
    if len(data) > to.limits.item:
        raise CorpusError(f"{path}: a feed of more than {to.limits.item:,} bytes. Fix: split the file")
    feed = feedparser.parse(io.BytesIO(data))  # bytes would be tried as the name of a file first
    if not feed.version or (feed.bozo and not feed.entries):
        raise CorpusError(f"{path}: not an RSS or Atom feed. Fix: save the feed's own XML, not a page that shows it")
    for number, entry in enumerate(feed.entries, 1):
        place = Place(path, number)
        fields = _fields(entry, feed.feed)
        if not fields["body"].strip():
            yield LeftOut(place, "entries of feeds without text")
            continue
        fields["sections"] = list(_labels(entry, to.sections))
        raw = f"{fields['headline']}\n\n{fields['body']}"
        yield Row(place, fields, raw, "category" if fields["sections"] else "")


def _fields(entry: Mapping[str, Any], feed: Mapping[str, Any]) -> dict[str, Any]:
    contents = sorted(entry.get("content", ()), key=lambda content: "html" not in str(content.get("type")))
    published = entry.get("published_parsed") or entry.get("updated_parsed")
    fields = {
        "id": entry.get("id") or entry.get("link"),
        "headline": entry.get("title", ""),
        "body": next((content["value"] for content in contents if content.get("value")), entry.get("summary", "")),
        "url": entry.get("link"),
        "published": date(*published[:3]) if published else None,
        "language": next((content["language"] for content in contents if content.get("language")), None)
        or feed.get("language"),
    }
    return {name: value for name, value in fields.items() if value is not None}


def _labels(entry: Mapping[str, Any], sections: Sections) -> Iterator[str]:
    """Yield the categories; of an Atom category the label if that is a section, or else the term."""
    for tag in entry.get("tags", ()):
        term, label = (tag.get("term") or "").strip(), (tag.get("label") or "").strip()
        known = next((name for name in (term, label) if name and sections.get(name)), "")
        name = known or term or label
        if name and (known or not is_default(term, label or term, ids_are_known=True)):
            yield name
