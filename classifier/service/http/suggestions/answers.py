"""The answers of the routes of kept suggestions, as the contract describes them."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from classifier.feedback.suggestion import SuggestionState
from classifier.service.answers import Probability

_TIME = "2026-11-28T09:30:00.000000+00:00"
_TAG: dict[str, Any] = {
    "section": "south-asia",
    "name": "South Asia",
    "probability": 0.9984,
    "decision": "apply",
    "terms": ["Ladakh", "border"],
}
_SUGGESTION: dict[str, Any] = {
    "id": "1796290200000000",
    "source": "cms",
    "article": "17",
    "revision": "3",
    "state": "open",
    "model": "20261126T150337Z-5fb90e2a",
    "set": None,
    "language": "en",
    "outcome": "tagged",
    "probability": 0.9984,
    "tags": [_TAG],
    "headline": "Border clash",
    "body": None,
    "url": None,
    "made_at": _TIME,
    "decided_at": None,
    "decided_by": None,
    "feedback": None,
}


class SuggestedTagAnswer(BaseModel, extra="forbid"):
    """A tag of a kept suggestion."""

    section: Annotated[str, Field(description="The section's id.", examples=["south-asia"])]
    name: Annotated[str, Field(description="The section's name for readers.", examples=["South Asia"])]
    probability: Annotated[Probability, Field(description="The probability of this section.", examples=[0.9984])]
    decision: Annotated[
        str, Field(description="`apply` (the model is sure) or `review` (an editor decides).", examples=["apply"])
    ]
    terms: Annotated[
        list[str],
        Field(description="The words of the article that support it most.", examples=[["Ladakh", "border"]]),
    ]


class DecidedBy(BaseModel, extra="forbid"):
    """The feedback that decided a suggestion."""

    revision: Annotated[str, Field(description="The revision that the editor saw.", examples=["3"])]
    kept: Annotated[list[str], Field(description="Suggested sections that stay.", examples=[["south-asia"]])]
    added: Annotated[list[str], Field(description="Sections that the editor added.", examples=[["conflicts"]])]
    removed: Annotated[list[str], Field(description="Sections that the editor removed.", examples=[[]])]


class SuggestionAnswer(BaseModel, extra="forbid"):
    """A kept suggestion."""

    id: Annotated[str, Field(description="Orders suggestions by arrival.", examples=[_SUGGESTION["id"]])]
    source: Annotated[str, Field(description="The source of the article.", examples=["cms"])]
    article: Annotated[str, Field(description="The article's id.", examples=["17"])]
    revision: Annotated[str, Field(description="The revision of the article, or a digest of its text.", examples=["3"])]
    state: Annotated[
        SuggestionState,
        Field(
            description="`open`: an editor has to decide. `decided`: feedback has arrived. `superseded`: a newer "
            "revision of the article has a suggestion of its own.",
            examples=["open"],
        ),
    ]
    model: Annotated[str, Field(description="The version of the model.", examples=[_SUGGESTION["model"]])]
    set: Annotated[str | None, Field(description="The set of models, if there are several.", examples=["thai"])]
    language: Annotated[str | None, Field(description="The language that was sent.", examples=["en"])]
    outcome: Annotated[str, Field(description="As in the answer to the article.", examples=["tagged"])]
    probability: Annotated[
        Probability, Field(description="The probability of the least sure tag; 0 without tags.", examples=[0.9984])
    ]
    tags: Annotated[list[SuggestedTagAnswer], Field(description="The tags.", examples=[[_TAG]])]
    headline: Annotated[str | None, Field(description="The headline.", examples=["Border clash"])]
    body: Annotated[
        str | None,
        Field(description="The text, if the setting `keep_texts` is on and it is not too old.", examples=[None]),
    ]
    url: Annotated[
        str | None, Field(description="The article's address.", examples=["https://gazette.example/border-clash"])
    ]
    made_at: Annotated[str, Field(description="When it was made (UTC).", examples=[_TIME])]
    decided_at: Annotated[str | None, Field(description="When it was decided or superseded (UTC).", examples=[None])]
    decided_by: Annotated[str | None, Field(description="The editor's name, if it was sent.", examples=[None])]
    feedback: Annotated[DecidedBy | None, Field(description="What the editor decided.", examples=[None])]


class SuggestionList(BaseModel, extra="forbid"):
    """A page of kept suggestions."""

    suggestions: Annotated[
        list[SuggestionAnswer], Field(description="The suggestions, in order.", examples=[[_SUGGESTION]])
    ]
    next: Annotated[
        str | None,
        Field(description="Send this as `cursor` to get the next page; null on the last page.", examples=[None]),
    ]


class SuggestionHistory(BaseModel, extra="forbid"):
    """The suggestions for an article."""

    suggestion: Annotated[SuggestionAnswer, Field(description="The newest one.", examples=[_SUGGESTION])]
    earlier: Annotated[
        list[SuggestionAnswer],
        Field(description="The suggestions for earlier revisions, the newest first, at most 50.", examples=[[]]),
    ]


class SuggestionNumbers(BaseModel, extra="forbid"):
    """The number of open suggestions."""

    open: Annotated[int, Field(ge=0, description="All open suggestions.", examples=[17])]
    sections: Annotated[
        dict[str, int], Field(description="Open suggestions that have a tag of each section.", examples=[{"sport": 9}])
    ]
    sources: Annotated[dict[str, int], Field(description="Open suggestions of each source.", examples=[{"cms": 17}])]
