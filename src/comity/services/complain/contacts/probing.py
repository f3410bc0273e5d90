"""Ask an address that a network names for abuse whether it is the right one: a mail in all languages, at most once a month.

Trust:      only addresses that a person of ours confirmed are asked. Word and code never stand side by side in our own mail: no
            program's repetition is taken for an answer.
Standards:  RFC 6650 section 3 (unsolicited reports go to an address that is known to take them), RFC 3834 (Auto-Submitted).
Answers:    ``Probing.probe(rows, contact, now)`` puts one mail into the outbox; ``due(rows, now)`` asks those whose month is over.
Limits:     off unless the settings say otherwise; ``MOST`` mails a run. One that bounced is asked only by its own command.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from comity.formats import automatic_mail
from comity.formats.proof import CODE_BYTES, code
from comity.model.agreement import FeedbackProvider
from comity.model.network_contact import Contact, ContactEvent, ContactState
from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import REGISTERED, OutboxKind, Peer, PeerState
from comity.services.complain.contacts.rows import ContactTransaction
from comity.services.complain.rows import enter
from comity.services.complain.straight_line import Words

ONCE_IN: Final = timedelta(days=30)
MOST: Final = 50
_NETWORKS: Final = 5  # named in a mail


class Probing:
    """Writes to contacts of networks."""

    def __init__(
        self, provider: FeedbackProvider, words: Mapping[str, Words], *, chance: Callable[[int], bytes]
    ) -> None:
        """``words``: the sentences by language; all of them go into every mail."""
        self._provider, self._words, self._chance = provider, words, chance

    def due(self, rows: ContactTransaction, *, actor: str, now: datetime) -> list[Contact]:
        """Ask those whose month is over."""
        waiting = rows.network_contacts.due(now - ONCE_IN, MOST)
        return [self.probe(rows, each, actor=actor, now=now) for each in waiting]

    def probe(self, rows: ContactTransaction, contact: Contact, *, actor: str, now: datetime) -> Contact:
        """Ask one; one that nobody confirmed, that was ended, or was asked a short while ago is an error."""
        reason = _refusal(contact, now)
        if reason is not None:
            raise ComityError(reason, f"{contact.address}: {reason}", outcome=Outcome.USAGE, place=contact.address)
        asked = replace(contact, probed=now, code=code(self._chance(CODE_BYTES)))
        rows.network_contacts.put(asked)
        event = ContactEvent(at=now, actor=actor, act="probe", note=None, to_state=asked.state)
        rows.network_contacts.note(asked.address, event)
        allow(rows, self._provider.address, now=now)
        token = self._chance(12).hex()
        said = self._said(rows, asked)
        mail = automatic_mail.AutomaticMail(
            header_from=self._provider.address,
            organisation=self._provider.organisation,
            to=asked.address,
            subject=" / ".join(subject for subject, _ in said),
            written=now,
            message_id=f"{token}.contact@{self._provider.domain}",
            is_answer=False,
            text="\n\n".join(text for _, text in said) + "\n",
        )
        data, to = automatic_mail.write(mail), asked.address
        row = enter(OutboxKind.NOTICE, data, party=REGISTERED, address=to, bounce_token=token, now=now)
        rows.sending.add_outbox([row])
        return asked

    def _said(self, rows: ContactTransaction, contact: Contact) -> Sequence[tuple[str, str]]:
        found = rows.network_contacts.ranges_of(contact.address, _NETWORKS + 1)
        networks = ", ".join(each.network for each in found[:_NETWORKS]) + (" ..." if len(found) > _NETWORKS else "")
        first = found[0] if found else None
        facts = {
            "organisation": self._provider.organisation,
            "ours": self._provider.address,
            "address": contact.address,
            "networks": networks or "-",
            "source": first.source if first else "-",
            "day": first.day.isoformat() if first else "-",
            "code": contact.code,
        }
        return [
            (each.say("contact.mail.probe.subject", **facts), each.say("contact.mail.probe", **facts))
            for each in self._words.values()
        ]


def allow(rows: ContactTransaction, our_address: str, *, now: datetime) -> None:
    """Mail to contacts leaves from now on, unless our operator holds it (``comity peer observe registered_contacts``)."""
    if REGISTERED not in rows.peers.by_name([REGISTERED]):
        rows.peers.put(Peer(name=REGISTERED, address=our_address, state=PeerState.LIVE, since=now))


def _refusal(contact: Contact, now: datetime) -> str | None:
    if contact.state is ContactState.STOPPED:
        return "contact-stopped"
    if contact.confirmed_by is None:
        return "contact-unconfirmed"
    return "contact-asked" if contact.probed is not None and now - contact.probed < ONCE_IN else None
