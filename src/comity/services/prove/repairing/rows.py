"""What comparing and repairing ask of the store and of the other side.

Answers:    ``RepairTransaction`` with the rows that it gives; ``Ask``, the way to the other side; ``Known`` and ``Kept``.
Limits:     shapes alone; nothing is done here.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from comity.ledger import note, tree
from comity.model.entry import Channel, Entry, Head, Written
from comity.services.prove.leaves.rows import RollupRows

Ask = Callable[[str, Sequence[int]], Mapping[str, Any]]  # what, numbers -> what the other side says; raises ComityError
Known = Sequence[note.Verifier]
Kept = Mapping[str, str]  # heads of the file on the other disk, by channel


class RepairRows(Protocol):
    """The rows of the ledger."""

    def channels(self) -> list[Channel]:
        """Every channel."""

    def leaves(self, channel_id: int) -> Iterator[tuple[int, bytes]]:
        """Position and bytes of every leaf."""

    def root(self, channel_id: int, size: int) -> bytes:
        """The root as the stored nodes tell it."""

    def nodes(self, channel_id: int) -> Iterator[tuple[tree.Node, bytes]]:
        """Every stored node."""

    def head(self, channel_id: int) -> Head | None:
        """The newest one."""

    def heads(self, channel_id: int, *, newest_first: bool = False) -> Iterator[Head]:
        """Every head, over the fewest leaves first or last."""

    def last_named(self, channel_id: int) -> int:
        """Up to where leaves have names here."""

    def surplus(self, channel_id: int, size: int) -> list[str]:
        """What stands beside leaves that are none of the first ``size``."""


class RepairHistory(Protocol):
    """What is asked of the ledger, and put right in it."""

    def channel(self, origin: str) -> Channel | None:
        """The channel of this name."""

    def standing(self, channel_id: int) -> int:
        """How many leaves its rows speak of, whatever the channel counts."""

    def resize(self, channel_id: int, size: int) -> None:
        """How many leaves the channel counts."""

    def bring_back(self, channel_id: int, entries: Mapping[int, Entry]) -> list[int]:
        """Names of leaves that came back, by place; the places of those of which nothing stood here."""

    def retract(self, channel_id: int, name: str, at: datetime) -> Written | None:
        """The report of this name counts no more; its leaf."""

    def head_at(self, channel_id: int, size: int) -> Head | None:
        """The head over exactly so many leaves."""

    def put_head(self, channel_id: int, head: Head) -> None:
        """A head, in the place of what is stored."""

    def receipted(self, channel_id: int) -> Head | None:
        """The newest head that both sides signed."""

    def holes(self, channel_id: int, size: int) -> list[int]:
        """Places among the first ``size`` that have no leaf."""

    def replace(self, channel_id: int, written: Sequence[Written]) -> None:
        """Leaves in the place of damaged ones."""

    def plant(self, channel_id: int, nodes: Sequence[tuple[tree.Node, bytes]]) -> None:
        """Nodes in the place of what is stored."""

    def uproot(self, channel_id: int, size: int, nodes: Collection[tree.Node]) -> None:
        """Take these nodes away, and payloads of leaves that are none of the first ``size``."""

    def stopped(self, channel_id: int) -> tuple[str, int] | None:
        """Why we do not sign."""

    def stop(self, channel_id: int, reason: str, *, size: int, now: datetime) -> None:
        """Sign nothing more."""

    def go_on(self, channel_id: int) -> None:
        """Sign again."""


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
