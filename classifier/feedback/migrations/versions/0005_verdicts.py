"""Editors' verdicts on the labels of training articles, and an index for the counts of suggestions by source."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004_reviewed"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the index."""
    op.create_index("copydesk_suggestions_source", "copydesk_suggestions", ["state", "source"])
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
    """Remove both. The verdicts are lost."""
    op.drop_index("copydesk_suggestions_source", "copydesk_suggestions")
    op.drop_table("copydesk_verdicts")
