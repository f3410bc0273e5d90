"""Who is told about a complaint: stories of one rung each, and of those who want to abuse the ladder."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.feedback.ladder import Circumstances, climb
from comity.feedback.parties import Parties
from comity.model.agreement import Agreement, BodyPolicy, Definition, FeedbackProvider
from comity.model.decisions import REASONS, Decided, NoReport, Send
from comity.model.origin import CfblAddress, Origin, Role, Signature, Standing
from comity.model.tier import Tier

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
WEST = FeedbackProvider(
    domain="west.example",
    address="feedback@west.example",
    organisation="West Mail",
    reporting_mta="mx.west.example",
    own_domains=("west-mail.example",),
    own_networks=(ip_network("192.0.2.0/24"),),
    trusted_hosts=("mx.west.example",),
    traps=("old@west.example", "@trap.west.example"),
)
EAST = Agreement(
    peer="east",
    address="fbl@east.example",
    networks=(ip_network("198.51.100.0/24"),),
    dkim_domains=("east.example",),
    tier=Tier.T2,
    body=BodyPolicy.BULK,
)
SENDER = Agreement(peer="sender", address="fbl@sender.example", dkim_domains=("sender.example",), tier=Tier.T2)
SHOP = Agreement(peer="shop", address="fbl@shop.example", dkim_domains=("shop.example",), tier=Tier.T1)
COVERED = ("from", "to", "subject", "message-id", "cfbl-address", "cfbl-feedback-id")


def _signed(domain: str, standing: Standing = Standing.VERIFIED, signed: tuple[str, ...] = COVERED) -> Signature:
    return Signature(domain=domain, selector="s1", standing=standing, signed_headers=signed)


ORIGIN = Origin(
    source_ip="203.0.113.9",
    source_ip_from="received:1",
    source_standing=Standing.TRUSTED,
    header_from="news@shop.example",
    header_from_domain="shop.example",
    envelope_from="bounce@sender.example",
    message_id="1@shop.example",
    signatures=(),
    cfbl_addresses=(),
    cfbl_feedback_id=None,
    feedback_id=None,
    arrived=NOW,
    recipient="ann@west.example",
    list_unsubscribe=True,
)


def _climb(origin: Origin = ORIGIN, *agreements: Agreement, provider: FeedbackProvider = WEST, **known: Any) -> Decided:
    decided = climb(origin, Parties(agreements), provider=provider, circumstances=Circumstances(**known))
    assert decided.decisions
    assert {refusal.reason for refusal in decided.refusals} <= REASONS
    return decided


def _told(decided: Decided) -> list[tuple[str, Role, str]]:
    return [(send.party, send.role, send.rule) for send in decided.sends]


def _noes(decided: Decided) -> list[str]:
    return [refusal.reason for refusal in decided.refusals]


# -- who is responsible, in which role, by which rule


def test_each_role_has_its_party() -> None:
    """The author's domain, the service that sent it and the network it came from are three, and all are told."""
    origin = replace(
        ORIGIN, source_ip="198.51.100.7", signatures=(_signed("sender.example"), _signed("mail.shop.example"))
    )
    decided = _climb(origin, EAST, SENDER, SHOP)
    assert _told(decided) == [
        ("shop", Role.ORIGINATOR, "dkim:shop.example"),
        ("sender", Role.SERVICE, "dkim:sender.example"),
        ("east", Role.NETWORK, "network:198.51.100.0/24"),
    ]
    assert [send.tier for send in decided.sends] == [Tier.T1, Tier.T2, Tier.T2]
    assert decided.sends[2].body is BodyPolicy.BULK


def test_each_party_is_told_once() -> None:
    """Whoever signs and owns the network, too, gets one report, in the first of its roles."""
    origin = replace(
        ORIGIN,
        header_from_domain="east.example",
        source_ip="198.51.100.7",
        signatures=(_signed("east.example"), _signed("mx.east.example")),
    )
    decided = _climb(origin, EAST)
    assert _told(decided) == [("east", Role.ORIGINATOR, "dkim:east.example")]
    assert [step.reason for step in decided.steps].count("already-told") == 2


def test_one_mailbox_of_two_names_is_one_party() -> None:
    """Two agreements with one feedback mailbox do not make two reports of one complaint."""
    twin = replace(EAST, peer="east-two", address="FBL@east.example", networks=(), dkim_domains=("shop.example",))
    origin = replace(ORIGIN, source_ip="198.51.100.7", signatures=(_signed("shop.example"),))
    assert len(_climb(origin, EAST, twin).sends) == 1


