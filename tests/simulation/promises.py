"""The promises of the program, as far as they can be seen on the disks and on the wire; looked at after every step.

Standards:  DESIGN.md section 5: P1 (acknowledged is stored), P2 (none twice), P3 (leaves, rows and roll-ups agree), P4 (nothing is
            accepted and dropped), P5 (nothing is shunted for a fault of ours), P7 (nobody is named to a peer who may not know),
            P9 (nothing leaves before the operator says so). TRUST: a history that was signed is never rewritten, a copy is a
            beginning of what its writer has, and what was receipted is stored. The outbox: what is in it leaves, and once more only
            where something went wrong.
Answers:    ``look(nodes)`` after each step, ``look_at_the_end()`` when nothing moves any more; what does not hold is ``Broken``.
Limits:     what a run knows of the truth it learnt at the ports: what was acknowledged, what left, what was receipted.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from zlib import decompress

from comity.formats.mime import scan
from comity.ledger import note, posting
from comity.services.complain.sending import Envelope
from comity.services.prove import pairing
from comity.services.prove.verifying import verify

from .node import LEDGER, Node, names

if TYPE_CHECKING:
    from .world import World

_COUNTED: Final = ("report", "not-spam")
_STANDING: Final = """
SELECT c.id, c.origin, c.size, c.is_copy,
    (SELECT coalesce(sum(CASE WHEN type IN ('report', 'not-spam') THEN 1 WHEN type = 'retract' THEN -1 ELSE 0 END), 0)
     FROM leaf WHERE leaf.channel_id = c.id),
    CASE WHEN c.is_copy
     THEN (SELECT count(*) FROM leaf_name n WHERE n.channel_id = c.id AND n.counted AND n.retracted IS NULL)
     ELSE (SELECT count(*) FROM report r WHERE r.channel_id = c.id AND r.duplicate_of IS NULL AND r.retracted IS NULL) END,
    (SELECT coalesce(sum(count), 0) FROM rollup u WHERE u.channel_id = c.id)
