"""The tables as the newest migration leaves them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

#: The newest migration; where a database says so, Alembic is not even imported.
HEAD = "0001"
VERSION_TABLE = "copydesk_version"

metadata = MetaData()
_number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up by itself only in an INTEGER

decisions = Table(
    "copydesk_decisions",
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
    Column("published", Date),
    Column("headline", Text),
    Column("body", Text),
    Column("digest", String(64), nullable=False),
    Column("received", DateTime(timezone=True), nullable=False),
    UniqueConstraint("article", "revision", name="copydesk_decisions_once"),
)

deliveries = Table(
    "copydesk_deliveries",
    metadata,
    Column("source", String(100), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("expires", BigInteger, nullable=False),  # seconds since 1970
    Index("copydesk_deliveries_expires", "expires"),
)
