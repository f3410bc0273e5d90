"""Decide on the complaints whose time has come: reports for the parties, held or on their way, in one transaction a batch.

Trust:      mail is a stranger's; a fault of ours over one complaint shunts that complaint, and the next one is decided.
Standards:  promise P3 (row, leaf, roll-up and outbox in one transaction) and P9 (nothing leaves before the operator says so).
Answers:    ``Deciding.run(now)`` decides a batch and gives ``Decided``; ``sweep(now)`` lets out what a quota held, and ends
            what was held for too long.
Limits:     the straight line runs before the transaction, because it may ask the DNS; what was taken back meanwhile is left out.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Final
from zlib import compress, decompressobj

from comity.attribution.replay import Seen
from comity.cases.standing import precision_of, source_net
from comity.feedback.composing import arrival
from comity.formats.domains import organisation_of
from comity.model.agreement import Definition
from comity.model.decisions import Send
from comity.model.origin import Origin, Standing
from comity.model.sending import ComplaintState, OutboxKind, OutboxState, Peer, PeerState
from comity.model.tier import Tier
from comity.model.tlp import Tlp
from comity.services.complain.exchanging import Exchange
from comity.services.complain.rows import DueComplaint, OutboxRow, Outgoing, Store, Transaction
from comity.services.complain.straight_line import Complained, Mail, Report, StraightLine

BATCH: Final = 100
_BELIEVED: Final = frozenset({Standing.VERIFIED, Standing.TRUSTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How much leaves, and how long it may be held."""

    per_day: int = 1000  # reports for one peer, where the agreement says nothing
    quotas: Mapping[str, int] = field(default_factory=dict)  # what agreements say, by peer
    held_for: timedelta = timedelta(days=14)

    def quota(self, party: str) -> int:
        """How many reports a day one party gets."""
        return self.quotas.get(party, self.per_day)


@dataclass(slots=True, kw_only=True)
class Decided:
    """What one batch came to."""

    complaints: int = 0
    released: int = 0
    held: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    shunted: int = 0


@dataclass(slots=True)
class _Room:
    """What one peer may still get today."""

    peer: Peer
    left: int


class Deciding:
    """Turns due complaints into reports."""

    def __init__(
        self,
        store: Store,
        line: StraightLine,
        exchange: Exchange,
        *,
        pacing: Pacing,
        new_token: Callable[[], str],
    ) -> None:
        """``new_token`` gives chance for the envelope address of one mail."""
        self._store, self._line, self._exchange = store, line, exchange
        self._pacing, self._new_token = pacing, new_token

    def run(self, now: datetime, most: int = BATCH) -> Decided:
        """Decide on the oldest complaints that are due."""
        with self._store.read() as view:
            due = view.sending.due(now, most)
            seen = view.sightings.seen([each.key for each in due])
        looked_at = [(each, self._look(each, now, seen=seen)) for each in due]
        decided = Decided()
        if looked_at:
            with self._store.write() as rows:
                self._apply(rows, looked_at, decided, now=now)
        return decided

    def _look(self, due: DueComplaint, now: datetime, *, seen: Mapping[bytes, Seen]) -> Complained | None:
        """What the straight line says; None where there is nothing to look at, or we failed."""
        if due.packed is None:
            return None
        try:
            data = decompressobj().decompress(due.packed, due.size)
            return self._line.complain(
                Mail(path=due.name, data=data, recipient=due.mailbox, not_spam=due.not_spam, seen=seen), now
            )
        except Exception:  # the edge of one complaint: it is shunted, the others are decided
            return None

    def _apply(
        self,
        rows: Transaction,
        looked_at: Sequence[tuple[DueComplaint, Complained | None]],
        decided: Decided,
        *,
        now: datetime,
    ) -> None:
        waiting = rows.sending.still_waiting([due.complaint_id for due, _ in looked_at])
        fresh: list[tuple[Outgoing, Report]] = []
        noes: dict[int, list[dict[str, str | None]]] = {}
        for due, complained in looked_at:
            if due.complaint_id not in waiting:
                continue
            if complained is None:
                rows.sending.settle(due.complaint_id, ComplaintState.SHUNTED, at=now)
                decided.shunted += 1
                continue
            decided.complaints += 1
            refusals = [{"reason": each.reason, "party": each.party or each.about} for each in complained.refusals]
            decided.refused.update(each.reason for each in complained.refusals)
            noes[due.complaint_id] = refusals
            fresh += [(_outgoing(due, complained.origin, written), written) for written in complained.reports]
        rows.sending.decided(noes, now)
        known = rows.sending.known_reports([outgoing.report_key for outgoing, _ in fresh])
        self._tell(rows, [each for each in fresh if each[0].report_key not in known], decided, now=now)

    def _tell(
        self, rows: Transaction, fresh: Sequence[tuple[Outgoing, Report]], decided: Decided, *, now: datetime
    ) -> None:
        """Rows, leaves, roll-ups and outbox of these reports."""
        rooms = self._rooms(rows, [written.send for _, written in fresh], now)
        reasons = [_reason(rooms[written.send.party]) for _, written in fresh]
        leaving = [
            (outgoing, written.data)
            for (outgoing, written), reason in zip(fresh, reasons, strict=True)
            if reason is None
        ]
        exchanged = iter(self._exchange.exchange(rows, leaving, now))
        outgoing_rows = [
            next(exchanged) if reason is None else outgoing
            for (outgoing, _), reason in zip(fresh, reasons, strict=True)
        ]
        numbers = rows.sending.add_reports(outgoing_rows)
        rows.sending.add_outbox(
            [
                self._mail(written, reason, report_id=number, now=now)
                for (_, written), reason, number in zip(fresh, reasons, numbers, strict=True)
            ]
        )
        decided.released += len(leaving)
        decided.held.update(reason for reason in reasons if reason is not None)

    def _rooms(self, rows: Transaction, sends: Sequence[Send], now: datetime) -> dict[str, _Room]:
        """Every party of a batch with its state; one that nobody knew is observed first."""
        wanted = {send.party: send for send in sends}
        known = rows.peers.by_name(sorted(wanted))
        rooms = {}
        for name, send in wanted.items():
            version = send.agreement.version if send.agreement else None
            peer = known.get(name) or Peer(name=name, address=send.address, state=PeerState.OBSERVE, since=now)
            if (peer.address, peer.agreement_version) != (send.address, version) or name not in known:
                peer = replace(peer, address=send.address, agreement_version=version)
                rows.peers.put(peer)
            rooms[name] = _Room(peer, self._left(rows, name, now))
        return rooms

    def _left(self, rows: Transaction, party: str, now: datetime) -> int:
        return self._pacing.quota(party) - rows.sending.released_since(party, _midnight(now))

    def _mail(self, written: Report, reason: str | None, *, report_id: int, now: datetime) -> OutboxRow:
        return OutboxRow(
            kind=OutboxKind.REPORT,
            party=written.send.party,
            address=written.send.address,
            bounce_token=self._new_token(),
            packed=compress(written.data, 1),
            size=len(written.data),
            report_id=report_id,
            state=OutboxState.WAITING if reason is None else OutboxState.HELD,
            reason=reason,
            entered=now,
            released=now if reason is None else None,
            due=now,
        )

    def sweep(self, now: datetime) -> Decided:
        """A new day lets out what a quota held; what was held for too long ends, with its reason."""
        swept = Decided()
        with self._store.write() as rows:
            rows.sending.expire(now - self._pacing.held_for, now)
            for party in rows.sending.parties_held_for("quota"):
                peer = rows.peers.by_name([party]).get(party)
                left = self._left(rows, party, now)
                if peer is not None and peer.state is PeerState.LIVE and left > 0:
                    held = rows.sending.held(party, ("quota",), most=min(left, BATCH))
                    self._exchange.release(rows, held, now)
                    swept.released += len(held)
        return swept


