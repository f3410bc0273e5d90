"""Mail leaves the outbox for a mail host on loopback that says what the test wants it to say."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from comity.formats import arf, dkim
from comity.formats.mime import scan
from comity.model.outcomes import ComityError
from comity.model.sending import CORRESPONDENTS, OWN_CUSTOMERS, OWN_STAFF, OutboxState, Peer, PeerState
from comity.outlets.mail_out import UNANSWERED, HostTerms, MailHost
from comity.services.complain import sending as sending_service
from comity.services.complain.bounces import Bounces
from comity.services.complain.pace import LOT, Pace
from comity.services.complain.pacing.leasing import LEASE
from comity.services.complain.sending import Answer, Envelope, Mailing, Persistence, Reply
from comity.store.tables import sending

from ...mail_host import mail_host

if TYPE_CHECKING:
    from conftest import Desk

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
RECORDS = {"s1._domainkey.west.example": dkim.public_record(KEY)}
PERSISTENCE = Persistence(bounce_address="bounces@west.example", suspend_after=3)
BOUNCE = b"""\
From: MAILER-DAEMON@mx.east.example
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.east.example

Final-Recipient: rfc822; fbl@east.example
Action: %s
Status: %s
Diagnostic-Code: smtp; 550 no such mailbox

--b--
"""


@dataclass
class Host:
    """A mail host that takes everything, unless told otherwise."""

    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    rcpt_says: str | None = None
    data_says: str | None = None
    data_waits: bool = False
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Answer to RCPT TO."""
        if self.rcpt_says:
            return self.rcpt_says
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Answer to a mail."""
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        while self.data_waits:
            await asyncio.sleep(0.05)
        return self.data_says or "250 ok"


@pytest.fixture
def host() -> Iterator[Host]:
    """The mail host, listening."""
    handler = Host()
    with mail_host(handler) as handler.port:
        yield handler


def sign(data: bytes, now: datetime) -> bytes:
    return dkim.sign(data, domain="west.example", selector="s1", key=KEY, timestamp=now) + data


def mailing(desk: "Desk", port: int, timeout: float = 60) -> Mailing:
    terms = HostTerms(host="127.0.0.1", port=port, timeout=timeout)
    return Mailing(desk.store, lambda: MailHost(terms), sign, persistence=PERSISTENCE, clock=lambda: desk.now)


def ready(desk: "Desk", number: int = 1) -> None:
    """Some reports wait for the sender."""
    desk.live("east")
    for each in range(number):
        desk.complain(each)
    desk.later(minutes=16)
    desk.decide()


def columns(desk: "Desk", *names: str) -> list[tuple[Any, ...]]:
    with desk.store.read() as rows:
        query = select(*(sending.outbox.c[name] for name in names)).order_by(sending.outbox.c.id)
        return [tuple(row) for row in rows.connection.execute(query)]


def test_a_report_arrives_signed(desk: "Desk", host: Host) -> None:
    """What the peer gets is the report, signed with d= of its From, from an envelope address of its own."""
    ready(desk, 2)
    assert mailing(desk, host.port).once("t").sent == 2
    (one, to, data), (two, *_) = host.taken
    assert one.startswith("bounces+") and one.endswith("@west.example") and one != two
    assert to == ["fbl@east.example"]
    (check,) = dkim.verify(scan(data), RECORDS, now=desk.now)
    assert (check.result.value, check.domain) == ("pass", "west.example")
    reading = arf.read(data)
    assert reading is not None and reading.reports[0].message_id in ("0@shop.example", "1@shop.example")
    assert scan(data).headers.first("auto-submitted") == "auto-generated"
    assert columns(desk, "state", "data") == [("sent", None), ("sent", None)]


def test_try_again_later(desk: "Desk", host: Host) -> None:
    """4xx: it waits longer each time, and goes when the host is well again; days later it is given up, by name."""
    ready(desk)
    host.rcpt_says = "451 4.3.0 not now"
    sender = mailing(desk, host.port)
    assert sender.once("t").later == 1
    assert sender.once("t").later == 0
    ((due, error),) = columns(desk, "due", "last_error")
    assert (due - desk.now, error) == (timedelta(minutes=5), "451 4.3.0 not now")
    desk.later(minutes=5)
    assert sender.once("t").later == 1
    desk.later(hours=1)
    host.rcpt_says = None
    assert sender.once("t").sent == 1
    host.rcpt_says = "451 4.3.0 not now"
    desk.complain(7)
    desk.later(minutes=16)
    desk.decide()
    desk.later(days=6)
    assert sender.once("t").failed == {"gave-up": 1}


def test_never(desk: "Desk", host: Host) -> None:
    """5xx: it is not tried again; after some of these the peer is suspended, visibly, and the rest stays."""
    ready(desk, 5)
    host.rcpt_says = "550 5.1.1 no such mailbox"
    assert mailing(desk, host.port).once("t").failed["refused"] >= 3
    with desk.store.read() as rows:
        (peer,) = rows.peers.all()
    assert (peer.state, peer.reason) == (PeerState.SUSPENDED, "mail-refused")
    host.rcpt_says = None
    assert mailing(desk, host.port).once("t").sent == 0
    desk.complain(9)
    desk.later(minutes=16)
    assert desk.decide().held == {"suspended": 1}


def test_no_mail_host(desk: "Desk") -> None:
    """A host that cannot be reached costs no try: everything waits for it."""
    ready(desk, 3)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        sent = mailing(desk, closed.getsockname()[1]).once("t")
    assert sent.unreachable
    assert columns(desk, "state", "attempts", "leased_by") == [("waiting", 0, None)] * 3


def claim(desk: "Desk", name: str, *, most: int = 8) -> list[int]:
    """What one thread gets; it is not heard of again."""
    with desk.store.write() as rows:
        lease = (desk.now, desk.now + LEASE)
        got = rows.sending.claim(name, now=desk.now, lease=lease, after="", lot=lambda _: most)
    return [row.outbox_id for row in got]


def test_at_most_two_at_a_time(desk: "Desk") -> None:
    """Two threads are at one peer, each with mails of its own; a third one gets nothing of it."""
    ready(desk, 5)
    assert [claim(desk, name, most=2) for name in "abc"] == [[1, 2], [3, 4], []]


def test_peers_take_turns(desk: "Desk", host: Host) -> None:
    """Whoever has much to get does not keep the next one waiting until all of it is gone."""
    desk.live("east", "shop")
    for number in range(120):
        desk.complain(number)
    desk.complain(200, address="203.0.113.7")
    desk.later(minutes=16)
    while desk.decide().complaints:
        pass
    assert mailing(desk, host.port).once("t").sent == 121
    assert [to for _, (to,), _ in host.taken].index("fbl@shop.example") == 100


def test_whoever_dies_gives_it_back(desk: "Desk", host: Host) -> None:
    """After a death between "sent" and the mark the mail goes once more, under the same id; after a fourth one never."""
    ready(desk)
    claim(desk, "dead")
    sender = mailing(desk, host.port)
    assert sender.once("t").sent == 0
    desk.later(minutes=11)
    assert sender.once("t").sent == 1
    ready(desk, 2)
    for _ in range(4):
        claim(desk, "dead")
        desk.later(minutes=11)
    assert sender.once("t").failed == {"interrupted": 1}
    assert len(host.taken) == 1


def test_a_sender_that_comes_back_lets_go_what_it_had(desk: "Desk", host: Host) -> None:
    """A restart does not wait for leases of its own; those of others stay, and what was interrupted twice waits as it did."""
    ready(desk, 3)
    assert len(claim(desk, "ours/0")) == 3
    sender = mailing(desk, host.port)
    assert (sender.inherit("other"), sender.inherit("our"), sender.inherit("ours/")) == (0, 0, 0)
    assert sender.once("t").sent == 0
    assert sender.inherit("ours") == 3
    assert len(claim(desk, "ours/1")) == 1  # nobody knows which of the three was on its way
    assert sender.inherit("ours") == 0  # twice: perhaps it is what kills
    assert sender.once("t").sent == 2
    desk.later(minutes=11)
    assert sender.once("t").sent == 1


def test_mail_that_was_interrupted_twice_holds_up_nobody_else(desk: "Desk", host: Host) -> None:
    """Not more than two threads are at one peer, but those of a dead process are at none: the rest of the mail leaves."""
    ready(desk, 5)
    sender = mailing(desk, host.port)
    assert len(claim(desk, "ours/0")) == sender.inherit("ours") == 5
    assert [len(claim(desk, name)) for name in ("ours/0", "ours/1")] == [1, 1]
    assert sender.inherit("ours") == 0
    assert sender.once("t").sent == 3
    desk.later(minutes=11)
    assert sender.once("t").sent == 2


def test_a_second_death_costs_one_mail(desk: "Desk", host: Host) -> None:
    """What was claimed by a thread that died is claimed one by one: nobody knows which of it was on its way."""
    ready(desk, 5)
    assert len(claim(desk, "dead")) == 5
    desk.later(minutes=11)
    assert [len(claim(desk, name)) for name in ("dead", "also dead")] == [1, 1]
    desk.later(minutes=11)
    sent = mailing(desk, host.port).once("t")
    assert (sent.sent, sent.failed) == (5, {})


def test_what_was_not_begun_is_not_counted_as_tried(desk: "Desk") -> None:
    """A host that goes away in the middle of a lot leaves the rest as it was."""
    ready(desk, 3)
    replies = iter([Reply(answer=Answer.ACCEPTED, text="250"), Reply(answer=Answer.UNREACHABLE, text="gone")])

    class Going:
        def send(self, mail: Envelope) -> Reply:
            return next(replies)

        def close(self) -> None:
            pass

    sender = Mailing(desk.store, Going, sign, persistence=PERSISTENCE, clock=lambda: desk.now)
    assert sender.once("t").sent == 1
    assert columns(desk, "state", "attempts", "unanswered") == [("sent", 1, 0), ("waiting", 0, 0), ("waiting", 0, 0)]


def test_nothing_leaves_for_a_peer_that_is_observed_again(desk: "Desk", host: Host) -> None:
    """The operator's word holds also for what had been let out."""
    ready(desk)
    desk.peering.observe("east", now=desk.now)
    assert mailing(desk, host.port).once("t").sent == 0
    desk.live("east")
    assert mailing(desk, host.port).once("t").sent == 1


