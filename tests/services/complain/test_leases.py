"""Two machines send from one outbox: what a dead one had claimed is free soon, and what a living one has is never sent by both."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from comity.model.outcomes import ComityError, Outcome
from comity.services.complain import sending
from comity.services.complain.pace import Pace
from comity.services.complain.pacing import leasing
from comity.services.complain.pacing.leasing import LEASE, RENEW_EVERY
from comity.services.complain.sending import Answer, Envelope, Mailing, Reply
from comity.store.outbox import TRIES_UNANSWERED
from comity.store.tables.sending import outbox

from .test_sending import PERSISTENCE, claim, columns, ready

if TYPE_CHECKING:
    from conftest import Desk

YES = Reply(answer=Answer.ACCEPTED, text="250 ok")
NO = Reply(answer=Answer.REFUSED, text="550 no")
LATER = Reply(answer=Answer.LATER, text="451 later")
UNREACHABLE = Reply(answer=Answer.UNREACHABLE, text="refused")


@dataclass
class Host:
    """A mail host, and what happens while it is spoken to."""

    reply: Reply = YES
    meanwhile: Callable[[], None] = lambda: None
    taken: list[str] = field(default_factory=list)

    def send(self, mail: Envelope) -> Reply:
        """Answer, when all that was to happen has happened."""
        self.taken.append(mail.envelope_from)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return self.reply

    def close(self) -> None:
        """Nothing to end."""


@dataclass
class Through:
    """A store, through a way to it that may be closed."""

    write: Callable[[], AbstractContextManager[Any]]


def sender(
    desk: "Desk",
    host: Host,
    *,
    clock: Callable[[], datetime] | None = None,
    write: Callable[[], AbstractContextManager[Any]] | None = None,
) -> Mailing:
    return Mailing(
        desk.store if write is None else Through(write),
        lambda: host,
        lambda data, _: data,
        persistence=PERSISTENCE,
        clock=lambda: desk.now,
        lease_clock=clock,
    )


def test_what_a_dead_machine_had_is_free_within_two_minutes(desk: "Desk") -> None:
    """Two threads of it stood at one peer, as many as one may have: nobody goes there until their leases end; then all leaves."""
    ready(desk, 5)
    assert [len(claim(desk, name, most=2)) for name in ("dead/0", "dead/1")] == [2, 2]
    other, host = sender(desk, Host()), Host()
    assert other.once("living").sent == 0
    desk.later(seconds=LEASE.total_seconds() - 1)
    assert other.once("living").sent == 0
    desk.later(seconds=1)
    assert sender(desk, host).once("living").sent == 5
    assert len(set(host.taken)) == 5
    assert LEASE.total_seconds() <= 120


def test_who_lives_keeps_what_is_slow(desk: "Desk") -> None:
    """A conversation of six minutes: the lease is renewed all the time, and nobody else gets the mail, or what waits behind it."""
    ready(desk, 3)
    other = Host()

    def slow() -> None:
        for _ in range(24):
            desk.later(seconds=RENEW_EVERY.total_seconds())
            ours._leases.renew_now()
            assert sender(desk, other).once("other").sent == 0

    host = Host(meanwhile=slow)
    ours = sender(desk, host)
    assert ours.once("slow").sent == 3
    assert (len(host.taken), other.taken) == (3, [])


@pytest.mark.parametrize("reply", [YES, NO, LATER], ids=lambda each: each.answer.value)
def test_who_wakes_up_too_late_overwrites_nothing(desk: "Desk", reply: Reply) -> None:
    """Stopped in the middle of a mail: others have sent it and the rest since. It begins no other one, and changes no row."""
    ready(desk, 3)
    other = Host()

    def stopped() -> None:
        desk.later(minutes=3)
        assert sender(desk, other).once("other").sent == 3
        desk.later(minutes=1)

    host = Host(reply, meanwhile=stopped)
    woken = sender(desk, host)
    woken.once("stopped")
    assert (len(host.taken), len(other.taken)) == (1, 3), "one mail a thread, as when it had died"
    sent_at = desk.now - timedelta(minutes=1)
    assert columns(desk, "state", "last_error", "finished") == [("sent", None, sent_at)] * 3
    assert not woken._leases._held


@pytest.mark.parametrize(("reply", "sent"), [(YES, 1), (NO, 0), (LATER, 0)], ids=["accepted", "refused", "later"])
def test_what_was_taken_after_all_is_not_sent_a_third_time(desk: "Desk", reply: Reply, sent: int) -> None:
    """Who has it now was told "later": a yes to the one that slept ends it; a no to him is nothing to the other."""
    ready(desk)
    other = Host(LATER)

    def stopped() -> None:
        desk.later(minutes=3)
        assert sender(desk, other).once("other").later == 1

    before = sender(desk, Host(reply, meanwhile=stopped)).once("stopped")
    assert (before.sent, before.later, before.failed.total()) == (sent, 0, 0)
    desk.later(minutes=11)
    assert sender(desk, Host()).once("other").sent == 1 - sent
    assert columns(desk, "state") == [("sent",)]


def test_what_others_are_at_is_not_given_back(desk: "Desk") -> None:
    """Woken up, it lets go of what is still its own, and not of what somebody else has claimed meanwhile."""
    ready(desk, 3)

    def stopped() -> None:
        desk.later(minutes=3)
        assert [claim(desk, name) for name in ("other/0", "other/1")] == [[1], [2]]

    host = Host(LATER, meanwhile=stopped)
    sender(desk, host)._some(sending._Hand("stopped", host))
    assert columns(desk, "leased_by", "unanswered", "last_error") == [
        ("other/0", 2, None), ("other/1", 2, None), (None, 0, None),
    ]  # fmt: skip


@pytest.mark.parametrize("renews", [False, True])
def test_who_was_stopped_between_two_mails_begins_no_other(desk: "Desk", renews: bool) -> None:
    """While it wrote down what became of the first, others have claimed one of the lot: the rest is given back, renewed or not."""
    ready(desk, 3)

    class Stopped:
        """The store, and three minutes after the first mail was marked."""

        writes = 0

        @contextmanager
        def write(self) -> Iterator[Any]:
            with desk.store.write() as rows:
                yield rows
            self.writes += 1
            if self.writes == 2:
                desk.later(minutes=3)
                assert claim(desk, "other") == [2]
                if renews:
                    woken._leases.renew_now()

    replies = iter([LATER, YES, YES])
    host = Host()
    host.send = lambda mail: (host.taken.append(mail.to), next(replies))[1]  # type: ignore[method-assign, func-returns-value]
    woken = Mailing(Stopped(), lambda: host, lambda data, _: data, persistence=PERSISTENCE, clock=lambda: desk.now)
    woken._some(sending._Hand("stopped", host))
    assert len(host.taken) == 1
    assert columns(desk, "leased_by", "last_error") == [(None, "451 later"), ("other", None), (None, None)]


def test_two_that_live_and_one_that_died(desk: "Desk", monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock on the wall, with threads: a host that says nothing for three leases gets each mail of its sender once, and
    what a dead one had goes as soon as its lease is over."""
    monkeypatch.setattr(leasing, "RENEW_EVERY", timedelta(seconds=0.2))
    for place in ("comity.services.complain.pacing.leasing.LEASE", "comity.services.complain.sending.LEASE"):
        monkeypatch.setattr(place, timedelta(seconds=2))
    ready(desk, 6)

    def now() -> datetime:
        return datetime.now(UTC)

    with desk.store.write() as rows:
        dead = rows.sending.claim(
            "dead/0", now=desk.now, lease=(now(), now() + timedelta(seconds=2)), after="", lot=lambda _: 2
        )
    begun, stop, living = monotonic(), Event(), Host()
    slow = Host(meanwhile=lambda: sleep(6))
    running = [
        Thread(target=sender(desk, host, clock=now).run, args=(stop, 1, name))
        for host, name in ((slow, "slow"), (living, "living"))
    ]
    running[0].start()
    while not slow.taken:
        sleep(0.01)
    running[1].start()
    freed = None
    while len(slow.taken) + len(living.taken) < 6 and monotonic() < begun + 60:
        sleep(0.02)
        if freed is None and living.taken:
            freed = monotonic() - begun
    stop.set()
    for each in running:
        each.join(60)
    assert len({*slow.taken, *living.taken}) == len(slow.taken) + len(living.taken) == 6
    assert freed is not None and 1.5 < freed < 6, (
        "not before the lease of the dead one ended, nor when the slow one did"
    )
    assert {row.bounce_token for row in dead} <= {each.partition("+")[2].partition("@")[0] for each in living.taken}
    assert columns(desk, "state") == [("sent",)] * 6


