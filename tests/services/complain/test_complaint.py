"""Ann complains, thinks again, or does not: what waits, what leaves, and what the ledger says of it."""

from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from comity.model.retention import KeptClass
from comity.model.sending import OutboxState
from comity.services.complain.complaint import Complaints, Fate
from comity.services.complain.deciding import Decided, Pacing
from comity.services.complain.looking import Looking
from comity.services.complain.straight_line import Mail
from comity.store.engine import open_store
from comity.store.tables import intake, sending

from ...retention import erase_class

if TYPE_CHECKING:
    from conftest import Desk


def test_a_complaint_waits(desk: "Desk") -> None:
    """For a quarter of an hour nothing is decided; then each party has one report on its way."""
    desk.live("east")
    assert desk.complain().fate is Fate.WAITS
    desk.later(minutes=14)
    assert desk.decide().complaints == 0
    desk.later(minutes=1)
    assert desk.decide().released == 1
    assert desk.outbox() == [("east", OutboxState.WAITING, None)]
    assert desk.leaves() == {"report": 1}
    assert desk.faults() == []


def test_large_mails_come_few_at_a_time(desk: "Desk") -> None:
    """What is looked at together takes no more room than is given; a mail that is larger than that comes alone."""
    desk.live("east")
    for number in range(1, 4):
        desk.complain(number)
    desk.later(minutes=15)
    with desk.store.read() as view:
        all_of_them = view.sending.due(desk.now, 10, room=1 << 20)
        one = len(all_of_them[0].packed or b"")
        lots = [[each.complaint_id for each in view.sending.due(desk.now, 10, room=room)] for room in (1, 2 * one + 9)]
    first, second, _ = (each.complaint_id for each in all_of_them)
    assert lots == [[first], [first, second]]
    assert desk.decide().released == 3


def test_not_spam_takes_it_back(desk: "Desk") -> None:
    """Within the quarter of an hour, the opposite undoes it: nobody is told anything."""
    desk.live("east")
    desk.complain()
    desk.later(minutes=5)
    assert desk.complain(not_spam=True).fate is Fate.TAKEN_BACK
    desk.later(hours=1)
    assert desk.decide().complaints == 0
    assert desk.outbox() == []
    assert desk.leaves() == {}


def test_an_identity_that_no_index_has_room_for(desk: "Desk") -> None:
    """A Message-ID of three thousand bytes: whoever is to be told is told, and of two such mails with one beginning each is one."""
    desk.live("east")
    signs = "".join(map(chr, range(0x4E00, 0x4E00 + 900)))
    for end in ("一", "二"):
        data = desk.mail().replace(b"1@shop.example", f"{signs}{end}@shop.example".encode())
        with desk.store.write() as rows:
            assert desk.complaints.enter(rows, Mail(path="1.eml", data=data), desk.now).fate is Fate.WAITS
    desk.later(minutes=15)
    assert desk.decide().released == 2
    assert desk.leaves() == {"report": 2}
    with desk.store.read() as rows:
        kept = set(rows.connection.scalars(select(intake.report_row.c.message_id)))
    assert len(kept) == 2
    assert max(len(each.encode()) for each in kept) < 700


def test_what_was_taken_back_can_be_said_again(desk: "Desk") -> None:
    """The last word counts: a complaint that is made again waits again."""
    desk.live("east")
    desk.complain()
    desk.complain(not_spam=True)
    assert desk.complain().fate is Fate.WAITS
    desk.later(hours=1)
    assert desk.decide().released == 1


def test_too_late_it_is_retracted(desk: "Desk") -> None:
    """After it was exchanged, "not spam" writes a retraction: leaf, row and roll-up together."""
    desk.live("east")
    desk.complain()
    desk.later(hours=1)
    desk.decide()
    entered = desk.complain(not_spam=True)
    assert (entered.fate, entered.retracted) == (Fate.RETRACTED, 1)
    assert desk.leaves() == {"report": 1, "retract": 1}
    assert desk.outbox() == [("east", OutboxState.WITHDRAWN, "taken-back")]
    assert desk.faults() == []


