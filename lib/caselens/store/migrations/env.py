"""What Alembic runs: the migrations on the connection that it was given, inside its transaction."""

from alembic import context

from caselens.store.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
context.run_migrations()
