"""What the tagger says of an article: tags with their probability, decision and evidence.

Tags and answers are named tuples: they are made on every request, and a frozen dataclass takes three times as long.
`new_tag` and `new_answer` make them from a tuple of all their fields, in half the time of the class's own constructor.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

Decision = Literal["apply", "review", "below"]
Outcome = Literal["tagged", "none", "no_known_terms"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A term of the article and what it adds to a section's logit (below 0: it speaks against the section).

    ``spans`` are its places in the cleaned text, as (start, end) in characters: the first hundred, if it has more.
    ``share`` is that of all.
    """

    term: str
    share: float
    spans: tuple[tuple[int, int], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the evidence as plain JSON values."""
        return {"term": self.term, "share": self.share, "spans": [list(span) for span in self.spans]}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a section got its probability: ``sum(share of evidence) + rest == logit``.

    ``rest`` holds the section's intercept and the terms that are not listed.
    """

    logit: float
    rest: float
    evidence: tuple[Evidence, ...]


class Tag(NamedTuple):
    """A section that the model gives to an article.

    ``decision`` is ``apply`` (sure enough to go without an editor), ``review`` (an editor decides) or ``below``
    (under the section's threshold; only listed on request).
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
    """The tags of one article, strongest first, and the version of the model that gave them.

    ``text`` is the cleaned text that evidence points into; only given with explanations.
    """

    id: str | None
    model: str
    outcome: Outcome
    tags: tuple[Tag, ...]
    text: str | None = None

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
        return out


new_tag = partial(tuple.__new__, Tag)
new_answer = partial(tuple.__new__, Answer)
