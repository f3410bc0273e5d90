"""One step a change of the tables, each named after its number: read by Alembic, and by ``comity.store.migrations.steps``."""
