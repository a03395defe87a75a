"""Feedback: the sections suggested for an article, and what an editor did with them."""

import hashlib
import json
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from classifier.article import MAX_BODY_LENGTH, MAX_HEADLINE_LENGTH, MAX_ID_LENGTH, MAX_LABELS, number_as_text, read_day

_VISIBLE = r"^[^\x00-\x1f\x7f]+$"  # databases may refuse control characters, and no id needs them

_DAY_OR_MOMENT: list[JsonValue] = [
    {"format": "date", "type": "string"},
    {"format": "date-time", "type": "string"},
    {"type": "null"},
]

Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH, pattern=_VISIBLE)]
NumberedId = Annotated[Id, BeforeValidator(number_as_text)]
Ids = Annotated[tuple[Id, ...], Field(max_length=MAX_LABELS)]


def _listed(value: object) -> object:
    return () if value is None else value


#: Null is no section: programs that are generated from the contract may write it for a list that was not set.
Listed = Annotated[Ids, BeforeValidator(_listed)]


def _day_or_moment(value: object) -> object:
    """Read a day as for an article, but refuse an empty text: files may hold one for “no day”, a CMS leaves it out."""
    if value == "":
        raise ValueError("not a date. Fix: write it as 2023-11-14 or 2023-11-14T08:30:00Z, or leave it out")
    return read_day(value)


class Feedback(BaseModel):
    """What an editor did with the suggestions for one revision of an article.

    Sections are given by id. They are stored as sent, even if the vocabulary does not have them: it may change later.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    article: Annotated[
        NumberedId,
        Field(
            description="The article's id, as sent to POST /v1/tags. With several sites, `SITE/ID`.", examples=["a-1"]
        ),
    ]
    revision: Annotated[
        NumberedId,
        Field(
            description="Identifies this state of the article. Feedback on the same revision is stored once.",
            examples=["2"],
        ),
    ]
    source: Annotated[
        Id | None,
        Field(
            description="The source of the article, as sent to POST /v1/tags, or the name in the webhook's address.",
            examples=["cms"],
        ),
    ] = None
    person: Annotated[
        Id | None, Field(description="The name of the editor, if it is to be stored.", examples=["A. Editor"])
    ] = None
    model: Annotated[
        Id | None,
        Field(
            description="The model version that made the suggestions, if any.", examples=["20261126T150337Z-5fb90e2a"]
        ),
    ] = None
    suggested: Annotated[
        Listed,
        Field(description="Sections that Copydesk suggested or applied.", examples=[["south-asia", "technology"]]),
    ] = ()
    kept: Annotated[
        Listed, Field(description="The suggested sections that the article has now.", examples=[["south-asia"]])
    ] = ()
    added: Annotated[
        Listed, Field(description="Sections that the editor added; they were not suggested.", examples=[["conflicts"]])
    ] = ()
    removed: Annotated[
        Listed, Field(description="Sections that the editor rejected or removed.", examples=[["technology"]])
    ] = ()
    applied: Annotated[
        Ids | None,
        Field(
            description="The sections in `kept` that the CMS applied without an editor; `[]` if an editor accepted "
            "each of them. If this field is left out, every section in `kept` counts as applied.",
            examples=[["south-asia"]],
        ),
    ] = None
    reviewed: Annotated[
        Listed,
        Field(
            description="The sections that a person has looked at: they were shown to a person who then saved the "
            "article, or who accepted them. A section in `applied` counts as kept by an editor only if it is named "
            "here; otherwise it counts as applied and untouched. Training takes an article only if a person has "
            "looked at each section that it has.",
            examples=[["south-asia"]],
        ),
    ] = ()
    published: Annotated[
        date | None,
        BeforeValidator(_day_or_moment),
        Field(
            description="Day or moment of publication, ISO 8601.",
            json_schema_extra={"anyOf": _DAY_OR_MOMENT},
            examples=["2026-01-02T08:30:00Z"],
        ),
    ] = None
    headline: Annotated[
        str | None,
        Field(
            max_length=MAX_HEADLINE_LENGTH,
            description="Stored only with the setting `keep_texts`.",
            examples=["Border clash"],
        ),
    ] = None
    body: Annotated[
        str | None,
        Field(
            max_length=MAX_BODY_LENGTH,
            description="Stored only with the setting `keep_texts`.",
            examples=["Indian and Chinese soldiers fought on a ridge."],
        ),
    ] = None

    @model_validator(mode="after")
    def _in_one_list_each(self) -> Self:
        kept, added, removed = set(self.kept), set(self.added), set(self.removed)
        if kept & added or kept & removed or added & removed:
            raise ValueError("kept, added and removed must not share a section. Fix: name each section in one of them")
        return self

    @property
    def sections(self) -> tuple[str, ...]:
        """The article's sections as the editor left them, each once."""
        return tuple(dict.fromkeys((*self.kept, *self.added)))

    @property
    def seen(self) -> frozenset[str]:
        """The sections in `kept` that a person is known to have accepted, or looked at and left."""
        accepted = () if self.applied is None else set(self.kept).difference(self.applied)
        return frozenset(accepted) | set(self.kept).intersection(self.reviewed)

    @property
    def is_confirmed(self) -> bool:
        """Whether a person is known to have looked at every section that the article has, and at one at least.

        Otherwise some of the sections may be the model's own answer, which no model may learn from.
        """
        touched = bool(self.kept or self.added or self.removed)
        return touched and len(self.seen) == len(set(self.kept))

    def digest(self) -> str:
        """Return the SHA-256 of the feedback without its texts, in hexadecimal: it shows whether a repeat differs.

        Fields that older versions did not have count only if they are given, so that older digests still hold.
        """
        added = {name: value for name in ("source", "person") if (value := getattr(self, name)) is not None}
        added |= {"reviewed": self.reviewed} if self.reviewed else {}
        fields = self.model_dump(mode="json", exclude={"headline", "body", "source", "person", "reviewed"}) | added
        return hashlib.sha256(json.dumps(fields, sort_keys=True, allow_nan=False).encode()).hexdigest()
