"""The queries that list kept suggestions, and suggestions as they are read from rows."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, Select, select

from classifier.feedback.suggestion import SuggestedTag, Suggestion, SuggestionFilter, SuggestionOrder
from classifier.feedback.tables import suggestion_tags as tags
from classifier.feedback.tables import suggestions as table

#: In the stored decision on a suggestion: the number of its feedback.
ENTRY = "entry"
_MICROSECONDS = 1_000_000


def listing(wanted: SuggestionFilter, order: SuggestionOrder, after: tuple[float, int] | None) -> Select[Any]:
    """Return the query for the ids of suggestions, and the probability in force of each.

    It reads no more than it filters by: sorting whole rows takes ten times as long.

    Parameters
    ----------
    wanted : SuggestionFilter
    order : str
    after : (float, int), optional
        The probability and the id of the last suggestion of the page before.
    """
    by_section = wanted.section is not None
    main = tags if by_section else table
    probability, number = main.c.probability, (tags.c.suggestion if by_section else table.c.id)
    query = select(number.label("id"), probability.label("sort"))
    if by_section:
        query = query.where(tags.c.section == wanted.section)
        if wanted.source is not None or wanted.search:
            query = query.join(table, table.c.id == tags.c.suggestion)
    if wanted.state:
        query = query.where(main.c.state == wanted.state)
    if wanted.source is not None:
        query = query.where(table.c.source == wanted.source)
    if wanted.least is not None:
        query = query.where(probability >= wanted.least)
    if wanted.most is not None:
        query = query.where(probability <= wanted.most)
    if wanted.before is not None:
        query = query.where(number < number_at(wanted.before))
    if wanted.after is not None:
        query = query.where(number >= number_at(wanted.after))
    if wanted.search:
        query = query.where(table.c.headline.icontains(wanted.search, autoescape=True))
    if order == "least_sure":
        if after:
            query = query.where((probability > after[0]) | ((probability == after[0]) & (number > after[1])))
        return query.order_by(probability, number)
    if after:
        query = query.where(number < after[1] if order == "newest" else number > after[1])
    return query.order_by(number.desc() if order == "newest" else number)


def has_nul(*asked: str | None) -> bool:
    """Return whether any text has a NUL. No stored text has one, and PostgreSQL counts the question as an error."""
    return any(text is not None and "\0" in text for text in asked)


def number_at(moment: datetime) -> int:
    """Return the id of a suggestion that is made at a moment."""
    return int(moment.timestamp() * _MICROSECONDS)


def suggestion_of(row: RowMapping) -> Suggestion:
    """Return the suggestion in a row."""
    fields = {name: row[name] for name in Suggestion.__dataclass_fields__}
    fields["tags"] = tuple(map(SuggestedTag.of, row["tags"]))
    if fields["feedback"] is not None:
        fields["feedback"] = {name: value for name, value in fields["feedback"].items() if name != ENTRY}
    for name in ("made_at", "decided_at"):
        fields[name] = in_utc(row[name])
    return Suggestion(**fields)


def in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment as a database gives it, with its time zone."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)  # SQLite has no zone
