"""Somebody who knows the mail says it first, to keep what others say from counting: each of them counts as if he had not."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from comity.cases.sources.naming import JoinedLoop, Naming
from comity.model.desk import Act, CaseState
from comity.model.retention import KeptClass
from comity.model.submission import Submission
from comity.services.receive.desk import Desk
from comity.services.receive.ingest import Ingest
from comity.services.receive.planning import Ingested, Terms
from comity.services.receive.prepare import Prepared
from comity.services.receive.signers import SeenKey
from comity.services.receive.sources.keeping import Sources
from comity.store.engine import Store
from comity.store.tables.intake import report_row

from ...retention import erase_class
from ..stores import store
from .intake import NOW, OWN, arf, cases, counts, fates, ingest, prepared

__all__ = ["store"]

WEST, EAST, NEWS = "customer:West Hosting", "customer:East Shop", "customer:Newsletter"
LOOP = JoinedLoop(name="west", domains=("west.example",))


def _said_first(about: str, *fields: str, number: int = 1) -> bytes:
    """A report of a stranger about one mail: what he wants to say of it, and no more."""
    return (
        f"From: me@stranger{number}.example\nTo: abuse@east.example\nSubject: report\n"
        f"Message-ID: <s{number}@stranger.example>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nA complaint.\n\n"
        "--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nUser-Agent: x/1\nVersion: 1\n"
        + "".join(f"{each}\n" for each in fields)
        + f"\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <{about}>\n\nbuy\n\n--b--\n"
    ).encode()


def _signed(data: bytes) -> Prepared:
    """A report whose signature we verified."""
    return replace(
        prepared(data),
        signed_by=("west.example",),
        seen_keys={"west.example": SeenKey(selector="s", record="v=DKIM1; p=")},
    )


def _ingest(store: Store, *items: Prepared) -> list[Ingested]:
    """Take in what comes, by somebody who joined a loop."""
    service = Ingest(Terms(own=OWN), sources=Sources(Naming([LOOP])))
    with store.write() as records:
        return list(service.apply(items, records, NOW))


def _by_lots(store: Store, items: Iterable[bytes], *, together: bool) -> None:
    lots = [list(items)] if together else [[each] for each in items]
    for lot in lots:
        ingest(store, *lot, now=NOW + timedelta(minutes=1))


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("fields", "lost"),
    [
        ((), 0),  # it leads nowhere
        (("Reported-Domain: stranger.example",), 0),
        (("Reported-Domain: news.example",), 0),  # into another case
        (("Source-IP: 192.0.2.7",), 1),  # into the right one: it stands for one person
    ],
)
def test_whoever_says_it_first_stands_for_one_person_at_most(
    store: Store, fields: tuple[str, ...], lost: int, together: bool
) -> None:
    """One report that names no recipient, about a mail that went to many."""
    real = [arf(n, recipient=f"reader{n}@mail.example", about="issue@shop.example") for n in range(1, 21)]
    _by_lots(store, [_said_first("issue@shop.example", *fields), *real], together=together)
    case = cases(store)[WEST]
    assert (case.reports, case.repeats) == (20, lost)
    assert case.complainers == 20


@pytest.mark.parametrize("together", [True, False])
def test_however_many_strangers_say_it_first_providers_are_heard(store: Store, together: bool) -> None:
    """Each stranger's word is one more complaint, or one more way in which one person said it; it takes none away."""
    strangers = [_said_first("issue@shop.example", "Source-IP: 192.0.2.7", number=n) for n in range(1, 40)]
    real = [arf(n, recipient=f"reader{n}@mail.example", about="issue@shop.example") for n in range(1, 21)]
    _by_lots(store, [*strangers, *real], together=together)
    assert cases(store)[WEST].complainers >= 20