def test_a_retraction_stands_where_the_report_stands(desk: "Desk") -> None:
    """A new quarter has a channel of its own; what is taken back is taken back in the old one."""
    desk.live("east")
    desk.complain()
    desk.later(hours=1)
    desk.decide()
    desk.later(days=60)
    desk.complain(not_spam=True)
    (verdict,) = desk.verdicts()
    assert (verdict.channel.quarter, verdict.leaves, verdict.faults) == ("2026q1", 2, ())


def test_whoever_asked_for_it_hears_the_opposite_too(desk: "Desk") -> None:
    """A peer whose agreement takes "not spam" gets it as a report of its own, after the same wait."""
    desk.live("shop")
    desk.complain(address="203.0.113.9")
    desk.later(hours=1)
    desk.decide()
    desk.complain(not_spam=True, address="203.0.113.9")
    desk.later(hours=1)
    assert desk.decide().released == 1
    assert desk.leaves() == {"report": 1, "retract": 1, "not-spam": 1}
    assert desk.faults() == []


def test_said_twice_it_counts_once(desk: "Desk") -> None:
    """By whatever way and however often, before and after it was decided."""
    desk.live("east")
    desk.complain()
    assert desk.complain().fate is Fate.REPEATED
    with desk.store.write() as rows:
        moved = desk.mail().replace(b"Subject:", b"X-Folder: Junk\nSubject:")
        assert desk.complaints.enter(rows, Mail(path="2.eml", data=moved), desk.now).fate is Fate.REPEATED
    desk.later(hours=1)
    desk.decide()
    assert desk.complain().fate is Fate.REPEATED
    desk.later(hours=1)
    desk.decide()
    assert len(desk.outbox()) == 1


def test_at_first_the_program_observes(desk: "Desk") -> None:
    """Without a word of the operator reports are held, and no ledger speaks of them: they were not exchanged."""
    desk.complain()
    desk.later(hours=1)
    assert desk.decide().held == {"observe": 1}
    assert desk.outbox() == [("east", OutboxState.HELD, "observe")]
    assert desk.leaves() == {}
    desk.live("east")
    assert desk.outbox() == [("east", OutboxState.HELD, "observe")]
    desk.live("east", with_held=True)
    assert desk.outbox() == [("east", OutboxState.WAITING, None)]
    assert desk.leaves() == {"report": 1}
    assert desk.faults() == []


def test_each_peer_goes_live_alone(desk: "Desk") -> None:
    """What the operator says of one peer says nothing of another."""
    desk.live("east")
    desk.complain(1)
    desk.complain(2, address="203.0.113.9")
    desk.later(hours=1)
    desk.decide()
    assert desk.outbox() == [("east", OutboxState.WAITING, None), ("shop", OutboxState.HELD, "observe")]


def test_a_held_report_can_be_taken_back(desk: "Desk") -> None:
    """Nothing was exchanged, so nothing is retracted, and it does not leave later."""
    desk.complain()
    desk.later(hours=1)
    desk.decide()
    assert desk.complain(not_spam=True).retracted == 0
    desk.live("east", with_held=True)
    assert desk.outbox() == [("east", OutboxState.WITHDRAWN, "taken-back")]
    assert desk.leaves() == {}


def test_what_is_held_for_long_ends(desk: "Desk") -> None:
    """After two weeks a held report is history, with its reason."""
    desk.complain()
    desk.later(hours=1)
    desk.decide()
    desk.later(days=15)
    desk.deciding.sweep(desk.now)
    assert desk.outbox() == [("east", OutboxState.EXPIRED, "held-too-long")]


def test_more_than_agreed_waits_for_the_next_day(desk: "Desk") -> None:
    """Beyond the quota of a day reports are held by that name; a new day lets out as many again."""
    paced = type(desk)(desk.store, pacing=Pacing(quotas={"east": 2}))
    paced.live("east")
    for number in range(5):
        paced.complain(number)
    paced.later(hours=1)
    assert paced.decide().held == {"quota": 3}
    assert paced.deciding.sweep(paced.now).released == 0
    paced.later(days=1)
    assert paced.deciding.sweep(paced.now).released == 2
    assert [reason for _, _, reason in paced.outbox()] == [None, None, None, None, "quota"]
    assert paced.leaves() == {"report": 4}
    assert paced.faults() == []


