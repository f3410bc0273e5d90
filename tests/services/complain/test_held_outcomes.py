"""What was found out while mail for the network was held is offered when it goes live: told, or dropped; it is never lost."""

from datetime import timedelta
from typing import TYPE_CHECKING

from comity.model.case_outcome import CaseOutcome
from comity.model.sending import Peer, PeerState
from comity.services.public.today import needs
from comity.services.receive.conversation import withheld

from .test_loop import EAST_KEY, WEST_AGREEMENT, East, east, heard, mailed, outcomes, reported

if TYPE_CHECKING:
    from conftest import Desk

__all__ = ["east"]


def held(east: East) -> list[withheld.HeldOutcome]:
    """What west was not told."""
    with east.store.read() as rows:
        return withheld.held(rows, WEST_AGREEMENT, 10)


def waits(east: East) -> int:
    """How many outcomes the first page says that could be told."""
    with east.store.read() as rows:
        return sum(each.n for each in needs(rows, east.desk.now) if each.name == "outcomes")


def told(east: East) -> int:
    """Tell all of it."""
    ids = [each.report_id for each in held(east)]
    with east.store.write() as rows:
        answered = withheld.tell(rows, WEST_AGREEMENT, east.answering, report_ids=ids, now=east.desk.now)
    return answered.told


def test_a_peer_that_goes_live_can_be_told_what_was_held(desk: "Desk", east: East) -> None:
    """The outcome of a case that was closed before waits, leaves only when somebody says so, and arrives as any other."""
    reported(desk, east)
    assert east.tell().not_told == {"observe": 1}
    assert [(each.outcome, each.answerable.peer) for each in held(east)] == [("stopped", "west.example")]
    assert waits(east) == 0
    east.live()
    assert waits(east) == 1
    assert mailed(desk, east.store, "east.example", EAST_KEY) == []
    assert told(east) == 1
    (mail,) = mailed(desk, east.store, "east.example", EAST_KEY)
    heard(desk, mail)
    assert outcomes(desk) == ["stopped"]
    assert (held(east), waits(east), told(east)) == ([], 0, 0)


def test_the_last_word_about_a_case_is_told(desk: "Desk", east: East) -> None:
    """What was found out first and was wrong is not told."""
    reported(desk, east)
    east.tell(CaseOutcome.NO_FAULT)
    desk.later(minutes=1)
    east.tell(CaseOutcome.CLEANED)
    assert [each.outcome for each in held(east)] == ["cleaned"]


def test_while_the_peer_is_held_nothing_is_told(desk: "Desk", east: East) -> None:
    """Also where somebody asks for it; it waits on."""
    reported(desk, east)
    east.tell()
    assert told(east) == 0
    with east.store.write() as rows:
        suspended = Peer(name="west", address=WEST_AGREEMENT.address, state=PeerState.SUSPENDED, since=desk.now)
        rows.peers.put(suspended)
    assert told(east) == 0
    assert len(held(east)) == 1
    assert mailed(desk, east.store, "east.example", EAST_KEY) == []


def test_what_is_dropped_is_never_told(desk: "Desk", east: East) -> None:
    """It is on no list any more, and stays owed: nobody pretends that it was answered."""
    reported(desk, east)
    east.tell()
    (one,) = held(east)
    with east.store.write() as rows:
        assert withheld.drop(rows, WEST_AGREEMENT, report_ids=[one.report_id], by="ann", now=desk.now) == 1
        assert withheld.drop(rows, WEST_AGREEMENT, report_ids=[one.report_id], by="ann", now=desk.now) == 0
    east.live()
    assert (held(east), told(east), waits(east)) == ([], 0, 0)
    with east.store.read() as rows:
        assert sum(rows.owed_answers.by_us("west.example").values()) == 1


def test_a_report_that_came_after_the_finding_is_not_meant_by_it(desk: "Desk", east: East) -> None:
    """Nobody has looked at it yet: an old outcome does not answer it."""
    reported(desk, east)
    with east.store.write() as rows:
        case_ids = [each.case_id for each in rows.cases.newest(["customer:Shop"]).values()]
        rows.sources.found(case_ids, "stopped", desk.now - timedelta(days=1))
    assert case_ids
    assert held(east) == []
