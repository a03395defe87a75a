"""The query of GET /v1/sections: a search, and pages for vocabularies of more than a thousand sections."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, Field

from classifier.errors import FieldProblem, InvalidInputError
from classifier.service.http.query.parameters import read_parameters
from classifier.service.http.reading import SET
from classifier.tagger import Tagger

#: A page holds as many sections by default, and no more: a list that is not longer is one page.
MOST_ON_A_PAGE = 1_000
_CURSOR = re.compile(r"(?P<model>[0-9A-Za-z-]{1,60})_(?P<start>\d{1,9})")


class SectionQuery(BaseModel, extra="forbid", frozen=True, hide_input_in_errors=True):
    """The parameters of the list, except the set."""

    search: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    cursor: Annotated[str, Field(max_length=100)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE)] = MOST_ON_A_PAGE

    @classmethod
    def read(cls) -> "SectionQuery":
        """Return the query of the request.

        Raises
        ------
        InvalidInputError
            If a parameter is unknown, given twice, or its value cannot be used.
        """
        return read_parameters(cls, PARAMETERS, SET)

    def page_of(self, tagger: Tagger) -> dict[str, Any]:
        """Return a page of the sections, and ``next`` if there are more, as JSON values.

        Raises
        ------
        InvalidInputError
            If the cursor is none, or belongs to a model that is no longer live.
        """
        start = self._start(tagger.version)
        sections, n = tagger.vocabulary_json(self.search or "", start, self.limit)
        end = start + self.limit
        return {"sections": sections, **({"next": f"{tagger.version}_{end}"} if end < n else {})}

    def _start(self, version: str) -> int:
        if self.cursor is None:
            return 0
        found = _CURSOR.fullmatch(self.cursor)
        if found is None:
            said = "not a cursor of this list. Fix: send “next” of the previous page"
            raise InvalidInputError([FieldProblem("cursor", said)])
        if found["model"] != version:
            said = "another model has gone live since. Fix: start again at the first page, without cursor"
            raise InvalidInputError([FieldProblem("cursor", said)])
        return int(found["start"])


#: What the contract says of each parameter.
PARAMETERS: list[dict[str, Any]] = [
    {
        "name": "search",
        "in": "query",
        "description": "A part of the id, the name or an alias, in upper or lower case.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        "example": "asia",
    },
    {
        "name": "cursor",
        "in": "query",
        "description": "`next` of the previous page.",
        "schema": {"type": "string", "maxLength": 100},
        "example": "20261129T023000Z-70347be1_1000",
    },
    {
        "name": "limit",
        "in": "query",
        "description": "The size of the page.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST_ON_A_PAGE, "default": MOST_ON_A_PAGE},
        "example": 100,
    },
]