@pytest.mark.parametrize("reply", [YES, UNREACHABLE], ids=lambda each: each.answer.value)
def test_a_store_that_is_away_for_a_moment_costs_no_second_copy(
    desk: "Desk", monkeypatch: pytest.MonkeyPatch, reply: Reply
) -> None:
    """A server that is started anew while mails are on their way: what was taken is marked when it is back, and what was not
    begun is given back, as if nobody had been at it."""
    ready(desk, 3)
    monkeypatch.setattr(sending, "_IDLE", 0.01)
    away = iter([True, True])

    @contextmanager
    def write() -> Iterator[Any]:
        if host.taken and next(away, False):
            raise ComityError("store-away", "away", outcome=Outcome.TRY_AGAIN)
        with desk.store.write() as rows:
            yield rows

    host = Host(reply)
    found = sender(desk, host, write=write).once("patient")
    assert (found.sent, next(away, None)) == (3 if reply is YES else 0, None)
    states = columns(desk, "state", "unanswered", "leased_by")
    assert states == [("sent" if reply is YES else "waiting", 0, None)] * 3
    desk.later(minutes=10)
    other = Host()
    assert sender(desk, other).once("other").sent == (0 if reply is YES else 3)


def test_who_is_to_stop_waits_for_no_store(desk: "Desk") -> None:
    """A program that ends does not wait for a server that is away, nor anybody longer than the claim is his."""
    ready(desk, 1)
    stop = Event()

    @contextmanager
    def write() -> Iterator[Any]:
        if host.taken:
            stop.set()
            raise ComityError("store-away", "away", outcome=Outcome.TRY_AGAIN)
        with desk.store.write() as rows:
            yield rows

    host = Host()
    with pytest.raises(ComityError):
        sender(desk, host, write=write).once("ending", stop)


