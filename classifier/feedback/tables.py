"""The feedback table as the newest migration leaves it."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

#: The newest migration. If a database is at this revision, Alembic is not imported.
HEAD = "0003_reviewed"
VERSION_TABLE = "copydesk_version"

metadata = MetaData()
_number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER column

feedback = Table(
    "copydesk_feedback",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("article", String(200), nullable=False),
    Column("revision", String(200), nullable=False),
    Column("model", String(200)),
    Column("suggested", JSON, nullable=False),
    Column("kept", JSON, nullable=False),
    Column("added", JSON, nullable=False),
    Column("removed", JSON, nullable=False),
    Column("applied", JSON(none_as_null=True)),
    Column("reviewed", JSON(none_as_null=True)),
    Column("published", Date),
    Column("headline", Text),
    Column("body", Text),
    Column("digest", String(64), nullable=False),
    Column("received", DateTime(timezone=True), nullable=False),
    UniqueConstraint("article", "revision"),  # unnamed: SQLite cannot change the name that migration 0001 gave it
)
