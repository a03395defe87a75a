"""The standing of a section on an article: what became of it, by all feedback on the article."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from classifier.feedback.feedback import Feedback

#: ``untouched``: set by the CMS, and nobody is known to have looked at it. ``kept``: a person accepted it, or looked at
#: it and left it. ``removed``: a person rejected it before it stood on the article. ``corrected``: it stood on the
#: article in earlier feedback, and a person removed it later. ``added``: a person chose it without a suggestion.
#: ``open``: suggested, and nobody has decided.
Outcome = Literal["untouched", "kept", "removed", "corrected", "added", "open"]


class Standing(NamedTuple):
    """What became of a section, and the version of the model whose answer first named it; None if that is not known."""

    outcome: Outcome
    model: str | None


def next_standings(before: Mapping[str, Standing], feedback: Feedback) -> dict[str, Standing]:
    """Return the standing of each section that the newest feedback on an article names, by id.

    Never more is claimed than the feedback shows: a section that the CMS applied, or perhaps applied, is ``untouched``
    until feedback shows that a person looked at it.

    Parameters
    ----------
    before : mapping
        The standings by the article's earlier feedback; empty for its first.
    feedback : Feedback
    """
    seen = feedback.seen
    found: dict[str, Standing] = {}

    def add(section: str, outcome: Outcome) -> None:
        earlier = before.get(section)
        found[section] = Standing(outcome, earlier.model if earlier else feedback.model)

    def earlier(section: str) -> Outcome | None:
        return before[section].outcome if section in before else None

    for section in feedback.suggested:
        add(section, "open")
    for section in feedback.kept:
        known = section in seen or earlier(section) in ("kept", "added")
        add(section, "kept" if known else "untouched")
    for section in feedback.added:
        still_untouched = earlier(section) == "untouched"  # a CMS that suggests it no longer reports it as added
        add(section, "untouched" if still_untouched else "added")
    for section in feedback.removed:
        add(section, "corrected" if earlier(section) in ("kept", "untouched", "corrected") else "removed")
    return found
