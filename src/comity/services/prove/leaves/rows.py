"""What taking leaves asks of the store.

Answers:    ``MirrorStore`` and ``MirrorTransaction``, with the rows that they give.
Limits:     shapes alone; nothing is done here.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from comity.ledger import tree
from comity.model.entry import Channel, Entry, Head, Named
from comity.services.prove import pairing
from comity.services.prove.agreement.rows import AgreementRows
from comity.services.prove.closing import CloseRows
from comity.services.prove.leaves.forks import ForkRows
from comity.services.prove.writing import LedgerRows


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

    def find(self, name: str) -> list[Named]:
        """Where an event of this name stands, in any channel."""

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

    @property
    def closes(self) -> CloseRows:
        """The closes of days, and the leaves that they count."""

    @property
    def forks(self) -> ForkRows:
        """Who signed two histories."""


class MirrorStore(Protocol):
    """A store."""

    def write(self) -> AbstractContextManager[MirrorTransaction]:
        """One transaction that writes."""

    def read(self) -> AbstractContextManager[MirrorTransaction]:
        """One view of the store."""
