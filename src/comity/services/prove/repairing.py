"""Find out whether what is stored is what both sides signed, and get back from the other side what is not.

Trust:      our disk may have changed anything, the other side may say anything: what counts is a head that both signed. Nothing is
            replaced by what does not lead to such a head, and nothing is believed before its root was computed again.
Standards:  TRUST 6 and 10: subtree hashes; a restored backup signs nothing before it has resumed.
Answers:    ``scrub(rows, keys)`` gives ``Scrubbed`` for each channel; ``reconcile`` and ``heal`` ask the other side of one channel,
            through ``Ask``. ``heal`` counts a channel again that counts other than what stands in it.
Limits:     leaves behind the last head that both signed are covered by our own signature alone: they are counted, and can be found
            damaged but not healed. Report rows are not made anew: what came back counts by its leaf.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from comity.cases.standing import source_net
from comity.ledger import checkpoint, leaf, note, posting, schema, tree
from comity.ledger.reconcile import Search
from comity.model.entry import Channel, Entry, Head, Written
from comity.model.outcomes import ComityError, Outcome

Ask = Callable[[str, Sequence[int]], Mapping[str, Any]]  # what, numbers -> what the other side says; raises ComityError
Known = Sequence[note.Verifier]
Kept = Mapping[str, str]  # heads of the file on the other disk, by channel
_PART: Final = 500


class RepairRows(Protocol):
    """The rows of the ledger."""

    def channels(self) -> list[Channel]:
        """Every channel."""

    def leaves(self, channel_id: int) -> Iterator[tuple[int, bytes]]:
        """Position and bytes of every leaf."""

    def root(self, channel_id: int, size: int) -> bytes:
        """The root as the stored nodes tell it."""

    def keep_head(self, channel_id: int, head: Head) -> None:
        """Keep a signed head."""

    def heads(self, channel_id: int) -> Iterator[Head]:
        """Every head."""


class RepairHistory(Protocol):
    """What is asked of the ledger, and put right in it."""

    def channel(self, origin: str) -> Channel | None:
        """The channel of this name."""

    def standing(self, channel_id: int) -> int:
        """How many leaves its rows speak of, whatever the channel counts."""

    def last_named(self, channel_id: int) -> int:
        """Up to where leaves have names here."""

    def resize(self, channel_id: int, size: int) -> None:
        """How many leaves the channel counts."""

    def bring_back(self, channel_id: int, entries: Mapping[int, Entry]) -> list[int]:
        """Names of leaves that came back, by place; the places of those of which nothing stood here."""

    def retract(self, channel_id: int, name: str, at: datetime) -> Written | None:
        """The report of this name counts no more; its leaf."""

    def nodes(self, channel_id: int) -> Iterator[tuple[tree.Node, bytes]]:
        """Every stored node."""

    def receipted(self, channel_id: int) -> Head | None:
        """The newest head that both sides signed."""

    def holes(self, channel_id: int, size: int) -> list[int]:
        """Places among the first ``size`` that have no leaf."""

    def replace(self, channel_id: int, written: Sequence[Written]) -> None:
        """Leaves in the place of damaged ones."""

    def plant(self, channel_id: int, nodes: Sequence[tuple[tree.Node, bytes]]) -> None:
        """Nodes in the place of what is stored."""

    def stopped(self, channel_id: int) -> tuple[str, int] | None:
        """Why we do not sign."""

    def stop(self, channel_id: int, reason: str, *, size: int, now: datetime) -> None:
        """Sign nothing more."""

    def go_on(self, channel_id: int) -> None:
        """Sign again."""


class RollupRows(Protocol):
    """The roll-ups."""

    def count_up(self, counts: Mapping[tuple[int, str, str, str], int]) -> None:
        """Add to them."""


class RepairTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def ledger(self) -> RepairRows:
        """The ledger."""

    @property
    def history(self) -> RepairHistory:
        """The ledger as it is read."""

    @property
    def intake(self) -> RollupRows:
        """The roll-ups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """One channel: how many leaves both sides signed, how many we alone, and what does not hold."""

    channel: Channel
    covered: int
    uncovered: int
    # "size-differs", "root-differs", "leaf-missing", "nodes-differ", "head-not-signed", "behind-head-file"
    faults: tuple[str, ...]
    stopped: str | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults and self.stopped is None


