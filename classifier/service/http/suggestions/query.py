"""The query of GET /v1/suggestions: what the list is filtered by, its order and its pages."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

from classifier.feedback.suggestion import MOST_ON_A_PAGE, SuggestionFilter, SuggestionOrder
from classifier.service.http.query.parameters import read_parameters

_Share = Annotated[float, Field(ge=0, le=1)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]


class SuggestionQuery(BaseModel, extra="forbid", frozen=True, hide_input_in_errors=True):
    """The parameters of the list."""

    state: Literal["open", "decided", "superseded", "all"] = "open"
    source: _Name | None = None
    section: _Name | None = None
    min_probability: _Share | None = None
    max_probability: _Share | None = None
    before: AwareDatetime | None = None
    after: AwareDatetime | None = None
    search: _Name | None = None
    order: SuggestionOrder = "oldest"
    cursor: Annotated[str, Field(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)] = 50

    @classmethod
    def read(cls) -> "SuggestionQuery":
        """Return the query of the request.

        Raises
        ------
        InvalidInputError
            If a parameter is unknown, given twice, or its value cannot be used.
        """
        return read_parameters(cls, PARAMETERS)

    def wanted(self) -> SuggestionFilter:
        """Return the filter."""
        return SuggestionFilter(
            None if self.state == "all" else self.state,
            self.source,
            self.section,
            self.min_probability,
            self.max_probability,
            self.before,
            self.after,
            self.search,
        )


def _parameter(name: str, description: str, example: Any, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema, "example": example}


_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_TEXT = {"type": "string", "maxLength": 200}
_MOMENT = {"type": "string", "format": "date-time"}
#: What the contract says of each parameter.
PARAMETERS = [
    _parameter(
        "state",
        "The state, or `all`.",
        "open",
        type="string",
        enum=["open", "decided", "superseded", "all"],
        default="open",
    ),
    _parameter("source", "Only articles of this source.", "cms", **_TEXT),
    _parameter("section", "Only suggestions with a tag of this section.", "south-asia", **_TEXT),
    _parameter(
        "min_probability",
        "At least this probability: of the tag of `section`, or without that of the least sure tag.",
        0.5,
        **_SHARE,
    ),
    _parameter("max_probability", "At most this probability, in the same way.", 0.9, **_SHARE),
    _parameter("before", "Made before this time.", "2026-11-28T09:30:00Z", **_MOMENT),
    _parameter("after", "Made at this time or later.", "2026-11-21T09:30:00Z", **_MOMENT),
    _parameter(
        "search", "A part of the first 300 characters of the headline, in upper or lower case.", "border", **_TEXT
    ),
    _parameter(
        "order",
        "By arrival (`oldest` or `newest` first), or `least_sure` first.",
        "oldest",
        type="string",
        enum=["oldest", "newest", "least_sure"],
        default="oldest",
    ),
    _parameter("cursor", "`next` of the previous page.", "WyJvbGRlc3QiLDAuNSwxXQ", type="string", maxLength=500),
    _parameter("limit", "The size of the page.", 50, type="integer", minimum=1, maximum=MOST_ON_A_PAGE, default=50),
]
