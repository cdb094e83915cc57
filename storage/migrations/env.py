"""Alembic runs this for every command; the connection comes from the program, never from an ini file."""

from alembic import context

from storage import partial_indexes
from storage.tables import METADATA

partial_indexes.declare()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
