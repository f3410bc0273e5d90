"""The mails of enrolment: one asks for proof, one says how a consumer stands; in all languages.

Trust:      a mail goes to the mailbox that is claimed, to abuse and postmaster of a domain that is claimed, or to whom a registry
            names for a network: never to an address that somebody merely wrote down. Word and code never stand side by side.
Standards:  RFC 3834 (Auto-Submitted), RFC 2142, RFC 6449 section 3.2.
Answers:    ``Asking.ask(rows, claims, ...)`` and ``tell(rows, consumer, what, ...)`` put mails into the outbox.
Limits:     about one claim once a day, about one subject three times a day, whoever claims it; to nobody before our operator
            asked somebody, or accepted somebody, by a command (P9).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from comity.feedback.enrolment import claims as rules
from comity.formats import automatic_mail
from comity.formats.proof import CODE_BYTES, code
from comity.model.agreement import FeedbackProvider
from comity.model.consumer import Claim, ClaimKind, Consumer
from comity.model.sending import APPLICANTS, OutboxKind, Peer, PeerState
from comity.services.complain.enrolment.rows import EnrolmentTransaction
from comity.services.complain.rows import enter
from comity.services.complain.straight_line import Words

ONCE_IN: Final = timedelta(days=1)
OF_ONE_SUBJECT: Final = 3
Registered = Callable[[str], Iterable[str]]  # whom a registry names for a network


class Asking:
    """Writes to applicants."""

    def __init__(
        self,
        provider: FeedbackProvider,
        words: Mapping[str, Words],
        *,
        chance: Callable[[int], bytes],
        registered: Registered = lambda _: (),
    ) -> None:
        """``words``: the sentences by language; all of them go into every mail."""
        self._provider, self._words, self._chance, self._registered = provider, words, chance, registered

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
            to = rules.asked_at(claim, self._registered(claim.subject) if claim.kind is ClaimKind.NETWORK else ())
            if not to:
                continue
            if claim.proved is not None:  # an answer of long ago must not renew it
                claim = replace(claim, code=code(self._chance(CODE_BYTES)))
            rows.consumers.put_claim(replace(claim, asked=now))
            for address in to:
                self._enter(rows, address, "ask", self._about(claim), now=now)
            asked += to
        return asked

    def tell(self, rows: EnrolmentTransaction, consumer: Consumer, what: str, *, now: datetime, day: str = "") -> None:
        """Tell a consumer what became of it: where its mailbox is dead, its contact is told."""
        if not self.may_write(rows):
            return
        to = consumer.contact or consumer.address
        about = {"consumer": consumer.name, "address": consumer.address, "day": day, "quota": consumer.quota}
        self._enter(rows, to, what, about, now=now)

    def _about(self, claim: Claim) -> dict[str, object]:
        return {"consumer": claim.consumer, "subject": claim.subject, "code": claim.code, "day": ""}

    def _enter(  # noqa: PLR0917
        self,
        rows: EnrolmentTransaction,
        to: str,
        what: str,
        about: Mapping[str, object],
        *,
        now: datetime,
    ) -> None:
        token = self._chance(12).hex()
        organisation = self._provider.organisation
        facts = {**about, "organisation": organisation, "ours": self._provider.address}
        said = [each.say(f"consumer.mail.{what}", **facts) for each in self._words.values()]
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
