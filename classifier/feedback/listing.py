"""The queries that list kept suggestions, and suggestions as they are read from rows."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, func, literal, select, text, tuple_

from classifier.feedback.suggestion import STATES, SuggestedTag, Suggestion, SuggestionFilter, SuggestionOrder
from classifier.feedback.tables import suggestion_tags as tags
from classifier.feedback.tables import suggestions as table

#: In the stored decision on a suggestion: the number of its feedback.
ENTRY = "entry"
_MICROSECONDS = 1_000_000

#: How many suggestions are open, of each source, and of each section; none is counted further than ``most``.
OPEN_UP_TO = text("SELECT count(*) FROM (SELECT 1 FROM copydesk_suggestions WHERE state = 'open' LIMIT :most) found")
SOURCES_UP_TO = text("""\
WITH RECURSIVE names(name) AS (
  SELECT min(source) FROM copydesk_suggestions WHERE state = 'open' UNION ALL
  SELECT (SELECT min(source) FROM copydesk_suggestions WHERE state = 'open' AND source > name) FROM names
  WHERE name IS NOT NULL
)
SELECT name, (SELECT count(*) FROM (
  SELECT 1 FROM copydesk_suggestions WHERE state = 'open' AND source = name LIMIT :most
) found) FROM names WHERE name IS NOT NULL""")
SECTIONS_UP_TO = text("""\
WITH RECURSIVE names(name) AS (
  SELECT min(section) FROM copydesk_suggestion_tags UNION ALL
  SELECT (SELECT min(section) FROM copydesk_suggestion_tags WHERE section > name) FROM names WHERE name IS NOT NULL
)
SELECT name, (SELECT count(*) FROM (
  SELECT 1 FROM copydesk_suggestion_tags WHERE section = name AND state = 'open' LIMIT :most
) found) FROM names WHERE name IS NOT NULL""")


def listing(wanted: SuggestionFilter, order: SuggestionOrder, after: tuple[float, int] | None) -> Select[Any]:
    """Return the query for the ids of suggestions, and the probability in force of each.

    It reads indexes alone, never a row: rows hold texts, and to sort whole rows takes ten times as long.

    Parameters
    ----------
    wanted : SuggestionFilter
    order : str
    after : (float, int), optional
        The probability and the id of the last suggestion of the page before.
    """
    by_section = wanted.section is not None
    main = tags if by_section else table
    number: ColumnElement[int] = tags.c.suggestion if by_section else table.c.id
    probability: ColumnElement[float] = main.c.probability
    source: ColumnElement[str] = main.c.source
    columns: list[ColumnElement[Any]] = [number.label("id"), probability.label("sort")]
    query: Select[Any] = select(*columns)
    if by_section:
        query = query.where(tags.c.section == wanted.section)
    if wanted.search:
        # of a word, an index knows nothing: all that fit otherwise are read in that of arrival, which has the headlines
        found = table.c.searched.contains(wanted.search.lower(), autoescape=True)
        if by_section:
            with_word = select(table.c.id).where(table.c.state.in_([wanted.state] if wanted.state else STATES), found)
            query = query.where(_unindexed(number, 0).in_(with_word))
        else:
            query = query.where(found)
            source, probability = _unindexed(source), _unindexed(probability, 0.0)
    if wanted.state:
        query = query.where(main.c.state == wanted.state)
    elif wanted.source is not None or wanted.least is not None or wanted.most is not None or wanted.search:
        query = query.where(main.c.state.in_(STATES))  # the indexes begin with it
    if wanted.source is not None:
        query = query.where(source == wanted.source)
    if wanted.least is not None:
        query = query.where(probability >= wanted.least)
    if wanted.most is not None:
        query = query.where(probability <= wanted.most)
    if wanted.before is not None:
        query = query.where(number < number_at(wanted.before))
    if wanted.after is not None:
        query = query.where(number >= number_at(wanted.after))
    if order == "least_sure":
        if after:
            query = query.where(tuple_(probability, number) > tuple_(*map(literal, after)))
        return query.order_by(probability, number)
    if after:
        query = query.where(number < after[1] if order == "newest" else number > after[1])
    return query.order_by(number.desc() if order == "newest" else number)


def _unindexed(column: ColumnElement[Any], nothing: float | str = "") -> ColumnElement[Any]:
    """Return a column, which is never NULL, as an expression for which a database takes no index."""
    return func.coalesce(column, nothing)


def has_nul(*asked: str | None) -> bool:
    """Return whether any text has a NUL. No stored text has one, and PostgreSQL counts the question as an error."""
    return any(given is not None and "\0" in given for given in asked)


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