def broken(desk: "Desk", errors: list[Exception]) -> None:
    """The straight line fails so often, then works."""
    whole, left = desk.line.complain, iter(errors)

    def failing(mail: Mail, now: datetime) -> object:
        for error in left:
            raise error
        return whole(mail, now)

    desk.line.complain = failing  # type: ignore[assignment,method-assign]


def test_what_was_put_aside_is_tried_again(desk: "Desk") -> None:
    """It stands there with its reason; when that is gone it is decided on, with all that it needs, in the ledger as others."""
    desk.live("east")
    desk.complain(1)
    broken(desk, [RuntimeError(), KeyError()])
    desk.later(hours=1)
    assert desk.decide().shunted == 1
    again = desk.deciding.retry([], desk.now)
    assert (again.shunted, again.aside) == (1, [1])
    with desk.store.read() as rows:
        (aside,) = rows.sending.shunted()
    assert (aside.reason, aside.detail, aside.tries, aside.due.mailbox) == ("fault", "KeyError", 2, "ann@west.example")
    assert desk.deciding.retry([7], desk.now).complaints == 0
    assert desk.deciding.retry([1], desk.now).released == 1
    with desk.store.read() as rows:
        assert rows.sending.shunted() == []
        assert rows.connection.execute(select(sending.complaint.c.mailbox)).scalar() is None
    assert desk.leaves() == {"report": 1}
    assert desk.faults() == []
    assert desk.deciding.retry([], desk.now).complaints == 0


def test_what_was_put_aside_can_be_taken_back(desk: "Desk") -> None:
    """ "Not spam" about it ends it: nobody is told, now or when it is tried again."""
    desk.live("east")
    desk.complain(1)
    broken(desk, [RuntimeError()])
    desk.later(hours=1)
    desk.decide()
    assert desk.complain(1, not_spam=True).fate is Fate.TAKEN_BACK
    assert desk.deciding.retry([], desk.now).complaints == 0
    assert desk.outbox() == []


def test_the_mail_of_what_was_put_aside_is_kept(desk: "Desk") -> None:
    """Bytes whose time is over go, but not those that are still needed."""
    desk.complaints = Complaints(desk.line, desk.exchange, keep=timedelta(days=1))
    desk.complain(1)
    desk.complain(2)
    broken(desk, [RuntimeError()])
    desk.later(hours=1)
    desk.decide()
    desk.later(days=2)
    with desk.store.write() as rows:
        assert erase_class(rows, KeptClass.RAW, desk.now) == 1
    assert desk.deciding.retry([], desk.now).shunted == 0


def test_a_fault_costs_one_complaint(desk: "Desk") -> None:
    """What we cannot look at is shunted; the next complaint is decided."""
    desk.live("east")
    desk.complain(1)
    desk.complain(2)
    broken, whole = desk.line.complain, iter([RuntimeError()])

    def failing(mail: Mail, now: object) -> object:
        for error in whole:
            raise error
        return broken(mail, now)  # type: ignore[arg-type]

    desk.line.complain = failing  # type: ignore[assignment,method-assign]
    desk.later(hours=1)
    decided = desk.decide()
    assert (decided.shunted, decided.released) == (1, 1)


def test_nobody_needs_to_know_who_complained_any_more(desk: "Desk") -> None:
    """Once it is decided, the mailbox stands in no row; the token stays."""
    desk.complain()
    desk.later(hours=1)
    desk.decide()
    with desk.store.read() as rows:
        (row,) = rows.connection.execute(select(sending.complaint.c.mailbox, sending.complaint.c.mailbox_token))
        told = rows.connection.execute(select(intake.report_row)).all()
    assert row.mailbox is None
    assert row.mailbox_token
    assert not any("ann" in str(value) for value in chain(*told))


class _CrashError(Exception):
    """The program dies here."""


