"""A consumer that takes complainers off its list while its spam goes on is found, and shown less from then on."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest

from comity.feedback.washing import Verdict
from comity.ledger import leaf
from comity.model.recourse import Measure
from comity.services.complain.deciding import Pacing
from comity.services.complain.straight_line import Mail
from comity.services.prove.recourse.acting import Imposing, RecourseDesk, Terms
from comity.services.prove.washing import Looked, look, lower

if TYPE_CHECKING:
    from conftest import Desk

WEST, EAST = "west.example", "east.example"
NAMES = (f"R-{n:020d}" for n in count())


@pytest.fixture
def desk(desk: "Desk") -> "Desk":
    """West, with east live."""
    made = type(desk)(desk.store, pacing=Pacing(our_domain=WEST, names={EAST: "east"}))
    made.live("east")
    return made


def complain(desk: "Desk", mailboxes: Iterator[str] | list[str], *, number: int = 1) -> None:
    for mailbox in mailboxes:
        data = desk.mail(number).replace(b"ann@", f"{mailbox}@".encode())
        data = data.replace(f"<{number}@".encode(), f"<{number}.{mailbox}@".encode())
        with desk.store.write() as rows:
            desk.complaints.enter(rows, Mail(path=f"{mailbox}.{number}.eml", data=data), desk.now)


def decide(desk: "Desk") -> Any:
    desk.later(minutes=16)
    return desk.decide()


def tiers(desk: "Desk") -> list[str]:
    with desk.store.read() as rows:
        return [
            record["tier"]
            for channel in rows.ledger.channels()
            for each in rows.history.written(channel.channel_id, 0, channel.size)
            if (record := leaf.read(each.data)) is not None and record["type"] == "report"
        ]


def recourse(rows: Any, now: datetime) -> RecourseDesk:
    terms = Terms(
        ours=WEST,
        warning=timedelta(hours=48),
        owed_by=lambda now: now + timedelta(days=5),
        new_reference=lambda: next(NAMES),
    )
    return RecourseDesk(rows, terms, None, actor="comity", now=now)


def looked(desk: "Desk") -> Looked:
    with desk.store.read() as rows:
        (found,) = look(rows, desk.now)
    return found


def washed(desk: "Desk", *, mails_a_day: int) -> None:
    """Fifty people complain and are never heard of again; five weeks later fifty others do."""
    begin = desk.now
    complain(desk, [f"early{n}" for n in range(50)])
    assert decide(desk).released == 50
    desk.later(days=35)
    complain(desk, [f"late{n}" for n in range(50)])
    assert decide(desk).released == 50
    desk.later(days=10)
    with desk.store.write() as rows:
        days = {(EAST, (begin - timedelta(days=20) + timedelta(days=n)).date()): mails_a_day for n in range(70)}
        rows.positions.put_sent(days)


def test_a_washer_loses_its_tier_and_can_object(desk: "Desk") -> None:
    """From the consequence on nothing names a complainer; when it is lifted, all is as before."""
    washed(desk, mails_a_day=300)
    found = looked(desk)
    assert (found.washing.verdict, found.washing.told, found.washing.returned) == (Verdict.WASHES, 50, 0)
    with desk.store.write() as rows:
        (made,) = lower(recourse(rows, desk.now), [found], desk.now)
    assert (made.measure, made.subject, made.ends - desk.now) == (Measure.SHOWN_LESS, EAST, timedelta(days=60))
    assert "50 complainers shown, 0 complained again" in made.reason
    complain(desk, ["ann"], number=7)
    assert decide(desk).released == 1
    assert tiers(desk)[-1] == "T1" and set(tiers(desk)[:-1]) == {"T2"}
    again = looked(desk)
    assert again.is_lowered
    with desk.store.write() as rows:
        assert lower(recourse(rows, desk.now), [again], desk.now) == []  # once
        recourse(rows, desk.now).argue(made.reference, "We mend our forms")
        recourse(rows, desk.now).answer(made.reference, "We saw it", grants=True)
    complain(desk, ["bob"], number=8)
    assert decide(desk).released == 1
    assert tiers(desk)[-1] == "T2"


def test_it_ends_by_itself(desk: "Desk") -> None:
    """After sixty days, without anybody doing anything."""
    washed(desk, mails_a_day=300)
    found = looked(desk)
    with desk.store.write() as rows:
        lower(recourse(rows, desk.now), [found], desk.now)
    desk.later(days=61)
    complain(desk, ["ann"], number=7)
    assert decide(desk).released == 1
    assert tiers(desk)[-1] == "T2"


def test_what_is_held_with_a_name_never_leaves(desk: "Desk") -> None:
    """A quota held it; then the peer was shown less."""
    made = type(desk)(desk.store, pacing=Pacing(our_domain=WEST, names={EAST: "east"}, per_day=1), now=desk.now)
    complain(made, ["ann", "bob"])
    found = decide(made)
    assert (found.released, dict(found.held)) == (1, {"quota": 1})
    with made.store.write() as rows:
        wanted = Imposing(
            subject=EAST, measure=Measure.SHOWN_LESS, reason="it washes", ends=made.now + timedelta(days=9),
            given={"complaint": 1}, peer=EAST,
        )  # fmt: skip
        recourse(rows, made.now).impose(wanted)
    made.later(days=1)
    assert made.deciding.sweep(made.now).released == 0
    assert [reason for _, _, reason in made.outbox()][1] == "shown-less"


def test_a_good_sender_keeps_its_tier(desk: "Desk") -> None:
    """The same complaints among a hundred times the mail."""
    washed(desk, mails_a_day=30_000)
    found = looked(desk)
    assert found.washing.verdict is Verdict.GOOD_RATE
    with desk.store.write() as rows:
        assert lower(recourse(rows, desk.now), [found], desk.now) == []