def test_a_signature_that_nobody_checked_decides_nothing() -> None:
    """Claimed and failed signatures make nobody responsible: anybody can write a d=."""
    for standing in (Standing.CLAIMED, Standing.FAILED):
        decided = _climb(replace(ORIGIN, signatures=(_signed("shop.example", standing),)), SHOP)
        assert decided.sends == ()
    assert _told(_climb(replace(ORIGIN, signatures=(_signed("shop.example", Standing.TRUSTED),)), SHOP))


def test_without_anybody_responsible_the_no_says_so() -> None:
    """No agreement, no address: one named no, and a step for each question."""
    decided = _climb()
    assert decided.decisions == (NoReport(reason="no-agreement-and-no-cfbl-address"),)
    assert [(step.rule, step.held) for step in decided.steps] == [
        ("message", True),
        ("network", False),
        ("cfbl", False),
        ("unsolicited", False),
    ]


# -- from where it came


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (None, "source-unknown"),
        ("10.0.0.1", "source-private"),
        ("fe80::1", "source-private"),
        ("192.0.2.7", "own-network"),
    ],
)
def test_an_address_that_says_nothing_is_nobodys(address: str | None, reason: str) -> None:
    """Unknown, private and our own addresses are a no of their own name."""
    everywhere = replace(EAST, networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))
    decided = _climb(replace(ORIGIN, source_ip=address), everywhere)
    assert (_told(decided), _noes(decided)) == ([], [reason])


def test_an_address_that_is_only_claimed_accuses_nobody() -> None:
    """Where trusted hosts are named, a line of another host counts for nothing; where none is, the top line counts."""
    origin = replace(ORIGIN, source_ip="198.51.100.7", source_standing=Standing.CLAIMED)
    assert _noes(_climb(origin, EAST)) == ["source-only-claimed"]
    assert _told(_climb(origin, EAST, source_assumed=True))
    elsewhere = replace(origin, source_ip_from="authentication-results")
    assert _noes(_climb(elsewhere, EAST, source_assumed=True)) == ["source-only-claimed"]


def test_our_own_signature_is_our_own_case() -> None:
    """Mail that we signed is no other network's doing."""
    origin = replace(ORIGIN, signatures=(_signed("mx.west-mail.example"),))
    assert _noes(_climb(origin, SHOP)) == ["own-domain"]


# -- the agreement has the last word


@pytest.mark.parametrize(
    ("terms", "known", "reason"),
    [
        ({"tier": Tier.T0}, {}, "tier-none"),
        ({}, {"not_spam": True}, "not-spam-not-agreed"),
        ({"definitions": (Definition.TRAP,)}, {}, "definition-not-agreed"),
        ({"address": "fbl@west.example"}, {}, "loop"),
        ({"address": "ANN@west.example"}, {}, "loop"),
        ({"address": "x@mail.west-mail.example"}, {}, "loop"),
    ],
)
def test_an_agreement_may_say_no(terms: dict[str, Any], known: dict[str, Any], reason: str) -> None:
    """Each no names the party that it is about."""
    decided = _climb(replace(ORIGIN, source_ip="198.51.100.7"), replace(EAST, **terms), **known)
    assert decided.decisions == (NoReport(reason=reason, party="east", role=Role.NETWORK, about="198.51.100.0/24"),)


def test_not_spam_goes_to_whoever_asked_for_it() -> None:
    """RFC 6430: the correction takes the way of the complaint, where it was agreed."""
    assert _told(_climb(replace(ORIGIN, source_ip="198.51.100.7"), replace(EAST, not_spam=True), not_spam=True))


# -- the message as a whole


@pytest.mark.parametrize("reason", ["is-report", "is-bounce", "is-auto-reply", "loop", "unreadable"])
def test_what_is_no_complaint_matter_stops_at_the_first_step(reason: str) -> None:
    """Reports about reports, bounces and automatic answers reach nobody, whoever is responsible."""
    origin = replace(ORIGIN, source_ip="198.51.100.7", signatures=(_signed("shop.example"),))
    assert _climb(origin, EAST, SHOP, refusal=reason).decisions == (NoReport(reason=reason),)


