"""Get back from the other side what is not as both sides signed it, and put right what needs nobody: counts, and the stored tree.

Trust:      what comes back is taken where it leads to a head that both signed. The tree is computed again up to a head that its
            writer signed, and no further: behind it leaves may have been changed, and a head over them would say otherwise
            than one that somebody has seen.
Standards:  TRUST 6 and 10: subtree hashes; a restored backup signs nothing before it has resumed.
Answers:    ``heal(rows, channel, keys, ask=..., now=...)`` gives ``Healed``, or raises ``ComityError``: then nothing is changed.
Limits:     see ``comity.services.prove.repairing``.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from comity.cases.standing import source_net
from comity.ledger import checkpoint, leaf, note, schema, tree
from comity.ledger.reconcile import Search
from comity.model.entry import Channel, Entry, Head, Written
from comity.model.outcomes import ComityError, Outcome
from comity.services.prove.repairing import answers, remains
from comity.services.prove.repairing.comparing import Ranges
from comity.services.prove.repairing.looking import grove_of, hashes_of, longer, otherwise, root_at, signed_head
from comity.services.prove.repairing.rows import Ask, Kept, Known, RepairTransaction

_PART: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Healed:
    """What was put right: places of leaves that came back, and of the tree that was computed again."""

    leaves: tuple[int, ...]
    nodes: bool  # of the tree were computed again, or taken away
    resumed: int  # leaves at the end that had been lost
    counted: tuple[int, int]  # by the channel before, and of what stood in it then
    is_behind: bool  # the file of heads knows a longer ledger still, or another one: nothing is signed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trusted:
    """A head that both signed."""

    said: checkpoint.Checkpoint
    note: str


def heal(
    rows: RepairTransaction,
    channel: Channel,
    keys: Known,
    *,
    ask: Ask | None,
    now: datetime,
    kept: Kept | None = None,
    let_go: bool = False,
) -> Healed:
    """Get back what was damaged up to the last head that both sides signed, and a lost end. In the caller's transaction.

    Where a head of the file on the other disk (``kept``, by channel) is over more than came back, or over other leaves, nothing
    is signed as before.

    A channel that counts other than what stands in it is counted again, where a signed head covers all of that, and its tree is
    computed again so far; where nobody has a copy, or none yet, that is all there is to do. What is left of leaves that are gone
    is taken away where nobody is known to have seen them, or somebody lets go of them (``let_go``). Raises ``ComityError`` where
    the other side's copy does not lead to a head that both signed, or none to what stands here: then nothing is changed.
    """
    found = rows.history.channel(channel.origin) or channel  # whoever asks has seen it before this transaction began
    channel = replace(found, size=rows.history.standing(found.channel_id))
    trusted = None if ask is None else _head_to_trust(rows, channel, keys, ask=ask)
    hashes = hashes_of(rows.ledger, channel)
    mended: tuple[int, ...] = ()
    resumed = 0
    if trusted is not None and ask is not None:
        head = trusted.said
        wanted = min(head.size, channel.size)
        if wanted and (len(hashes) < wanted or not _leads(hashes[:wanted], head, ask)):
            mended = _fetch(rows, channel, hashes, head=head, ask=ask, keys=keys)
            hashes = hashes_of(rows.ledger, channel)  # with what lies behind a hole that was filled
        if head.size > channel.size:
            resumed = _resume(rows, channel, hashes, head=head, ask=ask, keys=keys, now=now)
        if tree.root_of(hashes[: head.size]) != head.root:
            raise _unhealed(channel, "root-differs")
        _keep_trusted(rows, channel, trusted, keys=keys, now=now)
    whole = replace(channel, size=channel.size + resumed)
    nodes = tree.grown(hashes)
    grove = grove_of(rows.ledger, channel, nodes, size=whole.size)
    has_remains = bool(grove.surplus or rows.ledger.surplus(channel.channel_id, whole.size))
    is_miscounted = channel.size != found.size
    if trusted is None and not (is_miscounted or grove.damaged or has_remains):
        raise _unhealed(channel, "no-head-of-both")
    covered = _covered(rows, channel, nodes, keys=keys)
    needs_all = is_miscounted or rows.ledger.last_named(channel.channel_id) > whole.size
    if needs_all or (trusted is None and grove.damaged):
        _check_covered(rows, whole, covered, counted=found.size)
    planted = [(place, digest) for place, digest in grove.damaged.items() if tree.is_within(place, covered)]
    rows.history.plant(channel.channel_id, planted)
    rows.history.resize(channel.channel_id, whole.size)
    told = (kept or {}).get(channel.origin)
    parted = otherwise(told, whole, keys, root=lambda at: root_at(at, nodes))
    is_behind = parted is not None or longer(told, whole, keys) is not None
    is_cleared = has_remains and not is_behind and len(hashes) == whole.size
    if is_cleared:
        if not let_go:
            end = signed_head(told, channel, keys)
            remains.check(whole, grove.surplus, ask=ask, is_known=end is not None and end.size == whole.size)
        rows.history.uproot(channel.channel_id, whole.size, list(grove.surplus))
    if not is_behind:
        rows.history.go_on(channel.channel_id)
    return Healed(
        leaves=mended,
        nodes=bool(planted) or is_cleared,
        resumed=resumed,
        counted=(found.size, channel.size),
        is_behind=is_behind,
    )


def _covered(rows: RepairTransaction, channel: Channel, nodes: Mapping[tree.Node, bytes], *, keys: Known) -> int:
    """How many leaves are under a head that its writer signed."""
    for each in rows.ledger.heads(channel.channel_id, newest_first=True):
        said = signed_head(each.note, channel, keys)
        if said is not None and root_at(said.size, nodes) == said.root:
            return said.size
    return 0


def _check_covered(rows: RepairTransaction, channel: Channel, covered: int, *, counted: int) -> None:
    """All that stands here is under one head that its writer signed; raises ``ComityError`` where it is not."""
    if covered < max(channel.size, rows.ledger.last_named(channel.channel_id)):
        raise ComityError(
            "heal-uncounted",
            f"no signed head leads to what stands behind the first {covered} leaves",
            outcome=Outcome.BAD_INPUT,
            place=channel.origin,
            details={"origin": channel.origin, "counted": counted, "stands": channel.size, "place": covered},
        )


def _head_to_trust(rows: RepairTransaction, channel: Channel, keys: Known, *, ask: Ask) -> _Trusted | None:
    """The newest head that both sides signed: ours or, where we lost the end, the one that the other side shows. A copy is given
    its end by whoever writes: what lies behind it is nothing to heal, unless it was taken here before, as names of it say."""
    here = rows.history.receipted(channel.channel_id)
    is_ours = not channel.is_copy or rows.ledger.last_named(channel.channel_id) > channel.size
    found = list[_Trusted]()
    for text in (here.note if here else None, ask("head", ()).get("receipted")):
        said = signed_head(text, channel, keys, by_both=True)
        if said is not None and isinstance(text, str) and (said.size <= channel.size or is_ours):
            found.append(_Trusted(said=said, note=text))
    return max(found, key=lambda each: each.said.size, default=None)


def _keep_trusted(rows: RepairTransaction, channel: Channel, trusted: _Trusted, *, keys: Known, now: datetime) -> None:
    """It stands here as well, as both signed it: both sides go on from there."""
    here = rows.history.head_at(channel.channel_id, trusted.said.size)
    said = signed_head(here.note, channel, keys, by_both=True) if here and here.receipted else None
    if here is None or said != trusted.said or here.root != trusted.said.root:
        for each in _heads_in([trusted.note], channel, keys=keys, now=now):
            rows.history.put_head(channel.channel_id, each)


def _is_another(rows: RepairTransaction, channel: Channel, hashes: list[bytes], *, keys: Known) -> bool:
    """Whether nothing is damaged: what stands in a channel of ours is as we signed it, and is not what both signed."""
    newest = rows.ledger.head(channel.channel_id)
    said = signed_head(newest.note, channel, keys) if newest is not None else None
    if said is None or channel.is_copy or len(hashes) != channel.size or said.size > len(hashes):
        return False
    return tree.root_of(hashes[: said.size]) == said.root


def _leads(hashes: list[bytes], head: checkpoint.Checkpoint, ask: Ask) -> bool:
    """Whether our leaves are the beginning of what the head covers."""
    if len(hashes) == head.size:
        return tree.root_of(hashes) == head.root
    return tree.root_of(hashes) == answers.root(ask, 0, len(hashes))


def _fetch(
    rows: RepairTransaction,
    channel: Channel,
    hashes: list[bytes],
    *,
    head: checkpoint.Checkpoint,
    ask: Ask,
    keys: Known,
    filled: tuple[int, ...] = (),
) -> tuple[int, ...]:
    """Find the places that differ, and take the other side's leaves for them; holes that were ``filled`` are none any more."""
    if not filled and _is_another(rows, channel, hashes, keys=keys):
        raise _unhealed(channel, "two-histories")
    wanted = min(head.size, channel.size)
    root = head.root if wanted == head.size else answers.root(ask, 0, wanted)
    missing = rows.history.holes(channel.channel_id, wanted)
    if set(missing) & set(filled):  # what was written does not come back: the file itself is damaged
        raise _unhealed(channel, "store-damaged")
    if missing:
        hashes[:] = []
    differing = missing or Search(wanted, Ranges(hashes).root, lambda *pair: answers.root(ask, *pair)).find(root)
    for place in differing:
        (fetched,) = answers.leaves(ask, place, place + 1)
        if place < len(hashes):
            hashes[place] = tree.leaf_hash(fetched.data)
        rows.history.replace(channel.channel_id, [fetched])
    if missing:
        hashes[:] = hashes_of(rows.ledger, channel)
        if tree.root_of(hashes[:wanted]) != root:  # leaves were changed besides
            return (*missing, *_fetch(rows, channel, hashes, head=head, ask=ask, keys=keys, filled=(*filled, *missing)))
    if tree.root_of(hashes[:wanted]) != root:
        raise _unhealed(channel, "peer-differs")
    return tuple(differing)


