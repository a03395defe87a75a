"""A kept suggestion: the tags that a model gave to one revision of an article, and what became of them."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from classifier.errors import FieldProblem, InvalidInputError

#: ``open``: an editor has to decide. ``decided``: feedback came. ``superseded``: a newer revision took its place.
SuggestionState = Literal["open", "decided", "superseded"]
STATES: tuple[SuggestionState, ...] = get_args(SuggestionState)
#: ``oldest`` and ``newest``: by arrival. ``least_sure``: by the probability of the section that is filtered by, or of
#: the least sure tag.
SuggestionOrder = Literal["oldest", "newest", "least_sure"]
ORDERS: tuple[SuggestionOrder, ...] = get_args(SuggestionOrder)
MOST_ON_A_PAGE = 500
#: Of the words that spoke for a tag, as many are kept.
MOST_TERMS = 5
_IDS_END = 2**63  # of those that a database stores


@dataclass(frozen=True, slots=True)
class SuggestedTag:
    """A tag of a kept suggestion.

    ``decision`` is ``apply`` or ``review``. ``terms`` are the words of the article that spoke most for it, the
    strongest first: a queue can show them where texts are not kept.
    """

    section: str
    name: str
    probability: float
    decision: str
    terms: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the tag as plain JSON values."""
        return {
            "section": self.section,
            "name": self.name,
            "probability": self.probability,
            "decision": self.decision,
            "terms": list(self.terms),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "SuggestedTag":
        """Return the tag in JSON values, as `to_json` writes them."""
        return cls(**{**stored, "terms": tuple(stored["terms"])})


@dataclass(frozen=True, slots=True)
class SuggestionDraft:
    """A suggestion that is to be kept.

    ``revision`` identifies the state of the article; a sender that has none gives a digest of the text. ``body`` is
    None if texts must not be kept.
    """

    source: str
    article: str
    revision: str
    model: str
    outcome: str
    tags: tuple[SuggestedTag, ...]
    set: str | None = None
    language: str | None = None
    headline: str | None = None
    body: str | None = None
    url: str | None = None

    @property
    def probability(self) -> float:
        """The probability of the least sure tag, or 0 without tags."""
        return min((tag.probability for tag in self.tags), default=0.0)


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a draft: the id of its suggestion. ``new`` is false if the same revision was kept before."""

    id: int
    new: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggestion as it is stored.

    ``id`` orders suggestions by arrival. ``probability`` is that of the least sure tag, or 0 without tags. Times are
    UTC. A decided suggestion has ``decided_at`` and ``feedback``: the revision that the editor saw, and the sections
    ``kept``, ``added`` and ``removed``; ``decided_by`` is the editor's name, if it is known. A superseded one has
    ``decided_at`` only. ``headline``, ``body`` and ``url`` are None if they were not sent, must not be kept or were
    pruned.
    """

    id: int
    source: str
    article: str
    revision: str
    state: SuggestionState
    model: str
    set: str | None
    language: str | None
    outcome: str
    probability: float
    tags: tuple[SuggestedTag, ...]
    headline: str | None
    body: str | None
    url: str | None
    made_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    feedback: dict[str, Any] | None

    def to_json(self) -> dict[str, Any]:
        """Return the suggestion as GET /v1/suggestions sends it, with its text if that is kept."""
        return {
            "id": str(self.id),
            "source": self.source,
            "article": self.article,
            "revision": self.revision,
            "state": self.state,
            "model": self.model,
            "set": self.set,
            "language": self.language,
            "outcome": self.outcome,
            "probability": self.probability,
            "tags": [tag.to_json() for tag in self.tags],
            "headline": self.headline,
            "body": self.body,
            "url": self.url,
            "made_at": self.made_at.isoformat(),
            "decided_at": self.decided_at.isoformat() if self.decided_at else None,
            "decided_by": self.decided_by,
            "feedback": self.feedback,
        }


@dataclass(frozen=True, slots=True)
class SuggestionFilter:
    """Which suggestions to list. None: whatever the value.

    Parameters
    ----------
    state : str, optional
        One of `STATES`.
    source : str, optional
    section : str, optional
        The id of a section that is among the tags.
    least, most : float, optional
        Bounds of the probability, 0 to 1, both included: of the tag of ``section`` if that is given, else of the least
        sure tag.
    before, after : datetime, optional
        Made before, or at or after, this time.
    search : str, optional
        A part of the headline; upper and lower case make no difference.
    """

    state: SuggestionState | None = "open"
    source: str | None = None
    section: str | None = None
    least: float | None = None
    most: float | None = None
    before: datetime | None = None
    after: datetime | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class SuggestionPage:
    """A page of suggestions; ``next`` is the cursor of the following page, or None on the last."""

    suggestions: tuple[Suggestion, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class SuggestionCounts:
    """The number of open suggestions: in all, by section, and by source."""

    open: int = 0
    sections: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)


def write_cursor(order: SuggestionOrder, last: tuple[float, int]) -> str:
    """Return the cursor that names the last suggestion of a page: its probability and its id."""
    return base64.urlsafe_b64encode(json.dumps([order, *last], allow_nan=False).encode()).decode().rstrip("=")


def read_cursor(order: SuggestionOrder, cursor: str) -> tuple[float, int]:
    """Return the probability and the id in a cursor.

    Raises
    ------
    InvalidInputError
        If it is not a cursor, or one of a list in another order.
    """
    try:
        found = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        written, probability, number = found
        is_number = isinstance(probability, float | int) and isinstance(number, int)
        if written == order and is_number and 0 <= number < _IDS_END:
            return float(probability), number
    except (ValueError, TypeError, binascii.Error, OverflowError, RecursionError):
        pass
    detail = "not a cursor of this list. Fix: send “next” of the previous page, with the same order; or leave it out"
    raise InvalidInputError([FieldProblem("cursor", detail)])