def scrub(rows: RepairTransaction, keys: Known, kept: Kept | None = None) -> list[Scrubbed]:
    """Compute every channel again from its leaves; ``kept`` are heads of the file on the other disk, by channel."""
    return [_scrub(rows, channel, keys, kept=kept or {}) for channel in rows.ledger.channels()]


def _scrub(rows: RepairTransaction, channel: Channel, keys: Known, *, kept: Kept) -> Scrubbed:
    faults: list[str] = []
    head = rows.history.receipted(channel.channel_id)
    hashes = _hashes(rows.ledger, channel)
    standing = rows.history.standing(channel.channel_id)
    if standing != channel.size:
        faults.append("size-differs")
    if len(hashes) < standing:
        faults.append("leaf-missing")
    signed = _signed(head.note, channel, keys, by_both=True) if head else None
    if head is not None and (signed is None or signed.size != head.size):
        signed = None
        faults.append("head-not-signed")
    covered = signed.size if signed else 0
    if signed is not None:
        if len(hashes) < signed.size:
            faults.append("leaf-missing")
        elif tree.root_of(hashes[: signed.size]) != signed.root:
            faults.append("root-differs")
    faults += _own_head(rows, channel, hashes)
    if _damaged(rows, channel, hashes):
        faults.append("nodes-differ")
    if _longer(kept.get(channel.origin), channel, keys) is not None:
        faults.append("behind-head-file")
    stopped = rows.history.stopped(channel.channel_id)
    return Scrubbed(
        channel=channel,
        covered=covered,
        uncovered=max(channel.size - covered, 0),
        faults=tuple(dict.fromkeys(faults)),
        stopped=stopped[0] if stopped else None,
    )


def _hashes(ledger: RepairRows, channel: Channel) -> list[bytes]:
    """The hashes of all leaves; it ends where one is missing."""
    found: list[bytes] = []
    for position, data in ledger.leaves(channel.channel_id):
        if position != len(found):
            break
        found.append(tree.leaf_hash(data))
    return found


def _signed(text: object, channel: Channel, keys: Known, *, by_both: bool = False) -> checkpoint.Checkpoint | None:
    """What a head says, where it is of this channel, its writer signed it and, if so asked, the other side cosigned it."""
    signed = note.opened(text, keys) if isinstance(text, str) else None
    said = checkpoint.read(signed.text) if signed else None
    name = checkpoint.channel_name(channel.origin)
    if signed is None or said is None or said.origin != channel.origin or name is None:
        return None
    others = {channel.reporting, channel.reported} - {name.writer} if by_both else set[str]()
    return said if name.writer in signed.signers and {name for name, _ in signed.cosigned} >= others else None


def _own_head(rows: RepairTransaction, channel: Channel, hashes: list[bytes]) -> Iterator[str]:
    """The newest head covers all leaves, and has their root."""
    heads = list(rows.ledger.heads(channel.channel_id))
    if hashes and (not heads or heads[-1].size != len(hashes)):
        yield "head-missing"
    elif hashes and heads[-1].root != tree.root_of(hashes):
        yield "root-differs"


