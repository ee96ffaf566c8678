"""Alembic's environment: runs the migrations in the transaction that `migrate` has opened."""

from alembic import context

from custom_model.decision_log.migration import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
with context.begin_transaction():
    context.run_migrations()
