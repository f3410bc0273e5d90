"""What leaves under an agreement that both signed: its scope, tier, quota, trial, and number of people, in one transaction."""

from copy import deepcopy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from comity.accord.agreement import drafting
from comity.accord.agreement.document import digest, faults_of, written
from comity.accord.agreement.making import document_of
from comity.ledger import leaf
from comity.model.agreement_document import AgreementAct, AgreementEvent, AgreementPaper
from comity.services.complain.deciding import Decided, Pacing
from comity.services.complain.straight_line import Mail
from comity.store.tables import sending
from comity.store.tables.agreements import agreement_paper, agreement_subject

if TYPE_CHECKING:
    from conftest import Desk

WEST, EAST = "west.example", "east.example"
PERSONAL = {"legal_basis": "legitimate-interest", "transfer": "derogation", "subjects": 100}


@pytest.fixture
def desk(desk: "Desk") -> "Desk":
    """West, which knows what its domain is, and what its settings call east."""
    made = type(desk)(desk.store, pacing=Pacing(our_domain=WEST, names={EAST: "east"}))
    made.live("east")
    return made


def signed(
    desk: "Desk", *, number: int = 1, previous: str | None = None, end: datetime | None = None, **ours: Any
) -> str:
    """Terms with east that both signed, in west's store; ``ours`` is about what west sends."""
    sides = {
        WEST: drafting.side(WEST, organisation="West", address="feedback@west.example", language="en"),
        EAST: drafting.side(EAST, organisation="East", address="fbl@east.example", language="zh"),
    }
    record = drafting.begun(WEST, EAST, sides)
    record["sides"][WEST]["jurisdictions"], record["sides"][EAST]["jurisdictions"] = ["US"], ["CN"]
    record["sides"][EAST]["networks"] = ["198.51.100.0/24"]
    record["directions"][WEST] |= {"tier": "T2", **PERSONAL, **ours}
    record = deepcopy(drafting.stamped(record, WEST, number=number, previous=previous, now=desk.now))
    assert list(faults_of(record)) == []
    data = written(record)
    events = [AgreementEvent(act=AgreementAct.ACCEPT, at=desk.now, by=EAST)]
    if end is not None:
        events.append(AgreementEvent(act=AgreementAct.END, at=desk.now, by=EAST, effective=end))
    paper = AgreementPaper(digest=digest(data), peer=EAST, document=document_of(record), note="", events=tuple(events))
    with desk.store.write() as rows:
        rows.agreements.add(paper, data)
    return paper.digest


def complain(desk: "Desk", number: int, mailbox: str = "ann", address: str = "198.51.100.7") -> None:
    data = desk.mail(number, address).replace(b"ann@", f"{mailbox}@".encode())
    with desk.store.write() as rows:
        desk.complaints.enter(rows, Mail(path=f"{number}.eml", data=data), desk.now)


def decided(desk: "Desk") -> Any:
    desk.later(minutes=16)
    return desk.decide()


def leaves(desk: "Desk") -> list[dict[str, Any]]:
    with desk.store.read() as rows:
        return [
            record
            for channel in rows.ledger.channels()
            for each in rows.history.written(channel.channel_id, 0, channel.size)
            if (record := leaf.read(each.data)) is not None
        ]


def rows_of(desk: "Desk", *names: str) -> list[tuple[Any, ...]]:
    with desk.store.read() as rows:
        query = select(*(sending.outbox.c[name] for name in names)).order_by(sending.outbox.c.id)
        return [tuple(row) for row in rows.connection.execute(query)]


def people(desk: "Desk") -> int:
    with desk.store.read() as rows:
        return len(rows.connection.execute(select(agreement_subject)).all())


def test_what_leaves_names_its_terms(desk: "Desk") -> None:
    """Row and leaf say under which version, and under which document, a report went; it is counted there."""
    terms = signed(desk, tlp="TLP:GREEN")
    complain(desk, 1)
    assert decided(desk).released == 1
    (report,) = leaves(desk)
    assert (report["agreement"], report["terms"], report["tlp"], report["tier"]) == (1, terms, "TLP:GREEN", "T2")
    with desk.store.read() as rows:
        assert rows.connection.execute(select(agreement_paper.c.sent)).scalar_one() == 1


def test_the_document_goes_before_the_settings(desk: "Desk") -> None:
    """The settings say T2 for this network; both signed T1, and nobody is counted."""
    signed(desk, tier="T1", legal_basis=None, transfer=None, subjects=None)
    complain(desk, 1)
    assert decided(desk).released == 1
    assert leaves(desk)[0]["tier"] == "T1" and people(desk) == 0


def test_what_is_not_in_scope_does_not_leave(desk: "Desk") -> None:
    """A network that the document does not name, whatever the settings said."""
    signed(desk)
    complain(desk, 1, address="192.0.2.9")
    found = decided(desk)
    assert found.released == 0 and found.refused["no-agreement-and-no-cfbl-address"] == 1


