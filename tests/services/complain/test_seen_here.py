"""What our own people complain about, and what our traps get, from a line of ours: sightings of two witnesses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comity.attribution.origin import Vantage
from comity.bootstrap.remedy.joining import from_complaints
from comity.feedback.parties import Parties
from comity.locale import catalogue
from comity.model.sighting import SightingClass
from comity.services.complain.looking import AtHand, Looking
from comity.services.complain.straight_line import StraightLine, Terms
from comity.services.operate.lease_import import Books
from comity.services.receive.subscribers.whose import Whose
from comity.services.remedy.sightings.joining import FromComplaints
from comity.settings import Settings
from comity.settings.kinds import Prefix
from comity.settings.own import OwnSettings
from comity.store.records import Records

from ..receive.subscribers.test_outside import Program, lease
from ..remedy.sightings.test_importing import Book
from .conftest import ARRIVED, WEST, Desk

OURS = "192.0.2.7"
SUBJECT = "subscriber:line-7"


def with_line(desk: Desk, *, traps: tuple[str, ...] = (), is_leased: bool = True) -> Desk:
    """West has lines of its own, and sees them."""
    began, ended = ARRIVED - timedelta(days=1), ARRIVED + timedelta(days=1)
    row = f"{OURS},,line-7,{began.isoformat()},{ended.isoformat()}"
    if is_leased:
        Books(desk.store.write, None).take([Book(f"address,ports,subscriber,began,ended\n{row}\n")])
    own = OwnSettings(networks=(Prefix().take("192.0.2.0/24", Path()),))
    vantage = Vantage(trusted_hosts=frozenset(WEST.trusted_hosts), own_domains=frozenset({"west.example"}))
    terms = Terms(provider=replace(WEST, traps=traps), parties=Parties(()), vantage=vantage, key=b"k" * 32)
    line = StraightLine(terms, words={"en": catalogue("en"), "zh": catalogue("zh")})
    desk.deciding._looks = AtHand(Looking(line))
    desk.deciding.seeing(from_complaints(replace(Settings(), own=own)))
    return desk


def decided(desk: Desk, number: int = 1, *, address: str = OURS, not_spam: bool = False) -> list[tuple[str, str]]:
    """Classes and sources of what is known of the line then."""
    desk.complain(number, address=address, not_spam=not_spam)
    desk.later(hours=1)
    desk.decide()
    with desk.store.read() as records:
        seen = records.bots.of({SUBJECT: ARRIVED - timedelta(days=9)}).get(SUBJECT, ())
        assert records.cases.on_subject(SUBJECT) == [] or len(seen) > 1
    return sorted((each.sighting_class.value, each.source) for each in seen)


def test_a_complaint_about_a_line_of_ours_is_a_sighting_that_tells_nobody(desk: Desk) -> None:
    """Whose line it was is known by the lease; another network's is passed over, and so is "not spam"."""
    with_line(desk)
    assert decided(desk, 1, address="198.51.100.7") == []
    assert decided(desk, 2, not_spam=True) == []
    assert decided(desk, 3) == [("complaint", "own-people")]
    assert decided(desk, 4) == [("complaint", "own-people")]


def test_a_trap_is_another_witness(desk: Desk) -> None:
    """A person and a trap together open the case of the line; each alone does not."""
    with_line(desk)
    decided(desk, 1)
    with_line(desk, traps=("ann@west.example",))
    assert decided(desk, 2) == [("complaint", "own-people"), ("trap", "own-traps")]
    with desk.store.read() as records:
        (case,) = records.cases.on_subject(SUBJECT)
        assert records.infestations.of([case.case_id])[case.case_id].certainty == "suspected"


def test_the_program_that_knows_is_asked_before_anything_is_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Books that another program keeps count here, too; no transaction waits for it, also while it is silent."""
    began, until = ARRIVED - timedelta(days=1), ARRIVED + timedelta(days=1)
    program = Program(lease(began=began, known_until=until))
    with_line(desk, is_leased=False)
    seen = desk.deciding._sights
    assert isinstance(seen, FromComplaints)
    seen._whose = Whose(seen._own, outside=program.book)
    asked_within, write = list[bool](), desk.store.write

    @contextmanager
    def watched() -> Iterator[Records]:
        with write() as records:
            before = len(program.asked)
            yield records
            asked_within.append(len(program.asked) > before)

    monkeypatch.setattr(desk.store, "write", watched)
    assert decided(desk, 1) == [("complaint", "own-people")]
    assert len(program.asked) == 1
    program.fault = "away"
    decided(desk, 2, address="192.0.2.8")
    assert (len(program.asked), any(asked_within)) == (3, False)


@pytest.mark.parametrize("line", ["", "Received: from h.example (h.example [192.0.2.7]) by other.example; x\n"])
def test_what_our_own_host_did_not_note_is_nobodys(desk: Desk, line: str) -> None:
    """An address that the mail itself claims is no sighting."""
    with_line(desk)
    forged = line.encode() + b"Delivered-To: ann@west.example\nFrom: a@b.example\nMessage-ID: <9@b.example>\n\nx\n"
    desk.mail = lambda number=1, address=OURS: forged  # type: ignore[method-assign]
    assert decided(desk) == []


def test_traps_and_people_are_classes_of_their_own() -> None:
    """So that one of each is two."""
    assert SightingClass.TRAP is not SightingClass.COMPLAINT