def _damaged(rows: RepairTransaction, channel: Channel, hashes: list[bytes]) -> list[tuple[tree.Node, bytes]]:
    """Nodes of the tree that are not stored as they must be."""
    nodes: dict[tree.Node, bytes] = {}
    for position, digest in enumerate(hashes):
        nodes.update(tree.grow(position, digest, nodes.__getitem__))
    for place, digest in rows.history.nodes(channel.channel_id):
        if nodes.get(place) == digest:
            del nodes[place]
    return list(nodes.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """Two copies of one channel, compared."""

    ours: int  # leaves that stand here
    theirs: int
    common: int
    differing: tuple[int, ...]  # places within the common part
    comparisons: int
    is_copy: bool
    counted: int  # by our channel; as many as stand here (``ours``), where all is well

    @property
    def is_equal(self) -> bool:
        """Whether both have the same history."""
        return self.ours == self.theirs and self.ours == self.counted and not self.differing

    @property
    def lost(self) -> str | None:
        """Whose end is missing: a copy is never longer than the ledger it was taken from. None where all is well.

        >>> Reconciled(ours=15, theirs=16, common=15, differing=(), comparisons=0, is_copy=False, counted=15).lost
        'here'
        """
        if self.is_copy:
            return "there" if self.ours > self.theirs else None
        return "here" if self.theirs > self.ours else None


def reconcile(rows: RepairTransaction, channel: Channel, ask: Ask, *, most: int = 1000) -> Reconciled:
    """Find where the other side's copy differs from ours."""
    theirs, standing = _number(ask("head", ()), "size"), rows.history.standing(channel.channel_id)
    common = min(standing, theirs)
    hashes = _hashes(rows.ledger, channel)  # out of the leaves: what the disk did to the nodes must not hide a leaf
    search = Search(common, Ranges(hashes).root, lambda start, end: _root(ask, start, end))
    differing = search.find(_root(ask, 0, common), most) if common else []
    return Reconciled(
        ours=standing,
        theirs=theirs,
        common=common,
        differing=tuple(differing),
        comparisons=search.comparisons,
        is_copy=channel.is_copy,
        counted=channel.size,
    )


class Ranges:
    """Roots over subtrees, out of leaf hashes that are held in memory; a missing leaf counts as an empty hash."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        self._nodes: dict[tree.Node, bytes] = {}
        for position, digest in enumerate(hashes):
            self._nodes.update(tree.grow(position, digest, self._nodes.__getitem__))

    def root(self, start: int, end: int) -> bytes:
        """The root over leaves ``start`` to ``end``."""
        try:
            return tree.range_root(start, end, self._nodes.__getitem__)
        except KeyError:
            return b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Healed:
    """What was put right: places of leaves that came back, and of the tree that was computed again."""

    leaves: tuple[int, ...]
    nodes: bool
    resumed: int  # leaves at the end that had been lost
    counted: tuple[int, int]  # by the channel before, and of what stood in it then
    is_behind: bool  # the file of heads knows a longer ledger still: nothing is signed


def heal(
    rows: RepairTransaction, channel: Channel, keys: Known, *, ask: Ask | None, now: datetime, kept: Kept | None = None
) -> Healed:
    """Get back what was damaged up to the last head that both sides signed, and a lost end. In the caller's transaction.

    Where a head of the file on the other disk (``kept``, by channel) is over more than came back, nothing is signed as before.

    A channel that counts other than what stands in it is counted again, where a signed head covers all of that; where nobody
    has a copy, or none yet, that is all there is to do. Raises ``ComityError`` where the other side's copy does not lead to a
    head that both signed, or none to what stands here: then nothing is changed.
    """
    found = rows.history.channel(channel.origin) or channel  # whoever asks has seen it before this transaction began
    channel = replace(found, size=rows.history.standing(found.channel_id))
    is_miscounted = channel.size != found.size
    head = None if ask is None else _head_to_trust(rows, channel, keys, ask=ask)
    if head is None and not is_miscounted:
        raise _unhealed(channel, "no-head-of-both")
    hashes = _hashes(rows.ledger, channel)
    mended: tuple[int, ...] = ()
    resumed = 0
    if head is not None and ask is not None:
        wanted = min(head.size, channel.size)
        if wanted and (len(hashes) < wanted or not _leads(hashes[:wanted], head, ask)):
            mended = _fetch(rows, channel, hashes, head=head, ask=ask)
            hashes = _hashes(rows.ledger, channel)  # with what lies behind a hole that was filled
        if head.size > channel.size and not channel.is_copy:
            resumed = _resume(rows, channel, hashes, head=head, ask=ask, keys=keys, now=now)
    replanted = _damaged(rows, channel, hashes)
    rows.history.plant(channel.channel_id, replanted)
    if head is not None and tree.root_of(hashes[: head.size]) != head.root:
        raise _unhealed(channel, "root-differs")
    if is_miscounted:
        _check_covered(rows, channel, hashes, keys=keys, counted=found.size)
    whole = replace(channel, size=channel.size + resumed)
    rows.history.resize(channel.channel_id, whole.size)
    is_behind = _longer((kept or {}).get(channel.origin), whole, keys) is not None
    if not is_behind:
        rows.history.go_on(channel.channel_id)
    counted = (found.size, channel.size)
    return Healed(leaves=mended, nodes=bool(replanted), resumed=resumed, counted=counted, is_behind=is_behind)


def _check_covered(
    rows: RepairTransaction, channel: Channel, hashes: list[bytes], *, keys: Known, counted: int
) -> None:
    """All that stands here is under one head that its writer signed; raises ``ComityError`` where it is not."""
    heads = [_signed(each.note, channel, keys) for each in rows.ledger.heads(channel.channel_id)]
    fitting = (each for each in reversed(heads) if each is not None and each.size <= len(hashes))
    place = next((each.size for each in fitting if each.root == tree.root_of(hashes[: each.size])), 0)
    if place < max(channel.size, len(hashes), rows.history.last_named(channel.channel_id)):
        raise ComityError(
            "heal-uncounted",
            f"no signed head leads to what stands behind the first {place} leaves",
            outcome=Outcome.BAD_INPUT,
            place=channel.origin,
            details={"origin": channel.origin, "counted": counted, "stands": channel.size, "place": place},
        )


def _head_to_trust(rows: RepairTransaction, channel: Channel, keys: Known, *, ask: Ask) -> checkpoint.Checkpoint | None:
    """The newest head that both sides signed: ours or, where we lost the end, the one that the other side shows. A copy is given
    its end by whoever writes: what lies behind it is nothing to heal."""
    here = rows.history.receipted(channel.channel_id)
    shown = (here.note if here else None, ask("head", ()).get("receipted"))
    found = filter(None, (_signed(each, channel, keys, by_both=True) for each in shown))
    within = (each for each in found if each.size <= channel.size or not channel.is_copy)
    return max(within, key=lambda each: each.size, default=None)


def _leads(hashes: list[bytes], head: checkpoint.Checkpoint, ask: Ask) -> bool:
    """Whether our leaves are the beginning of what the head covers."""
    if len(hashes) == head.size:
        return tree.root_of(hashes) == head.root
    return tree.root_of(hashes) == _root(ask, 0, len(hashes))


def _fetch(
    rows: RepairTransaction,
    channel: Channel,
    hashes: list[bytes],
    *,
    head: checkpoint.Checkpoint,
    ask: Ask,
    filled: tuple[int, ...] = (),
) -> tuple[int, ...]:
    """Find the places that differ, and take the other side's leaves for them; holes that were ``filled`` are none any more."""
    wanted = min(head.size, channel.size)
    root = head.root if wanted == head.size else _root(ask, 0, wanted)
    missing = rows.history.holes(channel.channel_id, wanted)
    if set(missing) & set(filled):  # what was written does not come back: the file itself is damaged
        raise _unhealed(channel, "store-damaged")
    if missing:
        hashes[:] = []
    differing = missing or Search(wanted, Ranges(hashes).root, lambda *pair: _root(ask, *pair)).find(root)
    for place in differing:
        (fetched,) = _leaves(ask, place, place + 1)
        if place < len(hashes):
            hashes[place] = tree.leaf_hash(fetched.data)
        rows.history.replace(channel.channel_id, [fetched])
    if missing:
        hashes[:] = _hashes(rows.ledger, channel)
        if tree.root_of(hashes[:wanted]) != root:  # leaves were changed besides
            return (*missing, *_fetch(rows, channel, hashes, head=head, ask=ask, filled=(*filled, *missing)))
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
        part = _leaves(ask, place, min(place + _PART, head.size), notes=notes)
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
    _keep(rows.ledger, channel, notes, keys=keys, head=head, now=now)
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


def _keep(
    ledger: RepairRows,
    channel: Channel,
    notes: Sequence[str],
    *,
    keys: Known,
    head: checkpoint.Checkpoint,
    now: datetime,
) -> None:
    """The heads over what came back, as both sides signed them."""
    for text in dict.fromkeys(notes):
        signed = note.opened(text, keys)
        said = checkpoint.read(signed.text) if signed and channel.reporting in signed.signers else None
        if signed is None or said is None or said.origin != channel.origin or not channel.size < said.size <= head.size:
            continue
        seconds = [second for name, second in signed.cosigned if name != channel.reporting]
        written = [second for name, second in signed.cosigned if name == channel.reporting]
        ledger.keep_head(
            channel.channel_id,
            Head(
                size=said.size,
                root=said.root,
                note=text,
                signed=datetime.fromtimestamp(written[0], UTC) if written else now,
                receipted=datetime.fromtimestamp(seconds[0], UTC) if seconds else None,
            ),
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


def _leaves(ask: Ask, start: int, end: int, *, notes: list[str] | None = None) -> list[Written]:
    """The other side's leaves, each with its payload where that fits what the leaf commits to."""
    said = ask("leaves", (start, end))
    texts, beside = said.get("leaves"), said.get("payloads")
    if not isinstance(texts, list) or not isinstance(beside, list) or len(texts) > end - start:
        raise _answer_malformed()
    if notes is not None:
        heads = said.get("heads")
        notes += [each for each in heads if isinstance(each, str)] if isinstance(heads, list) else []
    payloads = {
        each[0]: (posting.unbase64(each[1]), posting.unbase64(each[2]))
        for each in beside
        if isinstance(each, list) and len(each) == 3
    }
    found = []
    for place, text in enumerate(texts, start):
        data = text.encode("utf-8", "replace") if isinstance(text, str) else b""
        record = leaf.read(data) or {}
        salt, payload = payloads.get(place, (None, None))
        if salt is None or payload is None or record.get("payload_commit") != leaf.commitment(salt, payload):
            salt = payload = None
        submitted = record.get("submitted")
        try:
            at = datetime.fromtimestamp(submitted if isinstance(submitted, int) else 0, UTC)
        except (ValueError, OverflowError, OSError):
            raise _answer_malformed() from None
        found.append(Written(position=place, data=data, submitted=at, salt=salt, payload=payload))
    return found


def _root(ask: Ask, start: int, end: int) -> bytes:
    roots = ask("roots", (start, end)).get("roots")
    try:
        return bytes.fromhex(roots[0]) if isinstance(roots, list) else b""
    except (ValueError, IndexError, TypeError):
        raise _answer_malformed() from None


def _number(said: Mapping[str, Any], name: str) -> int:
    found = said.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise _answer_malformed()
    return found


def _answer_malformed() -> ComityError:
    return ComityError("peer-answer", "the peer's answer is malformed", outcome=Outcome.TRY_AGAIN)


def _unhealed(channel: Channel, reason: str) -> ComityError:
    return ComityError(
        "heal-refused",
        f"the other side's copy of {channel.origin} does not lead to a head that both signed: {reason}",
        outcome=Outcome.BAD_INPUT,
        place=channel.origin,
        details={"origin": channel.origin, "reason": reason},
    )


def _longer(text: object, channel: Channel, keys: Known) -> int | None:
    """Over how many leaves of a channel of ours a head is that we signed and have lost the end of."""
    told = _signed(text, channel, keys)
    return told.size if told is not None and told.size > channel.size and not channel.is_copy else None


def stop_where_behind(rows: RepairTransaction, keys: Known, kept: Kept, *, now: datetime) -> list[str]:
    """Stop signing in channels whose end the file on the other disk knows and we do not, or that count less than stands in
    them; their names."""
    stopped = []
    for channel in rows.ledger.channels():
        longer, standing = _longer(kept.get(channel.origin), channel, keys), rows.history.standing(channel.channel_id)
        if longer is not None:
            rows.history.stop(channel.channel_id, "behind-head-file", size=longer, now=now)
        elif standing > channel.size and not channel.is_copy:
            rows.history.stop(channel.channel_id, "miscounted", size=standing, now=now)
        else:
            continue
        stopped.append(channel.origin)
    return stopped


def stop_where_peer_has_more(
    rows: RepairTransaction, channel: Channel, keys: Known, *, ask: Ask, now: datetime
) -> bool:
    """Stop signing in a channel of ours of which the other side shows a longer head that we signed."""
    longer = _longer(ask("head", ()).get("receipted"), channel, keys)
    if longer is not None:
        rows.history.stop(channel.channel_id, "we-are-behind", size=longer, now=now)
    return longer is not None
