"""All networks of one run, the net between them, the mail hosts, the clock; and the steps that a plan is made of.

Answers:    ``World(plan).run()`` takes the steps of a plan, then mends everything and lets it come to rest; after every step the
            promises are looked at (``promises``). What breaks one is raised as ``Broken``.
Trust:      mail hosts and people's mail programs are not ours, and do what they must: they try again until a mail is taken.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any, Final

from comity.ledger import checkpoint, leaf, posting, tree
from comity.ledger.posting import Posting
from comity.model.arrival import Arrival
from comity.model.outcomes import ComityError
from comity.services.complain.sending import Answer, Envelope

from .node import Node, complained, names
from .ports import Crash
from .promises import Broken, Promises
from .schedule import Plan, Step

START: Final = datetime(2026, 3, 2, 10, tzinfo=UTC)
_JUMPS: Final = (-200_000, -90_000, -4000, -400, -60, 60, 400, 4000, 90_000, 200_000)  # seconds
_LIVE: Final = 0.7  # how many peers are live from the beginning
_START, _FREE, _JOIN = 0.5, 0.2, 0.2  # how likely it is before each step that something is mended
_LATE: Final = 20  # requests that are still on their way
_REST_PAUSES: Final = (1000, 1000, 7200, 30_000, 90_000, 90_000, 400_000, 90_000, 90_000, 400_000, 90_000, 90_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """One mail on its way to a gate."""

    to: int
    arrival: Arrival
    digest: bytes  # of what is stored of it


class World:
    """One run."""

    def __init__(self, plan: Plan, node: Callable[["World", int, int], Node] = Node) -> None:
        self.plan, self.time, self.latest = plan, START, START
        self.trace: list[str] = []
        self.chance = Random(plan.seed)  # noqa: S311 - faults, not secrets
        self._numbers = Counter[str]()
        self.underway: list[Underway] = []
        self.late: list[tuple[int, int, bytes]] = []
        self.parted: set[frozenset[int]] = set()
        self.crashes = self.losses = self.refusals = 0.0  # not before all is set up
        self.complaints: list[tuple[int, int, str, bytes]] = []
        self.is_ending = False
        self.promises = Promises(self)
        self.nodes: list[Node] = []
        for number in range(plan.nodes):
            self.nodes.append(node(self, number, plan.nodes))
        for each in self.nodes:
            for other in self.nodes:
                if each is not other and self.chance.random() < _LIVE:
                    self._live(each, other.number)
        self.crashes, self.losses, self.refusals = plan.crashes, plan.losses, plan.refusals

    def salt(self) -> bytes:
        """As unlike each other as chance would make them."""
        self._numbers["salt"] += 1
        return b"%016d" % self._numbers["salt"]

    def token(self) -> str:
        """The same, for envelope addresses."""
        self._numbers["token"] += 1
        return f"t{self._numbers['token']}"

    def say(self, what: str) -> None:
        """Write into the trace."""
        self.trace.append(f"    {what}")

    # -- the run

    def run(self) -> None:
        """Take every step, and then come to rest."""
        for number, step in enumerate(self.plan.steps):
            self.take(step, number)
        self.rest()

    def take(self, step: Step, number: int | str) -> None:
        """One step, and a look at the promises."""
        self.trace.append(f"{number:>4} {self.time + timedelta(seconds=step.pause):%m-%d %H:%M:%S} {step}")
        self.pass_time(step.pause)
        self.chance = Random(step.chance)  # noqa: S311 - faults, not secrets
        self._mend()
        self.act(step.kind, self.nodes[step.node], step.other)
        self.promises.look(self.nodes)

    def _mend(self) -> None:
        """Somebody starts what has died, makes room on a disk, repairs a line."""
        for each in self.nodes:
            if not each.is_up and self.chance.random() < _START:
                self.act("start", each, 0)
            if each.disk.is_full and self.chance.random() < _FREE:
                each.disk.free()
        if self.parted and self.chance.random() < _JOIN:
            self.parted.clear()

    def act(self, kind: str, node: Node, other: int) -> None:
        """One thing that happens at a network; it may die over it."""
        try:
            getattr(self, f"_{kind}")(node, other)
        except Crash as crash:
            if crash.node != node.number:
                raise

    def pass_time(self, seconds: float) -> None:
        """Time goes on everywhere."""
        self.time += timedelta(seconds=seconds)
        self.latest = max([self.latest, *(each.now() for each in self.nodes)])

    def rest(self) -> None:
        """Mend everything, let all peers go live, and go on until nothing moves any more: then everything has arrived."""
        self.trace.append("     everything is mended")
        self.is_ending = True
        self.parted.clear()
        self.crashes = self.losses = self.refusals = 0.0
        for each in self.nodes:
            each.disk.free()
            each.offset = timedelta(0)
            self._start(each, 0)
        self.time = self.latest = self.latest + timedelta(minutes=10)
        for number, pause in enumerate(_REST_PAUSES):
            self.trace.append(f"  r{number} {self.time:%m-%d %H:%M:%S}")
            for node in self.nodes:
                for other in self.nodes:
                    if number == 0 and node is not other:
                        self.act("live", node, other.number)
                self.act("all", node, 0)
                self.promises.look(self.nodes)
            if self.promises.is_quiet():
                break
            self.pass_time(pause)
        self.promises.look_at_the_end()

    # -- what people and programs do

    def _complain(self, node: Node, other: int) -> None:
        """One of the people calls a mail spam that came out of another network."""
        for _ in range(self.chance.choice((1, 1, 1, 3))):
            self._numbers["mail"] += 1
            number = self._numbers["mail"]
            mailbox = f"ann{self.chance.randrange(3)}@{node.names.domain}"
            data = complained(number, other, mailbox=mailbox, at=node.now())
            self.complaints.append((node.number, other, mailbox, data))
            self._moved(node, mailbox, data, "junk")

    def _take_back(self, node: Node, other: int) -> None:
        """Somebody changes his mind, or says it once more."""
        mine = [each for each in self.complaints if each[0] == node.number]
        if mine:
            _, _, mailbox, data = self.chance.choice(mine)
            self._moved(node, mailbox, data, self.chance.choice(("not-junk", "not-junk", "junk")))

    def _moved(self, node: Node, mailbox: str, data: bytes, folder: str) -> None:
        arrival = Arrival(
            gate="lmtp",
            envelope_from=mailbox,
            recipients=(f"{folder}@{node.names.domain}",),
            arrived=node.now(),
            data=data,
        )
        self.underway.append(Underway(to=node.number, arrival=arrival, digest=sha256(data).digest()))

    def _everything(self, node: Node, other: int) -> None:
        """What the programs of all networks do by themselves."""
        for each in self.chance.sample(self.nodes, len(self.nodes)):
            self.act("all", each, 0)

    def _all(self, node: Node, other: int) -> None:
        """What one of them does, where it has anything to do: asking it again and again is most of what a run would cost."""
        for kind in ("stale",) if self.is_ending else ():
            self.act(kind, node, other)
        for kind in ("deliver", "work", "decide", "sweep", "send"):
            if node.has_any(kind):
                self.act(kind, node, other)
        for each in self.nodes:
            if each is not node and node.has_any("give", each.names.domain):
                self.act("give", node, each.number)

    def _deliver(self, node: Node, other: int) -> None:
        """Mail hosts hand over some of what they have for this network; what was not taken they keep."""
        mine = [each for each in self.underway if each.to == node.number]
        if not mine or not node.is_up:
            return
        few = len(mine) if self.is_ending else self.chance.randrange(1, 5)
        chosen = self.chance.sample(mine, min(len(mine), few))
        arrivals = [replace(each.arrival, arrived=node.now()) for each in chosen]
        taken = node.taken(arrivals)
        for each, is_taken in zip(chosen, taken, strict=True):
            if is_taken:
                self.promises.acknowledged(node, each.digest)
                if self.chance.random() >= self.losses:  # else the mail host did not hear it
                    self.underway.remove(each)
        if not all(taken):
            node.trouble += 1
            self.say(f"n{node.number} takes {sum(taken)} of {len(taken)}")

    def _work(self, node: Node, other: int) -> None:
        node.effect("work", counts=False)
        node.patiently(node.work)

    def _decide(self, node: Node, other: int) -> None:
        node.effect("decide", counts=False)
        node.patiently(node.deciding.run, node.now())

    def _sweep(self, node: Node, other: int) -> None:
        node.effect("sweep", counts=False)
        node.patiently(node.deciding.sweep, node.now())

    def _send(self, node: Node, other: int) -> None:
        node.effect("send", counts=False)
        node.patiently(node.mailing.once, f"{node.names.short}/0")

    def _give(self, node: Node, other: int) -> None:
        node.effect("give", counts=False)
        node.patiently(node.give, other)

    def _live(self, node: Node, other: int) -> None:
        node.effect("live", counts=False)
        self.promises.said_live(node.number, names(other).short)
        with_held = self.is_ending or self.chance.random() < 0.5
        node.patiently(node.peering.live, names(other).short, now=node.now(), with_held=with_held)

    def _observe(self, node: Node, other: int) -> None:
        node.effect("observe", counts=False)
        if node.patiently(node.peering.observe, names(other).short, now=node.now()):
            self.promises.said_observe(node.number, names(other).short)

    def _answer(self, node: Node, other: int) -> None:
        node.effect("answer cases", counts=False)
        node.patiently(node.answer)

    def _close(self, node: Node, other: int) -> None:
        node.effect("close", counts=False)
        node.patiently(node.close, other)

    # -- what goes wrong

    def _power(self, node: Node, other: int) -> None:
        if node.is_up:
            node.die(power=True)

    def _start(self, node: Node, other: int) -> None:
        if not node.is_up:
            if not node.patiently(node.start):
                node.die()
                return
            self.say(f"n{node.number} starts")

    def _clock(self, node: Node, other: int) -> None:
        """A clock is set: wrong, or right again."""
        right = node.offset and self.chance.random() < 0.5
        node.offset = timedelta(0) if right else timedelta(seconds=self.chance.choice(_JUMPS))
        self.say(f"n{node.number} is {node.offset.total_seconds():+.0f} s off")
        self.latest = max(self.latest, node.now())

    def _fill(self, node: Node, other: int) -> None:
        node.disk.fill()

    def _part(self, node: Node, other: int) -> None:
        self.parted.add(frozenset((node.number, other)))

    # -- the net

    def carry(self, node: Node, other: int, data: bytes) -> tuple[int, Mapping[str, Any]]:
        """A posting of one network to another; 0 where no answer came back, whatever became of it."""
        node.effect("before a posting leaves")
        answer = self._carried(node, other, data)
        node.effect("after the answer to a posting")
        return answer

    def _carried(self, node: Node, other: int, data: bytes) -> tuple[int, Mapping[str, Any]]:
        if frozenset((node.number, other)) in self.parted:
            return 0, {}
        if self.chance.random() < self.losses:
            self._keep_late(node.number, other, data)  # lost, or only late
            return 0, {}
        if self.chance.random() < self.losses:
            self._keep_late(node.number, other, data)  # it will come once more
        answer = self.posted(other, data)
        return (0, {}) if self.chance.random() < self.losses else answer

    def _keep_late(self, node: int, other: int, data: bytes) -> None:
        if self.chance.random() < 0.5:
            self.late = [*self.late[-_LATE:], (node, other, data)]

    def posted(self, other: int, data: bytes) -> tuple[int, Mapping[str, Any]]:
        """What the other side says; it may die over it."""
        there = self.nodes[other]
        try:
            there.effect("before a posting is taken")
            answer = there.receiving.take(there.store, data, now=there.now())
            there.effect("before the answer to a posting")
        except Crash as crash:
            if crash.node != other:
                raise
            return 0, {}
        except ComityError as error:
            self.say(f"n{other} is told: {error.code}")
            there.trouble += 1
            return 503, {"error": "later"}
        if answer.status == 200:
            self.promises.receipted(data)
        return answer.status, answer.said

    def _stale(self, node: Node, other: int) -> None:
        """A posting arrives that was sent long ago."""
        if self.late:
            _, to, data = self.late.pop(self.chance.randrange(len(self.late)))
            status, said = self.posted(to, data)
            self.say(f"an old posting for n{to}: {status} {said.get('error', '')}")

    def _lie(self, node: Node, other: int) -> None:
        """Somebody with the key of this network posts another history than the one that has a receipt."""
        there = self.nodes[other]
        origins = [each for each in self.promises.copied(there) if each[0].startswith(f"{node.names.domain}/to/")]
        if not origins or not there.is_up:
            return
        origin, size = self.chance.choice(origins)
        leaves = list(self.promises.history[origin][:size])
        victim = self.chance.randrange(size)
        record = leaf.read(leaves[victim]) or {}
        leaves[victim] = leaf.canonical({**record, "id": f"{record.get('id')}-not"})
        fresh = leaf.canonical({**record, "id": f"lie-{self.token()}", "submitted": int(there.now().timestamp())})
        start = self.chance.choice((size, size, size, victim, 0))
        changed = [*leaves, fresh]
        root = tree.root_of([tree.leaf_hash(each) for each in changed])
        head = checkpoint.Checkpoint(origin=origin, size=len(changed), root=root)
        lie = Posting(
            origin=origin, old_size=start, leaves=tuple(changed[start:]), payloads=(),
            heads=(node.scribe.signed(head, there.now()),),
        )  # fmt: skip
        status, said = self.posted_lie(other, posting.write(lie))
        self.say(f"n{other} is told another history of {origin} and says {status} {said.get('error', '')}")

    def posted_lie(self, other: int, data: bytes) -> tuple[int, Mapping[str, Any]]:
        """A lie gets no receipt."""
        status, said = self.posted(other, data)
        if status == 200:
            raise Broken("rewritten-history-cosigned", f"n{other}")
        return status, said

    # -- mail hosts

    def hand_over(self, node: Node, mail: Envelope) -> Answer:
        """The mail host of a network takes a mail, and then it arrives; or it does not take it."""
        drawn = self.chance.random()
        if drawn < self.refusals / 3:
            return Answer.LATER
        if drawn < 2 * self.refusals / 3:
            return Answer.UNREACHABLE
        self.promises.left(node, mail)
        to = int(mail.to.rpartition("@")[2].partition(".")[0][1:])
        arrival = Arrival(
            gate="smtp", envelope_from=mail.envelope_from, recipients=(mail.to,), arrived=node.now(), data=mail.data
        )
        self.underway.append(Underway(to=to, arrival=arrival, digest=sha256(mail.data).digest()))
        if drawn < self.refusals:
            node.trouble += 1  # it was taken, and the line broke before anybody heard that
            return Answer.UNREACHABLE
        return Answer.ACCEPTED
