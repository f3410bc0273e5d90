"""A network signs in with its proven mailbox: a link is mailed, opens a session once, and the session ends by itself.

Trust:      whoever asks is a stranger, and learns nothing: the answer is the same whether a network is here or not, and what is
            done is done after it. Only a mailbox that has proved itself is written to.
Standards:  RFC 3834 (Auto-Submitted); OWASP ASVS 4.0 sections 2.7 and 3.3.
Answers:    ``SigningIn``: ``send`` mails links, ``enter`` takes one for a session, ``who`` finds the session's network.
Limits:     one mail in five minutes and five a day to one mailbox, twenty a day for one household, five hundred a day in all; three
            networks with one mailbox.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from comity.feedback.enrolment import ENDED
from comity.formats import automatic_mail, header_text
from comity.model.agreement import FeedbackProvider
from comity.model.consumer import ClaimKind, Consumer, ConsumerState
from comity.model.portal import KeyKind, PortalKey
from comity.model.sending import APPLICANTS, OutboxKind, PeerState
from comity.services.complain.portal.keys import LASTS, Keys
from comity.services.complain.portal.rows import PortalTransaction
from comity.services.complain.rows import enter
from comity.services.complain.straight_line import Words

BETWEEN: Final = timedelta(minutes=5)
OF_A_MAILBOX: Final = 5
OF_A_HOUSEHOLD: Final = 20
OF_ALL: Final = 500
REMEMBERED: Final = 5000
NETWORKS: Final = 3
_DAY: Final = timedelta(days=1)
# Whom a mailbox may stand for: whoever left has nothing here any more.
MAY_ENTER: Final = frozenset(ConsumerState) - ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Who is signed in."""

    key: PortalKey
    consumer: Consumer


class SigningIn:
    """Mails links, and takes them."""

    def __init__(
        self,
        keys: Keys,
        provider: FeedbackProvider,
        words: Mapping[str, Words],
        *,
        site: str,
        paths: Mapping[str, str],
        chance: Callable[[int], bytes],
    ) -> None:
        """``site``: our address as others type it; ``paths`` where a link leads, by language: the secret follows it."""
        self._keys, self._provider, self._words, self._chance = keys, provider, words, chance
        self._site, self._paths = site, paths

    def send(self, rows: PortalTransaction, text: str, *, household: str, now: datetime) -> int:
        """Mail a link to whoever a mailbox belongs to; how many mails that are. Every try is counted, those for nobody too."""
        address = header_text.address(text.strip().lower()[:320])
        mailbox, home = self._keys.marked(f"mailbox\0{address}"), self._keys.marked(f"home\0{household}")
        counts = rows.portal.count
        is_often = (
            counts(KeyKind.ASKED, now - BETWEEN, about=mailbox) >= 1
            or counts(KeyKind.ASKED, now - _DAY, about=mailbox) >= OF_A_MAILBOX
            or counts(KeyKind.LINK, now - _DAY, about=home) >= OF_A_HOUSEHOLD
            or counts(KeyKind.LINK, now - _DAY) >= OF_ALL
        )
        if address is None or is_often:
            return 0
        if counts(KeyKind.ASKED, now - _DAY) < REMEMBERED:  # made up mailboxes must not fill the store
            self._keys.give(rows.portal, KeyKind.ASKED, None, about=mailbox, now=now)
        known = [each for each in rows.consumers.with_mailbox(address) if self._may_enter(rows, each, address, now=now)]
        peer = rows.peers.by_name([APPLICANTS]).get(APPLICANTS)
        if (
            not known or peer is None or peer.state is not PeerState.LIVE
        ):  # our operator holds it, or has allowed nothing yet
            return 0
        secrets = {
            each.name: self._keys.give(rows.portal, KeyKind.LINK, each.name, about=home, now=now)
            for each in known[:NETWORKS]
        }
        self._enter(rows, address, secrets, now=now)
        return 1

    def is_link(self, rows: PortalTransaction, secret: str, *, now: datetime) -> bool:
        """Whether a link would open a session; looking at it does not use it, because mail programs look at links."""
        return self._keys.opens(rows.portal, KeyKind.LINK, secret, now=now) is not None

    def enter(self, rows: PortalTransaction, secret: str, *, now: datetime) -> str | None:
        """The secret of a session for a link, once; None where it opens nothing."""
        key = self._keys.opens(rows.portal, KeyKind.LINK, secret, now=now)
        if key is None or not rows.portal.use(key.digest, now):
            return None
        return self._keys.give(rows.portal, KeyKind.SESSION, key.consumer, about=key.about, now=now)

    def who(self, rows: PortalTransaction, secret: str, *, now: datetime) -> Own | None:
        """Who is signed in."""
        key = self._keys.opens(rows.portal, KeyKind.SESSION, secret, now=now)
        consumer = None if key is None or key.consumer is None else rows.consumers.find(key.consumer)
        if key is None or consumer is None or not self._may_enter(rows, consumer, consumer.address, now=now):
            return None
        return Own(key=key, consumer=consumer)

    def leave(self, rows: PortalTransaction, secret: str, *, now: datetime) -> None:
        """The session opens nothing any more."""
        key = self._keys.opens(rows.portal, KeyKind.SESSION, secret, now=now)
        if key is not None:
            rows.portal.use(key.digest, now)

    def touched(self, rows: PortalTransaction, own: Own, now: datetime) -> None:
        """A session in use lasts on."""
        self._keys.touched(rows.portal, own.key, now)

    def is_stale(self, own: Own, now: datetime) -> bool:
        """Whether that is worth writing down."""
        return self._keys.is_stale(own.key, now)

    def _may_enter(self, rows: PortalTransaction, consumer: Consumer, address: str, *, now: datetime) -> bool:
        held = (
            each.kind is ClaimKind.MAILBOX and each.subject == address and each.holds(now)
            for each in rows.consumers.claims(consumer.name)
        )
        return consumer.state in MAY_ENTER and consumer.address == address and any(held)

    def _enter(self, rows: PortalTransaction, to: str, secrets: Mapping[str, str], *, now: datetime) -> None:
        token, minutes = self._chance(12).hex(), int(LASTS[KeyKind.LINK].total_seconds() // 60)
        organisation = self._provider.organisation
        facts = {"organisation": organisation, "minutes": minutes, "site": self._site}
        said = []
        for language, words in self._words.items():
            lines = [f"{name}\n{self._site}{self._paths[language]}{secret}" for name, secret in sorted(secrets.items())]
            said.append(words.say("portal.mail.link", links="\n\n".join(lines), **facts))
        mail = automatic_mail.AutomaticMail(
            header_from=self._provider.address,
            organisation=organisation,
            to=to,
            subject=" / ".join(each.say("portal.mail.link.subject", **facts) for each in self._words.values()),
            written=now,
            message_id=f"{token}.portal@{self._provider.domain}",
            is_answer=False,
            text="\n\n".join(said) + "\n",
        )
        data = automatic_mail.write(mail)
        row = enter(OutboxKind.NOTICE, data, party=APPLICANTS, address=to, bounce_token=token, now=now)
        rows.sending.add_outbox([row])