def _resume(
    rows: RepairTransaction,
    channel: Channel,
    hashes: list[bytes],
    *,
    head: checkpoint.Checkpoint,
    ask: Ask,
    keys: Known,
    now: datetime,
) -> int:
    """Take back the end that we lost: leaves that we signed and the other side kept."""
    entries: dict[int, Entry] = {}
    notes: list[str] = []
    place = channel.size
    while place < head.size:
        part = answers.leaves(ask, place, min(place + _PART, head.size), notes=notes)
        if not part:
            raise _unhealed(channel, "peer-differs")
        for each in part:
            record = leaf.read(each.data)
            if record is None or schema.fault(record) is not None:
                raise _unhealed(channel, "leaf-malformed")
            hashes.append(tree.leaf_hash(each.data))
            entries[each.position] = _entry(each, record)
        rows.history.replace(channel.channel_id, part)
        place += len(part)
    if tree.root_of(hashes) != head.root:
        raise _unhealed(channel, "root-differs")
    nodes = tree.grown(hashes)
    for came in _heads_in(notes, channel, keys=keys, now=now):
        if channel.size < came.size <= head.size and came.root == root_at(came.size, nodes):
            rows.history.put_head(channel.channel_id, came)
    counts: Counter[tuple[int, str, str, str]] = Counter()
    for place in rows.history.bring_back(channel.channel_id, entries):
        record = leaf.read(entries[place].data) or {}
        if record["type"] in leaf.COUNTED:
            counts[_counted_in(channel, record)] += 1
        elif record["type"] == leaf.LeafType.RETRACT.value:
            about = rows.history.retract(channel.channel_id, record["report"], entries[place].submitted)
            if about is not None:
                counts[_counted_in(channel, leaf.read(about.data) or {})] -= 1
    rows.intake.count_up(counts)
    return len(entries)


