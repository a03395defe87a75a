"""The table of arrivals, and indexes that hold all that the queue filters by.

The headline in lower case is stored for the search, and the source of a suggestion with each of its tags.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLE, _TAGS = "copydesk_suggestions", "copydesk_suggestion_tags"
_ARRIVAL, _SURENESS, _SOURCE = f"{_TABLE}_arrival", f"{_TABLE}_sureness", f"{_TABLE}_source"
_SECTION, _SECTION_SURENESS = f"{_TAGS}_section", f"{_TAGS}_sureness"
_MOST_SEARCHED = 300
_AT_ONCE = 1_000


def upgrade() -> None:
    """Add the table and the columns, fill these, and make the indexes again."""
    op.create_table(
        "copydesk_arrivals",
        sa.Column("id", _number(), primary_key=True, autoincrement=True),
        sa.Column("arrived", sa.BigInteger, nullable=False),
        sa.Column("suggestions", sa.Text, nullable=False),
    )
    _drop_indexes()
    op.add_column(_TABLE, sa.Column("searched", sa.String(_MOST_SEARCHED)))
    _fill_searched(op.get_bind())
    _rebuild_tags(with_source=True)
    op.create_index(_ARRIVAL, _TABLE, ["state", "id", "probability", "source", "searched"])
    op.create_index(_SURENESS, _TABLE, ["state", "probability", "id", "source"])
    op.create_index(_SOURCE, _TABLE, ["state", "source", "id", "probability"])
    op.create_index(_SECTION, _TAGS, ["section", "state", "suggestion", "probability", "source"])
    op.create_index(_SECTION_SURENESS, _TAGS, ["section", "state", "probability", "suggestion", "source"])


def downgrade() -> None:
    """Go back to the tables of 0005.

    Raises
    ------
    RuntimeError
        If suggestions have arrived that are not sorted in yet: an older version would not know them.
    """
    if op.get_bind().execute(sa.text("SELECT count(*) FROM copydesk_arrivals")).scalar():
        raise RuntimeError(
            "suggestions have arrived that are not sorted in yet. Fix: start the service of this version, open "
            "GET /v1/suggestions once, and stop it; then go back"
        )
    _drop_indexes()
    op.drop_index(_SECTION_SURENESS, table_name=_TAGS)
    _rebuild_tags(with_source=False)
    op.drop_column(_TABLE, "searched")
    op.drop_table("copydesk_arrivals")
    op.create_index(_ARRIVAL, _TABLE, ["state", "id"])
    op.create_index(_SURENESS, _TABLE, ["state", "probability", "id"])
    op.create_index(_SOURCE, _TABLE, ["state", "source", "id"])
    op.create_index(_SECTION, _TAGS, ["section", "state", "suggestion", "probability"])


def _drop_indexes() -> None:
    """Drop the indexes that have the same name before and after."""
    for name in (_ARRIVAL, _SURENESS, _SOURCE):
        op.drop_index(name, table_name=_TABLE)
    op.drop_index(_SECTION, table_name=_TAGS)


def _rebuild_tags(*, with_source: bool) -> None:
    """Add or drop the column. SQLite's table is copied: with the column, its rows are in the primary key itself."""
    if op.get_bind().dialect.name == "postgresql":
        if with_source:
            op.add_column(_TAGS, sa.Column("source", sa.String(200), nullable=False, server_default=""))
            op.execute(f"UPDATE {_TAGS} t SET source = s.source FROM {_TABLE} s WHERE s.id = t.suggestion")  # noqa: S608
        else:
            op.drop_column(_TAGS, "source")
        return
    new = f"{_TAGS}_new"
    op.create_table(
        new,
        sa.Column("suggestion", _number(), primary_key=True, autoincrement=False),
        sa.Column("section", sa.String(200), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
        *([sa.Column("source", sa.String(200), nullable=False, server_default="")] if with_source else []),
        sqlite_with_rowid=not with_source,
    )
    columns, more = "t.suggestion, t.section, t.state, t.probability", ", s.source" if with_source else ""
    op.execute(
        f"INSERT INTO {new} SELECT {columns}{more} FROM {_TAGS} t JOIN {_TABLE} s ON s.id = t.suggestion "  # noqa: S608
        "ORDER BY t.suggestion, t.section"
    )
    op.drop_table(_TAGS)
    op.rename_table(new, _TAGS)


def _fill_searched(connection: sa.Connection) -> None:
    """Fill the headlines in lower case here: SQLite knows that of ASCII letters only."""
    table = sa.table(_TABLE, sa.column("id"), sa.column("headline"), sa.column("searched"))
    last = -1
    while True:
        query = sa.select(table.c.id, table.c.headline).where(table.c.id > last, table.c.headline.is_not(None))
        found = connection.execute(query.order_by(table.c.id).limit(_AT_ONCE)).all()
        if not found:
            return
        changed = sa.update(table).where(table.c.id == sa.bindparam("number")).values(searched=sa.bindparam("folded"))
        connection.execute(changed, [{"number": id_, "folded": h.lower()[:_MOST_SEARCHED]} for id_, h in found])
        last = found[-1][0]


def _number() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")
