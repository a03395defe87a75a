"""The script that Alembic runs: the migrations, in the transaction that the caller opened."""

from alembic import context

from classifier.feedback.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
