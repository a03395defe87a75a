"""Kept suggestions, the outbox of call-backs, and feedback with a source and a person.

On SQLite the table of feedback is copied, because SQLite cannot change a constraint.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_FEEDBACK = "copydesk_feedback"
_OPEN = sa.text("state = 'open'")
_COLUMNS = (
    "id, article, revision, model, suggested, kept, added, removed, applied, published, headline, body, digest"
    ", received"
)


def _number() -> sa.types.TypeEngine[Any]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _time() -> sa.types.TypeEngine[Any]:
    return sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns of feedback and the new tables."""
    _rebuild_feedback(with_source=True)
    op.create_table(
        "copydesk_suggestions",
        sa.Column("id", _number(), primary_key=True, autoincrement=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("article", sa.String(200), nullable=False),
        sa.Column("revision", sa.String(200), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("set", sa.String(100)),
        sa.Column("language", sa.String(35)),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
        sa.Column("tags", sa.JSON, nullable=False),
        sa.Column("headline", sa.Text),
        sa.Column("body", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("made_at", _time(), nullable=False),
        sa.Column("decided_at", _time()),
        sa.Column("decided_by", sa.String(200)),
        sa.Column("feedback", sa.JSON),
        sa.UniqueConstraint("source", "article", "revision", name="copydesk_suggestions_once"),
    )
    op.create_index(
        "copydesk_suggestions_open",
        "copydesk_suggestions",
        ["article", "source"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_index("copydesk_suggestions_arrival", "copydesk_suggestions", ["state", "id"])
    op.create_index("copydesk_suggestions_sureness", "copydesk_suggestions", ["state", "probability", "id"])
    op.create_index("copydesk_suggestions_source", "copydesk_suggestions", ["state", "source", "id"])
    op.create_table(
        "copydesk_suggestion_tags",
        sa.Column("suggestion", _number(), primary_key=True, autoincrement=False),
        sa.Column("section", sa.String(200), primary_key=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("probability", sa.Float, nullable=False),
    )
    op.create_index(
        "copydesk_suggestion_tags_section",
        "copydesk_suggestion_tags",
        ["section", "state", "suggestion", "probability"],
    )
    op.create_table(
        "copydesk_calls",
        sa.Column("id", _number(), primary_key=True, autoincrement=True),
        sa.Column("name", sa.String(64), nullable=False, unique=True),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("article", sa.String(200), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("made_at", _time(), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failed_at", _time()),
        sa.Column("next_at", _time(), nullable=False),
        sa.Column("problem", sa.String(200)),
    )
    op.create_index("copydesk_calls_order", "copydesk_calls", ["source", "article", "id"])
    op.create_table(
        "copydesk_leases",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("expires_at", _time(), nullable=False),
    )


def downgrade() -> None:
    """Go back to the tables of 0002. Suggestions are lost.

    Of each article id and revision, only the first feedback stays.
    """
    for name in ("copydesk_leases", "copydesk_calls", "copydesk_suggestion_tags", "copydesk_suggestions"):
        op.drop_table(name)
    _rebuild_feedback(with_source=False)


def _rebuild_feedback(*, with_source: bool) -> None:
    once = ["source", "article", "revision"] if with_source else ["article", "revision"]
    if not with_source:
        op.execute(
            f"DELETE FROM {_FEEDBACK} WHERE id NOT IN "  # noqa: S608 - a constant
            f"(SELECT min(id) FROM {_FEEDBACK} GROUP BY article, revision)"
        )
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(f"{_FEEDBACK}_once", _FEEDBACK, type_="unique")
        if with_source:
            op.add_column(_FEEDBACK, sa.Column("source", sa.String(200), nullable=False, server_default=""))
            op.add_column(_FEEDBACK, sa.Column("person", sa.String(200)))
        else:
            op.drop_column(_FEEDBACK, "source")
            op.drop_column(_FEEDBACK, "person")
        op.create_unique_constraint(f"{_FEEDBACK}_once", _FEEDBACK, once)
        return
    new = f"{_FEEDBACK}_new"
    op.create_table(new, *_feedback_columns(with_source), sa.UniqueConstraint(*once, name=f"{_FEEDBACK}_once"))
    op.execute(f"INSERT INTO {new} ({_COLUMNS}) SELECT {_COLUMNS} FROM {_FEEDBACK} ORDER BY id")  # noqa: S608
    op.drop_table(_FEEDBACK)
    op.rename_table(new, _FEEDBACK)


def _feedback_columns(with_source: bool) -> list[sa.Column[Any]]:
    source = [sa.Column("source", sa.String(200), nullable=False, server_default="")] if with_source else []
    return [
        sa.Column("id", _number(), primary_key=True, autoincrement=True),
        *source,
        sa.Column("article", sa.String(200), nullable=False),
        sa.Column("revision", sa.String(200), nullable=False),
        sa.Column("model", sa.String(200)),
        sa.Column("suggested", sa.JSON, nullable=False),
        sa.Column("kept", sa.JSON, nullable=False),
        sa.Column("added", sa.JSON, nullable=False),
        sa.Column("removed", sa.JSON, nullable=False),
        sa.Column("applied", sa.JSON),
        sa.Column("published", sa.Date),
        sa.Column("headline", sa.Text),
        sa.Column("body", sa.Text),
        *([sa.Column("person", sa.String(200))] if with_source else []),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("received", _time(), nullable=False),
    ]
