"""The page Try: a story in, its sections with the words for and against them, next to another version if asked."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Response, request
from werkzeug.datastructures import FileStorage

from classifier.answer import Answer, Tag
from classifier.errors import CopydeskError, FieldProblem, InvalidInputError, MalformedInputError
from classifier.request import Choice, TagRequest
from classifier.service.desk.marks import Piece, direction_of, language_of, paragraphs
from classifier.service.desk.pages import pages, show
from classifier.service.desk.visits import desk_parts, live_models
from classifier.service.guard.access import require
from classifier.service.http.coding import decoded
from classifier.store.sets import OWN
from classifier.tagger import Tagger

#: If a model has more sections, the page marks the words for the suggested ones and the chosen one alone.
MOST_MARKED = 60
_EXPLAINED = Choice(explain=True, all=True)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_MARKS_OF_ORDER = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Story:
    """A story as it was pasted: its fields, the set of models that is to read it, and another version to compare."""

    headline: str = ""
    text: str = ""
    language: str = ""
    set: str = ""
    other: str = ""


@dataclass(frozen=True)
class SectionRow:
    """A section of an answer with its thresholds, and its tag by the other version, if that knows the section."""

    place: int
    tag: Tag
    suggest: float
    apply: float | None
    other: Tag | None = None

    @property
    def is_suggested(self) -> bool:
        """Whether it is more than ``below``."""
        return self.tag.decision != "below"


@dataclass(frozen=True)
class ReadStory:
    """A story that was read.

    ``shown`` is the place of the section whose words are marked. ``untrained`` are the names of sections that the
    model cannot suggest. ``only_other`` are tags of sections that only the other version knows.
    """

    answer: Answer
    paragraphs: list[list[Piece]]
    rows: list[SectionRow]
    shown: int | None
    language: str
    direction: str
    untrained: list[tuple[str, int]]
    names: dict[str, str]
    other: Answer | None = None
    only_other: tuple[Tag, ...] = ()

    @property
    def shown_row(self) -> SectionRow | None:
        """The section whose words are marked, if any."""
        return None if self.shown is None else self.rows[self.shown]


@pages.get("/desk/")
@require("desk")
def empty_form() -> Response:
    """Show the form for a story."""
    return _page(Story(), None, "")


@pages.post("/desk/")
@require("desk")
def try_story() -> Response:
    """Read a story and show its sections."""
    form = request.form
    story = Story(
        *(form.get(name, "").replace("\r\n", "\n") for name in ("headline", "text", "language", "set", "other"))
    )
    try:
        if (file := request.files.get("file")) and file.filename:
            story = replace(story, text=file_text(file), headline="")
    except CopydeskError as error:
        return _refused(story, error)
    return story_page(story, form.get("show", ""))


def story_page(story: Story, section: str) -> Response:
    """Return the page of a story that was read; if it cannot be read, the form with the story and the reason.

    Parameters
    ----------
    story : Story
    section : str
        As for `read_story`.
    """
    try:
        return _page(story, read_story(story, section), "")
    except CopydeskError as error:
        return _refused(story, error)


def _refused(story: Story, error: CopydeskError) -> Response:
    """Return the form with the reason; the text stays in it."""
    problems = error.problems if isinstance(error, InvalidInputError) else ()
    return _page(story, None, "; ".join(problem.detail for problem in problems) or error.detail, error.status)


def _page(story: Story, found: ReadStory | None, problem: str, status: int = 200) -> Response:
    sets = live_models()
    name = story.set or (found.answer.set if found else None) or OWN
    if sets.only:
        name = next(iter(sets.by_name))
    versions = desk_parts().versions.names(name) if name in sets.by_name else []
    return show(
        "try.html", status, story=story, found=found, problem=problem, sets=list(sets.by_name), versions=versions
    )


def read_story(story: Story, section: str) -> ReadStory:
    """Tag a story with all sections, and with the other version.

    Parameters
    ----------
    story : Story
    section : str
        Id of the section whose words are to be marked. By default it is the most probable one.

    Raises
    ------
    InvalidInputError, ModelError
        As `classifier.tagger.Tagger.tag`, or if there is no such set or version.
    """
    if not (story.text.strip() or story.headline.strip()):
        raise InvalidInputError([FieldProblem("", "there is no text. Fix: paste a story, or choose a file")])
    sets = live_models()
    sets.check()
    article = TagRequest.read(
        {"headline": story.headline, "body": story.text, **({"language": story.language} if story.language else {})}
    )
    tagger, name = sets.choose(article, story.set or None)
    answer = tagger.tag(article, _EXPLAINED)._replace(set=name)
    other = None
    if story.other:
        set_name = name or next(iter(sets.by_name))
        other = desk_parts().versions.tagger(set_name, story.other).tag(article, Choice(all=True))
    return shown_story(tagger, answer, section, story.language, other)


def shown_story(
    tagger: Tagger, answer: Answer, section: str, language: str | None = None, other: Answer | None = None
) -> ReadStory:
    """Return what a page shows of an answer with explanations and all sections."""
    text = answer.text or ""
    thresholds = tagger.thresholds(text)
    theirs = {tag.section: tag for tag in other.tags} if other else {}
    rows = [
        SectionRow(place, tag, *thresholds[tag.section], theirs.get(tag.section))
        for place, tag in enumerate(answer.tags)
    ]
    known = {tag.section for tag in answer.tags}
    shown = next((row.place for row in rows if row.tag.section == section), 0 if rows else None)
    return ReadStory(
        answer=answer,
        paragraphs=paragraphs(text, _marked(answer.tags, shown)),
        rows=rows,
        shown=shown,
        language=language_of(text, language, tagger.languages),
        direction=direction_of(text),
        untrained=[(entry.section.name, entry.support) for entry in tagger.manifest.untrained],
        names={entry.section.id: entry.section.name for entry in tagger.manifest.trained},
        other=other,
        only_other=tuple(tag for id_, tag in theirs.items() if id_ not in known and tag.decision != "below"),
    )


def _marked(tags: Sequence[Tag], shown: int | None) -> list[Tag]:
    """Return the tags, without the explanations of those whose words a page with many sections does not mark."""
    few = len(tags) <= MOST_MARKED
    return [
        tag if few or place == shown or tag.decision != "below" else tag._replace(explanation=None)
        for place, tag in enumerate(tags)
    ]


def file_text(file: FileStorage) -> str:
    """Return the text of a file: UTF-8, or the charset that its first bytes or its HTML name.

    Raises
    ------
    MalformedInputError, MediaTypeError
        If it is not a text in that charset.
    """
    data = file.stream.read()
    if b"\0" in data[:1024] and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise MalformedInputError("the file is not a text. Fix: save the story as .txt or .html, or paste it")
    for mark, charset in _MARKS_OF_ORDER:
        if data.startswith(mark):
            return data.decode(charset, "replace").replace("\r\n", "\n")
    named = _META_CHARSET.search(data[:2048])
    try:
        return decoded(data, named[1].decode() if named else "").replace("\r\n", "\n")
    except MalformedInputError:
        raise MalformedInputError("the file is not UTF-8. Fix: save it as UTF-8, or paste the story") from None
