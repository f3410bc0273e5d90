"""The tables of version 0.9."""

from alembic import op

from comity.store.migrations import first_tag

revision = "0001"
down_revision = None
# Whether programs of the version before may go on writing beside it.
ROLLING = True


def upgrade() -> None:
    """Make them, where nothing is."""
    for statement in first_tag.statements(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)
