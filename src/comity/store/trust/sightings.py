"""Queries about signatures that may have been sent again by somebody else.

Limits:     one connection, no commits.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from comity.attribution.replay import Seen
from comity.services.complain.rows import Sighting
from comity.store.chunks import chunks
from comity.store.dialects import insert as upsert
from comity.store.tables.sightings import signature_seen


class Sightings:
    """In which mailboxes, and out of which networks, a signature was."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, sightings: Sequence[Sighting], *, complaint: bytes, mailbox_token: str, at: datetime) -> None:
        """These signatures are in the mail of a complaint."""
        adding = upsert(signature_seen)
        self._connection.execute(
            adding.on_conflict_do_update(
                index_elements=["signature", "complaint"], set_={"seen": adding.excluded.seen}
            ),
            [
                {
                    "signature": each.signature,
                    "complaint": complaint,
                    "mailbox_token": mailbox_token,
                    "network": each.network,
                    "seen": at,
                }
                for each in sightings
            ],
        )

    def seen(self, complaints: Sequence[bytes]) -> Mapping[bytes, Seen]:
        """In how many mailboxes, and out of how many networks, each signature in the mails of these complaints was."""
        columns = signature_seen.c
        query = select(
            columns.signature,
            func.count(columns.mailbox_token.distinct()).label("mailboxes"),
            func.count(columns.network.distinct()).label("networks"),
        ).group_by(columns.signature)
        return {
            row.signature: Seen(mailboxes=row.mailboxes, networks=row.networks)
            for part in chunks(complaints)
            for row in self._connection.execute(
                query.where(columns.signature.in_(select(columns.signature).where(columns.complaint.in_(part))))
            )
        }

    def forget(self, before: datetime) -> int:
        """Forget those that were last seen before this moment; how many there were."""
        return self._connection.execute(delete(signature_seen).where(signature_seen.c.seen < before)).rowcount
