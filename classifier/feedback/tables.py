"""The tables of the feedback database as the newest migration leaves them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

#: The newest migration. If a database is at this revision, Alembic is not imported.
HEAD = "0006"
VERSION_TABLE = "copydesk_version"
#: Characters of a headline that are searched: PostgreSQL limits what an index holds of a row.
MOST_SEARCHED = 300

metadata = MetaData()
_number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER column
_time = DateTime(timezone=True)

feedback = Table(
    "copydesk_feedback",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("source", String(200), nullable=False, server_default=""),
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
    Column("person", String(200)),
    Column("digest", String(64), nullable=False),
    Column("received", _time, nullable=False),
    UniqueConstraint("source", "article", "revision", name="copydesk_feedback_once"),
)

#: Kept suggestions. The id is the time of arrival in microseconds since 1970, so the order of ids is that of arrival.
#: ``probability`` is that of the least sure tag, or 0 without tags; ``searched`` the headline in lower case, cut. The
#: indexes of arrival and sureness hold all that a list filters by: no list reads rows that it does not show.
suggestions = Table(
    "copydesk_suggestions",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=False),
    Column("source", String(200), nullable=False),
    Column("article", String(200), nullable=False),
    Column("revision", String(200), nullable=False),
    Column("state", String(10), nullable=False),
    Column("model", String(200), nullable=False),
    Column("set", String(100)),
    Column("language", String(35)),
    Column("outcome", String(20), nullable=False),
    Column("probability", Float, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("headline", Text),
    Column("body", Text),
    Column("url", Text),
    Column("made_at", _time, nullable=False),
    Column("decided_at", _time),
    Column("decided_by", String(200)),
    Column("feedback", JSON(none_as_null=True)),
    Column("searched", String(MOST_SEARCHED)),
    UniqueConstraint("source", "article", "revision", name="copydesk_suggestions_once"),
    Index(
        "copydesk_suggestions_open",
        "article",
        "source",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index("copydesk_suggestions_arrival", "state", "id", "probability", "source", "searched"),
    Index("copydesk_suggestions_sureness", "state", "probability", "id", "source"),
    Index("copydesk_suggestions_source", "state", "source", "id", "probability"),
)

#: A row for each tag of a kept suggestion, with the state and the source of the suggestion: lists and counts by section
#: read only the indexes of this.
suggestion_tags = Table(
    "copydesk_suggestion_tags",
    metadata,
    Column("suggestion", _number, primary_key=True, autoincrement=False),
    Column("section", String(200), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("probability", Float, nullable=False),
    Column("source", String(200), nullable=False, server_default=""),
    Index("copydesk_suggestion_tags_section", "section", "state", "suggestion", "probability", "source"),
    Index("copydesk_suggestion_tags_sureness", "section", "state", "probability", "suggestion", "source"),
    sqlite_with_rowid=False,
)

#: Suggestions that were committed on SQLite and are not in the tables above yet: a row for each commit, with the time
#: in microseconds since 1970. Whoever reads or changes suggestions sorts them in first.
arrivals = Table(
    "copydesk_arrivals",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("arrived", BigInteger, nullable=False),
    Column("suggestions", Text, nullable=False),
)

#: The outbox: call-backs that wait to be delivered, in order. A delivered one is deleted.
calls = Table(
    "copydesk_calls",
    metadata,
    Column("id", _number, primary_key=True, autoincrement=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("source", String(200), nullable=False),
    Column("article", String(200), nullable=False),
    Column("payload", Text, nullable=False),
    Column("made_at", _time, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("failed_at", _time),
    Column("next_at", _time, nullable=False),
    Column("problem", String(200)),
    Index("copydesk_calls_order", "source", "article", "id"),
)

#: Work that one process at a time may do, and until when it may.
leases = Table(
    "copydesk_leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("expires_at", _time, nullable=False),
)

#: An editor's verdict on the labels of a training article, which is found by the digest of its text.
verdicts = Table(
    "copydesk_verdicts",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("article", String(200)),
    Column("sections", JSON, nullable=False),
    Column("model", String(200), nullable=False),
    Column("person", String(200)),
    Column("received", _time, nullable=False),
)
