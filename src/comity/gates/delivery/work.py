"""One mail at delivery, from what our mail host told to what becomes of its header.

Trust:      the mail is a stranger's. Nothing here refuses a mail: it is marked, tagged, or goes on as it was.
Standards:  see ``comity.attribution.authentication``.
Answers:    ``DeliveryWork.decide(mail)`` gives ``Changes``.
Limits:     mail that is not for our mailboxes, or comes from our own people, is neither checked nor judged.
"""

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from comity.attribution.authentication import authenticate, facts_of
from comity.attribution.claims import claim_of
from comity.formats import bulk_labels, dkim
from comity.formats.authres import MethodResult
from comity.formats.domains import is_among
from comity.formats.mime import Part, scan
from comity.formats.mime.addresses import domain_of
from comity.formats.received import Network
from comity.formats.spam_headers import fields_of
from comity.formats.spf import Sent
from comity.gates.delivery.opinion import Opinions
from comity.gates.delivery.tally import Tally
from comity.gates.milter.conversation import Changes, IncomingMail
from comity.gates.milter.marking import Aim, Found, Marker
from comity.model.origin import Signature, Standing
from comity.model.verdict import Verdict
from comity.outlets.delivery.dns_answers import DnsAnswers
from comity.services.complain.cards.judged import Whose

_IN_THREAD: Final = 256 << 10
_POST: Final = "list-unsubscribe-post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Senders of bulk mail that declared themselves: names that sign, and networks."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    def holds(self, client_ip: str | None, signers: list[str]) -> bool:
        """Whether one of them sent a mail."""
        if any(is_among(each, self.names) for each in signers):
            return True
        return client_ip is not None and any(ip_address(client_ip) in each for each in self.networks)


@dataclass(slots=True, kw_only=True)
class DeliveryWork:
    """What is done with each mail; None where something is not to be done."""

    marker: Marker
    opinions: Opinions | None = None
    dns: DnsAnswers | None = None
    dns_seconds: float = 3.0
    declared: Declared = Declared()
    tally: Tally | None = None
    counts_inboxes: bool = False
    whose: Whose = field(default_factory=Whose)

    async def decide(self, mail: IncomingMail) -> Changes:
        """Find out, then say it."""
        if self.marker.aim(mail) is not Aim.MARK:
            return self.marker.changes(mail, Found())
        message = scan(bytes(mail.content)) if mail.content is not None else None
        results = tuple(self.marker.results(mail))
        if self.dns is not None and message is not None:
            results = await self._authenticated(mail, message, self.dns)
        if self.opinions is None:
            self._count(mail, results, None)
            return self.marker.changes(mail, Found(results=results))
        facts = self._facts(mail, message, results)
        said = await self.opinions.judge(message.raw, facts) if message is not None else None
        counts = self.marker.counts
        counts["unjudged" if said is None else "judged"] += 1
        is_spam = said is not None and said.verdict is Verdict.SPAM
        counts["spam"] += is_spam
        self._count(mail, results, None if said is None else said.verdict)
        verdict = "unjudged" if said is None else said.verdict.value
        return self.marker.changes(mail, Found(results=results, verdict=verdict, fields=fields_of(said)))

    def _count(self, mail: IncomingMail, results: tuple[MethodResult, ...], verdict: Verdict | None) -> None:
        if self.tally is None:
            return
        is_spam = verdict is Verdict.SPAM
        domain = domain_of(mail.envelope_from)
        if self.counts_inboxes and domain is not None and not mail.is_authenticated:
            self.tally.deliver(
                domain,
                self.marker.source(mail),
                mailboxes=len(mail.recipients) or 1,
                is_spam=is_spam,
                is_proved=any(each.result == "pass" for each in results),
            )
        written = [value.decode("utf-8", "replace") for name, value in mail.fields if name == b"from"]
        claim = claim_of(written, results)
        if claim is not None:
            self.tally.count(claim, is_spam=is_spam)
        peer = self.whose.of(self.marker.source(mail), _signers(results))
        if peer is not None:
            self.tally.judge(peer, is_judged=verdict is not None, is_spam=is_spam)

    async def _authenticated(self, mail: IncomingMail, message: Part, dns: DnsAnswers) -> tuple[MethodResult, ...]:
        source = self.marker.source(mail)
        sent = Sent(client_ip=source, envelope_from=mail.envelope_from, helo=mail.helo) if source is not None else None
        in_thread = len(message.raw) > _IN_THREAD
        done = await dns.driven(authenticate(message, sent), seconds=self.dns_seconds, in_thread=in_thread)
        return done.results

    def _facts(self, mail: IncomingMail, message: Part | None, results: tuple[MethodResult, ...]) -> dict[str, str]:
        """What the filter is told beside the mail itself."""
        facts = facts_of(results)
        signers = _signers(results)
        if self.declared.holds(self.marker.source(mail), signers):
            facts["bulk"] = "declared"
        if message is not None:
            labels = bulk_labels.labels_of(
                message.headers, _believed(message, signers) if _POST in message.headers else ()
            )
            if labels.advertising:
                facts["label"] = "-".join(labels.advertising)
            if labels.is_list:
                facts["unsubscribe"] = "one-click" if labels.one_click else "list"
        return facts


def _signers(results: tuple[MethodResult, ...]) -> list[str]:
    """The domains whose signatures hold."""
    return [
        each.properties["header.d"].lower()
        for each in results
        if each.method == "dkim" and each.result == "pass" and "header.d" in each.properties
    ]


def _believed(message: Part, signers: list[str]) -> list[Signature]:
    """The signatures of a mail whose domains were found to hold."""
    claims = dkim.as_signatures(dkim.verify(message, {}))
    return [
        Signature(
            domain=each.domain, selector=each.selector, standing=Standing.TRUSTED, signed_headers=each.signed_headers
        )
        for each in claims
        if each.domain in signers
    ]
