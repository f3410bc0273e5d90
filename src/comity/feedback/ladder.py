"""Who is told about one complaint: each party once, or a named no.

Trust:      facts of standing VERIFIED or TRUSTED decide; what is only claimed in the message decides nothing, with one exception:
            where no trusted host is named, the trace line on top of the file counts, because the operator handed over mail
            that his own host received (``source_assumed``; docs/decisions). That does not hold for who did not ask.
Standards:  RFC 6449 section 3 (who may be told), RFC 9477 section 3 (CFBL), RFC 6430 (not-spam), RFC 6650 section 3 (unsolicited),
            RFC 6376 section 8.6 (whoever signed what others sent again is not to blame).
Answers:    ``climb(origin, parties, provider, circumstances)`` gives ``Decided``: at least one decision, and every step to it.
Limits:     what the redaction finds comes later: the service turns a leak into one more no.
"""

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address

from comity.feedback import unasked
from comity.feedback.complaint_identity import mailbox_of
from comity.feedback.parties import Covered, Parties, inside
from comity.formats import cfbl, header_text, ip
from comity.formats.domains import same_organisation
from comity.model.agreement import BodyPolicy, Definition, FeedbackProvider, ReportFormat
from comity.model.decisions import UNTOLD, Decided, Decision, NoReport, Send, Step
from comity.model.network_contact import RegistryAnswer
from comity.model.origin import CfblAddress, Origin, ReplayGrade, Role, Signature
from comity.model.record import record
from comity.model.tier import Tier


@record
class Circumstances:
    """What is known about the complaint besides where the message came from."""

    refusal: str | None = None  # of the message as a whole; see ``reportable``
    definition: Definition = Definition.COMPLAINT
    not_spam: bool = False  # the end user says the opposite
    oldest: datetime | None = None  # mail that arrived before is not reported
    source_assumed: bool = False  # no trusted host is named: believe the trace line on top
    unsolicited: bool = False  # networks that did not ask may be told
    registry: RegistryAnswer | None = None  # what came of looking the network up; None: nobody did yet
    complainer: str | None = None  # whose mailbox it is by the gate, whatever the mail says


def climb(origin: Origin, parties: Parties, *, provider: FeedbackProvider, circumstances: Circumstances) -> Decided:
    """Decide who is told, rung by rung: originator, service, network, then the address that the message itself names; where
    none of these is, and the operator wants it, whom a registry names for the network.
    """
    ladder = _Ladder(origin, parties, provider=provider, circumstances=circumstances)
    ladder.run()
    return Decided(decisions=tuple(ladder.decisions), steps=tuple(ladder.steps), to_look_up=ladder.to_look_up)