@pytest.mark.parametrize("recipient", ["OLD@west.example", "anything@trap.west.example"])
def test_a_trap_leaves_at_no_tier(recipient: str) -> None:
    """Nothing about a trap is told, and the trace does not name it."""
    decided = _climb(replace(ORIGIN, source_ip="198.51.100.7", recipient=recipient), EAST)
    assert decided.decisions == (NoReport(reason="trap"),)
    assert recipient.lower() not in repr(decided).lower()


@pytest.mark.parametrize("trap", ["@b\u00fccher.example", "@xn--bcher-kva.example", "@B\u00dcCHER.example."])
@pytest.mark.parametrize("domain", ["b\u00fccher.example", "xn--bcher-kva.example"])
def test_a_domain_of_traps_is_one_however_either_is_spelt(trap: str, domain: str) -> None:
    """In letters of its language or as the DNS has it."""
    provider = replace(WEST, traps=(trap,))
    assert _noes(_climb(replace(ORIGIN, recipient=f"x@{domain}"), EAST, provider=provider)) == ["trap"]


def test_a_neighbour_of_a_trap_is_a_person() -> None:
    """bold@west.example is not old@west.example."""
    assert _told(_climb(replace(ORIGIN, source_ip="198.51.100.7", recipient="bold@west.example"), EAST))


def test_old_mail_is_not_reported() -> None:
    """Where the operator set a limit; mail without a known arrival is not old."""
    oldest = NOW + timedelta(seconds=1)
    assert _noes(_climb(ORIGIN, SHOP, oldest=oldest)) == ["too-old"]
    assert "too-old" not in _noes(_climb(replace(ORIGIN, arrived=None), SHOP, oldest=oldest))
    assert "too-old" not in _noes(_climb(ORIGIN, SHOP, oldest=NOW))


# -- the address that the message names for itself


def _cfbl(address: str, *signatures: Signature, **changes: Any) -> Origin:
    named = CfblAddress(address=address, domain=address.rpartition("@")[2], report_format="arf")
    return replace(ORIGIN, cfbl_addresses=(named,), signatures=signatures, **changes)


def test_a_named_address_is_told_under_its_own_signature() -> None:
    """RFC 9477: T2, without the body, in the originator's role."""
    decided = _climb(_cfbl("fbl@shop.example", _signed("shop.example")))
    (send,) = decided.sends
    assert send == Send(
        party="shop.example",
        role=Role.ORIGINATOR,
        address="fbl@shop.example",
        rule="cfbl:strict",
        tier=Tier.T2,
        body=BodyPolicy.NEVER,
        report_format=send.report_format,
        agreement=None,
    )


def test_a_service_is_told_under_two_signatures() -> None:
    """An address elsewhere needs the author's signature and its own."""
    both = _cfbl("fbl@sender.example", _signed("shop.example"), _signed("sender.example"))
    assert _told(_climb(both)) == [("sender.example", Role.SERVICE, "cfbl:third-party")]
    one = _cfbl("fbl@sender.example", _signed("sender.example"))
    assert _noes(_climb(one)) == ["cfbl-signature-missing"]


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        (_cfbl("fbl@shop.example"), "cfbl-signature-missing"),
        (_cfbl("fbl@shop.example", _signed("shop.example", Standing.CLAIMED)), "cfbl-signature-not-valid"),
        (_cfbl("fbl@shop.example", _signed("shop.example", signed=("from",))), "cfbl-header-not-signed"),
        (_cfbl("fbl@shop.example", _signed("shop.example"), message_id=None), "cfbl-message-id-missing"),
        (_cfbl("fbl@shop.example", _signed("shop.example"), recipient=None), "recipient-unknown"),
        (
            _cfbl("fbl@shop.example", _signed("shop.example", signed=("from", "cfbl-address")), cfbl_feedback_id="1"),
            "cfbl-feedback-id-not-signed",
        ),
        # the author's domain was forged to be ours, the named address is the victim's own, or ours
        (_cfbl("ann@west.example", _signed("west.example"), header_from_domain="west.example"), "own-domain"),
        (
            _cfbl("feedback@west.example", _signed("shop.example"), header_from_domain="shop.example"),
            "cfbl-signature-missing",
        ),
    ],
)
def test_an_address_without_its_conditions_is_not_told(origin: Origin, reason: str) -> None:
    """Each missing condition is a no of its own name."""
    decided = _climb(origin)
    assert decided.sends == ()
    assert reason in _noes(decided)


