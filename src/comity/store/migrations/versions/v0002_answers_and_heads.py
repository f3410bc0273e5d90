"""What is owed between peers is watched: answers by the agreement, and heads of ledgers that go by mail;
each machine of ours says how it stands; what proves that a peer signed two histories is kept; of outcomes that were held a person
can say that they are not told.

Answers:    ``upgrade()``; programs of version 1 may go on writing beside it, and know nothing of these tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
# Whether programs of the version before may go on writing beside it.
ROLLING = True

_OWED = "direction = 'in' AND channel_id IS NOT NULL AND duplicate_of IS NULL AND retracted IS NULL"


def upgrade() -> None:
    """Six tables, and an index over reports of peers."""
    op.create_table(
        "answer_watch",
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Text(), nullable=False),
        sa.Column("reminded", sa.Text()),
        sa.Column("escalated", sa.Text()),
        sa.PrimaryKeyConstraint("peer", name="pk_answer_watch"),
    )
    op.create_table(
        "head_seen",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_head_seen"),
    )
    op.create_table(
        "head_mailed",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.BigInteger()),
        sa.PrimaryKeyConstraint("origin", name="pk_head_mailed"),
    )
    op.create_index(
        "ix_report_owed", "report", ["peer", "id"], sqlite_where=sa.text(_OWED), postgresql_where=sa.text(_OWED)
    )
    _machines_and_proofs()


def _machines_and_proofs() -> None:
    op.create_table(
        "cluster_node",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("spool", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger()),
        sa.Column("waiting", sa.BigInteger(), nullable=False),
        sa.Column("oldest", sa.BigInteger()),
        sa.Column("free_mib", sa.BigInteger(), nullable=False),
        sa.Column("model", sa.Text()),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "spool", name="pk_cluster_node"),
    )
    op.create_table(
        "forked_history",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("smaller", sa.BigInteger(), nullable=False),
        sa.Column("larger", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name="pk_forked_history"),
    )
    op.create_table(
        "outcome_dropped",
        sa.Column("report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name="pk_outcome_dropped"),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name="fk_outcome_dropped_report_id_report"),
    )
