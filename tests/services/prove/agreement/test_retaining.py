"""What a peer reported is erased when the agreed time is over; the ledger proves the same as before, and says what went."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from comity.ledger import leaf
from comity.model.retention import KeptClass
from comity.services.prove.agreement.retaining import Erased, erase
from comity.store.tables import intake

from ....retention import erase_class
from ..two_sides import give, later
from .test_over_the_ledger import over_the_ledger, report
from .two_desks import EAST, WEST, Side, both


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    west, east = both()
    yield west, east
    west.store.close()
    east.store.close()


def erased(side: Side) -> list[Erased]:
    with side.store.write() as rows:
        return erase(rows, side.scribe, side.name, now=side.now)


def payloads(side: Side) -> int:
    with side.store.read() as rows:
        return sum(len(list(rows.ledger.payloads(each.channel_id))) for each in rows.ledger.channels())


def test_it_is_erased_on_its_day_and_said(sides: tuple[Side, Side]) -> None:
    """Not a day sooner; once; acts about the agreement stay; both ledgers verify, and the other side has our word for it."""
    west, east = sides
    terms = over_the_ledger(west, east, directions__west__retention_days=30)
    for number in range(3):
        report(west, terms, number)
    give(west, east)
    before = payloads(east)
    later(east, days=30)
    assert erased(east) == [] and payloads(east) == before
    later(east, days=1)
    (found,) = erased(east)
    assert (found.peer, found.payloads, payloads(east)) == (WEST, 3, before - 3)
    assert erased(east) == []
    assert east.faults() == []
    later(west, days=31)
    give(east, west)
    with west.store.read() as rows:
        (channel,) = [each for each in rows.history.between(EAST, WEST) if each.quarter == "2026q4"]
        said = [leaf.read(each.data) or {} for each in rows.history.written(channel.channel_id, 0, channel.size)]
    (told,) = [each for each in said if each["type"] == "correction"]
    assert (told["erased"], told["of"]) == (3, "west.example/to/east.example/2026q4")
    assert west.faults() == []


def test_the_mail_goes_with_it(sides: tuple[Side, Side]) -> None:
    """Bytes of the peer's mails have their end; those of others stay as long as the settings say."""
    west, east = sides
    over_the_ledger(west, east, directions__west__retention_days=30)
    with east.store.write() as rows:
        for number, peer in enumerate((WEST, "north.example"), 1):
            rows.connection.execute(
                intake.raw.insert().values(
                    id=number, digest=bytes([number]) * 32, data=b"mail", size=4, arrived=east.now, kept_until=None
                )
            )
            rows.connection.execute(
                intake.item.insert().values(
                    id=number, raw_id=number, gate="file", name="x", arrived=east.now, kind="arf", why="x", reading="{}"
                )
            )
            rows.connection.execute(
                intake.report_row.insert().values(
                    id=number, item_id=number, report_key=bytes([number]) * 16, direction="in", peer=peer,
                    evidence_class="complaint", is_complaint=True, facts="{}",
                )
            )  # fmt: skip
    later(east, days=32)
    (found,) = erased(east)
    assert (found.mails, found.payloads) == (1, 0)
    with east.store.write() as rows:
        assert erase_class(rows, KeptClass.RAW, east.now + timedelta(seconds=1)) == 1
        kept = [row.data for row in rows.connection.execute(select(intake.raw.c.data).order_by(intake.raw.c.id))]
    assert kept == [None, b"mail"]
