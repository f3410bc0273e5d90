"""Tell one of our own people how to forward a mail as an attachment, when it was pasted into the text.

Trust:      the mail is a stranger's until one of our own hosts says otherwise: its writer logged in (auth=pass for that very
            address), or DMARC passed for that very domain, in Authentication-Results above the line of the border. What decides
            where an answer goes is the envelope address, which must be the one in From too.
Standards:  RFC 3834: never to automatic mail, lists, the null address or role addresses; once for each address in a week;
            Auto-Submitted, null envelope address. RFC 8601 (auth=, dmarc=). DESIGN.md P6 and P9.
Answers:    ``Asking.who(message, envelope_from)`` gives the address to answer, or the name of a no; it touches nothing.
            ``HowTo.answer(rows, address, ...)`` puts the answer into the outbox, or says why not.
Limits:     held until the operator lets the peer ``own_people`` go live; what was held then is not sent later. At most
            200 answers a day in all.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from comity.attribution.delivery import Vantage, certain_results
from comity.feedback.reportable import refusal
from comity.formats import automatic_mail, header_text
from comity.formats.authres import AuthenticationResults
from comity.formats.clues import automatic
from comity.formats.mime import Part, addresses, domain_of
from comity.model.agreement import FeedbackProvider
from comity.model.sending import OWN_PEOPLE, OutboxKind, Peer, PeerState
from comity.services.complain.rows import OutboxRow, PeerRows, enter
from comity.services.complain.straight_line import Words

WEEK: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)
MOST_A_DAY: Final = 200
_NOBODY: Final = re.compile(
    r"(?:abuse|admin|administrator|daemon|fbl|hostmaster|info|mailer-daemon|majordomo|nobody|noc|news|postmaster|root|security|"
    r"spam|support|sysadmin|webmaster|(?:no|do-?not)-?reply|(?:owner|bounces?)-.*|.*-(?:owner|request|bounces?|admin)|.*bounces?)",
    re.IGNORECASE,
)
_AUTOMATIC_FIELDS: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponse",
    "x-auto-response-suppress",
    "x-loop",
    "feedback-id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAnswered:
    """A named no."""

    reason: str


class AnswerRows(Protocol):
    """The outbox."""

    def answers_since(self, since: datetime, address: str | None = None, *, with_held: bool = True) -> int:
        """How many answers entered since then, to all or to this address."""

    def add_outbox(self, rows: Sequence[OutboxRow]) -> None:
        """New mail in the outbox."""


class AnswerTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def sending(self) -> AnswerRows:
        """What leaves."""

    @property
    def peers(self) -> PeerRows:
        """Who may be written to."""


class Asking:
    """Finds out who is to be told."""

    def __init__(self, provider: FeedbackProvider, vantage: Vantage, *, is_ours: Callable[[str], bool]) -> None:
        """``is_ours`` tells mailboxes behind which programs of ours read."""
        self._provider, self._vantage, self._is_ours = provider, vantage, is_ours

    def who(self, message: Part, envelope_from: str | None) -> str | NotAnswered:
        """The address to answer."""
        address = header_text.address(envelope_from or "")
        if address is None or domain_of(address) not in self._vantage.own_domains:
            return NotAnswered(reason="not-ours")
        if _NOBODY.fullmatch(address.partition("@")[0].partition("+")[0]) or self._is_ours(address):
            return NotAnswered(reason="role-address")
        if address == self._provider.address.lower():
            return NotAnswered(reason="role-address")
        headers = message.headers
        authors = [each for value in headers.all("from") for each in addresses(value[:2000])]
        if len(headers.all("from")) != 1 or [each.address.lower() for each in authors] != [address]:
            return NotAnswered(reason="another-author")
        if _is_automatic(message, self._provider):
            return NotAnswered(reason="automatic")
        results = certain_results(message, self._vantage)
        return address if _is_proved(address, results) else NotAnswered(reason="not-proved")


def _is_automatic(message: Part, provider: FeedbackProvider) -> bool:
    headers = message.headers
    if refusal(message, provider) is not None or automatic.is_bulk(headers):
        return True
    if any(name in headers for name in _AUTOMATIC_FIELDS) or any(
        each.name.lower().startswith("list-") for each in headers.items()
    ):
        return True
    return automatic.mark(message, "") is not None  # the text is that of the spam


def _is_proved(address: str, results: Sequence[AuthenticationResults]) -> bool:
    """Whether a host of ours says that this address wrote it."""
    local, _, domain = address.rpartition("@")
    for found in results:
        for each in found.of("auth"):
            login = each.properties.get("smtp.auth", each.properties.get("smtp.mailfrom", "")).lower().strip("<>")
            if each.result == "pass" and login in (address, local):
                return True
        for each in found.of("dmarc"):
            if each.result == "pass" and each.properties.get("header.from", "").lower() == domain:
                return True
    return False


class HowTo:
    """Answers."""

    def __init__(self, provider: FeedbackProvider, words: Mapping[str, Words], *, new_token: Callable[[], str]) -> None:
        """``words``: the sentences by language, best first; all of them go into every answer."""
        self._provider, self._words, self._new_token = provider, words, new_token

    def answer(
        self, rows: AnswerTransaction, address: str, *, mailbox: str, in_reply_to: str | None, now: datetime
    ) -> NotAnswered | None:
        """Put an answer into the outbox; a named no where there is one already, or too many."""
        peer = rows.peers.by_name([OWN_PEOPLE]).get(OWN_PEOPLE)
        if peer is None:
            peer = Peer(name=OWN_PEOPLE, address=self._provider.address, state=PeerState.OBSERVE, since=now)
            rows.peers.put(peer)
        is_live = peer.state is PeerState.LIVE
        if rows.sending.answers_since(now - WEEK, address, with_held=not is_live):
            return NotAnswered(reason="too-soon")
        if rows.sending.answers_since(now - DAY) >= MOST_A_DAY:
            return NotAnswered(reason="too-many")
        token = self._new_token()
        data = automatic_mail.write(self._mail(address, token, mailbox=mailbox, in_reply_to=in_reply_to, now=now))
        row = enter(
            OutboxKind.ANSWER,
            data,
            party=OWN_PEOPLE,
            address=address,
            bounce_token=token,
            now=now,
            held=None if is_live else peer.state.value,
        )
        rows.sending.add_outbox([row])
        return None

    def _mail(
        self, address: str, token: str, *, mailbox: str, in_reply_to: str | None, now: datetime
    ) -> automatic_mail.AutomaticMail:
        said = [
            each.say("how-to.text", organisation=self._provider.organisation, mailbox=mailbox)
            for each in self._words.values()
        ]
        return automatic_mail.AutomaticMail(
            header_from=self._provider.address,
            organisation=self._provider.organisation,
            to=address,
            subject=" / ".join(each.say("how-to.subject") for each in self._words.values()),
            written=now,
            message_id=f"{token}.how-to@{self._provider.domain}",
            in_reply_to=in_reply_to,
            text="\n\n".join(said) + "\n",
        )
