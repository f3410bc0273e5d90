"""The mails that a desk put into its outbox, and a peer that is live: what tests of debts between peers begin with."""

from zlib import decompress

from sqlalchemy import select

from comity.formats.mime import scan
from comity.model.sending import Peer, PeerState
from comity.store.tables.sending import outbox

from ..two_sides import NOW, Side


def live(side: Side, party: str, address: str) -> None:
    """The operator lets mail for a peer leave."""
    with side.store.write() as rows:
        rows.peers.put(Peer(name=party, address=address, state=PeerState.LIVE, since=NOW))


def mails(side: Side, after: int = 0) -> list[tuple[str, bytes]]:
    """Address and bytes of everything in the outbox, in order, after the first so many."""
    with side.store.read() as rows:
        found = rows.connection.execute(select(outbox).order_by(outbox.c.id)).all()
    return [(row.address, decompress(row.data)) for row in found][after:]


def text_of(data: bytes) -> str:
    """What people read of a mail."""
    part = scan(data)
    first = part.children[0] if part.children else part
    return first.content().decode()
