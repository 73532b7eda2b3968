"""Run by Alembic inside the transaction that `bot.storage.migrations` opened."""

from __future__ import annotations

from alembic import context

from bot.storage.tables import load_every_table

context.configure(
    connection=context.config.attributes["connection"], target_metadata=load_every_table(), render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
