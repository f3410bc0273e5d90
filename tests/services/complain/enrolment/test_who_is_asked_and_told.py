"""Who is asked for proof, and who is told what became of an application: nobody whom an applicant merely names."""

from typing import TYPE_CHECKING

import pytest

from comity.model.consumer import ClaimKind, ConsumerAct, ConsumerState, ProofWay
from comity.model.network_contact import ContactWay
from comity.model.outcomes import ComityError
from comity.services.complain.contacts import acting as contacts

if TYPE_CHECKING:
    from comity.model.consumer import Claim

    from .conftest import Office

NETWORK = "198.51.100.64/26"  # on no edge of a reverse zone: no record proves it


def claim(office: "Office", kind: ClaimKind) -> "Claim":
    with office.store.read() as rows:
        return next(each for each in rows.consumers.claims("east") if each.kind is kind)


def test_the_registered_contact_proves_a_network(office: "Office") -> None:
    """Whom the registry names for the network is asked, and his answer proves it."""
    office.registry(("198.51.100.0/24", "abuse@carrier.example"))
    office.apply(domains=(), networks=(NETWORK,))
    assert office.ask() == ["fbl@east.example", "abuse@carrier.example"]
    assert office.answer(f"agree {office.code(NETWORK)}")
    proved = claim(office, ClaimKind.NETWORK)
    assert proved.holds(office.now)
    assert proved.way is ProofWay.MAIL


def test_a_part_does_not_answer_for_the_whole(office: "Office") -> None:
    """The narrowest range around all of the network counts: who has a part of it is not asked about the rest."""
    office.registry(("198.51.100.0/22", "abuse@carrier.example"), ("198.51.100.0/26", "abuse@east.example"))
    office.apply(domains=(), networks=("198.51.100.0/24",))
    assert office.ask() == ["fbl@east.example", "abuse@carrier.example"]


def test_a_hint_answers_for_nobody(office: "Office") -> None:
    """An address in remarks is not asked: anybody could be meant."""
    office.registry(("198.51.100.0/24", "abuse@carrier.example"), way=ContactWay.REMARK)
    office.apply(domains=(), networks=(NETWORK,))
    assert office.ask() == ["fbl@east.example"]


def test_who_wants_no_mail_is_not_asked(office: "Office") -> None:
    """A contact that ended our mail, or bounced, is left alone."""
    office.registry(("198.51.100.0/24", "abuse@carrier.example"))
    with office.store.write() as rows:
        contacts.stop(rows.network_contacts, "abuse@carrier.example", actor="wang", now=office.now)
    office.apply(domains=(), networks=(NETWORK,))
    assert office.ask() == ["fbl@east.example"]


def test_many_networks_of_one_contact_are_three_mails_a_day(office: "Office") -> None:
    """Whoever claims twenty parts of a network has its contact written to three times, not twenty."""
    office.registry(("198.51.100.0/22", "abuse@carrier.example"))
    parts = [f"198.51.{100 + number // 8}.{number % 8 * 32}/27" for number in range(20)]
    office.apply(domains=(), networks=tuple(parts))
    assert office.ask().count("abuse@carrier.example") == 3
    assert office.ask().count("abuse@carrier.example") == 0
    office.keep(days=1, minutes=1)
    assert sum(to == "abuse@carrier.example" for to, _ in office.mails()) == 6


def test_two_operators_share_a_name_in_the_dns(office: "Office") -> None:
    """Our record proves beside that of another network that runs the same program."""
    office.apply()
    office.put_records()
    office.zone = {name: f"comity-of-somebody-else\n{value}\n" for name, value in office.zone.items()}
    office.look()
    assert claim(office, ClaimKind.DOMAIN).way is ProofWay.DNS


@pytest.mark.parametrize("contact", ["boss@victim.example", "boss@east.example.victim.example"])
def test_a_contact_elsewhere_is_refused(office: "Office", contact: str) -> None:
    """Nobody has us write to somebody else's people."""
    with pytest.raises(ComityError) as no:
        office.apply(contact=contact)
    assert no.value.code == "consumer-contact-elsewhere"