def _counted_in(channel: Channel, record: Mapping[str, Any]) -> tuple[int, str, str, str]:
    """The roll-up in which a leaf counts."""
    day = datetime.fromtimestamp(record["submitted"], UTC).date().isoformat()
    return channel.channel_id, day, schema.counted_class(record) or "", source_net(record["source"]["ip"])


def _heads_in(notes: Sequence[str], channel: Channel, *, keys: Known, now: datetime) -> Iterator[Head]:
    """Heads of this channel that its writer signed, with the seconds of both."""
    writer = checkpoint.channel_name(channel.origin)
    for text in dict.fromkeys(notes):
        signed = note.opened(text, keys)
        said = signed_head(text, channel, keys)
        if signed is None or said is None or writer is None:
            continue
        seconds = [second for name, second in signed.cosigned if name != writer.writer]
        written = [second for name, second in signed.cosigned if name == writer.writer]
        yield Head(
            size=said.size,
            root=said.root,
            note=text,
            signed=datetime.fromtimestamp(written[0], UTC) if written else now,
            receipted=datetime.fromtimestamp(seconds[0], UTC) if seconds else None,
        )


def _entry(each: Written, record: Mapping[str, Any]) -> Entry:
    return Entry(
        leaf_type=str(record["type"]),
        data=each.data,
        submitted=datetime.fromtimestamp(int(record["submitted"]), UTC),
        salt=each.salt,
        payload=each.payload,
        name=str(record["id"]),
        counted=record["type"] in leaf.COUNTED,
        restored=True,
    )


def _unhealed(channel: Channel, reason: str) -> ComityError:
    return ComityError(
        "heal-refused",
        f"the other side's copy of {channel.origin} does not lead to a head that both signed: {reason}",
        outcome=Outcome.BAD_INPUT,
        place=channel.origin,
        details={"origin": channel.origin, "reason": reason},
    )