@pytest.mark.parametrize(
    ("action", "status", "state"), [(b"failed", b"5.1.1", "failed"), (b"delayed", b"4.4.1", "sent")]
)
def test_a_bounce_finds_its_mail(desk: "Desk", host: Host, action: bytes, status: bytes, state: str) -> None:
    """What comes back for good marks the mail; what is only late changes nothing."""
    ready(desk)
    mailing(desk, host.port).once("t")
    with desk.store.write() as rows:
        matched = Bounces(PERSISTENCE).match(rows, host.taken[0][0], BOUNCE % (action, status), now=desk.now)
    assert matched is not None and matched.party == "east"
    assert columns(desk, "state") == [(state,)]


def test_bounces_suspend_a_peer(desk: "Desk", host: Host) -> None:
    """Three mails that came back for good; a vacation message, or a stranger's mail, does not count."""
    ready(desk, 3)
    mailing(desk, host.port).once("t")
    bounces, suspended = Bounces(PERSISTENCE), []
    for address, *_ in host.taken:
        with desk.store.write() as rows:
            away = bounces.match(rows, address, b"Auto-Submitted: auto-replied\n\nI am away", now=desk.now)
            assert away is not None and not away.bounced
            matched = bounces.match(rows, address, BOUNCE % (b"failed", b"5.1.1"), now=desk.now)
            assert matched is not None
            suspended.append(matched.suspended)
            assert bounces.match(rows, "feedback@west.example", b"", now=desk.now) is None
            unknown = bounces.match(rows, "bounces+guess@west.example", BOUNCE % (b"failed", b"5.1.1"), now=desk.now)
            assert unknown is not None and unknown.outbox_id is None
    assert suspended == [False, False, True]