@pytest.mark.parametrize(
    "minutes", [(2,), (60,), (-60, 60), (-2, 4)], ids=["forward", "an-hour", "back-and-right", "back-and-on"]
)
@pytest.mark.parametrize("tries", [0, TRIES_UNANSWERED - 1], ids=["first-try", "last-try"])
def test_a_clock_that_is_set_costs_no_second_copy(desk: "Desk", minutes: tuple[int, ...], tries: int) -> None:
    """In the middle of a mail somebody sets the clock, and by that the lease is over: the other threads know who is at it."""
    ready(desk, 2)
    with desk.store.write() as rows:
        rows.connection.execute(update(outbox).values(unanswered=tries))
    others = Host()

    def is_set() -> None:
        for each in minutes:
            desk.later(minutes=each)
            ours._leases.renew_now()
            hand = sending._Hand("ours/1", others)
            while ours._some(hand):
                pass
            assert not hand.total.failed

    host = Host(meanwhile=is_set)
    ours = sender(desk, host)
    ours._pace = Pace(3)
    assert ours._some(sending._Hand("ours/0", host))
    while ours._some(sending._Hand("ours/0", host)):
        pass
    assert len({*host.taken, *others.taken}) == len(host.taken) + len(others.taken) == 2
    assert columns(desk, "state") == [("sent",)] * 2
    assert not ours._leases.at()
