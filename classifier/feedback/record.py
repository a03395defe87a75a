"""EditorDecision: what was suggested for an article, and what an editor made of it."""

import hashlib
import json
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from classifier.article import MAX_BODY_LENGTH, MAX_HEADLINE_LENGTH, MAX_ID_LENGTH, MAX_LABELS, read_day

_VISIBLE = r"^[^\x00-\x1f\x7f]+$"  # a database may refuse control characters, and no id needs them

_DAY_OR_MOMENT: list[JsonValue] = [
    {"format": "date", "type": "string"},
    {"format": "date-time", "type": "string"},
    {"type": "null"},
]

Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH, pattern=_VISIBLE)]
Ids = Annotated[tuple[Id, ...], Field(max_length=MAX_LABELS)]


def _day_or_moment(value: object) -> object:
    """Read a day as an article's; an empty text, which files may have for none, is none here."""
    if value == "":
        raise ValueError("not a date; write it as 2023-11-14 or 2023-11-14T08:30:00Z, or leave it out")
    return read_day(value)


class EditorDecision(BaseModel):
    """What became of the suggestions for one revision of an article.

    Sections are given by id. They are kept as sent, whether the vocabulary has them or not: it may change, and what an
    editor said stays said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    article: Annotated[
        Id,
        Field(description="The article's id, that of POST /v1/tags; for several sites `SITE/ID`."),
    ]
    revision: Annotated[
        Id, Field(description="Tells this state of the article from others; the same one sent again is stored once.")
    ]
    model: Annotated[Id | None, Field(description="The version that made the suggestions, if any did.")] = None
    suggested: Annotated[Ids, Field(description="Sections that were suggested or applied.")] = ()
    kept: Annotated[Ids, Field(description="Those of them that the article has now.")] = ()
    added: Annotated[Ids, Field(description="Sections that the editor chose though nothing suggested them.")] = ()
    removed: Annotated[Ids, Field(description="Sections that the editor refused or took off.")] = ()
    applied: Annotated[
        Ids | None,
        Field(
            description="Those of `kept` that the CMS put on by itself, `[]` if an editor accepted each. An article "
            "with no other sections, and none added or removed, is not learned from; where this is left out, nor is "
            "any to which none was added and from which none was removed."
        ),
    ] = None
    published: Annotated[
        date | None,
        BeforeValidator(_day_or_moment),
        Field(description="Day or moment of publication, ISO 8601.", json_schema_extra={"anyOf": _DAY_OR_MOMENT}),
    ] = None
    headline: Annotated[
        str | None, Field(max_length=MAX_HEADLINE_LENGTH, description="Kept only with the setting `keep_texts`.")
    ] = None
    body: Annotated[
        str | None, Field(max_length=MAX_BODY_LENGTH, description="Kept only with the setting `keep_texts`.")
    ] = None

    @model_validator(mode="after")
    def _one_fate_each(self) -> Self:
        kept, added, removed = set(self.kept), set(self.added), set(self.removed)
        if kept & added or kept & removed or added & removed:
            raise ValueError("kept, added and removed must not share a section: it has one fate")
        return self

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections of the article as the editor left it, each once."""
        return tuple(dict.fromkeys((*self.kept, *self.added)))

    @property
    def touched(self) -> bool:
        """Whether an editor is known to have looked at the sections, so that they are more than the model's own."""
        accepted = set() if self.applied is None else set(self.kept) - set(self.applied)
        return bool(self.added or self.removed or accepted)

    def digest(self) -> str:
        """Return the SHA-256 of the decision without its texts, in hexadecimal, to tell whether a repeat differs."""
        said = self.model_dump(mode="json", exclude={"headline", "body"})
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