FROM channel c ORDER BY c.origin
"""
_OUTBOX: Final = "SELECT bounce_token FROM outbox"
_TWICE: Final = {
    "complaint": "SELECT raw_id FROM complaint GROUP BY raw_id, not_spam HAVING count(*) > 1",
    "report": "SELECT source_ip FROM report WHERE direction = 'out' AND retracted IS NULL AND duplicate_of IS NULL"
    " GROUP BY source_ip, message_id HAVING count(*) > 1",
    "feedback": "SELECT message_id FROM report WHERE direction = 'in' AND duplicate_of IS NULL"
    " GROUP BY peer, message_id HAVING count(*) > 1",
}
# Not within a longer word: of a million tokens one ends so by chance.
_COMPLAINER: Final = re.compile(rb"(?<![a-z0-9])ann\d@")


class Broken(AssertionError):  # noqa: N818 - a promise, by its name
    """A promise that was not kept."""

    def __init__(self, name: str, where: str = "") -> None:
        super().__init__(f"{name}: {where}")
        self.name = name


class Promises:
    """What is known of a run from outside, and whether the disks agree with it."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._acknowledged: dict[int, set[bytes]] = defaultdict(set)
        self._stored: dict[int, set[bytes]] = defaultdict(set)  # these were seen in the store
        self._live: set[tuple[int, str]] = set()
        self.history: dict[str, list[bytes]] = {}
        self._roots: dict[tuple[str, int], bytes] = {}
        self._receipts: dict[str, int] = {}
        self._left: dict[tuple[int, str], int] = {}  # the trouble that its network had had when a mail left
        self._known: set[tuple[int, str]] = set()  # these were seen in the outbox
        self._written: dict[int, int] = {}

    # -- what is seen from outside

    def acknowledged(self, node: Node, digest: bytes) -> None:
        """The gate said 250."""
        self._acknowledged[node.number].add(digest)

    def said_live(self, number: int, party: str) -> None:
        """The operator lets mail out; from the moment he says it, it may leave."""
        self._live.add((number, party))

    def said_observe(self, number: int, party: str) -> None:
        """He holds it back, and was told that it is held."""
        self._live.discard((number, party))

    def receipted(self, data: bytes) -> None:
        """A posting was answered with a receipt: from now on the copy has all of it."""
        said = posting.read_posting(data)
        if isinstance(said, posting.Posting):
            self._receipts[said.origin] = max(self._receipts.get(said.origin, 0), said.size)

    def left(self, node: Node, mail: Envelope) -> None:
        """A mail host took a mail."""
        token = mail.envelope_from.partition("@")[0].rpartition("+")[2]
        party = mail.to.rpartition("@")[2].partition(".")[0]
        if (node.number, party) not in self._live:
            raise Broken("left-before-live", f"n{node.number} to {party}")
        if _COMPLAINER.search(_shown(mail.data)):
            raise Broken("complainer-named", f"n{node.number} to {party}")
        key = (node.number, token)
        if self._left.get(key) == node.trouble:
            raise Broken("left-twice", f"n{node.number} {token}, and nothing had gone wrong")
        self._left[key] = node.trouble

    def copied(self, node: Node) -> list[tuple[str, int]]:
        """The channels that a network has a copy of, and how much of it."""
        return [(row[1], row[2]) for row in _rows(node, _STANDING) if row[3] and row[2]]

    # -- after every step

    def look(self, nodes: Iterable[Node]) -> None:
        """Everything that holds at every commit."""
        changed = list[tuple[Node, list[tuple[Any, ...]]]]()
        for node in nodes:
            self._is_stored(node)
            self._has_left(node)
            # Where nothing was written nothing is looked at again.
            written = node.disk.rows.total_changes
            if self._written.get(node.number) != written:
                channels = _rows(node, _STANDING)
                self._is_single(node)
                _agree(node, channels)
                changed.append((node, channels))
            self._written[node.number] = written
        for is_copy in (False, True):  # a copy is held against what its writer has by now
            for node, channels in changed:
                self._go_on(node, [each for each in channels if bool(each[3]) is is_copy])

    def _is_stored(self, node: Node) -> None:
        stored = self._stored[node.number]
        missing = self._acknowledged[node.number] - stored
        if missing:
            stored |= {row[0] for row in _rows(node, "SELECT digest FROM raw")}
            spooled = node.disk.spool.execute("SELECT data, size FROM waiting").fetchall() if missing - stored else ()
            lost = missing - stored - {_digest(*each) for each in spooled}
            if lost:
                raise Broken("acknowledged-and-lost", f"n{node.number}: {len(lost)}")

    def _is_single(self, node: Node) -> None:
        for what, query in _TWICE.items():
            if found := _rows(node, query):
                raise Broken("counted-twice", f"n{node.number}: {what} {found[0][0]!r}")
        for table in ("shunt", "complaint"):
            where = "resolved IS NULL" if table == "shunt" else "state = 'shunted'"
            if found := _rows(node, f"SELECT name FROM {table} WHERE {where}"):  # noqa: S608 - words of ours
                raise Broken("shunted", f"n{node.number}: {table} {found[0][0]}")

    def _go_on(self, node: Node, channels: list[tuple[Any, ...]]) -> None:
        """Nothing that was written is changed; a copy is a beginning of it; one size has one root."""
        for channel_id, origin, size, is_copy, *_ in channels:
            known = self.history.setdefault(origin, [])
            if size < (self._receipts.get(origin, 0) if is_copy else len(known)):
                raise Broken("history-shorter", f"n{node.number} {origin}: {size}")
            leaves = [
                row[0]
                for row in _rows(node, "SELECT data FROM leaf WHERE channel_id = ? ORDER BY position", channel_id)
            ]
            if len(leaves) != size:
                raise Broken("leaf-missing", f"n{node.number} {origin}: {len(leaves)} of {size}")
            if not is_copy:
                if leaves[: len(known)] != known:
                    raise Broken("history-rewritten", f"n{node.number} {origin}")
                known += leaves[len(known) :]
            elif leaves != known[:size]:
                raise Broken("not-a-beginning", f"n{node.number} {origin}")
            for head_size, root in _rows(node, "SELECT size, root FROM head WHERE channel_id = ?", channel_id):
                if self._roots.setdefault((origin, head_size), root) != root:
                    raise Broken("two-roots", f"n{node.number} {origin} {head_size}")

    def _has_left(self, node: Node) -> None:
        mine = {each for each in self._left if each[0] == node.number} - self._known
        if mine:
            self._known |= {(node.number, row[0]) for row in _rows(node, _OUTBOX)}
            if unknown := mine - self._known:
                raise Broken("left-and-unknown", f"n{node.number}: {sorted(unknown)}")

    # -- at the end

    def is_quiet(self) -> bool:
        """Whether nothing moves any more."""
        if self._world.underway:
            return False
        return not any(self._moving(node) for node in self._world.nodes)

    def _moving(self, node: Node) -> list[str]:
        found = [f"spool: {row[0]}" for row in node.disk.spool.execute("SELECT id FROM waiting")]
        found += [f"complaint: {row[0]}" for row in _rows(node, "SELECT name FROM complaint WHERE state = 'waiting'")]
        unsent = "SELECT bounce_token, state, reason FROM outbox WHERE state IN ('waiting', 'held')"
        found += [f"outbox: {row[0]} {row[1]} {row[2]}" for row in _rows(node, unsent)]
        for channel_id, origin, size, is_copy, *_ in _rows(node, _STANDING):
            receipted = _rows(
                node, "SELECT max(size) FROM head WHERE channel_id = ? AND receipted IS NOT NULL", channel_id
            )[0][0]
            if not is_copy and (receipted or 0) != size:
                found.append(f"no receipt: {origin} {receipted} of {size}")
        return found

    def look_at_the_end(self) -> None:
        """Everything was given, left, arrived, and is counted by both sides alike."""
        if self._world.underway:
            raise Broken("never-arrived", f"{len(self._world.underway)} mails")
        for node in self._world.nodes:
            if moving := self._moving(node):
                raise Broken("never-ended", f"n{node.number}: {moving[:3]}")
            self._verifies(node)
        for node in self._world.nodes:
            self._both_count_alike(node)

    def _verifies(self, node: Node) -> None:
        with node.disk.store.read() as rows:
            known = [
                note.verifier_of(each.domain, each.key(LEDGER), sort)
                for each in map(names, range(self._world.plan.nodes))
                for sort in (note.ED25519, note.COSIGNATURE)
            ]
            known += [each for other in self._world.nodes for each in pairing.verifiers(rows.keys, other.names.domain)]
            for verdict in verify(rows.ledger, known):
                for fault in verdict.faults:
                    raise Broken(
                        "does-not-verify", f"n{node.number} {verdict.channel.origin}: {fault.code} {fault.where}"
                    )

    def _both_count_alike(self, node: Node) -> None:
        """What one side reported and did not take back is what the other counts; and its mail arrived, once."""
        for other in self._world.nodes:
            if other is node:
                continue
            mine = {row[0]: row[1:] for row in _rows(node, _REPORTED, other.names.domain)}
            theirs = {row[0]: row[1:] for row in _rows(other, _HEARD, node.names.domain, other.names.domain)}
            refused = {row[0] for row in _rows(node, _REFUSED)}
            standing = {name for name, (retracted, *_) in mine.items() if retracted is None} - refused
            counted = {name for name, (is_counted, retracted, _) in theirs.items() if is_counted and retracted is None}
            if standing - counted:
                raise Broken(
                    "reported-and-not-counted", f"n{node.number} to n{other.number}: {sorted(standing - counted)}"
                )
            for name, (_, state, reason) in mine.items():
                came = name in theirs and theirs[name][2] is not None
                if state == "sent" and not came:
                    raise Broken("sent-and-never-came", f"n{node.number} to n{other.number}: {name}")
                if state not in ("sent", "withdrawn") and reason not in ("interrupted", "gave-up"):
                    raise Broken("never-sent", f"n{node.number} to n{other.number}: {name} {state} {reason}")