@pytest.mark.parametrize("together", [True, False])
def test_two_people_without_a_name_are_two(store: Store, together: bool) -> None:
    """A provider that hides its people tells of two: another one that hides them, too, told of one of them before."""
    first = _said_first("issue@shop.example", "Source-IP: 192.0.2.7", "Arrival-Date: Fri, 20 Mar 2026 09:00:00 +0000")
    others = [
        _said_first(
            "issue@shop.example", "Source-IP: 192.0.2.7", f"Arrival-Date: Fri, 20 Mar 2026 09:0{n}:00 +0000", number=2
        ).replace(b"<s2@", f"<s2-{n}@".encode())
        for n in range(3)
    ]
    _by_lots(store, [first, *others], together=together)
    assert (cases(store)[WEST].reports, cases(store)[WEST].repeats) == (3, 1)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("report_id", [None, "cr1-x"])
def test_what_nobody_proved_takes_nothing_from_what_somebody_proved(
    store: Store, report_id: str | None, together: bool
) -> None:
    """The spammer knows Message-ID and recipient, and forges the report that will come: the real one counts all the same, once."""
    forged = prepared(arf(1, report_id=report_id, carrier="forged@west.example"), "0.eml")
    real = _signed(arf(1, report_id=report_id))
    again = replace(_signed(arf(1, report_id=report_id, carrier="again@west.example")), delivery=forged.delivery)
    lots = [[forged, real, again]] if together else [[forged], [real], [again]]
    done = [each for lot in lots for each in _ingest(store, *lot)]
    assert fates(done) == ["case", "case", "repeat"]
    assert cases(store)[WEST].complainers == 1
    assert counts(store)["new"] == 2
    with store.read() as records:
        rows = records.connection.execute(select(report_row).where(report_row.c.duplicate_of.is_(None))).all()
    assert [each.source for each in rows] == ["mail:west.example", "loop:west"]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("report_id", [None, "cr1-x"])
def test_what_a_program_hands_over_takes_nothing_from_what_was_signed(
    store: Store, report_id: str | None, together: bool
) -> None:
    """A program that empties a mailbox has a token, and what strangers wrote to it."""
    handed = Submission(submission_id="1", token_id="4a1f", digest="00")
    forged = prepared(arf(1, report_id=report_id, carrier="forged@west.example"), "0.eml", submission=handed)
    real, again = _signed(arf(1, report_id=report_id)), _signed(arf(1, report_id=report_id, trace="X: 1\n"))
    lots = [[forged, real, again]] if together else [[forged], [real], [again]]
    assert fates(each for lot in lots for each in _ingest(store, *lot)) == ["case", "case", "repeat"]
    assert cases(store)[WEST].complainers == 1


def test_what_somebody_proved_stands_for_what_nobody_did(store: Store) -> None:
    """The other way round it is one complaint that came by two ways."""
    done = _ingest(store, _signed(arf(1)), prepared(arf(1, carrier="other@north.example", provider="x@north.example")))
    assert fates(done) == ["case", "repeat"]


@pytest.mark.parametrize("together", [True, False])
def test_the_id_of_a_report_that_leads_elsewhere_takes_no_other_one(store: Store, together: bool) -> None:
    """Nobody proved anything: the id that a stranger forged, about another customer, keeps the real report out of no case."""
    forged = arf(1, report_id="cr1-x", source="192.0.2.200", carrier="forged@west.example")
    real = [arf(1, report_id="cr1-x"), arf(1, report_id="cr1-x", carrier="again@west.example")]
    _by_lots(store, [forged, *real], together=together)
    assert {key: each.reports for key, each in cases(store).items()} == {EAST: 1, WEST: 1}
    assert counts(store)["new"] == 2


def test_what_was_erased_is_no_fault_when_it_comes_again(store: Store) -> None:
    """The report of years ago, in other wrapping: a repeat, and nothing that cannot be worked off."""
    ingest(store, arf(1, report_id="cr1-x"))
    with store.write() as records:
        desk = Desk(records, actor="li", now=NOW)
        desk.act(desk.find(WEST), Act.CLOSE)
    later = NOW + timedelta(days=500)
    with store.write() as records:
        assert erase_class(records, KeptClass.NORMALISED, later, part="report") == 1
    done = ingest(store, arf(1, report_id="cr1-x", carrier="again@west.example"), now=later)
    assert fates(done) == ["repeat"]
    assert (counts(store)["shunt"], cases(store)[WEST].state) == (0, CaseState.CLOSED)
