"""From the application to the last report: what an applicant proves, and what follows."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.bootstrap.consumers.enrolling import has_dead_mailbox
from comity.formats.proof import code
from comity.ledger import note
from comity.model.consumer import ClaimKind, ConsumerAct, ConsumerState
from comity.model.outcomes import ComityError
from comity.model.peer_key import KeyState, PeerKey
from comity.model.sending import PeerState
from comity.services.complain.enrolment import vouching

if TYPE_CHECKING:
    from .conftest import Office

EAST_KEY = Ed25519PrivateKey.from_private_bytes(b"e" * 32)


def test_from_application_to_trial(office: "Office") -> None:
    """A record proves the domain, an answer the mailbox; then a person accepts, and mail for it may leave."""
    office.apply()
    office.put_records()
    office.look()
    assert office.state() is ConsumerState.APPLIED
    asked = office.ask()
    assert "fbl@east.example" in asked
    assert office.answer(f"Agree {office.code('fbl@east.example')}\n> old text")
    assert office.state() is ConsumerState.PROVED
    office.act(ConsumerAct.ACCEPT)
    assert office.state() is ConsumerState.TRIAL
    with office.store.read() as rows:
        assert rows.peers.by_name(["east"])["east"].state is PeerState.LIVE
        assert rows.consumers.quota_of("east") == 50


def test_nothing_leaves_before_a_person_says_so(office: "Office") -> None:
    """Until our operator asks or accepts somebody, the clock writes to nobody."""
    office.apply()
    office.keep(hours=2)
    assert office.mails() == []


def test_another_record_proves_nothing(office: "Office") -> None:
    """A wrong value, and the value of another applicant, prove nothing."""
    office.apply()
    office.put_records()
    office.zone = dict.fromkeys(office.zone, "comity-aaaa")
    office.look()
    office.apply("evil", address="fbl@evil.example", domains=("east.example",))
    office.put_records("evil")
    office.look()
    with office.store.read() as rows:
        assert not any(each.holds(office.now) for each in rows.consumers.claims("east"))


def test_who_proved_first_has_it(office: "Office") -> None:
    """A domain that somebody proved can be claimed by nobody else, whole or in part."""
    office.enrol()
    with pytest.raises(ComityError) as no:
        office.apply("evil", address="fbl@evil.example", domains=("mail.east.example",))
    assert (no.value.code, no.value.details["holder"]) == ("consumer-domain-taken", "east")


def test_a_code_that_was_not_mailed_proves_nothing(office: "Office") -> None:
    """A code counts when a mail asked with it, and only one of ours."""
    office.apply()
    assert not office.answer(f"agree {office.code('fbl@east.example')}")
    office.ask()
    assert not office.answer(f"agree {code(b'0123456789')}")
    assert not office.answer(office.code("fbl@east.example"))


def test_a_refusal_takes_the_proof_away(office: "Office") -> None:
    """Whoever reads abuse@ can say no, and reports stop."""
    office.enrol()
    code_before = office.code("fbl@east.example")
    assert office.answer(f"拒绝 {code_before}")
    assert office.state() is ConsumerState.LAPSED
    assert not office.answer(f"agree {code_before}")  # the consent of before, sent once more
    assert office.state() is ConsumerState.LAPSED


def test_our_mails_show_no_consent(office: "Office") -> None:
    """Our own mail, sent back by a program, proves nothing; abuse and postmaster of a domain are asked."""
    office.apply()
    assert office.ask() == ["fbl@east.example", "abuse@east.example", "postmaster@east.example"]
    assert office.ask() == []  # once a day
    for _, text in office.mails():
        assert not office.answer("> " + text.replace("\n", "\n> "))
        assert not office.answer(text)


def test_bounces_suspend_and_say_so(office: "Office") -> None:
    """A consumer whose mailbox refuses reports is suspended, which calls for it until it is done; its contact is told."""
    office.enrol(contact="noc@east.example")
    assert not has_dead_mailbox(office.store)
    office.refuses_mail()
    assert has_dead_mailbox(office.store)
    assert office.keep(minutes=1).suspended == 1
    assert not has_dead_mailbox(office.store)
    assert office.state() is ConsumerState.SUSPENDED
    assert office.mails()[-1][0] == "noc@east.example"
    office.act(ConsumerAct.RESUME)
    assert office.state() is ConsumerState.TRIAL


def test_records_renew_by_themselves(office: "Office") -> None:
    """A record that still stands renews its proof; a mailbox is asked again, with a new code."""
    office.enrol()
    was = office.code("fbl@east.example")
    kept = office.keep(days=155)
    assert (kept.proved, kept.warned) == (1, 1)
    assert office.code("fbl@east.example") != was
    assert not office.answer(f"agree {was}")
    assert office.answer(f"agree {office.code('fbl@east.example')}")
    office.keep(days=26)
    assert office.state() is ConsumerState.TRIAL


def test_proof_that_ran_out_stops_reports(office: "Office") -> None:
    """Without renewal reports stop on the day, and the consumer is told."""
    office.enrol()
    office.zone.clear()
    assert office.keep(days=181).lapsed == 1
    assert office.state() is ConsumerState.LAPSED
    assert "Reports for east have stopped" in "".join(text for _, text in office.mails())
    office.put_records()
    office.answer(f"agree {office.code('fbl@east.example')}")
    office.keep(hours=2)
    assert office.state() is ConsumerState.TRIAL


@pytest.mark.parametrize("first", [(), (ConsumerAct.CONFIRM,), (ConsumerAct.SUSPEND,)])
def test_leaving_is_one_step(office: "Office", first: tuple[ConsumerAct, ...]) -> None:
    """From wherever it stands, one act ends it; it may apply again."""
    office.enrol()
    for act in first:
        office.act(act)
    office.act(ConsumerAct.LEAVE)
    assert office.state() is ConsumerState.LEFT
    with office.store.read() as rows:
        assert rows.peers.by_name(["east"])["east"].state is PeerState.OBSERVE
        assert rows.consumers.in_force() == []
    office.apply()
    assert office.state() is ConsumerState.APPLIED


def test_an_application_without_proof_ends(office: "Office") -> None:
    """After 30 days without proof an application is over."""
    office.apply()
    assert office.keep(days=31).ended == 1
    assert office.state() is ConsumerState.REFUSED


def test_a_proof_that_comes_on_the_last_day_counts(office: "Office") -> None:
    """The look that ends an application is the one that finds its record: it is proved, and not refused as unproved."""
    office.apply()
    office.ask()
    assert office.answer(f"agree {office.code('fbl@east.example')}")
    office.put_records()
    kept = office.keep(days=31)
    assert (office.state(), kept.proved, kept.ended) == (ConsumerState.PROVED, 1, 0)


def test_an_act_that_does_not_fit_changes_nothing(office: "Office") -> None:
    """Nobody is accepted without proof."""
    office.apply()
    with pytest.raises(ComityError) as no:
        office.act(ConsumerAct.ACCEPT)
    assert no.value.code == "consumer-act"
    assert office.state() is ConsumerState.APPLIED


def _voucher(office: "Office", **changed: object) -> str:
    facts = {
        "consumer": "east",
        "kind": ClaimKind.DOMAIN,
        "subject": "east.example",
        "to": "west.example",
        "at": office.now,
    }
    return vouching.signed(vouching.Voucher(**(facts | changed)), "north.example", EAST_KEY)  # type: ignore[arg-type]


def _pin(office: "Office", state: KeyState = KeyState.PINNED) -> None:
    public = note.verifier_of("north.example", EAST_KEY).public
    with office.store.write() as rows:
        rows.keys.put(PeerKey(peer="north.example", public=public, revocation=bytes(32), state=state, since=office.now))


def test_a_known_peer_vouches(office: "Office") -> None:
    """The signature of a peer whose key is pinned proves a claim."""
    office.apply()
    _pin(office)
    with office.store.write() as rows:
        said, by = vouching.opened(rows.keys, _voucher(office), ours="west.example", now=office.now)
        office.desk(rows).vouched("east", said, by=by)
        assert [each.holds(office.now) for each in rows.consumers.claims("east")] == [False, True]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"to": "other.example"}, "elsewhere"), ({"at": -31}, "old"), ({}, "not-signed")],
)
def test_a_voucher_is_refused_by_name(office: "Office", changed: dict[str, object], reason: str) -> None:
    """One for somebody else, an old one, and one of a stranger prove nothing."""
    if isinstance(days := changed.get("at"), int):
        changed = {"at": office.now + timedelta(days=days)}
    with office.store.write() as rows, pytest.raises(ComityError) as no:
        vouching.opened(rows.keys, _voucher(office, **changed), ours="west.example", now=office.now)
    assert no.value.code == f"consumer-voucher-{reason}"


def _said(office: "Office", **changed: object) -> vouching.Voucher:
    facts = {
        "consumer": "east",
        "kind": ClaimKind.DOMAIN,
        "subject": "east.example",
        "to": "west.example",
        "at": office.now,
    }
    return vouching.Voucher(**(facts | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"consumer": "north"}, "voucher-other"),
        ({"kind": ClaimKind.MAILBOX, "subject": "fbl@east.example"}, "voucher-mailbox"),
        ({"at": -1}, "voucher-before"),
        ({"subject": "other.example"}, "not-claimed"),
    ],
)
def test_a_voucher_proves_what_it_says_about_whom_it_names(
    office: "Office", changed: dict[str, object], reason: str
) -> None:
    """One about another consumer, a mailbox, an earlier applicant of the name, or what was not claimed proves nothing."""
    office.apply()
    if isinstance(days := changed.get("at"), int):
        changed = {"at": office.now + timedelta(days=days)}
    with office.store.write() as rows:
        with pytest.raises(ComityError) as no:
            office.desk(rows).vouched("east", _said(office, **changed), by="north.example")
        assert [each.holds(office.now) for each in rows.consumers.claims("east")] == [False, False]
    assert no.value.code == f"consumer-{reason}"


def test_a_voucher_opens_nothing_for_who_takes_the_name_after(office: "Office") -> None:
    """What was signed for a consumer that left is worth nothing to whoever applies under its name."""
    office.apply()
    with office.store.write() as rows:
        said = _said(office)
        office.desk(rows).act("east", ConsumerAct.LEAVE)
        with pytest.raises(ComityError) as no:
            office.desk(rows).vouched("east", said, by="north.example")
    assert no.value.code == "consumer-voucher-before"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"kind": ClaimKind.MAILBOX, "subject": "fbl@east.example"}, "voucher-mailbox"),
        ({"subject": "com"}, "public-suffix"),
        ({"kind": ClaimKind.NETWORK, "subject": "0.0.0.0/0"}, "network-private"),
        ({"kind": ClaimKind.NETWORK, "subject": "198.51.0.0/8"}, "network"),
        ({"to": "nobody here"}, "domain"),
    ],
)
def test_nobody_signs_what_no_desk_would_take(office: "Office", changed: dict[str, object], reason: str) -> None:
    """A mailbox, a public suffix, all addresses there are: whoever vouches hears so before he hands it on."""
    with pytest.raises(ComityError) as no:
        vouching.checked(_said(office, **changed))
    assert no.value.code == f"consumer-{reason}"
    assert vouching.checked(_said(office, subject="East.Example.", to="West.Example")) == _said(office)
