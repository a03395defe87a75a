"""SuggestionStore: keep suggestions, list them, and let feedback decide them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, delete, func, select, update

from classifier.feedback.adding import add_entry, free_revision
from classifier.feedback.database import Database
from classifier.feedback.deciding import call_back, decide_open
from classifier.feedback.feedback import Feedback
from classifier.feedback.keeping.arrivals import (
    ArrivalWriter,
    arrive,
    has_arrivals,
    sort_in,
    sort_in_before_reading,
    sort_in_before_writing,
)
from classifier.feedback.keeping.drafts import keep_drafts, keep_without_calls
from classifier.feedback.listing import (
    ENTRY,
    OPEN_UP_TO,
    SECTIONS_UP_TO,
    SOURCES_UP_TO,
    has_nul,
    listing,
    suggestion_of,
)
from classifier.feedback.suggestion import (
    MOST_ON_A_PAGE,
    Kept,
    Suggestion,
    SuggestionCounts,
    SuggestionDraft,
    SuggestionFilter,
    SuggestionOrder,
    SuggestionPage,
    read_cursor,
    write_cursor,
)
from classifier.feedback.tables import feedback as feedback_table
from classifier.feedback.tables import suggestion_tags as tags
from classifier.feedback.tables import suggestions as table


class SuggestionStore:
    """The kept suggestions in a database.

    An article, which is a source and an id, has at most one open suggestion: a newer revision supersedes it. The same
    revision twice is one suggestion.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, drafts: Sequence[SuggestionDraft], *, durable: bool = True) -> list[Kept]:
        """Keep suggestions, in order and in one transaction. They are committed when this returns.

        Parameters
        ----------
        drafts : sequence of SuggestionDraft
            A few hundred at most.
        durable : bool
            As for `Database.transaction`.

        Returns
        -------
        list of Kept
            For each draft its suggestion; of a revision that was kept before, the one that is there.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        if self._database.is_sqlite and not self._database.called_back:
            with self._database.sqlite_transaction(durable=durable) as cursor:
                return keep_without_calls(cursor, drafts)
        with self._database.transaction(durable=durable) as connection:
            return keep_drafts(connection, drafts, self._database)

    def receive(self, drafts: Sequence[SuggestionDraft]) -> None:
        """Take suggestions that are to be kept, in order. They are committed when this returns.

        On SQLite they are only written down, and sorted in later: by `sort_in`, or by whatever reads or changes
        suggestions next. That takes half of the time of `keep`. They are lost only if the machine loses power.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        if self._database.is_sqlite and not self._database.called_back:
            arrive(self._database, drafts)
        else:
            self.keep(drafts, durable=False)

    def writer(self) -> ArrivalWriter | None:
        """Return what writes suggestions down without waiting; None if the database does not receive them so.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        database = self._database
        return ArrivalWriter(database) if database.is_sqlite and not database.called_back else None

    def sort_in(self) -> int:
        """Sort the suggestions that were received into the lists, and return how many they were.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        if not self._database.is_sqlite:
            return 0
        with self._database.sqlite_transaction(durable=False) as cursor:
            return sort_in(cursor)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._database.transaction(reading=True) as connection:
            if not has_arrivals(connection, self._database):
                yield connection
                return
        sort_in_before_reading(self._database)
        with self._database.transaction(reading=True) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._database.transaction() as connection:
            sort_in_before_writing(connection, self._database)
            yield connection

    def page(
        self,
        wanted: SuggestionFilter = SuggestionFilter(),  # noqa: B008 - frozen
        *,
        order: SuggestionOrder = "oldest",
        cursor: str | None = None,
        limit: int = 50,
    ) -> SuggestionPage:
        """Return a page of suggestions.

        Parameters
        ----------
        wanted : SuggestionFilter
            By default all open ones.
        order : str
            ``oldest``, ``newest`` or ``least_sure``.
        cursor : str, optional
            ``next`` of the page before. A suggestion that came or was decided meanwhile is not a reason to skip or
            repeat another.
        limit : int
            The size of the page, 1 to 500.

        Raises
        ------
        InvalidInputError
            If the cursor is not one of a list in this order.
        FeedbackError
            If the database does not answer.
        """
        limit = max(1, min(limit, MOST_ON_A_PAGE))
        after = read_cursor(order, cursor) if cursor else None
        if has_nul(wanted.source, wanted.section, wanted.search):
            return SuggestionPage((), None)
        with self._reading() as connection:
            keys = connection.execute(listing(wanted, order, after).limit(limit + 1)).all()
            shown = [key.id for key in keys[:limit]]
            rows = connection.execute(select(table).where(table.c.id.in_(shown))).mappings().all() if shown else []
        by_id = {row["id"]: suggestion_of(row) for row in rows}
        last = keys[limit - 1] if len(keys) > limit else None
        found = tuple(by_id[number] for number in shown if number in by_id)
        return SuggestionPage(found, write_cursor(order, (last.sort, last.id)) if last else None)

    def get(self, source: str, article: str) -> Suggestion | None:
        """Return the newest suggestion for an article, or None.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        return next(iter(self.history(source, article, limit=1)), None)

    def with_id(self, number: int) -> Suggestion | None:
        """Return the suggestion with an id, or None.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        with self._reading() as connection:
            row = connection.execute(select(table).where(table.c.id == number)).mappings().first()
        return suggestion_of(row) if row else None

    def history(self, source: str, article: str, *, limit: int = MOST_ON_A_PAGE) -> list[Suggestion]:
        """Return the suggestions for an article, the newest first.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        if has_nul(source, article):
            return []
        query = select(table).where(table.c.source == source, table.c.article == article)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(table.c.id.desc()).limit(limit)).mappings().all()
        return [suggestion_of(row) for row in rows]

    def counts(self) -> SuggestionCounts:
        """Return the number of open suggestions in all, by section and by source.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        n = func.count()
        by_source = select(table.c.source, n).where(table.c.state == "open").group_by(table.c.source)
        by_section = select(tags.c.section, n).where(tags.c.state == "open").group_by(tags.c.section)
        with self._reading() as connection:
            sources = {row[0]: row[1] for row in connection.execute(by_source)}
            sections = {row[0]: row[1] for row in connection.execute(by_section)}
        return SuggestionCounts(sum(sources.values()), sections, sources)

    def count_open(self, most: int) -> SuggestionCounts:
        """Return the number of open suggestions as `counts` does, but none larger than ``most``.

        It takes a few milliseconds, however many there are.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        with self._reading() as connection:
            n = connection.execute(OPEN_UP_TO, {"most": most}).scalar_one()
            sources = {row[0]: row[1] for row in connection.execute(SOURCES_UP_TO, {"most": most})}
            sections = {row[0]: row[1] for row in connection.execute(SECTIONS_UP_TO, {"most": most})}
        return SuggestionCounts(n, {name: found for name, found in sections.items() if found}, sources)

    def decide(self, number: int, feedback: Feedback, *, keep_text: bool = False) -> bool:
        """Store feedback and decide the open suggestion with this id by it, in one transaction.

        If there is feedback on its revision already, it is stored under another one, so that it counts as the newest.

        Returns
        -------
        bool
            False if the suggestion is not open: somebody decided it meanwhile, or a newer revision came. Then nothing
            is stored.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        with self._writing() as connection:
            is_open = (table.c.id == number) & (table.c.state == "open")
            if connection.execute(select(table.c.id).where(is_open).with_for_update()).first() is None:
                return False
            entry = feedback.model_copy(update={"revision": free_revision(connection, feedback)})
            receipt = add_entry(self._database, connection, entry, keep_text=keep_text)
            return decide_open(connection, number, feedback, self._database.called_back, receipt.number)

    def reopen(self, number: int) -> bool:
        """Open a decided suggestion again, and delete the feedback that was stored when it was decided.

        Returns
        -------
        bool
            False if the suggestion is not decided, or the article has an open one.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        with self._writing() as connection:
            row = connection.execute(select(table).where(table.c.id == number).with_for_update()).mappings().first()
            if row is None or row["state"] != "decided":
                return False
            same = (table.c.source == row["source"]) & (table.c.article == row["article"])
            if connection.execute(select(table.c.id).where(same, table.c.state == "open")).first():
                return False
            undone = {"state": "open", "decided_at": None, "decided_by": None, "feedback": None}
            connection.execute(update(table).where(table.c.id == number).values(undone))
            connection.execute(update(tags).where(tags.c.suggestion == number).values(state="open"))
            entry = row["feedback"].get(ENTRY)  # none: the feedback was there before, and stays
            is_same = feedback_table.c.article.in_((row["article"], f"{row['source']}/{row['article']}"))
            connection.execute(delete(feedback_table).where(feedback_table.c.id == entry, is_same))
            call_back(connection, "suggestion.reopened", number, self._database.called_back)
            return True