def _reason(room: _Room) -> str | None:
    """Why a report for this peer is held; None where it leaves, which uses one place of the day."""
    if room.peer.state is PeerState.OBSERVE:
        return "observe"
    if room.peer.state is PeerState.SUSPENDED:
        return "suspended"
    if room.left <= 0:
        return "quota"
    room.left -= 1
    return None


def _outgoing(due: DueComplaint, origin: Origin, written: Report) -> Outgoing:
    """The row of one report; its leaf says no more than its tier shows."""
    send = written.send
    not_spam = due.not_spam
    evidence_class = "not-spam" if not_spam else "other" if send.informs else "complaint"
    tlp = (send.agreement.tlp if send.agreement else Tlp.AMBER).value
    domain = next(
        (
            each.domain
            for each in origin.signatures
            if each.standing in _BELIEVED and (send.informs or not each.is_replayed)
        ),
        None,
    )
    shown = (
        organisation_of(domain) if domain and written.tier is Tier.T1 else domain
    )  # a host name may name a recipient
    observed = arrival(origin.arrived, written.tier)
    facts = {
        "class": evidence_class,
        "definition": Definition.COMPLAINT.value,
        "role": send.role.value,
        "source": {"ip": origin.source_ip, "dkim": shown},
        "tier": written.tier.value,
        "tlp": tlp,
        "agreement": send.agreement.version if send.agreement else None,
    }
    return Outgoing(
        report_key=_report_key(due, send.party),
        name=written.report_id,
        complaint_id=due.complaint_id,
        party=send.party,
        role=send.role.value,
        rule=send.rule,
        agreement_version=send.agreement.version if send.agreement else None,
        tier=written.tier.value,
        tlp=tlp,
        definition=Definition.COMPLAINT.value,
        evidence_class=evidence_class,
        source_ip=origin.source_ip,
        source_net=source_net(origin.source_ip),
        observed=observed,
        precision="hour" if written.tier is Tier.T1 else precision_of(observed),
        message_id=origin.message_id,
        dkim_domain=domain,
        mailbox_token=due.mailbox_token,
        facts=facts,
        reported=send.address.rpartition("@")[2] if send.agreement else None,
    )


def _report_key(due: DueComplaint, party: str) -> bytes:
    """The same for every report of one complaint to one party: it is told once."""
    kind = b"not-spam" if due.not_spam else b"spam"
    return blake2b(b"\0".join((b"out", due.key.hex().encode(), kind, party.encode())), digest_size=16).digest()


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
