"""A ledger that does not hold stops what is for its peer, and nothing else."""

from typing import TYPE_CHECKING

from sqlalchemy import update

from comity.model.sending import OutboxState
from comity.store.tables.ledger import channel

if TYPE_CHECKING:
    from .conftest import Desk


def _counted(desk: "Desk", size: int) -> None:
    """Somebody writes another number beside the ledger with east."""
    with desk.store.write() as rows:
        rows.connection.execute(update(channel).where(channel.c.reported == "east.example").values(size=size))


def test_a_ledger_that_does_not_hold_keeps_only_its_own_peers_mail(desk: "Desk") -> None:
    """Before, one such channel undid every lot in which anything was for it, again and again."""
    desk.live("east", "shop")
    desk.complain(1)
    desk.later(hours=1)
    desk.decide()
    _counted(desk, 0)
    desk.complain(2)
    desk.complain(3, address="203.0.113.7")
    desk.later(hours=1)
    desk.decide()
    assert [each[1:] for each in desk.outbox() if each[0] == "shop"] == [(OutboxState.WAITING, None)]
    assert ("east", OutboxState.HELD, "ledger-stopped") in desk.outbox()
    desk.deciding.sweep(desk.now)
    assert ("east", OutboxState.HELD, "ledger-stopped") in desk.outbox()
    _counted(desk, 1)  # it is healed
    desk.deciding.sweep(desk.now)
    assert [each[1:] for each in desk.outbox() if each[0] == "east"] == [(OutboxState.WAITING, None)] * 2
    assert (desk.faults(), desk.leaves()) == ([], {"report": 3})
