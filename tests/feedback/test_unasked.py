"""The last rung of the ladder: a network that did not ask."""

from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import ip_network

import pytest

from comity.feedback.ladder import Circumstances, climb
from comity.feedback.parties import Parties
from comity.model.agreement import Agreement, Definition, FeedbackProvider
from comity.model.decisions import Decided
from comity.model.network_contact import ContactState, ContactWay, FoundContact, RegistryAnswer
from comity.model.origin import Origin, Standing
from comity.model.tier import Tier

WEST = FeedbackProvider(
    domain="west.example",
    address="feedback@west.example",
    organisation="West Mail",
    reporting_mta="mx.west.example",
    own_networks=(ip_network("203.0.113.0/24"),),
    traps=("@trap.west.example",),
)
FOUND = FoundContact(
    network="198.51.100.0/24",
    address="abuse@east.example",
    way=ContactWay.ABUSE_C,
    source="RIPE",
    day=date(2026, 3, 1),
    state=ContactState.CONFIRMED,
)
ORIGIN = Origin(
    source_ip="198.51.100.7",
    source_ip_from="received:1",
    source_standing=Standing.TRUSTED,
    recipient="ann@west.example",
    arrived=datetime(2026, 3, 1, 8, tzinfo=UTC),
    header_from=None,
    header_from_domain=None,
    envelope_from=None,
    message_id="1@shop.example",
    signatures=(),
    cfbl_addresses=(),
    cfbl_feedback_id=None,
    feedback_id=None,
    list_unsubscribe=False,
)
ON = Circumstances(unsolicited=True, registry=RegistryAnswer(found=FOUND, refusal=None))


def _climb(origin: Origin = ORIGIN, known: Circumstances = ON, *agreements: Agreement) -> Decided:
    return climb(origin, Parties(agreements), provider=WEST, circumstances=known)


def _step(decided: Decided) -> tuple[bool, str | None]:
    (step,) = [each for each in decided.steps if each.rule == "unsolicited"]
    return step.held, step.reason


def test_it_is_off() -> None:
    """Without the operator's word nobody is looked up, and the answer is the one of always."""
    decided = _climb(known=Circumstances())
    assert _step(decided) == (False, "unsolicited-off")
    assert [each.reason for each in decided.refusals] == ["no-agreement-and-no-cfbl-address"]
    assert decided.to_look_up is None


def test_the_registry_is_asked_before_it_is_decided() -> None:
    """The ladder names the address to look up; with the answer it decides."""
    first = _climb(known=Circumstances(unsolicited=True))
    assert (first.sends, first.to_look_up) == ((), "198.51.100.7")
    (send,) = _climb().sends
    assert (send.address, send.tier, send.unasked) == ("abuse@east.example", Tier.T1, FOUND)
    assert send.rule == "contact:abuse-c:198.51.100.0/24"
    assert _step(_climb()) == (True, "RIPE:abuse-c")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"source_standing": Standing.CLAIMED}, "source-only-claimed"),
        ({"source_ip": None}, "source-unknown"),
        ({"source_ip": "10.1.2.3"}, "source-private"),
        ({"source_ip": "203.0.113.9"}, "own-network"),
    ],
)
def test_only_an_address_that_our_host_vouches_for(change: dict[str, object], reason: str) -> None:
    """What is only claimed lets nothing be written to a stranger."""
    decided = _climb(replace(ORIGIN, **change))  # type: ignore[arg-type]
    assert decided.sends == ()
    assert _step(decided) == (False, reason)


def test_a_trap_never_leads_to_anybody() -> None:
    """Not even the registry is asked."""
    decided = _climb(replace(ORIGIN, recipient="old@trap.west.example"))
    assert (decided.sends, decided.to_look_up) == ((), None)
    assert [each.reason for each in decided.refusals] == ["trap"]
    assert _climb(known=replace(ON, definition=Definition.TRAP)).sends == ()


def test_not_spam_is_not_said_unasked() -> None:
    """Praise is not sent to strangers."""
    assert _step(_climb(known=replace(ON, not_spam=True))) == (False, "not-spam-not-agreed")


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (ContactState.KNOWN, "contact-unconfirmed"),
        (ContactState.BOUNCED, "contact-bounced"),
        (ContactState.STOPPED, "contact-stopped"),
    ],
)
def test_only_a_contact_that_a_person_confirmed(state: ContactState, reason: str) -> None:
    """Each other state is a named no, and the complaint still counts as one that told nobody."""
    decided = _climb(known=replace(ON, registry=RegistryAnswer(found=replace(FOUND, state=state), refusal=None)))
    assert decided.sends == ()
    assert [each.reason for each in decided.refusals] == [reason, "no-agreement-and-no-cfbl-address"]


@pytest.mark.parametrize(
    "agreement",
    [
        Agreement(peer="east", address="fbl@elsewhere.example", networks=(ip_network("198.51.100.128/25"),), tier=Tier.T2),
        Agreement(peer="east", address="fbl@mail.east.example", tier=Tier.T2),
        Agreement(peer="east", address="fbl@x.example", dkim_domains=("east.example",), tier=Tier.T2),
        Agreement(peer="east", address="fbl@x.example", contacts=("Abuse@east.example",), tier=Tier.T2),
        Agreement(
            peer="east", address="fbl@x.example", networks=(ip_network("198.51.96.0/20"),), tier=Tier.T2, stopped="suspended"
        ),
    ],
)  # fmt: skip
def test_one_network_is_not_told_in_both_ways(agreement: Agreement) -> None:
    """Whoever has terms with us, in force or ended, for these addresses or others, is told under them or not at all."""
    decided = _climb(ORIGIN, ON, agreement)
    assert [each for each in decided.sends if each.unasked] == []
    assert not _step(decided)[0]


def test_somebody_who_asked_goes_before() -> None:
    """Where one party is told, nobody is told unasked."""
    agreement = Agreement(
        peer="shop", address="fbl@shop.example", networks=(ip_network("198.51.100.0/24"),), tier=Tier.T2
    )
    decided = _climb(ORIGIN, ON, agreement)
    assert [each.party for each in decided.sends] == ["shop"]
    assert _step(decided) == (False, "already-told")


def test_the_contact_is_not_ourselves() -> None:
    """A registry that names our own mailbox makes no loop."""
    known = replace(ON, registry=RegistryAnswer(found=replace(FOUND, address="feedback@west.example"), refusal=None))
    assert "loop" in [each.reason for each in _climb(known=known).refusals]
