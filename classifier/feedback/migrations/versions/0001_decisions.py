"""Feedback of editors, then called decisions, and the webhook deliveries seen so far."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "copydesk_decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
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
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("article", "revision", name="copydesk_decisions_once"),
    )
    op.create_table(
        "copydesk_deliveries",
        sa.Column("source", sa.String(100), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
    op.create_index("copydesk_deliveries_expires", "copydesk_deliveries", ["expires"])


def downgrade() -> None:
    """Drop the tables, with all that is in them."""
    op.drop_table("copydesk_deliveries")
    op.drop_table("copydesk_decisions")
