"""Reuters-21578 (Lewis, 1997) as the literature uses it for multi-label work: R90, the ModApte split.

Read from the archive as it is distributed (``.tar.gz``, or packed otherwise) or from a folder of its files.
"""

import html
import re
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

_STORY = re.compile(r"<REUTERS(?P<attributes>[^>]*)>(?P<content>.*?)</REUTERS>", re.DOTALL)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_TOPICS = re.compile(r"<TOPICS>(.*?)</TOPICS>", re.DOTALL)
_TOPIC = re.compile(r"<D>(.*?)</D>")
_PART = {
    name: re.compile(rf"<{name}[^>]*>(.*?)</{name}>", re.DOTALL)
    for name in ("DATE", "TEXT", "TITLE", "DATELINE", "BODY")
}
_CONTROL = re.compile(r"&#(?:[0-9]|[12][0-9]|3[01]|127);")
_DAY = re.compile(r"(\d{1,2})-([A-Z]{3})-(\d{4})")
_FILE = re.compile(r"reut2-\d{3}\.sgm")


@dataclass(frozen=True)
class Story:
    """A story of the collection. Headline and body are HTML-escaped, as they are in the files.

    A story without a body has its headline for a body; one without a headline has none.
    """

    id: str
    headline: str
    body: str
    topics: tuple[str, ...]
    published: date | None


@dataclass(frozen=True)
class R90:
    """The 90 topics with at least one story in each part, and the stories that have at least one of them."""

    topics: tuple[str, ...]
    train: tuple[Story, ...]
    test: tuple[Story, ...]


def labels_of(stories: Sequence[Story], topics: Sequence[str]) -> NDArray[np.bool_]:
    """Return which topics each story has, of shape (n_stories, n_topics)."""
    return np.array([[topic in story.topics for topic in topics] for story in stories], dtype=bool)


def text_of(story: Story) -> str:
    """Return headline and body as plain text."""
    return html.unescape(f"{story.headline}\n\n{story.body}").strip()


def read_r90(path: Path, *, datelines: bool = True) -> R90:
    """Read the collection and split it: ModApte, topics in both parts, stories with one of those.

    Without ``datelines`` stories are headlines and bodies only: no dateline, and no date of publication.

    Raises
    ------
    click.ClickException
        If it is not the collection, or none of it can be used.
    """
    parts: dict[str, list[Story]] = {"TRAIN": [], "TEST": []}
    for source in _sources(path):
        for match in _STORY.finditer(source):
            attributes = dict(_ATTRIBUTE.findall(match["attributes"]))
            if attributes.get("TOPICS") == "YES" and attributes.get("LEWISSPLIT") in parts:
                parts[attributes["LEWISSPLIT"]].append(_story(attributes["NEWID"], match["content"], datelines))
    train, test = parts["TRAIN"], parts["TEST"]
    topics = sorted({t for story in train for t in story.topics} & {t for story in test for t in story.topics})
    if not topics:
        raise click.ClickException(f"{path} holds no stories of both parts with a topic in common")
    return R90(tuple(topics), tuple(_with_topics(train, topics)), tuple(_with_topics(test, topics)))


def _sources(path: Path) -> Iterator[str]:
    """Yield the text of each SGML file, in the order of their names."""
    if path.is_dir():
        found = sorted(file for file in path.rglob("*") if _FILE.fullmatch(file.name))
        yield from (file.read_text(encoding="latin-1") for file in found)
    else:
        try:
            with tarfile.open(path) as archive:
                members = [m for m in archive.getmembers() if m.isfile() and _FILE.fullmatch(Path(m.name).name)]
                found = sorted(members, key=lambda m: Path(m.name).name)
                for member in found:
                    file = archive.extractfile(member)
                    assert file is not None  # noqa: S101 - it is a file
                    yield file.read().decode("latin-1")
        except (tarfile.TarError, EOFError, OSError) as error:
            raise click.ClickException(f"{path} cannot be read as an archive: {error}") from error
    if not found:
        raise click.ClickException(
            f"{path} holds no files named reut2-000.sgm and so on; give the archive or its folder"
        )


def _story(number: str, content: str, datelines: bool) -> Story:
    content = _CONTROL.sub("", content)
    found = {name: match[1].strip() if (match := part.search(content)) else "" for name, part in _PART.items()}
    topics = _TOPICS.search(content)
    headline = found["TITLE"]
    body = " ".join(part for part in (found["DATELINE"] if datelines else "", found["BODY"]) if part)
    if not headline and not body:
        body = found["TEXT"]  # stories that the collection left as they came over the wire
    if not body:
        headline, body = "", headline
    day = _day(found["DATE"]) if datelines else None
    return Story(number, headline, body, tuple(_TOPIC.findall(topics[1])) if topics else (), day)


def _day(source: str) -> date | None:
    match = _DAY.search(source)
    return datetime.strptime("-".join(match.groups()), "%d-%b-%Y").date() if match else None


def _with_topics(stories: Iterable[Story], topics: Iterable[str]) -> Iterator[Story]:
    known = set(topics)
    for story in stories:
        kept = tuple(topic for topic in story.topics if topic in known)
        if kept:
            yield Story(story.id, story.headline, story.body, kept, story.published)
