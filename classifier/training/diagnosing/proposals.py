"""Proposals to change a vocabulary."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from classifier.corpus.readers import LabelledArticle

Kind = Literal["merge", "split", "missing", "retire", "starved"]

_HEADINGS = {
    "merge": "Merge",
    "split": "Split",
    "missing": "Add a section",
    "retire": "Retire",
    "starved": "Add stories to",
}
_MOST_NAMED = 12


@dataclass(frozen=True)
class Group:
    """Articles behind a proposal: their number, the words that set them apart, and a few of them as examples."""

    n_articles: int
    words: tuple[str, ...]
    examples: tuple[LabelledArticle, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the group as plain JSON values."""
        return {
            "articles": self.n_articles,
            "words": list(self.words),
            "examples": [
                {"id": item.article.id, "headline": item.article.headline, "place": str(item.place)}
                for item in self.examples
            ],
        }


@dataclass(frozen=True)
class MoreStories:
    """An estimate of the stories that a section lacks, with its limits; None for far more than it has."""

    about: int | None
    least: int
    most: int | None

    @property
    def words(self) -> str:
        """The estimate in words, such as “about 30 more (10 to 120)”."""
        if self.about is None:
            return f"{self.least:,} more at least, and probably far more,"
        most = "far more" if self.most is None else f"{self.most:,}"
        return f"about {self.about:,} more ({self.least:,} to {most})"


@dataclass(frozen=True)
class Proposal:
    """A change of the vocabulary.

    ``sections`` are the ids that it concerns; a missing section has none yet. ``before`` and ``after`` hold out-of-fold
    F1 by section: a merged section is named by its parts with “+” between them, and new ones by a number.
    ``more_stories`` is an estimate for a starved section, None if no likely number would do.
    """

    kind: Kind
    sections: tuple[str, ...]
    reason: str
    groups: tuple[Group, ...] = ()
    before: Mapping[str, float] = field(default_factory=dict)
    after: Mapping[str, float] = field(default_factory=dict)
    micro_f1: tuple[float, float] | None = None
    more_stories: MoreStories | None = None

    @property
    def title(self) -> str:
        """The kind and the sections, as a heading."""
        named = ", ".join(self.sections)
        return f"{_HEADINGS[self.kind]} {named}" if named else _HEADINGS[self.kind]

    @property
    def f1_in_words(self) -> str:
        """The F1 of the sections before and after the change."""
        before, after = (", ".join(f"{name} {f1:.3f}" for name, f1 in f1s.items()) for f1s in (self.before, self.after))
        return f"{before or 'none'}; then {after}"

    def to_json(self) -> dict[str, Any]:
        """Return the proposal as plain JSON values."""
        micro = None if self.micro_f1 is None else {"before": self.micro_f1[0], "after": self.micro_f1[1]}
        more = self.more_stories
        return {
            "kind": self.kind,
            "sections": list(self.sections),
            "reason": self.reason,
            "groups": [group.to_json() for group in self.groups],
            "f1": {"before": dict(self.before), "after": dict(self.after)},
            "micro_f1": micro,
            "more_stories": None if more is None else asdict(more),
        }


@dataclass(frozen=True)
class Unjudged:
    """Sections about which nothing can be known yet, with their stories: those with the most first."""

    reason: str
    stories: Mapping[str, int]

    @property
    def named(self) -> str:
        """The sections with their stories; of many, only the first."""
        shown = [f"{name} ({n:,})" for name, n in list(self.stories.items())[:_MOST_NAMED]]
        rest = len(self.stories) - len(shown)
        return ", ".join(shown) + (f" and {rest:,} more" if rest else "")

    def to_json(self) -> dict[str, Any]:
        """Return the sections as plain JSON values."""
        return {"reason": self.reason, "stories": dict(self.stories)}


@dataclass(frozen=True)
class Diagnosis:
    """What the doctor proposes; ``not_examined`` names what it did not look at, and why."""

    n_articles: int
    n_stories: int
    micro_f1: float
    proposals: tuple[Proposal, ...]
    unjudged: tuple[Unjudged, ...] = ()
    not_examined: tuple[str, ...] = ()

    def of_kind(self, kind: Kind) -> list[Proposal]:
        """Return the proposals of a kind."""
        return [proposal for proposal in self.proposals if proposal.kind == kind]

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON values."""
        return {
            "articles": self.n_articles,
            "stories": self.n_stories,
            "micro_f1": self.micro_f1,
            "proposals": [proposal.to_json() for proposal in self.proposals],
            "unjudged": [unjudged.to_json() for unjudged in self.unjudged],
            "not_examined": list(self.not_examined),
        }