class _Ladder:
    def __init__(
        self, origin: Origin, parties: Parties, *, provider: FeedbackProvider, circumstances: Circumstances
    ) -> None:
        self.origin, self.parties, self.provider, self.circumstances = origin, parties, provider, circumstances
        self.own_domains = (provider.domain, *provider.own_domains)
        self.decisions: list[Decision] = []
        self.steps: list[Step] = []
        self.told: set[str] = set()  # peers and addresses
        self.covered: set[str] = set()  # signing domains that somebody with an agreement answers for
        self.to_look_up: str | None = None
        self.replay: ReplayGrade | None = None  # of the signature of which it is surest

    def run(self) -> None:
        reason = self._about_the_message()
        if reason is not None:
            self.decisions.append(NoReport(reason=reason))
            return
        self.replay = self._replay()
        for role, signature in self._signatures():
            self._signer(role, signature)
        self._network()
        self._cfbl()
        is_nobody = not self.decisions
        self._unasked()
        if is_nobody and not self.told:
            self.decisions.append(NoReport(reason=UNTOLD))

    def _step(self, rule: str, held: bool, *, reason: str | None = None, about: str | None = None) -> None:
        self.steps.append(Step(rule=rule, held=held, reason=reason, about=about))

    def _no(self, reason: str, *, role: Role, about: str | None, party: str | None = None) -> None:
        self.decisions.append(NoReport(reason=reason, role=role, about=about, party=party))

    # -- the message as a whole

    def _about_the_message(self) -> str | None:
        origin, known = self.origin, self.circumstances
        if known.refusal is not None:
            self._step("message", False, reason=known.refusal)
            return known.refusal
        if any(
            _is_trap(each, self.provider.traps) for each in (origin.recipient, known.complainer) if each is not None
        ):
            self._step("trap", False, reason="trap")  # never with the address: the trace is shown to people
            return "trap"
        if known.oldest is not None and origin.arrived is not None and origin.arrived < known.oldest:
            self._step("age", False, reason="too-old", about=origin.arrived.isoformat())
            return "too-old"
        self._step("message", True)
        return None

    # -- who signed it

    def _replay(self) -> ReplayGrade | None:
        """A signature that holds proves who wrote the mail, not who sent it here."""
        grades = set()
        for signature in self._believed():
            replay = signature.replay
            if replay is not None and replay.grade is not None:
                self._step(
                    f"replay:{replay.grade.value}", True, reason=", ".join(replay.reasons), about=signature.domain
                )
                grades.add(replay.grade)
        return ReplayGrade.LIKELY if ReplayGrade.LIKELY in grades else next(iter(grades), None)

    def _signatures(self) -> Iterator[tuple[Role, Signature]]:
        """Originator's signatures first: those of the author's domain; then the others."""
        author = self.origin.header_from_domain
        ranked = [(_aligned(signature.domain, author), signature) for signature in self.origin.signatures]
        for aligned, signature in sorted(ranked, key=lambda pair: not pair[0]):
            yield (Role.ORIGINATOR if aligned else Role.SERVICE), signature

    def _signer(self, role: Role, signature: Signature) -> None:
        rule = f"{role.value}-signature"
        if not signature.standing.is_believed:
            self._step(
                rule, False, reason=signature.reason or f"signature-{signature.standing.value}", about=signature.domain
            )
            return
        if inside(signature.domain, self.own_domains):
            self._step(rule, False, reason="own-domain", about=signature.domain)
            self._no("own-domain", role=role, about=signature.domain)
            return
        covered = self.parties.by_domain(signature.domain)
        if covered is None:
            self._step(rule, False, reason="no-agreement", about=signature.domain)
            return
        self.covered.add(signature.domain)
        if signature.is_replayed and not covered.agreement.replays:
            self._step(rule, False, reason="dkim-replay", about=signature.domain)
            self._no("dkim-replay", role=role, about=signature.domain, party=covered.agreement.peer)
            return
        self._step(rule, True, about=signature.domain)
        self._offer(covered, role, f"dkim:{covered.by}", informs=signature.is_replayed)

    def _believed(self) -> Iterator[Signature]:
        return (each for each in self.origin.signatures if each.standing.is_believed)

    # -- from where it came

    def _network(self) -> None:
        origin = self.origin
        address = ip.canonical(origin.source_ip or "")
        reason = "source-unknown" if address is None else self._source_reason(address)
        if reason is not None or address is None:
            self._step("network", False, reason=reason, about=address)
            self._no(reason or "source-unknown", role=Role.NETWORK, about=address)
            return
        covered = self.parties.by_address(address)
        if covered is None:
            self._step("network", False, reason="no-agreement", about=address)
            return
        self._step("network", True, reason=origin.source_ip_from, about=address)
        self._offer(covered, Role.NETWORK, f"network:{covered.by}")

    def _source_reason(self, address: str) -> str | None:
        origin = self.origin
        if ip.is_private(address):
            return "source-private"
        assumed = self.circumstances.source_assumed and (origin.source_ip_from or "").startswith("received")
        if not origin.source_standing.is_believed and not assumed:
            return "source-only-claimed"
        return "own-network" if _within(address, self.provider) else None

    # -- whom the message itself names

    def _cfbl(self) -> None:
        if not self.origin.cfbl_addresses:
            self._step("cfbl", False, reason="no-cfbl-address")
            return
        checked = cfbl.check(self.origin)
        named = self.origin.cfbl_addresses[0]
        role = Role.SERVICE if checked.rule == "third-party" else Role.ORIGINATOR
        if checked.reason is not None:
            self._step("cfbl", False, reason=checked.reason, about=named.address)
            self._no(checked.reason, role=role, about=named.address)
            return
        if any(inside(domain, self.covered) for domain in (named.domain, self.origin.header_from_domain or "")):
            self._step("cfbl", False, reason="agreement-goes-before", about=named.address)
            return
        reason = self._cfbl_reason(named)
        if reason is not None:
            self._step("cfbl", False, reason=reason, about=named.address)
            self._no(reason, role=role, about=named.address)
            return
        self._step("cfbl", True, reason=checked.rule, about=named.address)
        self._tell(
            Send(
                party=named.domain,
                role=role,
                address=named.address,
                rule=f"cfbl:{checked.rule}",
                tier=Tier.T2,
                body=BodyPolicy.NEVER,
                report_format=ReportFormat(named.report_format),
                agreement=None,
                replay=self.replay,
            )
        )

    def _cfbl_reason(self, named: CfblAddress) -> str | None:
        address = named.address
        if header_text.address(address) is None:
            return "address-malformed"
        answering = (named.domain, self.origin.header_from_domain or "")
        if any(
            each.is_replayed and inside(domain, (each.domain,)) for each in self._believed() for domain in answering
        ):
            return "dkim-replay"
        if self.circumstances.not_spam:
            return "cfbl-takes-complaints-only"
        if self._leads_back(address):
            return "loop"
        if self.origin.message_id is None:
            return "cfbl-message-id-missing"
        return "recipient-unknown" if self.origin.recipient is None else None

    # -- whom a registry names, who did not ask

    def _unasked(self) -> None:
        reason, address = unasked.refusal(
            self.origin, self.parties, wanted=self.circumstances.unsolicited, is_told=bool(self.told)
        )
        if reason is None and self.circumstances.not_spam:
            reason = "not-spam-not-agreed"
        if reason is None and self.circumstances.definition is not Definition.COMPLAINT:
            reason = "definition-not-agreed"
        if reason is None and _within(address, self.provider):
            reason = "own-network"
        if reason is not None:
            self._step("unsolicited", False, reason=reason, about=address or None)
            return
        answer = self.circumstances.registry
        if answer is None:
            self._step("unsolicited", False, reason="registry-not-asked", about=address)
            self.to_look_up = address
            return
        found = answer.found
        reason = answer.refusal or unasked.contact_refusal(found, self.parties)
        if reason is None and found is not None and self._leads_back(found.address):
            reason = "loop"
        if found is None or reason is not None:
            about = address if found is None else found.address
            self._step("unsolicited", False, reason=reason, about=about)
            self._no(reason or "contact-unknown", role=Role.NETWORK, about=about)
            return
        self._step("unsolicited", True, reason=f"{found.source}:{found.way.value}", about=found.network)
        self._tell(unasked.send(found, self.replay))

    # -- the last questions before somebody is told

    def _offer(self, covered: Covered, role: Role, rule: str, *, informs: bool = False) -> None:
        agreement, known = covered.agreement, self.circumstances
        reason = None
        if self._leads_back(agreement.address):
            reason = "loop"
        elif agreement.stopped is not None:
            reason = agreement.stopped
        elif not known.not_spam and not informs and not agreement.complaints:
            reason = "class-not-agreed"
        elif agreement.tier is Tier.T0:
            reason = "tier-none"
        elif known.not_spam and not agreement.not_spam:
            reason = "not-spam-not-agreed"
        elif known.definition not in agreement.definitions:
            reason = "definition-not-agreed"
        if reason is not None:
            self._step(rule, False, reason=reason, about=agreement.peer)
            self._no(reason, role=role, about=covered.by, party=agreement.peer)
            return
        self._tell(
            Send(
                party=agreement.peer,
                role=role,
                address=agreement.address,
                rule=rule,
                tier=agreement.tier,
                body=agreement.body,
                report_format=agreement.report_format,
                agreement=agreement,
                replay=self.replay,
                informs=informs,
            )
        )

    def _tell(self, send: Send) -> None:
        """Once a party: by its name and by its mailbox, whichever roles it has."""
        marks = {send.party, send.address.lower()}
        if marks & self.told:
            self._step(send.rule, False, reason="already-told", about=send.party)
            return
        self.told |= marks
        self.decisions.append(send)

    def _leads_back(self, address: str) -> bool:
        """True where a report would come to ourselves or to the person who complained."""
        mailbox = address.lower()
        domain = mailbox.rpartition("@")[2]
        recipient = (self.origin.recipient or "").lower()
        return (
            mailbox in {self.provider.address.lower(), recipient}
            or inside(domain, self.own_domains)
            or inside(domain, (recipient.rpartition("@")[2] or "-",))
        )


def _aligned(signing: str, author: str | None) -> bool:
    """True where the signature is of the author's own organisation (relaxed alignment, RFC 7489 section 3.1.1)."""
    return author is not None and (signing == author or same_organisation(signing, author))


def _is_trap(recipient: str, traps: tuple[str, ...]) -> bool:
    """However the address is spelt, and with whatever detail: whoever tries addresses chooses both."""
    mailbox = mailbox_of(recipient)
    known = map(mailbox_of, traps)
    return any(mailbox.endswith(trap) if trap.startswith("@") else mailbox == trap for trap in known)


def _within(address: str, provider: FeedbackProvider) -> bool:
    parsed = ip_address(address)
    ours = (*provider.own_networks, *provider.trusted_networks)
    return any(parsed in network for network in ours if network.version == parsed.version)
