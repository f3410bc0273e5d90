"""Take leaves from a peer: check everything, store all of it in one transaction, cosign. The cosignature is the receipt.

Trust:      only what a pinned key of the peer signed is looked at; what it says is believed where our own arithmetic agrees.
            A close of a day is counted again before it is cosigned: what it says otherwise, we dispute in our own ledger.
Standards:  TRUST 4: signature, size, recomputed root, schema, time window, duplicate ids. 409 tells our size, so that whoever lost
            an answer goes on from there; the same posting again gets the same receipt.
Answers:    ``Receiving.take(store, data, now=...)`` gives ``Answer``: a status, and what is said; nothing is stored
            unless it is 200.
            Who signed two histories is refused ("two-histories"), and what proves it to anybody is kept.
Limits:     a quota a day and peer is refused before the leaves are read. What a leaf says is a claim of its writer: the
            receipt says that we saw it, and when. Refusals are counted where the peer had signed. A leaf that we refuse is taken
            only when the writer, who was told, goes on without it: it stands in the tree, counts for nothing, and is disputed.
            Into a copy that a disk or a hand has damaged nothing is taken before it was healed ("copy-damaged", 503: the fault is
            ours), but for leaves that fit to what is left of the tree behind its end.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from comity.ledger import checkpoint, keys, leaf, note, proof, schema, tree
from comity.ledger.posting import Fault, Posting, read_posting
from comity.model.entry import Channel, Entry, Head, Named
from comity.model.peer_key import KeyState
from comity.services.prove import pairing
from comity.services.prove.agreement.accepting import Accepting, Posted
from comity.services.prove.leaves import checking, forks
from comity.services.prove.leaves.checking import CLOCK_SECONDS, Leaves
from comity.services.prove.leaves.objecting import Objecting
from comity.services.prove.leaves.rows import HistoryRows, MirrorRows, MirrorStore, MirrorTransaction

_SIGNING: Final = (KeyState.PINNED, KeyState.ROTATED)
_NAMED: Final = 100  # refused leaves named in one answer
Record = dict[str, Any]


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
        self.fork: proof.Fork | None = None  # kept, whatever else is not


class Receiving:
    """Takes what peers post."""

    def __init__(
        self, terms: ReceivingTerms, accepting: Accepting | None = None, objecting: Objecting | None = None
    ) -> None:
        """``accepting`` holds what is posted against the agreement, ``objecting`` says what does not hold: without the one only the
        settings bound anything, without the other nobody goes on without a refused leaf, and closes are not counted again.
        """
        self._terms, self._accepting, self._objecting = terms, accepting, objecting

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
                    if no.fork is not None and (found := forks.kept(no.fork, now)) is not None:
                        rows.forks.keep(found)
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
        is_surplus = known is not None and _is_surplus(rows.ledger, known)
        if posting.old_size != size:
            raise _elsewhere(rows, posting, known)
        self._has_room(rows, name.writer, len(posting.leaves), now=now)
        _clocks(heads, now=now)
        channel = known or rows.ledger.channel(
            posting.origin, reporting=name.reporting, reported=name.reported, quarter=name.quarter, is_copy=True
        )
        if not channel.is_copy:
            raise _Refused("not-for-us", "origin", status=404)
        self._check_order(rows.history, channel, heads)
        grown = _check_root(rows.ledger, channel, posting, heads=heads)
        leaves, beside = self._checked(rows, channel, posting, heads=heads, now=now)
        second_over = _second_over(heads)
        entries = [
            _entry(data, place, leaves, beside=beside, signed=second_over(place))
            for place, data in enumerate(posting.leaves, posting.old_size)
        ]
        if is_surplus:
            grown = _but_there(rows.ledger, channel, grown)
        rows.ledger.append(channel.channel_id, entries, grown=grown)
        records = dict(leaves.sound())
        self._count(rows, channel, list(records.values()))
        if self._objecting is not None:
            closes = [place for place, each in records.items() if each["type"] == leaf.LeafType.DAY_CLOSE.value]
            self._objecting.object(rows, channel, refused=leaves.wrong, closes=closes, now=now)
        rows.keys.count(name.writer, _day(now), "taken", number=len(posting.leaves))
        answer = self._receipt(rows, channel, heads, now=now)
        return replace(answer, said={**answer.said, **_named(leaves)}) if leaves.wrong else answer

    def _checked(
        self, rows: MirrorTransaction, channel: Channel, posting: Posting, *, heads: list[_Signed], now: datetime
    ) -> tuple[Leaves, dict[int, tuple[bytes, bytes]]]:
        """The leaves and what travels beside them; no more of them is wrong than the writer goes on without."""
        for each in posting.payloads:
            if not posting.old_size <= each.position < posting.size:
                raise _Refused("payload-elsewhere", f"leaf {each.position}")
        leaves = checking.read(posting.leaves, posting.old_size)
        checking.check_times(leaves, _second_over(heads))
        beside = checking.payloads(leaves, posting.payloads)
        self._hold(rows, leaves, Posted(
            peer=channel.reporting, channel_id=channel.channel_id, records=list(leaves.sound()), payloads=beside, now=now,
        ))  # fmt: skip
        for place, record in leaves.sound():
            if record["type"] == leaf.LeafType.KEY.value and not _key(rows.keys, record, now):
                leaves.refuse(place, "key-statement")
        if not checking.check_names(leaves, rows.history, channel):
            raise _Refused("copy-damaged", "surplus", status=503)
        allowed = posting.go_on if self._objecting is not None else ()
        if any(place not in allowed for place in leaves.wrong):
            place = min(place for place in leaves.wrong if place not in allowed)
            wrong = leaves.wrong[place]
            where = f"leaf {place}" if wrong.detail is None else f"leaf {place}: {wrong.detail}"
            raise _Refused(wrong.code, where, said=_named(leaves))
        return leaves, beside

    def _has_room(self, rows: MirrorTransaction, peer: str, wanted: int, *, now: datetime) -> None:
        agreed = None if self._accepting is None else self._accepting.per_day(rows, peer, now)
        per_day = self._terms.per_day if agreed is None else agreed
        if rows.keys.counts(peer, _day(now)).get("taken", 0) + wanted > per_day:
            raise _Refused("quota", status=429, said={"per_day": per_day})

    def _hold(self, rows: MirrorTransaction, leaves: Leaves, posted: Posted) -> None:
        """What was posted is inside the agreement; its acts about agreements are taken."""
        if self._accepting is None:
            return
        for outside in self._accepting.hold(rows, posted, counting=rows.keys, history=rows.history):
            if outside.status != 422:
                raise _Refused(outside.code, f"leaf {outside.position}", status=outside.status)
            leaves.refuse(outside.position, outside.code)

    def _check_order(self, history: HistoryRows, channel: Channel, heads: list[_Signed]) -> None:
        """The writer's clock never goes back: what was signed later says so."""
        before = history.head_at(channel.channel_id, channel.size)
        least = int(before.signed.timestamp()) if before else 0
        for each in heads:
            if each.second < least:
                raise _Refused("time-goes-back", f"head {each.size}")
            least = each.second

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
                counts[self._key(channel, _standing(rows.history, found))] -= 1
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


