"""Programs that break a promise on purpose: each does one thing as it is easily done wrong, and is found.

Answers:    ``MUTANTS``: for each, how a network with it is made, and the promises of which one is seen to break.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any
from unittest.mock import patch
from zlib import decompress

from comity.ledger import tree
from comity.model.arrival import Arrival
from comity.model.sending import OutboxState
from comity.services.complain import deciding as deciding_service
from comity.services.complain.complaint import ComplaintMail
from comity.services.complain.deciding import Deciding, Pacing
from comity.services.complain.exchanging import Exchange
from comity.services.complain.looking import AtHand, Looking
from comity.services.complain.rows import OutboxRow
from comity.services.complain.sending import Answer, Envelope, Mailing, Persistence, Reply
from comity.services.complain.signing import signer
from comity.services.prove import receiving as receiving_service
from comity.services.prove import writing as writing_service
from comity.services.prove.receiving import Receiving
from comity.services.prove.writing import Scribe
from comity.services.receive.prepare import Delivery, Prepared
from comity.store.outbox import Outbox

from .node import DKIM, MailHost, Node


class AnswersAtOnce(Node):
    """250 before the mail is on the disk."""

    def taken(self, arrivals: Sequence[Arrival]) -> list[bool]:
        self._late = [self.gate.put(each) for each in arrivals]
        self.effect("answer")
        self.gate.turn()
        return [True for _ in arrivals]


class ForgetsWho(Node):
    """Each complaint is somebody new's."""

    def prepare(self, data: bytes, delivery: Delivery) -> Prepared:
        def new(said: ComplaintMail) -> ComplaintMail:
            key = sha256(self.world.token().encode()).digest()[:16]
            return replace(said, identity=replace(said.identity, key=key))

        found = super().prepare(data, delivery)
        return replace(found, complaints=tuple(map(new, found.complaints)))


class SendsInside(Node):
    """The report leaves while its transaction is still open."""

    def make_deciding(self, pacing: Pacing) -> Deciding:
        node = self

        class Hasty(Deciding):
            def _mail(self, drafted: Any, reason: str | None, **facts: Any) -> OutboxRow:
                row = super()._mail(drafted, reason, **facts)
                if reason is not None:
                    return row
                sign = signer(node.names.domain, "s1", key=node.names.key(DKIM))
                data = sign(decompress(row.packed or b""), node.now())
                bounces = f"bounces+{row.bounce_token}@{node.names.domain}"
                reply = MailHost(node).send(Envelope(envelope_from=bounces, to=row.address, data=data))
                return replace(row, state=OutboxState.SENT) if reply.answer is Answer.ACCEPTED else row

        return Hasty(self.store, AtHand(Looking(self.line())), self.exchange, pacing=pacing, new_token=self.world.token)


class CountsLater(Node):
    """Roll-ups in a transaction of their own."""

    def make_exchange(self, scribe: Scribe) -> Exchange:
        self.later = later = list[tuple[Any, int]]()

        class Apart(Exchange):
            def _count(self, rows: Any, reports: Any, number: int) -> None:
                later.append((reports, number))

        return Apart(self.names.domain, scribe)

    def patiently(self, act: Any, *arguments: Any, **options: Any) -> bool:
        done = super().patiently(act, *arguments, **options)
        while self.later:
            reports, number = self.later.pop()
            with self.store.write() as rows:
                Exchange._count(self.exchange, rows, reports, number)
        return done


class MarksFirst(Node):
    """A mail is marked as sent, and then handed over."""

    def make_mailing(self, persistence: Persistence) -> Mailing:
        class Marking(Mailing):
            def _send(self, claimed: Any, hand: Any, told: Any, *, lease: Any) -> None:
                taken = Reply(answer=Answer.ACCEPTED, text="250")
                self._mark([(row, taken) for row in claimed], hand)
                super()._send(claimed, hand, told, lease=lease)

        sign = signer(self.names.domain, "s1", key=self.names.key(DKIM))
        return Marking(self.store, lambda: MailHost(self), sign, persistence=persistence, clock=self.now)


