"""Queries about whose token was turned back into a mailbox.

Answers:    ``Reversals``, which fits ``comity.services.complain.redaction.reversing.ReversalRows``.
Limits:     one connection, no commits; lines are added, and say afterwards whether anybody was found.
"""

from sqlalchemy import Connection, insert, select, update

from comity.services.complain.redaction.reversing import Reversal
from comity.store.tables.desk.reversals import token_reversal


class Reversals:
    """Rows of reversals."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, each: Reversal) -> int:
        """A new one; its number."""
        values = {"at": each.at, "by": each.by, "why": each.why}
        values |= {"party": each.party, "epoch": each.epoch, "token": each.token}
        done = self._connection.execute(insert(token_reversal).values(values)).inserted_primary_key
        return int(done[0]) if done is not None else 0

    def end(self, reversal_id: int, *, found: bool) -> None:
        """Whether anybody was found."""
        here = update(token_reversal).where(token_reversal.c.id == reversal_id)
        self._connection.execute(here.values(found=found))

    def all(self) -> list[Reversal]:
        """All of them, oldest first."""
        return [
            Reversal(
                at=row.at,
                by=row.by,
                why=row.why,
                party=row.party,
                epoch=row.epoch,
                token=row.token,
                found=row.found,
            )
            for row in self._connection.execute(select(token_reversal).order_by(token_reversal.c.id))
        ]
