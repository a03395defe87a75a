"""Section: one section of the site, as the vocabulary and the manifest of a model hold it."""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from classifier.sections.needs import Needs

_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
#: Fields that are left out if they are absent, so that the manifests of vocabularies without them are as they were.
_LEFT_OUT = ("parent", "needs")


class Section(BaseModel):
    """A section of the site.

    ``id`` is a stable slug that models and APIs store; ``name`` may change. ``aliases`` are other spellings that occur
    in data. ``external`` maps a system to its own id, such as ``{"wordpress": "south-asia"}``. ``parent`` is the id of
    the section that this one is a part of; ``group`` is a heading. ``needs`` names the sections without one of which
    this one is not applied without an editor. A deprecated section is neither trained nor suggested; if ``replaced_by``
    is given, its labels count for that section.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Annotated[str, Field(pattern=_SLUG, max_length=100)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    group: str = ""
    parent: str | None = None
    needs: Needs | None = None
    definition: str = ""
    aliases: tuple[str, ...] = ()
    status: Literal["active", "deprecated"] = "active"
    replaced_by: str | None = None
    external: Mapping[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_spellings(self) -> Self:
        if not is_visible(self.name):
            raise ValueError(f"the name of {self.id} is empty. Fix: give the section a name")
        if not all(map(is_visible, self.aliases)):
            raise ValueError(f"an alias of {self.id} is empty. Fix: remove that alias")
        if any(unicodedata.category(c) == "Cc" for text in (*self.spellings, self.group) for c in text):
            raise ValueError(f"the name, an alias or the group of {self.id} has a control character. Fix: remove it")
        return self

    @model_serializer(mode="wrap")
    def _without_absent_fields(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields: dict[str, Any] = serialize(self)
        for name in _LEFT_OUT:
            if fields.get(name, "") is None:
                del fields[name]
        return fields

    @property
    def spellings(self) -> tuple[str, ...]:
        """All spellings of the section in data: id, name, aliases."""
        return (self.id, self.name, *self.aliases)


def is_visible(spelling: str) -> bool:
    """Return whether a name has characters other than white space, controls and format characters."""
    return any(not c.isspace() and unicodedata.category(c) not in ("Cc", "Cf") for c in spelling)
