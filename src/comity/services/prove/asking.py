"""Answer what the other side of a channel asks about it: its head, hashes of subtrees, leaves; and where a statement stands.

Trust:      a question is signed with a pinned key, names us, and is not older than five minutes; only the two sides of a
            channel are told anything about it, and only the party of a statement what our ledger says of its numbers.
Answers:    ``Asking.take(store, data, now=...)`` gives ``Answer``.
Limits:     at most 32 subtrees or 500 leaves a question; nothing is changed by it.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Final, Protocol

from comity.ledger import note
from comity.ledger.posting import Fault, Question, read_question
from comity.model.entry import Channel, Head, Written
from comity.model.joint_statement import KeptStatement
from comity.model.peer_key import KeyState, PeerKey
from comity.services.prove.leaves.checking import CLOCK_SECONDS
from comity.services.prove.receiving import Answer, refusal

LEAVES: Final = 500
_BYTES: Final = 8 << 20


class AskedHistory(Protocol):
    """What is asked of the ledger."""

    def channel(self, origin: str) -> Channel | None:
        """The channel of this name."""

    def range_root(self, channel_id: int, start: int, end: int) -> bytes:
        """The root over a subtree."""

    def written(self, channel_id: int, start: int, end: int) -> list[Written]:
        """Leaves with their payloads."""

    def heads(self, channel_id: int, start: int, end: int) -> list[Head]:
        """Heads over more than ``start`` and at most ``end`` leaves."""

    def receipted(self, channel_id: int) -> Head | None:
        """The newest head that both sides signed."""


class AskedKeys(Protocol):
    """The rows of keys."""

    def all(self) -> list[PeerKey]:
        """Every key of every peer."""


class AskedStatements(Protocol):
    """Joint statements as they stand here."""

    def newest(self, peer: str, period: str) -> KeptStatement | None:
        """What came or was made last about a period."""


class AskedTransaction(Protocol):
    """All rows of one transaction."""

    @property
    def history(self) -> AskedHistory:
        """The ledger as it is read."""

    @property
    def keys(self) -> AskedKeys:
        """Whose signatures are believed."""

    @property
    def statements(self) -> AskedStatements:
        """Joint statements as they stand here."""


class AskedStore(Protocol):
    """A store."""

    def read(self) -> AbstractContextManager[AskedTransaction]:
        """One view of the store."""


class Asking:
    """Answers questions of peers."""

    def __init__(self, name: str) -> None:
        self._name = name

    def take(self, store: AskedStore, data: bytes, *, now: datetime) -> Answer:
        """Answer one question, or say why not."""
        with store.read() as rows:
            question = read_question(data, _known(rows.keys.all()))
            if isinstance(question, Fault):
                return refusal(question.code, question.where, status=403 if question.code == "head-not-signed" else 400)
            if question.asked != self._name:
                return refusal("not-for-us", status=404)
            if abs(question.second - now.timestamp()) > CLOCK_SECONDS:
                return refusal("question-not-in-time", status=403)
            if question.what == "statement":
                return _statement(rows.statements.newest(question.asker, question.origin))
            channel = rows.history.channel(question.origin)
            if channel is None or question.asker not in (channel.reporting, channel.reported):
                return refusal("channel-unknown", status=404)
            try:
                return self._answer(rows.history, channel, question)
            except (KeyError, ValueError):
                return refusal("question-out-of-range", status=422)

    @staticmethod
    def _answer(history: AskedHistory, channel: Channel, question: Question) -> Answer:
        numbers = question.numbers
        if question.what == "head":
            head = history.receipted(channel.channel_id)
            newest = history.heads(channel.channel_id, channel.size - 1, channel.size)
            return Answer(
                status=200,
                said={
                    "size": channel.size,
                    "receipted": head.note if head else None,
                    "newest": newest[0].note if newest else None,
                },
            )
        pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
        if not pairs or any(not 0 <= start < end <= channel.size for start, end in pairs):
            return refusal("question-out-of-range", status=422)
        if question.what == "roots":
            return Answer(
                status=200,
                said={"roots": [history.range_root(channel.channel_id, *pair).hex() for pair in pairs]},
            )
        start, end = pairs[0]
        written = _fitting(history.written(channel.channel_id, start, min(end, start + LEAVES)))
        return Answer(
            status=200, said=leaves_said(written, history.heads(channel.channel_id, start, start + len(written)))
        )


def _statement(kept: KeptStatement | None) -> Answer:
    if kept is None:
        return refusal("statement-unknown", status=404)
    return Answer(
        status=200,
        said={
            "state": kept.state.value,
            "statement": kept.data.decode(),
            "reason": kept.reason,
            "where": kept.where,
            "numbers": [[each.number, dict(each.values)] for each in kept.numbers],
        },
    )


def leaves_said(written: Sequence[Written], heads: Iterable[Head]) -> dict[str, object]:
    """Leaves, payloads and heads as they travel."""
    return {
        "leaves": [each.data.decode() for each in written],
        "payloads": [
            [each.position, b64encode(each.salt).decode(), b64encode(each.payload).decode()]
            for each in written
            if each.salt is not None and each.payload is not None
        ],
        "heads": [each.note for each in heads],
    }


def _fitting(written: list[Written]) -> list[Written]:
    octets, found = 0, list[Written]()
    for each in written:
        octets += len(each.data) + len(each.payload or b"")
        if octets > _BYTES and found:
            break
        found.append(each)
    return found


def _known(keys: Iterable[PeerKey]) -> list[note.Verifier]:
    return [note.Verifier(name=each.peer, public=each.public) for each in keys if each.state is KeyState.PINNED]
