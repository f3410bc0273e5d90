"""Answers that are due: counted in the receiver's business days on both sides, reminded of once, escalated once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import insert, update

from comity.accord.agreement import life
from comity.locale import catalogue
from comity.model.agreement_document import AgreementPaper
from comity.model.playbook import Calendar
from comity.services.prove.owed import counting
from comity.services.prove.owed.reminding import Looked, Ours, Reminding
from comity.store.tables.intake import item, raw, report_row
from comity.store.tables.sending import complaint, outcome_told, report_out

from ..agreement.two_desks import EAST, NOW, WEST, Side, agreed, both
from .post import live, mails, text_of

# Monday 23 November 2026; the 26th and 27th are holidays in the east, Saturday the 28th is worked instead.
HOLIDAYS = Calendar(
    zone=UTC, holidays=frozenset({date(2026, 11, 26), date(2026, 11, 27)}), extra_days=frozenset({date(2026, 11, 28)})
)
_numbers = count(1)


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    """Both agreed: two business days for an answer, five until somebody else is written to."""
    west, east = both()
    agreed(west, east, directions__west__answer_days=2, escalate_days=5, directions__west__acknowledge_days=1)
    yield west, east
    west.store.close()
    east.store.close()


def told(side: Side, day: date, n: int, **more: Any) -> list[int]:
    """So many reports of west about east, exchanged on a day."""
    ids = []
    with side.store.write() as rows:
        for number in (next(_numbers) for _ in range(n)):
            key = number.to_bytes(16, "big")
            values = {"digest": key * 2, "size": 1, "arrived": NOW}
            raw_id = rows.connection.execute(insert(raw).values(values).returning(raw.c.id)).scalar_one()
            made = {
                "key": key, "not_spam": False, "raw_id": raw_id, "name": "x", "arrived": NOW, "due": NOW,
                "state": "decided", "repeats": 0,
            }  # fmt: skip
            made_id = rows.connection.execute(insert(complaint).values(made).returning(complaint.c.id)).scalar_one()
            report: dict[str, Any] = {
                "report_key": key, "direction": "out", "evidence_class": "complaint", "is_complaint": True, "facts": "{}",
            }  # fmt: skip
            report_id = rows.connection.execute(
                insert(report_row).values(report | more).returning(report_row.c.id)
            ).scalar_one()
            rows.connection.execute(
                insert(report_out).values(
                    report_id=report_id, name=f"cr1-{number}", complaint_id=made_id, party="east", role="originator",
                    rule="agreement", reported=EAST, quarter="2026q4", day=day.isoformat(), source_net="-",
                )
            )  # fmt: skip
            ids.append(report_id)
    return ids


def got(side: Side, day: date, n: int) -> list[int]:
    """So many reports of west that arrived at east on a day."""
    ids = []
    with side.store.write() as rows:
        for number in (next(_numbers) for _ in range(n)):
            key, at = number.to_bytes(16, "big"), datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            values = {"digest": key * 2, "size": 1, "arrived": at}
            raw_id = rows.connection.execute(insert(raw).values(values).returning(raw.c.id)).scalar_one()
            came = {
                "raw_id": raw_id, "gate": "lmtp", "name": "x", "arrived": at, "kind": "arf", "why": "x", "reading": "{}",
            }  # fmt: skip
            item_id = rows.connection.execute(insert(item).values(came).returning(item.c.id)).scalar_one()
            report = {
                "item_id": item_id, "report_key": key, "direction": "in", "peer": WEST, "channel_id": 7,
                "evidence_class": "complaint", "is_complaint": True, "facts": "{}",
            }  # fmt: skip
            ids.append(
                rows.connection.execute(insert(report_row).values(report).returning(report_row.c.id)).scalar_one()
            )
    return ids


def looks(side: Side) -> Reminding:
    tokens = count()
    return Reminding(
        Ours(
            domain=side.name,
            address=f"feedback@{side.name}",
            organisation=side.name,
            words=(catalogue("en"), catalogue("zh")),
            calendar_of=lambda address: HOLIDAYS if address.endswith(EAST) else Calendar(zone=UTC),
            calendar=HOLIDAYS if side.name == EAST else Calendar(zone=UTC),
            new_token=lambda: f"t{side.now.timestamp():.0f}.{next(tokens)}",
        )
    )


def paper_of(rows: Any, side: Side) -> AgreementPaper:
    found = life.in_force(rows.agreements.of(EAST if side.name == WEST else WEST), side.now)
    assert found is not None
    return found


def look(side: Side, party: str | None = "east") -> Looked:
    with side.store.write() as rows:
        return looks(side).look(rows, paper_of(rows, side), party=party, now=side.now)


def at(side: Side, day: int, hour: int = 12, month: int = 11) -> None:
    side.now = datetime(2026, month, day, hour, tzinfo=UTC)


def test_both_sides_count_the_same_in_the_receivers_days(sides: tuple[Side, Side]) -> None:
    """Two business days with two holidays and a worked Saturday between: on the Sunday nothing is late, on Monday it is."""
    west, east = sides
    told(west, NOW.date() + timedelta(days=1), 3)  # Tuesday: Wednesday and Saturday are the two days
    got(east, NOW.date() + timedelta(days=1), 3)
    for day, late in ((26, 0), (28, 0), (29, 3), (30, 3)):
        for side in sides:
            at(side, day)
        theirs, ours = look(west, None).watch.theirs, look(east, None).watch.ours
        assert theirs is not None and ours is not None
        assert (theirs.open, theirs.overdue) == (ours.open, ours.overdue) == (3, late), day
    assert (theirs.oldest, theirs.answer_days, theirs.escalate_days) == (date(2026, 11, 24), 2, 5)


def test_whoever_owes_is_reminded_once_and_then_somebody_else(sides: tuple[Side, Side]) -> None:
    """One mail a deadline in both languages, however often somebody looks or starts again; then the contact for escalation."""
    west, _ = sides
    live(west, "east", "abuse@east.example")
    told(west, NOW.date(), 2)
    at(west, 25)
    assert look(west).mailed == ()
    at(west, 29)
    assert [kind for kind, _ in look(west).mailed] == ["reminder"]
    assert look(west).mailed == ()
    told(west, date(2026, 11, 25), 1)
    at(west, 30, 23)
    assert look(west).mailed == ()  # exchanged on Wednesday: Saturday and Monday
    at(west, 1, month=12)
    assert [kind for kind, _ in look(west).mailed] == ["reminder"]
    at(west, 3, month=12)
    assert [kind for kind, _ in look(west).mailed] == ["escalation"]
    assert look(west).mailed == ()
    first, second, third = mails(west)
    english, chinese = text_of(first[1]), "有 2 件报告的答复已逾期"
    assert "no answer to 2 reports" in english and "尚未收到贵方对 2 件报告的答复" in english
    assert english.index("尚未收到") < english.index("no answer"), "the other side's language comes first"
    assert "goes to you" in text_of(third[1])
    assert chinese not in text_of(second[1]) and "cr1-" in text_of(second[1])


def test_answered_retracted_and_later_reports_are_not_counted(sides: tuple[Side, Side]) -> None:
    """An answer ends it, on both sides; what was taken back, and what is no complaint, nobody waits for."""
    west, east = sides
    live(west, "east", "abuse@east.example")
    one, two, _ = told(west, NOW.date(), 3)
    told(west, NOW.date(), 1, is_complaint=False)
    answered, _ = got(east, NOW.date(), 2)
    with west.store.write() as rows:
        rows.connection.execute(update(report_out).where(report_out.c.report_id == one).values(outcome="stopped"))
        rows.connection.execute(update(report_row).where(report_row.c.id == two).values(retracted=NOW))
    with east.store.write() as rows:
        rows.connection.execute(insert(outcome_told).values(report_id=answered, outcome="stopped", at=NOW))
    for side in sides:
        at(side, 30)
    theirs, ours = look(west).watch.theirs, look(east, None).watch.ours
    assert theirs is not None and ours is not None
    assert (theirs.open, theirs.overdue, ours.open, ours.overdue) == (1, 1, 1, 1)


def test_who_is_not_live_is_told_nothing_and_is_told_later(sides: tuple[Side, Side]) -> None:
    """Counted all the same; when mail for it may leave, the first reminder covers what was due meanwhile."""
    west, _ = sides
    told(west, NOW.date(), 2)
    at(west, 30)
    done = look(west)
    assert (done.mailed, done.watch.reminded) == ((), None)
    assert done.watch.theirs is not None and done.watch.theirs.overdue == 2
    live(west, "east", "abuse@east.example")
    assert [kind for kind, _ in look(west).mailed] == ["reminder"]


def test_the_desk_and_escalation_are_those_of_the_agreement(sides: tuple[Side, Side]) -> None:
    """Where a contact for escalation is named it is written to, and nobody else."""
    west, east = both()
    contact = {
        "role": "escalation", "name": None, "address": "boss@east.example", "phone": None, "languages": ["zh"],
        "hours": None, "zone": None,
    }  # fmt: skip
    agreed(west, east, directions__west__answer_days=2, escalate_days=2, sides__east__contacts=[contact],
           directions__west__acknowledge_days=1)  # fmt: skip
    live(west, "east", "abuse@east.example")
    told(west, NOW.date(), 1)
    at(west, 30)
    assert look(west).mailed == (("reminder", "abuse@east.example"),)  # long overdue: its desk hears of it first
    at(west, 1, month=12)
    assert look(west).mailed == (("escalation", "boss@east.example"),)
    west.store.close()
    east.store.close()


def test_receipts_that_are_late_are_counted(sides: tuple[Side, Side]) -> None:
    """From a peer that gives receipts: leaves past the day; from one that never gave any, nothing is said."""
    west, east = sides
    west.reports(EAST, 0, 4)
    at(west, 30)
    theirs = look(west, None).watch.theirs
    assert theirs is not None and theirs.unreceipted is None
    west.now = NOW
    from ..two_sides import give

    give(west, east)
    west.now = NOW + timedelta(hours=1)
    west.reports(EAST, 4, 7)
    for day, late in ((24, 0), (26, 3)):
        at(west, day)
        theirs = look(west, None).watch.theirs
        assert theirs is not None and theirs.unreceipted == late, day


@pytest.mark.parametrize("days", [0, 1, 7, 365])
def test_a_deadline_never_goes_back(days: int) -> None:
    """Of two days the later one is due later, whatever holidays there are; a day without work gives nobody more time."""
    moments = [counting.due(NOW.date() + timedelta(days=each), days, HOLIDAYS) for each in range(14)]
    assert moments == sorted(moments)
