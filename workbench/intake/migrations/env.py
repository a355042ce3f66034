"""What Alembic runs for an upgrade: on the connection, and in the transaction, that the store holds already."""

from __future__ import annotations

from alembic import context

from workbench.intake.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