_REPORTED: Final = """
SELECT o.name, r.retracted, x.state, x.reason FROM report_out o JOIN report r ON r.id = o.report_id
JOIN outbox x ON x.report_id = r.id AND x.kind = 'report' WHERE o.reported = ? AND o.day IS NOT NULL
"""
_HEARD: Final = """
SELECT n.name, n.counted, n.retracted, n.report_id FROM leaf_name n JOIN channel c ON c.id = n.channel_id
WHERE c.is_copy AND c.reporting = ? AND c.reported = ?
"""
_REFUSED: Final = """
SELECT n.name FROM refused_leaf f JOIN leaf_name n ON n.channel_id = f.channel_id AND n.position = f.position
"""


def _agree(node: Node, channels: Iterable[tuple[Any, ...]]) -> None:
    """P3, in each channel."""
    for _, origin, _, _, *numbers in channels:
        if len({*numbers}) > 1:
            raise Broken("counts-differ", f"n{node.number} {origin}: {' / '.join(map(str, numbers))}")


def _rows(node: Node, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """Asked of the disk, whatever its process does."""
    return node.disk.rows.execute(query, values).fetchall()


def _digest(data: bytes, size: int) -> bytes:
    return sha256(decompress(data, bufsize=size or 1)).digest()


def _shown(data: bytes) -> bytes:
    """What a mail says, as it is written and decoded."""
    return b"\r\n".join(said for part in scan(data).walk() for said in (part.raw, part.text().encode()))
