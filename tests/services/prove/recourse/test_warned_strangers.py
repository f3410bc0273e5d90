"""A network without an agreement hears of what is done to it: once a person of ours decided it, at a mailbox that is for that."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from comity.model.network_contact import AddressRange, Contact, ContactLine, ContactState, ContactWay
from comity.model.recourse import Consequence, Measure
from comity.model.sending import WARNED, OutboxState, Peer, PeerState
from comity.services.complain.contacts.acting import stop
from comity.services.prove.recourse import delivering
from comity.services.prove.recourse.mail import Posted
from comity.store.engine import Store
from comity.store.records import Records

from ...stores import store
from .test_recourse import BLOCK, DAY, NOW, desk, post

__all__ = ["store"]

LISTED = replace(BLOCK, subject="mail.listed.example", measure=Measure.LISTED, peer=None)
ABUSE = "abuse@listed.example"


@pytest.fixture
def rows(store: Store) -> Iterator[Records]:
    with store.write() as found:
        yield found


def live(rows: Records) -> None:
    rows.peers.put(Peer(name=WARNED, address="recourse@west.example", state=PeerState.LIVE, since=NOW))


def warned(rows: Records, *, by: str = "Ann", subject: str = LISTED.subject) -> tuple[Consequence, Posted]:
    made = desk(rows).impose(replace(LISTED, subject=subject))
    return made, post().warn(rows, made, by=by, now=NOW)


def outbox(rows: Records) -> list[str]:
    return [row.address for row in rows.sending.listed(None, list(OutboxState), 100)]


def contact(rows: Records, network: str, state: ContactState, address: str = "noc@owner.example") -> None:
    net = ip_network(network)
    where = AddressRange(version=4, first=int(net.network_address), last=int(net.broadcast_address))
    number = rows.network_contacts.begin_import(f"RIPE of {network}", day=NOW.date(), at=NOW)
    line = ContactLine(range=where, address=address, way=ContactWay.ABUSE_C)
    rows.network_contacts.put_lines(number, [line], at=NOW)
    rows.network_contacts.finish_import(number, ranges=1)
    found = rows.network_contacts.find(address)
    assert found is not None
    rows.network_contacts.put(replace(found, state=state))


def test_nothing_leaves_before_the_operator_says_so(rows: Records) -> None:
    """The text is there to be handed on, and no line claims that anybody was warned."""
    made, posted = warned(rows)
    assert (posted.not_mailed, outbox(rows)) == ("warned-observe", [])
    assert made.reference in posted.text
    assert rows.recourses.warned() == set()
    assert rows.practices.counts(NOW)["warned"] == 0


def test_the_mailbox_for_abuse_of_the_organisation_is_told_before_it_begins(rows: Records) -> None:
    live(rows)
    made, posted = warned(rows)
    assert (posted.not_mailed, outbox(rows)) == (None, [ABUSE])
    assert made.begins - NOW == timedelta(hours=48)
    assert rows.recourses.warned() == {made.reference}
    counts = rows.practices.counts(NOW)
    assert (counts["warned"], counts["hurting"]) == (1, 1)


def test_no_program_writes_to_strangers(rows: Records) -> None:
    """What a rule adopts, a peer had said: by that it could have us write to whom it likes."""
    live(rows)
    _, posted = warned(rows, by="comity")
    assert (posted.not_mailed, outbox(rows)) == ("by-rule", [])


def test_what_waits_begins_two_days_after_the_mail(rows: Records) -> None:
    """The mail names the moment from which on it holds; until the next host took it nothing begins, and whoever asks hears so."""
    made = desk(rows).impose(replace(LISTED, waits=True))
    assert (made.waits, post().warn(rows, made, by="Ann", now=NOW).not_mailed) == (True, "warned-observe")
    rows.peers.put(Peer(name="east", address="abuse@east.example", state=PeerState.LIVE, since=NOW))
    own = desk(rows).impose(replace(LISTED, waits=True, peer="east.example"))
    why = desk(rows).ask(own.reference)
    assert "not before somebody of yours was warned" in post().why(rows, why, now=NOW).text
    live(rows)
    for each in (made, own):
        posted = post().warn(rows, each, by="Ann", now=NOW + DAY)
        assert (posted.not_mailed, "2026-11-26 09:00" in posted.text) == (None, True)
        assert desk(rows).find(each.reference)[0].waits
    until, hours = NOW + 2 * DAY, timedelta(hours=48)
    for after in ("", "east"):
        for mail in rows.sending.claim("t", now=NOW + DAY, lease=(NOW + DAY, until), after=after, lot=lambda party: 9):
            delivering.taken(rows, mail, now=NOW + DAY, warning=hours)
    assert {desk(rows).find(each.reference)[0].begins for each in (made, own)} == {NOW + 3 * DAY}


def test_what_was_lifted_begins_no_more(rows: Records) -> None:
    """Whoever is told afterwards is told: nothing that is over gets a beginning by it."""
    made = desk(rows).impose(replace(LISTED, waits=True))
    rows.recourses.lift(made.reference, NOW)
    post().handed_on(rows, desk(rows).find(made.reference)[0], "by telephone", by="Ann", now=NOW + DAY)
    assert desk(rows).find(made.reference)[0].begins == made.ends


@pytest.mark.parametrize(
    ("network", "state", "told"),
    [
        ("203.0.113.0/24", ContactState.CONFIRMED, True),
        ("203.0.113.0/25", ContactState.CONFIRMED, True),
        ("203.0.113.0/26", ContactState.CONFIRMED, False),  # it does not speak for the rest
        ("203.0.113.0/24", ContactState.KNOWN, False),
        ("203.0.113.0/24", ContactState.STOPPED, False),
        ("203.0.113.0/24", ContactState.BOUNCED, False),
    ],
)
def test_of_a_network_the_contact_that_a_person_confirmed(
    rows: Records, network: str, state: ContactState, *, told: bool
) -> None:
    live(rows)
    contact(rows, network, state)
    _, posted = warned(rows, subject="203.0.113.0/25")
    assert posted.not_mailed == (None if told else "no-contact")
    assert outbox(rows) == (["noc@owner.example"] if told else [])


def test_a_nearer_contact_that_nobody_confirmed_hides_none(rows: Records) -> None:
    """Whoever answers for the wider network is told, and nobody for a part of it."""
    live(rows)
    contact(rows, "203.0.113.0/24", ContactState.CONFIRMED)
    contact(rows, "203.0.113.0/25", ContactState.KNOWN, "abuse@tenant.example")
    contact(rows, "203.0.113.0/26", ContactState.CONFIRMED, "noc@part.example")
    assert warned(rows, subject="203.0.113.0/25")[1].not_mailed is None
    assert outbox(rows) == ["noc@owner.example"]


def test_who_wants_no_more_is_not_written_to(rows: Records) -> None:
    live(rows)
    number = rows.network_contacts.begin_import("RIPE", day=NOW.date(), at=NOW)
    where = AddressRange(version=4, first=0, last=255)
    rows.network_contacts.put_lines(number, [ContactLine(range=where, address=ABUSE, way=ContactWay.IRT)], at=NOW)
    found = rows.network_contacts.find(ABUSE)
    assert isinstance(found, Contact)
    rows.network_contacts.put(replace(found, state=ContactState.STOPPED))
    assert warned(rows)[1].not_mailed == "no-contact"


def test_few_a_day_go_to_one_mailbox(rows: Records) -> None:
    """Whoever lists a hundred hosts of one organisation sends it five mails, and tells the rest otherwise."""
    live(rows)
    said = [warned(rows, subject=f"m{n}.listed.example")[1].not_mailed for n in range(7)]
    assert said == [None] * 5 + ["enough"] * 2
    made = desk(rows).impose(LISTED)
    assert post().warn(rows, made, by="Ann", now=NOW + 2 * DAY).not_mailed is None


def test_what_is_said_about_it_goes_to_whom_was_warned(rows: Records) -> None:
    """A reference stands in every mail that is turned away: whoever cites it, reasons and answers go to the warned mailbox."""
    live(rows)
    made, _ = warned(rows)
    why = desk(rows).ask(made.reference, asker="thief@elsewhere.example", how="mail")
    assert post().why(rows, why, now=NOW).not_mailed is None
    desk(rows).argue(made.reference, "It is wrong.", asker="thief@elsewhere.example")
    post().objected(rows, *desk(rows).find(made.reference), now=NOW)
    answered, act = desk(rows).answer(made.reference, "We looked.", grants=True)
    post().answered(rows, answered, act.value, "We looked.", now=NOW)
    assert outbox(rows) == [ABUSE] * 4


def test_a_person_may_have_told_them_otherwise(rows: Records) -> None:
    """Written down with how; and what was no address is written to by nobody."""
    made, _ = warned(rows)
    post().handed_on(rows, made, "by telephone, Mr Li", by="Ann", now=NOW)
    assert rows.recourses.warned() == {made.reference}
    live(rows)
    assert post().why(rows, desk(rows).ask(made.reference), now=NOW).not_mailed == "no-agreement"
    assert outbox(rows) == []


def test_a_mailbox_is_warned_of_a_thing_once(rows: Records) -> None:
    """Whoever repeats the command doubles no mail; how a person told them otherwise is no such mail."""
    live(rows)
    made = desk(rows).impose(LISTED)
    post().handed_on(rows, made, "by telephone, Mr Li", by="Ann", now=NOW)
    assert [post().warn(rows, made, by="Ann", now=NOW + n * DAY).not_mailed for n in range(2)] == [None, "warned"]
    assert outbox(rows) == [ABUSE]


def test_nobody_is_warned_of_what_is_over(rows: Records) -> None:
    """Neither of what was taken back, nor of what has ended."""
    live(rows)
    made = desk(rows).impose(LISTED)
    lifted = replace(made, lifted=NOW)
    assert post().warn(rows, lifted, by="Ann", now=NOW).not_mailed == "over"
    assert post().warn(rows, made, by="Ann", now=made.ends).not_mailed == "over"
    assert outbox(rows) == []


def test_who_ends_our_mail_after_a_warning_gets_no_more_of_it(rows: Records) -> None:
    """Whoever cites the reference from elsewhere makes us write to nobody who said that he wants nothing."""
    live(rows)
    contact(rows, "203.0.113.0/24", ContactState.CONFIRMED)
    made, _ = warned(rows, subject="203.0.113.0/25")
    stop(rows.network_contacts, "noc@owner.example", actor="noc@owner.example", now=NOW)
    why = desk(rows).ask(made.reference, asker="thief@elsewhere.example", how="mail")
    assert post().why(rows, why, now=NOW).not_mailed == "no-contact"
    assert outbox(rows) == ["noc@owner.example"]
