"""The answer of the tagger for an article: tags with their probability, decision and evidence.

Tags and answers are named tuples, because they are made on every request and a frozen dataclass takes three times as
long. `new_tag` and `new_answer` make them from a tuple of all fields, in half the time of the class's own constructor.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any, Literal, NamedTuple

Decision = Literal["apply", "review", "below"]
Outcome = Literal["tagged", "none", "no_known_terms"]
#: Why a tag is not applied. ``threshold``: its probability is below the section's threshold. ``length``: the section is
#: never applied to texts of this length. ``never_applied``: nor to others. ``needs``: what the section needs is not
#: probable enough. ``limit``: it was added, or left out, because of the limits on the number of tags.
Reason = Literal["threshold", "length", "never_applied", "needs", "limit"]


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

    ``rest`` holds the section's intercept and the terms that are not listed. ``raised_by`` is the id of a section below
    this one, if that gives it its probability: then all these are the reasons for the section below. ``held_back``
    names the missing need of a section that is not applied, or not suggested, although its probability is high enough.
    """

    logit: float
    rest: float
    evidence: tuple[Evidence, ...]
    raised_by: str | None = None
    held_back: str | None = None


class Tag(NamedTuple):
    """A section that the model gives to an article.

    ``decision`` is ``apply`` (the model is sure of it), ``review`` (an editor decides) or ``below`` (under the
    section's threshold; listed only on request). ``reason`` is why the tag is not applied; None if it is.
    """

    section: str
    name: str
    probability: float
    decision: Decision
    explanation: Explanation | None = None
    reason: Reason | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the tag as plain JSON values."""
        out: dict[str, Any] = {
            "section": self.section,
            "name": self.name,
            "probability": self.probability,
            "decision": self.decision,
        }
        if self.reason:
            out["reason"] = self.reason
        if self.explanation:
            out["logit"] = self.explanation.logit
            out["evidence"] = [item.to_json() for item in self.explanation.evidence]
            out["rest"] = self.explanation.rest
            if self.explanation.raised_by:
                out["raised_by"] = self.explanation.raised_by
            if self.explanation.held_back:
                out["held_back"] = self.explanation.held_back
        return out


class Answer(NamedTuple):
    """The tags of one article, the most probable first, and the version of the model that gave them.

    ``text`` is the cleaned text that the evidence points into; it comes only with explanations. ``text_dropped`` is the
    share of the body's letters that cleaning left out. It comes with explanations, and if it is more than half.
    ``unknown_script`` is the script of most of the article's letters, if the model knows next to no words in it: then
    the tags rest on the few other words, or there are none. ``set`` is the set of models that answered, if there are
    several.
    """

    id: str | None
    model: str
    outcome: Outcome
    tags: tuple[Tag, ...]
    text: str | None = None
    text_dropped: float | None = None
    unknown_script: str | None = None
    set: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the answer as POST /v1/tags sends it."""
        out: dict[str, Any] = {
            "id": self.id,
            "model": self.model,
            "outcome": self.outcome,
            "tags": [tag.to_json() for tag in self.tags],
        }
        if self.set is not None:
            out["set"] = self.set
        if self.text is not None:
            out["text"] = self.text
        if self.text_dropped is not None:
            out["text_dropped"] = self.text_dropped
        if self.unknown_script is not None:
            out["unknown_script"] = self.unknown_script
        return out

    def _repr_html_(self) -> str:
        """Return the tags as a table that a notebook shows, with the words for each tag if they are explained."""
        name = f"Article {self.id}" if self.id is not None else "Article"
        script = f"; the model does not know {self.unknown_script} script" if self.unknown_script else ""
        caption = f"{name}: {_OUTCOMES[self.outcome]}{script}. Model {self.model}"
        explained = any(tag.explanation for tag in self.tags)
        heads = ("section", "probability", "decision", *(("words for it",) if explained else ()))
        rows = [
            (tag.name, _percent(tag.probability), tag.decision, *((_words_for(tag),) if explained else ()))
            for tag in self.tags
        ]
        return html_table(heads, rows, caption)


def html_table(heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str) -> str:
    """Return a small table for a notebook. All cells are text, and escaped; numbers stand at the right.

    Parameters
    ----------
    heads : sequence of str
        The names of the columns.
    rows : iterable of sequences of str
        Their cells.
    caption : str
        What the table shows; it stands above it.
    """
    top = f'<caption style="caption-side:top;text-align:left">{escape(caption)}</caption>'
    listed = [tuple(row) for row in rows]
    if not listed:
        return f"<table>{top}</table>"
    right = [all(_is_number(row[i]) for row in listed) for i in range(len(heads))]
    styles = [f"text-align:{'right' if is_number else 'left'}" for is_number in right]

    def line(kind: str, cells: Sequence[str]) -> str:
        made = (f'<{kind} style="{style}">{escape(cell)}</{kind}>' for style, cell in zip(styles, cells, strict=True))
        return f"<tr>{''.join(made)}</tr>"

    body = "".join(line("td", row) for row in listed)
    return f"<table>{top}<thead>{line('th', heads)}</thead><tbody>{body}</tbody></table>"


def _is_number(cell: str) -> bool:
    return cell in ("", "-", "never") or cell.replace(",", "").replace(".", "").replace("%", "").strip().isdigit()


def _percent(probability: float) -> str:
    """Return a probability in percent; one that is not certain is not rounded to 100."""
    return f"{min(100 * probability, 99.9) if probability < 1 else 100:.1f} %"


def _words_for(tag: Tag) -> str:
    evidence = tag.explanation.evidence if tag.explanation else ()
    return ", ".join(item.term for item in evidence if item.share > 0)


_OUTCOMES: dict[Outcome, str] = {
    "tagged": "tagged",
    "none": "no section reaches its threshold",
    "no_known_terms": "the model knows none of its words",
}

new_tag = partial(tuple.__new__, Tag)
new_answer = partial(tuple.__new__, Answer)
