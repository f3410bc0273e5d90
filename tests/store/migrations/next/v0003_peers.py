"""Nobody needs what consumers were told, and a peer has a place."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
ROLLING = False


def upgrade() -> None:
    """What the version before still reads goes away."""
    op.drop_table("consumer_event")
    op.add_column("peer", sa.Column("place", sa.Text()))
