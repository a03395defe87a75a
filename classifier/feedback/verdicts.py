"""VerdictStore: what editors say about the labels of training articles that the model doubts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import RowMapping, Select, delete, select

from classifier.feedback.database import Database
from classifier.feedback.tables import verdicts as table


@dataclass(frozen=True, slots=True)
class LabelVerdict:
    """The sections that an article should have, by an editor.

    ``digest`` is that of its text (`classifier.article.Article.digest`) in hexadecimal, ``article`` its id, if it has
    one. ``sections`` are given by id; none: the article belongs to no section. ``model`` is the version that doubted
    its labels, ``received`` in UTC.
    """

    digest: str
    article: str | None
    sections: tuple[str, ...]
    model: str
    person: str | None
    received: datetime


class VerdictStore:
    """The verdicts in a database: the last one on each text.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(
        self, digest: str, article: str | None, sections: tuple[str, ...], *, model: str, person: str | None
    ) -> None:
        """Store a verdict. It replaces an earlier one on the same text.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        row: dict[str, Any] = {"article": article, "sections": list(sections), "model": model, "person": person}
        row["received"] = datetime.now(UTC)
        insert = self._database.insert(table).values(digest=digest, **row)
        with self._database.transaction() as connection:
            connection.execute(insert.on_conflict_do_update(index_elements=["digest"], set_=row))

    def withdraw(self, digest: str) -> None:
        """Delete the verdict on a text, if there is one.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        with self._database.transaction() as connection:
            connection.execute(delete(table).where(table.c.digest == digest))

    def of(self, digests: Collection[str]) -> dict[str, LabelVerdict]:
        """Return the verdicts on these texts, a few hundred at most, by digest.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        return self._read(select(table).where(table.c.digest.in_(list(digests))))

    def all(self) -> dict[str, LabelVerdict]:
        """Return all verdicts by digest.

        Raises
        ------
        FeedbackError
            If the database does not answer.
        """
        return self._read(select(table))

    def _read(self, query: Select[tuple[object, ...]]) -> dict[str, LabelVerdict]:
        with self._database.transaction(reading=True) as connection:
            return {row["digest"]: _verdict(row) for row in connection.execute(query).mappings()}


def _verdict(row: RowMapping) -> LabelVerdict:
    received: datetime = row["received"]
    if received.tzinfo is None:  # SQLite stores no time zone
        received = received.replace(tzinfo=UTC)
    sections = tuple(row["sections"])
    return LabelVerdict(row["digest"], row["article"], sections, row["model"], row["person"], received.astimezone(UTC))
