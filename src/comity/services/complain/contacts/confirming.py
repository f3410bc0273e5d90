"""A person lets one unsolicited report out, or declines it.

Trust:      nothing of that kind leaves by itself: each was looked at by somebody, whose name stands in the contact's history.
Standards:  RFC 6650 section 3 (sent after a person, or a system that is very sure, has looked); promise P9.
Answers:    ``Confirming.confirm(name, actor, now)`` and ``decline(...)`` give the ``OutboxState`` that it is in now.
Limits:     asked again at that moment: is the contact still the right one and confirmed, is there no other way with the network,
            was enough let out today? What no longer fits ends, with its reason.
"""

from collections.abc import Sequence
from datetime import datetime

from comity.feedback.parties import Parties
from comity.feedback.unasked import contact_refusal
from comity.model import utc_day
from comity.model.agreement import Agreement
from comity.model.network_contact import ContactEvent, ContactState
from comity.model.outcomes import ComityError, Outcome
from comity.model.sending import OutboxState, Peer, PeerState
from comity.services.complain.agreed import Agreed
from comity.services.complain.contacts.volume import Few, Registry, is_unasked
from comity.services.complain.exchanging import Exchange, let_out
from comity.services.complain.rows import Store, Told, Transaction, set_peer


class Confirming:
    """Says which unsolicited reports leave."""

    def __init__(
        self, store: Store, exchange: Exchange, registry: Registry, *, few: Few | None, agreements: Sequence[Agreement]
    ) -> None:
        """``few`` is None where the settings do not want any."""
        self._store, self._exchange, self._registry, self._few = store, exchange, registry, few
        self._parties = Parties(agreements)

    def confirm(self, name: str, *, actor: str, now: datetime) -> OutboxState:
        """Let one out."""
        if self._few is None:
            raise ComityError("unsolicited-off", "nothing is sent unasked", outcome=Outcome.CONFIGURATION, place=name)
        with self._store.write() as rows:
            told = _held(rows, name)
            outgoing = told.outgoing
            answer = self._registry(rows, outgoing.source_ip or "")
            reason = answer.refusal or contact_refusal(answer.found, self._parties)
            if reason is None and (answer.found is None or answer.found.address != outgoing.party):
                reason = "contact-unknown"
            peer = rows.peers.by_name([outgoing.party]).get(outgoing.party)
            if reason is None and peer is not None and peer.state is PeerState.SUSPENDED:
                reason = "contact-bounced"
            if reason is not None:
                ended = "other-regime" if reason == "other-regime" else "contact-unusable"
                rows.sending.end(told.outbox_id, OutboxState.EXPIRED, reason=ended, at=now)
                return OutboxState.EXPIRED
            released = rows.sending.unsolicited_released(utc_day.midnight(now))
            enough = self._few.refusal(released.get(outgoing.party, 0), sum(released.values()))
            if enough is not None:
                raise ComityError(enough, f"{name}: {enough}", outcome=Outcome.TRY_AGAIN, place=name)
            known = peer or Peer(name=outgoing.party, address=outgoing.party, state=PeerState.OBSERVE, since=now)
            set_peer(rows.peers, known, PeerState.LIVE, now=now)
            agreed = Agreed(rows.agreements, self._exchange.our_domain, now, peers=())
            let_out(rows, self._exchange, [told], agreed=agreed, now=now)
            self._note(rows, told, "report", actor=actor, now=now)
        return OutboxState.WAITING

    def decline(self, name: str, *, actor: str, now: datetime) -> OutboxState:
        """Say that this one does not leave."""
        with self._store.write() as rows:
            told = _held(rows, name)
            rows.sending.end(told.outbox_id, OutboxState.EXPIRED, reason="declined", at=now)
            self._note(rows, told, "decline", actor=actor, now=now)
        return OutboxState.EXPIRED

    def _note(self, rows: Transaction, told: Told, act: str, *, actor: str, now: datetime) -> None:
        if rows.network_contacts.find(told.outgoing.party) is None:
            return
        event = ContactEvent(at=now, actor=actor, act=act, note=told.outgoing.name, to_state=ContactState.CONFIRMED)
        rows.network_contacts.note(told.outgoing.party, event)


def _held(rows: Transaction, name: str) -> Told:
    told = rows.sending.by_report_name(name)
    if told is None or not is_unasked(told.outgoing):
        raise ComityError("report-not-unsolicited", f"no such report {name}", outcome=Outcome.UNKNOWN, place=name)
    if told.state is not OutboxState.HELD:
        raise ComityError("report-decided", f"{name} is decided", outcome=Outcome.USAGE, place=name)
    return told
