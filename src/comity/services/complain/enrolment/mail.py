"""The mails of enrolment: one asks for proof, one says how a consumer stands; in all languages.

Trust:      a mail goes to the mailbox that is claimed, to abuse and postmaster of a domain that is claimed, or to whom a registry
            names for a network: never to an address that somebody merely wrote down. What became of an application is told to a
            mailbox that was proved, or to a contact at the same organisation. Word and code never stand side by side.
Standards:  RFC 3834 (Auto-Submitted), RFC 2142, RFC 6449 section 3.2.
Answers:    ``Asking.ask(rows, claims, ...)`` and ``tell(rows, consumer, what, ...)`` put mails into the outbox.
Limits:     about one claim once a day, about one subject three times a day, to one contact of networks three times a day, whoever
            claims; to nobody before our operator asked somebody, or accepted somebody, by a command (P9). A contact that ended
            our mail, or bounced, is not asked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from comity.feedback.enrolment import PAUSED, reason_said
from comity.feedback.enrolment import claims as rules
from comity.formats import automatic_mail
from comity.formats.domains import same_organisation
from comity.formats.proof import CODE_BYTES, code
from comity.model.agreement import FeedbackProvider
from comity.model.consumer import MAIL_REFUSED, Claim, ClaimKind, Consumer, ConsumerAct, ConsumerState
from comity.model.network_contact import SILENT
from comity.model.sending import APPLICANTS, OutboxKind, Peer, PeerState
from comity.services.complain.enrolment.rows import EnrolmentTransaction
from comity.services.complain.rows import enter
from comity.services.complain.straight_line import Words

ONCE_IN: Final = timedelta(days=1)
OF_ONE_SUBJECT: Final = 3
_TOLD: Final = {
    ConsumerAct.ACCEPT: "accepted",
    ConsumerAct.RESUME: "accepted",
    ConsumerAct.CONFIRM: "confirmed",
    ConsumerAct.SUSPEND: "suspended",
    ConsumerAct.LAPSE: "lapsed",
    ConsumerAct.REFUSE: "refused",
    ConsumerAct.LEAVE: "left",
}  # by the mail that does so
_OPENS: Final = frozenset({ConsumerAct.ACCEPT, ConsumerAct.CONFIRM, ConsumerAct.RESUME})


class Asking:
    """Writes to applicants."""

    def __init__(
        self, provider: FeedbackProvider, words: Mapping[str, Words], *, chance: Callable[[int], bytes]
    ) -> None:
        """``words``: the sentences by language; all of them go into every mail."""
        self._provider, self._words, self._chance = provider, words, chance

    def allow(self, rows: EnrolmentTransaction, now: datetime) -> None:
        """Our operator wants applicants to be written to."""
        rows.peers.put(Peer(name=APPLICANTS, address=self._provider.address, state=PeerState.LIVE, since=now))

    def may_write(self, rows: EnrolmentTransaction) -> bool:
        """Whether he does."""
        peer = rows.peers.by_name([APPLICANTS]).get(APPLICANTS)
        return peer is not None and peer.state is PeerState.LIVE

    def ask(self, rows: EnrolmentTransaction, claims: Sequence[Claim], *, now: datetime) -> list[str]:
        """Ask for proof of these by mail; to whom."""
        asked: list[str] = []
        if not self.may_write(rows):
            return asked
        for each in claims:
            claim = each
            if claim.asked is not None and now - claim.asked < ONCE_IN:
                continue
            if claim.proved is None and rows.consumers.asked(claim.subject, now - ONCE_IN) >= OF_ONE_SUBJECT:
                continue  # many applications must not make us write to one mailbox again and again
            to = rules.asked_at(claim, _registered(rows, claim, now) if claim.kind is ClaimKind.NETWORK else ())
            if not to:
                continue
            if claim.proved is not None:  # an answer of long ago must not renew it
                claim = replace(claim, code=code(self._chance(CODE_BYTES)))
            rows.consumers.put_claim(replace(claim, asked=now))
            for address in to:
                self._enter(rows, address, "ask", self._about(rows, claim), now=now)
            asked += to
        return asked

    def decided(self, rows: EnrolmentTransaction, consumer: Consumer, act: ConsumerAct, *, now: datetime) -> list[str]:
        """Our operator did this: whoever lets reports leave lets mail about them leave, too; to whom."""
        if act in _OPENS:
            self.allow(rows, now)
        return self.tell(rows, consumer, act, now=now)

    def tell(self, rows: EnrolmentTransaction, consumer: Consumer, act: ConsumerAct, *, now: datetime) -> list[str]:
        """Tell a consumer what became of it, and why; to whom."""
        what = _TOLD.get(act)
        if act is ConsumerAct.SUSPEND and consumer.reason == PAUSED:
            what = "paused"  # whoever paused goes on by himself: nobody need be written to
        return [] if what is None else self._tell(rows, consumer, what, now=now)

    def warn(self, rows: EnrolmentTransaction, consumer: Consumer, *, day: str, now: datetime) -> list[str]:
        """Tell it that a proof runs out on a day; to whom."""
        return self._tell(rows, consumer, "renew", now=now, day=day)

    def _tell(
        self, rows: EnrolmentTransaction, consumer: Consumer, what: str, *, now: datetime, day: str = ""
    ) -> list[str]:
        if not self.may_write(rows):
            return []
        about = {"consumer": consumer.name, "address": consumer.address, "day": day, "quota": consumer.quota}
        to = _readers(rows, consumer)
        for address in to:
            self._enter(rows, address, what, about, now=now, reason=consumer.reason)
        return to

    def _about(self, rows: EnrolmentTransaction, claim: Claim) -> dict[str, object]:
        # Whoever answers for a domain wants to know where its reports go.
        applicant = rows.consumers.find(claim.consumer)
        mailbox = claim.subject if applicant is None else applicant.address
        return {"consumer": claim.consumer, "subject": claim.subject, "code": claim.code, "address": mailbox, "day": ""}

    def _enter(  # noqa: PLR0917
        self,
        rows: EnrolmentTransaction,
        to: str,
        what: str,
        about: Mapping[str, object],
        *,
        now: datetime,
        reason: str | None = None,
    ) -> None:
        token = self._chance(12).hex()
        organisation = self._provider.organisation
        facts = {**about, "organisation": organisation, "ours": self._provider.address}
        said = [each.say(f"consumer.mail.{what}", **facts, reason=_why(each, reason)) for each in self._words.values()]
        mail = automatic_mail.AutomaticMail(
            header_from=self._provider.address,
            organisation=organisation,
            to=to,
            subject=" / ".join(each.say(f"consumer.mail.{what}.subject", **facts) for each in self._words.values()),
            written=now,
            message_id=f"{token}.enrolment@{self._provider.domain}",
            is_answer=False,
            text="\n\n".join(said) + "\n",
        )
        row = enter(
            OutboxKind.NOTICE,
            automatic_mail.write(mail),
            party=APPLICANTS,
            address=to,
            bounce_token=token,
            now=now,
        )
        rows.sending.add_outbox([row])


def _registered(rows: EnrolmentTransaction, claim: Claim, now: datetime) -> list[str]:
    """Whom a registry, or our operator's table, names for the whole of a network: many claims must not make us write to one contact
    again and again, and whoever wants no mail of ours is not asked."""
    found = rows.network_contacts.named_for(claim.subject)
    if found is None or found.state in SILENT:
        return []
    if claim.proved is None and rows.sending.entered_for(APPLICANTS, found.address, now - ONCE_IN) >= OF_ONE_SUBJECT:
        return []
    return [found.address]


def _readers(rows: EnrolmentTransaction, consumer: Consumer) -> list[str]:
    """Who reads what we say to a consumer: its contact for people, else its mailbox; where that is dead, those who proved the rest.
    Nobody whom it merely named."""
    known = [each for each in rows.consumers.claims(consumer.name) if each.way is not None]
    mailboxes = [each.subject for each in known if each.kind is ClaimKind.MAILBOX]
    domains = [each.subject for each in known if each.kind is ClaimKind.DOMAIN]
    homes = [*domains, *(each.rpartition("@")[2] for each in mailboxes)]
    is_dead = consumer.state is ConsumerState.SUSPENDED and consumer.reason == MAIL_REFUSED
    if consumer.contact is not None and not (is_dead and consumer.contact.lower() == consumer.address.lower()):
        at = consumer.contact.rpartition("@")[2]
        if any(same_organisation(at, each) for each in homes):
            return [consumer.contact]
    if is_dead:
        if domains:
            return list(rules.asked_at(next(each for each in known if each.kind is ClaimKind.DOMAIN)))
        found = [rows.network_contacts.named_for(each.subject) for each in known if each.kind is ClaimKind.NETWORK]
        return [each.address for each in found if each is not None and each.state not in SILENT][:1]
    return mailboxes


def _why(words: Words, reason: str | None) -> str:
    """The reason in this language; our operator's own words as they are."""
    if reason is None:
        return words.say("consumer.reason.none")
    return reason_said(reason, lambda code: words.say(f"consumer.reason.{code}"), lambda own: " ".join(own.split()))
