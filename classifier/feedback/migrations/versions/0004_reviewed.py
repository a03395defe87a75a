"""Feedback names the sections that a person has looked at. Of older feedback nobody knows them: it stays as it is."""

import sqlalchemy as sa
from alembic import op

revision = "0004_reviewed"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; no row is rewritten."""
    op.add_column("copydesk_feedback", sa.Column("reviewed", sa.JSON, nullable=True))


def downgrade() -> None:
    """Go back to the table of 0003, which does not know who looked at a section."""
    op.drop_column("copydesk_feedback", "reviewed")
