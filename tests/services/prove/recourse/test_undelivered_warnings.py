"""A warning that did not arrive is none: what a rule decided waits again; what a person decided goes on, and the desk says so."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from comity.model.recourse import Consequence, Measure
from comity.model.sending import OutboxState, PeerState
from comity.outlets.mail_out import HostTerms, MailHost
from comity.services.complain.bounces import Bounces
from comity.services.complain.sending import Mailing, Persistence
from comity.services.prove.recourse.acting import PROGRAM
from comity.services.prove.recourse.delivering import COMES_BACK_WITHIN, token
from comity.services.prove.recourse.mail import Posted
from comity.services.public.today import needs
from comity.store.engine import Store

from ....mail_host import mail_host
from ...stores import store
from .test_recourse import BLOCK, DAY, NOW, desk, post
from .test_recourse import live as live_peer
from .test_warned_strangers import ABUSE, live

__all__ = ["store"]

LISTED = replace(BLOCK, subject="mail.listed.example", measure=Measure.LISTED, peer=None)
PERSISTENCE = Persistence(bounce_address="bounces@west.example")
DSN = b"""\
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.listed.example

Final-Recipient: rfc822; abuse@listed.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 no such mailbox

--b--
"""


@dataclass
class Next:
    """The next mail host, which says of each mail what the test wants."""

    says: str = "250 ok"
    taken: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - as aiosmtpd calls it
        """Answer to a mail."""
        self.taken.append(envelope.mail_from)
        return self.says


@contextmanager
def sent(store: Store, says: str = "250 ok", *, now: datetime = NOW) -> Iterator[list[str]]:
    """What waits in the outbox is handed to a mail host; the envelope addresses it came from."""
    handler = Next(says)
    with mail_host(handler) as port:
        terms = HostTerms(host="127.0.0.1", port=port)
        out = Mailing(store, lambda: MailHost(terms), lambda data, _: data, persistence=PERSISTENCE, clock=lambda: now)
        out.once("t")
    yield handler.taken


def decided(store: Store, *, by_rule: bool, peer: str | None = None) -> tuple[Consequence, Posted]:
    """Somebody is listed, and a person of ours has it mailed."""
    with store.write() as rows:
        live(rows)
        live_peer(rows)
        actor = PROGRAM if by_rule else "Ann"
        made = desk(rows, actor).impose(replace(LISTED, waits=by_rule, peer=peer))
        return made, post().warn(rows, made, by="Ann", now=NOW)


def now_of(store: Store, made: Consequence) -> Consequence:
    with store.read() as rows:
        return desk(rows).find(made.reference)[0]


def acts(store: Store, made: Consequence) -> list[str]:
    with store.read() as rows:
        return [each.act for each in rows.recourses.history(made.reference)]


def came_back(store: Store, address: str, *, now: datetime) -> None:
    with store.write() as rows:
        matched = Bounces(PERSISTENCE).match(rows, address, DSN, now=now)
    assert matched is not None
    assert matched.bounced


def test_what_a_rule_decided_begins_when_the_next_host_took_the_warning(store: Store) -> None:
    """Not when it was written: a mail host that cannot be reached for two days warns nobody."""
    made, posted = decided(store, by_rule=True)
    assert (posted.not_mailed, now_of(store, made).waits) == (None, True)
    with sent(store, "451 later", now=NOW + DAY):
        assert now_of(store, made).waits
    with sent(store, now=NOW + 2 * DAY) as taken:
        assert taken[0].startswith("bounces+")  # not the null sender: nothing would come back
    assert now_of(store, made).begins == NOW + 4 * DAY


def test_a_refused_warning_begins_nothing(store: Store) -> None:
    made, _ = decided(store, by_rule=True)
    with sent(store, "554 no such mailbox here"):
        pass
    assert now_of(store, made).waits
    assert acts(store, made) == ["impose", "warned", "unwarned"]
    with store.read() as rows:
        assert (rows.recourses.warned(), rows.recourses.unwarned()) == (set(), {made.reference})


@pytest.mark.parametrize("after", [timedelta(hours=1), timedelta(days=4)])
def test_a_bounce_puts_it_back(store: Store, after: timedelta) -> None:
    """Also when it held already: nobody had told them. A second notice of the same bounce says nothing new."""
    made, _ = decided(store, by_rule=True)
    with sent(store) as taken:
        assert not now_of(store, made).waits
    came_back(store, taken[0], now=NOW + after)
    came_back(store, taken[0], now=NOW + after)
    assert now_of(store, made).waits
    assert acts(store, made) == ["impose", "warned", "unwarned"]
    with store.read() as rows:
        last = rows.recourses.history(made.reference)[-1]
        assert last.note == f"{ABUSE}: 5.1.1 smtp; 550 no such mailbox"
        assert [(each.name, each.n) for each in needs(rows, NOW + after)] == [("unwarned", 1)]
        assert rows.practices.counts(NOW + after)["warned"] == 0


def test_a_bounce_that_comes_too_late_takes_nothing_back(store: Store) -> None:
    """Whoever was warned has read the address that bounces go to: weeks later nobody gets out of a list by a made up one."""
    made, _ = decided(store, by_rule=True)
    with sent(store) as taken:
        pass
    held = now_of(store, made)
    assert not held.waits
    came_back(store, taken[0], now=held.begins + COMES_BACK_WITHIN + timedelta(minutes=1))
    assert now_of(store, made) == held
    assert acts(store, made) == ["impose", "warned", "returned"]
    with store.read() as rows:
        assert rows.recourses.unwarned() == set()


def test_afterwards_a_person_decides_how_they_are_told(store: Store) -> None:
    """The mailbox is not written to again; what a person did by another way counts, and is not undone by an old bounce."""
    made, _ = decided(store, by_rule=True)
    with sent(store) as taken:
        pass
    came_back(store, taken[0], now=NOW + DAY)
    with store.write() as rows:
        again = post().warn(rows, desk(rows).find(made.reference)[0], by="Ann", now=NOW + DAY)
        assert again.not_mailed == "returned"
        assert made.reference in again.text
        waiting = desk(rows).find(made.reference)[0]
        post().handed_on(rows, waiting, "by telephone, noc desk", by="Ann", now=NOW + DAY)
        assert rows.recourses.warned() == {made.reference}
        assert needs(rows, NOW + DAY) == []
    assert now_of(store, made).begins == NOW + 3 * DAY
    came_back(store, taken[0], now=NOW + 2 * DAY)
    assert now_of(store, made).begins == NOW + 3 * DAY


def test_a_bounce_after_a_telephone_call_takes_nothing_back(store: Store) -> None:
    """Whoever was told by a person was told: the mail that came back stands in the history, and that is all."""
    made, _ = decided(store, by_rule=True)
    with sent(store) as taken:
        pass
    with store.write() as rows:
        post().handed_on(rows, desk(rows).find(made.reference)[0], "by telephone", by="Ann", now=NOW + DAY)
    begins = now_of(store, made).begins
    came_back(store, taken[0], now=NOW + 2 * DAY)
    assert now_of(store, made).begins == begins
    assert acts(store, made)[-1] == "returned"


def test_what_a_person_decided_goes_on(store: Store) -> None:
    """Whoever acts answers for it by name, warned or not; it is shown."""
    made, _ = decided(store, by_rule=False)
    with sent(store) as taken:
        pass
    came_back(store, taken[0], now=NOW + DAY)
    assert now_of(store, made) == made
    with store.read() as rows:
        assert rows.recourses.unwarned() == {made.reference}
        assert [(each.name, each.n) for each in needs(rows, NOW + DAY)] == [("unwarned", 1)]
        assert needs(rows, made.ends) == []


def test_a_peer_is_warned_no_better_than_a_stranger(store: Store) -> None:
    """The contact of an agreement may be dead, too."""
    made, posted = decided(store, by_rule=True, peer="east.example")
    assert posted.to == "abuse@east.example"
    with sent(store, "550 no such mailbox"):
        pass
    assert now_of(store, made).waits
    with store.write() as rows:
        waiting = desk(rows).find(made.reference)[0]
        assert post().warn(rows, waiting, by="Ann", now=NOW + DAY).not_mailed == "returned"


def test_what_was_lifted_stays_lifted(store: Store) -> None:
    made, _ = decided(store, by_rule=True)
    with sent(store) as taken:
        pass
    begins = now_of(store, made).begins
    with store.write() as rows:
        rows.recourses.lift(made.reference, NOW + DAY)
    came_back(store, taken[0], now=NOW + 2 * DAY)
    assert now_of(store, made).begins == begins


def test_an_answer_that_came_back_stands_in_the_history(store: Store) -> None:
    """A dated answer that nobody got is shown to whoever gave it."""
    made, _ = decided(store, by_rule=False)
    with sent(store):
        pass
    with store.write() as rows:
        desk(rows).argue(made.reference, "It is wrong.", asker=ABUSE)
        why, act = desk(rows, "Ben").answer(made.reference, "We looked.", grants=False)
        post().answered(rows, why, act.value, "We looked.", now=NOW + DAY)
    with sent(store, now=NOW + DAY) as taken:
        pass
    came_back(store, taken[0], now=NOW + 2 * DAY)
    assert acts(store, made)[-1] == "returned"
    with store.read() as rows:
        assert rows.recourses.warned() == {made.reference}


def test_a_guessed_address_takes_nothing_back(store: Store) -> None:
    """The reference stands in every mail that is turned away: the chance before it is what counts."""
    made, _ = decided(store, by_rule=True)
    with sent(store):
        pass
    begins = now_of(store, made).begins
    with store.write() as rows:
        guessed = f"bounces+{token('0000', made.reference)}@west.example"
        matched = Bounces(PERSISTENCE).match(rows, guessed, DSN, now=NOW + DAY)
        assert matched is not None
        assert matched.outbox_id is None
    assert now_of(store, made).begins == begins


def test_nothing_is_left_waiting_for_a_mail_that_was_given_up(store: Store) -> None:
    """After some days of 4xx the mail ends, and somebody has to warn them."""
    made, _ = decided(store, by_rule=True)
    with sent(store, "451 later", now=NOW + 6 * DAY):
        pass
    with store.read() as rows:
        assert [row.state for row in rows.sending.listed(None, list(OutboxState), 9)] == ["failed"]
        assert rows.recourses.unwarned() == {made.reference}
    assert now_of(store, made).waits


def test_a_warning_that_cannot_leave_is_put_before_a_person(store: Store) -> None:
    """Whoever refuses reports until mail for it is suspended has not got out of the warning as well, with nobody told to look."""
    made, _ = decided(store, by_rule=True, peer="east.example")
    with store.write() as rows:
        rows.peers.put(replace(rows.peers.by_name(["east"])["east"], state=PeerState.SUSPENDED))
    with sent(store, now=NOW + 2 * DAY) as taken:
        assert (taken, now_of(store, made).waits) == ([], True)
    with store.read() as rows:
        assert needs(rows, NOW + DAY) == []  # a day is nothing for a mail
        assert [(each.name, each.n) for each in needs(rows, NOW + 2 * DAY)] == [("unwarned", 1)]
    with store.write() as rows:
        post().handed_on(rows, made, "by telephone", by="Ann", now=NOW + 2 * DAY)
        assert needs(rows, NOW + 9 * DAY) == []
