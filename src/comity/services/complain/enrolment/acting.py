"""What happens to an applicant: applied, proved, accepted on trial, confirmed, suspended, left.

Trust:      what is claimed was checked against ours, and against what others have, before anybody is asked; a proof is a record in
            the DNS, a code that was mailed, or the signature of a peer whose key is pinned.
Standards:  RFC 6449 section 3; the life cycle in ``comity.feedback.enrolment``; promise P9: a person accepts.
Answers:    ``EnrolmentDesk``, an act a method. An act that does not fit raises ``ComityError`` and changes nothing.
Limits:     in the caller's transaction. Leaving is one step, from wherever one stands; what waits for whoever left does not leave.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import ip_network

from comity.feedback import enrolment
from comity.feedback.enrolment import claims as rules
from comity.formats import proof
from comity.formats.dsn import status_in
from comity.model.agreement import Agreement, FeedbackProvider, ReportFormat
from comity.model.consumer import (
    Claim,
    ClaimKind,
    Consumer,
    ConsumerAct,
    ConsumerEvent,
    ConsumerState,
    ProofWay,
)
from comity.model.message import Message
from comity.model.network_contact import SILENT, FoundContact
from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import (
    AFFECTED,
    APPLICANTS,
    OWN_CUSTOMERS,
    OWN_PEOPLE,
    OWN_PROGRAMS,
    OWN_STAFF,
    REGISTERED,
    WARNED,
    Peer,
    PeerState,
)
from comity.model.tier import Tier
from comity.services.complain.enrolment.rows import EnrolmentTransaction
from comity.services.complain.enrolment.vouching import Voucher

LABEL = "_comity-feedback"
PURPOSE = "feedback"
BY_WEB = "web"  # who acts where a stranger does so in a browser
_TAKEN = "proof-taken"
_CLOCKS = timedelta(minutes=5)  # how far a peer's clock may be behind ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How we enrol."""

    provider: FeedbackProvider
    agreements: tuple[Agreement, ...]
    secret: bytes = field(repr=False)
    chance: Callable[[int], bytes]
    trial_quota: int = 50
    quota: int = 1000
    proof_lasts: timedelta = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What an applicant says."""

    name: str
    address: str
    contact: str | None = None
    networks: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    report_format: ReportFormat = ReportFormat.ARF


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedProof:
    """What would prove a claim: the record, or who is asked by mail."""

    claim: Claim
    dns_name: str | None
    dns_value: str | None
    registered: FoundContact | None = None  # who may answer for a network, and may be asked
    refused: str | None = None  # the code with which the mailbox refused our mail, "" without one; None: it did not


class EnrolmentDesk:
    """One person, or the program, in one transaction."""

    def __init__(self, rows: EnrolmentTransaction, terms: Terms, *, actor: str, now: datetime) -> None:
        self._rows, self._terms, self._actor, self._now = rows, terms, actor, now

    def apply(self, wanted: Application, *, tells_of_others: bool = True) -> Consumer:
        """Write an application down; a claim that may not be made refuses all of it, by name. Where it ``tells_of_others``, what
        somebody else has is refused now; else when it is proved, so that guessing finds nobody."""
        known = self._rows.consumers.find(wanted.name)
        if known is not None and known.state not in enrolment.ENDED:
            raise _no("name-taken", wanted.name)
        others = (*self._terms.agreements, *self._others(wanted.name))
        taken = {
            OWN_PEOPLE,
            OWN_CUSTOMERS,
            OWN_STAFF,
            OWN_PROGRAMS,
            APPLICANTS,
            AFFECTED,
            WARNED,
            REGISTERED,
            *(each.peer for each in others),
        }
        if known is None:
            taken |= set(self._rows.peers.by_name([wanted.name]))
        name = _answer(rules.name(wanted.name, taken))
        provider = self._terms.provider
        address = _answer(rules.mailbox(wanted.address, provider))
        others = others if tells_of_others else ()
        subjects = [(ClaimKind.MAILBOX, address)]
        subjects += [(ClaimKind.DOMAIN, _answer(rules.domain(each, provider, others))) for each in wanted.domains]
        subjects += [(ClaimKind.NETWORK, _answer(rules.network(each, provider, others))) for each in wanted.networks]
        homes = [each.rpartition("@")[2] for kind, each in subjects if kind is not ClaimKind.NETWORK]
        contact = None if wanted.contact is None else _answer(rules.contact(wanted.contact, provider, homes))
        if len(subjects) == 1:
            raise _no("nothing-claimed", name)
        if len(subjects) > rules.MOST:
            raise _no("too-many", name, most=rules.MOST)
        made = Consumer(
            name=name,
            address=address,
            contact=contact,
            languages=wanted.languages,
            report_format=wanted.report_format,
            state=ConsumerState.APPLIED,
            since=self._now,
            applied=self._now,
        )
        self._rows.consumers.forget_claims(name)
        self._rows.consumers.put(made)
        for kind, subject in dict.fromkeys(subjects):
            code = proof.code(self._terms.chance(proof.CODE_BYTES))
            self._rows.consumers.put_claim(Claim(consumer=name, kind=kind, subject=subject, code=code))
        self._note(made, ConsumerAct.APPLY.value)
        return made

    def find(self, name: str) -> Consumer:
        """One by its name."""
        found = self._rows.consumers.find(name)
        if found is None:
            raise _no("unknown", name, outcome=Outcome.UNKNOWN)
        return found

    def wanted(self, name: str) -> list[WantedProof]:
        """What would prove each claim."""
        claims = self._rows.consumers.claims(self.find(name).name)
        return [
            replace(_wanted(each, self._terms.secret, self._registered(each)), refused=self._refused(each))
            for each in claims
        ]

    def _refused(self, claim: Claim) -> str | None:
        if claim.kind is not ClaimKind.MAILBOX or claim.asked is None or claim.holds(self._now):
            return None
        said = self._rows.sending.refused_for(APPLICANTS, claim.subject, claim.asked)
        return None if said is None else status_in(said) or ""

    def _registered(self, claim: Claim) -> FoundContact | None:
        found = self._rows.network_contacts.named_for(claim.subject) if claim.kind is ClaimKind.NETWORK else None
        return None if found is None or found.state in SILENT else found

    def look(self, name: str, records: Mapping[str, str | None]) -> list[Claim]:
        """Compare what stands in the DNS, by name; the claims that it proves."""
        proved = []
        for each in self.wanted(name):
            if each.dns_name is None or each.dns_name not in records:
                continue
            checked = replace(each.claim, checked=self._now)
            is_there = each.dns_value is not None and proof.stands(records[each.dns_name], each.dns_value)
            if is_there and not self._is_taken(each.claim):
                if not each.claim.holds(self._now):
                    self._note(self.find(name), "proof", f"{each.claim.subject} ({each.dns_name})")
                checked = self._proved(checked, ProofWay.DNS)
                proved.append(checked)
            self._rows.consumers.put_claim(checked)
        self.settle(name)
        return proved

    def answered(self, text: str, *, by: str | None) -> Claim | None:
        """Take an answer to a mail of ours in: it proves a claim, or takes its proof away. None where it is no such answer."""
        said = proof.answer_in(text)
        claim = None if said is None else self._rows.consumers.claim_of(said.code)
        if said is None or claim is None or claim.asked is None:
            return None
        consumer = self.find(claim.consumer)
        if consumer.state in enrolment.ENDED or (said.agrees and self._is_taken(claim)):
            return None
        changed = self._proved(claim, ProofWay.MAIL) if said.agrees else self._denied(claim)
        self._rows.consumers.put_claim(changed)
        note = f"{claim.subject} ({by or '-'})"
        self._note(consumer, "proof" if said.agrees else "proof-denied", note)
        self.settle(claim.consumer)
        return changed

    def typed(self, name: str, code: str) -> Claim | None:
        """Take the code of a mail of ours that somebody typed on the page of this application; None where it is none of its."""
        claim = self._rows.consumers.claim_of(code)
        if claim is None or claim.asked is None or claim.consumer != name:
            return None
        consumer = self.find(name)
        if consumer.state in enrolment.ENDED or self._is_taken(claim):
            return None
        changed = self._proved(claim, ProofWay.MAIL)
        self._rows.consumers.put_claim(changed)
        self._note(consumer, "proof", f"{claim.subject} ({self._actor})")
        self.settle(name)
        return changed

    def vouched(self, name: str, said: Voucher, *, by: str) -> Claim:
        """A peer that we know signed that this is theirs: whoever has the name now, and did when it was signed."""
        consumer = self.find(name)
        if said.consumer != name:
            raise _no("voucher-other", name, consumer=said.consumer)
        if said.kind is ClaimKind.MAILBOX:
            raise _no("voucher-mailbox", name)
        if consumer.state in enrolment.ENDED or said.at + _CLOCKS < consumer.applied:
            raise _no("voucher-before", name)
        for each in self._rows.consumers.claims(name):
            if (each.kind, each.subject) == (said.kind, said.subject):
                if self._is_taken(each):
                    raise _no(f"{said.kind.value}-taken", said.subject, holder="")
                changed = self._proved(each, ProofWay.PEER)
                self._rows.consumers.put_claim(changed)
                self._note(consumer, "proof", f"{said.subject} ({by})")
                self.settle(name)
                return changed
        raise _no("not-claimed", said.subject)

    def act(self, name: str, act: ConsumerAct, *, reason: str | None = None) -> Consumer:
        """Accept, confirm, refuse, suspend, resume, leave."""
        consumer = self.find(name)
        state = enrolment.next_state(consumer.state, act)
        if state is None:
            raise ComityError(
                "consumer-act",
                f"{act} does not fit {consumer.state}",
                outcome=Outcome.USAGE,
                place=name,
                details={
                    "place": name,
                    "act": act.value,
                    "state": consumer.state.value,
                    "wanted": Message(f"consumer.act.{act.value}"),
                    "said": Message(f"consumer.state.{consumer.state.value}"),
                    "next": Message(f"consumer.next.{consumer.state.value}"),
                },
            )
        quota = {ConsumerState.TRIAL: self._terms.trial_quota, ConsumerState.ENROLLED: self._terms.quota}.get(state, 0)
        changed = replace(consumer, state=state, since=self._now, reason=reason, quota=quota)
        self._rows.consumers.put(changed)
        self._peer(changed)
        self._note(changed, act.value, reason)
        return changed

    def settle(self, name: str) -> Consumer:
        """What follows from proofs that came or ran out."""
        consumer = self.find(name)
        is_ready = enrolment.is_ready(self._rows.consumers.claims(name), self._now)
        act = ConsumerAct.PROVE if is_ready else ConsumerAct.LAPSE
        if enrolment.next_state(consumer.state, act) is None:
            return consumer
        return self.act(name, act, reason=None if is_ready else "proof-expired")

    def _proved(self, claim: Claim, way: ProofWay) -> Claim:
        return replace(claim, way=way, proved=self._now, expires=self._now + self._terms.proof_lasts, warned=None)

    def _denied(self, claim: Claim) -> Claim:
        """Nobody's proof; the code is another one, so that a consent of before says nothing any more."""
        code = proof.code(self._terms.chance(proof.CODE_BYTES))
        return replace(claim, way=None, expires=self._now, code=code)

    def _is_taken(self, claim: Claim) -> bool:
        """Whether somebody else has what is claimed, by an agreement or by a proof; noted once. The first to prove has it."""
        if claim.kind is ClaimKind.MAILBOX or claim.holds(self._now):
            return False
        own = self.find(claim.consumer).address.rpartition("@")[2]
        # What is agreed with the very network that reads this mailbox is not another's; the agreement goes before, all the same.
        agreed = [each for each in self._terms.agreements if each.address.rpartition("@")[2].lower() != own]
        others = (*agreed, *self._others(claim.consumer))
        provider = self._terms.provider
        asks = rules.domain if claim.kind is ClaimKind.DOMAIN else rules.network
        answer = asks(claim.subject, provider, others)
        if not isinstance(answer, rules.Refused) or answer.holder is None:
            return False
        note = f"{claim.subject} ({answer.holder})"
        known = self._rows.consumers.history(claim.consumer)
        if not any((each.act, each.note) == (_TAKEN, note) for each in known):
            self._note(self.find(claim.consumer), _TAKEN, note)
        return True

    def _others(self, name: str) -> list[Agreement]:
        """What other applicants proved, as if it were agreed: the first to prove has it."""
        states: Collection[ConsumerState] = set(ConsumerState) - enrolment.ENDED
        found = []
        for each in self._rows.consumers.all(states):
            held = [claim for claim in self._rows.consumers.claims(each.name) if claim.holds(self._now)]
            if each.name != name and held:
                found.append(_as_agreement(each, held))
        return found

    def _peer(self, consumer: Consumer) -> None:
        """Whether mail for it leaves."""
        state = PeerState.LIVE if consumer.state in enrolment.IN_FORCE else PeerState.OBSERVE
        known = self._rows.peers.by_name([consumer.name]).get(consumer.name)
        if known is None and state is PeerState.OBSERVE:
            return
        if consumer.state is ConsumerState.SUSPENDED:
            state = PeerState.SUSPENDED
        self._rows.peers.put(
            Peer(name=consumer.name, address=consumer.address, state=state, since=self._now, agreement_version=1)
        )

    def _note(self, consumer: Consumer, act: str, note: str | None = None) -> None:
        event = ConsumerEvent(at=self._now, actor=self._actor, act=act, note=note, to_state=consumer.state)
        self._rows.consumers.note(consumer.name, event)