def _elsewhere(rows: MirrorTransaction, posting: Posting, known: Channel | None) -> _Refused:
    """It does not go on where we are. Where it signed otherwise before, that is kept, and has a name of its own."""
    said = {"size": known.size if known else 0, **_last(rows.history, known)}
    fork = None
    if known is not None and known.is_copy:
        writers = pairing.verifiers(rows.keys, known.reporting, _SIGNING)
        fork = forks.against_copy(rows, known, posting, keys=[*writers, *_announced(posting, writers)])
    refused = _Refused("size-differs" if fork is None else "two-histories", "old_size", status=409, said=said)
    refused.fork = fork
    return refused


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


def _clocks(heads: list[_Signed], *, now: datetime) -> None:
    """No head is ahead of our clock."""
    latest = int(now.timestamp()) + CLOCK_SECONDS
    for head in heads:
        if head.second > latest:
            raise _Refused("clock-ahead", f"head {head.size}")


def _second_over(heads: list[_Signed]) -> Callable[[int], int]:
    """The second of the first head over a leaf; leaves are asked about in order."""
    remaining = iter(heads)
    head = next(remaining)

    def second(place: int) -> int:
        nonlocal head
        while place >= head.size:
            head = next(remaining)
        return head.second

    return second


def _named(leaves: Leaves) -> Mapping[str, object]:
    """Which leaves are refused, and why: the writer notes it, and may go on without them."""
    found = [[place, wrong.code, wrong.detail] for place, wrong in sorted(leaves.wrong.items())]
    return {"refused": found[:_NAMED]}


def _entry(data: bytes, place: int, leaves: Leaves, *, beside: Mapping[int, tuple[bytes, bytes]], signed: int) -> Entry:
    """A leaf as it is stored; one that is refused has no name, no payload and counts for nothing.

    It stands in the day that it names, as in its writer's ledger, where that can be true: both sides count days by it.
    """
    if place in leaves.wrong:
        said = leaves.records.get(place, {}).get("submitted")
        at = said if type(said) is int and abs(said - signed) <= checking.CLOCK_SECONDS else signed
        return Entry(leaf_type=leaf.REFUSED, data=data, submitted=datetime.fromtimestamp(at, UTC))
    record = leaves.records[place]
    salt, payload = beside.get(place, (None, None))
    return Entry(
        leaf_type=record["type"],
        data=data,
        submitted=datetime.fromtimestamp(record["submitted"], UTC),
        salt=salt,
        payload=payload,
        name=record["id"],
        counted=record["type"] in leaf.COUNTED,
    )


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


def _is_surplus(ledger: MirrorRows, channel: Channel) -> bool:
    """Whether nodes stand behind the end of a copy. Where more is wrong with it, nothing is taken before it was healed."""
    reason = ledger.unfit(channel.channel_id)
    if reason not in (None, "surplus"):
        raise _Refused("copy-damaged", reason, status=503)
    return reason is not None


def _but_there(ledger: MirrorRows, channel: Channel, grown: Mapping[tree.Node, bytes]) -> dict[tree.Node, bytes]:
    """Those nodes that do not stand there yet, left by an end that was lost: what stood there is given again, and nothing else."""
    fresh: dict[tree.Node, bytes] = {}
    for place, digest in grown.items():
        try:
            there = ledger.node(channel.channel_id, place)
        except KeyError:
            fresh[place] = digest
            continue
        if there != digest:
            raise _Refused("copy-damaged", "surplus", status=503)
    return fresh


def _standing(history: HistoryRows, found: Named) -> Record:
    """The report that is taken back, as it stands here."""
    place = -1 if found.position is None else found.position
    (written,) = history.written(found.channel_id, place, place + 1) or (None,)
    record = None if written is None else leaf.read(written.data)
    if record is None or schema.fault(record) is not None:
        raise _Refused("copy-damaged", "leaf-missing", status=503)
    return record


def _key(rows: pairing.KeyRows, record: Record, now: datetime) -> bool:
    statement = record["statement"]
    return pairing.rotate(rows, statement, now=now) is not None or pairing.revoke(rows, statement, now=now) is not None


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
