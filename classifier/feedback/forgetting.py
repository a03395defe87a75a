"""Erasing what is stored: by age, as the settings say, or by source and id, as a person asks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select, update

from classifier.feedback.database import Database
from classifier.feedback.keeping.arrivals import sort_in_before_writing
from classifier.feedback.listing import number_at
from classifier.feedback.tables import calls, feedback, suggestion_tags, suggestions

_AT_ONCE = 1_000  # rows


@dataclass(frozen=True, slots=True)
class Erased:
    """The number of rows that were erased, or that would be: suggestions (of these open), feedback and call-backs.

    ``texts`` is the number of suggestions and feedback that stay, but lost their headline and text.
    """

    suggestions: int = 0
    open_suggestions: int = 0
    feedback: int = 0
    calls: int = 0
    texts: int = 0

    @property
    def nothing(self) -> bool:
        """Whether nothing was erased."""
        return not (self.suggestions or self.feedback or self.calls or self.texts)


def prune(database: Database, suggestion_days: int, text_days: int) -> Erased:
    """Delete suggestions, and erase headlines and texts, that are older than a number of days; 0 days: never.

    Raises
    ------
    FeedbackError
        If the database does not answer.
    """
    _sort_in(database)
    now = datetime.now(UTC)
    n = n_open = texts = 0
    if suggestion_days:
        number = number_at(now - timedelta(days=suggestion_days))
        with database.transaction(reading=True) as connection:
            n_open = _count(connection, suggestions, _open_before(number))
        n = _in_steps(database, suggestions, suggestions.c.id < number, _delete)
    if text_days:
        before = now - timedelta(days=text_days)
        for table, old in (
            (suggestions, suggestions.c.id < number_at(before)),
            (feedback, feedback.c.received < before),
        ):
            with_text = or_(table.c.headline.is_not(None), table.c.body.is_not(None))
            texts += _in_steps(database, table, and_(old, with_text), _erase_texts)
    found = Erased(suggestions=n, open_suggestions=n_open, texts=texts)
    if not found.nothing:
        _clear_log(database)
    return found


def forget(
    database: Database,
    *,
    source: str | None = None,
    article: str | None = None,
    before: datetime | None = None,
    dry_run: bool = False,
) -> Erased:
    """Delete the suggestions, feedback and call-backs that match all that is given.

    On SQLite, the bytes are overwritten in the file. What a backup holds stays there.

    Parameters
    ----------
    database : Database
    source, article : str, optional
        An article without a source also matches feedback that was sent as ``SOURCE/ID``.
    before : datetime, optional
        Made, or received, before this time.
    dry_run : bool
        Only count.

    Raises
    ------
    ValueError
        If nothing is given: then everything would match.
    FeedbackError
        If the database does not answer.
    """
    if source is None and article is None and before is None:
        raise ValueError("give source, article or before")
    _sort_in(database)
    of_suggestions = _matching(suggestions, source, article)
    of_feedback = _matching(feedback, source, article)
    of_calls = _matching(calls, source, article)
    if source is not None and article is not None:
        joined = and_(feedback.c.source == "", feedback.c.article == f"{source}/{article}")
        of_feedback = [or_(and_(*of_feedback), joined)]
    if before is not None:
        of_suggestions.append(suggestions.c.id < number_at(before))
        of_feedback.append(feedback.c.received < before)
        of_calls.append(calls.c.made_at < before)
    with database.transaction(reading=True) as connection:
        found = Erased(
            _count(connection, suggestions, and_(*of_suggestions)),
            _count(connection, suggestions, and_(*of_suggestions, suggestions.c.state == "open")),
            _count(connection, feedback, and_(*of_feedback)),
            _count(connection, calls, and_(*of_calls)),
        )
    if not (dry_run or found.nothing):
        for table, matching in ((suggestions, of_suggestions), (feedback, of_feedback), (calls, of_calls)):
            _in_steps(database, table, and_(*matching), _delete)
        _clear_log(database)
    return found


def _sort_in(database: Database) -> None:
    """Sort in what has arrived, so that it is found."""
    with database.transaction() as connection:
        sort_in_before_writing(connection, database)


def _matching(table: Table, source: str | None, article: str | None) -> list[ColumnElement[bool]]:
    wanted: Iterable[tuple[str, str | None]] = (("source", source), ("article", article))
    return [table.c[name] == value for name, value in wanted if value is not None]


def _open_before(number: int) -> ColumnElement[bool]:
    return and_(suggestions.c.state == "open", suggestions.c.id < number)


def _count(connection: Connection, table: Table, matching: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(matching)).scalar_one()


def _in_steps(
    database: Database,
    table: Table,
    matching: ColumnElement[bool],
    erase: Callable[[Connection, Table, Sequence[int]], None],
) -> int:
    """Erase something from the rows that match, and return how many they are.

    Each step is a transaction: PostgreSQL cancels a statement that takes long, and SQLite lets nobody else write.
    """
    n, last = 0, -1
    while True:
        with _erasing(database) as connection:
            query = select(table.c.id).where(matching, table.c.id > last).order_by(table.c.id).limit(_AT_ONCE)
            numbers = connection.execute(query).scalars().all()
            if not numbers:
                return n
            erase(connection, table, numbers)
        n, last = n + len(numbers), numbers[-1]


def _delete(connection: Connection, table: Table, numbers: Sequence[int]) -> None:
    if table is suggestions:
        connection.execute(delete(suggestion_tags).where(suggestion_tags.c.suggestion.in_(numbers)))
    connection.execute(delete(table).where(table.c.id.in_(numbers)))


def _erase_texts(connection: Connection, table: Table, numbers: Sequence[int]) -> None:
    values = {name: None for name in ("headline", "body", "searched") if name in table.c}
    connection.execute(update(table).where(table.c.id.in_(numbers)).values(values))


@contextmanager
def _erasing(database: Database) -> Iterator[Connection]:
    """Open a transaction in which SQLite overwrites what it deletes."""
    with database.transaction() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete=ON")
        yield connection


def _clear_log(database: Database) -> None:
    """Empty the write-ahead log of SQLite, which holds the pages as they were, unless others read them now."""
    if database.is_sqlite:
        database.empty_log()
