"""Write reports and outcomes into the ledger, in the transaction of what they are about, and sign one head a batch.

Trust:      our own key; what a leaf says about a report was decided elsewhere.
Answers:    ``Scribe.write`` appends events and signs a head over them, inside the caller's transaction.
Limits:     a leaf names no person: a token where the tier allows it, a salted commitment to the rest. Time never goes back within
            a channel: after our clock was set back, the moment of the last head is written until the clock is there again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import checkpoint, leaf, note
from comity.model.entry import Channel, Entry, Head
from comity.model.outcomes import ComityError, Outcome
from comity.model.record import record

HEAD_LEAVES: Final = 500  # the most leaves that are under no head of their own


class LedgerRows(Protocol):
    """The ledger's rows in one transaction."""

    def channel(self, origin: str, *, reporting: str, reported: str, quarter: str) -> Channel:
        """The channel of this name, made when it is first asked for."""

    def found(self, origin: str) -> Channel | None:
        """The same, where it was made."""

    def grow(self, channel_id: int, lots: Iterable[Sequence[Entry]]) -> Iterator[tuple[int, bytes]]:
        """Add leaves at the end, lot by lot; size and root after each."""

    def keep_head(self, channel_id: int, head: Head) -> None:
        """Keep a signed head."""

    def last_signed(self, channel_id: int) -> datetime | None:
        """When the newest head of a channel was signed."""

    def stopped(self, channel_id: int) -> str | None:
        """Why nothing may be signed in this channel."""

    def unfit(self, channel_id: int) -> str | None:
        """Why nothing can be added to it before somebody has healed it."""

    def arrived_by_mail(self, reporting: str, reported: str, quarter: str, *, reports: Mapping[str, int]) -> int:
        """Reports, by name, whose leaves the other side writes: where they meet them."""


@record
class Event:
    """One event between two networks: ``facts`` stand in the leaf, ``payload`` beside it."""

    reporting: str
    reported: str
    leaf_type: leaf.LeafType
    event_id: str
    observed: datetime | None
    facts: Mapping[str, Any]
    payload: bytes | None = None
    quarter: str | None = None  # of what it is about, where that is an earlier event: both stand in one channel
    by_mail: bool = False  # we write down what a peer sent that speaks mail alone


def quarter_of(moment: datetime) -> str:
    """The quarter in which something was submitted.

    >>> from datetime import UTC
    >>> quarter_of(datetime(2026, 11, 23, tzinfo=UTC))
    '2026q4'
    """
    return f"{moment.year}q{(moment.month + 2) // 3}"