def test_a_contact_at_a_domain_that_nobody_proved_is_not_told(office: "Office") -> None:
    """Naming the victim's domain beside one's own makes nobody write to the victim."""
    office.apply(contact="boss@victim.example", domains=("east.example", "victim.example"))
    with office.store.read() as rows:
        wanted = [each for each in office.desk(rows).wanted("east") if each.claim.subject == "east.example"]
    office.zone = {each.dns_name: each.dns_value for each in wanted if each.dns_name}
    office.look()
    office.ask()
    office.answer(f"agree {office.code('fbl@east.example')}")
    assert office.act(ConsumerAct.ACCEPT) == ["fbl@east.example"]


def test_a_refusal_is_told_with_its_reason(office: "Office") -> None:
    """A no has a reason, and whoever applied reads it, in both languages; not before he proved that he reads that mailbox."""
    office.apply()
    office.ask()
    assert office.act(ConsumerAct.REFUSE, reason="no loop for\r\nBcc: x@victim.example") == []
    office.apply()
    office.put_records()
    office.look()
    office.keep(days=1, minutes=1)
    office.answer(f"agree {office.code('fbl@east.example')}")
    assert office.act(ConsumerAct.REFUSE, reason="you sell lists") == ["fbl@east.example"]
    to, text = office.mails()[-1]
    assert to == "fbl@east.example"
    assert text.count("you sell lists") == 2


def test_an_end_without_proof_is_told(office: "Office") -> None:
    """Thirty days without proof end an application, and the mailbox that was proved is told so."""
    office.apply()
    office.ask()
    office.answer(f"agree {office.code('fbl@east.example')}")
    assert office.keep(days=31).ended == 1
    to, text = office.mails()[-1]
    assert to == "fbl@east.example"
    assert "nothing was proved in 30 days" in text
    assert "30 天内未提供证明" in text


def test_leaving_is_told(office: "Office") -> None:
    """In case it was somebody else who left for it."""
    office.enrol()
    assert office.act(ConsumerAct.LEAVE) == ["fbl@east.example"]


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"domains": ("east.example",)}, ["abuse@east.example", "postmaster@east.example"]),
        ({"domains": (), "networks": ("198.51.100.0/24",)}, ["abuse@carrier.example"]),
    ],
)
def test_a_dead_mailbox_is_not_told_that_it_is_dead(
    office: "Office", claims: dict[str, tuple[str, ...]], told: list[str]
) -> None:
    """Without a contact the people of what was proved are told: the mail host's, or the network's."""
    office.registry(("198.51.100.0/24", "abuse@carrier.example"))
    office.enrol(**claims)
    office.refuses_mail()
    before = len(office.mails())
    assert office.keep(minutes=1).suspended == 1
    assert office.state() is ConsumerState.SUSPENDED
    assert [to for to, _ in office.mails()[before:]] == told


def test_who_refused_is_not_written_to_again(office: "Office") -> None:
    """A mailbox that said no is not told that its proof ran out."""
    office.enrol()
    office.answer(f"refuse {office.code('fbl@east.example')}")
    before = len(office.mails())
    office.keep(minutes=1)
    office.keep(days=8)
    assert office.state() is ConsumerState.LAPSED
    assert [to for to, _ in office.mails()[before:] if to == "fbl@east.example"] == []


def test_a_mailbox_that_never_answers_is_not_asked_for_ever(office: "Office") -> None:
    """Once a week from thirty days before its proof runs out until thirty days after: then it is nobody's any more."""
    office.enrol()
    office.zone.clear()
    before = len(office.mails())
    for _ in range(400):
        office.keep(days=1)
    asked = [text for to, text in office.mails()[before:] if to == "fbl@east.example" and "agree" in text]
    assert len(asked) == 9
    assert office.state() is ConsumerState.LAPSED


def test_a_contact_that_is_the_dead_mailbox_itself_is_no_contact(office: "Office") -> None:
    """Whoever gave the same address twice is told at abuse@ and postmaster@, too: the mailbox refuses our mail."""
    office.enrol(contact="FBL@east.example")
    office.refuses_mail()
    before = len(office.mails())
    office.keep()
    assert [to for to, _ in office.mails()[before:]] == ["abuse@east.example", "postmaster@east.example"]