def test_threads_send_until_told_to_stop(desk: "Desk", host: Host) -> None:
    """``run`` sends what is there and what comes later, each once, and ends when it is told."""
    ready(desk, 6)
    stop = Event()
    running = Thread(target=mailing(desk, host.port).run, args=(stop, 3))
    running.start()
    until = monotonic() + 120
    while len(host.taken) < 6 and monotonic() < until:
        sleep(0.05)
    stop.set()
    running.join(120)
    assert not running.is_alive()
    ids = {scan(data).headers.first("message-id") for *_, data in host.taken}
    assert (len(host.taken), len(ids)) == (6, 6)
    assert [state for _, state, _ in desk.outbox()] == [OutboxState.SENT] * 6


def test_what_was_decided_leaves_at_once(desk: "Desk", host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever decides wakes those who send, who would sleep for an hour here; told to stop, they sleep no longer."""
    monkeypatch.setattr(sending_service, "_IDLE", 3600)
    desk.live("east")
    desk.complain()
    desk.later(minutes=16)
    sender, stop = mailing(desk, host.port), Event()
    desk.deciding.waking(sender.wake)
    running = Thread(target=sender.run, args=(stop, 2))
    running.start()
    desk.decide()
    until = monotonic() + 120
    while not host.taken and monotonic() < until:
        sleep(0.01)
    stop.set()
    running.join(120)
    assert (len(host.taken), running.is_alive()) == (1, False)


def test_a_slow_peer_holds_up_nobody(desk: "Desk") -> None:
    """While one peer does not answer until all others have everything, the others get it; then it gets its own, one by one."""
    desk.live("east", "shop")
    for number in range(30):
        desk.complain(number, address="198.51.100.7" if number % 3 else "203.0.113.7")
    desk.later(minutes=16)
    desk.decide()
    others, stop, taken = Event(), Event(), list[str]()

    class Slow:
        """One way to a host that answers for shop when east has all of its mail, and late for ever after."""

        def send(self, mail: Envelope) -> Reply:
            if mail.to == "fbl@shop.example":
                others.wait(60)
            taken.append(mail.to)
            if taken.count("fbl@east.example") == 20:
                others.set()
            if len(taken) == 30:
                stop.set()
            return Reply(answer=Answer.ACCEPTED, text="250 ok")

        def close(self) -> None:
            """Nothing to end."""

    sender = Mailing(desk.store, Slow, sign, persistence=PERSISTENCE, clock=lambda: desk.now)
    running = Thread(target=sender.run, args=(stop, 2))
    running.start()
    running.join(120)
    assert others.is_set() and not running.is_alive()
    assert taken[:20] == ["fbl@east.example"] * 20


def test_slow_peers_never_have_all_threads() -> None:
    """Of two threads one is kept from peers that were slow; a peer that is quick again gets lots again."""
    pace, now = Pace(2), datetime(2026, 3, 1, tzinfo=UTC)
    for party in ("slow", "also slow"):
        pace.end(pace.begin(party, now), each=timedelta(seconds=9))
    assert (pace.lot("slow", now), pace.lot("quick", now)) == (1, LOT)
    begun = pace.begin("slow", now)
    assert (pace.lot("also slow", now), pace.lot("quick", now)) == (0, LOT)
    pace.end(begun, each=timedelta(milliseconds=9))
    assert (pace.lot("slow", now), pace.lot("also slow", now)) == (LOT, 1)


def test_all_threads_at_one_peer_are_one_thread_fewer() -> None:
    """A peer that was quick and falls silent may hold every thread: then the spare one works for the others."""
    pace, now = Pace(2), datetime(2026, 3, 1, tzinfo=UTC)
    begun = [pace.begin("silent", now) for _ in range(2)]
    assert (pace.has_room(now), pace.lot("other", now)) == (False, 0)
    now += timedelta(seconds=3)
    assert (pace.has_room(now), pace.lot("silent", now), pace.lot("other", now)) == (True, 0, LOT)
    for each in begun:
        pace.end(each, each=timedelta(milliseconds=9))
    assert pace.lot("silent", now) == LOT


def test_a_peer_that_is_stuck_is_no_reason_to_leave_slow_ones_out() -> None:
    """A slow peer has its turn while a thread is stuck elsewhere; the last thread of all is kept for the quick ones."""
    pace, now = Pace(2), datetime(2026, 3, 1, tzinfo=UTC)
    for party in ("slow", "also slow"):
        pace.end(pace.begin(party, now), each=timedelta(seconds=1))
    silent = pace.begin("silent", now)
    now += timedelta(seconds=3)
    assert (pace.lot("silent", now), pace.lot("slow", now), pace.lot("quick", now)) == (0, 1, LOT)
    slow = pace.begin("slow", now)
    assert (pace.lot("also slow", now), pace.lot("quick", now)) == (0, LOT)
    now += timedelta(seconds=3)
    assert (pace.lot("also slow", now), pace.lot("quick", now)) == (0, LOT)
    pace.end(slow, each=timedelta(seconds=3))
    assert pace.lot("also slow", now) == 1
    pace.end(silent, each=timedelta(seconds=9))
    assert pace.lot("silent", now) == 1


def test_a_peer_that_holds_every_thread_holds_up_nobody(desk: "Desk") -> None:
    """The one thread stands at a host that has fallen silent; all that waits for somebody else leaves all the same."""
    desk.live("east", "shop")
    for number in range(30):
        desk.complain(number, address="198.51.100.7" if number % 2 else "203.0.113.7")
    desk.later(minutes=16)
    desk.decide()
    others, stop, taken = Event(), Event(), list[str]()
    begun = monotonic()

    class Silent:
        """One way to a host that takes mail for east when shop has all of its mail, and not before."""

        def send(self, mail: Envelope) -> Reply:
            if mail.to == "fbl@east.example":
                others.wait(60)
            taken.append(mail.to)
            if taken.count("fbl@shop.example") == 15:
                others.set()
            if len(taken) == 30:
                stop.set()
            return Reply(answer=Answer.ACCEPTED, text="250 ok")

        def close(self) -> None:
            """Nothing to end."""

    def clock() -> datetime:
        return desk.now + timedelta(seconds=monotonic() - begun)

    sender = Mailing(desk.store, Silent, sign, persistence=PERSISTENCE, clock=clock)
    running = Thread(target=sender.run, args=(stop, 1))
    running.start()
    running.join(120)
    assert others.is_set() and not running.is_alive()
    assert taken[:15] == ["fbl@shop.example"] * 15


def test_a_store_that_is_slow_is_no_slow_peer(desk: "Desk") -> None:
    """Where others keep the store busy for seconds at a time, a peer that answers at once still gets a whole lot in its turn."""
    desk.live("east")
    for number in range(60):
        desk.complain(number)
    desk.later(minutes=16)
    desk.decide()
    waited = timedelta()

    class Busy:
        """The store, and a wait of a second and a half before each transaction that writes."""

        turns = 0

        @contextmanager
        def write(self) -> Iterator[Any]:
            nonlocal waited
            waited, self.turns = waited + timedelta(seconds=1.5), self.turns + 1
            with desk.store.write() as rows:
                yield rows

    class Quick:
        """A host that answers at once."""

        def send(self, mail: Envelope) -> Reply:
            return Reply(answer=Answer.ACCEPTED, text="250 ok")

        def close(self) -> None:
            """Nothing to end."""

    busy = Busy()
    sender = Mailing(busy, Quick, sign, persistence=PERSISTENCE, clock=lambda: desk.now + waited)
    assert sender.once("t").sent == 60
    assert busy.turns == 4  # a lot, what became of fifty and of ten, and nothing more


def test_what_was_not_answered_is_marked_and_goes_again_as_itself(desk: "Desk", host: Host) -> None:
    """A host that takes a mail and says so too late gets it once more, under the same id; the row says why."""
    ready(desk)
    host.data_waits = True
    sender = mailing(desk, host.port, timeout=0.5)
    assert sender.once("t").later == 1
    ((attempts, error),) = columns(desk, "attempts", "last_error")
    assert (attempts, error.partition(":")[0]) == (1, UNANSWERED)
    host.data_waits = False
    desk.later(minutes=5)
    assert mailing(desk, host.port).once("t").sent == 1
    ids = [scan(data).headers.first("message-id") for *_, data in host.taken]
    assert len(ids) == 2 and len(set(ids)) == 1


@pytest.mark.parametrize("name", [OWN_CUSTOMERS, OWN_STAFF, CORRESPONDENTS])
def test_what_leaves_at_once_can_be_held_before_there_is_any(desk: "Desk", name: str) -> None:
    """Notices to customers leave without a word of the operator: who wants to see the first one holds them all before."""
    assert desk.peering.observe(name, now=desk.now).state is PeerState.OBSERVE
    with desk.store.read() as rows:
        assert rows.peers.by_name([name])[name].state is PeerState.OBSERVE


def test_who_mistypes_a_peer_hears_of_all(desk: "Desk") -> None:
    """Those whose mails named them themselves stand among them."""
    with desk.store.write() as rows:
        rows.peers.put(Peer(name="shop.example", address="fbl@shop.example", state=PeerState.OBSERVE, since=desk.now))
    with pytest.raises(ComityError) as no:
        desk.peering.live("fbl@shop.example", now=desk.now)
    assert "shop.example" in str(no.value.details["known"]).split(", ")