def _wanted(claim: Claim, secret: bytes, registered: FoundContact | None) -> WantedProof:
    about = ip_network(claim.subject) if claim.kind is ClaimKind.NETWORK else claim.subject
    if claim.kind is ClaimKind.MAILBOX or (not isinstance(about, str) and not proof.has_zone(about)):
        return WantedProof(claim=claim, dns_name=None, dns_value=None, registered=registered)
    value = proof.token(secret, f"{PURPOSE}\0{claim.consumer}", claim.subject)
    name = proof.dns_name(LABEL, about)
    return WantedProof(claim=claim, dns_name=name, dns_value=value, registered=registered)


def _as_agreement(consumer: Consumer, held: list[Claim]) -> Agreement:
    return Agreement(
        peer=consumer.name,
        address=consumer.address,
        networks=tuple(ip_network(each.subject) for each in held if each.kind is ClaimKind.NETWORK),
        dkim_domains=tuple(each.subject for each in held if each.kind is ClaimKind.DOMAIN),
        tier=Tier.T1,
    )


def _answer(answer: rules.Answer) -> str:
    if isinstance(answer, rules.Refused):
        raise _no(answer.reason, answer.subject, holder=answer.holder or "")
    return answer


def _no(reason: str, place: str, *, outcome: Outcome = Outcome.BAD_INPUT, **details: object) -> ComityError:
    return ComityError(f"consumer-{reason}", reason, outcome=outcome, place=place, details={"place": place, **details})
