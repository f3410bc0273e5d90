"""Give our leaves to a peer, and take its receipts; know how far it is behind.

Trust:      a receipt counts when a pinned key of the peer signed it over the very head we sent. Whatever else the peer says is a
            claim: a size it names is used to go on from, and a head it shows must be our own.
Standards:  TRUST 4: sending never waits for a receipt; the window without receipts is bounded, then sending stops.
Answers:    ``Forwarding.step(channel, now)`` posts what is next and gives ``Step``; ``behind(rows, peer)`` what has no receipt;
            ``is_open(rows, peer, now)`` whether reports for this peer may still leave.
Limits:     2,000 leaves or 6 MiB a posting, always up to a head. What lies before a refused leaf goes on at once, what lies
            behind it after some hours, in which people can look: then the leaf stays, disputed, and nothing waits for it.
            A longer head of ours that the peer cosigned stops our signing: our own end was lost, and comes back with ``comity
            ledger heal``. So does a head that we signed over other leaves than stand here: our ledger was set back, and went on.
            More leaves without such a head stop nothing: whoever carries an answer can write a number into it.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol

from comity.ledger import checkpoint, note, posting
from comity.ledger.posting import Beside, Posting
from comity.model.entry import Behind, Channel, Head, Written
from comity.model.peer_key import KeyState
from comity.services.prove import pairing
from comity.services.prove.leaves import refusals
from comity.services.prove.leaves.refusals import HOLD, RefusalRows
from comity.services.prove.repairing.looking import otherwise

_MOST_BYTES: Final = 6 << 20
_SIGNING: Final = (KeyState.PINNED, KeyState.ROTATED)  # one that was called back gives no receipts


class SentHistory(RefusalRows, Protocol):
    """What is asked of the ledger."""

    def written(self, channel_id: int, start: int, end: int) -> list[Written]:
        """Leaves with their payloads."""

    def between(self, reporting: str, reported: str) -> list[Channel]:
        """Every channel of one direction."""

    def heads(self, channel_id: int, start: int, end: int) -> list[Head]:
        """Heads over more than ``start`` and at most ``end`` leaves."""

    def head_at(self, channel_id: int, size: int) -> Head | None:
        """The head over exactly so many leaves."""

    def receipted(self, channel_id: int) -> Head | None:
        """The newest head that both sides signed."""

    def range_root(self, channel_id: int, start: int, end: int) -> bytes:
        """The root over a subtree."""

    def add_receipt(self, channel_id: int, size: int, *, note: str, at: datetime) -> None:
        """A head with the lines it has now."""

    def behind(self, channel_id: int, size: int) -> Behind:
        """What lies after the first ``size`` leaves."""

    def stop(self, channel_id: int, reason: str, *, size: int, now: datetime) -> None:
        """Sign nothing more in this channel."""


class CountedKeys(pairing.KeyRows, Protocol):
    """The rows of keys, and of what was counted."""

    def count(self, peer: str, day: str, what: str, *, number: int = 1) -> None:
        """So many more of this."""


class SentTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def history(self) -> SentHistory:
        """The ledger as it is read."""

    @property
    def keys(self) -> CountedKeys:
        """Whose signatures are believed."""


class SentStore(Protocol):
    """A store."""

    def write(self) -> AbstractContextManager[SentTransaction]:
        """One transaction that writes."""

    def read(self) -> AbstractContextManager[SentTransaction]:
        """One view of the store."""


Post = Callable[[bytes], tuple[int, Mapping[str, Any]]]  # to one peer: status and what it said; 0 where nobody answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How much may wait for a receipt."""

    age: timedelta = timedelta(hours=72)
    octets: int = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What came of one posting: how many leaves have a receipt now that had none, or why not."""

    given: int = 0
    reason: str | None = None  # "peer-unreachable", a word of the other side, "receipt-not-signed", "we-are-behind" ...
    where: str | None = None
    more: bool = False  # there is more to send at once


class Forwarding:
    """What we give to one peer."""

    def __init__(
        self,
        store: SentStore,
        peer: str,
        post: Post,
        *,
        hold: timedelta = HOLD,
        ours: Sequence[note.Verifier] = (),
    ) -> None:
        """``hold`` is for how long a leaf that the peer refuses holds what follows; ``ours`` are our own public keys."""
        self._store, self._peer, self._post, self._hold, self._ours = store, peer, post, hold, ours
        self._start: dict[int, int] = {}  # where the peer said that it goes on

    def step(self, channel: Channel, *, now: datetime) -> Step:
        """Post what is next of one channel of ours."""
        with self._store.read() as rows:
            head = rows.history.receipted(channel.channel_id)
            start = self._start.get(channel.channel_id, head.size if head else 0)
            message = self._next(rows.history, channel, start, now=now)
        if message is None:
            return Step()
        status, said = self._post(posting.write(message))
        with self._store.write() as rows:
            done = self._answered(rows, channel, message, answer=(status, said), now=now)
            if done.reason is not None and status:
                day = now.astimezone(UTC).date().isoformat()
                rows.keys.count(self._peer, day, f"refused-by:{done.reason}")
            return done

    def _next(self, history: SentHistory, channel: Channel, start: int, *, now: datetime) -> Posting | None:
        if start >= channel.size:
            return None
        heads = history.heads(channel.channel_id, start, min(channel.size, start + posting.MOST_LEAVES))
        if not heads:
            return None
        refused = [each for each in history.refused(channel.channel_id) if each.position >= start]
        holding = [each.position for each in refused if not refusals.goes_on(each, self._hold, now)]
        if holding:  # what lies before it need not wait
            heads = [each for each in heads if each.size <= holding[0]] or heads
        written = history.written(channel.channel_id, start, heads[-1].size)
        octets, size = 0, heads[0].size
        for head in heads:  # as many whole heads as fit, and at least one
            octets += sum(
                len(each.data) + len(each.payload or b"") for each in written if size <= each.position < head.size
            )
            if octets > _MOST_BYTES and head is not heads[0]:
                break
            size = head.size
        return Posting(
            origin=channel.origin,
            old_size=start,
            leaves=tuple(each.data for each in written if each.position < size),
            payloads=tuple(
                Beside(position=each.position, salt=each.salt, payload=each.payload)
                for each in written
                if each.position < size and each.salt is not None and each.payload is not None
            ),
            heads=tuple(each.note for each in heads if each.size <= size),
            go_on=tuple(each.position for each in refused if each.position < size and each.position not in holding),
        )

    def _answered(
        self,
        rows: SentTransaction,
        channel: Channel,
        message: Posting,
        *,
        answer: tuple[int, Mapping[str, Any]],
        now: datetime,
    ) -> Step:
        status, said = answer
        if status == 200:
            line = said.get("receipt")
            noted = note.with_lines(message.heads[-1], [line]) if isinstance(line, str) else ""
            if not self._is_receipt(rows, channel, noted, size=message.size, now=now):
                return Step(reason="receipt-not-signed")
            self._start.pop(channel.channel_id, None)
            refusals.note_taken(rows.history, channel, message, said=said, now=now)
            return Step(given=len(message.leaves), more=message.size < channel.size)
        if status == 409:
            return self._elsewhere(rows, channel, said, now=now)
        if status == 0:
            return Step(reason=refusals.no_answer(said))
        error, where = said.get("error"), said.get("where")
        fresh = refusals.note_refused(rows.history, channel, message, said=said, now=now)
        reason, where = refusals.word(error) or f"http-{status}", where if isinstance(where, str) else None
        following = self._next(rows.history, channel, message.old_size, now=now) if fresh else None
        is_other = following is not None and (following.size, following.go_on) != (message.size, message.go_on)
        return Step(reason=reason, where=where, more=is_other)

    def _elsewhere(self, rows: SentTransaction, channel: Channel, said: Mapping[str, Any], *, now: datetime) -> Step:
        """The peer has another size than we thought: an answer was lost, or one of us lost its end."""
        size, shown = said.get("size"), said.get("head")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            return Step(reason="answer-malformed")
        if size > channel.size:
            known = self._cosigned(rows, channel, shown)
            if known is None or known.size <= channel.size:  # a number alone, or what it signed about something else
                return Step(reason="peer-differs", where=str(size))
            rows.history.stop(channel.channel_id, "we-are-behind", size=known.size, now=now)
            return Step(reason="we-are-behind", where=str(known.size))
        if isinstance(shown, str) and size and not self._is_receipt(rows, channel, shown, size=size, now=now):
            stored = partial(_stored_root, rows.history, channel)
            if otherwise(shown, channel, self._ours, root=stored) != size:
                return Step(reason="peer-differs", where=str(size))
            rows.history.stop(channel.channel_id, "two-histories", size=size, now=now)
            return Step(reason="two-histories", where=str(size))
        if size and rows.history.head_at(channel.channel_id, size) is None:
            return Step(reason="peer-differs", where=str(size))
        self._start[channel.channel_id] = size
        return Step(reason="size-differs", where=str(size), more=size < channel.size)

    def _is_receipt(self, rows: SentTransaction, channel: Channel, noted: str, *, size: int, now: datetime) -> bool:
        """Whether the peer cosigned our own head over so many leaves; then it is kept."""
        signed = note.opened(noted, pairing.verifiers(rows.keys, self._peer, _SIGNING))
        head = self._cosigned(rows, channel, noted)
        ours = rows.history.head_at(channel.channel_id, size)
        if signed is None or head is None or ours is None or (head.size, head.root) != (size, ours.root):
            return False
        lines = note.with_lines(ours.note, note.lines_of(noted))
        at = datetime.fromtimestamp(signed.cosigned[0][1], UTC) if signed.cosigned[0][1] < 1 << 34 else now
        rows.history.add_receipt(channel.channel_id, size, note=lines, at=at)
        return True

    def _cosigned(self, rows: SentTransaction, channel: Channel, shown: object) -> checkpoint.Checkpoint | None:
        """What a head of this channel says that the peer cosigned."""
        keys = pairing.verifiers(rows.keys, self._peer, _SIGNING)
        signed = note.opened(shown, keys) if isinstance(shown, str) else None
        head = checkpoint.read(signed.text) if signed is not None and signed.cosigned else None
        return head if head is not None and head.origin == channel.origin else None


def _stored_root(history: SentHistory, channel: Channel, size: int) -> bytes | None:
    """The root over what stands here; None where that is damaged, which is another matter."""
    try:
        return history.range_root(channel.channel_id, 0, size)
    except KeyError:
        return None


def behind(history: SentHistory, ours: str, peer: str) -> Behind:
    """What has no receipt of this peer yet, in all channels to it."""
    found = Behind(leaves=0, octets=0, since=None)
    for channel in history.between(ours, peer):
        if channel.origin.endswith("/by-mail"):
            continue
        head = history.receipted(channel.channel_id)
        one = history.behind(channel.channel_id, head.size if head else 0)
        since = min((each for each in (found.since, one.since) if each is not None), default=None)
        found = Behind(leaves=found.leaves + one.leaves, octets=found.octets + one.octets, since=since)
    return found


def is_open(waiting: Behind, window: Window, now: datetime) -> bool:
    """Whether more may leave, or too much has no receipt.

    >>> is_open(Behind(leaves=1, octets=100, since=datetime(2026, 1, 1, tzinfo=UTC)), Window(), datetime(2026, 1, 5, tzinfo=UTC))
    False
    """
    too_old = waiting.since is not None and now - waiting.since > window.age
    return not too_old and waiting.octets <= window.octets


def to_give(channels: Sequence[Channel], ours: str, peer: str) -> list[Channel]:
    """Our channels to this peer."""
    return [
        each
        for each in channels
        if (each.reporting, each.reported) == (ours, peer) and not each.is_copy and not each.origin.endswith("/by-mail")
    ]
