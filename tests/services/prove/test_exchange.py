"""Two networks exchange their ledgers: what was given has a receipt, and both sides count the same."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.ledger import note
from comity.ledger.leaf import LeafType
from comity.services.prove import forwarding as forwarding_service
from comity.services.prove.forwarding import Window
from comity.store.engine import open_store

from ...engines import ONLY_SQLITE
from .two_sides import EAST, KEYS, WEST, Side, both, forwarding, give, later, way_to

ORIGIN = "west.example/to/east.example/2026q4"


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    west, east = both()
    yield west, east
    west.store.close()
    east.store.close()


def test_leaves_are_given_and_receipted(sides: tuple[Side, Side]) -> None:
    """The other side has the same leaves, and its signature stands under our head."""
    west, east = sides
    west.reports(EAST, 0, 1200)
    assert sum(step.given for step in give(west, east)) == 1200
    assert (west.size(ORIGIN), east.size(ORIGIN)) == (1200, 1200)
    with west.store.read() as rows, east.store.read() as others:
        ours, theirs = rows.history.channel(ORIGIN), others.history.channel(ORIGIN)
        assert ours is not None and theirs is not None
        head = rows.history.receipted(ours.channel_id)
        assert head is not None
        signed = note.opened(head.note, [note.verifier_of(EAST, KEYS[EAST], note.COSIGNATURE)])
        assert signed is not None and signed.cosigned == ((EAST, int(east.now.timestamp())),)
        assert rows.ledger.exchanged(ours.channel_id) == others.ledger.exchanged(theirs.channel_id) == (1200, 1200)
        assert head.size == 1200
    assert west.faults() == east.faults() == []


def test_a_lost_answer_costs_nothing(sides: tuple[Side, Side]) -> None:
    """What was stored and not confirmed is asked for again: the same receipt comes, nothing is stored twice."""
    west, east = sides
    west.reports(EAST, 0, 10)
    sender = forwarding(west, east, way_to(east, lost_answers=1))
    assert give(west, east, sender)[-1].reason == "peer-unreachable"
    assert give(west, east, sender)[-1].given == 10
    assert east.size(ORIGIN) == 10
    west.reports(EAST, 10, 20)
    sender = forwarding(west, east, way_to(east, lost_answers=1))
    give(west, east, sender)
    west.reports(EAST, 20, 25)
    steps = give(west, east, sender)
    assert [step.reason for step in steps] == ["size-differs", None]
    assert (east.size(ORIGIN), east.faults(), west.faults()) == (25, [], [])


def test_a_retraction_takes_the_report_out_of_the_counts_of_both(sides: tuple[Side, Side]) -> None:
    """Leaves less retractions, rows and roll-ups are the same number on both sides."""
    west, east = sides
    west.reports(EAST, 0, 3)
    give(west, east)
    with west.store.write() as rows:
        event = west.event(
            EAST, 1, leaf_type=LeafType.RETRACT, event_id="cr1-1.retract", observed=None, payload=None,
            facts={"report": "cr1-1", "reason": "taken-back"},
        )  # fmt: skip
        west.scribe.write(rows.ledger, [event], west.now)
    give(west, east)
    assert east.faults() == []
    with east.store.read() as rows:
        channel = rows.history.channel(ORIGIN)
        assert channel is not None
        assert rows.ledger.exchanged(channel.channel_id) == (2, 2)


def test_the_window_closes_and_opens_again(sides: tuple[Side, Side]) -> None:
    """A peer that gives no receipts is behind by a number and a time; after the agreed time nothing more leaves."""
    west, east = sides
    west.reports(EAST, 0, 5)
    window = Window()
    with west.store.read() as rows:
        waiting = forwarding_service.behind(rows.history, WEST, EAST)
    assert (waiting.leaves, waiting.since) == (5, west.now)
    assert forwarding_service.is_open(waiting, window, west.now)
    later(west, hours=73)
    assert not forwarding_service.is_open(waiting, window, west.now)
    later(east, hours=73)
    give(west, east)
    with west.store.read() as rows:
        waiting = forwarding_service.behind(rows.history, WEST, EAST)
    assert waiting.leaves == 0 and forwarding_service.is_open(waiting, window, west.now)


def test_a_backlog_that_was_signed_in_time_is_taken(sides: tuple[Side, Side]) -> None:
    """The other side was away for three days: what was submitted and signed meanwhile is not late."""
    west, east = sides
    for day in range(3):
        west.reports(EAST, 10 * day, 10 * day + 10)
        later(west, days=1)
    later(east, days=3)
    assert sum(step.given for step in give(west, east)) == 30
    with east.store.read() as rows:
        counted = rows.connection.exec_driver_sql("SELECT DISTINCT class FROM rollup").scalars().all()
    assert counted == ["complaint"]


@pytest.mark.parametrize("seconds", [2, 7200])
def test_a_clock_that_is_set_back_stops_nothing(sides: tuple[Side, Side], seconds: int) -> None:
    """What is written meanwhile says the time of the last head: the other side takes it, and what follows, as it comes."""
    west, east = sides
    west.reports(EAST, 0, 2)
    give(west, east)
    later(west, seconds=-seconds)
    west.reports(EAST, 2, 4)
    assert [(step.given, step.reason) for step in give(west, east)] == [(2, None)]
    later(west, seconds=seconds + 1)
    later(east, seconds=1)
    west.reports(EAST, 4, 6)
    assert [(step.given, step.reason) for step in give(west, east)] == [(2, None)]
    assert west.faults() == east.faults() == []


def test_a_clock_that_was_ahead_costs_that_time(sides: tuple[Side, Side]) -> None:
    """A head from the future waits until the other side's clock is there; what was written since goes with it."""
    west, east = sides
    later(west, hours=1)
    west.reports(EAST, 0, 2)
    assert give(west, east)[0].reason == "clock-ahead"
    later(west, hours=-1)
    west.reports(EAST, 2, 4)
    assert give(west, east)[0].reason == "clock-ahead"
    later(west, hours=1)
    later(east, hours=1)
    west.reports(EAST, 4, 6)
    assert give(west, east)[0].given == 6
    assert west.faults() == east.faults() == []


