"""Alembic's entry: every room's tables in one database."""

from __future__ import annotations

from alembic import context

from node.tables import ALL_METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=ALL_METADATA,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
