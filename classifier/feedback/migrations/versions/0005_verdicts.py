"""Editors' verdicts on the labels of training articles."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004_reviewed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "copydesk_verdicts",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("article", sa.String(200)),
        sa.Column("sections", sa.JSON, nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("person", sa.String(200)),
        sa.Column("received", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Remove the table. The verdicts are lost."""
    op.drop_table("copydesk_verdicts")