@ONLY_SQLITE
def test_a_peer_that_lost_its_end_is_filled_up_again(tmp_path: Path) -> None:
    """East comes back from a backup: it says where it is, and gets the rest once more."""
    west, east = Side(WEST), Side(EAST, str(tmp_path / "east.db"))
    west.pair(EAST)
    east.pair(WEST)
    west.reports(EAST, 0, 10)
    give(west, east)
    east.store.close()
    shutil.copy(tmp_path / "east.db", tmp_path / "backup.db")
    east.store = open_store(tmp_path / "east.db")
    west.reports(EAST, 10, 20)
    give(west, east)
    east.store.close()
    for each in tmp_path.glob("east.db*"):
        each.unlink()
    shutil.copy(tmp_path / "backup.db", tmp_path / "east.db")
    east.store = open_store(tmp_path / "east.db")
    west.reports(EAST, 20, 30)
    give(west, east)
    assert (east.size(ORIGIN), east.faults()) == (30, [])
    east.store.close()


def test_a_key_is_rotated_in_the_ledger(sides: tuple[Side, Side]) -> None:
    """A leaf that old and new key signed: from then on the new one signs, and the old heads still verify."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from comity.ledger import keys
    from comity.services.prove.writing import Scribe

    west, east = sides
    fresh = Ed25519PrivateKey.generate()
    west.reports(EAST, 0, 2)
    statement = keys.rotation(WEST, KEYS[WEST], fresh)
    west.write(
        west.event(
            EAST,
            0,
            leaf_type=LeafType.KEY,
            event_id="key-2",
            observed=None,
            payload=None,
            facts={"statement": statement},
        )
    )
    west.scribe = Scribe(WEST, fresh, new_salt=lambda: bytes(16))
    west.reports(EAST, 2, 4)
    assert [step.given for step in give(west, east)] == [5]
    west.reports(EAST, 4, 6)
    assert [step.given for step in give(west, east)] == [2]
    assert east.faults() == []
    forger = Ed25519PrivateKey.generate()
    west.scribe = Scribe(WEST, forger, new_salt=lambda: bytes(16))
    west.reports(EAST, 6, 7)
    assert give(west, east)[0].reason == "head-not-signed"


@pytest.mark.parametrize("first", ["mail", "leaf"])
def test_leaf_and_mail_meet_by_the_id_of_the_report(sides: tuple[Side, Side], first: str) -> None:
    """Whichever comes second finds the first, also in the channel of another quarter; it counts once, by its leaf."""
    west, east = sides

    def mail() -> None:
        with east.store.write() as rows:
            quarter = "2027q1" if first == "mail" else "2026q4"
            rows.ledger.arrived_by_mail(WEST, EAST, quarter, reports={"cr1-0": 77})

    def leaf() -> None:
        west.reports(EAST, 0, 1)
        give(west, east)

    for each in (mail, leaf) if first == "mail" else (leaf, mail):
        each()
    with east.store.read() as rows:
        channel = rows.history.channel(ORIGIN)
        assert channel is not None
        (found,) = rows.history.find("cr1-0")
        assert (found.report_id, rows.history.unmet(channel.channel_id)) == (77, (0, 0))
        assert rows.ledger.exchanged(channel.channel_id) == (1, 1)
    assert east.faults() == []


def test_a_key_that_was_called_back_signs_no_receipt(sides: tuple[Side, Side]) -> None:
    """What a stolen key cosigns after its revocation is none."""
    from comity.ledger import keys
    from comity.services.prove import pairing

    from .two_sides import OFFLINE, card

    west, east = sides
    west.reports(EAST, 0, 1)
    statement = keys.revocation(card(EAST).ledger, OFFLINE[EAST], card(EAST).revocation.name)
    with west.store.write() as rows:
        assert pairing.revoke(rows.keys, statement, now=west.now) is not None
    assert give(west, east)[0].reason == "receipt-not-signed"