class _Undone(Exception):  # noqa: N818 - none
    """A transaction that is taken back."""


class _Undoing:
    """A store that keeps nothing."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.read = store.read

    @contextmanager
    def write(self) -> Iterator[Any]:
        with self._store.write() as rows:
            yield rows
            raise _Undone


class StoresLater(Node):
    """The receipt is given when all is checked; the leaves are stored when there is time."""

    def make_receiving(self, *terms: Any) -> Receiving:
        self.later = later = list[bytes]()

        class Hasty(Receiving):
            def _receipt(self, *about: Any, **when: Any) -> Any:
                self.said = super()._receipt(*about, **when)
                return self.said

            def take(self, store: Any, data: bytes, **when: Any) -> Any:
                self.said: Any = None
                try:
                    return super().take(_Undoing(store), data, **when)
                except _Undone:
                    later.append(data)
                    return self.said or super().take(store, data, **when)

        self.prompt = Receiving(*terms)
        return Hasty(*terms)

    def patiently(self, act: Any, *arguments: Any, **options: Any) -> bool:
        while self.later:
            self.prompt.take(self.store, self.later.pop(0), now=self.now())
        return super().patiently(act, *arguments, **options)


def _believes(ledger: Any, channel: Any, posting: Any, *, heads: Any) -> Mapping[tree.Node, bytes]:
    """The nodes of what was posted; whether they give the roots of its heads is not asked."""
    fresh: dict[tree.Node, bytes] = {}

    def stored(node: tree.Node) -> bytes:
        return fresh[node] if node in fresh else ledger.node(channel.channel_id, node)

    for position, data in enumerate(posting.leaves, posting.old_size):
        fresh.update(tree.grow(position, tree.leaf_hash(data), stored))
    return fresh


class DeletesFirst(Node):
    """What was read is taken out of the spool, and then written."""

    def prepare(self, data: bytes, delivery: Delivery) -> Prepared:
        found = self.disk.spool.execute("SELECT id FROM waiting ORDER BY id LIMIT 1").fetchone()
        if found is not None:
            self.worked.done(found)
        return super().prepare(data, delivery)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One of them."""

    node: Callable[..., Node] = Node
    breaks: frozenset[str]
    patches: tuple[tuple[Any, str, Any], ...] = field(default=())

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While the block runs, the program is wrong."""
        if not self.patches:
            yield
            return
        (where, name, wrong), *others = self.patches
        with patch.object(where, name, wrong), replace(self, patches=tuple(others)).at_work():
            yield


MUTANTS: Mapping[str, Mutant] = {
    "answers before the commit": Mutant(node=AnswersAtOnce, breaks=frozenset({"acknowledged-and-lost"})),
    "deletes before the commit": Mutant(node=DeletesFirst, breaks=frozenset({"acknowledged-and-lost"})),
    "forgets the identity of a complaint": Mutant(node=ForgetsWho, breaks=frozenset({"counted-twice"})),
    "sends before the commit": Mutant(node=SendsInside, breaks=frozenset({"left-and-unknown"})),
    "marks before it sends": Mutant(node=MarksFirst, breaks=frozenset({"sent-and-never-came"})),
    "counts outside of the transaction": Mutant(node=CountsLater, breaks=frozenset({"counts-differ"})),
    "receipts what is stored later": Mutant(node=StoresLater, breaks=frozenset({"history-shorter"})),
    "accepts a rewritten history": Mutant(
        breaks=frozenset({"rewritten-history-cosigned", "two-roots", "not-a-beginning"}),
        patches=((receiving_service, "_check_root", _believes),),
    ),
    "writes what the clock says": Mutant(
        breaks=frozenset({"never-ended"}), patches=((writing_service, "_moment", lambda rows, channel, now: now),)
    ),
    "sends before the operator says so": Mutant(
        breaks=frozenset({"left-before-live"}),
        patches=(
            (deciding_service, "_reason", lambda room, agreed, outgoing: None),
            (Outbox, "_is_open", lambda self, party, now: True),
        ),
    ),
}
