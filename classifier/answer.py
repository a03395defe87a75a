"""The answer of the tagger for an article: tags with their probability, decision and evidence.

Tags and answers are named tuples, because they are made on every request and a frozen dataclass takes three times as
long. `new_tag` and `new_answer` make them from a tuple of all fields, in half the time of the class's own constructor.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

Decision = Literal["apply", "review", "below"]
Outcome = Literal["tagged", "none", "no_known_terms"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A term of the article, and its share of a section's logit (below 0: it speaks against the section).

    ``spans`` holds its places in the cleaned text, as (start, end) in characters, up to the first hundred. ``share``
    covers all places.
    """

    term: str
    share: float
    spans: tuple[tuple[int, int], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the evidence as plain JSON values."""
        return {"term": self.term, "share": self.share, "spans": [list(span) for span in self.spans]}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reasons for a section's probability: ``sum(share of evidence) + rest == logit``.

    ``rest`` holds the section's intercept and the terms that are not listed.
    """

    logit: float
    rest: float
    evidence: tuple[Evidence, ...]


class Tag(NamedTuple):
    """A section that the model gives to an article.

    ``decision`` is ``apply`` (the model is sure of it), ``review`` (an editor decides) or ``below`` (under the
    section's threshold; listed only on request).
    """

    section: str
    name: str
    probability: float
    decision: Decision
    explanation: Explanation | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the tag as plain JSON values."""
        out: dict[str, Any] = {
            "section": self.section,
            "name": self.name,
            "probability": self.probability,
            "decision": self.decision,
        }
        if self.explanation:
            out["logit"] = self.explanation.logit
            out["evidence"] = [item.to_json() for item in self.explanation.evidence]
            out["rest"] = self.explanation.rest
        return out


class Answer(NamedTuple):
    """The tags of one article, the most probable first, and the version of the model that gave them.

    ``text`` is the cleaned text that the evidence points into; it comes only with explanations. ``text_dropped`` is the
    share of the body's letters that cleaning left out. It comes with explanations, and if it is more than half.
    """

    id: str | None
    model: str
    outcome: Outcome
    tags: tuple[Tag, ...]
    text: str | None = None
    text_dropped: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the answer as POST /v1/tags sends it."""
        out: dict[str, Any] = {
            "id": self.id,
            "model": self.model,
            "outcome": self.outcome,
            "tags": [tag.to_json() for tag in self.tags],
        }
        if self.text is not None:
            out["text"] = self.text
        if self.text_dropped is not None:
            out["text_dropped"] = self.text_dropped
        return out


new_tag = partial(tuple.__new__, Tag)
new_answer = partial(tuple.__new__, Answer)