class Scribe:
    """Collects the events of one batch and writes them down when the batch is closed."""

    def __init__(self, name: str, key: Ed25519PrivateKey, *, new_salt: Callable[[], bytes]) -> None:
        """``name`` is our network's domain, under which the key is known to others."""
        self._name, self._key, self._new_salt = name, key, new_salt

    @property
    def name(self) -> str:
        """Our network's domain."""
        return self._name

    def channel(self, rows: LedgerRows, event: Event, now: datetime) -> Channel:
        """The channel an event of this moment belongs to."""
        quarter = event.quarter or quarter_of(now)
        # One writer a channel: where another side reports, the channel of that name is theirs, and ours is the one beside it.
        is_beside = event.by_mail or event.reporting != self._name
        name = checkpoint.by_mail_origin if is_beside else checkpoint.channel_origin
        origin = name(event.reporting, event.reported, quarter)
        return rows.channel(origin, reporting=event.reporting, reported=event.reported, quarter=quarter)

    def write(self, rows: LedgerRows, events: Sequence[Event], now: datetime) -> list[tuple[int, int]]:
        """Append every event and sign a head for each channel touched; (channel, position) of each event, in order."""
        known: dict[tuple[str, str, str | None, bool], Channel] = {}
        channels: dict[int, Channel] = {}
        waiting: dict[int, list[Event]] = {}
        places: list[tuple[int, int]] = []
        for event in events:
            name = (event.reporting, event.reported, event.quarter, event.by_mail)
            if name not in known:
                known[name] = self.channel(rows, event, now)
            channel_id = known[name].channel_id
            channel = channels.setdefault(channel_id, known[name])
            mine = waiting.setdefault(channel_id, [])
            places.append((channel_id, channel.size + len(mine)))
            mine.append(event)
        for channel_id, mine in waiting.items():
            self._put_down(rows, channels[channel_id], mine, now=now)
        return places

    def _put_down(self, rows: LedgerRows, channel: Channel, events: Sequence[Event], *, now: datetime) -> None:
        """Leaves of one channel, which is asked for once, and a head behind every ``HEAD_LEAVES`` of them."""
        self._may_sign(rows, channel)
        at = _moment(rows, channel, now)
        lots = (
            [self._entry(each, at) for each in events[start : start + HEAD_LEAVES]]
            for start in range(0, len(events), HEAD_LEAVES)
        )
        for size, root in rows.grow(channel.channel_id, lots):
            head = checkpoint.Checkpoint(origin=channel.origin, size=size, root=root)
            rows.keep_head(channel.channel_id, Head(size=size, root=root, note=self.signed(head, at), signed=at))

    def signed(self, head: checkpoint.Checkpoint, now: datetime) -> str:
        """The note of a head, with our signature and the second of our clock, signed with it."""
        signed = note.sign(head.text(), self._name, self._key)
        return note.with_lines(signed, [note.cosign(signed, self._name, self._key, second=int(now.timestamp()))])

    def stopped(self, rows: LedgerRows, reported: str, now: datetime) -> str | None:
        """Why nothing may be signed in our own channel to a network in this quarter; None where nothing was written there yet."""
        origin = checkpoint.channel_origin(self._name, reported, quarter_of(now))
        channel = rows.found(origin)
        return None if channel is None else self._unfit(rows, channel)

    @staticmethod
    def _unfit(rows: LedgerRows, channel: Channel) -> str | None:
        stopped = rows.stopped(channel.channel_id) or ("not-our-channel" if channel.is_copy else None)
        return stopped or rows.unfit(channel.channel_id)

    def _may_sign(self, rows: LedgerRows, channel: Channel) -> None:
        reason = self._unfit(rows, channel)
        if reason is not None:
            raise ComityError(
                "ledger-stopped",
                f"nothing is signed in {channel.origin}: {reason}",
                outcome=Outcome.TRY_AGAIN,
                place=channel.origin,
                details={"origin": channel.origin, "reason": reason},
            )

    def leaf(self, rows: LedgerRows, event: Event, now: datetime) -> bytes:
        """The bytes that ``write`` will put down for an event without payload: they may leave in a mail before."""
        if event.payload is not None:
            raise ValueError("the commitment to a payload is made when it is written")
        return self._entry(event, _moment(rows, self.channel(rows, event, now), now)).data

    def _entry(self, event: Event, now: datetime) -> Entry:
        salt = self._new_salt() if event.payload is not None else None
        record = {
            "type": event.leaf_type.value,
            "id": event.event_id,
            "observed": _second(event.observed),
            "submitted": _second(now),
            "payload_commit": leaf.commitment(salt, event.payload)
            if salt is not None and event.payload is not None
            else None,
            **event.facts,
        }
        return Entry(
            leaf_type=event.leaf_type.value,
            data=leaf.canonical(record),
            submitted=now,
            salt=salt,
            payload=event.payload,
            name=event.event_id,
            counted=event.leaf_type in leaf.COUNTED,
        )


def _moment(rows: LedgerRows, channel: Channel, now: datetime) -> datetime:
    """When something is written: the other side takes no head that says an earlier time than the one before it."""
    return max(now, rows.last_signed(channel.channel_id) or now)


def _second(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