@pytest.mark.parametrize("address", ["feedback@west.example", "ann@customers.example", "x@mail.west-mail.example"])
def test_an_address_that_leads_back_is_a_loop(address: str) -> None:
    """Signatures that are valid do not make us write to ourselves, or to the domain of the one who complained."""
    domain = address.rpartition("@")[2]
    origin = _cfbl(address, _signed(domain), header_from_domain=domain, recipient="ann@customers.example")
    decided = _climb(origin, provider=replace(WEST, own_domains=("west-mail.example",)))
    assert decided.sends == ()
    assert "loop" in _noes(decided)


def test_standing_terms_go_before_the_named_address() -> None:
    """Whoever has an agreement is told by the agreement, also where the agreement says no."""
    origin = _cfbl("other@shop.example", _signed("shop.example"))
    assert _told(_climb(origin, SHOP)) == [("shop", Role.ORIGINATOR, "dkim:shop.example")]
    assert _noes(_climb(origin, replace(SHOP, tier=Tier.T0))) == ["tier-none"]


def test_a_network_agreement_does_not_silence_the_author() -> None:
    """The network is told, and so is the author who asked for complaints."""
    origin = replace(_cfbl("fbl@shop.example", _signed("shop.example")), source_ip="198.51.100.7")
    assert [party for party, _, _ in _told(_climb(origin, EAST))] == ["east", "shop.example"]


def test_only_the_first_address_counts() -> None:
    """RFC 9477 section 3.2: a second one cannot make us write twice."""
    origin = _cfbl("fbl@shop.example", _signed("shop.example"))
    more = replace(origin, cfbl_addresses=(*origin.cfbl_addresses, *_cfbl("other@shop.example").cfbl_addresses * 50))
    assert [send.address for send in _climb(more).sends] == ["fbl@shop.example"]


def test_not_spam_is_not_told_to_a_named_address() -> None:
    """CFBL is for complaints."""
    assert _noes(_climb(_cfbl("fbl@shop.example", _signed("shop.example")), not_spam=True)) == [
        "cfbl-takes-complaints-only"
    ]


@pytest.mark.parametrize("address", ["a b@shop.example", "a@shop.example\r\nBcc: x@y.example", "", "@shop.example"])
def test_an_address_that_is_none_is_not_told(address: str) -> None:
    """What cannot be written to becomes no part of a header."""
    named = CfblAddress(address=address, domain="shop.example", report_format="arf")
    decided = _climb(replace(ORIGIN, cfbl_addresses=(named,), signatures=(_signed("shop.example"),)))
    assert decided.sends == ()


# -- whatever the facts


STANDINGS = st.sampled_from(Standing)
NAMES = st.sampled_from(
    ["shop.example", "sender.example", "east.example", "west.example", "", "a..b", "发.example", "com"]
)
ADDRESSES = st.one_of(
    st.none(), st.sampled_from(["198.51.100.7", "192.0.2.1", "10.1.1.1", "2001:db8::1", "nonsense", ""])
)


@given(
    source=ADDRESSES,
    standing=STANDINGS,
    author=st.one_of(st.none(), NAMES),
    signatures=st.lists(st.builds(_signed, NAMES, STANDINGS), max_size=5),
    named=st.lists(NAMES, max_size=3),
    not_spam=st.booleans(),
)
def test_every_complaint_has_an_answer(
    source: str | None,
    standing: Standing,
    author: str | None,
    signatures: list[Signature],
    named: list[str],
    not_spam: bool,
) -> None:
    """Whatever is claimed: at least one decision, each party once, nobody of ours, nobody who is not responsible."""
    origin = replace(
        ORIGIN,
        source_ip=source,
        source_standing=standing,
        header_from_domain=author,
        signatures=tuple(signatures),
        cfbl_addresses=tuple(CfblAddress(address=f"fbl@{each}", domain=each, report_format="arf") for each in named),
    )
    decided = _climb(origin, EAST, SENDER, SHOP, not_spam=not_spam)
    parties = [send.party for send in decided.sends]
    assert len(parties) == len(set(parties))
    assert not any("west" in send.address for send in decided.sends)
    believed = {each.domain for each in signatures if each.standing in (Standing.VERIFIED, Standing.TRUSTED)}
    for send in decided.sends:
        if send.role is Role.NETWORK:
            assert standing in (Standing.VERIFIED, Standing.TRUSTED)
        else:
            assert any(send.rule.partition(":")[2] in each or each in send.address for each in believed)