class _Days(RuleBasedStateMachine):
    """Anything in any order, with a crash now and then."""

    def __init__(self, desk: "type[Desk]") -> None:
        super().__init__()
        opened = open_store(":memory:")
        opened.create()
        self.start = desk(opened).now
        self.desk = desk(opened, pacing=Pacing(quotas={"east": 3}, held_for=timedelta(days=3)))

    @rule(number=st.integers(0, 3), not_spam=st.booleans(), east=st.booleans(), crash=st.booleans())
    def complain(self, number: int, *, not_spam: bool, east: bool, crash: bool) -> None:
        """Somebody says something, and the program dies before the end of the transaction, or not."""
        address = "198.51.100.7" if east else "203.0.113.9"
        mail = Mail(path="1.eml", data=self.desk.mail(number + 10 * east, address), not_spam=not_spam)
        try:
            with self.desk.store.write() as rows:
                self.desk.complaints.enter(rows, mail, self.desk.now)
                if crash:
                    raise _CrashError
        except _CrashError:
            pass

    @rule(hours=st.sampled_from([0.1, 0.3, 13, 30]))
    def later(self, hours: float) -> None:
        """Time passes."""
        if self.desk.now < self.start + timedelta(days=300):
            self.desk.later(hours=hours)

    @rule(crash=st.booleans())
    def decide(self, *, crash: bool) -> None:
        """The program works."""
        if crash:
            with self.desk.store.read() as view:
                due = view.sending.due(self.desk.now, 10, room=1 << 20)
            looked_at = [(each, Looking(self.desk.line)(each, self.desk.now, {})) for each in due]
            try:
                with self.desk.store.write() as rows:
                    self.desk.deciding._apply(rows, looked_at, Decided(), now=self.desk.now)
                    raise _CrashError
            except _CrashError:
                pass
        self.desk.decide()
        self.desk.deciding.sweep(self.desk.now)

    @rule(name=st.sampled_from(["east", "shop"]), with_held=st.booleans())
    def live(self, name: str, *, with_held: bool) -> None:
        """The operator lets mail out."""
        self.desk.live(name, with_held=with_held)

    @rule(name=st.sampled_from(["east", "shop"]))
    def observe(self, name: str) -> None:
        """The operator holds mail back."""
        self.desk.peering.observe(name, now=self.desk.now)

    @invariant()
    def the_ledger_agrees(self) -> None:
        """Leaves less retractions are rows are roll-ups, at every commit."""
        assert self.desk.faults() == []

    @invariant()
    def what_is_held_was_not_exchanged(self) -> None:
        """A report is in a channel if, and only if, it was let out."""
        query = select(sending.outbox.c.released, sending.report_out.c.day).join(
            sending.report_out, sending.report_out.c.report_id == sending.outbox.c.report_id
        )
        with self.desk.store.read() as rows:
            assert all((row.released is None) == (row.day is None) for row in rows.connection.execute(query))

    def teardown(self) -> None:
        """Let go of the store."""
        self.desk.store.close()


def test_in_any_order_the_ledger_agrees(desk: "Desk") -> None:
    """P3 at every commit, over complaints, retractions, decisions, switches of peers and crashes in any order."""
    run_state_machine_as_test(
        lambda: _Days(type(desk)),
        settings=settings(
            max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_reports_for_a_peer_without_receipts_are_held(desk: "Desk") -> None:
    """Beyond the agreed window they wait under that name, and leave by themselves when receipts have come."""
    from comity.services.prove.forwarding import Window

    window = Window(age=timedelta(hours=72))
    paced = type(desk)(desk.store, pacing=Pacing(windows={"east.example": window}, our_domain="west.example"))
    paced.live("east")
    paced.complain(1)
    paced.later(hours=1)
    assert paced.decide().released == 1
    paced.later(hours=73)
    paced.complain(2)
    paced.later(hours=1)
    assert paced.decide().held == {"no-receipt": 1}
    with desk.store.write() as rows:
        rows.history.add_receipt(1, 1, note="cosigned", at=paced.now)
    assert paced.deciding.sweep(paced.now).released == 1
