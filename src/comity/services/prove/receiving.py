"""Take leaves from a peer: check everything, store all of it in one transaction, cosign. The cosignature is the receipt.

Trust:      only what a pinned key of the peer signed is looked at; what it says is believed where our own arithmetic agrees.
Standards:  TRUST 4: signature, size, recomputed root, schema, time window, duplicate ids. 409 tells our size, so that whoever lost
            an answer goes on from there; the same posting again gets the same receipt.
Answers:    ``Receiving.take(store, data, now=...)`` gives ``Answer``: a status, and what is said; nothing is stored
            unless it is 200.
Limits:     a quota a day and peer is refused before the leaves are read. What a leaf says is a claim of its writer: the
            receipt says that we saw it, and when. Refusals are counted where the peer had signed.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import checkpoint, keys, leaf, note, schema, tree
from comity.ledger.posting import Fault, Posting, read_posting
from comity.model.entry import Channel, Entry, Head, Named
from comity.model.peer_key import KeyState
from comity.services.prove import pairing
from comity.services.prove.agreement.accepting import Accepting, Posted
from comity.services.prove.agreement.rows import AgreementRows
from comity.services.prove.writing import LedgerRows

CLOCK_SECONDS: Final = 300  # how far two clocks may be apart
_SIGNING: Final = (KeyState.PINNED, KeyState.ROTATED)
Record = dict[str, Any]


class MirrorRows(LedgerRows, Protocol):
    """The rows of the ledger."""

    def channel(self, origin: str, *, reporting: str, reported: str, quarter: str, is_copy: bool = False) -> Channel:
        """The channel of this name, made when it is first asked for."""

    def append(
        self, channel_id: int, entries: Sequence[Entry], *, grown: Mapping[tree.Node, bytes] | None = None
    ) -> range:
        """Add leaves at the end; ``grown`` are the nodes that they complete, where these are known."""

    def node(self, channel_id: int, node: tree.Node) -> bytes:
        """One stored node."""


class HistoryRows(Protocol):
    """What is asked of the ledger."""

    def channel(self, origin: str) -> Channel | None:
        """The channel of this name."""

    def between(self, reporting: str, reported: str) -> list[Channel]:
        """Every channel of one direction."""

    def head_at(self, channel_id: int, size: int) -> Head | None:
        """The head over exactly so many leaves."""

    def heads(self, channel_id: int, start: int, end: int) -> list[Head]:
        """Heads over more than ``start`` and at most ``end`` leaves."""

    def receipted(self, channel_id: int) -> Head | None:
        """The newest head that both sides signed."""

    def named(self, channel_ids: Sequence[int], names: Sequence[str]) -> list[Named]:
        """Leaves and mails of these names."""

    def written(self, channel_id: int, start: int, end: int) -> Sequence[Any]:
        """Leaves with their payloads."""

    def meet(self, found: Named) -> None:
        """A leaf or a mail of this name as it is now."""

    def forget(self, found: Named) -> None:
        """A mail that waited met its leaf."""

    def counted_on(self, channel_id: int, day: str) -> int:
        """How many reports stand in the roll-ups of a day."""

    def receipted_since(self, channel_id: int, name: str) -> datetime | None:
        """Since when the other side has the leaf of this name."""


class CountedKeys(pairing.KeyRows, Protocol):
    """The rows of keys, and of what was counted."""

    def count(self, peer: str, day: str, what: str, *, number: int = 1) -> None:
        """So many more of this."""

    def counts(self, peer: str, day: str | None = None) -> Mapping[str, int]:
        """What was counted."""


class RollupRows(Protocol):
    """The roll-ups."""

    def count_up(self, counts: Mapping[tuple[int, str, str, str], int]) -> None:
        """Add to them."""


class MirrorTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def ledger(self) -> MirrorRows:
        """The ledger."""

    @property
    def history(self) -> HistoryRows:
        """The ledger as it is read."""

    @property
    def keys(self) -> CountedKeys:
        """Whose signatures are believed."""

    @property
    def intake(self) -> RollupRows:
        """The roll-ups."""

    @property
    def agreements(self) -> AgreementRows:
        """What was agreed."""


class MirrorStore(Protocol):
    """A store."""

    def write(self) -> AbstractContextManager[MirrorTransaction]:
        """One transaction that writes."""

    def read(self) -> AbstractContextManager[MirrorTransaction]:
        """One view of the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a peer is told."""

    status: int
    said: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivingTerms:
    """Who we are, and how much we take."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)
    per_day: int
    source_net: Callable[[str | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """The heads of a posting: over how many leaves, when the writer signed, the note."""

    size: int
    root: bytes
    second: int
    note: str


class _Refused(Exception):  # noqa: N818 - a "no" with its reason, not an error
    def __init__(
        self, code: str, where: str | None = None, *, status: int = 422, said: Mapping[str, object] | None = None
    ):
        super().__init__(code)
        self.code, self.where, self.status, self.said = code, where, status, said or {}


class Receiving:
    """Takes what peers post."""

    def __init__(self, terms: ReceivingTerms, accepting: Accepting | None = None) -> None:
        """``accepting`` holds what is posted against the agreement; without it only the settings bound anything."""
        self._terms, self._accepting = terms, accepting

    def take(self, store: MirrorStore, data: bytes, *, now: datetime) -> Answer:
        """Take one posting, or say why not."""
        peer = ""
        try:
            posting = read_posting(data)
            if isinstance(posting, Fault):
                raise _Refused(posting.code, posting.where, status=400)
            name = self._channel(posting)
            with store.read() as rows:  # a stranger costs no transaction that writes
                heads = _heads(posting, name.writer, rows.keys)
            peer = name.writer
            with store.write() as rows:
                return self._store(rows, posting, (name, heads), now=now)
        except _Refused as no:
            if peer:
                with store.write() as rows:
                    rows.keys.count(peer, _day(now), f"refused:{no.code}")
            return refusal(no.code, no.where, status=no.status, more=no.said)

    def _channel(self, posting: Posting) -> checkpoint.ChannelName:
        name = checkpoint.channel_name(posting.origin)
        if name is None or name.by_mail:
            raise _Refused("origin-malformed", "origin", status=400)
        if name.reported != self._terms.name or name.writer == self._terms.name:
            raise _Refused("not-for-us", "origin", status=404)
        return name

    def _store(
        self,
        rows: MirrorTransaction,
        posting: Posting,
        signed: tuple[checkpoint.ChannelName, list[_Signed]],
        *,
        now: datetime,
    ) -> Answer:
        name, heads = signed
        known = rows.history.channel(posting.origin)
        size = known.size if known else 0
        if known is not None and (before := _given(rows.history, known, heads[-1])) is not None:
            return Answer(status=200, said={"size": size, "receipt": "".join(note.lines_of(before.note)[-1:])})
        if posting.old_size != size:
            raise _Refused("size-differs", "old_size", status=409, said={"size": size, **_last(rows.history, known)})
        self._has_room(rows, name.writer, len(posting.leaves), now=now)
        records = [_record(data, posting.old_size + place) for place, data in enumerate(posting.leaves)]
        _in_time(records, heads, posting.old_size, now=now)
        channel = known or rows.ledger.channel(
            posting.origin, reporting=name.reporting, reported=name.reported, quarter=name.quarter, is_copy=True
        )
        if not channel.is_copy:
            raise _Refused("not-for-us", "origin", status=404)
        self._check_order(rows.history, channel, heads)
        grown = _check_root(rows.ledger, channel, posting, heads=heads)
        beside = _payloads(posting, records)
        self._check_names(rows, channel, records)
        entries = [
            Entry(
                leaf_type=record["type"],
                data=data,
                submitted=datetime.fromtimestamp(record["submitted"], UTC),
                salt=beside[place][0] if place in beside else None,
                payload=beside[place][1] if place in beside else None,
                name=record["id"],
                counted=record["type"] in leaf.COUNTED,
            )
            for place, (data, record) in enumerate(zip(posting.leaves, records, strict=True), posting.old_size)
        ]
        rows.ledger.append(channel.channel_id, entries, grown=grown)
        placed = list(enumerate(records, posting.old_size))
        self._hold(
            rows,
            Posted(peer=name.writer, channel_id=channel.channel_id, records=placed, payloads=beside, now=now),
        )
        self._count(rows, channel, records)
        for each in records:
            if each["type"] == leaf.LeafType.KEY.value:
                _key(rows.keys, each, now)
        rows.keys.count(name.writer, _day(now), "taken", number=len(records))
        return self._receipt(rows, channel, heads, now=now)

    def _has_room(self, rows: MirrorTransaction, peer: str, wanted: int, *, now: datetime) -> None:
        agreed = None if self._accepting is None else self._accepting.per_day(rows, peer, now)
        per_day = self._terms.per_day if agreed is None else agreed
        if rows.keys.counts(peer, _day(now)).get("taken", 0) + wanted > per_day:
            raise _Refused("quota", status=429, said={"per_day": per_day})

    def _hold(self, rows: MirrorTransaction, posted: Posted) -> None:
        """What was posted is inside the agreement; its acts about agreements are taken."""
        if self._accepting is None:
            return
        outside = self._accepting.hold(rows, posted, counting=rows.keys, history=rows.history)
        if outside is not None:
            raise _Refused(outside.code, outside.where, status=outside.status)

    def _check_order(self, history: HistoryRows, channel: Channel, heads: list[_Signed]) -> None:
        """The writer's clock never goes back: what was signed later says so."""
        before = history.head_at(channel.channel_id, channel.size)
        least = int(before.signed.timestamp()) if before else 0
        for each in heads:
            if each.second < least:
                raise _Refused("time-goes-back", f"head {each.size}")
            least = each.second

    def _check_names(self, rows: MirrorTransaction, channel: Channel, records: list[Record]) -> None:
        """No id stands twice; what is taken back or answered is there."""
        names = [each["id"] for each in records]
        if len(set(names)) != len(names):
            twice = next(each for each, count in Counter(names).items() if count > 1)
            raise _Refused("id-twice", twice)
        for found in rows.history.named([channel.channel_id], names):
            if found.position is not None:
                raise _Refused("id-twice", found.name)
        fresh = {each["id"] for each in records if each["type"] in leaf.COUNTED}
        cited = [each["report"] for each in records if each["type"] == leaf.LeafType.RETRACT.value]
        stands = {
            each.name: each
            for each in rows.history.named([channel.channel_id], [name for name in cited if name not in fresh])
        }
        for name, count in Counter(cited).items():
            there = stands.get(name)
            alive = name in fresh or (there is not None and there.counted and there.retracted is None)
            if not alive or count > 1:
                raise _Refused("retracts-nothing", name)
        answered = [each["report"] for each in records if each["type"] == leaf.LeafType.OUTCOME.value]
        if answered:
            ours = [each.channel_id for each in rows.history.between(channel.reported, channel.reporting)]
            there_too = {each.name for each in rows.history.named(ours, answered) if each.position is not None}
            if missing := [each for each in answered if each not in there_too]:
                raise _Refused("answers-nothing", missing[0])

    def _count(self, rows: MirrorTransaction, channel: Channel, records: list[Record]) -> None:
        """Roll-ups of what is counted, and where leaf and mail of one event meet."""
        counts: Counter[tuple[int, str, str, str]] = Counter()
        pair = rows.history.between(channel.reporting, channel.reported)
        others = [each.channel_id for each in pair if each.channel_id != channel.channel_id]
        reports = [each["id"] for each in records if each["type"] in leaf.COUNTED]
        waiting = {
            each.name: each
            for each in (rows.history.named(others, reports) if others else ())
            if each.report_id is not None
        }
        here = {each.name: each for each in rows.history.named([channel.channel_id], list(waiting))} if waiting else {}
        for record in records:
            if record["type"] in leaf.COUNTED:
                counts[self._key(channel, record)] += 1
                mail = waiting.get(record["id"])
                if mail is not None:
                    found = here[record["id"]]
                    rows.history.meet(_with(found, report_id=mail.report_id))
                    rows.history.forget(mail)
            elif record["type"] == leaf.LeafType.RETRACT.value:
                (found,) = rows.history.named([channel.channel_id], [record["report"]])
                rows.history.meet(_with(found, retracted=datetime.fromtimestamp(record["submitted"], UTC)))
                place = found.position or 0
                (written,) = rows.history.written(channel.channel_id, place, place + 1)
                counts[self._key(channel, leaf.read(written.data) or {})] -= 1
        rows.intake.count_up(counts)

    def _key(self, channel: Channel, record: Mapping[str, Any]) -> tuple[int, str, str, str]:
        day = datetime.fromtimestamp(record["submitted"], UTC).date().isoformat()
        return (
            channel.channel_id,
            day,
            schema.counted_class(record) or "",
            self._terms.source_net(record["source"]["ip"]),
        )

    def _receipt(self, rows: MirrorTransaction, channel: Channel, heads: list[_Signed], *, now: datetime) -> Answer:
        last = heads[-1]
        line = note.cosign(last.note, self._terms.name, self._terms.key, second=int(now.timestamp()))
        for each in heads:
            rows.ledger.keep_head(
                channel.channel_id,
                Head(
                    size=each.size,
                    root=each.root,
                    note=note.with_lines(each.note, [line]) if each is last else each.note,
                    signed=datetime.fromtimestamp(each.second, UTC),
                    receipted=now if each is last else None,
                ),
            )
        return Answer(status=200, said={"size": last.size, "receipt": line})


def refusal(code: str, where: str | None = None, *, status: int, more: Mapping[str, object] | None = None) -> Answer:
    """A "no" with its name: the same word stands in the answer, in the counters of both sides, and in the catalogues."""
    return Answer(status=status, said={"error": code, "where": where, **(more or {})})


def _heads(posting: Posting, peer: str, rows: pairing.KeyRows) -> list[_Signed]:
    """The heads, each signed by the peer with the second of its clock, growing, the last over all that is sent."""
    known = pairing.verifiers(rows, peer, _SIGNING)
    if not known:
        states = {each.state for each in rows.of(peer)}
        raise _Refused("key-revoked" if KeyState.REVOKED in states else "peer-not-paired", status=403)
    known += _announced(posting, known)
    found: list[_Signed] = []
    size = posting.old_size
    for number, text in enumerate(posting.heads):
        signed = note.opened(text, known)
        if signed is None or peer not in signed.signers or not signed.cosigned:
            raise _Refused("head-not-signed", f"head {number}", status=403)
        head = checkpoint.read(signed.text)
        if head is None or head.origin != posting.origin or head.extensions:
            raise _Refused("head-malformed", f"head {number}")
        if not size < head.size <= posting.size:
            raise _Refused("head-size", f"head {number}")
        size = head.size
        found.append(_Signed(size=size, root=head.root, second=signed.cosigned[0][1], note=text))
    if size != posting.size:
        raise _Refused("head-size", f"head {len(found) - 1}")
    return found


def _announced(posting: Posting, known: list[note.Verifier]) -> list[note.Verifier]:
    """Keys that leaves of this very posting put in the place of known ones: the heads behind them are signed with these."""
    fresh: list[note.Verifier] = []
    for data in posting.leaves:
        record = leaf.read(data) if b'"type":"key"' in data else None
        said = keys.read_rotation(str(record.get("statement"))) if record else None
        if said is not None and said.old in (*known, *fresh):
            fresh += [replace(said.new, algorithm=each) for each in (note.ED25519, note.COSIGNATURE)]
    return fresh


def _given(history: HistoryRows, channel: Channel, last: _Signed) -> Head | None:
    """The head that was cosigned before, where exactly this is posted again."""
    before = history.head_at(channel.channel_id, last.size)
    return before if before is not None and before.receipted is not None and before.root == last.root else None


def _last(history: HistoryRows, channel: Channel | None) -> Mapping[str, object]:
    head = history.receipted(channel.channel_id) if channel else None
    return {"head": head.note} if head else {}


def _record(data: bytes, position: int) -> Record:
    record = leaf.read(data)
    if record is None:
        raise _Refused("leaf-malformed", f"leaf {position}")
    wrong = schema.fault(record)
    if wrong is not None:
        raise _Refused("leaf-field", f"leaf {position}: {wrong}")
    return record


def _in_time(records: list[Record], heads: list[_Signed], start: int, *, now: datetime) -> None:
    """Every leaf was submitted within 300 s of the first head over it, and no head is ahead of our clock."""
    latest = int(now.timestamp()) + CLOCK_SECONDS
    remaining = iter(heads)
    head = next(remaining)
    for position, record in enumerate(records, start):
        while position >= head.size:
            head = next(remaining)
        if head.second > latest:
            raise _Refused("clock-ahead", f"head {head.size}")
        if abs(record["submitted"] - head.second) > CLOCK_SECONDS:
            raise _Refused("submitted-not-in-time", f"leaf {position}")
        if record["observed"] is not None and record["observed"] > head.second + CLOCK_SECONDS:
            raise _Refused("observed-ahead", f"leaf {position}")


def _check_root(
    ledger: MirrorRows, channel: Channel, posting: Posting, *, heads: list[_Signed]
) -> dict[tree.Node, bytes]:
    """Our copy and what was sent give the roots that the heads name: a history that was rewritten does not. The new nodes."""
    fresh: dict[tree.Node, bytes] = {}

    def stored(node: tree.Node) -> bytes:
        return fresh[node] if node in fresh else ledger.node(channel.channel_id, node)

    remaining = list(heads)
    for position, data in enumerate(posting.leaves, posting.old_size):
        fresh.update(tree.grow(position, tree.leaf_hash(data), stored))
        if position + 1 == remaining[0].size:
            head = remaining.pop(0)
            if tree.root(head.size, stored) != head.root:
                raise _Refused("root-differs", f"head {head.size}")
    return fresh


def _payloads(posting: Posting, records: list[Record]) -> dict[int, tuple[bytes, bytes]]:
    found: dict[int, tuple[bytes, bytes]] = {}
    for each in posting.payloads:
        place = each.position - posting.old_size
        if not 0 <= place < len(records):
            raise _Refused("payload-elsewhere", f"leaf {each.position}")
        if records[place]["payload_commit"] != leaf.commitment(each.salt, each.payload):
            raise _Refused("payload-differs", f"leaf {each.position}")
        found[each.position] = (each.salt, each.payload)
    return found


def _key(rows: pairing.KeyRows, record: Record, now: datetime) -> None:
    statement = record["statement"]
    if pairing.rotate(rows, statement, now=now) is None and pairing.revoke(rows, statement, now=now) is None:
        raise _Refused("key-statement", record["id"])


def _with(found: Named, *, report_id: int | None = None, retracted: datetime | None = None) -> Named:
    return Named(
        channel_id=found.channel_id,
        name=found.name,
        position=found.position,
        counted=found.counted,
        retracted=retracted or found.retracted,
        report_id=found.report_id if report_id is None else report_id,
    )


def _day(now: datetime) -> str:
    return now.astimezone(UTC).date().isoformat()