def test_after_its_end_there_is_a_named_no(desk: "Desk") -> None:
    """Also where the settings still name the peer."""
    signed(desk, end=desk.now + timedelta(days=1))
    complain(desk, 1)
    assert decided(desk).released == 1
    desk.later(days=2)
    complain(desk, 2)
    found = decided(desk)
    assert (found.released, dict(found.refused)) == (0, {"agreement-ended": 1})


def test_a_class_that_was_not_agreed_is_a_named_no(desk: "Desk") -> None:
    """Only what the document lists."""
    signed(desk, classes=["not-spam"])
    complain(desk, 1)
    assert dict(decided(desk).refused) == {"class-not-agreed": 1}


def test_the_quota_of_the_document_holds(desk: "Desk") -> None:
    """What is over it waits for the next day."""
    signed(desk, quota=2)
    for number in range(4):
        complain(desk, number)
    found = decided(desk)
    assert (found.released, dict(found.held)) == (2, {"quota": 2})
    desk.later(days=1)
    assert desk.deciding.sweep(desk.now).released == 2


def test_a_trial_shows_less_and_stops_at_its_number(desk: "Desk") -> None:
    """T1 meanwhile, so many in all; when it is over the rest leaves, and more is shown."""
    until = int((desk.now + timedelta(days=3)).timestamp())
    signed(desk, trial={"until": until, "reports": 2, "tier": "T1"})
    for number in range(3):
        complain(desk, number)
    found = decided(desk)
    assert (found.released, dict(found.held)) == (2, {"trial-volume": 1})
    assert {each["tier"] for each in leaves(desk)} == {"T1"} and people(desk) == 0
    desk.later(days=3)
    assert desk.deciding.sweep(desk.now).released == 1
    complain(desk, 9)
    decided(desk)
    assert leaves(desk)[-1]["tier"] == "T2" and people(desk) == 1


def test_it_stops_at_the_number_of_people(desk: "Desk") -> None:
    """The same person again is no new one; another one is a named no; after twelve months there is room again."""
    signed(desk, subjects=1)
    complain(desk, 1)
    complain(desk, 2)
    complain(desk, 3, "bob")
    found = decided(desk)
    assert (found.released, dict(found.refused)) == (2, {"subjects-reached": 1})
    assert people(desk) == 1
    desk.later(days=364)
    complain(desk, 4, "bob")
    assert dict(decided(desk).refused) == {"subjects-reached": 1}
    desk.later(days=2)
    complain(desk, 5, "bob")
    assert decided(desk).released == 1


def test_what_is_held_is_not_counted_and_leaves_within_the_quota(desk: "Desk") -> None:
    """Going live lets out what the document allows today; the rest waits for tomorrow, and nobody was counted before."""
    signed(desk, quota=2)
    desk.peering.observe("east", now=desk.now)
    for number in range(5):
        complain(desk, number, f"reader{number}")
    assert dict(decided(desk).held) == {"observe": 5}
    assert people(desk) == 0
    _, released = desk.peering.live("east", now=desk.now, with_held=True)
    assert (released, people(desk)) == (2, 2)
    assert rows_of(desk, "state", "reason")[2:] == [("held", "quota")] * 3
    desk.later(days=1)
    assert desk.deciding.sweep(desk.now).released == 2


def test_what_was_made_under_other_terms_never_leaves(desk: "Desk") -> None:
    """A report that was held while the terms changed ends, with its reason."""
    first = signed(desk)
    desk.peering.observe("east", now=desk.now)
    complain(desk, 1)
    decided(desk)
    signed(desk, number=2, previous=first, quota=7)
    _, released = desk.peering.live("east", now=desk.now, with_held=True)
    assert released == 0 and rows_of(desk, "state", "reason") == [("expired", "agreement-changed")]
    assert leaves(desk) == []


def test_terms_that_change_while_a_complaint_is_looked_at(desk: "Desk") -> None:
    """It is not sent under what holds no more: it waits, and is looked at again."""
    first = signed(desk)
    complain(desk, 1)
    desk.later(minutes=16)
    tasks = desk.deciding._due(desk.now, ())
    desk.deciding._begin(tasks)
    looked = desk.deciding._looked_at(tasks)
    signed(desk, number=2, previous=first, tier="T1", legal_basis=None, transfer=None, subjects=None)
    found = Decided()
    with desk.store.write() as rows:
        desk.deciding._apply(rows, looked, found, now=desk.now)
    assert (found.complaints, found.released, leaves(desk)) == (0, 0, [])
    assert desk.decide().released == 1
    assert (leaves(desk)[0]["agreement"], leaves(desk)[0]["tier"]) == (2, "T1")


def test_p3_holds_under_agreements(desk: "Desk") -> None:
    """Leaves, rows and roll-ups are the same number, whatever was refused or held."""
    signed(desk, quota=3, subjects=2)
    for number in range(8):
        complain(desk, number, f"reader{number % 4}")
    decided(desk)
    with desk.store.read() as rows:
        (channel,) = rows.ledger.channels()
        assert rows.ledger.exchanged(channel.channel_id) == (3, 3) == (channel.size, 3)
