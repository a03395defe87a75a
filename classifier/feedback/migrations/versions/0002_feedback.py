"""Rename the table of decisions to feedback, and drop the memory of webhook deliveries.

Nothing is copied, so the size of the table does not matter. Deliveries need no memory: the same delivery gets the same
tags however often it comes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OLD, _NEW = "copydesk_decisions", "copydesk_feedback"


def upgrade() -> None:
    """Drop the deliveries, rename the feedback."""
    op.drop_index("copydesk_deliveries_expires", table_name="copydesk_deliveries")
    op.drop_table("copydesk_deliveries")
    _rename(_OLD, _NEW)


def downgrade() -> None:
    """Go back to the tables of 0001; no feedback is lost."""
    _rename(_NEW, _OLD)
    op.create_table(
        "copydesk_deliveries",
        sa.Column("source", sa.String(100), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
    op.create_index("copydesk_deliveries_expires", "copydesk_deliveries", ["expires"])


def _rename(old: str, new: str) -> None:
    op.rename_table(old, new)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT {old}_once TO {new}_once")
        op.execute(f"ALTER INDEX IF EXISTS {old}_pkey RENAME TO {new}_pkey")
        op.execute(f"ALTER SEQUENCE IF EXISTS {old}_id_seq RENAME TO {new}_id_seq")
