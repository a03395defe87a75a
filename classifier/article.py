"""Article: one schema for training files, the command line and HTTP."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from classifier.schema import parse_json, read_as_meant

MAX_ID_LENGTH = 200
MAX_HEADLINE_LENGTH = 2_000
MAX_BODY_LENGTH = 1_000_000
MAX_LABELS = 1_000

#: Field -> every name that it may have in a file or a request, its own name first.
ALIASES: dict[str, tuple[str, ...]] = {
    "headline": ("headline", "title"),
    "body": ("body", "content", "text", "html"),
    "sections": ("sections", "tags", "categories", "labels"),
    "published": ("published", "date"),
}
#: The fields that group articles; a blank one is read as none.
_GROUPING = frozenset({"story", "translation_of"})

Label = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]
Identifier = Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]
Labels = Annotated[tuple[Label, ...], Field(max_length=MAX_LABELS)]


def _aliases(field: str) -> AliasChoices:
    return AliasChoices(*ALIASES[field])


def read_day(value: object) -> object:
    """Return the day of an ISO 8601 date or time. Numbers are refused, because their unit is unknown."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        with suppress(ValueError):
            return datetime.fromisoformat(value.strip()).date()
    raise ValueError("not a date. Fix: write it as 2023-11-14 or 2023-11-14T08:30:00Z")


def number_as_text(value: object) -> object:
    """Return a whole number as text, because many systems number their articles. Other values come back as they are."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value


class Article(BaseModel):
    """A news article, labelled or not.

    Parameters
    ----------
    id : str, optional
        The publisher's own identifier, echoed in every answer.
    headline, body : str
        Plain text or HTML; at least one of them holds more than white space.
    language : str, optional
        BCP 47 code such as ``en``. Without it, the model's own language is assumed.
    published : date, optional
    sections : tuple of str
        The labels: ids, names or aliases of sections. Empty means that no section applies.
    source, url : str
        The origin of the article. Not used to tag it.
    story, translation_of : str, optional
        Articles about the same event, such as translations of each other, have the same ``story``, or name the ``id``
        of the original as ``translation_of``. Training keeps them together. Not used to tag an article.

    Raises
    ------
    pydantic.ValidationError
        From the constructor. `Article.read` raises `InvalidInputError` instead, which shows no article text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)

    id: Identifier | None = None
    headline: Annotated[str, Field(max_length=MAX_HEADLINE_LENGTH, validation_alias=_aliases("headline"))] = ""
    body: Annotated[str, Field(max_length=MAX_BODY_LENGTH, validation_alias=_aliases("body"))] = ""
    language: Annotated[str, Field(max_length=35)] | None = None
    published: Annotated[date | None, BeforeValidator(read_day), Field(validation_alias=_aliases("published"))] = None
    sections: Annotated[Labels, Field(validation_alias=_aliases("sections"))] = ()
    source: Annotated[str, Field(max_length=MAX_ID_LENGTH)] = ""
    url: Annotated[str, Field(max_length=2_000)] = ""
    story: Identifier | None = None
    translation_of: Identifier | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.body.strip() and not self.headline.strip():
            raise ValueError("headline and body are both empty. Fix: give one of them")
        return self

    @property
    def digest(self) -> bytes:
        """The SHA-256 of headline and body as they were given."""
        return hashlib.sha256(json.dumps([self.headline, self.body], allow_nan=False).encode()).digest()

    @classmethod
    def read(cls, data: Mapping[str, Any] | str | bytes) -> Self:
        """Return the article in a mapping or in the text of a JSON object, as its sender means it (see `as_meant`).

        Raises
        ------
        MalformedInputError
            If text or bytes are not UTF-8 or not JSON.
        InvalidInputError
            If a field is missing, unknown, too long or of the wrong type; the error names each one.
        """
        return cls.of(_parsed(data))

    @classmethod
    def of(cls, sent: Any) -> Self:
        """Return the article in a value of JSON, as its sender means it (see `as_meant`).

        Raises
        ------
        InvalidInputError
            As `read`. A text is refused here, even if it holds JSON.
        """
        try:
            return cls.model_validate(sent)  # most are right as they are sent
        except ValidationError as error:
            return read_as_meant(cls, sent, cls.as_meant(sent), error)

    @classmethod
    def as_meant(cls, sent: Any) -> Any:
        """Return the fields of an article as other systems mean them, or the same object if there is nothing to change.

        A field that is null is left out, and so is an empty text or list if the same field is given by another name.
        A whole number as ``id``, ``story`` or ``translation_of`` becomes text.
        """
        if not isinstance(sent, Mapping):
            return sent
        known = cls.model_fields.keys() | {name for names in ALIASES.values() for name in names}
        meant = {name: value for name, value in sent.items() if value is not None or name not in known}
        for names in ALIASES.values():
            given = [name for name in names if name in meant]
            empty = [name for name in given if _is_empty(meant[name])]
            for name in empty if len(empty) < len(given) else empty[1:]:
                del meant[name]
        for name in (_GROUPING | {"id"}) & meant.keys():
            meant[name] = number_as_text(meant[name])
        for name in _GROUPING & meant.keys():
            if _is_empty(meant[name]):
                del meant[name]
        return sent if meant == sent else meant


def _is_empty(value: object) -> bool:
    return isinstance(value, str | list | tuple) and not (value.strip() if isinstance(value, str) else value)


def _parsed(data: Mapping[str, Any] | str | bytes) -> Any:
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    return parse_json(data) if isinstance(data, bytes) else data
