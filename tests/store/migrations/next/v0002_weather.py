"""A later program knows the weather of a case, and calls its question a riddle."""

import os
import signal

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
ROLLING = True


def upgrade() -> None:
    """A column that must be filled, one with another name, a table with rows worked out of others, an index."""
    with op.batch_alter_table("abuse_case") as table:
        table.add_column(sa.Column("weather", sa.Integer(), nullable=False, server_default="0"))
        table.alter_column("question", new_column_name="riddle")
        table.alter_column("label", existing_type=sa.Text(), nullable=True)
    op.execute("UPDATE abuse_case SET weather = reports + 1")
    if os.environ.get("COMITY_TEST_DIES"):
        os.kill(os.getpid(), signal.SIGKILL)
    op.create_table(
        "case_weather",
        sa.Column("case_id", sa.Text(), sa.ForeignKey("abuse_case.id", name="fk_case_weather"), nullable=False),
        sa.Column("reports", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_weather"),
    )
    op.execute("INSERT INTO case_weather (case_id, reports) SELECT id, reports FROM abuse_case")
    op.create_index("ix_case_weather_reports", "case_weather", ["reports"])
