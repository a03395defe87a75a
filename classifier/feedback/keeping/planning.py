"""What becomes of each suggestion that is to be kept, whatever the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from classifier.feedback.suggestion import Kept, SuggestionDraft
from classifier.feedback.tables import MOST_SEARCHED

#: A row to be: the values by column; what planning adds is missing.
NewRow = dict[str, Any]
#: Source, article, revision, id and state of a suggestion that is there.
PresentRow = tuple[str, str, str, int, str]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TEXTS = ("headline", "body", "url")


@dataclass(frozen=True, slots=True)
class KeepingPlan:
    """What to write for some suggestions.

    ``kept`` has an entry for each of them. ``replaced`` maps the id of each suggestion that is superseded to when.
    """

    kept: list[Kept]
    rows: list[NewRow]
    replaced: dict[int, datetime]


def row_of(draft: SuggestionDraft) -> NewRow:
    """Return the values of a suggestion that is to be kept; they are plain JSON values."""
    row = {
        "source": draft.source,
        "article": draft.article,
        "revision": draft.revision,
        "model": draft.model,
        "set": draft.set,
        "language": draft.language,
        "outcome": draft.outcome,
        "probability": draft.probability,
        "tags": [tag.to_json() for tag in draft.tags],
    }
    for name in _TEXTS:  # PostgreSQL refuses NUL, which means nothing in a text
        value: str | None = getattr(draft, name)
        row[name] = value.replace("\0", " ") if value else None
    return row


def keys_of(rows: Sequence[NewRow]) -> list[tuple[str, str, str]]:
    """Return source, article and revision of each row."""
    return [(row["source"], row["article"], row["revision"]) for row in rows]


def plan(arrived: Sequence[tuple[int, Sequence[NewRow]]], last: int, present: Iterable[PresentRow]) -> KeepingPlan:
    """Return what becomes of suggestions, and complete their rows.

    Parameters
    ----------
    arrived : sequence of (int, sequence of dict)
        The rows in order, with the time of their arrival in microseconds since 1970.
    last : int
        The largest id that is given.
    present : iterable of tuple
        What is kept for their articles: what is open, and what is for the same revision.
    """
    known: dict[tuple[str, str, str], int] = {}
    opened: dict[tuple[str, str], int] = {}
    for source, article, revision, id_, state in present:
        known[source, article, revision] = id_
        if state == "open":
            opened[source, article] = id_
    kept: list[Kept] = []
    made: dict[int, NewRow] = {}
    replaced: dict[int, datetime] = {}
    for microseconds, rows in arrived:
        moment = _EPOCH + timedelta(microseconds=microseconds)
        for row in rows:
            key = (row["source"], row["article"])
            if (same := known.get((*key, row["revision"]))) is not None:
                kept.append(Kept(same, new=False))
                continue
            if (before := opened.get(key)) is not None:
                if before in made:
                    made[before] |= {"state": "superseded", "decided_at": moment}
                else:
                    replaced[before] = moment
            last = max(last + 1, microseconds)
            made[last] = row
            headline = row["headline"]
            row |= {"id": last, "state": "open", "made_at": moment, "decided_at": None}
            row["searched"] = headline.lower()[:MOST_SEARCHED] if headline else None
            known[*key, row["revision"]] = opened[key] = last
            kept.append(Kept(last, new=True))
    return KeepingPlan(kept, list(made.values()), replaced)
